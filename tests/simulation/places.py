"""A place for each kind of store: real git remotes, a real PostgreSQL, a served S3."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pushspec.lockfile.stores import Store, open_store
from simulation.store import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def _find_postgres() -> Path | None:
    found = shutil.which("postgres")
    servers = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return Path(found).resolve() if found else (servers[-1] if servers else None)


POSTGRES = _find_postgres()
KINDS = ["memory", "file", "git", "objects", *(["postgresql"] if POSTGRES else [])]
"""PostgreSQL's tests run where its server is installed: Debian's package is enough."""

_GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
}


@dataclass
class Place:
    """Where one lockfile lives.

    Attributes:
        kind: Which store keeps it.
        address: Returns ``lock`` and project folder, a fresh folder where that makes a difference.
        spoil: Makes the place unreachable or read-only.
    """

    kind: str
    address: Callable[[], tuple[str, Path]]
    spoil: Callable[[], None]

    def open(self) -> Store:
        """Return another handle on it, as another machine would have."""
        lock, root = self.address()
        return open_store(lock, root=root)


@dataclass
class MemoryPlace(Place):
    """The stand-in of the other tests, which has no address."""

    store: MemoryStore = field(default_factory=MemoryStore)

    def open(self) -> Store:
        """Return the one store."""
        return self.store


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest) -> Place:
    """A place for a lockfile that nobody used before."""
    made: Place = request.getfixturevalue(f"{request.param}_place")
    return made


@pytest.fixture
def memory_place() -> Place:
    """The stand-in of the other tests keeps the same promises."""
    store = MemoryStore()

    def fail(_first: int, _lines: object) -> None:
        from pushspec.lockfile.stores import StoreError

        raise StoreError("unreachable")

    def spoil() -> None:
        store.before_append = fail

    return MemoryPlace("memory", lambda: ("", Path()), spoil, store)


@pytest.fixture
def file_place(tmp_path: Path) -> Place:
    """A file in a folder that can become a file itself."""
    folder = tmp_path / "project"
    folder.mkdir()

    def spoil() -> None:
        shutil.rmtree(folder)
        folder.write_text("no folder any more")

    return Place("file", lambda: ("pushspec.prod.lock", folder), spoil)


@pytest.fixture
def git_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A bare remote, and a fresh clone for each handle."""
    for name, value in _GIT.items():
        monkeypatch.setenv(name, value)
    remote = tmp_path / "remote.git"

    def git(*arguments: str, folder: Path = tmp_path) -> None:
        subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)

    git("init", "--bare", "--quiet", "--initial-branch=main", str(remote))

    def another() -> tuple[str, Path]:
        clone = tmp_path / f"clone-{uuid.uuid4().hex}"
        git("init", "--quiet", str(clone))
        git("remote", "add", "origin", str(remote), folder=clone)
        return "git+branch:pushspec/lock/prod", clone

    return Place("git", another, lambda: shutil.rmtree(remote))


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """An S3 server in this process; right in function, not in its behaviour under load."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from moto.server import ThreadedMotoServer

        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
        server.stop()


@pytest.fixture
def objects_place(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A bucket of its own."""
    import httpx

    bucket = f"bucket-{uuid.uuid4().hex}"
    httpx.put(f"{s3_server}/{bucket}").raise_for_status()
    for name, value in {
        "AWS_ENDPOINT": s3_server,
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }.items():
        monkeypatch.setenv(name, value)
    alive = [bucket]

    def spoil() -> None:
        alive[0] = "bucket-that-is-not-there"

    return Place("objects", lambda: (f"s3://{alive[0]}/push/prod", Path()), spoil)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL of its own in a temporary folder, on a Unix socket, as an ordinary user."""
    assert POSTGRES is not None
    folder = Path(tempfile.mkdtemp(prefix="pushspec-pg-"))
    user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    shutil.chown(folder, user)
    as_user = user if os.geteuid() == 0 else None
    data = folder / "data"
    initdb, pg_ctl = (str(POSTGRES.with_name(name)) for name in ("initdb", "pg_ctl"))
    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}'"
    _quietly(as_user, folder, initdb, "-D", str(data), "-A", "trust", "-U", "pushspec", "--no-sync")
    _quietly(as_user, folder, pg_ctl, "-D", str(data), "-w", "-l", f"{folder}/log", "-o", options, "start")
    yield f"postgresql:///postgres?host={folder}&user=pushspec"
    _quietly(as_user, folder, pg_ctl, "-D", str(data), "-m", "immediate", "stop")
    shutil.rmtree(folder)


def _quietly(user: str | None, folder: Path, *command: str) -> None:
    subprocess.run(
        command, cwd=folder, user=user, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


@pytest.fixture
def postgresql_place(postgres_server: str) -> Iterator[Place]:
    """A lockfile of its own in the one table."""
    name = uuid.uuid4().hex
    alive = [postgres_server]

    def spoil() -> None:
        alive[0] = postgres_server.replace("host=", "host=/nowhere")

    place = ClosingPlace("postgresql", lambda: (f"{alive[0]}#{name}", Path()), spoil)
    yield place
    for handle in place.handles:
        handle.close()


@dataclass
class ClosingPlace(Place):
    """A place whose handles hold connections."""

    handles: list[Store] = field(default_factory=list)

    def open(self) -> Store:
        """Return another handle, to be closed after the test."""
        self.handles.append(super().open())
        return self.handles[-1]

"""A place for each kind of store: real git remotes, a real PostgreSQL, a served S3."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pushspec import paths
from pushspec.lockfile.stores import Store, StoreError, open_store
from pushspec.lockfile.stores import file as file_store
from simulation.database import Database
from simulation.disk import FullDisk, NoLocks, ReadOnlyDisk
from simulation.proxy import Proxy, ignores_conditions, proxying, says
from simulation.remote import Remote
from simulation.store import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simulation.proxy import Answer, Visit


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
    """Where one lockfile lives, and what can go wrong with it.

    Attributes:
        kind: Which store keeps it.
        address: Returns ``lock`` and project folder, a fresh folder where that makes a difference.
        spoil: Makes the place unreachable.
        make_read_only: Lets it be read and no longer written.
        fill: Leaves no room for another record.
        ignore_conditions: Lets it take whatever it is given, and keep less than it says.
    """

    kind: str
    address: Callable[[], tuple[str, Path]]
    spoil: Callable[[], None]
    make_read_only: Callable[[], None]
    fill: Callable[[], None]
    ignore_conditions: Callable[[], None]

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


@pytest.fixture(params=KINDS[1:])
def real_place(request: pytest.FixtureRequest) -> Place:
    """A place that other processes can use too."""
    made: Place = request.getfixturevalue(f"{request.param}_place")
    return made


@pytest.fixture
def memory_place() -> Place:
    """The stand-in of the other tests keeps the same promises."""
    store = MemoryStore()

    def failing(why: str) -> Callable[[], None]:
        def fail(_first: int, _lines: object) -> None:
            raise StoreError(f"the memory is {why}", hint="choose another store")

        return lambda: setattr(store, "before_append", fail)

    return MemoryPlace(
        "memory",
        lambda: ("", Path()),
        failing("unreachable"),
        failing("read-only"),
        failing("full"),
        lambda: setattr(store, "ignores_conditions", True),
        store,
    )


@pytest.fixture
def file_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A file in a folder that can become a file itself."""
    folder = tmp_path / "project"
    folder.mkdir()

    def spoil() -> None:
        shutil.rmtree(folder)
        folder.write_text("no folder any more")

    return Place(
        "file",
        lambda: ("pushspec.prod.lock", folder),
        spoil,
        lambda: monkeypatch.setattr(paths, "os", ReadOnlyDisk()),
        lambda: monkeypatch.setattr(file_store, "os", FullDisk()),
        lambda: monkeypatch.setattr(file_store, "fcntl", NoLocks()),
    )


@dataclass
class GitPlace(Place):
    """A place whose remote can be told more."""

    remote: Remote = field(default_factory=lambda: Remote(Path()))


@pytest.fixture
def git_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A bare remote, and a fresh clone for each handle."""
    for name, value in _GIT.items():
        monkeypatch.setenv(name, value)
    remote = Remote(tmp_path).make()
    return GitPlace(
        "git",
        lambda: ("git+branch:pushspec/lock/prod", remote.clone()),
        lambda: shutil.rmtree(remote.path),
        remote.refuse,
        remote.fill,
        remote.forget,
        remote,
    )


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


@dataclass
class ObjectsPlace(Place):
    """A place behind a proxy that can be told more."""

    proxy: Proxy = field(default_factory=lambda: Proxy(""))


@pytest.fixture
def objects_place(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A bucket of its own, behind a proxy of its own."""
    import httpx

    bucket = f"bucket-{uuid.uuid4().hex}"
    httpx.put(f"{s3_server}/{bucket}").raise_for_status()
    with proxying(s3_server.removeprefix("http://")) as proxy:
        for name, value in {
            "AWS_ENDPOINT": proxy.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }.items():
            monkeypatch.setenv(name, value)
        alive = [bucket]

        def putting(behaviour: Callable[[Visit], Answer]) -> Callable[[], None]:
            return lambda: proxy.always.update(PUT=behaviour)

        yield ObjectsPlace(
            "objects",
            lambda: (f"s3://{alive[0]}/push/prod", Path()),
            lambda: alive.__setitem__(0, "bucket-that-is-not-there"),
            putting(says(403)),
            putting(says(507)),
            putting(ignores_conditions),
            proxy,
        )


@contextmanager
def running_postgres() -> Iterator[str]:
    """Run a PostgreSQL of its own in a temporary folder, on a Unix socket, as an ordinary user."""
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
    try:
        yield f"postgresql:///postgres?host={folder}&user=pushspec"
    finally:
        _quietly(as_user, folder, pg_ctl, "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """One PostgreSQL for all tests of a process."""
    with running_postgres() as address:
        yield address


def _quietly(user: str | None, folder: Path, *command: str) -> None:
    subprocess.run(
        command, cwd=folder, user=user, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


@pytest.fixture
def postgresql_place(postgres_server: str) -> Iterator[Place]:
    """A lockfile of its own in the one table."""
    name = uuid.uuid4().hex
    database = Database(postgres_server, name)
    place = ClosingPlace(
        "postgresql",
        lambda: (f"{database.address}#{name}", Path()),
        database.vanish,
        database.become_reader,
        database.fill,
        database.lose_its_key,
        database,
    )
    yield place
    for handle in place.handles:
        handle.close()
    database.clean_up()


@dataclass
class ClosingPlace(Place):
    """A place whose handles hold connections."""

    database: Database = field(default_factory=lambda: Database("", ""))
    handles: list[Store] = field(default_factory=list)

    def open(self) -> Store:
        """Return another handle, to be closed after the test."""
        self.handles.append(super().open())
        return self.handles[-1]

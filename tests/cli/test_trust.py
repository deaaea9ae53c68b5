"""A plan of somebody else's branch connects to nothing, unless this user said so for this very place."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from workbench import CAMPAIGN, Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READING = (
    ["plan"],
    ["plan", "--format", "json"],
    ["validate"],
    ["preview"],
    ["fmt", "--check"],
    ["diff", "--base", "HEAD"],
)


class Ear:
    """A port that counts who connects, and hangs up."""

    def __init__(self) -> None:
        self.visits = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        # Accepting ends when nobody can come any more.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=10)
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.visits += 1
                connection.close()


@pytest.fixture
def ear() -> Iterator[Ear]:
    ear = Ear()
    yield ear
    ear.close()


@pytest.fixture
def project(tmp_path: Path, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose lockfile is said to be in a database, as a pull request may say."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.delenv("PUSHSPEC_ONLINE", raising=False)
    project = Project(tmp_path / "project")
    return name_place(project.write({"campaigns/hello.yaml": CAMPAIGN}), ear, "prod")


def name_place(project: Project, ear: Ear, name: str) -> Project:
    lock = f"postgresql://pushspec@127.0.0.1:{ear.port}/db#{name}"
    return project.write(
        {
            "pushspec.yaml": "apiVersion: pushspec/v1\nkind: Project\nname: acme\nenvironments:\n"
            f"  prod: {{sdk_app_id: 1400000001, region: singapore, lock: '{lock}'}}\n"
        }
    )


def test_what_reads_a_branch_connects_to_nothing(project: Project, ear: Ear) -> None:
    """A colleague who plans a branch must not lose the password of the lockfile's database."""
    told = [project.run(*command) for command in READING]

    assert ear.visits == 0
    assert "was not read (--online reads it)" in told[0].out
    assert all(done.code != 3 for done in told)


@pytest.mark.parametrize("how", ["flag", "variable"])
def test_this_user_may_say_so(project: Project, ear: Ear, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each run, or for a whole pipeline."""
    if how == "variable":
        monkeypatch.setenv("PUSHSPEC_ONLINE", "1")

    done = project.run("plan", *(["--online"] if how == "flag" else []))

    assert ear.visits > 0
    assert "could not be read" in done.out


def test_trust_is_for_one_folder_and_one_place(project: Project, ear: Ear) -> None:
    """A pull request that names another place has to be trusted again; a copy of the folder, too."""
    project.run("trust").assert_ok()
    project.run("plan")
    trusted = ear.visits
    name_place(project, ear, "elsewhere").run("plan")
    other = Project(project.root.parent / "copy").write({"campaigns/hello.yaml": CAMPAIGN})
    name_place(other, ear, "prod").run("plan")

    assert trusted > 0
    assert ear.visits == trusted


def test_trust_is_listed_and_revoked(project: Project, ear: Ear) -> None:
    """What was granted can be seen, and taken back."""
    project.run("trust").assert_ok()
    listed = project.run("trust", "--list").assert_ok()
    revoked = project.run("trust", "--revoke").assert_ok()
    project.run("plan")

    assert str(project.root) in listed.out
    assert f"127.0.0.1:{ear.port}" in listed.out
    assert revoked.out.startswith("1 place")
    assert project.run("trust", "--list").out == "Nothing is trusted.\n"
    assert ear.visits == 0


def test_trust_names_the_host_that_the_query_leads_to(project: Project) -> None:
    """libpq takes the host of the query, and somebody confirms the one that is shown."""
    text = (project.root / "pushspec.yaml").read_text()
    address = "postgresql://127.0.0.1:5/db?host=db.example.org&password=hunter2#x"
    project.write({"pushspec.yaml": re.sub("lock: '[^']*'", f"lock: '{address}'", text)})

    shown = [project.run("plan").out, project.run("trust").out, project.run("trust", "--list").out]

    assert ["(host db.example.org)" in " ".join(it.split()) for it in shown] == [True] * 3, shown
    assert "hunter2" not in "".join(shown)


def test_no_file_of_the_tree_grants_trust(
    project: Project, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where somebody's state folder would be the project itself."""
    project.run("trust").assert_ok()
    state = project.root.parent / "home/.local/state/pushspec/trusted.json"
    project.write({"pushspec/trusted.json": state.read_bytes(), ".pushspec/trusted.json": state.read_bytes()})
    state.unlink()
    monkeypatch.setenv("XDG_STATE_HOME", str(project.root))

    project.run("plan")

    assert ear.visits == 0


def test_offline_wins(project: Project, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipeline says it for forks, whatever else is set."""
    project.run("trust").assert_ok()
    monkeypatch.setenv("PUSHSPEC_ONLINE", "1")

    project.run("plan", "--offline")

    assert ear.visits == 0


@pytest.mark.parametrize("lock", ["../outside.lock", "/tmp/outside.lock"])
def test_a_file_outside_the_project_is_a_place_like_any_other(project: Project, lock: str) -> None:
    """A pull request may name any file of the machine."""
    text = (project.root / "pushspec.yaml").read_text()
    start, _, _ = text.partition("lock: ")
    project.write({"pushspec.yaml": f"{start}lock: {lock}}}\n"})

    assert f"{lock} was not read" in " ".join(project.run("plan").out.split())


def test_a_place_in_the_project_needs_no_trust(project: Project) -> None:
    """There is nothing to say."""
    text = (project.root / "pushspec.yaml").read_text()
    start, _, _ = text.partition(", lock: ")
    project.write({"pushspec.yaml": f"{start}}}\n"})

    done = project.run("trust")

    assert (done.code, "is inside the project" in done.err) == (2, True)

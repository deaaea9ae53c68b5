"""Lockfiles moved from every kind of store to every kind, through the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from simulation.places import KINDS

from pushspec.disclosure import shown_address
from pushspec.lockfile.reading import read_lock
from pushspec.lockfile.stores import open_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.kit import PushService, ServedProject

REAL = KINDS[1:]


def journal_id(project: ServedProject, lock: str) -> str:
    store = open_store(lock, root=project.root)
    header = read_lock(store).header
    store.close()
    assert header is not None
    return header.journal


@pytest.mark.parametrize("target", REAL)
@pytest.mark.parametrize("source", REAL)
def test_a_lockfile_moves_from_any_store_to_any_other(
    source: str,
    target: str,
    project: ServedProject,
    push_service: PushService,
    campaign: Callable[..., str],
    address: Callable[[str, str], str],
) -> None:
    """The old place says where it lives now, the new one knows what was sent, and nothing goes out twice."""
    old, new = address(source, "old"), address(target, "new")
    project.keep_lock_at(old)
    project.run("lock", "init").assert_ok()
    project.write({"campaigns/hello.yaml": campaign()})
    project.apply().assert_ok()
    identity = journal_id(project, old)

    project.run("lock", "move", new, "--by", "ada").assert_ok()

    for command in (["plan"], ["apply", "--confirm", "0" * 12], ["lock", "move", new]):
        closed = project.run(*command)
        assert (closed.code, f"moved to {shown_address(new)}\n" in closed.err) == (8, True), closed.err
    project.keep_lock_at(new)
    assert "is whole" in project.run("lock", "check").assert_ok().out
    assert journal_id(project, new) == identity
    project.write({"campaigns/second.yaml": campaign("second")})
    assert project.states() == {"hello": "sent", "second": "send"}
    project.apply().assert_ok()
    assert len(push_service.received) == 2


@pytest.mark.parametrize("source", REAL)
def test_a_lockfile_is_not_moved_onto_its_own_place(
    source: str, project: ServedProject, campaign: Callable[..., str], address: Callable[[str, str], str]
) -> None:
    """It would be closed there, say that it moved to where it is, and never open again."""
    place = address(source, "own")
    project.keep_lock_at(place)
    project.run("lock", "init").assert_ok()
    before = list(open_store(place, root=project.root).read())

    moved = project.run("lock", "move", place)

    assert (moved.code, " already\n" in moved.err, "hint: " in moved.err) == (8, True, True), moved.err
    assert list(open_store(place, root=project.root).read()) == before
    project.write({"campaigns/hello.yaml": campaign()})
    project.apply().assert_ok()


@pytest.mark.parametrize("name", ["pushspec.test.lock", "./pushspec.test.lock", "same.lock"])
def test_a_file_is_not_moved_onto_another_name_of_it(
    name: str, project: ServedProject, campaign: Callable[..., str]
) -> None:
    """Two names, and a hard link, are one file."""
    project.write({"campaigns/hello.yaml": campaign()})
    lock = project.root / "pushspec.test.lock"
    if name == "same.lock":
        (project.root / name).hardlink_to(lock)
    before = lock.read_bytes()

    moved = project.run("lock", "move", name)

    assert (moved.code, " already\n" in moved.err) == (8, True), moved.err
    assert lock.read_bytes() == before


def test_a_move_makes_the_folder_of_a_file(project: ServedProject, campaign: Callable[..., str]) -> None:
    """As `lock init` does; the system's own words did not say which folder was missing."""
    project.write({"campaigns/hello.yaml": campaign()})
    project.apply().assert_ok()

    project.run("lock", "move", "new/folder/prod.lock").assert_ok()

    project.configure("lock: new/folder/prod.lock")
    assert project.states() == {"hello": "sent"}


def test_a_refused_move_leaves_the_lock_free(
    project: ServedProject, campaign: Callable[..., str], address: Callable[[str, str], str]
) -> None:
    """The next run need not wait a minute for a move that did nothing."""
    project.write({"campaigns/hello.yaml": campaign()})
    project.apply().assert_ok()
    (project.root / "other.lock").write_text("another's\n")

    assert project.run("lock", "move", "other.lock").code == 8
    assert "lock free" in project.run("status").assert_ok().out


def test_a_password_in_the_query_is_refused_too(project: ServedProject, campaign: Callable[..., str]) -> None:
    """Wherever it stands, it would be recorded and shown."""
    project.write({"campaigns/hello.yaml": campaign()})

    refused = project.run("lock", "move", "postgresql://localhost/push?user=u&password=hunter2")

    assert (refused.code, "the lock holds a password" in refused.err) == (2, True), refused.err

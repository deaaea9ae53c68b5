"""A missing lockfile is not an empty one: who begins it, where, and who does not."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest
from simulation.places import KINDS

from pushspec.lockfile.reading import read_records
from pushspec.lockfile.stores import open_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.kit import PushService, ServedProject

REAL = KINDS[1:]


def kinds_at(project: ServedProject, lock: str) -> list[str]:
    """Return the kinds of the records at a place."""
    store = open_store(lock, root=project.root)
    kinds: list[str] = [record.record for record in read_records(store)]
    store.close()
    return kinds


@pytest.mark.parametrize("kind", REAL)
def test_no_pipeline_begins_a_lockfile(
    kind: str,
    project: ServedProject,
    push_service: PushService,
    campaign: Callable[..., str],
    address: Callable[[str, str], str],
) -> None:
    """The plan says what to type, apply ends with 8 and says it too, and once it was typed apply sends."""
    lock = address(kind, "here")
    project.keep_lock_at(lock)
    project.write({"campaigns/hello.yaml": campaign()})

    plan = project.plan_json()
    refused = project.run("apply", "--confirm", plan["digest"])

    assert plan["lock_note"].startswith("test has no lockfile at ")
    assert refused.code == 8
    assert "test has no lockfile at " in refused.err
    assert push_service.received == []
    assert kinds_at(project, lock) == []
    commands = [told.rpartition("if nothing was: ")[2] for told in (plan["lock_note"], refused.err)]
    assert [shlex.split(command) for command in commands] == [["pushspec", "lock", "init", "-e", "test"]] * 2
    project.run("lock", "init", "-e", "test").assert_ok()
    assert kinds_at(project, lock) == ["header"]
    project.apply().assert_ok()
    assert project.states() == {"hello": "sent"}
    assert len(push_service.received) == 1


@pytest.mark.parametrize("kind", REAL)
def test_a_lost_lockfile_sends_nothing_again(
    kind: str,
    project: ServedProject,
    push_service: PushService,
    campaign: Callable[..., str],
    address: Callable[[str, str], str],
) -> None:
    """Whatever a pipeline runs, no command puts an empty lockfile in its place."""
    project.keep_lock_at(address(kind, "kept"))
    project.run("lock", "init").assert_ok()
    project.write({"campaigns/hello.yaml": campaign()})
    project.apply().assert_ok()
    (project.root / "kept.lock").unlink(missing_ok=True)
    lost = address(kind, "lost")
    project.keep_lock_at(lost)

    digest = project.plan_json("-o", "plan.json")["digest"]

    for command in (
        ["apply", "--confirm", digest],
        ["apply", "plan.json"],
        ["freeze", "wrong text", "--by", "ada"],
        ["lock", "move", "elsewhere.lock", "--by", "ada"],
        ["apply", "--confirm", digest],
    ):
        done = project.run(*command)
        assert (done.code, "test has no lockfile at" in done.err) == (8, True), (command, done.err)
    assert kinds_at(project, lost) == []
    assert len(push_service.received) == 1


def test_a_lockfile_that_is_lost_after_the_approval_is_not_begun_again(
    project: ServedProject, push_service: PushService, campaign: Callable[..., str]
) -> None:
    """The run looks again when it takes the lock."""
    from pushspec.api.planning import build_plan
    from pushspec.api.project import load_project
    from pushspec.api.running import apply_plan
    from pushspec.errors import MissingLockfileError

    project.write({"campaigns/hello.yaml": campaign()})
    loaded = load_project(project.root)
    digest = build_plan(loaded).digest
    lock = project.root / "pushspec.test.lock"
    lock.unlink()

    with pytest.raises(MissingLockfileError):
        apply_plan(loaded, approval=digest)

    assert not lock.exists()
    assert push_service.received == []


def test_an_existing_lockfile_stays_as_it_is(project: ServedProject, campaign: Callable[..., str]) -> None:
    """Somebody who types it twice is told what is there."""
    project.write({"campaigns/hello.yaml": campaign()})
    project.apply().assert_ok()
    lock = project.root / "pushspec.test.lock"
    before = lock.read_bytes()

    done = project.run("lock", "init")

    assert done.code == 8
    assert "holds a lockfile already: 7 records, begun " in done.err
    assert lock.read_bytes() == before


def test_the_folder_of_a_lockfile_is_made(project: ServedProject, campaign: Callable[..., str]) -> None:
    """`lock: locks/prod.lock` is a name that people choose before they make the folder."""
    project.keep_lock_at("locks/of/test.lock")
    project.write({"campaigns/hello.yaml": campaign()})

    project.run("lock", "init").assert_ok()

    assert kinds_at(project, "locks/of/test.lock") == ["header"]
    project.apply().assert_ok()
    assert project.states() == {"hello": "sent"}


def test_a_folder_that_cannot_be_made_is_named(project: ServedProject) -> None:
    """A part of the path may be a file."""
    project.keep_lock_at("pushspec.yaml/test.lock")

    done = project.run("lock", "init")

    assert done.code not in {0, 3}
    assert "pushspec.yaml" in done.err
    assert "hint: " in done.err


def test_the_sandbox_begins_its_own(project: ServedProject, campaign: Callable[..., str]) -> None:
    """It records nothing that reached a phone."""
    project.write({"campaigns/hello.yaml": campaign()})
    plan = project.plan_json("-e", "sandbox")

    assert plan["lock_note"] == ""
    project.run("apply", "-e", "sandbox", "--confirm", plan["digest"]).assert_ok()
    assert project.kinds("sandbox")[0] == "header"


@pytest.mark.parametrize("left", ["", '{"record":"header","seq":0,"jou'], ids=["nothing", "half a header"])
def test_a_lockfile_without_a_record_is_damaged_and_not_missing(
    project: ServedProject, push_service: PushService, campaign: Callable[..., str], left: str
) -> None:
    """A copy that broke off leaves that; a `lock init` that was killed does too, and is typed again."""
    project.write({"campaigns/hello.yaml": campaign(), "pushspec.test.lock": left})

    for command in (
        ["plan"],
        ["status"],
        ["log"],
        ["lock", "check"],
        ["apply", "--confirm", "0" * 64],
        ["freeze", "wrong text", "--by", "ada"],
        ["lock", "move", "elsewhere.lock", "--by", "ada"],
    ):
        done = project.run(*command)
        assert done.code == 8, (command, done.out, done.err)
        assert "pushspec.test.lock holds no record" in done.err
        assert "if nothing was: pushspec lock init -e test" in done.err
    assert (project.root / "pushspec.test.lock").read_text() == left
    project.run("lock", "init", "-e", "test").assert_ok()
    project.apply().assert_ok()
    assert len(push_service.received) == 1


def test_an_empty_branch_is_no_lockfile_that_was_never_begun(
    project: ServedProject, push_service: PushService, campaign: Callable[..., str]
) -> None:
    """Somebody replaced the file on the branch by an empty one."""
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@example.com")
    for command in (
        ["init", "--bare", "-q", "remote.git"],
        ["init", "-q", "-b", "main"],
        ["remote", "add", "origin", str(project.root / "remote.git")],
        ["checkout", "-q", "--orphan", "kept"],
    ):
        subprocess.run([*git, *command], cwd=project.root, check=True)
    project.write({"campaigns/hello.yaml": campaign(), "lockfile.jsonl": ""})
    for command in (["add", "lockfile.jsonl"], ["commit", "-qm", "empty"], ["push", "-q", "origin", "kept"]):
        subprocess.run([*git, *command], cwd=project.root, check=True)
    project.keep_lock_at("git+branch:kept")

    refused = [project.run(*command) for command in (["status"], ["apply", "--confirm", "0" * 64])]

    assert [done.code for done in refused] == [8, 8]
    assert all("branch kept of origin holds no record" in done.err for done in refused), refused
    project.run("lock", "init").assert_ok()
    project.apply().assert_ok()
    assert len(push_service.received) == 1

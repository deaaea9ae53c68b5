"""Lockfiles checked, moved to another store, and used from there."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from cli.kit import ServedProject

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulation.places import Place

    from cli.kit import PushService


def _git(project: ServedProject, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=project.root, check=True, capture_output=True)


def test_a_whole_lockfile_is_said_to_be_whole(project: ServedProject, campaign: Callable[..., str]) -> None:
    """An auditor wants one command that says whether the log can be believed."""
    project.write({"campaigns/hello.yaml": campaign()})
    project.apply()

    outcome = project.run("lock", "check")

    assert outcome.code == 0
    assert "pushspec.test.lock is whole: 7 records" in outcome.out


def test_a_missing_lockfile_is_not_called_whole(project: ServedProject) -> None:
    """Whoever checks it after an accident would take its loss for good news."""
    (project.root / "pushspec.test.lock").unlink()

    outcome = project.run("lock", "check")

    assert outcome.code == 8
    assert "test has no lockfile at pushspec.test.lock yet" in outcome.err


def test_a_changed_record_is_found(project: ServedProject, campaign: Callable[..., str]) -> None:
    """One changed character anywhere breaks the chain."""
    project.write({"campaigns/hello.yaml": campaign()})
    project.apply()
    lock = project.root / "pushspec.test.lock"
    lock.write_text(lock.read_text().replace('"sent":1', '"sent":2', 1))

    assert project.run("lock", "check").code == 8


@pytest.mark.parametrize("place", [".git/hooks/post-merge", "./.GIT/config"])
def test_a_lockfile_never_moves_into_git(
    project: ServedProject, campaign: Callable[..., str], place: str
) -> None:
    """git runs what lies in its hooks, and reads what its configuration says to run."""
    _git(project, "init", "-q", "-b", "main")
    project.write({"campaigns/hello.yaml": campaign()})
    project.apply()
    before = sorted((project.root / ".git").rglob("*"))

    moved = project.run("lock", "move", place, "--by", "ada")

    assert moved.code == 2
    assert "a lockfile cannot be inside .git" in moved.err
    assert sorted((project.root / ".git").rglob("*")) == before


def test_a_moved_lockfile_still_knows_what_was_sent(
    project: ServedProject, push_service: PushService, campaign: Callable[..., str]
) -> None:
    """From a file to a branch of the repository's own remote, without sending anything again."""
    _git(project, "init", "--bare", "-q", "remote.git")
    _git(project, "init", "-q", "-b", "main")
    _git(project, "remote", "add", "origin", str(project.root / "remote.git"))
    project.write({"campaigns/hello.yaml": campaign()})
    project.apply()

    moved = project.run("lock", "move", "git+branch:pushspec/lock/test", "--by", "ada")
    closed = project.run("apply", "--confirm", "0" * 12)
    project.configure("lock: git+branch:pushspec/lock/test")
    project.write({"campaigns/second.yaml": campaign("second")})

    assert moved.code == 0, moved.err
    assert closed.code == 8
    assert project.states() == {"hello": "sent", "second": "send"}
    assert project.apply().code == 0
    assert project.states() == {"hello": "sent", "second": "sent"}
    assert len(push_service.received) == 2


def test_a_second_lockfile_of_an_environment_is_refused(
    project: ServedProject, push_service: PushService, campaign: Callable[..., str]
) -> None:
    """`lock:` set to an empty place would send everything again, without a word."""
    project.write({"campaigns/hello.yaml": campaign()})
    project.apply()
    project.configure("lock: other.lock")

    plan, apply = project.run("plan"), project.run("apply", "--confirm", "0" * 12)

    assert (plan.code, apply.code) == (8, 8)
    assert "pushspec.test.lock is a lockfile of app 1400000001 that no environment of the app" in apply.err
    assert "pushspec lock move" in apply.err
    assert len(push_service.received) == 1


def test_the_lockfile_of_another_tool_is_none_of_ours(
    project: ServedProject, campaign: Callable[..., str]
) -> None:
    """The name ends like ours."""
    project.write({"campaigns/hello.yaml": campaign()})
    project.apply()
    project.write({"poetry.lock": "not = 'ours'\n"})

    assert project.states() == {"hello": "sent"}


def test_a_plan_says_that_a_remote_place_holds_no_lockfile_yet(
    project: ServedProject, campaign: Callable[..., str]
) -> None:
    """A typo in `lock` looks like an app that has never sent."""
    _git(project, "init", "--bare", "-q", "remote.git")
    _git(project, "init", "-q", "-b", "main")
    _git(project, "remote", "add", "origin", str(project.root / "remote.git"))
    lock = "git+branch:pushspec/lock/test"
    project.write({"campaigns/hello.yaml": campaign()})
    project.keep_lock_at(lock)

    plan = project.run("plan")

    assert plan.code == 0
    assert f"test has no lockfile at {lock} yet" in " ".join(plan.out.split())
    assert "pushspec lock init -e test" in " ".join(plan.out.split())
    project.run("lock", "init").assert_ok()
    assert "no lockfile" not in project.run("plan").out


@pytest.mark.parametrize("is_begun", [False, True], ids=["lock init", "apply"])
@pytest.mark.parametrize("fault", ["make_read_only", "fill", "ignore_conditions"])
def test_a_place_that_cannot_keep_records_says_what_to_do(
    fault: str,
    is_begun: bool,
    project: ServedProject,
    push_service: PushService,
    campaign: Callable[..., str],
    real_place: Place,
) -> None:
    """Exit 8, a hint, and no request: before the lockfile begins as on the day the disk is full."""
    lock, root = real_place.address()
    served = ServedProject(root)
    text = (project.root / "pushspec.yaml").read_text()
    served.write({"pushspec.yaml": text, "campaigns/hello.yaml": campaign()})
    if is_begun:
        served.keep_lock_at(lock)
        served.run("lock", "init").assert_ok()
    getattr(real_place, fault)()
    served.keep_lock_at(real_place.address()[0])

    outcome = served.apply() if is_begun else served.run("lock", "init")

    assert outcome.code == 8, outcome.err
    assert "hint: " in outcome.err
    assert push_service.received == []

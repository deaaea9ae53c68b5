"""A run whose process is gone keeps nobody waiting, and one that lives is not taken for dead."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

from cli.kit import kill_while_sending
from pushspec.api.lockfile import open_journal
from pushspec.api.project import load_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.kit import PushService, Received, ServedProject


def test_after_a_killed_run_the_next_goes_on_at_once(
    project: ServedProject, push_service: PushService, campaign: Callable[..., str]
) -> None:
    """What it had under way is in doubt and is not sent again; everything else is sent.

    The other one goes to listed accounts, whose rate is another: a push that may still be on its way holds up
    the next of its own kind.
    """
    listed = campaign(
        "b", endpoint="timpush/batch", audience="{accounts: [bonnie]}", **{"from": "administrator"}
    )
    project.write({"campaigns/a.yaml": campaign("a"), "campaigns/b.yaml": listed})
    kill_while_sending(project, push_service)
    status, planned = project.run("status"), project.run("plan")
    applied = project.apply()

    assert "(apply) died, its process is gone" in status.out
    assert (status.code, planned.code, applied.code) == (5, 5, 5), applied.err
    assert project.states() == {"a": "in doubt", "b": "sent"}
    assert len({request.body["MsgRandom"] for request in push_service.received}) == 2
    assert len(push_service.received) == 2


def test_a_stopped_run_keeps_the_lock(
    project: ServedProject, push_service: PushService, campaign: Callable[..., str]
) -> None:
    """It goes on when somebody wakes it, so it is not dead."""
    project.write({"campaigns/a.yaml": campaign("a")})
    process = project.start("apply", "--confirm", project.plan_json()["digest"])
    told = []

    def stop(request: Received) -> dict[str, Any]:
        del request
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        told.extend([project.run("status"), project.run("resolve", "a@1", "--as", "sent", "--why", "seen")])
        process.send_signal(signal.SIGCONT)
        return {}

    push_service.answer = stop
    process.communicate(timeout=60)
    status, resolved = told

    assert "lock held by" in status.out
    assert "IN DOUBT" not in status.out
    assert (resolved.code, "the lock is held by" in resolved.err) == (8, True)
    assert process.returncode == 0
    assert project.states() == {"a": "sent"}


def test_apply_waits_as_long_as_it_was_told_and_says_for_whom(
    project: ServedProject, push_service: PushService, campaign: Callable[..., str]
) -> None:
    """The other run may be on another machine, where only its lease tells."""
    project.write({"campaigns/a.yaml": campaign("a")})
    open_journal(load_project(project.root, environment="test")).take(holder="lin@build-7")

    outcome = project.apply("--lock-timeout", "1s")

    assert outcome.code == 8
    assert "waiting until" in outcome.err
    assert "lin@build-7 holds the lock (apply)" in outcome.err
    assert "the lock is held by lin@build-7" in outcome.err
    assert push_service.received == []


def test_ctrl_c_while_it_waits_for_the_lock_is_a_stop(
    project: ServedProject, push_service: PushService, campaign: Callable[..., str]
) -> None:
    """Somebody gave up waiting; that the lock is held is no news to them."""
    project.write({"campaigns/a.yaml": campaign("a")})
    open_journal(load_project(project.root, environment="test")).take(holder="lin@build-7")
    before = project.kinds()

    process = project.start("apply", "--lock-timeout", "50s", "--confirm", project.plan_json()["digest"])
    assert process.stderr is not None
    heard = iter(process.stderr.readline, "")
    assert any("lin@build-7 holds the lock" in line for line in heard)
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=30)

    assert (process.returncode, "Stopped. Nothing was sent." in rest) == (130, True), rest
    assert push_service.received == []
    assert project.kinds() == before

"""A send and what comes after it, against the emulated service: its numbers, its callbacks, its silence."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from cli.kit import ServedProject
from pushspec.sandbox.faults import Fault, FaultKind
from pushspec.sandbox.settings import SDK_APP_ID, SandboxSettings
from pushspec.tencent.callbacks import probe_query
from pushspec.tencent.limits import Limits
from pushspec.timestamps import zoned_text
from pushspec.web.receiver import Receiver
from pushspec.web.serving import make_server
from pushspec.web.sqlite import SqliteCallbackStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cli.kit import Machine
    from pushspec.sandbox.remote import RemoteSandbox

    CampaignText = Callable[..., str]

TOKEN = "token-of-the-console"


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[str]:
    """Receive callbacks into the project's store and yield the URL."""
    store = SqliteCallbackStore(tmp_path / ".pushspec" / "callbacks.db")
    listener = socket.create_server(("127.0.0.1", 0))
    server = make_server(Receiver(store, token=TOKEN, sdk_app_id=SDK_APP_ID, now_s=time.time))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    server.should_exit = True
    thread.join()
    listener.close()
    store.__exit__(None, None, None)


@pytest.fixture
def pushspec_sandbox_settings(tmp_path: Path, receiver: str) -> SandboxSettings:
    """Answer many questions a second, and tell the receiver what becomes of pushes."""
    limits = Limits().with_overrides({"statistics_calls_per_second": 1000})
    return replace(
        SandboxSettings(database=tmp_path / "sandbox.db"),
        limits=limits,
        callback_url=receiver,
        callback_token=TOKEN,
    )


@pytest.fixture
def project(
    tmp_path: Path, pushspec_sandbox: RemoteSandbox, monkeypatch: pytest.MonkeyPatch
) -> ServedProject:
    """A project whose environment ``test`` is the sandbox on its port."""
    monkeypatch.setenv("PUSH_SECRET", pushspec_sandbox.secret_key)
    text = f"""\
apiVersion: pushspec/v1
kind: Project
name: acme-push
default_environment: test
environments:
  test:
    sdk_app_id: {pushspec_sandbox.sdk_app_id}
    base_url: {pushspec_sandbox.base_url}
    identifier: {pushspec_sandbox.identifier}
    secret_key: {{env: PUSH_SECRET}}
    limits: {{statistics_calls_per_second: 1000}}
    callbacks: {{token: {{env: CALLBACK_TOKEN}}}}
"""
    served = ServedProject(tmp_path)
    served.write({"pushspec.yaml": text})
    served.run("lock", "init").assert_ok()
    return served


@pytest.fixture
def listed(campaign: CampaignText) -> str:
    """A campaign to three people."""
    return campaign(
        endpoint="timpush/batch", audience="{accounts: [bonnie, rong, tommy]}", **{"from": "administrator"}
    )


def report(project: ServedProject, *arguments: str) -> dict[str, Any]:
    """Return the report of ``hello``."""
    said = project.run("report", "hello", "--format", "json", *arguments).assert_ok().out
    found: dict[str, Any] = json.loads(said)["campaigns"][0]
    return found


def until(holds: Callable[[], bool]) -> None:
    """Wait until something that another thread does has happened."""
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        threading.Event().wait(0.01)


def test_people_who_were_lost_are_counted_by_reason(
    project: ServedProject, pushspec_sandbox: RemoteSandbox, listed: str
) -> None:
    """The numbers come from an emulation that shares no code with the report."""
    pushspec_sandbox.lose("bonnie", "no_token")
    pushspec_sandbox.lose("tommy", "unregistered")
    project.write({"campaigns/hello.yaml": listed})
    project.apply().assert_ok()

    found = report(project)

    counts = tuple(found[name] for name in ("meant", "refused", "reached", "lost", "not_told"))
    assert counts == (3, 0, 1, 2, 0)
    assert {(loss["stage"], loss["code"], loss["count"]) for loss in found["losses"]} == {
        ("before_sending", "-2", 1),
        ("after_sending", "410", 1),
    }
    assert found["is_settled"] is True
    said = project.run("report", "--user", "tommy", "hello").assert_ok().out
    assert "✗ not taken by the phone maker: unregistered device (410)" in said


def test_numbers_that_settle_late_are_still_moving(
    project: ServedProject, pushspec_sandbox: RemoteSandbox, listed: str
) -> None:
    """What the service does not know yet is neither reached nor lost."""
    pushspec_sandbox.delay(statistics_s=3600)
    project.write({"campaigns/hello.yaml": listed})
    project.apply().assert_ok()

    early = report(project)
    pushspec_sandbox.advance(3700)
    late = report(project)

    assert (early["is_settled"], early["reached"]) == (False, 0)
    assert (late["is_settled"], late["reached"]) == (True, 3)


@pytest.mark.parametrize("is_here_too", [False, True])
def test_numbers_outlive_the_services_thirty_days(
    project: ServedProject,
    pushspec_sandbox: RemoteSandbox,
    listed: str,
    machine: Machine,
    *,
    is_here_too: bool,
) -> None:
    """What a report recorded is shown with its time when the service has forgotten the task."""
    pushspec_sandbox.lose("tommy", "unregistered")
    project.write({"campaigns/hello.yaml": listed})
    project.apply().assert_ok()
    # Of three devices it is told that they took it and showed it, of the fourth that it is lost.
    until(lambda: events(project) == 7)
    early = report(project)
    recorded = [record for record in project.lockfile() if record["record"] == "stats"]

    pushspec_sandbox.advance(31 * 86_400)
    if is_here_too:
        machine.wait(days=31)
    late = report(project)
    said = project.run("report", "hello").assert_ok().out

    assert (early["reached"], early["lost"], early["losses"][0]["code"]) == (2, 1, "410")
    assert early["callbacks"] == {"sent": 2, "reached": 2, "opened": 0}
    assert late == early
    assert f"hello@1  complete, as recorded on {local(recorded[0]['asked_at'])}" in said
    assert [record for record in project.lockfile() if record["record"] == "stats"] == recorded


def test_losses_outlive_the_services_seven_days(
    project: ServedProject, pushspec_sandbox: RemoteSandbox, listed: str
) -> None:
    """Counts still come from the service, and the losses say since when they are kept."""
    pushspec_sandbox.lose("tommy", "unregistered")
    project.write({"campaigns/hello.yaml": listed})
    project.apply().assert_ok()
    early = report(project)

    pushspec_sandbox.advance(8 * 86_400)
    late = report(project)
    said = project.run("report", "hello").assert_ok().out

    assert early["losses"] == late["losses"] != []
    assert late["as_of"] > early["as_of"]
    assert "hello@1  complete, as of " in said
    assert f"? losses as recorded on {local(early['as_of'])}:" in said


def local(instant: str) -> str:
    """Return a time as a report without a time zone of the project shows it."""
    return zoned_text(datetime.fromisoformat(instant), None)


@pytest.mark.parametrize("kind", [FaultKind.RESET_AFTER, FaultKind.CUT_JSON, FaultKind.BAD_GATEWAY])
def test_a_killed_answer_is_settled_by_the_services_own_callbacks(
    project: ServedProject, pushspec_sandbox: RemoteSandbox, listed: str, kind: FaultKind, machine: Machine
) -> None:
    """The push went out, its answer did not come back, and nobody has to look into the console."""
    pushspec_sandbox.play(Fault(kind, endpoint="timpush/batch"))
    project.write({"campaigns/hello.yaml": listed})
    assert project.apply().code == 5
    pushspec_sandbox.play()

    until(lambda: events(project) == 8)
    let_pass(machine, pushspec_sandbox)
    outcome = project.run("status")

    assert outcome.code == 0, outcome.out + outcome.err
    assert "= hello@1 was in doubt and is settled as sent: task " in outcome.out
    assert report(project)["reached"] == 3
    assert "Nothing to send." in project.apply().out
    sends = [call for call in pushspec_sandbox.calls() if call["path"].endswith("timpush/batch")]
    assert len(sends) == 1


CONSOLE: dict[str, tuple[str, dict[str, Any]]] = {
    "one person of the call, whose callback is late": ("timpush/batch", {"To_Account": ["bonnie"]}),
    "the people of the call": ("timpush/batch", {"To_Account": ["bonnie", "rong", "tommy"]}),
    "everyone": ("timpush/push", {}),
}


@pytest.mark.parametrize("case", CONSOLE)
def test_a_push_of_the_console_in_a_forged_callback_settles_nothing(
    project: ServedProject,
    pushspec_sandbox: RemoteSandbox,
    listed: str,
    receiver: str,
    case: str,
    machine: Machine,
) -> None:
    """The call never arrived; a push from elsewhere did, and a stranger gives its task to the call."""
    pushspec_sandbox.play(Fault(FaultKind.RESET_BEFORE, endpoint="timpush/batch"))
    project.write({"campaigns/hello.yaml": listed})
    assert project.apply().code == 5
    pushspec_sandbox.play()
    pushspec_sandbox.delay(callbacks_s=3600 if "late" in case else 0)
    endpoint, people = CONSOLE[case]
    push = {"From_Account": "admin", "MsgRandom": 7, "OfflinePushInfo": {"Title": "t", "Desc": "d"}}
    task = pushspec_sandbox.call(endpoint, push | people)["TaskId"]
    if "late" not in case:
        until(lambda: events(project) > 0)
    forge(receiver, project, task)
    let_pass(machine, pushspec_sandbox)

    outcome = project.run("status")

    assert outcome.code == 5
    assert f"a callback tells of task {task}" in " ".join(outcome.out.split())
    assert project.states()["hello"] == "in doubt"


def forge(receiver: str, project: ServedProject, task: str) -> None:
    """Post an event of a task as a stranger would who read one URL and the call's ``DataId``."""
    intent = next(record for record in project.lockfile() if record["record"] == "intent")
    began = int(datetime.fromisoformat(intent["at"]).timestamp()) + 1
    event = {"TaskId": task, "DataId": intent["data_id"], "To_Account": "bonnie", "TaskTime": began}
    numbers = {"EventType": 1, "PushStage": 2, "PushPlatform": 3, "EventTime": began + 1}
    query = probe_query(token=TOKEN, sdk_app_id=SDK_APP_ID, now_s=time.time())
    httpx.post(f"{receiver}?{query}", json={"Events": [event | numbers]}).raise_for_status()


def let_pass(machine: Machine, sandbox: RemoteSandbox) -> None:
    """Let the minutes pass in which the service's own callbacks come."""
    machine.wait(minutes=6)
    sandbox.advance(360)


def events(project: ServedProject) -> int:
    """Return how many callbacks came so far."""
    said = project.run("callbacks", "status", "--format", "json").assert_ok().out
    return int(json.loads(said)["events"])


def test_a_call_that_never_arrived_stays_in_doubt(
    project: ServedProject, pushspec_sandbox: RemoteSandbox, listed: str
) -> None:
    """Nothing ever settles a call as not sent but a person."""
    pushspec_sandbox.play(Fault(FaultKind.RESET_BEFORE, endpoint="timpush/batch"))
    project.write({"campaigns/hello.yaml": listed})
    assert project.apply().code == 5
    pushspec_sandbox.play()

    outcome = project.run("status")

    assert outcome.code == 5
    assert "counts 0 people in all pushes that began in that time" in outcome.out

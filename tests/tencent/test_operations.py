"""Asking the service for what is no send: its pace, its bounds, and what counts as an answer."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from simulation.faults import Fault, faults_for
from simulation.loop import START, VirtualClock, run_virtually
from simulation.wire import serving

from pushspec.clock import SystemClock
from pushspec.errors import CredentialsError, NoAnswerError, OperationRefusedError
from pushspec.lockfile.histories import CallState
from pushspec.tencent.client import Client
from pushspec.tencent.exchange import Exchange, Gate, GateClosedError
from pushspec.tencent.limits import Limits
from pushspec.tencent.operations.asking import Asker
from pushspec.tencent.operations.operation import Operation
from pushspec.tencent.operations.statistics import (
    COUNTS,
    DeviceTrace,
    TaskCounts,
    TaskLosses,
    ask_counts,
    ask_losses,
    ask_trace,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from simulation.wire import Connection

GOOD = {"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "succeed"}
SINCE = START - timedelta(hours=1)


@dataclass
class Service:
    """Answers each request with the next document, and remembers when it was asked for what."""

    documents: list[Any]
    clock: VirtualClock = field(default_factory=VirtualClock)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    async def send(self, path: str, payload: bytes, gate: Gate) -> Exchange:
        """Take a request through its gate, as a sender does."""
        gate.pass_through()
        self.times.append(self.clock.monotonic())
        self.asked.append((path, json.loads(payload)))
        document = self.documents.pop(0)
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        return Exchange("answered", "", gate.left_at, self.clock.now(), status=200, body=body)


def asked(service: Service, question: Callable[[Asker], Awaitable[Any]]) -> Any:
    """Ask a service in virtual time."""

    async def main() -> Any:
        return await question(Asker(service, limits=Limits(), clock=service.clock))

    return run_virtually(main)


def counts_of(document: Any, *tasks: str) -> dict[str, TaskCounts]:
    found: dict[str, TaskCounts] = asked(
        Service([document]), lambda asker: ask_counts(asker, tasks or ["t-1"], since=SINCE, until=START)
    )
    return found


def test_calls_of_one_limit_leave_a_second_apart() -> None:
    """Statistics, losses and traces share the pace: the page says one call a second."""
    service = Service([GOOD | {"Results": []}, GOOD | {"Results": []}, GOOD | {"InstanceTrace": []}])

    async def questions(asker: Asker) -> None:
        await ask_counts(asker, ["t-1"], since=SINCE, until=START)
        await ask_losses(asker, ["t-1"], since=SINCE, until=START)
        await ask_trace(asker, "t-1", "rong")

    asked(service, questions)

    assert [
        later - earlier > 1 for earlier, later in zip(service.times, service.times[1:], strict=False)
    ] == [
        True,
        True,
    ]


def test_a_limit_in_seconds_is_a_pace_too() -> None:
    """A recall a second is written as the seconds between two."""
    service = Service([GOOD] * 3)
    revoke = Operation("timpush/revoke", "revoke_interval_s", "https://trtc.io/document/60571")

    async def questions(asker: Asker) -> None:
        for _ in range(3):
            await asker.ask(revoke, {})

    asked(service, questions)

    assert service.times[2] > 2


def test_the_question_is_the_documented_one() -> None:
    """Seconds, and the tasks by name: an empty list would ask for the sums of the whole app."""
    service = Service([GOOD | {"Results": []}])

    asked(service, lambda asker: ask_counts(asker, ["t-1", "t-2"], since=SINCE, until=START))

    start_s, end_s = int(SINCE.timestamp()), int(START.timestamp())
    assert service.asked == [
        (
            "/v4/timpush/all_member_push_statistics",
            {"StartTime": start_s, "EndTime": end_s, "TaskID": ["t-1", "t-2"]},
        )
    ]
    with pytest.raises(ValueError, match="no task"):
        asked(service, lambda asker: ask_counts(asker, [], since=SINCE, until=START))


def test_what_the_service_does_not_tell_is_none_and_never_zero() -> None:
    """An empty result, a task that is missing and a count that is missing are three cases."""
    told = counts_of(
        GOOD | {"Results": [{"TaskID": "t-1", "SentCount": 0, "ClickCount": None}]}, "t-1", "t-2"
    )

    assert (told["t-1"].sent, told["t-1"].reached, told["t-1"].opened) == (0, None, None)
    assert told["t-1"].platforms is None
    assert "t-2" not in told
    assert counts_of(GOOD | {"Results": []}) == {}


def test_fields_and_tasks_that_nobody_asked_for_are_passed_over() -> None:
    """The service may learn new words."""
    told = counts_of(GOOD | {"New": 1, "Results": [{"TaskID": "t-1", "New": {}}, {"TaskID": "x"}]})

    assert list(told) == ["t-1"]


WRONG: dict[str, Any] = {
    "no results": GOOD,
    "null for results": GOOD | {"Results": None},
    "an object for results": GOOD | {"Results": {}},
    "a count as text": GOOD | {"Results": [{"TaskID": "t-1", "SentCount": "3"}]},
    "a count below zero": GOOD | {"Results": [{"TaskID": "t-1", "SentCount": -1}]},
    "a count as truth": GOOD | {"Results": [{"TaskID": "t-1", "SentCount": True}]},
    "a count with a fraction": GOOD | {"Results": [{"TaskID": "t-1", "SentCount": 1.0}]},
    "a result without its task": GOOD | {"Results": [{"SentCount": 3}]},
    "a task twice": GOOD | {"Results": [{"TaskID": "t-1", "SentCount": 3}, {"TaskID": "t-1"}]},
    "no code": {"ActionStatus": "OK", "Results": []},
    "a code as text": GOOD | {"ErrorCode": "0", "Results": []},
    "a code as truth": GOOD | {"ErrorCode": False, "Results": []},
    "success that failed": GOOD | {"ActionStatus": "FAIL", "Results": []},
    "a list": [GOOD],
    "half of it": b'{"ActionStatus":"OK","ErrorCode":0,"Resul',
    "a page": b"<html>Service unavailable</html>",
    "nothing": b"",
}


@pytest.mark.parametrize("shape", WRONG)
def test_an_answer_of_another_shape_is_no_answer(shape: str) -> None:
    """Nothing is guessed from it, and it may have been asked: for a recall that matters."""
    with pytest.raises(NoAnswerError) as caught:
        counts_of(WRONG[shape])

    assert caught.value.has_left


@pytest.mark.parametrize("fault", [fault for fault in faults_for(0) if not fault.is_slow], ids=str)
def test_whatever_happens_on_the_wire_ends_in_our_own_errors(fault: Fault) -> None:
    """Over a real connection, within the client's bounds."""
    good = json.dumps(GOOD | {"TaskId": "x", "Results": [{"TaskID": "t-1", "SentCount": 3}]}).encode()

    async def behave(connection: Connection) -> None:
        await fault.behave(connection, good)

    async def main() -> int | str | None:
        async with (
            serving(behave) as server,
            Client(
                base_url=server.url,
                sdk_app_id=1400000000,
                identifier="administrator",
                sign=lambda: "secret",
                now=lambda: datetime.now(UTC),
                random32=lambda: 1,
                total_s=3,
            ) as client,
        ):
            asker = Asker(client, limits=Limits(), clock=SystemClock())
            try:
                return (await ask_counts(asker, ["t-1"], since=SINCE, until=START))["t-1"].sent
            except (NoAnswerError, OperationRefusedError, CredentialsError) as error:
                return str(error)

    seen = anyio.run(main)

    if fault.leaves is CallState.SENT or fault.name == "no id":
        assert seen == 3
    else:
        assert isinstance(seen, str)
        assert "secret" not in seen


def test_a_gate_that_stays_shut_says_that_nothing_left() -> None:
    """A recall whose time is over was certainly not made."""

    class Shut(Service):
        async def send(self, path: str, payload: bytes, gate: Gate) -> Exchange:
            del path, payload
            try:
                gate.pass_through()
            except GateClosedError as error:
                return Exchange(error.case, str(error), gate.left_at, self.clock.now())
            raise AssertionError("the gate was open")

    def late() -> None:
        raise GateClosedError("deadline", "24 hours are over")

    with pytest.raises(NoAnswerError, match="24 hours are over") as caught:
        asked(Shut([]), lambda asker: asker.ask(COUNTS, {}, check=late))

    assert (caught.value.case, caught.value.has_left) == ("deadline", False)


def test_a_refusal_carries_its_code_and_what_it_means() -> None:
    """Each area knows its own codes; who asked is the credentials' trouble, and exit 9."""
    refusal = GOOD | {"ActionStatus": "FAIL", "ErrorCode": 91000}
    with pytest.raises(OperationRefusedError, match="refused timpush/all_member_push_statistics") as caught:
        counts_of(refusal)
    assert (caught.value.code, caught.value.exit_code) == (91000, 8)

    with pytest.raises(CredentialsError):
        counts_of(refusal | {"ErrorCode": 70001})


def test_losses_keep_their_stage_reason_and_number() -> None:
    """The page writes the reason's number as text."""
    item = {"ErrCode": "-2", "ErrCount": 4, "ErrInfo": "device token never uploaded"}
    document = GOOD | {"Results": [{"TaskID": "t-1", "ReadyToSendLoss": [item], "PostSendDeliveredLoss": []}]}

    found: dict[str, TaskLosses] = asked(
        Service([document]), lambda asker: ask_losses(asker, ["t-1"], since=SINCE, until=START)
    )

    losses = found["t-1"].before_sending
    assert losses is not None
    assert [(loss.code, loss.count, loss.text) for loss in losses] == [
        ("-2", 4, "device token never uploaded")
    ]
    assert found["t-1"].after_sending == ()


def test_a_trace_never_holds_the_device_token() -> None:
    """What is not read cannot be shown, logged or stored."""
    step = {"PushStatus": 1, "ErrorCode": 0, "ErrorInfo": "", "EventTime": "2026-11-21 10:00:00"}
    document = GOOD | {
        "InstanceTrace": [
            {
                "Token": "token-of-a-phone",
                "DeviceModel": "Mate 60",
                "PushPlatform": 3,
                "IMCommitStat": {"IMStat": step},
                "OfflinePushStat": {"OfflineStat": step, "ChannelStat": step | {"PushStatus": 0}},
            }
        ]
    }

    traces: tuple[DeviceTrace, ...] = asked(
        Service([document]), lambda asker: ask_trace(asker, "t-1", "rong")
    )

    (trace,) = traces
    assert trace.offline is not None
    assert trace.offline.channel is not None
    assert (trace.model, trace.platform, trace.offline.channel.status) == ("Mate 60", 3, 0)
    assert trace.offline.opened is None
    assert "token-of-a-phone" not in repr(trace) + trace.model_dump_json()

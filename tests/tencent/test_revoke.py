"""Taking back: what each answer of the service proves, and the requests that ask for it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import pytest
from simulation.loop import VirtualClock, run_virtually

from pushspec.tencent.codes import CREDENTIALS
from pushspec.tencent.endpoints import EndpointName
from pushspec.tencent.exchange import Exchange, Gate, GateClosedError
from pushspec.tencent.limits import Limits
from pushspec.tencent.operations.asking import Asker
from pushspec.tencent.operations.changing import Became, ChangeRequest, Reply
from pushspec.tencent.operations.revoke import (
    RECALLS,
    REVOKE,
    WITHDRAW,
    carries_message,
    own_notification,
    replacement,
    revoke_request,
    sender_of,
    shown_text,
    take_back,
    withdraw_request,
)
from tencent.test_operations import Service

TASK = revoke_request("t-1", replacement("Sorry", None))
MESSAGE = withdraw_request("admin", "ada", "1_2_3")
FAIL = {"ActionStatus": "FAIL", "ErrorInfo": ""}


def reply(request: ChangeRequest, answer: Any) -> Reply:
    """Ask a service that answers once."""

    async def main() -> Reply:
        service = answer if isinstance(answer, Broken) else Service([answer])
        asker = Asker(service, limits=Limits(), clock=service.clock)
        return await take_back(asker, request, check=lambda: None)

    return run_virtually(main)


@dataclass
class Broken:
    """A way to the service on which something goes wrong, before or behind the gate."""

    case: str
    has_left: bool
    clock: VirtualClock = field(default_factory=VirtualClock)

    async def send(self, path: str, payload: bytes, gate: Gate) -> Exchange:
        """Fail."""
        del path, payload
        if self.has_left:
            gate.pass_through()
        return Exchange(self.case, "broken", gate.left_at, self.clock.now())


def test_the_requests_are_those_of_the_pages() -> None:
    """The text of the recall, or the whole notification that went out; the message and one person."""
    assert TASK.operation is REVOKE
    assert TASK.body == {"TaskId": "t-1", "OfflinePushInfo": {"Title": "Sorry"}}
    assert replacement("Sorry", "that") == {"Title": "Sorry", "Desc": "that"}
    assert MESSAGE.operation is WITHDRAW
    assert MESSAGE.body == {"From_Account": "admin", "To_Account": "ada", "MsgKey": "1_2_3"}
    info = {"Title": "T", "AndroidInfo": {"Sound": "s"}}
    assert own_notification({"OfflinePushInfo": info}) == info
    assert own_notification({"MsgBody": []}) == {}
    assert sender_of({"From_Account": "ada"}, "admin") == "ada"
    assert sender_of({}, "admin") == "admin"


@pytest.mark.parametrize("request_", [TASK, MESSAGE])
def test_a_plain_success_is_taken_back(request_: ChangeRequest) -> None:
    """Accepted by the service."""
    told = reply(request_, {"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "succeed"})

    assert told == Reply(Became.DONE, "answered")
    assert told.text == ""


@pytest.mark.parametrize(("request_", "code"), [(TASK, 90050), (MESSAGE, 20023)])
def test_taken_back_before_is_proof(request_: ChangeRequest, code: int) -> None:
    """It settles a recall whose answer was lost."""
    told = reply(request_, FAIL | {"ErrorCode": code})

    assert (told.became, told.case) == (Became.DONE, str(code))
    assert "before" in told.text


@pytest.mark.parametrize(
    ("request_", "code"),
    [(TASK, code) for code in (90001, 90049, 90051, 90052, 90053, 60002)]
    + [(MESSAGE, code) for code in (90001, 90003, 90008, 90054, 20022, 60007)],
)
def test_a_refusal_took_nothing_back(request_: ChangeRequest, code: int) -> None:
    """Only less than a second since the last recall is worth a further try in the same run."""
    told = reply(request_, FAIL | {"ErrorCode": code})

    assert (told.became, told.case) == (Became.NOT_DONE, str(code))
    assert told.may_be_repeated is (code == 90051)
    assert told.text


@pytest.mark.parametrize("code", sorted(CREDENTIALS))
def test_refused_credentials_end_the_run(code: int) -> None:
    """Every further request would be refused alike."""
    told = reply(TASK, FAIL | {"ErrorCode": code})

    assert (told.became, told.are_credentials_refused) == (Became.NOT_DONE, True)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (TASK, 91000),
        (TASK, 60008),
        (MESSAGE, 70169),
        (TASK, 90024),
        (TASK, 20023),
        (TASK, 99999),
        (MESSAGE, 90050),
        (MESSAGE, 90049),
    ],
)
def test_every_other_code_leaves_it_open(request_: ChangeRequest, code: int) -> None:
    """An internal error may come behind the deed, and the code of another endpoint says nothing here."""
    assert reply(request_, FAIL | {"ErrorCode": code}).became is Became.UNKNOWN


@pytest.mark.parametrize(
    "answer", [b"", b"{", b"[]", {"ErrorCode": 0}, {"ActionStatus": "FAIL", "ErrorCode": 0}]
)
def test_what_is_no_whole_answer_leaves_it_open(answer: Any) -> None:
    """A gateway may have cut it."""
    assert reply(TASK, answer).became is Became.UNKNOWN


@pytest.mark.parametrize("case", ["connect_failed", "connection_lost", "timeout", "certificate"])
def test_only_what_left_is_unknown(case: str) -> None:
    """A request that never left took nothing back, and some of the reasons may be gone in a moment."""
    assert reply(TASK, Broken(case, has_left=True)).became is Became.UNKNOWN
    told = reply(TASK, Broken(case, has_left=False))
    assert (told.became, told.case) == (Became.NOT_DONE, case)
    assert told.may_be_repeated is (case != "certificate")


def test_a_closed_gate_lets_nothing_out() -> None:
    """The last check on the open connection is ours."""

    async def main() -> Reply:
        service = Refusing()

        def check() -> None:
            raise GateClosedError("lease", "the lease ended")

        return await take_back(Asker(service, limits=Limits(), clock=service.clock), TASK, check=check)

    told = run_virtually(main)

    assert (told.became, told.case, told.may_be_repeated) == (Became.NOT_DONE, "lease", False)


@dataclass
class Refusing:
    """A way that comes to the gate and no further, as the client does it."""

    clock: VirtualClock = field(default_factory=VirtualClock)

    async def send(self, path: str, payload: bytes, gate: Gate) -> Exchange:
        """Come to the gate."""
        del path, payload
        try:
            gate.pass_through()
        except GateClosedError as closed:
            return Exchange(closed.case, str(closed), gate.left_at, self.clock.now())
        raise AssertionError("the gate let it through")


def test_each_endpoint_says_how_it_is_taken_back() -> None:
    """A new endpoint without a word on it would crash the plan that shows it."""
    assert set(RECALLS) == set(EndpointName)
    assert {name: facts.operation for name, facts in RECALLS.items() if facts.operation is WITHDRAW} == {
        EndpointName.BATCHSENDMSG: WITHDRAW
    }


def test_the_facts_are_those_of_the_pages() -> None:
    """People decide by them at three in the morning: what goes, what stays, and what nobody knows."""
    task, message = RECALLS[EndpointName.PUSH], RECALLS[EndpointName.BATCHSENDMSG]

    assert {name for name, facts in RECALLS.items() if facts.is_certain} == {
        EndpointName.PUSH,
        EndpointName.BATCHSENDMSG,
    }
    assert task.effects == (
        "people who did not get it yet no longer get it",
        "iPhone, Google (notification messages), Huawei and Honor replace it, unless the app is open",
    )
    assert "Xiaomi, OPPO, vivo, Meizu, Google (data messages)" in task.stays
    assert message.effects == ("the message leaves the chat of both sides, for good",)
    browsers = RECALLS[EndpointName.WEBPUSH]
    assert browsers is RECALLS[EndpointName.WEBBATCH]
    assert browsers.effects == ("people who did not get it yet may no longer get it",)
    assert all(facts.effects and facts.stays and facts.unknown for facts in RECALLS.values())
    assert RECALLS[EndpointName.IM_PUSH].effects == RECALLS[EndpointName.BATCH].effects == task.effects
    assert {name for name, facts in RECALLS.items() if "the day's push back" in " ".join(facts.unknown)} == {
        EndpointName.PUSH,
        EndpointName.IM_PUSH,
    }


def test_what_a_notification_shows() -> None:
    """The plan of a recall shows what takes the old text's place."""
    assert shown_text({"Title": "T", "Desc": "D"}) == ("T", "D")
    assert shown_text({}) == ("", "")
    assert carries_message({"MsgBody": []})
    assert not carries_message({"OfflinePushInfo": {}})


def test_operations_name_their_path_and_their_limit() -> None:
    """A wrong path would take back nothing, and a wrong limit would be answered with 90051."""
    assert (REVOKE.path, REVOKE.limit) == ("timpush/revoke", "revoke_interval_s")
    assert (WITHDRAW.path, WITHDRAW.limit) == ("openim/admin_msgwithdraw", "withdraw_calls_per_second")
    assert (
        TASK.payload_sha256()
        == hashlib.sha256(b'{"TaskId":"t-1","OfflinePushInfo":{"Title":"Sorry"}}').hexdigest()
    )

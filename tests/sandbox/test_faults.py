"""Bad days on demand: what a client sees on the wire, and what was done all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from pushspec.sandbox.background import running
from pushspec.sandbox.faults import Fault, FaultKind, Faults, fault_from_text
from pushspec.sandbox.settings import SandboxSettings
from sandbox.kit import batch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pushspec.sandbox.remote import RemoteSandbox
    from sandbox.kit import Caller


@pytest.fixture(scope="module")
def served() -> Iterator[RemoteSandbox]:
    """One sandbox on a port for all tests of this file; each begins with a reset."""
    with running(SandboxSettings(database=":memory:")) as sandbox:
        yield sandbox


@pytest.fixture
def wire(served: RemoteSandbox) -> RemoteSandbox:
    """A fresh sandbox on a port, without faults."""
    served.reset()
    served.play()
    return served


def post(sandbox: RemoteSandbox, *, timeout: float = 5.0) -> httpx.Response:
    """Send one batch push with a client that shows what happens on the wire."""
    with httpx.Client(trust_env=False, timeout=timeout) as client:
        return client.post(f"{sandbox.base_url}/v4/timpush/batch", params=sandbox.query(), json=batch())


def test_a_reset_before_the_work_sends_nothing(wire: RemoteSandbox) -> None:
    """The connection breaks, and nobody got anything."""
    wire.play(Fault(FaultKind.RESET_BEFORE))

    with pytest.raises(httpx.TransportError):
        post(wire)

    assert wire.titles("rong") == []


def test_a_reset_after_the_work_has_sent(wire: RemoteSandbox) -> None:
    """The same to the client, and yet people got it: the reason why such a call is in doubt."""
    wire.play(Fault(FaultKind.RESET_AFTER))

    with pytest.raises(httpx.TransportError):
        post(wire)

    assert wire.titles("rong") == ["t", "t"]


def test_no_answer_after_the_work_has_sent(wire: RemoteSandbox) -> None:
    """The client waits until it gives up."""
    wire.play(Fault(FaultKind.NO_ANSWER))

    with pytest.raises(httpx.ReadTimeout):
        post(wire, timeout=0.2)

    assert wire.titles("rong") == ["t", "t"]


def test_a_slow_answer_is_an_answer(wire: RemoteSandbox) -> None:
    """It comes late, and whole."""
    wire.play(Fault(FaultKind.SLOW, delay_s=0.1))

    answer = post(wire)

    assert answer.json()["ErrorCode"] == 0
    assert answer.elapsed.total_seconds() >= 0.1


def test_a_gateway_error_hides_that_it_was_sent(wire: RemoteSandbox) -> None:
    """HTTP 502 with HTML, as gateways answer."""
    wire.play(Fault(FaultKind.BAD_GATEWAY))

    answer = post(wire)

    assert (answer.status_code, answer.text[:6]) == (502, "<html>")
    assert wire.titles("rong") == ["t", "t"]


def test_cut_json_cannot_be_read(wire: RemoteSandbox) -> None:
    """Half an answer that looks complete on the wire."""
    wire.play(Fault(FaultKind.CUT_JSON))

    answer = post(wire)

    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        answer.json()


@pytest.mark.parametrize("code", [91000, 90992, 70169, 90994, 70500, 60008, 20004, 80001])
def test_any_code_can_be_had(wire: RemoteSandbox, code: int) -> None:
    """Inner errors of the service (https://trtc.io/document/34348) have no cause that a client could set."""
    wire.play(Fault(FaultKind.ERROR, code=code))

    assert post(wire).json()["ErrorCode"] == code
    assert wire.titles("rong") == []


def test_a_rule_names_calls_by_number(sandbox: Caller) -> None:
    """The second and the fourth, counted since the rule was set."""
    rule = {"kind": "error", "endpoint": "timpush/*", "calls": [2, 4], "code": 91000}
    sandbox.control("PUT", "faults", {"faults": [rule]})

    codes = [sandbox.code("timpush/batch", batch(MsgRandom=n)) for n in range(5)]

    assert codes == [0, 91000, 0, 91000, 0]
    assert sandbox.code("openim/query_online_status", {"To_Account": ["rong"]}) == 0


def test_the_same_seed_makes_the_same_bad_day() -> None:
    """A rehearsal that went wrong must be repeatable."""
    days = []
    for seed in (7, 7, 8):
        faults = Faults((Fault(FaultKind.SLOW, probability=0.5, seed=seed),))
        days.append([faults.next_for("timpush/batch") is not None for _ in range(64)])

    assert days[0] == days[1] != days[2]
    assert 16 < sum(days[0]) < 48


def test_faults_of_a_sandbox_in_this_process_are_those_of_a_socket(
    sandbox_with: Callable[..., Caller],
) -> None:
    """There is no socket to break, so the client gets the error that its socket would have raised."""
    reset = sandbox_with(faults=(Fault(FaultKind.RESET_AFTER),))
    silent = sandbox_with(faults=(Fault(FaultKind.NO_ANSWER),))

    with pytest.raises(ConnectionResetError):
        reset.call("timpush/batch", batch())
    with pytest.raises(TimeoutError):
        silent.call("timpush/batch", batch())

    assert len(reset.notifications("rong")) == len(silent.notifications("rong")) == 1


def test_a_played_fault_stands_in_the_stream_of_calls(sandbox: Caller) -> None:
    """Whoever watches must see that the trouble was ordered."""
    sandbox.control("PUT", "faults", {"faults": [{"kind": "bad_gateway"}]})
    sandbox.request("POST", "/v4/timpush/batch", params=sandbox.query(), content="{}")

    (call,) = sandbox.control("GET", "calls")["calls"]
    assert call["remark"] == "fault on demand: bad_gateway"


def test_a_rule_can_be_written_on_the_command_line() -> None:
    """``--fault KIND:ENDPOINT:KEY=VALUE,...``."""
    rule = fault_from_text("error:timpush/push:calls=2+3,probability=0.5,code=90024,seed=9")

    assert rule == Fault(FaultKind.ERROR, "timpush/push", (2, 3), 0.5, 9, 90024)
    assert fault_from_text("no_answer") == Fault(FaultKind.NO_ANSWER)
    assert Fault.from_json(rule.to_json()) == rule


@pytest.mark.parametrize(
    "text", ["", "explode", "slow:*:often=1", "slow:*:probability=2", "slow:*:calls=0", "slow:*:code=x"]
)
def test_a_rule_that_cannot_be_is_refused(text: str) -> None:
    """A misspelt rule that never hits would make a rehearsal worthless."""
    with pytest.raises(ValueError, match=r"\w"):
        fault_from_text(text)

"""What an exchange means: only certainty counts, everything else is in doubt."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pushspec.apply.classify import CallOutcome, classify
from pushspec.lockfile.histories import CallState
from pushspec.tencent.answers import ServiceIds
from pushspec.tencent.codes import known_codes
from pushspec.tencent.endpoints import ENDPOINTS, EndpointName
from pushspec.tencent.exchange import Exchange

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

REFUSALS = frozenset(
    {90001, 90002, 90005, 90007, 90008, 90009, 90010, 90011, 90012, 90020, 90022, 90024, 90026}
    | {90032, 90033, 90039, 90040, 90045, 90047, 90048, 90056, 90057, 93000}
)
"""Codes that the pages of the endpoints list as faults of a request; written out for the same reason."""
TURNED_AWAY = frozenset(
    {60002, 60003, 60004, 60005, 60006, 60007, 60009, 60010, 60011, 60012, 60015, 60016, 60017, 60018}
    | {60019, 60020, 60021, 60025, 60026, 60027, 60028}
    | {70001, 70002, 70003, 70005, 70009, 70013, 70014, 70016, 70020, 70050, 70051, 70107, 70114, 70206}
    | {70402, 70403, 72000, 72002}
)
"""Codes of the access layer and the account check; written out, so that a slip in the table shows here."""
REFUSED = REFUSALS | TURNED_AWAY
AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
PUSH, BATCH, MANY = (
    ENDPOINTS[name] for name in (EndpointName.PUSH, EndpointName.BATCH, EndpointName.BATCHSENDMSG)
)


def answered(body: bytes | dict[str, object], status: int = 200) -> Exchange:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Exchange("answered", "", AT, AT, status, raw)


def answer(**fields: object) -> dict[str, object]:
    return {"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "", **fields}


def told(
    state: CallState,
    case: str,
    text: str = "",
    code: int | None = None,
    status: int | None = None,
    ids: Sequence[str | None] = (None, None, None),
    refused: Mapping[int, tuple[str, ...]] | None = None,
) -> CallOutcome:
    """Return the outcome in full, so that nothing else may stand in it."""
    return CallOutcome(state, case, text, code, status, ServiceIds(*ids), refused or {})


def test_ok_with_an_id_is_sent() -> None:
    """The ids go into the lockfile as they are."""
    sent = classify(PUSH, answered(answer(TaskId="t")))
    many = classify(MANY, answered(answer(MsgKey="k", MsgId="m")))
    assert (sent.state, sent.ids) == (CallState.SENT, ServiceIds("t"))
    assert (many.state, many.ids) == (CallState.SENT, ServiceIds(msg_key="k", msg_id="m"))


def test_what_was_sent_tells_all_that_the_service_named() -> None:
    """A recall needs the ids, and the report the refused accounts."""
    body = answer(TaskId="t", MsgKey="k", MsgId="m", ErrorList=[{"To_Account": "a", "ErrorCode": 70107}])
    ids = ("t", "k", "m")
    assert classify(BATCH, answered(body)) == told(
        CallState.SENT, "answered", ids=ids, refused={70107: ("a",)}
    )
    assert classify(PUSH, answered(body)) == told(CallState.SENT, "answered", ids=ids)


@pytest.mark.parametrize("case", ["connect_failed", "timeout", "deadline", "frozen"])
def test_what_never_passed_the_gate_was_not_sent(case: str) -> None:
    """The gate is the only proof that no byte left."""
    outcome = classify(PUSH, Exchange(case, "in words", None, AT))
    assert outcome == told(CallState.NOT_SENT, case, "in words")


DOUBT, NO = CallState.IN_DOUBT, CallState.REFUSED


@pytest.mark.parametrize(
    ("exchange", "outcome"),
    [
        (Exchange("timeout", "no answer", AT, AT), told(DOUBT, "timeout", "no answer")),
        (
            answered(b"[]"),
            told(DOUBT, "not_an_object", "the answer is JSON, but not an object"),
        ),
        (
            answered(b"", 502),
            told(
                DOUBT,
                "http_status",
                "HTTP 502 without the service's own answer",
                status=502,
            ),
        ),
        (
            answered(b"<html>Log in first</html>", 403),
            told(
                DOUBT,
                "http_status",
                "HTTP 403 without the service's own answer",
                status=403,
            ),
        ),
        (
            answered(answer(TaskId="t"), 403),
            told(DOUBT, "contradiction", "HTTP 403 is an error, but the answer says sent", status=403),
        ),
        (
            answered(answer(ActionStatus="FAIL", ErrorCode=60003), 400),
            told(NO, "refused", "the body is not valid JSON", 60003, 400),
        ),
        (
            answered(answer(TaskId="t", ActionStatus="FAIL")),
            told(DOUBT, "contradiction", "ErrorCode is 0, but the status is 'FAIL'"),
        ),
        (answered(answer()), told(DOUBT, "no_id", "the answer says OK but names no TaskId")),
        (
            answered(answer(ErrorCode=90020)),
            told(DOUBT, "contradiction", "error 90020, yet it looks sent", 90020),
        ),
        (
            answered(answer(ActionStatus="FAIL", ErrorCode=91000)),
            told(DOUBT, "error_code", "internal error of the service", 91000),
        ),
        (
            answered(answer(ActionStatus="FAIL", ErrorCode=1)),
            told(DOUBT, "error_code", "a code that the vendor does not document", 1),
        ),
        (
            answered(answer(ActionStatus="FAIL", ErrorCode=90020)),
            told(NO, "refused", "a tag is over 50 bytes", 90020),
        ),
    ],
    ids=lambda value: value.case if isinstance(value, CallOutcome) else "",
)
def test_an_outcome_says_in_plain_words_what_was_seen(exchange: Exchange, outcome: CallOutcome) -> None:
    """At three in the morning somebody decides by these words, the code and the status."""
    assert classify(PUSH, exchange) == outcome


def test_each_endpoint_must_name_its_own_kind_of_id() -> None:
    """A key without a task, or a task without a key, is not the documented answer."""
    assert classify(PUSH, answered(answer(MsgKey="k"))).case == "no_id"
    assert classify(MANY, answered(answer(TaskId="t"))).case == "no_id"


def test_some_error_is_no_answer_of_a_push_to_everyone() -> None:
    """There is nobody whom it could have refused."""
    body = answer(TaskId="t", ActionStatus="SomeError", ErrorList=[{"To_Account": "a", "ErrorCode": 70107}])
    assert classify(PUSH, answered(body)).state is CallState.IN_DOUBT


@pytest.mark.parametrize("case", ["timeout", "connection_lost", "no_http_answer", "answer_too_long", "new"])
def test_what_left_without_an_answer_is_in_doubt(case: str) -> None:
    """The push may be on a million phones."""
    outcome = classify(PUSH, Exchange(case, "", AT, AT))
    assert (outcome.state, outcome.case) == (CallState.IN_DOUBT, case)


@pytest.mark.parametrize("code", sorted(REFUSED))
def test_a_code_of_the_list_is_refused(code: int) -> None:
    """The service looked and said no before doing anything."""
    for endpoint in ENDPOINTS.values():
        outcome = classify(endpoint, answered(answer(ActionStatus="FAIL", ErrorCode=code)))
        assert (outcome.state, outcome.code) == (CallState.REFUSED, code)


@pytest.mark.parametrize("code", sorted({*known_codes(), -1, 1, 99999, 120001} - REFUSED))
def test_every_other_code_is_in_doubt(code: int) -> None:
    """Whatever the page says about retrying."""
    for endpoint in ENDPOINTS.values():
        outcome = classify(endpoint, answered(answer(ActionStatus="FAIL", ErrorCode=code)))
        assert (outcome.state, outcome.code) == (CallState.IN_DOUBT, code)


@pytest.mark.parametrize("status", range(100, 600))
@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"ErrorCode":90020}', b'{"error":"forbidden"}'])
def test_no_status_says_refused(status: int, body: bytes) -> None:
    """Whoever stands between may have blocked the answer and not the request."""
    assert classify(PUSH, answered(body, status)).state is CallState.IN_DOUBT


@pytest.mark.parametrize("status", range(100, 600))
def test_the_services_own_refusal_counts_under_any_status(status: int) -> None:
    """No gateway writes the service's JSON, and some change the status over it."""
    state = classify(PUSH, answered(answer(ActionStatus="FAIL", ErrorCode=90020), status)).state
    assert state is CallState.REFUSED


@pytest.mark.parametrize(
    "body",
    [
        answer(),
        answer(TaskId=""),
        answer(TaskId=None),
        answer(MsgKey="k"),
        answer(TaskId="t", ActionStatus="FAIL"),
        answer(TaskId="t", ActionStatus="ok"),
        answer(TaskId="t", ActionStatus="SomeError"),
        answer(TaskId="t", ErrorCode=90001),
        answer(TaskId="t", ErrorCode=90001, ActionStatus="FAIL"),
        answer(ErrorCode=90001),
        [],
    ],
    ids=str,
)
def test_a_contradiction_is_in_doubt(body: dict[str, object]) -> None:
    """An answer that says yes and no says nothing."""
    assert classify(PUSH, answered(json.dumps(body).encode())).state is CallState.IN_DOUBT


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (answer(TaskId="t"), CallState.IN_DOUBT),
        (answer(), CallState.IN_DOUBT),
        (answer(ActionStatus="FAIL", ErrorCode=90001, TaskId="t"), CallState.IN_DOUBT),
        (answer(ActionStatus="FAIL", ErrorCode=90001), CallState.REFUSED),
        ({}, CallState.IN_DOUBT),
    ],
    ids=str,
)
def test_a_refusing_status_changes_nothing_about_the_body(body: dict[str, object], state: CallState) -> None:
    """A proxy may have put its own status over the service's answer."""
    assert classify(PUSH, answered(body, 403)).state is state


def test_only_a_refusal_for_the_signature_is_trouble_with_the_credentials() -> None:
    """It ends the run with an exit code of its own."""
    wrong_key = classify(PUSH, answered(answer(ActionStatus="FAIL", ErrorCode=70009)))
    wrong_tag = classify(PUSH, answered(answer(ActionStatus="FAIL", ErrorCode=90020)))
    doubtful = classify(PUSH, answered(answer(ActionStatus="OK", ErrorCode=70009)))
    assert wrong_key.is_credentials_trouble
    assert not wrong_tag.is_credentials_trouble
    assert not doubtful.is_credentials_trouble


def test_partial_failures_are_sent_with_the_refused_accounts() -> None:
    """One endpoint says OK, the other SomeError; both went out to the rest."""
    errors = [{"To_Account": "a", "ErrorCode": 70107}, {"To_Account": "b", "ErrorCode": 90048}]
    for body, endpoint in (
        (answer(TaskId="t", ErrorList=errors), BATCH),
        (answer(MsgKey="k", ActionStatus="SomeError", ErrorList=errors), MANY),
    ):
        outcome = classify(endpoint, answered(body))
        assert outcome.state is CallState.SENT
        assert outcome.refused == {70107: ("a",), 90048: ("b",)}


def test_some_error_that_names_no_account_is_in_doubt() -> None:
    """Some error, somewhere."""
    assert classify(MANY, answered(answer(MsgKey="k", ActionStatus="SomeError"))).state is CallState.IN_DOUBT


def test_all_accounts_refused_is_refused_with_their_names() -> None:
    """batchsendmsg has a code only when every account failed."""
    errors = [{"To_Account": "a", "ErrorCode": 90048}]
    outcome = classify(MANY, answered(answer(ActionStatus="FAIL", ErrorCode=90012, ErrorList=errors)))
    assert outcome.state is CallState.REFUSED
    assert outcome.refused == {90048: ("a",)}


def test_only_certain_failures_may_be_tried_again() -> None:
    """Of the refusals just the one that passes with the second."""
    again = {
        code
        for code in REFUSALS
        if classify(PUSH, answered(answer(ActionStatus="FAIL", ErrorCode=code))).may_be_tried_again
    }
    assert again == {90024}


@pytest.mark.parametrize(
    "case", ["connect_failed", "connection_lost", "timeout", "deadline", "lease", "too_late"]
)
def test_what_did_not_leave_for_a_passing_reason_is_tried_again_by_itself(case: str) -> None:
    """The same word behind the gate is a doubt, and a doubt is never tried again."""
    assert classify(PUSH, Exchange(case, "", None, AT)).may_be_tried_again
    assert not classify(PUSH, Exchange(case, "", AT, AT)).may_be_tried_again


@pytest.mark.parametrize(
    "case", ["stopped", "frozen", "window", "conflict", "in_doubt", "clock", "invariant"]
)
def test_what_was_held_back_on_purpose_is_not_tried_again_by_itself(case: str) -> None:
    """The reason will still stand in some seconds."""
    assert not classify(PUSH, Exchange(case, "", None, AT)).may_be_tried_again


def test_a_doubtful_too_soon_is_not_tried_again() -> None:
    """It says refused and sent in one breath."""
    assert not classify(PUSH, answered(answer(TaskId="t", ErrorCode=90024))).may_be_tried_again


@pytest.mark.parametrize(
    ("accounts", "refused", "is_refused"),
    [
        (2, {70107: ("a",)}, False),
        (2, {70107: ("a",), 70169: ("b",)}, True),
        (1, {70107: ("a",)}, True),
        (0, {}, False),
        (2, {}, False),
    ],
)
def test_a_call_that_the_service_took_and_nobody_got_was_refused(
    accounts: int, refused: Mapping[int, Sequence[str]], *, is_refused: bool
) -> None:
    """ "Sent" is never said of a part that nobody got; a push to all users names no account."""
    told = {code: tuple(names) for code, names in refused.items()}
    taken = CallOutcome(CallState.SENT, "answered", "", refused=told)

    outcome = taken.of_call_to(accounts)

    if is_refused:
        assert (outcome.state, outcome.case) == (CallState.REFUSED, "all_refused")
        assert "70107" in outcome.text
    else:
        assert outcome is taken


@pytest.mark.parametrize("state", [CallState.IN_DOUBT, CallState.NOT_SENT])
def test_only_what_was_taken_can_have_been_refused_whole(state: CallState) -> None:
    """A doubt stays one, whatever a half answer lists."""
    outcome = CallOutcome(state, "timeout", "", refused={70107: ("a", "b")})

    assert outcome.of_call_to(2) is outcome

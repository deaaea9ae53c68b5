"""Classify a call: sent, refused, never left, or in doubt, which is the answer to everything else."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pushspec.errors import message_of
from pushspec.language import phrase
from pushspec.lockfile.histories import CallState
from pushspec.lockfile.sends import all_refused_text
from pushspec.tencent.answers import NO_IDS, Answer, AnswerError, ServiceIds, read_answer
from pushspec.tencent.codes import CREDENTIALS, TOO_SOON, meaning_of, proves_nothing_left

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pushspec.tencent.endpoints import Endpoint
    from pushspec.tencent.exchange import Exchange

_HTTP_OK = 200
_PASSING = frozenset({"connect_failed", "connection_lost", "timeout", "deadline", "lease", "too_late"})
"""Reasons for not sending that may be gone in a moment."""


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """The meaning of one exchange.

    Attributes:
        state: SENT, REFUSED, NOT_SENT or IN_DOUBT.
        case: What happened, in one word.
        text: What happened, in plain words.
        code: The service's error code, where it named one.
        http_status: The HTTP status, where it is not 200.
        ids: What the service calls it.
        refused: Accounts that the service refused, by error code.
    """

    state: CallState
    case: str
    text: str = ""
    code: int | None = None
    http_status: int | None = None
    ids: ServiceIds = NO_IDS
    refused: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    def of_call_to(self, accounts: int) -> CallOutcome:
        """Return what became of a call to so many accounts: refused, where the service refused every one."""
        if self.state is not CallState.SENT or not 0 < accounts <= sum(map(len, self.refused.values())):
            return self
        return replace(self, state=CallState.REFUSED, case="all_refused", text=all_refused_text(self.refused))

    @property
    def is_credentials_trouble(self) -> bool:
        """Whether the service did not accept the signature or its administrator."""
        return self.state is CallState.REFUSED and self.code in CREDENTIALS

    @property
    def may_be_tried_again(self) -> bool:
        """Whether a later attempt of the same run may help, and certainly is no second push."""
        if self.state is CallState.REFUSED:
            return self.code == TOO_SOON
        return self.state is CallState.NOT_SENT and self.case in _PASSING


def classify(endpoint: Endpoint, exchange: Exchange) -> CallOutcome:
    """Return what became of a call, from what was seen on the wire.

    Only two things are ever certain: a whole, valid answer that says so, and a gate that was never passed.
    """
    if exchange.left_at is None:
        return CallOutcome(CallState.NOT_SENT, exchange.case, exchange.text)
    if exchange.case != "answered":
        return CallOutcome(CallState.IN_DOUBT, exchange.case, exchange.text)
    try:
        answer = read_answer(exchange.body)
    except AnswerError as error:
        return _not_the_service(exchange, error)
    if answer.code != 0:
        return _of_code(endpoint, answer, exchange.status)
    if exchange.status != _HTTP_OK:
        return CallOutcome(
            CallState.IN_DOUBT,
            "contradiction",
            phrase("HTTP {status} is an error, but the answer says sent", status=exchange.status),
            http_status=exchange.status,
        )
    return _of_success(endpoint, answer)


def _not_the_service(exchange: Exchange, error: AnswerError) -> CallOutcome:
    """A status without the service's own JSON: a gateway may have blocked the answer, not the request."""
    if exchange.status == _HTTP_OK:
        return CallOutcome(CallState.IN_DOUBT, error.case, message_of(error))
    return CallOutcome(
        CallState.IN_DOUBT,
        "http_status",
        phrase("HTTP {status} without the service's own answer", status=exchange.status),
        http_status=exchange.status,
    )


def _of_success(endpoint: Endpoint, answer: Answer) -> CallOutcome:
    if not _has_right_status(endpoint, answer):
        text = phrase(
            "ErrorCode is 0, but the status is {action_status!r}", action_status=answer.action_status
        )
        return CallOutcome(CallState.IN_DOUBT, "contradiction", text)
    if not answer.ids.name_at(endpoint):
        return CallOutcome(
            CallState.IN_DOUBT,
            "no_id",
            phrase("the answer says OK but names no {answer_id}", answer_id=endpoint.answer_id),
        )
    return CallOutcome(
        CallState.SENT,
        "answered",
        ids=answer.ids,
        refused=answer.refused if endpoint.to_accounts else {},
    )


def _has_right_status(endpoint: Endpoint, answer: Answer) -> bool:
    """Whether the status fits code 0: all went well, or some of the listed accounts were refused."""
    if answer.says_some_failed:
        return endpoint.to_accounts and bool(answer.refused)
    return answer.says_ok


def _of_code(endpoint: Endpoint, answer: Answer, status: int | None) -> CallOutcome:
    row = meaning_of(answer.code, endpoint.name)
    text = row.meaning if row is not None else phrase("a code that the vendor does not document")
    http_status = status if status != _HTTP_OK else None
    if answer.says_ok or answer.ids:
        return CallOutcome(
            CallState.IN_DOUBT,
            "contradiction",
            phrase("error {code}, yet it looks sent", code=answer.code),
            answer.code,
        )
    if not proves_nothing_left(answer.code, endpoint.name):
        return CallOutcome(CallState.IN_DOUBT, "error_code", text, answer.code, http_status)
    return CallOutcome(CallState.REFUSED, "refused", text, answer.code, http_status, refused=answer.refused)

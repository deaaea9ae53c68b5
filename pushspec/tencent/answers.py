"""What the service answered, read strictly: anything unusual is no answer at all."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pushspec.tencent.endpoints import Endpoint


_T = TypeVar("_T")


class AnswerError(Exception):
    """The body is not a trustworthy answer.

    Attributes:
        case: Why, in one word.
    """

    def __init__(self, case: str, text: str) -> None:
        super().__init__(text)
        self.case = case


@dataclass(frozen=True, slots=True)
class ServiceIds:
    """The ids by which the service knows a call that it took, verbatim; false where there is none.

    Attributes:
        task_id: ``TaskId`` of a push.
        msg_key: ``MsgKey`` of a message.
        msg_id: ``MsgId`` of a message.
    """

    task_id: str | None = None
    msg_key: str | None = None
    msg_id: str | None = None

    def __bool__(self) -> bool:
        """Whether the service named anything."""
        return bool(self.task_id or self.msg_key or self.msg_id)

    @property
    def name(self) -> str | None:
        """The one that names what was started: the task's id, or the message's key."""
        return self.task_id or self.msg_key

    def name_at(self, endpoint: Endpoint) -> str | None:
        """Return the one by which this endpoint names what it started."""
        return self.task_id if endpoint.answer_id == "TaskId" else self.msg_key


NO_IDS = ServiceIds()
"""The ids of a call of which the service named nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a send endpoint (``https://trtc.io/document/34620``).

    Attributes:
        action_status: ``OK``, ``FAIL`` or ``SomeError``.
        code: ``ErrorCode``; 0 is success.
        info: ``ErrorInfo``, which says nothing reliable.
        ids: What it names; an error that names something is no refusal.
        refused: Accounts of ``ErrorList`` by their code, in the order given.
    """

    action_status: str
    code: int
    info: str
    ids: ServiceIds
    refused: Mapping[int, tuple[str, ...]]

    @property
    def says_ok(self) -> bool:
        """Whether its status calls the whole call a success."""
        return self.action_status == "OK"

    @property
    def says_some_failed(self) -> bool:
        """Whether its status says that some of the listed accounts were refused.

        https://cloud.tencent.com/document/product/269/1612
        """
        return self.action_status == "SomeError"


def read_answer(body: bytes) -> Answer:
    """Read the body of an answer.

    Raises:
        AnswerError: It is not one JSON object of the documented form.
    """
    document = read_object(body)
    return Answer(
        action_status=_required(document, "ActionStatus", str),
        code=_required(document, "ErrorCode", int),
        info=_optional(document, "ErrorInfo") or "",
        ids=ServiceIds(*(_optional(document, name) for name in ("TaskId", "MsgKey", "MsgId"))),
        refused=_refused(document.get("ErrorList", [])),
    )


def read_object(body: bytes) -> dict[str, Any]:
    """Return the one JSON object that a body is.

    Raises:
        AnswerError: It is anything else, or says something twice.
    """
    try:
        document = json.loads(
            body.decode("utf-8"), object_pairs_hook=_without_doubles, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        raise AnswerError(
            "not_json", phrase("the answer is not JSON ({kind})", kind=type(error).__name__)
        ) from error
    if not isinstance(document, dict):
        raise AnswerError("not_an_object", phrase("the answer is JSON, but not an object"))
    return document


def _without_doubles(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise AnswerError("duplicate_key", phrase("the answer has a duplicate key"))
    return members


def _no_constant(name: str) -> NoReturn:
    raise AnswerError("not_json", phrase("the answer holds {name}, which is not JSON", name=name))


def _required(document: Mapping[str, Any], name: str, kind: type[_T]) -> _T:
    value = document.get(name)
    if type(value) is not kind:
        raise AnswerError("wrong_shape", phrase("{name} is missing or of the wrong type", name=name))
    return value


def _optional(document: Mapping[str, Any], name: str) -> str | None:
    value = document.get(name)
    if value is not None and not isinstance(value, str):
        raise AnswerError("wrong_shape", phrase("{name} is of the wrong type", name=name))
    return value


def _refused(errors: Any) -> dict[int, tuple[str, ...]]:  # noqa: ANN401 - any JSON value
    if not isinstance(errors, list):
        raise AnswerError("wrong_shape", phrase("ErrorList is not a list"))
    by_code: dict[int, list[str]] = {}
    for error in errors:
        if not isinstance(error, dict):
            raise AnswerError("wrong_shape", phrase("ErrorList holds values that are not objects"))
        by_code.setdefault(_required(error, "ErrorCode", int), []).append(_required(error, "To_Account", str))
    return {code: tuple(accounts) for code, accounts in sorted(by_code.items())}

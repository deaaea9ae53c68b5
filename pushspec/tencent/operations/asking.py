"""Ask the service for what is no send: at its pace, within bounds, and only its own JSON is an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import anyio
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pushspec.errors import CredentialsError, NoAnswerError, OperationRefusedError, message_of
from pushspec.language import phrase
from pushspec.serialization import Json, wire_json
from pushspec.tencent.answers import AnswerError, read_object
from pushspec.tencent.codes import CREDENTIALS, meaning_of
from pushspec.tencent.exchange import Gate
from pushspec.tencent.pacing import Pacer
from pushspec.tencent.rates import rate_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pushspec.clock import Clock
    from pushspec.tencent.exchange import Exchange, Sender
    from pushspec.tencent.limits import Limits
    from pushspec.tencent.operations.operation import Operation

_HTTP_OK = 200


class Told(BaseModel):
    """A part of an answer: what is missing or null was not told, what has another type is not understood.

    Fields that nobody knows yet are passed over.
    """

    model_config = ConfigDict(frozen=True, strict=True, hide_input_in_errors=True, defer_build=True)


def told(name: str, **constraints: Any) -> Any:  # noqa: ANN401 - pydantic's own signature
    """Return a field that the service calls ``name``; None where it does not tell."""
    return Field(default=None, validation_alias=name, **constraints)


T = TypeVar("T", bound=Told)


class Asker:
    """Asks one service, however many tasks of this process do so at once."""

    def __init__(self, sender: Sender, *, limits: Limits, clock: Clock) -> None:
        """Take the way to the service; it bounds each call in time and size."""
        self._sender = sender
        self._limits = limits
        self._clock = clock
        self._pacers: dict[str, Pacer] = {}

    async def ask(
        self, operation: Operation, body: Mapping[str, Json], *, check: Callable[[], None] = lambda: None
    ) -> dict[str, Json]:
        """Ask, and return the answer of a service that says it went well.

        Args:
            operation: What to ask for.
            body: The request, under the service's names.
            check: The last check on the open connection; raises ``GateClosedError`` when the request may
                not leave any more.

        Raises:
            NoAnswerError: Nothing came, or nothing that can be trusted.
            CredentialsError: The service did not accept who asks.
            OperationRefusedError: The service answered with another error code.
        """
        pacer = self._pacer(operation)
        await pacer.enter(1, stop=anyio.Event(), waiting=lambda _why, _s: None)
        try:
            gate = Gate(check, now=self._clock.now)
            exchange = await self._sender.send(f"/v4/{operation.path}", wire_json(body), gate)
        finally:
            pacer.leave(1)
        return read_reply(operation, exchange)

    def _pacer(self, operation: Operation) -> Pacer:
        if operation.limit not in self._pacers:
            self._pacers[operation.limit] = Pacer([rate_of(operation.limit, self._limits)], self._clock)
        return self._pacers[operation.limit]


def read_reply(operation: Operation, exchange: Exchange) -> dict[str, Json]:
    """Return what the service answered; :meth:`Asker.ask` says what it raises."""
    document, code = read_code(exchange)
    if code != 0:
        raise _refusal(operation, code)
    return document


def read_code(exchange: Exchange) -> tuple[dict[str, Json], int]:
    """Return an answer of the service itself and its ``ErrorCode``.

    ``ErrorInfo`` is never looked at: the vendor's samples carry a text there on success, too.

    Raises:
        NoAnswerError: Nothing came, or nothing that can be trusted.
    """
    if exchange.case != "answered":
        raise NoAnswerError(exchange.case, exchange.text, has_left=exchange.left_at is not None)
    try:
        document = read_object(exchange.body)
    except AnswerError as error:
        raise _not_understood(exchange, error.case, message_of(error)) from error
    code, status = document.get("ErrorCode"), document.get("ActionStatus")
    if type(code) is not int or not isinstance(status, str):
        raise _not_understood(
            exchange, "wrong_shape", phrase("ErrorCode or ActionStatus is missing or of another type")
        )
    if code == 0 and (status != "OK" or exchange.status != _HTTP_OK):
        text = phrase(
            "ErrorCode is 0, but the status is {status!r} and HTTP {http_status}",
            status=status,
            http_status=exchange.status,
        )
        raise _not_understood(exchange, "contradiction", text)
    return document, code


def read_told(model: type[T], document: Mapping[str, Json]) -> T:
    """Return a part of an answer in our own words.

    Raises:
        NoAnswerError: It has another shape than the vendor's page says.
    """
    try:
        return model.model_validate(document)
    except ValidationError as error:
        place = ".".join(map(str, error.errors(include_input=False, include_url=False)[0]["loc"]))
        text = phrase("the answer of the service has another shape than documented, at {place}", place=place)
        raise NoAnswerError("wrong_shape", text, has_left=True) from None


def _not_understood(exchange: Exchange, case: str, text: str) -> NoAnswerError:
    if exchange.status != _HTTP_OK:
        text = phrase("HTTP {status} without the service's own answer", status=exchange.status)
    return NoAnswerError(case, text, has_left=True)


def _refusal(operation: Operation, code: int) -> CredentialsError | OperationRefusedError:
    row = meaning_of(code, operation.path)
    meaning = row.meaning if row is not None else phrase("a code that the vendor does not document")
    text = phrase(
        "the service refused {path} with {code}: {meaning}", path=operation.path, code=code, meaning=meaning
    )
    if code in CREDENTIALS:
        return CredentialsError(text, hint=phrase("pushspec explain {code} says what to check", code=code))
    return OperationRefusedError(
        code, text, hint=phrase("pushspec explain {code} says more", code=code) if row else ""
    )

"""Ask the service to change something, and say what its answer proves: done, not done, or unknown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from pushspec.errors import CredentialsError, NoAnswerError, OperationRefusedError, message_of
from pushspec.serialization import Json, sha256_hex, wire_json
from pushspec.tencent.codes import Effect, meanings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pushspec.tencent.operations.asking import Asker
    from pushspec.tencent.operations.operation import Operation

_PASSING = frozenset({"connect_failed", "connection_lost", "timeout"})
"""Reasons for which a request did not leave that may be gone in a moment."""


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """One request that changes something at the service.

    Attributes:
        operation: Where it goes.
        body: What it says, under the service's names.
    """

    operation: Operation
    body: Mapping[str, Json]

    def payload_sha256(self) -> str:
        """Return the SHA-256 of the bytes that leave, in hex."""
        return sha256_hex(wire_json(self.body))


class Became(Enum):
    """What became of a request."""

    DONE = "done"
    NOT_DONE = "not done"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reply:
    """The meaning of one answer, or of none.

    Attributes:
        became: What became of the request.
        case: Why, in one word: the error code, or what happened on the wire.
        text: The same in plain words.
        number: What the service made, where it numbers that; else 0.
        may_be_repeated: Whether the same run may ask again in a moment.
        are_credentials_refused: Whether the service did not accept who asks.
    """

    became: Became
    case: str
    text: str = ""
    number: int = 0
    may_be_repeated: bool = False
    are_credentials_refused: bool = False

    @property
    def is_refusal(self) -> bool:
        """Whether the service itself said no."""
        return self.became is Became.NOT_DONE and self.case.isdecimal()


async def change(
    asker: Asker,
    request: ChangeRequest,
    *,
    check: Callable[[], None],
    refused: Callable[[OperationRefusedError], Reply],
    number_in: Callable[[Mapping[str, Json]], int] = lambda _: 0,
) -> Reply:
    """Make a request and say what became of it; only a whole answer of the service proves anything.

    Args:
        asker: The way to the service, which keeps its rate.
        request: What to change.
        check: The last check on the open connection; raises ``GateClosedError`` when it may not leave.
        refused: What a refusal proves.
        number_in: Reads the number of what was made; raises ``NoAnswerError`` for another shape.
    """
    try:
        answer = await asker.ask(request.operation, request.body, check=check)
        number = number_in(answer)
    except NoAnswerError as error:
        became = Became.UNKNOWN if error.has_left else Became.NOT_DONE
        is_passing = became is Became.NOT_DONE and error.case in _PASSING
        return Reply(became, error.case, message_of(error), may_be_repeated=is_passing)
    except CredentialsError as error:
        return Reply(Became.NOT_DONE, "credentials", message_of(error), are_credentials_refused=True)
    except OperationRefusedError as error:
        return refused(error)
    return Reply(Became.DONE, "answered", number=number)


def is_turned_away(code: int) -> bool:
    """Whether the layers in front of every endpoint answer with this code: nothing was done."""
    return any("any" in row.scope and row.effect is Effect.NOT_SENT for row in meanings_of(code))

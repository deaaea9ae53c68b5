"""One request and what came of it: the gate before its first byte, and what was seen on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


TOTAL_S = 6.0
"""From the first step of connecting to the last byte of the answer; the service itself gives up after 3 s
(https://trtc.io/document/34620)."""


class GateClosedError(Exception):
    """The last check before sending said no, so no byte left.

    Attributes:
        case: Why, in one word.
    """

    def __init__(self, case: str, text: str) -> None:
        super().__init__(text)
        self.case = case


class Gate:
    """Stands between an open connection and the first byte of one request.

    The wire can write nothing before :meth:`pass_through` has returned, so a request whose gate was never
    passed certainly did not leave. Nothing else proves that.
    """

    def __init__(self, check: Callable[[], None], *, now: Callable[[], datetime]) -> None:
        """Take the last check.

        Args:
            check: Raises :class:`GateClosedError` when the request may not leave; must not wait.
            now: The wall clock.
        """
        self._check = check
        self._now = now
        self._is_shut = False
        self.left_at: datetime | None = None

    def pass_through(self) -> None:
        """Make the last check; from here on the request counts as sent.

        Raises:
            GateClosedError: It may not leave.
        """
        if self._is_shut:
            raise GateClosedError(
                "too_late", phrase("the attempt was cancelled before the connection was ready")
            )
        self._check()
        self.left_at = self._now()

    def shut(self) -> None:
        """Let nothing through any more."""
        self._is_shut = True


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was seen of one request.

    Attributes:
        case: ``answered``, or what went wrong, in one word.
        text: What went wrong, in plain words, without URL and signature.
        left_at: When its first byte could leave; ``None`` when none did.
        ended_at: When the attempt was over.
        status: HTTP status of the answer.
        body: Body of the answer.
        served_at: The ``Date`` of the answer.
    """

    case: str
    text: str
    left_at: datetime | None
    ended_at: datetime
    status: int | None = None
    body: bytes = b""
    served_at: datetime | None = None


class Sender(Protocol):
    """Sends one request; whatever happens to it comes back as an :class:`Exchange`."""

    async def send(self, path: str, payload: bytes, gate: Gate) -> Exchange:
        """Send ``payload`` to ``path`` through the gate."""

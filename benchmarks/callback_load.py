"""Post callbacks at a rate, at little cost, for the client shares the processor with the server.

It writes posts that were rendered beforehand, each in one piece, over kept connections, and reads no more of
an answer than its status and where it ends.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections import deque
from typing import TYPE_CHECKING, cast

import uvloop

if TYPE_CHECKING:
    from collections.abc import Sequence

CONNECTIONS = 64
_OK = b"HTTP/1.1 200"
_END = b"}"
"""Every answer is a flat JSON object, so only its last byte is one."""
_TICK_S = 0.001
_GIVE_UP_S = 30


class Load:
    """Posts for a while and notes how long each answer took.

    Attributes:
        took_ms: For each answered post, milliseconds from when it was due, not from when a busy client got
            round to it.
        failed: Posts that were refused or never answered.
    """

    def __init__(
        self, port: int, posts: Sequence[bytes], *, seconds: float, per_second: float | None
    ) -> None:
        """Prepare to post.

        Args:
            port: Where the server listens.
            posts: Whole requests, sent round and round.
            seconds: How long to post.
            per_second: Posts that fall due each second; None: as many as the connections carry.
        """
        self._port = port
        self._posts = posts
        self._seconds = seconds
        self._per_second = per_second
        self._sent = 0
        self._waiting: set[_Connection] = set()
        self._idle: deque[_Connection] = deque()
        self.took_ms: list[float] = []
        self.failed = 0

    def run(self) -> None:
        """Post until the time is over and every answer has come."""
        gc.disable()  # a pause of the client would count as one of the server
        try:
            uvloop.run(self._run())
        finally:
            gc.enable()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(CONNECTIONS):
            await loop.create_connection(lambda: _Connection(self), "127.0.0.1", self._port)
        self._begun = time.monotonic()
        give_up_at = self._begun + self._seconds + _GIVE_UP_S
        while (self._is_posting() or self._waiting) and time.monotonic() < give_up_at:
            self._post_what_is_due()
            await asyncio.sleep(_TICK_S)
        self.failed += len(self._waiting)

    def _is_posting(self) -> bool:
        if self._per_second is None:
            return time.monotonic() < self._begun + self._seconds
        return self._sent < self._seconds * self._per_second

    def _post_what_is_due(self) -> None:
        now = time.monotonic()
        while self._idle and self._is_posting():
            due = now if self._per_second is None else self._begun + self._sent / self._per_second
            if due > now:
                return
            connection = self._idle.popleft()
            self._waiting.add(connection)
            connection.post(self._posts[self._sent % len(self._posts)], due)
            self._sent += 1

    def answered(self, connection: _Connection, due: float, head: bytes) -> None:
        """Note an answer; the connection is free again."""
        self.took_ms.append((time.monotonic() - due) * 1_000)
        self.failed += not head.startswith(_OK)
        self._waiting.discard(connection)
        self._idle.append(connection)
        self._post_what_is_due()

    def opened(self, connection: _Connection) -> None:
        """Take a connection into use."""
        self._idle.append(connection)


class _Connection(asyncio.Protocol):
    """A kept connection with at most one post under way."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._due = 0.0
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._load.opened(self)

    def post(self, post: bytes, due: float) -> None:
        self._due = due
        self._answer = b""
        self._transport.write(post)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if self._answer.endswith(_END):
            self._load.answered(self, self._due, self._answer)

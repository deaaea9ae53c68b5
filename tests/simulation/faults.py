"""Every way in which a service can misbehave on the wire, and what a call is called afterwards: one table."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from pushspec.lockfile.histories import CallState
from simulation.service import fail

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from simulation.wire import Connection

    Answering = Callable[[Connection, bytes], Awaitable[None]]

MEGABYTE = 1_048_576


@dataclass(frozen=True)
class Fault:
    """One way to misbehave.

    Attributes:
        name: In words.
        leaves: What the call is called afterwards.
        answer: Answers a request, given the answer that a good service would give.
        is_early: It does not wait for the whole request.
        is_accepted: The service sent the push before it misbehaved, which is the worse of the two cases.
        is_slow: It lasts until the caller's patience ends.
        family: Shared by faults that differ in a number alone; a step may meet one of them for all.
    """

    name: str
    leaves: CallState
    answer: Answering
    is_early: bool = False
    is_accepted: bool = True
    is_slow: bool = False
    family: str = ""

    def __str__(self) -> str:
        return self.name

    async def behave(self, connection: Connection, good: bytes) -> None:
        """Serve one connection."""
        if not self.is_early:
            await connection.read_request()
        await self.answer(connection, good)


def head(length: int, extra: bytes = b"") -> bytes:
    """Return the head of an HTTP 200 answer."""
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n" % (length, extra)


def _whole(body: bytes, extra: bytes = b"") -> bytes:
    return head(len(body), extra) + body


def _status(status: int, body: bytes = b"", extra: bytes = b"") -> bytes:
    return b"HTTP/1.1 %d T\r\n%sContent-Length: %d\r\n\r\n" % (status, extra, len(body)) + body


def _changed(good: bytes, **fields: object) -> bytes:
    document = {**json.loads(good), **fields}
    return json.dumps({name: value for name, value in document.items() if value is not None}).encode()


def _bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([*(packer.compress(bytes(MEGABYTE)) for _ in range(64)), packer.flush()])


def _always(answer: bytes) -> Callable[[bytes], bytes]:
    return lambda _good: answer


def _and(more: bytes) -> Callable[[bytes], bytes]:
    return lambda good: _whole(good) + more


_ELSEWHERE = b"Location: http://127.0.0.1:1/\r\n"
_GZIP = b"Content-Encoding: gzip\r\n"
BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "closed after the request": lambda _good: b"",
    "closed in the status line": lambda _good: b"HTTP/1.1 2",
    "closed in the headers": lambda _good: b"HTTP/1.1 200 OK\r\nContent-Le",
    "closed in the body": lambda good: head(len(good)) + good[:20],
    "right length, half JSON": lambda good: _whole(good[:20]),
    "no length and cut": lambda good: b"HTTP/1.1 200 OK\r\n\r\n" + good[:20],
    "empty 200": lambda _good: _whole(b""),
    "HTML 200": lambda _good: _whole(b"<html></html>"),
    "JSON list": lambda good: _whole(b"[%s]" % good),
    "no ErrorCode": lambda good: _whole(_changed(good, ErrorCode=None)),
    "ErrorCode as text": lambda good: _whole(_changed(good, ErrorCode="0")),
    "no id": lambda good: _whole(_changed(good, TaskId=None, MsgKey=None, MsgId=None)),
    "duplicate key": lambda good: _whole(good[:-1] + b',"ErrorCode":0}'),
    "NaN": lambda good: _whole(good[:-1] + b',"X":NaN}'),
    "200,000 brackets": lambda _good: _whole(b"[" * 200_000),
    "endless body": lambda good: b"HTTP/1.1 200 OK\r\n\r\n" + b" " * (MEGABYTE + 100_000) + good,
    "gzip bomb": lambda _good: _whole(_bomb(), _GZIP),
    "gzip cut short": lambda good: _whole(gzip.compress(good)[:-4], _GZIP),
    "HTTP/0.9": lambda good: good,
    "two lengths": lambda good: head(len(good), b"Content-Length: 3\r\n") + good,
    "negative length": lambda good: head(-2) + good,
    "garbage": lambda _good: b"\x00\x01\x02\x03" * 50,
    "flood of headers": lambda good: b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 40_000 + b"\r\n" + good,
    **{
        f"redirect {status}": _always(_status(status, extra=_ELSEWHERE))
        for status in (301, 302, 303, 307, 308)
    },
    **{f"HTTP {status}": _always(_status(status)) for status in (429, 500, 502, 503, 504)},
    "HTTP 502 with a good body": lambda good: _status(502, good),
    "code 91000": lambda _good: _whole(fail(91000)),
    "code 90992": lambda _good: _whole(fail(90992)),
    "unknown code": lambda _good: _whole(fail(99_999)),
}
"""Answers that a caller must not believe, made from the good one."""

_RESET_TOO = ("closed after the request", "closed in the headers", "closed in the body")

UNDISTURBED: dict[str, bytes] = {
    "a second answer on the connection": _status(500),
    "bytes behind the answer": b"trailing",
}
"""What may follow a good answer and belongs to nobody."""

_TURNED_AWAY = (400, 401, 403, 404, 405, 411, 413, 414, 415, 431)
_REFUSED = {
    "bad request": 90001,
    "too soon": 90024,
    "quota used up": 90047,
    "signature expired": 70001,
    "not bought": 93000,
}


def _writes(make: Callable[[bytes], bytes], *, reset: bool = False) -> Answering:
    async def answer(connection: Connection, good: bytes) -> None:
        await connection.write(make(good))
        if reset:
            connection.reset()

    return answer


async def _close_at_once(_connection: Connection, _good: bytes) -> None:
    """Leave without reading."""


async def _reset_in_the_request(connection: Connection, _good: bytes) -> None:
    await connection.read_some()
    connection.reset()


async def _say_nothing(connection: Connection, _good: bytes) -> None:
    await connection.wait_until_left()


async def _drip(connection: Connection, good: bytes) -> None:
    await connection.write(head(len(good)))
    for byte in good:
        if connection.is_left:
            break
        await connection.write(bytes([byte]))
        await anyio.sleep(0.05)


async def _flood_of_interim_answers(connection: Connection, _good: bytes) -> None:
    while not connection.is_left:
        await connection.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await anyio.sleep(0.001)


async def _answer_late(connection: Connection, good: bytes) -> None:
    await connection.wait_until_left()
    await connection.answer(good)


def _family_of(name: str) -> str:
    families = {"redirect ": "redirect", "HTTP 5": "HTTP 5xx", "code 9": "code"}
    return next((family for start, family in families.items() if name.startswith(start)), "")


def _all() -> list[Fault]:
    doubt, refused, sent = CallState.IN_DOUBT, CallState.REFUSED, CallState.SENT
    return [
        Fault("closed after accepting", doubt, _close_at_once, is_early=True, is_accepted=False),
        Fault("reset within the request", doubt, _reset_in_the_request, is_early=True, is_accepted=False),
        *(Fault(name, doubt, _writes(make), family=_family_of(name)) for name, make in BROKEN.items()),
        *(
            Fault(name.replace("closed", "reset"), doubt, _writes(BROKEN[name], reset=True))
            for name in _RESET_TOO
        ),
        Fault("silent", doubt, _say_nothing, is_slow=True),
        Fault("one byte every 50 ms", doubt, _drip, is_slow=True),
        Fault("flood of interim answers", doubt, _flood_of_interim_answers, is_slow=True),
        Fault("answer after the timeout", doubt, _answer_late, is_slow=True),
        *(
            Fault(
                f"HTTP {status}",
                doubt,
                _writes(_always(_status(status))),
                is_accepted=False,
                family="HTTP 4xx",
            )
            for status in _TURNED_AWAY
        ),
        *(
            Fault(name, refused, _writes(_always(_whole(fail(code)))), is_accepted=False)
            for name, code in _REFUSED.items()
        ),
        *(Fault(name, sent, _writes(_and(more))) for name, more in UNDISTURBED.items()),
    ]


FAULTS: dict[str, Fault] = {fault.name: fault for fault in _all()}
"""By name."""


def faults_for(turn: int) -> list[Fault]:
    """Return every fault that stands for itself, and one of each family: another one at each turn."""
    families: dict[str, list[Fault]] = {}
    for fault in FAULTS.values():
        families.setdefault(fault.family or fault.name, []).append(fault)
    return [members[turn % len(members)] for members in families.values()]

"""Posts a second that the callbacks receiver keeps, beside a bare handler that only parses and commits.

Both run in a process of their own under uvicorn with SQLite and full sync, and take posts of 100 events each
from the same client: first as many as they can, then a thousand a second for a minute (``--seconds``).
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import multiprocessing
import re
import socket
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import uvicorn

from pushspec.web.receiver import Receiver
from pushspec.web.serving import make_server
from pushspec.web.sqlite import SqliteCallbackStore

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
APP, TOKEN = 1400123456, "benchmark"
EVENTS = 100
CONNECTIONS = 64
GOAL_PER_SECOND = 1_000
GOAL_P99_MS = 200


def _serve_ours(listener: socket.socket, folder: str) -> None:
    with SqliteCallbackStore(Path(folder) / "callbacks.db") as store:
        receiver = Receiver(store, token=TOKEN, sdk_app_id=APP, now_s=time.time)
        asyncio.run(make_server(receiver).serve(sockets=[listener]))


def _serve_floor(listener: socket.socket, folder: str) -> None:
    """Parse and commit, one commit for all that came meanwhile, and nothing else."""
    connection = sqlite3.connect(Path(folder) / "floor.db", isolation_level=None, check_same_thread=False)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("create table posts (body blob)")
    waiting: list[tuple[bytes]] = []

    def commit(rows: list[tuple[bytes]]) -> None:
        connection.execute("begin")
        connection.executemany("insert into posts values (?)", rows)
        connection.execute("commit")

    async def run() -> None:
        turn = anyio.Lock()

        async def app(scope: object, receive: Receive, send: Send) -> None:
            del scope
            nonlocal waiting
            body = b""
            while (message := await receive()).get("more_body"):
                body += message["body"]
            body += message["body"]
            json.loads(body)
            mine = waiting
            mine.append((body,))
            async with turn:
                if mine is waiting:
                    waiting = []
                    await anyio.to_thread.run_sync(commit, mine)
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
            await send({"type": "http.response.body", "body": b"{}"})

        config = uvicorn.Config(app, ws="none", lifespan="off", log_level="warning", access_log=False)
        await uvicorn.Server(config).serve(sockets=[listener])

    asyncio.run(run())


SIDES = {"ours": _serve_ours, "floor": _serve_floor}


def _request(number: int) -> bytes:
    events = [
        {
            "CallbackCommand": "Push.AllMemberPush",
            "EventType": 1,
            "TaskId": f"53743040_{number // 1_000}",
            "TaskTime": 1_669_872_000,
            "EventTime": 1_669_872_112 + number % 60,
            "To_Account": f"person-{number * EVENTS + index}",
            "PushPlatform": index % 7,
            "PushStage": 1 + index % 3,
            "ErrCode": 0,
            "ErrInfo": "",
        }
        for index in range(EVENTS)
    ]
    body = json.dumps({"Events": events}).encode()
    now = str(int(time.time()))
    sign = hashlib.sha256(f"{TOKEN}{now}".encode()).hexdigest()
    target = f"/?SdkAppid={APP}&Sign={sign}&RequestTime={now}"
    head = f"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class _Load:
    """Posts over kept connections and notes how long each answer took."""

    def __init__(self, port: int, seconds: float, per_second: float | None) -> None:
        self._port = port
        self._begin = time.monotonic()
        self._end = self._begin + seconds
        self._per_second = per_second
        self._requests = [_request(number) for number in range(200)]
        self._next = 0
        self.took_ms: list[float] = []
        self.failed = 0

    async def run(self) -> None:
        async with anyio.create_task_group() as group:
            for _ in range(CONNECTIONS):
                group.start_soon(self._post)

    async def _post(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        while time.monotonic() < self._end:
            number, self._next = self._next, self._next + 1
            due = self._begin + number / self._per_second if self._per_second else time.monotonic()
            if due >= self._end:
                break
            await asyncio.sleep(max(0, due - time.monotonic()))
            writer.write(self._requests[number % len(self._requests)])
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: *(\d+)", head)
            await reader.readexactly(int(length[1]) if length is not None else 0)
            # From when it was due, not from when a busy client got round to it.
            self.took_ms.append((time.monotonic() - due) * 1_000)
            self.failed += not head.startswith(b"HTTP/1.1 200")
        writer.close()


def _measure(serve: Callable[[socket.socket, str], None], seconds: float, per_second: float | None) -> _Load:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1_024)
        process = multiprocessing.get_context("spawn").Process(
            target=serve, args=(listener, folder), daemon=True
        )
        process.start()
        load = _Load(listener.getsockname()[1], 2, None)
        asyncio.run(load.run())  # warm up
        load = _Load(listener.getsockname()[1], seconds, per_second)
        asyncio.run(load.run())
        process.terminate()
        process.join()
    return load


def main() -> None:
    """Print posts a second of both, their ratio, and the answer times of both at the goal's rate."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    seconds = parser.parse_args().seconds
    most = {name: _measure(serve, 10, None) for name, serve in SIDES.items()}
    for name, load in most.items():
        print(f"{name:<6} {len(load.took_ms) / 10:>8,.0f} posts of {EVENTS} events a second at most")
    print(f"ours/floor {len(most['ours'].took_ms) / len(most['floor'].took_ms):.2f}")
    print(
        f"at {GOAL_PER_SECOND:,} a second for {seconds:g} s, from when each was due (goal {GOAL_P99_MS} ms):"
    )
    for name, serve in SIDES.items():
        load = _measure(serve, seconds, GOAL_PER_SECOND)
        took = sorted(load.took_ms)
        p50, p99 = took[len(took) // 2], took[int(len(took) * 0.99)]
        rate = f"{len(took) / seconds:>8,.0f} answered a second, {load.failed} failed"
        print(f"{name:<6} {rate}, p50 {p50:.0f} ms, p99 {p99:.0f} ms")


if __name__ == "__main__":
    main()

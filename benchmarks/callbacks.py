"""Posts a second that the callbacks receiver keeps, beside a bare handler that only parses and commits.

Both run in a process of their own under uvicorn with uvloop, with SQLite and full sync, and take posts of 100
events each from the same client: first as many as they can, then a thousand a second for a minute
(``--seconds``), and ours some while another process reads the events.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
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

from benchmarks.callback_load import Load
from pushspec.web.exporting import read_all
from pushspec.web.receiver import Receiver
from pushspec.web.serving import run
from pushspec.web.sqlite import SqliteCallbackStore

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
IGNORED = Path(".benchmarks")
"""Where stores lie: on the disk of the project, and ignored by git, should somebody kill the benchmark."""
APP, TOKEN = 1400123456, "benchmark"
EVENTS = 100
GOAL_PER_SECOND = 1_000
GOAL_P99_MS = 200
READ_PER_SECOND = 300
POSTS = 1_000
"""Different posts, sent round and round."""


def _serve_ours(listener: socket.socket, folder: str) -> None:
    with SqliteCallbackStore(Path(folder) / "callbacks.db") as store:
        receiver = Receiver(store, token=TOKEN, sdk_app_id=APP, now_s=time.time)
        run(receiver, listener)


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
    uvicorn.Server(config).run(sockets=[listener])


SIDES = {"ours": _serve_ours, "floor": _serve_floor}


def _request(number: int) -> bytes:
    events = [
        {
            "CallbackCommand": "Push.AllMemberPush",
            "EventType": 1,
            "TaskId": f"53743040_{number // 1_000}",
            "TaskTime": 1_669_872_000,
            "EventTime": 1_669_872_112 + number % 60,
            "To_Account": hashlib.sha256(f"{number} {index}".encode()).hexdigest()[:20],
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


def _read_events(folder: str) -> None:
    """Read the events of posts as `status`, `report` and `export` do, as fast as they come."""
    while True:
        with SqliteCallbackStore(Path(folder) / "callbacks.db") as store:
            read_all(store)


def _measure(
    serve: Callable[[socket.socket, str], None],
    seconds: float,
    per_second: float | None,
    *,
    beside: Callable[[str], None] | None = None,
) -> Load:
    context = multiprocessing.get_context("spawn")
    IGNORED.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=IGNORED) as folder, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1_024)
        processes = [context.Process(target=serve, args=(listener, folder), daemon=True)]
        processes += [context.Process(target=beside, args=(folder,), daemon=True)] if beside else []
        for process in processes:
            process.start()
        port = listener.getsockname()[1]
        posts = [_request(number) for number in range(POSTS)]
        Load(port, posts, seconds=2, per_second=None).run()  # warm up
        load = Load(port, posts, seconds=seconds, per_second=per_second)
        load.run()
        for process in processes:
            process.terminate()
            process.join()
    return load


def _print_times(name: str, load: Load, seconds: float) -> None:
    took = sorted(load.took_ms)
    p50, p99 = took[len(took) // 2], took[int(len(took) * 0.99)]
    rate = f"{len(took) / seconds:>8,.0f} answered a second, {load.failed} failed"
    print(f"{name:<6} {rate}, p50 {p50:.0f} ms, p99 {p99:.0f} ms")


def main() -> None:
    """Print posts a second of both, their ratio, and answer times at the goal's rate and beside a reader."""
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
        _print_times(name, _measure(serve, seconds, GOAL_PER_SECOND), seconds)
    print(f"at {READ_PER_SECOND:,} a second for 10 s, while another process reads the events:")
    _print_times("ours", _measure(_serve_ours, 10, READ_PER_SECOND, beside=_read_events), 10)


if __name__ == "__main__":
    main()

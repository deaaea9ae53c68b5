"""The receiver as a process of its own, with what a stranger or a full disk does to it."""

from __future__ import annotations

import http.client
import resource
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pushspec.tencent.callbacks import probe_query
from web.served import APP, STORE, TOKEN, accounts_in, post_until_it_dies, served_at

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).parents[1]
MEGABYTE = 1 << 20


@contextmanager
def receiver(folder: Path, *, most_bytes: int | None = None) -> Iterator[tuple[int, int]]:
    """Serve, with files of at most so many bytes; yields the port and the process id."""
    process = subprocess.Popen([sys.executable, "-m", "web.served", str(folder)], cwd=TESTS)
    try:
        found = served_at(folder)
        if most_bytes is not None:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
        yield found
    finally:
        process.kill()
        process.wait(timeout=60)


def test_it_runs_on_the_fast_event_loop_and_parser(tmp_path: Path) -> None:
    """Without them it keeps half as many posts a second; it once did, with both of them installed."""
    with receiver(tmp_path) as (port, process):
        post_until_it_dies(port, "person", [], most=1)
        loaded = Path(f"/proc/{process}/maps").read_text()

    assert "/uvloop/loop." in loaded
    assert "/httptools/parser/" in loaded


def test_a_body_of_a_hundred_megabytes_is_refused_without_holding_it(tmp_path: Path) -> None:
    """Whoever reads one URL in a log may send it, and need not say how long it is."""
    query = probe_query(token=TOKEN, sdk_app_id=APP, now_s=time.time())
    with receiver(tmp_path) as (port, process):
        post_until_it_dies(port, "before", [], most=1)
        least = memory_of(process)
        status, sent = post_endlessly(port, f"/?{query}")
        grown = memory_of(process) - least
        acknowledged: list[str] = []
        post_until_it_dies(port, "after", acknowledged, most=3)

    assert status == 413
    assert sent <= 100
    assert grown < 20 * MEGABYTE
    assert acknowledged == ["after-0", "after-1", "after-2"]
    assert accounts_in(tmp_path / STORE) == {"before-0", *acknowledged}


def post_endlessly(port: int, target: str) -> tuple[int, int]:
    """Post up to a hundred megabytes of unknown length; return the status, and how many were taken."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest("POST", target)
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    sent = 0
    try:
        for _ in range(100):
            connection.send(b"100000\r\n" + b" " * MEGABYTE + b"\r\n")
            sent += 1
    except OSError:
        pass  # the receiver has hung up, as it should
    status = connection.getresponse().status
    connection.close()
    return status, sent


def memory_of(process: int) -> int:
    """Return the most bytes that a process has held so far."""
    fields = Path(f"/proc/{process}/status").read_text().split("VmHWM:")[1].split()
    return int(fields[0]) * 1_024


def test_nothing_is_acknowledged_that_a_full_disk_did_not_take(tmp_path: Path) -> None:
    """The first post that finds no room gets 503, and those before it are kept."""
    acknowledged: list[str] = []
    with receiver(tmp_path, most_bytes=MEGABYTE // 2) as (port, _):
        post_until_it_dies(port, "person", acknowledged, most=2_000)
        health = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        health.request("GET", "/healthz")
        status = health.getresponse().status
        health.close()

    assert status == 503
    assert 10 < len(acknowledged) < 2_000
    assert accounts_in(tmp_path / STORE) >= set(acknowledged)

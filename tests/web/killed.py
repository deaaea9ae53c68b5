"""Receivers that are killed in the middle of posts, and what is lost of what they acknowledged."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from typing import TYPE_CHECKING

from web.served import STORE, accounts_in, post_until_it_dies, serve, served_at

if TYPE_CHECKING:
    from pathlib import Path

_CLIENTS = 4


def kill_receivers(folder: Path, kills: range) -> tuple[set[str], set[str]]:
    """Let one store go through many kills, each at another moment.

    Returns:
        The accounts whose events were acknowledged, and those of them that the store does not hold.
    """
    acknowledged: set[str] = set()
    for kill in kills:
        acknowledged |= _served_and_killed(folder, f"run{kill}", after=random.Random(kill).randrange(40))
    return acknowledged, acknowledged - accounts_in(folder / STORE)


def _served_and_killed(folder: Path, prefix: str, *, after: int) -> set[str]:
    """Kill the receiver once so many events were acknowledged, in the middle of others."""
    (folder / "port").unlink(missing_ok=True)
    # A forked child needs no second start of Python: twenty of them take seconds.
    process = os.fork()
    if process == 0:
        try:
            serve(folder)
        finally:
            os._exit(1)
    port, _ = served_at(folder)
    found: list[str] = []
    clients = [
        threading.Thread(target=post_until_it_dies, args=(port, f"{prefix}-{number}", found))
        for number in range(_CLIENTS)
    ]
    for client in clients:
        client.start()
    while len(found) < after and os.waitpid(process, os.WNOHANG) == (0, 0):
        time.sleep(0.001)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    for client in clients:
        client.join()
    return set(found)

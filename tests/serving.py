"""Servers on loopback that stand in for somebody else's: a code host, a webhook, the push service."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


class Door(BaseHTTPRequestHandler):
    """Answers requests, and writes no log."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(door: type[Door]) -> Iterator[str]:
    """Serve until the block ends; yields the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), door)
    # It looks so often whether it shall end: with the library's half a second, each test would wait for that.
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

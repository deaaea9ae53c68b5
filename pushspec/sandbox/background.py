"""Run a sandbox beside other work: in a thread, for as long as a ``with`` block lasts."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pushspec.sandbox import serving
from pushspec.sandbox.app import create_app
from pushspec.sandbox.remote import RemoteSandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.sandbox.settings import SandboxSettings

_LOOPBACK = "127.0.0.1"


@contextmanager
def running(settings: SandboxSettings) -> Iterator[RemoteSandbox]:
    """Serve a sandbox on a free port of this machine while the block runs."""
    app = create_app(settings)
    server = serving.make_server(app, changes=app.sandbox.changes)
    listener = serving.listen(_LOOPBACK, 0)
    address = serving.base_url(listener)

    def serve() -> None:
        asyncio.run(serving.run(app, server, listener))

    thread = threading.Thread(target=serve, name="pushspec-sandbox")
    thread.start()
    try:
        yield RemoteSandbox(address, settings.sdk_app_id, settings.admins[0], settings.secret_key)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()

"""Serve the receiver of callbacks with uvicorn, until it is told to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    import socket

    from pushspec.web.receiver import Receiver


def run(receiver: Receiver, listener: socket.socket) -> None:
    """Serve on a socket until Ctrl-C or SIGTERM, on uvloop where it is installed."""
    make_server(receiver).run(sockets=[listener])


def make_server(receiver: Receiver) -> uvicorn.Server:
    """Return a server for a receiver; set its ``should_exit`` to stop it.

    It logs no request: the URL of a callback holds its signature, which is good for five minutes.
    """
    return uvicorn.Server(
        uvicorn.Config(
            receiver.app(),
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=3,
        )
    )

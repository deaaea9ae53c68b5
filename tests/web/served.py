"""A receiver in a process of its own, and a client that notes what was acknowledged.

Run as ``python -m web.served FOLDER``: it serves, and writes its port and process id to ``FOLDER/port``.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import socket
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

from pushspec.web.receiver import Receiver
from pushspec.web.serving import run
from pushspec.web.sqlite import SqliteCallbackStore

APP, TOKEN = 1400123456, "token"
STORE = "callbacks.db"


def serve(folder: Path) -> None:
    """Serve until somebody stops or kills the process."""
    with SqliteCallbackStore(folder / STORE) as store, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        part = folder / "port.part"
        part.write_text(f"{listener.getsockname()[1]} {os.getpid()}")
        part.replace(folder / "port")
        receiver = Receiver(store, token=TOKEN, sdk_app_id=APP, now_s=time.time)
        run(receiver, listener)


def served_at(folder: Path) -> tuple[int, int]:
    """Wait until a receiver serves and return its port and process id."""
    deadline = time.monotonic() + 60
    while not (folder / "port").exists():
        if time.monotonic() > deadline:
            raise TimeoutError("the receiver did not start")
        time.sleep(0.005)
    port, process = (folder / "port").read_text().split()
    return int(port), int(process)


def post_until_it_dies(port: int, prefix: str, acknowledged: list[str], *, most: int = 1_000_000) -> None:
    """Post one event after the other and note the accounts whose event was acknowledged."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        for number in range(most):
            account = f"{prefix}-{number}"
            if _post(connection, account) != 200:
                break
            acknowledged.append(account)
    except (OSError, http.client.HTTPException):
        pass  # it was killed, which is what the caller waits for
    finally:
        connection.close()


def _post(connection: http.client.HTTPConnection, account: str) -> int:
    now = str(int(time.time()))
    sign = hashlib.sha256(f"{TOKEN}{now}".encode()).hexdigest()
    query = urlencode({"SdkAppid": APP, "Sign": sign, "RequestTime": now})
    event = {"EventType": 1, "TaskId": "t", "EventTime": 1, "PushStage": 1, "To_Account": account}
    connection.request("POST", f"/?{query}", json.dumps({"Events": [event]}))
    answer = connection.getresponse()
    answer.read()
    return answer.status


def accounts_in(path: Path) -> set[str]:
    """Return the accounts of all events that a store holds."""
    with SqliteCallbackStore(path) as store:
        while store.read_posts(100):
            pass
        return {event.account for event in store.events()}


if __name__ == "__main__":
    serve(Path(sys.argv[1]))

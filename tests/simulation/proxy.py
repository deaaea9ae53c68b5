"""A real HTTP proxy on loopback that does to each request what a test says: a store's bad network."""

from __future__ import annotations

import re
import socket
import threading
from collections import defaultdict
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_HOP_BY_HOP = frozenset({"connection", "transfer-encoding", "date", "server"})


@dataclass(frozen=True)
class Answer:
    """What goes back; ``promised`` is how many bytes its head announces, where that is not what it has."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    promised: int | None = None


class Lost(Exception):  # noqa: N818 - what happens to an answer, no error
    """No answer goes back: the connection is closed, or reset."""

    def __init__(self, *, reset: bool = False) -> None:
        self.is_reset = reset


@dataclass
class Visit:
    """One request on its way through."""

    proxy: Proxy
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        """PUT, GET, LIST and so on."""
        return "LIST" if "list-type=" in self.path else self.method

    def pass_on(self, *, method: str = "", without: str = "") -> Answer:
        """Let the server do it and return its answer, perhaps without one header."""
        headers = {name: value for name, value in self.headers.items() if name.lower() != without}
        body = b"" if method else self.body
        # One at a time: the server behind is right in function only, and races are the stores' business.
        with self.proxy.turn:
            upstream = HTTPConnection(self.proxy.upstream, timeout=10)
            try:
                upstream.request(method or self.method, self.path, body, headers)
                answer = upstream.getresponse()
                return Answer(answer.status, dict(answer.getheaders()), answer.read())
            finally:
                upstream.close()


def plain(visit: Visit) -> Answer:
    """Do what a proxy is for."""
    return visit.pass_on()


def lost_before(visit: Visit) -> Answer:
    """The request never arrives, and nobody says so."""
    raise Lost


def lost_after(visit: Visit) -> Answer:
    """The request is carried out, and its answer is lost."""
    visit.pass_on()
    raise Lost


def reset_after(visit: Visit) -> Answer:
    """The request is carried out, and the connection is reset."""
    visit.pass_on()
    raise Lost(reset=True)


def says(status: int) -> Callable[[Visit], Answer]:
    """Answer in the server's place; the request never arrives."""
    return lambda _visit: Answer(status)


def says_after(status: int) -> Callable[[Visit], Answer]:
    """Let the server do it, and answer something else."""

    def behave(visit: Visit) -> Answer:
        visit.pass_on()
        return Answer(status)

    return behave


def silent_after(visit: Visit) -> Answer:
    """The request is carried out, and no answer comes for as long as anybody waits."""
    visit.pass_on()
    visit.proxy.over.wait(20)
    raise Lost


def half_a_body(visit: Visit) -> Answer:
    """The connection breaks in the middle of the body."""
    whole = visit.pass_on()
    return Answer(whole.status, whole.headers, whole.body[: len(whole.body) // 2], promised=len(whole.body))


def truncated(visit: Visit) -> Answer:
    """The object itself has lost its end: a whole answer with a part of what was written."""
    whole = visit.pass_on()
    return Answer(whole.status, whole.headers, whole.body[: len(whole.body) // 2])


def emptied(visit: Visit) -> Answer:
    """The object itself has lost everything but its name."""
    whole = visit.pass_on()
    return Answer(whole.status, whole.headers)


def ignores_conditions(visit: Visit) -> Answer:
    """Whatever stands there is overwritten, as some servers do."""
    return visit.pass_on(without="if-none-match")


def forbids_overwriting_by_header(visit: Visit) -> Answer:
    """Tencent COS: ``If-None-Match`` says nothing to it, ``x-cos-forbid-overwrite`` does."""
    wanted = visit.headers.get("x-cos-forbid-overwrite") == "true"
    if wanted and visit.pass_on(method="HEAD", without="content-length").status == 200:
        return Answer(
            409, {"Content-Type": "application/xml"}, b"<Error><Code>FileAlreadyExists</Code></Error>"
        )
    return visit.pass_on(without="if-none-match")


def stale_listing(visit: Visit) -> Answer:
    """The listing of another replica, which has not heard of the newest object."""
    answer = visit.pass_on()
    entries = re.findall(rb"<Contents>.*?</Contents>", answer.body, re.DOTALL)
    body = answer.body.replace(entries[-1], b"") if entries else answer.body
    return Answer(answer.status, answer.headers, body)


@dataclass
class Proxy:
    """The proxy and what it is told.

    Attributes:
        upstream: Host and port of the server behind.
        url: Where the proxy listens.
        always: What it does to requests of a kind; it passes them on where nothing is said.
        next: What it does to the next requests of a kind, before ``always`` holds.
        seen: The kinds of the requests that came, in order.
        turn: Held while the server behind works.
        over: Set at the end, so that nobody waits in vain.
    """

    upstream: str
    url: str = ""
    always: dict[str, Callable[[Visit], Answer]] = field(default_factory=dict)
    next: dict[str, list[Callable[[Visit], Answer]]] = field(default_factory=lambda: defaultdict(list))
    seen: list[str] = field(default_factory=list)
    turn: threading.Lock = field(default_factory=threading.Lock)
    over: threading.Event = field(default_factory=threading.Event)

    def treat(self, visit: Visit) -> Answer:
        self.seen.append(visit.kind)
        queue = self.next[visit.kind]
        behave = queue.pop(0) if queue else self.always.get(visit.kind, plain)
        return behave(visit)


class _Passage(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: Proxy

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        visit = Visit(self.proxy, self.command, self.path, dict(self.headers), body)
        try:
            self._answer(self.proxy.treat(visit))
        except Lost as lost:
            self._cut(reset=lost.is_reset)

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._handle
        raise AttributeError(name)

    def _answer(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in _HOP_BY_HOP | {"content-length"}:
                self.send_header(name, value)
        promised = len(answer.body) if answer.promised is None else answer.promised
        is_head = self.command == "HEAD"  # its answer says how long the body would be, and has none
        sizes = {name.lower(): size for name, size in answer.headers.items()} if is_head else {}
        self.send_header("Content-Length", sizes.get("content-length", str(promised)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(answer.body)
        if promised != len(answer.body):
            self._cut(reset=False)

    def _cut(self, *, reset: bool) -> None:
        self.close_connection = True
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            self.rfile.close()
            self.connection.close()

    def log_message(self, *args: object) -> None:
        del args


@contextmanager
def proxying(upstream: str) -> Iterator[Proxy]:
    """Stand before a server, named by host and port, until the block ends."""
    proxy = Proxy(upstream)
    handler = type("Passage", (_Passage,), {"proxy": proxy})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.over.set()
        server.shutdown()
        server.server_close()
        thread.join()

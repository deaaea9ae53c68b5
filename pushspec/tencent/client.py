"""The way to the service: one connection a push, bounded in time and size, the signature added underneath."""

from __future__ import annotations

import ipaddress
import ssl
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Self

import anyio
import httpcore
import httpx

from pushspec.errors import UsageError, message_of
from pushspec.language import phrase
from pushspec.tencent.answers import AnswerError
from pushspec.tencent.exchange import TOTAL_S, Exchange, Gate, GateClosedError
from pushspec.tencent.network import Network, trusting
from pushspec.tencent.reading import read_bounded
from pushspec.tencent.wire import connection_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from datetime import datetime
    from types import TracebackType
    from typing import Any

_CONNECT_S = 4.0
_CERTIFICATE_HINT = phrase(
    "check this machine's clock and the region, or name your proxy's authority under network.ca_file"
)

_QUERY, _SIGNED = "pushspec-query", "pushspec-signed"
"""Extensions of a request: what follows its path, without the signature, and path and query with it.

``target`` is httpcore's name for such a thing, which it would also put into a ``CONNECT`` to a proxy.
"""
_HEADERS = {"Content-Type": "application/json", "Accept-Encoding": "identity", "Connection": "close"}


class Client:
    """Sends signed requests; an asynchronous context manager."""

    def __init__(
        self,
        *,
        base_url: str,
        sdk_app_id: int,
        identifier: str,
        sign: Callable[[], str],
        now: Callable[[], datetime],
        random32: Callable[[], int],
        app: Any = None,  # noqa: ANN401 - an ASGI application, which has no one type
        network: Network | None = None,
        total_s: float = TOTAL_S,
    ) -> None:
        """Prepare a client; nothing is opened yet.

        Args:
            base_url: ``https://host``, or ``http://`` of this very machine.
            sdk_app_id: The app.
            identifier: Its administrator.
            sign: Returns a signature that is valid now.
            now: The wall clock.
            random32: Draws the ``random`` of a URL, 0 to 2**32 - 1.
            app: The service as an ASGI application in this process, instead of the network.
            network: A proxy and certificate authorities, where the environment names them.
            total_s: From the first step of connecting to the last byte of the answer.

        Raises:
            UsageError: The URL would show the signature to the network.
        """
        url = httpx.URL(base_url)
        check_base_url(url)
        way = network or Network()
        below = AppTransport(app) if app is not None else WireTransport(way, is_tls=url.scheme == "https")
        self._client = httpx.AsyncClient(
            base_url=url,
            transport=SigningTransport(below, sign),
            headers=_HEADERS,
            timeout=httpx.Timeout(total_s, connect=min(_CONNECT_S, total_s)),
            follow_redirects=False,
            trust_env=False,
        )
        # Each path is parsed once: to parse every URL took a quarter of the processor time of a call.
        query = {"sdkappid": str(sdk_app_id), "identifier": identifier, "contenttype": "json"}
        self._query = url.copy_with(params=query).query
        self._url_of = cache(lambda path: url.copy_with(path=f"{url.path.rstrip('/')}/{path.lstrip('/')}"))
        self._now = now
        self._random32 = random32
        self._total_s = total_s

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def send(self, path: str, payload: bytes, gate: Gate) -> Exchange:
        """Send one request and return what was seen of it; see ``exchange.Sender``."""
        try:
            with anyio.fail_after(self._total_s):
                return await self._exchange(path, payload, gate)
        except GateClosedError as error:
            return self._failed(gate, error.case, message_of(error))
        except TimeoutError:
            return self._failed(
                gate, "timeout", phrase("no complete answer within {seconds:g} s", seconds=self._total_s)
            )
        except (httpcore.TimeoutException, httpx.TimeoutException) as error:
            return self._failed(
                gate, "timeout", phrase("no complete answer in time ({kind})", kind=type(error).__name__)
            )
        except httpcore.ProxyError as error:
            return self._failed(
                gate, "proxy_refused", phrase("the proxy opened no connection: {error}", error=str(error))
            )
        except (httpcore.ConnectError, httpx.ConnectError) as error:
            if (fault := _certificate_fault(error)) is not None:
                return self._failed(gate, "certificate", f"{fault}; {_CERTIFICATE_HINT}")
            return self._failed(
                gate, "connect_failed", phrase("no connection was made: {error}", error=str(error))
            )
        except (httpcore.NetworkError, httpx.NetworkError, OSError) as error:
            return self._failed(
                gate, "connection_lost", phrase("the connection broke ({kind})", kind=type(error).__name__)
            )
        except (httpcore.ProtocolError, httpx.ProtocolError) as error:
            return self._failed(
                gate, "no_http_answer", phrase("the answer is not proper HTTP: {error}", error=str(error))
            )
        finally:
            gate.shut()

    async def _exchange(self, path: str, payload: bytes, gate: Gate) -> Exchange:
        request = self._client.build_request(
            "POST",
            self._url_of(path),
            content=payload,
            extensions={"gate": gate, _QUERY: b"%b&random=%d" % (self._query, self._random32())},
        )
        response = await self._client.send(request, stream=True)
        try:
            body = await read_bounded(response.aiter_raw(), response.headers.get("Content-Encoding", ""))
        except AnswerError as error:
            return self._failed(gate, error.case, message_of(error))
        finally:
            await response.aclose()
        return Exchange(
            case="answered",
            text="",
            left_at=gate.left_at,
            ended_at=self._now(),
            status=response.status_code,
            body=body,
            served_at=_date_of(response.headers),
        )

    def _failed(self, gate: Gate, case: str, text: str) -> Exchange:
        return Exchange(case=case, text=text, left_at=gate.left_at, ended_at=self._now())


class SigningTransport(httpx.AsyncBaseTransport):
    """Adds the signature below the client, which logs URLs and puts them into errors."""

    def __init__(self, below: httpx.AsyncBaseTransport, sign: Callable[[], str]) -> None:
        self._below = below
        self._sign = sign
        self._quoted = ("", b"")  # the last signature, and as it stands in a URL

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request with its signature."""
        url, query = request.url, request.extensions[_QUERY]
        target = b"%b?%b&%b" % (url.raw_path, query, self._signature())
        signed = httpx.Request(
            request.method,
            url,
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, _SIGNED: target},
        )
        return await self._below.handle_async_request(signed)

    def _signature(self) -> bytes:
        text = self._sign()
        if text != self._quoted[0]:
            self._quoted = text, httpx.URL("/", query=b"usersig=" + text.encode()).query
        return self._quoted[1]

    async def aclose(self) -> None:
        """Close what is below."""
        await self._below.aclose()


class WireTransport(httpx.AsyncBaseTransport):
    """The network: a new connection for each request, behind the request's gate."""

    def __init__(self, network: Network, *, is_tls: bool) -> None:
        self._proxy = network.proxy
        self._ssl_context: ssl.SSLContext | None = None
        if is_tls and network.authorities is not None:
            self._ssl_context = trusting(network.authorities, name="ca_file")
        elif is_tls:
            self._ssl_context = httpx.create_ssl_context(trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request; its errors are httpcore's."""
        url = request.url
        pool = connection_for(request.extensions["gate"], self._ssl_context, self._proxy)
        try:
            answer = await pool.handle_async_request(
                httpcore.Request(
                    method=request.method,
                    url=httpcore.URL(
                        scheme=url.raw_scheme,
                        host=url.raw_host,
                        port=url.port,
                        target=request.extensions[_SIGNED],
                    ),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        except BaseException:  # cancelled, too: no connection may stay open; the error goes on
            with anyio.CancelScope(shield=True):
                await pool.aclose()
            raise
        return httpx.Response(answer.status, headers=answer.headers, stream=_Stream(answer, pool))


class _Stream(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response, pool: httpcore.AsyncConnectionPool) -> None:
        self._answer = answer
        self._pool = pool

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._answer.aiter_stream():
            yield chunk

    async def aclose(self) -> None:
        with anyio.CancelScope(shield=True):
            await self._answer.aclose()
            await self._pool.aclose()


class AppTransport(httpx.AsyncBaseTransport):
    """The service in this process; the gate is passed just before the call into it."""

    def __init__(self, app: Any) -> None:  # noqa: ANN401 - an ASGI application, which has no one type
        self._app = httpx.ASGITransport(app, raise_app_exceptions=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Hand the request to the application."""
        url = request.url.copy_with(raw_path=request.extensions[_SIGNED])
        whole = httpx.Request(request.method, url, headers=request.headers, stream=request.stream)
        request.extensions["gate"].pass_through()
        return await self._app.handle_async_request(whole)


def check_base_url(url: httpx.URL) -> None:
    """Refuse a URL on which the signature would travel in the clear.

    Raises:
        UsageError: It is neither ``https`` nor ``http`` of this machine.
    """
    if url.scheme == "https" or (url.scheme == "http" and _is_this_machine(url.host)):
        return
    raise UsageError(
        phrase(
            "`{scheme}://{host}` is refused: the signature travels in the URL",
            scheme=url.scheme,
            host=url.host,
        ),
        hint=phrase("use https; plain http is allowed on this machine only"),
    )


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _certificate_fault(error: BaseException) -> str | None:
    """Return what is wrong with the service's certificate, if that kept the connection from being made."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return phrase("the service's certificate is not accepted: {reason}", reason=seen.verify_message)
        seen = seen.__cause__ or seen.__context__
    return None


def _date_of(headers: Mapping[str, str]) -> datetime | None:
    try:
        date = parsedate_to_datetime(headers.get("Date", ""))
    except ValueError:
        return None
    return date if date.tzinfo is not None else None

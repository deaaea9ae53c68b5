"""The way to the service where an environment names a proxy or a certificate authority of its own."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from pushspec.errors import UsageError
from pushspec.language import phrase

_HINT = phrase("write it as http://host:port, or http://user:password@host:port")


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that opens a tunnel by ``CONNECT``.

    Attributes:
        url: ``http://host:port``, without user and password.
        auth: User and password, if it wants them; never shown.
    """

    url: str
    auth: tuple[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Network:
    """How requests leave; nothing else, and no environment variable of its own accord, changes that.

    Attributes:
        proxy: Opens the tunnel; None connects directly.
        authorities: PEM text of the only authorities that are trusted; None trusts the usual ones.
    """

    proxy: Proxy | None = None
    authorities: str | None = None


def read_proxy(text: str, *, name: str) -> Proxy:
    """Read the address of a proxy.

    Args:
        text: The address; it may hold a password, so no message repeats it.
        name: The environment variable that it comes from.

    Raises:
        UsageError: It is no ``http://`` address with a host and a port.
    """
    try:
        url = urlsplit(text.strip())
        port = url.port
    except ValueError:
        raise UsageError(phrase("{name} holds no address of a proxy", name=name), hint=_HINT) from None
    if url.scheme != "http" or not url.hostname or port is None or url.path not in {"", "/"} or url.query:
        raise UsageError(phrase("{name} holds no address of a proxy", name=name), hint=_HINT)
    host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    auth = (unquote(url.username), unquote(url.password or "")) if url.username is not None else None
    return Proxy(f"http://{host}:{port}", auth)


def trusting(authorities: str, *, name: str) -> ssl.SSLContext:
    """Return what checks certificates against these authorities and no others.

    Raises:
        UsageError: The text holds no certificate.
    """
    try:
        return ssl.create_default_context(cadata=authorities)
    except (ssl.SSLError, ValueError):
        raise UsageError(
            phrase("{name} has no certificate in PEM form", name=name),
            hint=phrase("it begins with -----BEGIN CERTIFICATE-----"),
        ) from None

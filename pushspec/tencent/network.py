"""The way to the service where an environment names a proxy or a certificate authority of its own."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from urllib.parse import unquote

from pushspec.errors import UsageError
from pushspec.hosts import split_url
from pushspec.language import phrase
from pushspec.paths import PathRefusedError

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
    url = split_url(text.strip())
    if url is None or url.scheme != "http" or url.port is None or url.path not in {"", "/"} or url.query:
        raise UsageError(phrase("{name} holds no address of a proxy", name=name), hint=_HINT)
    host = f"[{url.hostname}]" if ":" in f"{url.hostname}" else url.hostname
    auth = (unquote(url.username), unquote(url.password or "")) if url.username is not None else None
    return Proxy(f"http://{host}:{url.port}", auth)


def trusting(authorities: str, *, name: str) -> ssl.SSLContext:
    """Return what checks certificates against these authorities and no others.

    Args:
        authorities: Certificates in PEM form; what stands around them is not read.
        name: The file that holds them.

    Raises:
        PathRefusedError: The text holds no certificate.
    """
    # Notes between certificates may be in any language; an empty text would mean the usual authorities.
    pem = authorities.encode("ascii", "ignore").decode("ascii").strip()
    try:
        return ssl.create_default_context(cadata=pem or "-")
    except (ssl.SSLError, ValueError):
        raise PathRefusedError(
            name,
            phrase("it has no certificate in PEM form"),
            hint=phrase(
                "write the authority's certificate in it, from -----BEGIN CERTIFICATE----- to the end; "
                "openssl x509 -inform der -in FILE makes that of a binary one"
            ),
        ) from None

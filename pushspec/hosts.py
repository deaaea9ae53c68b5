"""Tell this machine from all others: what leaves it needs protection on the way."""

from __future__ import annotations

import re
from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*\.?")


def is_this_machine(host: str) -> bool:
    """Whether a host name or address stands for this machine without asking a resolver."""
    with suppress(ValueError):
        return ip_address(host.strip("[]")).is_loopback
    return host == "localhost"


def split_url(url: str) -> SplitResult | None:
    """Return the parts of a URL whose host and port every client takes; None for any other text.

    ``urlsplit`` alone reads a port only when asked for it, drops blanks, and takes any text for a host.
    """
    with suppress(ValueError):
        parts = urlsplit(url)
        is_plain = url.isprintable() and url == url.strip()
        if is_plain and parts.port != 0 and _is_host(parts.hostname or ""):
            return parts
    return None


def _is_host(host: str) -> bool:
    """Whether it is an address or a name of labels; what is not ASCII is written with ``xn--``."""
    with suppress(ValueError):
        return ip_address(host).version > 0
    if not _NAME.fullmatch(host):
        return False
    # UnicodeError, which is a ValueError: a label that only looks like an encoded one.
    return host.encode("ascii").decode("idna") != "" if "xn--" in host else True

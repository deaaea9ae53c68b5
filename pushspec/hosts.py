"""Tell this machine from all others: what leaves it needs protection on the way."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import ip_address


def is_this_machine(host: str) -> bool:
    """Whether a host name or address stands for this machine without asking a resolver."""
    with suppress(ValueError):
        return ip_address(host.strip("[]")).is_loopback
    return host == "localhost"

"""Certificates for a sandbox that is served over TLS, from an authority of its own."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import trustme

if TYPE_CHECKING:
    from pathlib import Path

_NAMES = ("127.0.0.1", "::1", "localhost")


def server_context(ca_file: Path) -> ssl.SSLContext:
    """Return what a server on this machine identifies itself with.

    Each call makes a new authority and forgets its key: a client may trust the file, for nobody can sign
    another certificate with it.

    Args:
        ca_file: Where the authority's certificate is written, as PEM; clients verify the server with it.
    """
    authority = trustme.CA(organization_name="pushspec sandbox")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*_NAMES).configure_cert(context)
    written = ca_file.with_name(f"{ca_file.name}.new")
    written.write_bytes(authority.cert_pem.bytes())
    written.replace(ca_file)
    return context

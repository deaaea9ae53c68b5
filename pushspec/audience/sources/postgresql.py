"""Read people from PostgreSQL: a session that only reads, with TLS and SCRAM to another machine."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pushspec.audience.sources.adbc import AdbcSource, connected
from pushspec.audience.sources.source import Dialect, missing_package, source_fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_KIND = "postgresql"
_DIALECT = Dialect('"', 'cast({} as text) collate "C"')


@contextmanager
def postgresql_source(url: str, _root: Path, seconds: int) -> Iterator[AdbcSource]:
    """Connect to ``postgresql://USER@HOST/DATABASE``; libpq reads ``PGPASSWORD`` and its password file."""
    try:
        import psycopg

        from pushspec.lockfile.stores.postgresql import protected_conninfo, why_not_connected
    except ImportError:
        raise missing_package("psycopg", _KIND) from None
    options = (
        f"-c statement_timeout={seconds}s -c lock_timeout=10s "
        "-c default_transaction_read_only=on -c default_transaction_isolation=repeatable\\ read"
    )
    try:
        conninfo = protected_conninfo(url, os.environ, options=options)
    except psycopg.ProgrammingError:
        raise source_fault("its variable holds no address that PostgreSQL reads") from None
    with connected("adbc_driver_postgresql", _KIND, why_not_connected, uri=conninfo) as connection:
        yield AdbcSource(connection, _DIALECT, seconds)

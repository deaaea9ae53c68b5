"""Read people from PostgreSQL: a session that only reads, with TLS and SCRAM to another machine."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pushspec.audience.packages import check_release
from pushspec.audience.sources.adbc import AdbcSource, connected
from pushspec.audience.sources.source import Dialect, missing_package, source_fault
from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pushspec.audience.sources.source import Column

_KIND = "postgresql"
_OLDEST = 12
_LOCK_S = 10
"""How long a query waits for a table that is being rebuilt."""
_DIALECT = Dialect('"', 'cast({} as text) collate "C"')


@contextmanager
def postgresql_source(url: str, _root: Path, seconds: int) -> Iterator[PostgresqlSource]:
    """Connect to ``postgresql://USER@HOST/DATABASE``; libpq reads ``PGPASSWORD`` and its password file."""
    try:
        import psycopg

        from pushspec.lockfile.stores.postgresql import protected_conninfo, why_not_connected
    except ImportError:
        raise missing_package("psycopg", _KIND) from None
    check_release(psycopg)
    options = (
        f"-c statement_timeout={seconds}s -c lock_timeout={_LOCK_S}s "
        "-c default_transaction_read_only=on -c default_transaction_isolation=read\\ committed"
    )
    try:
        conninfo = protected_conninfo(url, os.environ, options=options)
    except psycopg.ProgrammingError:
        raise source_fault(phrase("its variable holds no address that PostgreSQL reads")) from None
    with connected("adbc_driver_postgresql", _KIND, why_not_connected, uri=conninfo) as connection:
        source = PostgresqlSource(connection, _DIALECT, seconds)
        _check_server(source)
        yield source


def _check_server(source: PostgresqlSource) -> None:
    """Refuse a server that is older, or only speaks like one, such as a warehouse with its protocol."""
    number = int(source.one("select current_setting('server_version_num')"))
    if number < _OLDEST * 10_000:
        found = f"{number // 10_000}" if number >= 100_000 else f"{number // 10_000}.{number // 100 % 100}"
        message = phrase(
            "the server is PostgreSQL {found}, and pushspec takes {oldest} or newer",
            found=found,
            oldest=_OLDEST,
        )
        raise source_fault(message, phrase("export its people to a file, or to a newer server"))


class PostgresqlSource(AdbcSource):
    """A session that reads one state of all tables of a query, whatever rebuilds them meanwhile.

    To whoever looked before a rebuild was committed, the new rows are not there, and the old ones are gone: a
    table that was truncated, or made again and renamed, is empty. So the tables are locked first, against
    being rebuilt; the query then runs in the same transaction as one statement, and under ``read committed``
    each statement looks again.
    """

    def columns(self, sql: str) -> Sequence[Column]:
        """Return the columns; from here on, nobody rebuilds the tables until the session ends."""
        super().columns(sql)  # alone, it is one statement
        return self.columns_and_locks(sql)

"""Connect to the database that a URL names; each kind is a line of one table and an extra of its own."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pushspec.audience.sources.clickhouse import clickhouse_source
from pushspec.audience.sources.duckdb_file import duckdb_source
from pushspec.audience.sources.postgresql import postgresql_source
from pushspec.audience.sources.source import source_fault
from pushspec.audience.sources.spark import spark_source
from pushspec.audience.sources.trino import trino_source
from pushspec.audience.sources.warehouses import bigquery_source, snowflake_source
from pushspec.language import phrase
from pushspec.text import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from pushspec.audience.sources.source import Source

_KINDS: dict[str, Callable[[str, Path, int], AbstractContextManager[Source]]] = {
    "duckdb": duckdb_source,
    "postgresql": postgresql_source,
    "postgres": postgresql_source,
    "sc": spark_source,
    "trino": trino_source,
    "clickhouse": clickhouse_source,
    "snowflake": snowflake_source,
    "bigquery": bigquery_source,
}


@contextmanager
def open_source(url: str, root: Path, seconds: int) -> Iterator[Source]:
    """Connect to a database that is only read.

    Args:
        url: Its address, which may hold a password; no error shows it.
        root: The project folder, for files of databases.
        seconds: How long one query may take.

    Raises:
        FormatError: No source has that form, its driver is missing, or it cannot be reached.
    """
    scheme = url.partition("://")[0]
    if scheme not in _KINDS or "://" not in url:
        # A URL without a scheme may be a password that somebody set instead: nothing of it is shown.
        raise source_fault(
            phrase("its variable holds no address of a database"),
            phrase("it begins with one of {kinds}, then ://", kinds=listed(_KINDS)),
        )
    with _KINDS[scheme](url, root, seconds) as source:
        yield source

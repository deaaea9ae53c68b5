"""Open the engine of queries: DuckDB in memory, with no way out to files, network or extensions."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pushspec.audience.packages import check_release
from pushspec.audience.rows import FormatError
from pushspec.audience.spill import spill_folder
from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MEMORY = "256MB"
SPILL = "64GB"
ABOUT_THE_QUERY = frozenset({"ParserException", "BinderException", "CatalogException", "PermissionException"})
"""Errors that say what is wrong with the query; others may quote a value of a row."""

WHOLE_TYPES = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}
)
"""The engine's types of whole numbers, all of whose values have digits of their own."""


@contextmanager
def open_engine(
    memory: str = MEMORY,
    database: Path | None = None,
    threads: int = 2,
    unopened: Callable[[str], FormatError] = lambda words: FormatError("audience-sql", words),
) -> Iterator[tuple[Any, Any]]:
    """Return the driver and a connection; what does not fit in memory goes to a private folder.

    Args:
        memory: How much it holds before it does.
        database: A file that is opened for reading only; None for none.
        threads: How many work on one query; with one, rows that compare equal come in the same order at
            every run.
        unopened: Makes the error of a file that cannot be opened out of the driver's words, which hold its
            path.

    Raises:
        FormatError: The driver is not installed, or is too old.
    """
    try:
        import duckdb
    except ImportError:
        message = phrase("a query over files takes the package duckdb, which is not installed")
        raise FormatError("audience-sql", message, hint=phrase("pip install 'pushspec[audience]'")) from None
    check_release(duckdb, "audience-sql")
    with spill_folder() as folder:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory,
            "threads": str(threads),
            "temp_directory": str(folder),
            "max_temp_directory_size": SPILL,
            "autoload_known_extensions": "false",
            "autoinstall_known_extensions": "false",
            "allow_community_extensions": "false",
        }
        where = ":memory:" if database is None else str(database)
        try:
            connection = duckdb.connect(where, read_only=database is not None, config=settings)
        except duckdb.Error as error:
            raise unopened(str(error)) from None
        # Only now: without access to files it would not take the folder to spill into.
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        try:
            yield duckdb, connection
        finally:
            connection.close()

"""Open the engine of queries: DuckDB in memory, with no way out to files, network or extensions."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pushspec.audience.rows import FormatError
from pushspec.audience.spill import spill_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMORY = "256MB"
SPILL = "64GB"


@contextmanager
def open_engine(memory: str = MEMORY) -> Iterator[tuple[Any, Any]]:
    """Return the driver and a connection; what does not fit in memory goes to a private folder.

    Raises:
        FormatError: The driver is not installed.
    """
    try:
        import duckdb
    except ImportError:
        message = "a query over files takes the package duckdb, which is not installed"
        raise FormatError("audience-sql", message, hint="pip install 'pushspec[audience]'") from None
    with spill_folder() as folder:
        connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": memory,
                "threads": "2",
                "temp_directory": str(folder),
                "max_temp_directory_size": SPILL,
                "autoload_known_extensions": "false",
                "autoinstall_known_extensions": "false",
                "allow_community_extensions": "false",
            },
        )
        # Only now: without access to files it would not take the folder to spill into.
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        try:
            yield duckdb, connection
        finally:
            connection.close()

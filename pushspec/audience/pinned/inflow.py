"""Hand rows to the engine while more of them are read: it takes them in a thread of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from queue import Full, Queue
from typing import TYPE_CHECKING, Any

from pushspec.audience.arrow import compute

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future

ROWS = "pushspec_rows"
"""What a statement calls the rows."""
_AHEAD = 2
"""Batches that wait for the engine; more would only take memory."""
_LOOK_S = 0.1
"""Between two looks at an engine that takes nothing: it may have failed."""


def pour(connection: Any, sql: str, columns: Iterable[str], tables: Iterable[Any]) -> None:  # noqa: ANN401 - of the engine
    """Run a statement over rows that come while it runs.

    The rows are made in the thread of the caller, where a source has its connection and where Ctrl-C
    arrives. What they raise ends the statement, and what the engine raises ends the reading.

    Args:
        connection: Nobody else may use it meanwhile.
        sql: Reads the rows once, from :data:`ROWS`.
        columns: Their columns, all of texts.
        tables: The rows as Arrow tables.
    """
    arrow, _ = compute()
    waiting: Queue[Any] = Queue(_AHEAD)
    schema = arrow.schema([(name, arrow.string()) for name in columns])
    connection.register(ROWS, arrow.RecordBatchReader.from_batches(schema, _until_none(waiting)))
    with ThreadPoolExecutor(1, "pushspec_inflow") as thread:
        taken = thread.submit(lambda: connection.execute(sql).fetchall())
        is_whole = False
        try:
            for table in tables:
                if not all(_put(waiting, batch, taken) for batch in table.to_batches()):
                    break
            is_whole = True
        finally:
            if not is_whole:
                connection.interrupt()
            _put(waiting, None, taken)
        taken.result()
    connection.unregister(ROWS)


def _put(waiting: Queue[Any], batch: Any, taken: Future[Any]) -> bool:  # noqa: ANN401 - pyarrow has no types of its own
    """Let a batch wait for the engine, or the end for it; False where the engine has failed."""
    while not taken.done():
        try:
            waiting.put(batch, timeout=_LOOK_S)
        except Full:
            continue
        return True
    return False


def _until_none(waiting: Queue[Any]) -> Iterator[Any]:
    while (batch := waiting.get()) is not None:
        yield batch

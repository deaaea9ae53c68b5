"""Write the events of callbacks to a Parquet file, in batches."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from pushspec.language import phrase
from pushspec.web.store import CallbackStoreError

if TYPE_CHECKING:
    from pathlib import Path

    from pushspec.tencent.callbacks import CallbackEvent
    from pushspec.web.store import CallbackStore

_ROWS = 50_000
_READ_AT_ONCE = 50
"""Posts that are read in one transaction, for which other readers wait some tenths of a second."""


def read_all(store: CallbackStore) -> None:
    """Read the events of every post that was kept so far."""
    while store.read_posts(_READ_AT_ONCE):
        pass


def export_events(store: CallbackStore, path: Path) -> int:
    """Write all events to a parquet file and return how many there are.

    Columns are the fields of :class:`~pushspec.tencent.callbacks.CallbackEvent`; ``at`` and ``task_at`` are
    instants in UTC. The file is whole or is not there.

    Raises:
        CallbackStoreError: The store cannot be read, or the library for parquet is not installed.
        OSError: The file cannot be written.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise CallbackStoreError(
            phrase("writing Parquet needs the package pyarrow"), hint="pip install 'pushspec[web]'"
        ) from None
    instant = pa.timestamp("s", tz="UTC")
    text, number = pa.string(), pa.int64()
    kinds = {"command": text, "task": text, "data_id": text, "account": text, "text": text}
    names = (
        "command", "kind", "task", "data_id", "account", "platform", "stage", "code", "text", "at", "task_at",
    )  # fmt: skip
    times = {"at": instant, "task_at": instant}
    schema = pa.schema([(name, kinds.get(name) or times.get(name) or number) for name in names])
    events, written = store.events(batch=_ROWS), 0
    temporary = path.with_name(f".{path.name}.part")
    try:
        with parquet.ParquetWriter(temporary, schema, compression="zstd") as writer:
            while rows := [_row(event) for event in islice(events, _ROWS)]:
                writer.write_table(pa.Table.from_pylist(rows, schema=schema))
                written += len(rows)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return written


def _row(event: CallbackEvent) -> dict[str, Any]:
    begun = datetime.fromtimestamp(event.task_at, UTC) if event.task_at is not None else None
    return asdict(event) | {"at": datetime.fromtimestamp(event.at, UTC), "task_at": begun}

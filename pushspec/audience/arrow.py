"""Read parquet files in slices, and make Arrow tables of text for the query engine."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from pushspec.audience.columns import find_columns
from pushspec.audience.rows import Batch, FormatError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

_AT_ONCE = 10_000
_HINT = "write it as text or as a whole number"


def parquet_batches(
    file: str, data: BinaryIO, column: str | None, personal: tuple[str, ...]
) -> Iterator[Batch]:
    """Yield the rows of a parquet file (see :func:`pushspec.audience.csv_rows.csv_batches`)."""
    parquet, arrow = _libraries()
    try:
        table = parquet.ParquetFile(data)
    except (arrow.ArrowException, OSError):
        message = "this is no parquet file, or it is damaged"
        raise FormatError("audience-format", message, hint="export it again") from None
    schema = table.schema_arrow
    places = find_columns(schema.names, [], column, personal, 0)
    names = [schema.names[place] for place in (places.account, *places.values)]
    for name in names:
        _check_type(arrow, name, schema.field(name).type)
    lines = count(1)
    try:
        for batch in table.iter_batches(batch_size=_AT_ONCE, columns=list(dict.fromkeys(names))):
            accounts, *values = (texts(batch.column(name)) for name in names)
            yield Batch(accounts, tuple(values), [next(lines) for _ in accounts], file)
    except (arrow.ArrowException, OSError):
        raise FormatError("audience-format", "the parquet file is damaged", hint="export it again") from None


def parquet_tables(data: BinaryIO) -> Iterator[Any]:
    """Yield all columns of a parquet file in slices, as Arrow tables."""
    parquet, arrow = _libraries()
    try:
        table = parquet.ParquetFile(data)
        yield table.schema_arrow.empty_table()
        for batch in table.iter_batches(batch_size=_AT_ONCE):
            yield arrow.Table.from_batches([batch])
    except (arrow.ArrowException, OSError):
        message = "this is no parquet file, or it is damaged"
        raise FormatError("audience-format", message, hint="export it again") from None


def text_tables(header: list[str], chunks: Iterator[list[list[str]]]) -> Iterator[Any]:
    """Yield rows of texts as Arrow tables; the first one is empty, so that the columns are always known."""
    _, arrow = _libraries()
    schema = arrow.schema([(name, arrow.string()) for name in header])
    yield schema.empty_table()
    for rows in chunks:
        yield arrow.table(list(map(list, zip(*rows, strict=True))), schema=schema)


def column_table(columns: dict[str, Any]) -> Any:  # noqa: ANN401 - pyarrow has no types of its own
    """Return columns of texts, all of one length and each a sequence or an Arrow array, as an Arrow table."""
    _, arrow = _libraries()
    made = {
        name: values if isinstance(values, arrow.Array) else arrow.array(values, arrow.string())
        for name, values in columns.items()
    }
    return arrow.table(made)


def block(column: Any) -> memoryview:  # noqa: ANN401 - pyarrow has no types of its own
    """Return the bytes of a column of texts without nulls, one behind the other, without copying them."""
    _, offsets, data = column.buffers()
    if not len(column):
        return memoryview(b"")
    places = memoryview(offsets).cast("i")
    return memoryview(data)[places[column.offset] : places[column.offset + len(column)]]


def compute() -> tuple[Any, Any]:
    """Return pyarrow, and what it computes with.

    Raises:
        FormatError: It is not installed.
    """
    _, arrow = _libraries()
    from pyarrow import compute as functions

    return arrow, functions


def texts(column: Any) -> list[str]:  # noqa: ANN401 - pyarrow has no types of its own
    """Return a column of texts or whole numbers as texts, what is null as an empty one."""
    return ["" if value is None else str(value) for value in column.to_pylist()]


def _check_type(arrow: Any, name: str, kind: Any) -> None:  # noqa: ANN401 - pyarrow has no types of its own
    value = kind.value_type if arrow.types.is_dictionary(kind) else kind
    if not (
        arrow.types.is_string(value) or arrow.types.is_large_string(value) or arrow.types.is_integer(value)
    ):
        raise FormatError("audience-type", f"the column {name} is of type {kind}", hint=_HINT)


def _libraries() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        message = "reading parquet takes the package pyarrow, which is not installed"
        raise FormatError("audience-format", message, hint="pip install 'pushspec[audience]'") from None
    return parquet, pa

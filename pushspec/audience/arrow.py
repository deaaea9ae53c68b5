"""Read parquet files in slices, and make Arrow tables of text for the query engine."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pushspec.audience.columns import find_columns
from pushspec.audience.packages import check_release
from pushspec.audience.rows import FormatError
from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

_AT_ONCE = 10_000
_HINT = phrase("write it as text or as a whole number")


def parquet_slices(data: BinaryIO, column: str | None, keep: tuple[str, ...]) -> Iterator[list[Any]]:
    """Yield the accounts and the kept values of a parquet file, each as an Arrow array of texts.

    Raises:
        FormatError: It is no parquet file, lacks a column, or has one of another type.
    """
    parquet, arrow = _libraries()
    try:
        table = parquet.ParquetFile(data)
    except (arrow.ArrowException, OSError):
        message = phrase("this is no parquet file, or it is damaged")
        raise FormatError("audience-format", message, hint=phrase("export it again")) from None
    schema = table.schema_arrow
    places = find_columns(schema.names, [], column, keep, 0)
    names = [schema.names[place] for place in (places.account, *places.values)]
    for name in names:
        _check_type(arrow, name, schema.field(name).type)
    try:
        for batch in table.iter_batches(batch_size=_AT_ONCE, columns=list(dict.fromkeys(names))):
            yield [batch.column(name).cast(arrow.string()) for name in names]
    except (arrow.ArrowException, OSError):
        raise FormatError(
            "audience-format", phrase("the parquet file is damaged"), hint=phrase("export it again")
        ) from None


def parquet_tables(data: BinaryIO) -> Iterator[Any]:
    """Yield all columns of a parquet file in slices, as Arrow tables."""
    parquet, arrow = _libraries()
    try:
        table = parquet.ParquetFile(data)
        yield table.schema_arrow.empty_table()
        for batch in table.iter_batches(batch_size=_AT_ONCE):
            yield arrow.Table.from_batches([batch])
    except (arrow.ArrowException, OSError):
        message = phrase("this is no parquet file, or it is damaged")
        raise FormatError("audience-format", message, hint=phrase("export it again")) from None


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


def csv_columns_of(block: bytes, separator: str, width: int, places: Sequence[int]) -> list[Any] | None:
    """Return some columns of the lines of a csv without quotes as Arrow arrays; None where a line is odd.

    Args:
        block: Whole lines.
        separator: What stands between fields.
        width: How many fields each line has.
        places: Which of them to return.
    """
    arrow, _ = compute()
    from pyarrow import csv

    names = [str(number) for number in range(width)]
    try:
        table = csv.read_csv(
            arrow.BufferReader(block),
            read_options=csv.ReadOptions(column_names=names),
            parse_options=csv.ParseOptions(delimiter=separator, quote_char=False, ignore_empty_lines=False),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(names, arrow.string()),
                include_columns=[str(place) for place in dict.fromkeys(places)],
                strings_can_be_null=False,
            ),
        )
    except (arrow.ArrowException, ValueError):
        return None
    return [table.column(str(place)).combine_chunks() for place in places]


def has_repeat(column: Any, before: str) -> bool:  # noqa: ANN401 - pyarrow has no types of its own
    """Whether a text is equal to the one before it, of which the first is given."""
    _, functions = compute()
    if len(column) and column[0].as_py() == before:
        return True
    return bool(functions.any(functions.equal(column[1:], column[:-1])).as_py())


def stream_batches(stream: Any) -> Iterator[Any]:  # noqa: ANN401 - anything that reads bytes
    """Yield the record batches of an Arrow stream as they come.

    Raises:
        FormatError: It is none, or it was cut off.
    """
    arrow, _ = compute()
    try:
        yield from arrow.ipc.open_stream(stream)
    except arrow.ArrowException:
        raise FormatError(
            "audience-source", phrase("the query fails while it runs"), hint=phrase("pull again")
        ) from None


def batch_of(rows: Sequence[Sequence[Any]]) -> Any:  # noqa: ANN401 - pyarrow has no types of its own
    """Return rows of texts and whole numbers as an Arrow record batch, its columns without names."""
    arrow, _ = compute()
    columns = [arrow.array(column) for column in zip(*rows, strict=True)]
    return arrow.record_batch(columns, names=[""] * len(columns))


def compute() -> tuple[Any, Any]:
    """Return pyarrow, and what it computes with.

    Raises:
        FormatError: It is not installed.
    """
    _, arrow = _libraries()
    from pyarrow import compute as functions

    return arrow, functions


@contextmanager
def frugal_memory() -> Iterator[None]:
    """Let Arrow give memory back as soon as it is free: its own allocator keeps 20 MB of what it had."""
    arrow, _ = compute()
    before = arrow.default_memory_pool()
    arrow.set_memory_pool(arrow.system_memory_pool())
    try:
        yield
    finally:
        arrow.set_memory_pool(before)


def _check_type(arrow: Any, name: str, kind: Any) -> None:  # noqa: ANN401 - pyarrow has no types of its own
    value = kind.value_type if arrow.types.is_dictionary(kind) else kind
    if not (
        arrow.types.is_string(value) or arrow.types.is_large_string(value) or arrow.types.is_integer(value)
    ):
        raise FormatError(
            "audience-type", phrase("the column {name} is of type {kind}", name=name, kind=kind), hint=_HINT
        )


def _libraries() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        message = phrase("reading parquet takes the package pyarrow, which is not installed")
        raise FormatError(
            "audience-format", message, hint=phrase("pip install 'pushspec[audience]'")
        ) from None
    check_release(pa, "audience-format")
    return parquet, pa

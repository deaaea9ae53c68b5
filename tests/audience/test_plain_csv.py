"""A csv is read in blocks or row by row: the same rows, and the same faults at the same lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pushspec.audience.columnar import ColumnBatch
from pushspec.audience.csv_rows import csv_batches
from pushspec.audience.files import read_batches, read_columns
from pushspec.audience.lines import lines_in
from pushspec.audience.rows import Batch, FormatError
from pushspec.problems import Location, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    Reader = Callable[..., Iterator[Any]]

LONG = "".join(f"user_{number:07}_of_the_app,en\n" for number in range(200_000))
"""More than one block."""
MANY = "".join(f"user_{number:07},en\n" for number in range(2_100)).encode()
"""More rows than are looked at one by one, to see what the file is."""
FILES = {
    "plain": b"id,lang\nrong,fr\nada,en\n",
    "without a last line feed": b"id,lang\nrong,fr\nada,en",
    "Windows": b"\xef\xbb\xbfid,lang\r\nrong,fr\r\nada,en\r\n",
    "semicolons": b"id;lang\nrong;f,r\n",
    "a separator named": b"sep=|\nid|lang\nrong|fr\n",
    "three columns": b"n,id,lang\n1,rong,fr\n2,\xe9\xb1\xbc,en\n",
    "words for nothing": b"id,lang\nNULL,NaN\n007,\n12.7,NA\n1_000,true\n",
    "a quoted field": b'id,lang\nrong,"fr"\nada,en\n',
    "a quote within": b'id,lang\nrong,f"r\nada,en\n',
    "a field of two lines": b'id,lang\nrong,"f\nr"\nada,en\n',
    "blank lines": b"id,lang\n\nrong,fr\n\r\nada,en\n\n",
    "a short row": b"id,lang\nrong,fr\nada\n",
    "a long row": b"id,lang\nrong,fr\nada,en,x\n",
    "Latin-1 in a column that nobody asked for": b"id,lang,name\nrong,fr,Ren\xe9\n",
    "a carriage return alone": b"id,lang\nrong,f\rr\n",
    "a mark within": b"id,lang\nrong,fr\n\xef\xbb\xbfada,en\n",
    "a zero": b"id,lang\nrong,f\0r\n",
    "a long line": b"id,lang\nrong," + b"x" * 70_000 + b"\n",
    "a row of twice the fields": b"id,lang\nrong,fr,ada,en\n",
    "rows whose surplus and lack are as many": b"id,lang\nrong,fr,x\nada\n",
    "empty fields": b"id,lang\n,fr\nada,\n,\n",
    "the account last": b"lang,id\nfr,rong\r\nen,ada",
    "the header alone": b"id,lang\n",
    "nothing": b"",
    "Latin-1 in a later block": b"id,lang,name\n"
    + LONG.replace(",en", ",en,x").encode()
    + b"rong,fr,Ren\xe9\n",
    "a long line in a later block": b"id,lang\n" + LONG.encode() + b"rong," + b"x" * 70_000 + b"\n",
    "a carriage return alone in a later block": b"id,lang\n" + LONG.encode() + b"rong,f\rr\n",
    "a mark in a later block": b"id,lang\n" + LONG.encode() + b"rong,fr\n\xef\xbb\xbfada,en\n",
    "a quote in a later block": b"id,lang\n" + LONG.encode() + b'rong,"f\nr"\nada,en\n',
    "a fault behind a quote in a later block": b"id,lang\n" + LONG.encode() + b'rong,"f\nr"\nada,en\nlin\n',
}

HEADER = b"id,lang\n"
FILES |= {
    f"{name}, far below": text.replace(HEADER, HEADER + MANY, 1)
    for name, text in FILES.items()
    if HEADER in text and len(text) < 1_000_000
}


def told(rows: Iterable[ColumnBatch | Batch | Problem]) -> tuple[list[tuple[object, ...]], list[Problem]]:
    """Return every row with its line, and every problem."""
    found: list[tuple[object, ...]] = []
    problems: list[Problem] = []
    for one in rows:
        if isinstance(one, Problem):
            problems.append(one)
            continue
        batch = one.rows() if isinstance(one, ColumnBatch) else one
        found += zip(batch.lines, batch.accounts, *batch.values, strict=True)
    return found, problems


def refused(*_: str) -> Problem:
    return Problem(Location("x"), "", "")


def row_by_row(path: Path, *keep: str) -> tuple[list[tuple[object, ...]], list[Problem]]:
    """Return what the reader of rows says of a csv file, which knows of quotes."""
    with path.open("rb") as data:
        try:
            return told(csv_batches(path.name, lines_in(data), "id", keep))
        except FormatError as fault:
            return [], [fault.problem(path.name)]


@pytest.mark.parametrize("read", [read_batches, read_columns])
@pytest.mark.parametrize("name", FILES)
def test_blocks_hold_what_rows_hold(name: str, read: Reader, tmp_path: Path) -> None:
    """A list must not depend on which of three readers is quick enough for it."""
    (tmp_path / "p.csv").write_bytes(FILES[name])

    found = told(read(tmp_path, "p.csv", "id", ("lang",), refused))
    rows = row_by_row(tmp_path / "p.csv", "lang")

    assert found[1] == rows[1]
    assert found[0] == rows[0] or rows[1]  # what came before a fault is not used


@pytest.mark.parametrize("read", [read_batches, read_columns])
@pytest.mark.parametrize(
    "text",
    [
        "id\nrong\nada\n",
        "id\nrong\nada,x\n",
        "id\nrong\n\nada\n",
        "id\n\nrong\n",
        "id\r\n\r\nrong\n",
        "id\r\nrong\r\n\r\nada",
        "id\nrong",
    ],
)
def test_a_csv_of_one_column_is_read_alike(text: str, read: Reader, tmp_path: Path) -> None:
    """Its lines hold no separator by which a row could be told from two."""
    (tmp_path / "p.csv").write_bytes(text.encode())

    found = told(read(tmp_path, "p.csv", "id", (), refused))
    rows = row_by_row(tmp_path / "p.csv")

    assert found[1] == rows[1]
    assert found[0] == rows[0] or rows[1]


FIELDS = st.text(st.characters(codec="utf-8", exclude_characters='\r\n,"\ufeff'), max_size=4)
BEFORE = [(f"user_{number:07}", "en") for number in range(2_100)]
ROWS = st.lists(st.tuples(FIELDS.filter(bool), FIELDS), min_size=1, max_size=8)


@pytest.mark.parametrize("read", [read_batches, read_columns])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, end=st.sampled_from(["\n", "\r\n"]), odd=st.none() | st.integers(0, 8))
def test_every_line_of_a_plain_csv_is_a_row_or_a_fault(
    rows: list[tuple[str, str]], end: str, odd: int | None, tmp_path: Path, read: Reader
) -> None:
    """People would be missing in silence if the engine dropped a line, or saw its end in another mark."""
    rows = [*BEFORE, *rows]
    lines = [",".join(row) for row in rows]
    if odd is not None:
        lines.insert(len(BEFORE) + odd, "lin,zh,x")
    (tmp_path / "p.csv").write_bytes(end.join(["id,lang", *lines, ""]).encode())

    found, problems = told(read(tmp_path, "p.csv", "id", ("lang",), refused))

    if odd is not None:
        assert [it.rule for it in problems] == ["audience-format"]
    else:
        assert (found, problems) == ([(line, *row) for line, row in enumerate(rows, 2)], [])


def test_plain_lines_are_not_read_row_by_row(tmp_path: Path) -> None:
    """What is plain becomes no objects of Python as columns, and is cut in large pieces as rows."""
    (tmp_path / "p.csv").write_text("id,lang\n" + LONG)

    columns = list(read_columns(tmp_path, "p.csv", "id", ("lang",), refused))
    blocks = [
        one for one in read_batches(tmp_path, "p.csv", "id", ("lang",), refused) if isinstance(one, Batch)
    ]

    assert {type(one) for one in columns} == {ColumnBatch}
    assert len(blocks) < 60  # of 3,000 rows and more each; the reader of rows takes 2,000

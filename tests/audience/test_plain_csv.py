"""Columns of a csv are read in blocks or row by row: the same rows, and the same faults at the same lines."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pushspec.audience.columnar import ColumnBatch
from pushspec.audience.files import read_batches, read_columns
from pushspec.problems import Location, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pushspec.audience.rows import Batch

LONG = "".join(f"user_{number:07}_of_the_app,en\n" for number in range(200_000))
"""More than one block."""
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
    "the header alone": b"id,lang\n",
    "nothing": b"",
    "Latin-1 in a later block": b"id,lang,name\n"
    + LONG.replace(",en", ",en,x").encode()
    + b"rong,fr,Ren\xe9\n",
    "a long line in a later block": b"id,lang\n" + LONG.encode() + b"rong," + b"x" * 70_000 + b"\n",
    "a quote in a later block": b"id,lang\n" + LONG.encode() + b'rong,"f\nr"\nada,en\n',
    "a fault behind a quote in a later block": b"id,lang\n" + LONG.encode() + b'rong,"f\nr"\nada,en\nlin\n',
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


@pytest.mark.parametrize("name", FILES)
def test_columns_hold_what_rows_hold(name: str, tmp_path: Path) -> None:
    """A list must not depend on which of two readers is quick enough for it."""
    (tmp_path / "p.csv").write_bytes(FILES[name])

    def fault(rule: str, message: str, hint: str) -> Problem:
        return Problem(Location("x"), rule, message, hint)

    columns = told(read_columns(tmp_path, "p.csv", "id", ("lang",), fault))
    rows = told(read_batches(tmp_path, "p.csv", "id", ("lang",), fault))

    bare = [replace(it, location=replace(it.location, text="")) for it in rows[1]]
    assert columns[1] == bare  # where columns are read, no message shows a row
    assert columns[0] == rows[0] or rows[1]  # what came before a fault is not used


FIELDS = st.text(st.characters(codec="utf-8", exclude_characters='\r\n,"\0\ufeff'), max_size=4)
BEFORE = [(f"user_{number}", "en") for number in range(2_001)]
"""More rows than are looked at one by one, to see what the file is."""
ROWS = st.lists(st.tuples(FIELDS.filter(bool), FIELDS), min_size=1, max_size=8)


def refused(*_: str) -> Problem:
    return Problem(Location("x"), "", "")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, end=st.sampled_from(["\n", "\r\n"]), odd=st.none() | st.integers(0, 8))
def test_every_line_of_a_plain_csv_is_a_row_or_a_fault(
    rows: list[tuple[str, str]], end: str, odd: int | None, tmp_path: Path
) -> None:
    """People would be missing in silence if the engine dropped a line, or saw its end in another mark."""
    rows = [*BEFORE, *rows]
    lines = [",".join(row) for row in rows]
    if odd is not None:
        lines.insert(len(BEFORE) + odd, "lin,zh,x")
    (tmp_path / "p.csv").write_bytes(end.join(["id,lang", *lines, ""]).encode())

    read, problems = told(read_columns(tmp_path, "p.csv", "id", ("lang",), refused))

    if odd is not None:
        assert [it.rule for it in problems] == ["audience-format"]
    else:
        assert (read, problems) == ([(line, *row) for line, row in enumerate(rows, 2)], [])


def test_plain_lines_become_columns(tmp_path: Path) -> None:
    """What is plain is not made objects of Python."""
    (tmp_path / "p.csv").write_text("id,lang\n" + LONG)

    read = read_columns(tmp_path, "p.csv", "id", ("lang",), lambda *_: Problem(Location("x"), "", ""))

    assert {type(one) for one in read} == {ColumnBatch}

"""Rows on their way into the engine: either side may fail, and the other one stops."""

from __future__ import annotations

import threading
from itertools import repeat
from typing import TYPE_CHECKING, Any

import pytest

from pushspec.audience.arrow import column_table
from pushspec.audience.engine import open_engine
from pushspec.audience.pinned.inflow import ROWS, pour
from pushspec.audience.rows import FormatError

if TYPE_CHECKING:
    from collections.abc import Iterator

_TAKE = f"create table given as select distinct * from {ROWS}"
_SOME = column_table({"account": ["rong", "wei"]})


@pytest.fixture
def connection() -> Iterator[Any]:
    with open_engine() as (_, opened):
        yield opened


@pytest.mark.parametrize("tables", [[], [_SOME], [_SOME] * 50, [_SOME.slice(0, 0), _SOME]])
def test_all_rows_arrive_and_nothing_is_left_behind(connection: Any, tables: list[Any]) -> None:
    expected = [("rong",), ("wei",)] if tables else []

    pour(connection, _TAKE, ["account"], tables)

    assert connection.execute("select * from given order by all").fetchall() == expected
    with pytest.raises(Exception, match=ROWS):
        connection.execute(f"from {ROWS}")


def test_what_the_engine_refuses_ends_the_reading(connection: Any) -> None:
    """A disk that is full says so, and not after ten million rows."""
    with pytest.raises(Exception, match="'rong' to INT32"):
        pour(connection, f"select account::integer from {ROWS}", ["account"], repeat(_SOME))


@pytest.mark.parametrize("fault", [FormatError("audience-format", "it was cut off"), KeyboardInterrupt()])
def test_what_the_reading_raises_ends_the_statement(connection: Any, fault: BaseException) -> None:
    """The fault of a file, or Ctrl-C, comes out as it is; the engine says nothing of its own."""

    def cut_off() -> Iterator[Any]:
        yield from [_SOME] * 20
        raise fault

    with pytest.raises(type(fault)) as raised:
        pour(connection, _TAKE, ["account"], cut_off())

    assert raised.value is fault
    with pytest.raises(Exception, match="given"):
        connection.execute("from given")
    assert "pushspec_inflow" not in {it.name.rpartition("_")[0] for it in threading.enumerate()}


def test_rows_are_read_where_their_source_was_opened(connection: Any) -> None:
    """A driver may refuse another thread than that of its connection."""
    seen = set()

    def read() -> Iterator[Any]:
        seen.add(threading.get_ident())
        yield _SOME

    pour(connection, _TAKE, ["account"], read())

    assert seen == {threading.get_ident()}

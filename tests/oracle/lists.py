"""The reference's eyes for lists of accounts: files as people read them, with plain csv, JSON and sets."""

from __future__ import annotations

import csv
import fnmatch
import io
import json
import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from oracle.not_yet import is_drawn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from oracle.history import Tree

_HEADERS = frozenset({"user_id", "account", "id", "lang", "tier", "why", "since"})
"""What people write above a column; any other first row holds an account."""

_HOLES = frozenset({"", "NULL", "null", "N/A", "#N/A", "None", "nan"})
_SPOILT = re.compile(r"\d(\.\d+)?E[+-]?\d+|=.*|'.*|#N/A")


@dataclass
class Listing:
    """What a list says.

    Attributes:
        rows: Accounts with their columns, in order.
        faults: Why nobody may send by it.
        doubts: Why somebody may refuse it, though people can read it.
    """

    rows: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    @property
    def accounts(self) -> set[str]:
        """All accounts."""
        return {account for account, _ in self.rows}


def read_list(
    tree: Tree, pattern: str, column: str | None, columns: Sequence[str] = (), zones: Sequence[str] = ()
) -> Listing:
    """Read the files that a pattern names.

    Args:
        tree: The project's files.
        pattern: A path; a pattern only where no file has that very name.
        column: The column that holds the account.
        columns: Columns that a text uses.
        zones: Columns of which a value may be missing.
    """
    listing = Listing()
    paths = [pattern] if pattern in tree else sorted(_matching(tree, pattern))
    if not paths:
        listing.faults.append(f"there is no {pattern}")
    for path in paths:
        _read_file(path, tree[path], column, [*columns, *zones], listing)
    for account, values in listing.rows:
        listing.faults += [f"{account!r} {fault}" for fault in faults_of(account)]
        holes = [name for name in columns if values.get(name, "") in _HOLES]
        listing.faults += [f"{account!r} has no {name}" for name in holes]
    return listing


def faults_of(account: str) -> Iterator[str]:
    """Yield what is wrong with an account."""
    if not account:
        yield "is empty"
    if any(one.isspace() or unicodedata.category(one) in {"Cc", "Cf", "Cs", "Co", "Cn"} for one in account):
        yield "holds what nobody sees"
    if is_drawn("variation-selector") and any("\ufe00" <= one <= "\ufe0f" for one in account):
        yield "holds a variation selector"
    if _SPOILT.fullmatch(account):
        yield "was spoilt by a spreadsheet"


def _matching(tree: Tree, pattern: str) -> Iterator[str]:
    folder, _, name = pattern.rpartition("/")
    for path in tree:
        if path.rpartition("/")[0] == folder and fnmatch.fnmatchcase(path.rpartition("/")[2], name):
            yield path


def _read_file(path: str, data: bytes, column: str | None, columns: Sequence[str], listing: Listing) -> None:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        listing.faults.append(f"{path} is not UTF-8")
        return
    before = len(listing.rows)
    if path.endswith(".csv"):
        _read_csv(path, text, column, columns, listing)
    elif path.endswith(".txt"):
        _read_txt(path, text, listing)
        if columns:
            listing.faults.append(f"{path} has no columns")
    elif path.endswith(".jsonl"):
        _read_jsonl(path, text, column, columns, listing)
    else:
        listing.faults.append(f"nobody knows what {path} is")
    if len(listing.rows) == before:
        listing.faults.append(f"{path} names nobody")


def _read_txt(path: str, text: str, listing: Listing) -> None:
    for line in text.split("\n"):
        account = line.removesuffix("\r")
        if not account.strip():
            continue
        if "," in account or '"' in account or ";" in account:
            listing.doubts.append(f"{path} looks like a csv")
            account = next(csv.reader([account.replace(";", ",")]))[0]
        listing.rows.append((account, {}))


def _read_csv(path: str, text: str, column: str | None, columns: Sequence[str], listing: Listing) -> None:
    first, _, rest = text.partition("\n")
    separator = next((mark for mark in ";\t|" if mark in first and "," not in first), ",")
    if separator != ",":
        listing.doubts.append(f"{path} is not separated by commas")
    if first.strip().startswith("sep="):
        text = rest
    if "\r" in text.replace("\r\n", ""):
        listing.doubts.append(f"{path} has line ends of its own")
    rows = [row for row in csv.reader(io.StringIO(text.replace("\r\n", "\n")), delimiter=separator) if row]
    if not rows:
        return
    header, *body = rows
    if not _HEADERS.intersection(cell.strip().lower() for cell in header):
        listing.doubts.append(f"{path} has no header")
        header, body = [column or "user_id", *(f"column {number}" for number in range(1, len(header)))], rows
    if column is None and len(header) > 1:
        listing.faults.append(f"which column of {path}?")
    wanted = [column or header[0], *columns]
    if any(header.count(name) != 1 for name in wanted) or any(len(row) != len(header) for row in body):
        listing.faults.append(f"{path} lacks a column or a field")
        return
    for row in body:
        values = dict(zip(header, row, strict=True))
        listing.rows.append((values[wanted[0]], {name: values[name] for name in columns}))


def _read_jsonl(path: str, text: str, column: str | None, columns: Sequence[str], listing: Listing) -> None:
    if column is None:
        listing.faults.append(f"which key of {path}?")
        return
    for line in filter(str.strip, text.split("\n")):
        values = json.loads(line)
        if not all(isinstance(values.get(name), str) for name in (column, *columns)):
            listing.faults.append(f"{path} has a row without {column} or {', '.join(columns)}")
            continue
        listing.rows.append((values[column], {name: values[name] for name in columns}))

"""Find columns by name: the account and the personalizing values, the same way in every source."""

from __future__ import annotations

import re
from typing import NamedTuple

from pushspec.audience.rows import FormatError
from pushspec.language import phrase
from pushspec.suggest import did_you_mean

_PERSONAL = re.compile(r"\d{3}|@")
"""What names of columns seldom hold."""

_HEADER_WORD = re.compile(
    r"((im|tim|open|union)?(user|member|customer|account|client|contact|player|subscriber|registration|reg|u|r)?"
    r"(id|ids|identifier|name|no|number|account)|users?|members?|accounts?|toaccount|external(user)?id"
    r"|(用户|会员|客户|玩家|账号|帐号|账户|帐户)?(id|编号|账号|帐号|号|名)?)"
)
"""Usual names for a column of accounts."""


class Columns(NamedTuple):
    """Positions of the account and of the personalizing values in a row."""

    account: int
    values: tuple[int, ...]


def find_columns(
    header: list[str],
    rows: list[list[str]],
    column: str | None,
    personal: tuple[str, ...],
    line: int,
    *,
    is_declared: bool = False,
) -> Columns:
    """Return where the account and the personalizing values stand.

    Args:
        header: The names of all columns.
        rows: The first rows, by which a missing header is found out.
        column: The column that names the account; may be left out where there is only one.
        personal: Further columns to keep.
        line: The line of the header, for places.
        is_declared: The header holds names of columns and cannot be a person, as that of a database; that of
            a file may, so no message shows more of it than the usual names of a column of accounts.

    Raises:
        FormatError: A column is missing or there twice, or the header is missing.
    """
    if not any(header):
        raise FormatError(
            "audience-format", phrase("the file is empty"), hint=phrase("its first line names the columns")
        )
    if column is None and len(header) > 1:
        hint = phrase("add column: to the audience, with the name of its column of accounts")
        if is_declared:
            hint = phrase("add column: to the audience, one of {header}", header=", ".join(header))
        raise FormatError("audience-column", phrase("which column names the account?"), line, hint=hint)
    if column is None and not is_header_word(header[0]):
        message = phrase("is this the header, or an account and the header is missing?")
        hint = phrase("if it is the header, name it as column: in the audience; else write user_id above it")
        raise FormatError("audience-header", message, line, hint=hint)
    account, *values = (
        _place(header, rows, name, line, is_declared=is_declared)
        for name in (header[0] if column is None else column, *personal)
    )
    return Columns(account, tuple(values))


def _place(header: list[str], rows: list[list[str]], name: str, line: int, *, is_declared: bool) -> int:
    alike = [column for column in header if column.casefold() == name.casefold()]
    if len(alike) > 1:
        message = phrase("two columns have one name, or names that differ by capitals alone")
        if is_declared:
            message = phrase("there are two columns {name}", name=name)
        hint = phrase("give each column a name of its own")
        raise FormatError("audience-column", message, line, hint=hint)
    if name in header:
        return header.index(name)
    missing = phrase("there is no column {name}", name=name)
    if is_declared:
        near = did_you_mean(name, header, listed=False)
        known = near or phrase("the columns are {header}", header=", ".join(header))
        raise FormatError("audience-column", missing, hint=known)
    if _looks_like_accounts(header, rows):
        message = phrase(
            "line {line} has no column {name}; it looks like accounts, and the header is missing",
            line=line,
            name=name,
        )
        hint = phrase("write the names of the columns above it")
        raise FormatError("audience-header", message, line, hint=hint)
    usual = [column for column in header if is_header_word(column)]
    near = did_you_mean(name, usual, listed=False)
    hint = phrase("compare the names of its columns with the audience")
    if line:
        hint = phrase("the file's first line names its columns: compare it with the audience")
    raise FormatError("audience-column", missing, line, hint=near or hint)


def is_header_word(name: str) -> bool:
    """Whether a text is a usual name for a column of accounts."""
    word = re.sub(r"[\s_.-]", "", name).casefold()
    return bool(word) and _HEADER_WORD.fullmatch(word) is not None


def _looks_like_accounts(header: list[str], rows: list[list[str]]) -> bool:
    if any(map(is_header_word, header)):
        return False
    below = {field for row in rows for field in row}
    return len(header) == 1 or any(_PERSONAL.search(field) or field in below for field in header)

"""Who is named: the accounts of an audience in their order, without duplicates and without the excluded."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.audience.files import AccountRow, read_account_rows
from pushspec.audience.packed import PackedAccounts
from pushspec.problems import Problem
from pushspec.spec.rules.audience import account_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from pushspec.spec.campaign import Audience
    from pushspec.tencent.limits import Limit

_SHOWN_PER_SOURCE = 20
"""How many wrong rows are shown of one source; a file of a million wrong rows is one mistake."""


@dataclass(frozen=True, slots=True)
class AccountGroup:
    """Accounts that get the same content.

    Attributes:
        columns: The values that personalize it, by column; empty without ``personalize``.
        accounts: The accounts, in the order of the source.
    """

    columns: dict[str, str]
    accounts: Sequence[str]


@dataclass(frozen=True, slots=True)
class AccountList:
    """The accounts of one audience.

    Attributes:
        groups: By distinct values of the personalizing columns, in the order of first appearance.
        duplicates: How many rows named an account again.
        excluded: How many accounts were left out because ``exclude`` names them.
    """

    groups: tuple[AccountGroup, ...]
    duplicates: int
    excluded: int

    @property
    def count(self) -> int:
        """How many accounts there are."""
        return sum(len(group.accounts) for group in self.groups)

    def __iter__(self) -> Iterator[str]:
        for group in self.groups:
            yield from group.accounts


def read_accounts(
    audience: Audience, root: Path, limit: Limit, problem_at: Callable[[str, str, str], Problem]
) -> tuple[AccountList | None, list[Problem]]:
    """Read the accounts of an audience that lists them.

    Args:
        audience: Of kind accounts, file or sql.
        root: The project folder; files are read below it only.
        limit: How long an account may be.
        problem_at: Makes a problem at a key of the audience, from key, rule and message.

    Returns:
        The accounts, or None with at least one problem.
    """
    if audience.kind == "sql":
        return None, [
            problem_at(
                "sql", "audience-sql", "this version of pushspec reads no sql; list the accounts in a file"
            )
        ]
    columns = audience.personalize or ()
    excluded, problems = _excluded(audience, root, problem_at)
    rows = _sound(_rows(audience, root, columns, problem_at), limit, problems)
    accounts = _collect(rows, excluded, is_large=audience.kind == "file" and not columns)
    if problems:
        return None, problems
    if accounts.count == 0:
        return None, [problem_at(audience.kind, "audience-empty", "nobody is left to send to")]
    return accounts, []


def accounts_sha256(accounts: Iterable[str]) -> str:
    """Return the SHA-256 over accounts in their order; equal exactly when the same people are named."""
    digest = hashlib.sha256()
    for account in accounts:
        digest.update(account.encode() + b"\n")
    return digest.hexdigest()


def _rows(
    audience: Audience, root: Path, columns: tuple[str, ...], problem_at: Callable[[str, str, str], Problem]
) -> Iterator[AccountRow | Problem]:
    if audience.kind == "accounts":
        return (AccountRow(account) for account in audience.accounts or ())
    return read_account_rows(
        root, audience.file or "", audience.column, columns, lambda rule, text: problem_at("file", rule, text)
    )


def _excluded(
    audience: Audience, root: Path, problem_at: Callable[[str, str, str], Problem]
) -> tuple[set[str], list[Problem]]:
    names: set[str] = set()
    problems: list[Problem] = []
    for pattern in audience.exclude or ():
        for row in read_account_rows(
            root, pattern, audience.column, (), lambda rule, text: problem_at("exclude", rule, text)
        ):
            if isinstance(row, Problem):
                problems.append(row)
            else:
                names.add(row.account)
    return names, problems


def _sound(
    rows: Iterable[AccountRow | Problem], limit: Limit, problems: list[Problem]
) -> Iterator[AccountRow]:
    """Yield the rows whose account may be sent to; what is wrong goes into ``problems``."""
    wrong = 0
    for row in rows:
        if isinstance(row, Problem):
            problems.append(row)
        elif row.file and (fault := account_fault(row.account, limit)):
            wrong += 1
            if wrong <= _SHOWN_PER_SOURCE:
                problems.append(Problem(row.location, "account-form", fault))
        else:
            yield row


def _collect(rows: Iterable[AccountRow], excluded: set[str], *, is_large: bool) -> AccountList:
    groups: dict[tuple[str, ...], list[str] | PackedAccounts] = {}
    columns: dict[tuple[str, ...], dict[str, str]] = {}
    seen: set[str] = set()
    duplicates = left_out = 0
    for row in rows:
        if row.account in seen:
            duplicates += 1
            continue
        seen.add(row.account)
        if row.account in excluded:
            left_out += 1
            continue
        values = tuple(row.columns.values())
        if values not in groups:
            # Of personalized groups there may be as many as accounts, and packing them would only cost.
            groups[values] = PackedAccounts() if is_large else []
            columns[values] = dict(row.columns)
        groups[values].append(row.account)
    found = tuple(AccountGroup(columns[values], accounts) for values, accounts in groups.items())
    return AccountList(found, duplicates=duplicates, excluded=left_out)

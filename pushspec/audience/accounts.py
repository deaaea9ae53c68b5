"""Read the accounts of an audience in order, without duplicates and excluded accounts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, assert_never

from pushspec.audience.exclusions import Exclusion, read_excluded
from pushspec.audience.files import read_batches
from pushspec.audience.packed import PackedAccounts
from pushspec.audience.query import query_batches
from pushspec.audience.rows import Batch, FormatError
from pushspec.audience.soundness import RowCheck
from pushspec.audience.spill import Spill
from pushspec.audience.unlisted import Unlisted
from pushspec.errors import message_of
from pushspec.language import phrase
from pushspec.problems import Problem
from pushspec.serialization import wire_json
from pushspec.spec.recipients import FromFile, FromPin, FromQuery, Listed
from pushspec.text import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pushspec.audience.exclusions import Excluded, ExcludeEntry
    from pushspec.audience.pinned.pin import Pin
    from pushspec.problems import Location
    from pushspec.spec.recipients import AccountSource
    from pushspec.tencent.limits import Limit

    ProblemAt = Callable[[str, str, str, str], Problem]


_AT_ONCE = 1_000
_Values = tuple[str, ...]
"""One value a personalizing column."""

ValuesKey = tuple[tuple[str, str], ...]
"""Columns with their values, in the order of the columns' names."""


@dataclass(frozen=True, slots=True)
class AccountGroup:
    """Accounts that get the same content.

    Attributes:
        columns: The values that personalize it, by column; one that is empty is left out.
        accounts: The accounts, in the order of the source.
        empty: The columns without a value.
        location: The place of the first account.
        hidden: How many combinations of values they have, where a pin does not tell which; else 0.
        zones: The accounts by the time zone that the list gives them, where local hours ask for it; those
            without one under an empty name.
    """

    columns: Mapping[str, str]
    accounts: Sequence[str]
    empty: frozenset[str] = frozenset()
    location: Location | None = None
    hidden: int = 0
    zones: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def values_key(self) -> ValuesKey:
        """Its values by column, the empty ones too, so that groups of two lists compare."""
        return tuple(sorted({**self.columns, **dict.fromkeys(self.empty, "")}.items()))


@dataclass(frozen=True, slots=True)
class AccountList:
    """The accounts of one audience.

    Attributes:
        groups: By distinct values of the personalizing columns, in the order of first appearance.
        duplicates: How many rows named an account again.
        excluded: How many accounts were left out because ``exclude`` names them.
        exclusions: What each entry of ``exclude`` does.
        holdout: How many accounts were left out because the project holds them out of every list.
        pins: The pin of the list, if it has one, then those of what it excludes.
        is_about: Its sizes are estimates, for only a list that is not at hand could tell them.
        promised: Every combination of values that is known without any list, whoever is excluded; none where
            no list is pinned.
        source_sha256: SHA-256 over its rows before anybody was left out, where it is not pinned itself and
            excludes a pinned list; else empty.
    """

    groups: tuple[AccountGroup, ...]
    duplicates: int
    excluded: int
    exclusions: tuple[Exclusion, ...] = ()
    holdout: int = 0
    pins: tuple[Pin, ...] = ()
    is_about: bool = False
    promised: tuple[AccountGroup, ...] = ()
    source_sha256: str = ""

    @property
    def is_at_hand(self) -> bool:
        """Whether its accounts are known, not only how many they are."""
        return not any(isinstance(group.accounts, Unlisted) for group in self.groups)

    @property
    def count(self) -> int:
        """How many accounts there are."""
        return sum(len(group.accounts) for group in self.groups)

    def __iter__(self) -> Iterator[str]:
        for group in self.groups:
            yield from group.accounts


def read_accounts(
    source: AccountSource,
    root: Path,
    limit: Limit,
    problem_at: ProblemAt,
    exclude: Sequence[ExcludeEntry] = (),
    pinned: Iterator[Batch] | None = None,
    spill: Spill | None = None,
) -> tuple[AccountList | None, list[Problem]]:
    """Read the accounts of an audience that lists them.

    Args:
        source: Where they come from.
        root: The project folder; files are read below it only.
        limit: How long an account may be.
        problem_at: Makes a problem at a key of the audience, from key, rule, message and hint.
        exclude: Who is left out.
        pinned: The rows of a pinned list, whose accounts no message may show; nobody is in two of them.
        spill: Where accounts are kept that memory should not hold.

    Returns:
        The accounts, or None with at least one error; and warnings.
    """
    excluded, problems = read_excluded(exclude, root, limit)
    check, before = RowCheck(limit), hashlib.sha256()
    rows = check.sound(_batches(source, root, problem_at) if pinned is None else pinned)
    excludes_pin = any(entry.pin is not None for entry in exclude)
    if excludes_pin and pinned is None:
        rows = _hashed(rows, before)
    if not isinstance(source, Listed) and source.columns:
        collected = _Personalized(source.columns, excluded, spill or Spill(), repeats=pinned is None)
        accounts = collected.collect(rows)
        problems += [*check.problems, *collected.conflict]
        promised = tuple(collected.promised()) if excludes_pin else ()
    else:
        accounts = _collect(rows, excluded, spill or Spill(), repeats=pinned is None)
        problems += check.problems
        promised = (AccountGroup({}, ()),) if excludes_pin else ()
    if any(problem.is_error for problem in problems):
        return None, problems
    if excludes_pin and pinned is None:
        is_about = any(entry.unread is not None for entry in exclude)
        accounts = replace(accounts, is_about=is_about, promised=promised, source_sha256=before.hexdigest())
    if accounts.count == 0:
        problems.append(problem_at(source.kind, "audience-empty", phrase("nobody is left to send to"), ""))
        return None, problems
    return accounts, problems


def _hashed(batches: Iterable[Batch], digest: hashlib._Hash) -> Iterator[Batch]:
    """Pass batches on, and hash every row on the way."""
    for batch in batches:
        for row in zip(batch.accounts, *batch.values, strict=True):
            digest.update(wire_json(row) + b"\n")
        yield batch


def accounts_sha256(*lists: Iterable[str]) -> str:
    """Return the SHA-256 over accounts in their order; equal exactly when the same people are named."""
    digest = hashlib.sha256()
    for lines in chain.from_iterable(map(_lines, lists)):
        digest.update(lines)
    return digest.hexdigest()


def _lines(accounts: Iterable[str]) -> Iterator[bytes]:
    if isinstance(accounts, PackedAccounts):
        yield from accounts.lines()
        return
    left = iter(accounts)
    while some := list(islice(left, _AT_ONCE)):
        yield "\n".join([*some, ""]).encode()


def _batches(source: AccountSource, root: Path, problem_at: ProblemAt) -> Iterator[Batch | Problem]:
    match source:
        case Listed(accounts):  # the campaign's rules name one with a line feed, which no list can hold
            return iter([Batch(tuple(account for account in accounts if "\n" not in account))])
        case FromFile(file, column, columns):
            fault = partial(problem_at, source.kind)
            return read_batches(root, file, column, columns, fault)
        case FromQuery():
            return _query(source, root, problem_at)
        case FromPin():
            raise AssertionError("the rows of a pinned list are given")
        case _:  # pragma: no cover - mypy proves that no kind is left
            assert_never(source)


def _query(source: FromQuery, root: Path, problem_at: ProblemAt) -> Iterator[Batch | Problem]:
    place = problem_at(source.kind, "", "", "").location
    try:
        yield from query_batches(root, source.sql, source.column, source.columns, place=place)
    except FormatError as fault:
        if fault.file:
            yield fault.problem(fault.file)
        else:
            yield problem_at(source.kind, fault.rule, message_of(fault), fault.hint)


def _collect(batches: Iterable[Batch], excluded: Excluded, spill: Spill, *, repeats: bool) -> AccountList:
    """Return the accounts of a list; only one that ``repeats`` accounts is searched for them."""
    accounts = PackedAccounts(spill=spill)
    seen: set[str] = set()
    rows = distinct = 0
    for batch in batches:
        rows += len(batch.accounts)
        fresh = list(batch.accounts)
        if repeats:
            fresh = list(dict.fromkeys(fresh))
            if not seen.isdisjoint(fresh):
                fresh = [account for account in fresh if account not in seen]
            seen.update(fresh)
        distinct += len(fresh)
        accounts.extend(excluded.without(fresh))
    effects = excluded.effects(lambda: iter(accounts))
    groups = (AccountGroup({}, accounts),) if accounts else ()
    return AccountList(groups, rows - distinct, distinct - len(accounts), effects)


def named_group(
    columns: Sequence[str], values: Sequence[str], accounts: Sequence[str], location: Location | None = None
) -> AccountGroup:
    """Return people with the same values of some columns, those without a value apart."""
    named = dict(zip(columns, values, strict=True))
    empty = frozenset(name for name, value in named.items() if not value)
    return AccountGroup({name: value for name, value in named.items() if value}, accounts, empty, location)


class _Personalized:
    """Accounts grouped by the values that personalize their content."""

    def __init__(self, columns: Sequence[str], excluded: Excluded, spill: Spill, *, repeats: bool) -> None:
        self._columns = columns
        self._excluded = excluded
        self._spill = spill
        self._repeats = repeats
        self._groups: dict[_Values, tuple[PackedAccounts, Location]] = {}
        self._distinct: dict[_Values, _Values] = {}  # accounts of one group share their values
        self._values_of: dict[str, _Values] = {}
        self._conflicts: dict[str, Location] = {}

    def collect(self, batches: Iterable[Batch]) -> AccountList:
        """Return the accounts; one that has two values of a column is in :attr:`conflict`."""
        rows = distinct = 0
        for batch in batches:
            rows += len(batch.accounts)
            distinct += self._add(batch)
        found = tuple(named_group(self._columns, values, *group) for values, group in self._groups.items())
        effects = self._excluded.effects(lambda: (account for group in found for account in group.accounts))
        kept = sum(len(group.accounts) for group in found)
        return AccountList(found, rows - distinct, distinct - kept, effects)

    def _add(self, batch: Batch) -> int:
        """Take in the rows of a batch, and return how many accounts were new."""
        values_of = [self._distinct.setdefault(it, it) for it in zip(*batch.values, strict=True)]
        rows = [row for row in range(len(values_of)) if self._is_new(batch, row, values_of[row])]
        left = set(self._excluded.without([batch.accounts[row] for row in rows]))
        people: dict[_Values, list[str]] = {}
        for row in rows:
            if (account := batch.accounts[row]) in left:
                values = values_of[row]
                if values not in self._groups:
                    self._groups[values] = (PackedAccounts(spill=self._spill), batch.location(row))
                people.setdefault(values, []).append(account)
        for values, accounts in people.items():
            self._groups[values][0].extend(accounts)
        return len(rows)

    def _is_new(self, batch: Batch, row: int, values: _Values) -> bool:
        if not self._repeats:
            return True
        account = batch.accounts[row]
        known = self._values_of.get(account)
        if known is None:
            self._values_of[account] = values
        elif known != values:
            self._conflicts.setdefault(account, batch.location(row))
        return known is None

    def promised(self) -> Iterator[AccountGroup]:
        """Yield each combination of values that rows have, also of people who are left out."""
        return (named_group(self._columns, values, ()) for values in self._distinct)

    @property
    def conflict(self) -> list[Problem]:
        """The problem that accounts have two values of a column, if any do."""
        if not self._conflicts:
            return []
        count = len(self._conflicts)
        who = phrase("{count:,} accounts have", count=count) if count > 1 else phrase("an account has")
        message = phrase(
            "{who} two rows with different {columns}; which one counts?",
            who=who,
            columns=listed(self._columns),
        )
        location = next(iter(self._conflicts.values()))
        return [Problem(location, "personal-conflict", message, phrase("keep one row for each account"))]

"""People by time zone, for campaigns that reach each of them at an hour of their own clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pushspec.audience.unlisted import together
from pushspec.language import phrase
from pushspec.problems import Location, Problem
from pushspec.suggest import did_you_mean
from pushspec.text import counted
from pushspec.zones import zone_names, zone_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pushspec.audience.accounts import AccountGroup, AccountList, ValuesKey

_FEWEST = 5
"""A value that fewer people of a list share is not shown: it could tell who is meant."""
_IANA = phrase("write an IANA name such as Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class ZoneColumn:
    """Where a list says in which zone people are.

    Attributes:
        name: The column; None where the list has none, so that all are in ``default``.
        default: The zone of people without a value; None where each must have one.
        is_personal: Whether the column personalizes the content as well.
    """

    name: str | None
    default: str | None
    is_personal: bool

    def value_of(self, group: AccountGroup) -> str:
        """Return the zone that the list gives a group; empty where it gives none."""
        return group.columns.get(self.name, "") if self.name is not None else ""


def zoned_accounts(
    accounts: AccountList | None, column: ZoneColumn
) -> tuple[AccountList | None, list[Problem]]:
    """Return a list whose groups get the same content, each with its people by the zone that the list gives.

    People whose values a pin does not tell stay a group of their own, without a zone.

    Args:
        accounts: Grouped by all columns that were read, that of the zone among them; None if it is unread.
        column: The column of the zone.

    Returns:
        The list, or None and a problem for each value that is no zone.
    """
    if accounts is None:
        return None, []
    problems = list(_zone_problems(accounts, column))
    return (None, problems) if problems else (_by_zone(accounts, column), [])


def _zone_problems(accounts: AccountList, column: ZoneColumn) -> Iterator[Problem]:
    wrong: dict[str, list[AccountGroup]] = {}
    for group in accounts.groups:
        if group.hidden:
            continue  # only the list itself can tell
        value = column.value_of(group)
        is_known = column.default is not None if not value else zone_of(value) is not None
        if not is_known:
            wrong.setdefault(value, []).append(group)
    for value, groups in wrong.items():
        count = sum(len(group.accounts) for group in groups)
        yield _problem(value, count, groups[0].location or Location(""), column)


def _problem(value: str, count: int, location: Location, column: ZoneColumn) -> Problem:
    whose = counted(count, "account") if count > 1 else phrase("this account")
    if not value:
        message = phrase("{name} is empty for {whose}", name=column.name, whose=whose)
        return Problem(
            location, "zone-missing", message, phrase("fill it in, or give the schedule a default")
        )
    if count < _FEWEST:
        return Problem(
            location,
            "zone-unknown",
            phrase("a value of {name}, that of {whose}, is no zone", name=column.name, whose=whose),
            _IANA,
        )
    hint = did_you_mean(value, zone_names(), listed=False) or _IANA
    return Problem(
        location,
        "zone-unknown",
        phrase("{value} is not a time zone; it is that of {whose}", value=value, whose=whose),
        hint,
    )


def _by_zone(accounts: AccountList, column: ZoneColumn) -> AccountList:
    hidden = tuple(group for group in accounts.groups if group.hidden)
    told = [group for group in accounts.groups if not group.hidden]
    groups, promised = (tuple(_merged(some, column)) for some in (told, accounts.promised))
    return replace(accounts, groups=(*groups, *hidden), promised=promised)


def _merged(groups: Sequence[AccountGroup], column: ZoneColumn) -> Iterator[AccountGroup]:
    """Yield groups that differ by zone alone as one, in the order of the first of them."""
    alike: dict[ValuesKey, list[tuple[AccountGroup, AccountGroup]]] = {}
    for group in groups:
        texts = group if column.is_personal else _without(group, column.name)
        alike.setdefault(texts.values_key, []).append((texts, group))
    for some in alike.values():
        zones = {column.value_of(group): group.accounts for _, group in some}
        yield replace(some[0][0], accounts=together(zones.values()), zones=zones)


def _without(group: AccountGroup, name: str | None) -> AccountGroup:
    """Return a group as texts see it: without the column of the zone."""
    columns = {column: value for column, value in group.columns.items() if column != name}
    return replace(group, columns=columns, empty=group.empty - {name})

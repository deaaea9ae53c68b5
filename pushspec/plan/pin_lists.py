"""Pinned lists as their pins tell them: how many people share which values, and never who they are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pushspec.audience.accounts import AccountGroup, AccountList, named_group
from pushspec.audience.exclusions import Exclusion
from pushspec.audience.pinned.pin import pin_path
from pushspec.audience.unlisted import Unlisted
from pushspec.problems import Location

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pushspec.audience.pinned.pin import Pin
    from pushspec.audience.pinned.unopened import UnopenedAccounts


def promised_by(pin: Pin, columns: tuple[str, ...]) -> tuple[AccountGroup, ...]:
    """Return every combination of values that a pin shows, in its order, without people."""
    return tuple(named_group(names, values, ()) for names, values, _ in _shown(pin, columns))


def list_by_pin(
    pins: tuple[Pin, ...], columns: tuple[str, ...], exclusions: Sequence[Exclusion]
) -> AccountList:
    """Return the list of a pin, whose accounts nobody can tell.

    Args:
        pins: Its pin, then those of what the campaign excludes.
        columns: What personalizes the content; the pin knows this set of columns.
        exclusions: What the campaign excludes, so that the sizes are estimates.
    """
    return AccountList(
        groups=tuple(_groups(pins[0], columns)),
        duplicates=0,
        excluded=0,
        exclusions=tuple(exclusions),
        pins=pins,
        is_about=bool(exclusions),
        promised=promised_by(pins[0], columns),
    )


def unopened_list(pins: tuple[Pin, ...], accounts: UnopenedAccounts) -> AccountList:
    """Return a whole list at hand, of which its pin tells all but the accounts: it may stay unopened."""
    groups = (AccountGroup({}, accounts),)
    return AccountList(groups, 0, 0, pins=pins, promised=promised_by(pins[0], ()))


def with_pull(accounts: AccountList, pin: Pin) -> AccountList:
    """Return the people of a pinned list with what its pull dropped and left out before."""
    pulled = (Exclusion(one.label, one.entries, one.found) for one in pin.exclusions)
    return replace(
        accounts,
        duplicates=pin.duplicates,
        excluded=pin.excluded + accounts.excluded,
        exclusions=(*pulled, *accounts.exclusions),
    )


def in_order(groups: Sequence[AccountGroup], promised: Sequence[AccountGroup]) -> tuple[AccountGroup, ...]:
    """Return groups in the order of a pin, so that contents have the same names with the list and without."""
    places = {group.values_key: place for place, group in enumerate(promised)}
    return tuple(sorted(groups, key=lambda it: (places.get(it.values_key, len(places)), it.values_key)))


def _groups(pin: Pin, columns: tuple[str, ...]) -> Iterator[AccountGroup]:
    location = Location(pin_path(pin.audience, pin.environment))
    for names, values, count in _shown(pin, columns):
        yield named_group(names, values, Unlisted(count, pin.longest_bytes), location)
    spread = pin.combinations_of(columns) if columns else None
    if spread is not None and spread.hidden:
        people = Unlisted(spread.hidden_accounts, pin.longest_bytes)
        yield AccountGroup({}, people, location=location, hidden=spread.hidden)


def _shown(pin: Pin, columns: tuple[str, ...]) -> Iterator[tuple[Sequence[str], Sequence[str], int]]:
    """Yield the columns, their values and how many people have them."""
    if not columns:
        yield (), (), pin.count
        return
    spread = pin.combinations_of(columns)
    if spread is None:
        raise AssertionError("the pin knows the columns of a campaign that passed its checks")
    for one in spread.shown:
        yield spread.columns, one.values, one.count

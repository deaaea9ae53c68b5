"""Lists cut into shares: the arms of a test, and the project's holdout."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from pushspec.audience.accounts import AccountList
from pushspec.audience.packed import PackedAccounts, spill_of
from pushspec.audience.shares import Cut, arm_salt, holdout_salt
from pushspec.audience.unlisted import Unlisted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from pushspec.audience.accounts import AccountGroup

_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Arms:
    """One list, cut into the shares of a campaign's variants.

    Attributes:
        salt: What decided who falls into which.
        shares: The share of each variant as written, such as ``45%``, by its name and in the file's order.
        whole: The list that was cut.
        lists: The accounts of each variant.
    """

    salt: str
    shares: dict[str, str]
    whole: AccountList
    lists: tuple[AccountList, ...]

    @property
    def held_out(self) -> int:
        """How many accounts no variant takes; estimates may add up to more than all."""
        return max(0, self.whole.count - sum(arm.count for arm in self.lists))


def cut_arms(accounts: AccountList, salt: str, shares: dict[str, tuple[str, Decimal]]) -> Arms:
    """Cut a list into arms; its order, and its groups by personal values, stay.

    Args:
        accounts: Without excluded people and without the project's holdout.
        salt: The campaign's.
        shares: By the variant's name: the share as written, and as a number up to 1.
    """
    pieces = _cut(accounts, Cut(arm_salt(salt), [share for _, share in shares.values()]), len(shares))
    written = {name: text for name, (text, _) in shares.items()}
    return Arms(salt, written, accounts, tuple(pieces))


def without_holdout(accounts: AccountList, salt: str, share: Decimal) -> AccountList:
    """Return a list without those whom the project holds out of every list."""
    rest = _cut(accounts, Cut(holdout_salt(salt), [share]), 2)[1]
    taken = accounts.count - rest.count
    return replace(accounts, groups=rest.groups, holdout=taken, is_about=rest.is_about)


def _cut(accounts: AccountList, cut: Cut, pieces: int) -> list[AccountList]:
    """Return the first pieces of a list; accounts that fall behind them are in none."""
    groups: list[list[AccountGroup]] = [[] for _ in range(pieces)]
    for group in accounts.groups:
        for kept, part in zip(groups, cut_accounts(group.accounts, cut, pieces), strict=True):
            if part:
                kept.append(replace(group, accounts=part))
    is_about = accounts.is_about or not accounts.is_at_hand
    whole = AccountList((), 0, 0, pins=accounts.pins, is_about=is_about, promised=accounts.promised)
    return [replace(whole, groups=tuple(kept)) for kept in groups]


def cut_accounts(accounts: Sequence[str], cut: Cut, pieces: int) -> Sequence[Sequence[str]]:
    """Return the first pieces of accounts, in their order; accounts that fall behind them are in none."""
    if isinstance(accounts, Unlisted):
        return [accounts.of_size(size) for size in cut.about(len(accounts))][:pieces]
    parts = [PackedAccounts(spill=spill_of(accounts)) for _ in range(pieces)]
    rest = iter(accounts)
    while some := list(islice(rest, _AT_ONCE)):
        found: list[list[str]] = [[] for _ in range(pieces + 1)]
        for account in some:
            found[min(cut.place(account), pieces)].append(account)
        for part, chosen in zip(parts, found, strict=False):
            part.extend(chosen)
    return parts

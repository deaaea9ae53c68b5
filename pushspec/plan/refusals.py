"""How many of a campaign's accounts the service refused, and whether that is too many to go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.lockfile.histories import CallState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from decimal import Decimal

    from pushspec.lockfile.histories import CallHistory

LEAST_ACCOUNTS = 20
"""Of fewer, a share says nothing: two old accounts of three are no broken list."""


@dataclass(slots=True)
class RefusalCount:
    """Counts the refused accounts of one campaign, call by call; it is told of each once.

    Attributes:
        most: The share that may be refused, 0 to 1.
        excess: What was too much, in words; empty while nothing was.
    """

    most: Decimal
    excess: str = ""
    _accounts: int = 0
    _refused: int = 0

    def add(self, call: CallHistory) -> None:
        """Count a call that is settled: its accounts alone, and with those of the calls before it."""
        if not call.is_settled or call.state is CallState.ABANDONED:
            return
        refused = call.accounts if call.state is CallState.REFUSED else sum(call.refused.values())
        self._accounts += call.accounts
        self._refused += refused
        self._judge(refused, call.accounts, call.key)
        self._judge(self._refused, self._accounts, call.campaign)

    def may_exceed(self, out: Collection[int]) -> bool:
        """Whether calls whose answers are out may become too much: to so many accounts each, all refused."""
        together = sum(out)
        return any(self._is_too_much(accounts, accounts) for accounts in out) or self._is_too_much(
            self._refused + together, self._accounts + together
        )

    def _is_too_much(self, refused: int, accounts: int) -> bool:
        return accounts >= LEAST_ACCOUNTS and refused > self.most * accounts

    def _judge(self, refused: int, accounts: int, what: str) -> None:
        if self.excess or not self._is_too_much(refused, accounts):
            return
        share = f"{(self.most * 100).normalize():f}%"
        self.excess = phrase(
            "{refused:,} of {accounts:,} people of {what} were refused, {share} allowed",
            refused=refused,
            accounts=accounts,
            what=what,
            share=share,
        )


def refusal_count(most: Decimal, calls: Iterable[CallHistory]) -> RefusalCount:
    """Return the count of a campaign's calls so far."""
    count = RefusalCount(most)
    for call in calls:
        count.add(call)
    return count

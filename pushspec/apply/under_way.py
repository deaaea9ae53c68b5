"""The calls of a campaign whose answers are out, and when one more may join them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from pushspec.plan.calls import Call
    from pushspec.plan.refusals import RefusalCount


class UnderWay:
    """The calls of one campaign that are under way, waits before another attempt included."""

    def __init__(self, most: int, refusals: RefusalCount | None) -> None:
        """Take how many calls may be under way, and the count that may stop the campaign."""
        self._most = most
        self._refusals = refusals
        self._accounts: list[int] = []
        self._ended = anyio.Event()

    async def await_room(self) -> None:
        """Wait until the pace takes one more call, and no answer that is out can stop the campaign.

        So a part of a list that is mostly refused is known before the next part leaves, and small parts
        still leave together as soon as enough of the list is known to be good.
        """
        while self._accounts and (len(self._accounts) >= self._most or self._may_be_too_much()):
            self._ended = anyio.Event()
            await self._ended.wait()

    def add(self, call: Call) -> None:
        """Count a call that begins."""
        self._accounts.append(len(call.accounts))

    def end(self, call: Call) -> None:
        """Say that a call was judged, or given up."""
        self._accounts.remove(len(call.accounts))
        self._ended.set()

    def _may_be_too_much(self) -> bool:
        return self._refusals is not None and self._refusals.may_exceed(self._accounts)

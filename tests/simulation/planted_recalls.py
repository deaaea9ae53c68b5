"""Bugs planted into recalls: made-up histories that find none of them would prove nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pushspec.lockfile import fold as fold_module
from pushspec.lockfile.histories import RecallState
from pushspec.lockfile.recalls import settle_recall
from pushspec.operate import recall as recall_module
from pushspec.operate.recall import _Run as Run
from pushspec.operate.recall_outcome import Tally
from pushspec.tencent.operations.changing import Became, Reply
from pushspec.tencent.operations.revoke import take_back
from simulation.planted import Bug

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushspec.lockfile.records import RecallOutcome
    from pushspec.lockfile.state import LockState
    from pushspec.plan.recall_steps import RecallStep
    from pushspec.tencent.operations.asking import Asker
    from pushspec.tencent.operations.changing import ChangeRequest


async def _twice(asker: Asker, request: ChangeRequest, *, check: Callable[[], None]) -> Reply:
    first = await take_back(asker, request, check=check)
    return first if first.became is not Became.UNKNOWN else await take_back(asker, request, check=check)


async def _lost_as_done(asker: Asker, request: ChangeRequest, *, check: Callable[[], None]) -> Reply:
    reply = await take_back(asker, request, check=check)
    return replace(reply, became=Became.DONE) if reply.became is Became.UNKNOWN else reply


async def _lost_as_refused(asker: Asker, request: ChangeRequest, *, check: Callable[[], None]) -> Reply:
    reply = await take_back(asker, request, check=check)
    return replace(reply, became=Became.NOT_DONE) if reply.became is Became.UNKNOWN else reply


async def _unchecked(asker: Asker, request: ChangeRequest, *, check: Callable[[], None]) -> Reply:
    del check
    return await take_back(asker, request, check=lambda: None)


async def _intent_behind(self: Run, step: RecallStep) -> Tally:
    tally, intent = Tally(), self._intent(step)
    for request in step.requests():
        tally.add(await take_back(self._asker, request, check=lambda: None))
    await self._write(intent)
    await self._write(tally.record(step))
    return tally


def _doubt_wiped(state: LockState, record: RecallOutcome) -> None:
    before = state.recalls.get(record.key)
    if before is not None:
        state.recalls[record.key] = replace(before, was_doubted=False)
    settle_recall(state, record)


def _old_intent_as_not_taken_back(state: LockState) -> None:
    for key, recall in state.recalls.items():
        if recall.state is RecallState.INTENDED:
            state.recalls[key] = replace(recall, state=RecallState.NOT_TAKEN_BACK)


BUGS: tuple[Bug, ...] = tuple(
    Bug(name, patches)
    for name, patches in {
        "a recall is sent twice": ((recall_module, "take_back", _twice),),
        "recalled is recorded although the answer was lost": ((recall_module, "take_back", _lost_as_done),),
        "a lost answer counts as not taken back": ((recall_module, "take_back", _lost_as_refused),),
        "the intent of a recall is written after its request": ((Run, "_attempt", _intent_behind),),
        "a recall leaves without the last check": ((recall_module, "take_back", _unchecked),),
        "an attempt that did nothing ends the doubt": ((fold_module, "settle_recall", _doubt_wiped),),
        "a dead run's recall counts as not taken back": (
            (fold_module, "doubt_recalls_under_way", _old_intent_as_not_taken_back),
        ),
    }.items()
)
"""Each one replaces a piece of the recall with a version that somebody might write."""

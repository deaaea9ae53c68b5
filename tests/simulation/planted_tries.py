"""Bugs planted into tries and notices, and into who is in which stage; the histories must find each."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from pushspec.apply import engine as engine_module
from pushspec.apply import trial as trial_module
from pushspec.apply.classify import classify
from pushspec.apply.journal_writer import JournalWriter
from pushspec.apply.trial import TriedCall
from pushspec.apply.trial import _Tries as Tries
from pushspec.errors import LockError
from pushspec.lockfile.histories import CallState
from pushspec.lockfile.journal import Journal
from pushspec.lockfile.records import Close
from pushspec.lockfile.state import LockState
from pushspec.plan import trial as plan_module
from pushspec.plan.calls import CampaignCalls
from pushspec.tencent.exchange import Gate, GateClosedError
from simulation.planted import Bug

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Any

    from pushspec.apply.run import RunSetup
    from pushspec.lockfile.records import Record
    from pushspec.plan.calls import Call
    from pushspec.plan.trial import Trial, TrialCall


_is_open = LockState.is_open


def _tried_is_sent(self: LockState, key: str) -> bool:
    campaign = key.partition("/")[0].partition("#")[0]
    tries = self.tries.get(campaign, {}).values()
    return _is_open(self, key) and not any(tried.step == "sent" for tried in tries)


def _own_key(campaign_key: str, number: int, place: int = 1) -> str:
    del number, place
    return campaign_key


def _always_one(state: LockState, campaign_key: str) -> int:
    del state, campaign_key
    return 1


_check = Tries._check


def _freeze_not_asked(self: Tries, not_after: datetime) -> None:
    try:
        _check(self, not_after)
    except GateClosedError as closed:
        if closed.case != "frozen":
            raise


def _however_old(self: Tries, not_after: datetime) -> None:
    try:
        _check(self, not_after)
    except GateClosedError as closed:
        if closed.case not in {"deadline", "lease"}:
            raise


async def _try_anyway(choose: Callable[[LockState], Trial], setup: RunSetup) -> tuple[Trial, list[TriedCall]]:
    await setup.in_thread(partial(setup.journal.take, holder=setup.provenance.holder, purpose="try"))
    writer = JournalWriter(setup.journal, setup.in_thread)
    trial = choose(setup.journal.state)
    tries = Tries(trial, setup, writer)
    calls = [await tries.make(call) for call in trial.calls]
    await writer.write(Close(why="tried"))
    return trial, calls


async def _intent_behind(self: Tries, trial: TrialCall) -> TriedCall:
    call, gate = trial.call, Gate(lambda: None, now=self._setup.clock.now)
    exchange = await self._setup.sender.send(call.endpoint.path, call.body, gate)
    outcome = classify(call.endpoint, exchange)
    await self._writer.write(self._record(trial, "intended", call.body))
    return TriedCall(trial, outcome)


_make = Tries.make


async def _again_in_doubt(self: Tries, trial: TrialCall) -> TriedCall:
    made = await _make(self, trial)
    return await _make(self, trial) if made.outcome.state is CallState.IN_DOUBT else made


def _unknown_as_not_sent(outcome: Any) -> str:
    return "sent" if outcome.state is CallState.SENT else "not_sent"


_take = Journal.take


def _try_takes_all(self: Journal, *, purpose: str = "apply", **how: Any) -> None:
    _take(self, purpose=purpose, **{**how, "force": how.get("force", False) or purpose == "try"})


_write = JournalWriter.write


async def _told_first(self: JournalWriter, *records: Record) -> None:
    for record in records:
        self._heard(record)
    await _write(self, *records)


async def _told_anyway(self: JournalWriter, *records: Record) -> None:
    try:
        await _write(self, *records)
    except LockError:
        for record in records:
            self._heard(record)
        raise


def _all_well(campaigns: object) -> None:
    del campaigns


_call = CampaignCalls.call


def _first_people_again(self: CampaignCalls, row: int) -> Call:
    call = _call(self, row)
    return replace(call, accounts=(*call.accounts, *self.table.accounts(0)[:1])) if call.stage else call


BUGS: tuple[Bug, ...] = tuple(
    Bug(name, patches)
    for name, patches in {
        "a try counts as the send": ((LockState, "is_open", _tried_is_sent),),
        "a try goes out under the key of the send": ((plan_module, "trial_key", _own_key),),
        "every try is the first one": ((plan_module, "next_number", _always_one),),
        "a try is sent in a freeze": (
            (trial_module, "send_trial", _try_anyway),
            (Tries, "_check", _freeze_not_asked),
        ),
        "a freeze during a try is not heeded": ((Tries, "_check", _freeze_not_asked),),
        "the intent of a try is written after its request": ((Tries, "make", _intent_behind),),
        "a try may leave however old its intent is": ((Tries, "_check", _however_old),),
        "a try in doubt is sent again": ((Tries, "make", _again_in_doubt),),
        "a try without an answer counts as not sent": ((trial_module, "_step", _unknown_as_not_sent),),
        "a try takes the lock from a living run": ((Journal, "take", _try_takes_all),),
        "people hear of a record before it is durable": ((JournalWriter, "write", _told_first),),
        "people hear of what could not be recorded": ((JournalWriter, "write", _told_anyway),),
        "a person is in two stages": (
            (engine_module, "check_calls", _all_well),
            (CampaignCalls, "call", _first_people_again),
        ),
    }.items()
)
"""Each one replaces a piece of these with a version that somebody might write."""

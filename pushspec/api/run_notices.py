"""What a run did to hours and to tasks at the service: many calls, of which people want one line."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from pushspec.language import phrase
from pushspec.lockfile.records import Cancelled, NotScheduled, Rescheduled, Scheduled, Sent, utc_text
from pushspec.lockfile.status import slice_name, status_of
from pushspec.notify.event import EventKind
from pushspec.text import counted, few_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pushspec.lockfile.records import Record
    from pushspec.lockfile.state import LockState
    from pushspec.lockfile.status import CampaignStatus

_PAST = {"create": phrase("made"), "change": phrase("changed"), "cancel": phrase("cancelled")}
_TaskOutcome = Scheduled | Rescheduled | Cancelled | NotScheduled


class RunNotice(NamedTuple):
    """One line about a campaign: what kind it is, ``name@version``, and the words."""

    kind: EventKind
    campaign: str
    text: str


def run_notices(records: Sequence[Record], state: LockState, now: datetime) -> Iterator[RunNotice]:
    """Yield what people hear of at the end of a run.

    Args:
        records: What the run wrote, in order.
        state: What the lockfile adds up to after it.
        now: When the run ended; tells which hour is next.
    """
    yield from _hours([it for it in records if isinstance(it, Sent)], state, now)
    yield from _tasks([it for it in records if isinstance(it, _TaskOutcome)], state)


def _hours(sent: Sequence[Sent], state: LockState, now: datetime) -> Iterator[RunNotice]:
    """Yield a line for each campaign that sent to somebody's hour: what went, and what is next."""
    left: dict[str, Counter[str]] = {}
    for record in sent:
        left.setdefault(state.calls[record.key].campaign, Counter())[slice_name(record.key)] += 1
    for campaign in status_of(state, now).campaigns:
        if campaign.key in left and campaign.history.begin.hours:
            went = [_hour(campaign, state, name, calls) for name, calls in left[campaign.key].items()]
            text = phrase(
                "{campaign}: sent {hours}; {what_is_next}",
                campaign=campaign.key,
                hours=few_text(went, len(went)),
                what_is_next=_next(campaign, now),
            )
            yield RunNotice(EventKind.STAGE, campaign.key, text)


def _hour(campaign: CampaignStatus, state: LockState, name: str, calls: int) -> str:
    people = sum(it.accounts for it in state.calls_of(campaign.key) if slice_name(it.key) == name)
    return phrase(
        "{hour} ({accounts}, {calls})",
        hour=name,
        accounts=counted(people, "account"),
        calls=counted(calls, "call"),
    )


def _next(campaign: CampaignStatus, now: datetime) -> str:
    coming = campaign.next_hour(now)
    if coming is None:
        return phrase("no hour is left")
    if coming.opens_at <= now:
        return phrase(
            "{calls} of {hour} left until {minute}",
            calls=counted(coming.left, "call"),
            hour=coming.name,
            minute=_minute(coming.closes_at),
        )
    return phrase("next is {hour} from {minute}", hour=coming.name, minute=_minute(coming.opens_at))


def _tasks(outcomes: Sequence[_TaskOutcome], state: LockState) -> Iterator[RunNotice]:
    """Yield a line for each campaign whose tasks at the service were made, changed or cancelled."""
    for schedule in state.schedules.values():
        its = [record for record in outcomes if record.key in schedule.tasks]
        counts = Counter(_outcome_text(record, schedule.tasks[record.key].action) for record in its)
        if counts:
            done = [
                phrase("{tasks} {done}", tasks=counted(number, "task"), done=what)
                for what, number in counts.items()
            ]
            text = phrase(
                "{campaign}, for {minute}: {done} at the service",
                campaign=schedule.key,
                minute=_minute(schedule.record.due_at),
                done=few_text(done, len(done)),
            )
            yield RunNotice(EventKind.SCHEDULE, schedule.key, text)


def _outcome_text(record: _TaskOutcome, last_action: str) -> str:
    match record:
        case Scheduled():
            return _PAST["create"]
        case Rescheduled():
            return _PAST["change"]
        case Cancelled():
            return _PAST["cancel"]
        case NotScheduled():
            return phrase("not {done}", done=_PAST[last_action])


def _minute(instant: datetime) -> str:
    return f"{utc_text(instant)[:16].replace('T', ' ')} UTC"

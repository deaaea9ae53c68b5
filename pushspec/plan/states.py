"""The state of a campaign: what the lockfile, its window and the policies leave to send."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

from pushspec.language import joined, phrase
from pushspec.lockfile.histories import RecallState
from pushspec.plan.hour_progress import missed_text, next_hour
from pushspec.plan.policies.context import all_pass_at
from pushspec.text import counted
from pushspec.timestamps import instant_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pushspec.plan.calls import CampaignCalls
    from pushspec.plan.hour_progress import HourProgress
    from pushspec.plan.policies.context import PolicyResult
    from pushspec.plan.progress import Progress


class CampaignState(StrEnum):
    """What a plan says of a campaign."""

    SEND = "send"
    SENT = "sent"
    CHANGED = "changed"
    WAITING = "waiting"
    EXPIRED = "expired"
    ABANDONED = "abandoned"
    BLOCKED = "blocked"
    IN_DOUBT = "in doubt"
    FROZEN = "frozen"
    SCHEDULE = "schedule"
    RESCHEDULE = "reschedule"
    SCHEDULED = "scheduled"
    DRIFTED = "drifted"

    @property
    def is_pending(self) -> bool:
        """Whether it is still to be sent, now or in its window, or to be handed to the service."""
        return self.is_due or self is CampaignState.WAITING

    @property
    def is_due(self) -> bool:
        """Whether an apply would do something for it now."""
        return self in {CampaignState.SEND, CampaignState.SCHEDULE, CampaignState.RESCHEDULE}

    @property
    def is_over(self) -> bool:
        """Whether nothing of it will leave any more, although not all of it was sent."""
        return self in {CampaignState.EXPIRED, CampaignState.ABANDONED}

    @property
    def is_refused(self) -> bool:
        """Whether somebody must act before it could be sent."""
        return self in {
            CampaignState.CHANGED,
            CampaignState.BLOCKED,
            CampaignState.FROZEN,
            CampaignState.DRIFTED,
        }


def decide(
    calls: CampaignCalls,
    progress: Progress,
    policy_results: Sequence[PolicyResult],
    *,
    frozen: str,
    conflict: str,
    now: datetime,
) -> tuple[CampaignState, str]:
    """Return the state of a campaign and the reason in a few words."""
    if conflict:
        return CampaignState.IN_DOUBT, conflict
    if progress.in_doubt:
        return CampaignState.IN_DOUBT, _doubt(len(progress.in_doubt), calls.call_count)
    if progress.split_changed and not progress.is_ended:
        return (
            CampaignState.CHANGED,
            phrase(
                "{split_changed}; restore edition, limits and pace to finish it",
                split_changed=progress.split_changed,
            ),
        )
    if progress.begun_digest and progress.begun_digest != calls.digest and not progress.split_changed:
        return CampaignState.CHANGED, phrase(
            "differs from what was sent{zones_changed}", zones_changed=_zones_changed(calls, progress)
        )
    if progress.recalls or not progress.remaining:
        return _finished(calls, progress)
    if closed := closed_text(calls, progress, now):
        return CampaignState.EXPIRED, closed
    if frozen:
        return CampaignState.FROZEN, frozen
    blocking = [result for result in policy_results if result.blocks]
    if blocking:
        return CampaignState.BLOCKED, joined("; ", _blocked(blocking))
    return _leaving(calls, progress, now)


def _blocked(results: Sequence[PolicyResult]) -> Iterator[str]:
    yield from (
        phrase("{policy} ({message})", policy=result.policy, message=result.message) for result in results
    )
    passes_at = all_pass_at(results)
    if passes_at is not None:
        yield phrase("may leave from {instant} on", instant=instant_text(passes_at))


def _leaving(calls: CampaignCalls, progress: Progress, now: datetime) -> tuple[CampaignState, str]:
    """Return whether what is left leaves now, later, or in no hour that is still to come."""
    if progress.hours and next_hour(progress.hours) is None:
        return CampaignState.EXPIRED, missed_text(progress.hours)
    if wait := _wait(calls, progress, now):
        return CampaignState.WAITING, wait
    return CampaignState.SEND, _resumed(calls, progress)


def _wait(calls: CampaignCalls, progress: Progress, now: datetime) -> str:
    """Say what its next call waits for: window, hour, or a gate between stages; empty where it need not."""
    gate = progress.rollout.gate
    if progress.hours:
        coming = next_hour(progress.hours)
        return "" if progress.due or coming is None else _hour_text(coming)
    if calls.not_before is not None and now < calls.not_before:
        return phrase("until {instant}", instant=instant_text(calls.not_before))
    if gate is None or progress.due:
        return ""
    return phrase("stage {opens} waits: {why}", opens=gate.opens, why=gate.why)


def _hour_text(coming: HourProgress) -> str:
    leaves_at = coming.leaves_at
    until = "" if leaves_at is None else phrase("until {instant}", instant=instant_text(leaves_at))
    return phrase(
        "{until} for {accounts} in {name}",
        until=until,
        accounts=counted(coming.accounts_left, "account"),
        name=coming.hour.name,
    )


def closed_text(calls: CampaignCalls, progress: Progress, now: datetime) -> str:
    """Say since when nothing of what is left may leave any more; empty while something may."""
    if progress.hours:
        is_over = all(now > it.hour.closes_at for it in progress.hours if it.left)
        return missed_text(progress.hours) if is_over else ""
    if calls.not_after is not None and now >= calls.not_after:
        return phrase("its window closed {instant}", instant=instant_text(calls.not_after))
    return ""


def _zones_changed(calls: CampaignCalls, progress: Progress) -> str:
    """Say how to go on with a campaign that was begun: another version, or the zone data of then."""
    if progress.zone_data and progress.zone_data != calls.zone_data:
        return phrase(
            ", or its zones do: begun with zone data {zone_data}, now {calls_zone_data}",
            zone_data=progress.zone_data,
            calls_zone_data=calls.zone_data,
        )
    return phrase("; raise version to send it again")


def _doubt(doubted: int, calls: int) -> str:
    if calls == 1:
        return phrase("its outcome is not known")
    return phrase("the outcome of {doubted} of {calls} calls is not known", doubted=doubted, calls=calls)


def _resumed(calls: CampaignCalls, progress: Progress) -> str:
    """Say what an earlier run left behind, and whose hour has passed."""
    done = calls.call_count - len(progress.remaining)
    words: list[str] = []
    if done:
        words.append(phrase("{done} of {calls} calls are done", done=done, calls=calls.call_count))
    words += [missed] if (missed := missed_text(progress.hours)) else []
    if progress.under_way:
        words.append(
            phrase("a run has {calls} under way now", calls=counted(len(progress.under_way), "call"))
        )
    if progress.tried:
        last = progress.tried[-1]
        code = f"{last.code}: " if last.code is not None else ""
        words.append(phrase("tried before, nothing went out ({code}{text})", code=code, text=last.text))
    return joined("; ", words)


def _recalled(progress: Progress) -> str:
    """Say how far the campaign is taken back."""
    counts = Counter(recall.state for recall in progress.recalls)
    if set(counts) == {RecallState.NOT_TAKEN_BACK}:
        return phrase("a recall took nothing back")
    words = (_recalled_calls(state, number) for state, number in counts.items())
    return phrase("recalled ({words})", words=joined(", ", words))


def _recalled_calls(state: RecallState, number: int) -> str:
    match state:
        case RecallState.INTENDED:
            return phrase("{number} under way", number=number)
        case RecallState.TAKEN_BACK:
            return phrase("{number} taken back", number=number)
        case RecallState.NOT_TAKEN_BACK:
            return phrase("{number} not taken back", number=number)
        case RecallState.IN_DOUBT:
            return phrase("{number} unknown", number=number)


def _finished(calls: CampaignCalls, progress: Progress) -> tuple[CampaignState, str]:
    if progress.remaining:
        return CampaignState.BLOCKED, phrase(
            "{recalled}; raise version to send it again", recalled=_recalled(progress)
        )
    if progress.sent:
        abandoned = (
            0 if progress.split_changed else calls.call_count - len(progress.sent) - len(progress.refused)
        )
        count, refused = calls.call_count, len(progress.refused)
        words = [_recalled(progress)] if progress.recalls else []
        if refused:
            words.append(phrase("{number} of {calls} calls refused", number=refused, calls=count))
        if abandoned:
            words.append(phrase("{number} of {calls} calls abandoned", number=abandoned, calls=count))
        return CampaignState.SENT, joined(", ", words)
    if progress.refused:
        call = progress.refused[0]
        if call.code is None:  # the text ends with the codes of its people, in brackets of its own
            reason = phrase("the service refused it: {text}; fix it and raise version", text=call.text)
        else:
            reason = phrase(
                "the service refused it ({code}{text}); fix it and raise version",
                code=f"{call.code}: ",
                text=call.text,
            )
        return CampaignState.BLOCKED, reason
    return CampaignState.ABANDONED, phrase("raise version to send it")

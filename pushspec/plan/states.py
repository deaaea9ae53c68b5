"""The state of a campaign: what the lockfile, its window and the policies leave to send."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

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
            f"{progress.split_changed}; restore edition, limits and pace to finish it",
        )
    if progress.begun_digest and progress.begun_digest != calls.digest and not progress.split_changed:
        return CampaignState.CHANGED, f"differs from what was sent{_zones_changed(calls, progress)}"
    if progress.recalls or not progress.remaining:
        return _finished(calls, progress)
    if closed := _closed(calls, progress, now):
        return CampaignState.EXPIRED, closed
    if frozen:
        return CampaignState.FROZEN, frozen
    blocking = [result for result in policy_results if result.blocks]
    if blocking:
        return CampaignState.BLOCKED, "; ".join(_blocked(blocking))
    return _leaving(calls, progress, now)


def _blocked(results: Sequence[PolicyResult]) -> Iterator[str]:
    yield from (f"{result.policy} ({result.message})" for result in results)
    passes_at = all_pass_at(results)
    if passes_at is not None:
        yield f"may leave from {instant_text(passes_at)} on"


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
        return f"until {instant_text(calls.not_before)}"
    return f"stage {gate.opens} waits: {gate.why}" if gate is not None and not progress.due else ""


def _hour_text(coming: HourProgress) -> str:
    until = f"until {instant_text(coming.leaves_at)}" if coming.leaves_at is not None else ""
    return f"{until} for {counted(coming.accounts_left, 'account')} in {coming.hour.name}"


def _closed(calls: CampaignCalls, progress: Progress, now: datetime) -> str:
    """Say since when nothing of what is left may leave any more; empty while something may."""
    if progress.hours:
        is_over = all(now > it.hour.closes_at for it in progress.hours if it.left)
        return missed_text(progress.hours) if is_over else ""
    if calls.not_after is not None and now >= calls.not_after:
        return f"its window closed {instant_text(calls.not_after)}"
    return ""


def _zones_changed(calls: CampaignCalls, progress: Progress) -> str:
    """Say how to go on with a campaign that was begun: another version, or the zone data of then."""
    if progress.zone_data and progress.zone_data != calls.zone_data:
        return f", or its zones do: begun with zone data {progress.zone_data}, now {calls.zone_data}"
    return "; raise version to send it again"


def _doubt(doubted: int, calls: int) -> str:
    return (
        "its outcome is not known"
        if calls == 1
        else f"the outcome of {doubted} of {calls} calls is not known"
    )


def _resumed(calls: CampaignCalls, progress: Progress) -> str:
    """Say what an earlier run left behind, and whose hour has passed."""
    done = calls.call_count - len(progress.remaining)
    words = [f"{done} of {calls.call_count} calls are done"] if done else []
    words += [missed] if (missed := missed_text(progress.hours)) else []
    if progress.under_way:
        words.append(f"a run has {counted(len(progress.under_way), 'call')} under way now")
    if progress.tried:
        last = progress.tried[-1]
        code = f"{last.code}: " if last.code is not None else ""
        words.append(f"tried before, nothing went out ({code}{last.text})")
    return "; ".join(words)


def _recalled(progress: Progress) -> str:
    """Say how far the campaign is taken back."""
    counts = Counter(recall.state for recall in progress.recalls)
    words = (f"{number} {state.value}" for state, number in counts.items())
    return f"recalled ({', '.join(words)})"


def _finished(calls: CampaignCalls, progress: Progress) -> tuple[CampaignState, str]:
    if progress.remaining:
        return CampaignState.BLOCKED, f"{_recalled(progress)}; raise version to send it again"
    if progress.sent:
        abandoned = (
            0 if progress.split_changed else calls.call_count - len(progress.sent) - len(progress.refused)
        )
        left_out = ((len(progress.refused), "refused"), (abandoned, "abandoned"))
        words = [_recalled(progress)] if progress.recalls else []
        words += [f"{number} of {calls.call_count} calls {what}" for number, what in left_out if number]
        return CampaignState.SENT, ", ".join(words)
    if progress.refused:
        call = progress.refused[0]
        code = f"{call.code}: " if call.code is not None else ""
        return (
            CampaignState.BLOCKED,
            f"the service refused it ({code}{call.text}); fix it and raise version",
        )
    return CampaignState.EXPIRED, "it was abandoned; raise version to send it"

"""Where a campaign stands: what the lockfile, its window and the policies leave of it to send."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pushspec.lockfile.state import CallState
from pushspec.serialization import digest_of
from pushspec.text import counted
from pushspec.timestamps import instant_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pushspec.lockfile.records import Begin
    from pushspec.lockfile.state import CallHistory, LockState
    from pushspec.plan.calls import CampaignCalls
    from pushspec.plan.policies.context import PolicyResult


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

    @property
    def is_pending(self) -> bool:
        """Whether it is still to be sent, now or in its window."""
        return self in {CampaignState.SEND, CampaignState.WAITING}

    @property
    def is_refused(self) -> bool:
        """Whether somebody must act before it could be sent."""
        return self in {CampaignState.CHANGED, CampaignState.BLOCKED, CampaignState.FROZEN}


@dataclass(frozen=True, slots=True)
class Progress:
    """What the lockfile knows of a campaign's calls.

    Attributes:
        remaining: Keys that are still to be called, in order.
        sent: Calls that were sent.
        refused: Calls that the service refused for good; only a new version can send them.
        tried: Calls that were tried, certainly did not go out, and may be tried again.
        under_way: Calls that a run which holds the lock is making now.
        in_doubt: Calls whose outcome nobody knows.
        begun_digest: The digest frozen by ``begin``; empty before.
        is_ended: Its ``end`` is recorded.
        split_changed: How its parts differ from those it was begun with, where nothing else does; else empty.
    """

    remaining: tuple[str, ...]
    sent: tuple[CallHistory, ...]
    refused: tuple[CallHistory, ...]
    tried: tuple[CallHistory, ...]
    under_way: tuple[CallHistory, ...]
    in_doubt: tuple[CallHistory, ...]
    begun_digest: str
    is_ended: bool
    split_changed: str = ""


def progress_of(calls: CampaignCalls, state: LockState, now: datetime) -> Progress:
    """Sort a campaign's calls by what became of them."""
    history = state.campaigns.get(calls.campaign_key)
    known = {call.key: call for call in state.calls_of(calls.campaign_key)} if history is not None else {}
    doubted = {call.key: call for call in state.in_doubt(now) if call.campaign == calls.campaign_key}
    settled = {key for key, call in known.items() if call.is_settled} | set(doubted)
    is_ended = history is not None and history.end is not None
    split_changed = _split_change(calls, history.begin, known) if history is not None else ""
    # Parts of another size have other keys: those of a finished campaign would look as if they were left.
    is_over = bool(split_changed) and is_ended
    unsettled = [call for key, call in known.items() if key not in settled]
    return Progress(
        remaining=() if is_over else tuple(key for key in calls.table.keys if key not in settled),
        sent=tuple(call for call in known.values() if call.state is CallState.SENT),
        refused=tuple(
            call for key, call in known.items() if key in settled and call.state is CallState.REFUSED
        ),
        tried=tuple(call for call in unsettled if call.state is not CallState.INTENDED),
        under_way=tuple(call for call in unsettled if call.state is CallState.INTENDED),
        in_doubt=tuple(doubted.values()),
        begun_digest=history.begin.digest if history is not None else "",
        is_ended=is_ended,
        split_changed=split_changed,
    )


def _split_change(calls: CampaignCalls, begin: Begin, known: Mapping[str, CallHistory]) -> str:
    """Say how the parts differ from those of ``begin``, if they do and all else is as it was."""
    before = (begin.endpoint, begin.accounts_sha256, begin.not_before, begin.not_after)
    now = (calls.endpoint.name, calls.accounts_sha256, calls.not_before, calls.not_after)
    is_same = before == now and digest_of(begin.contents) == digest_of(calls.contents)
    if begin.digest == calls.digest or not is_same:
        return ""
    sizes = calls.table.account_counts()
    if begin.calls == calls.call_count and all(call.accounts == sizes[key] for key, call in known.items()):
        return ""
    most = max((call.accounts for call in known.values()), default=0)
    begun = f"{counted(begin.calls, 'call')} of at most {most:,}" if most else counted(begin.calls, "call")
    return f"begun with {begun} accounts, now {calls.call_count:,} of at most {max(sizes.values()):,}"


def decide(
    calls: CampaignCalls,
    progress: Progress,
    policy_results: Sequence[PolicyResult],
    *,
    frozen: str,
    conflict: str,
    now: datetime,
) -> tuple[CampaignState, str]:
    """Return where a campaign stands, and why in a few words."""
    if conflict:
        return CampaignState.IN_DOUBT, conflict
    if progress.in_doubt:
        return CampaignState.IN_DOUBT, _doubt(len(progress.in_doubt), calls.call_count)
    if progress.split_changed and not progress.is_ended:
        return CampaignState.CHANGED, f"{progress.split_changed}; put edition and limits back to finish it"
    if progress.begun_digest and progress.begun_digest != calls.digest and not progress.split_changed:
        return CampaignState.CHANGED, "differs from what was sent; raise version to send it again"
    if not progress.remaining:
        return _finished(calls, progress)
    if calls.not_after is not None and now >= calls.not_after:
        return CampaignState.EXPIRED, f"its window closed {instant_text(calls.not_after)}"
    if frozen:
        return CampaignState.FROZEN, frozen
    blocking = [result for result in policy_results if result.blocks]
    if blocking:
        return CampaignState.BLOCKED, "; ".join(f"{result.policy} ({result.message})" for result in blocking)
    if calls.not_before is not None and now < calls.not_before:
        return CampaignState.WAITING, f"until {instant_text(calls.not_before)}"
    return CampaignState.SEND, _resumed(calls, progress)


def _doubt(doubted: int, calls: int) -> str:
    return (
        "its outcome is not known"
        if calls == 1
        else f"the outcome of {doubted} of {calls} calls is not known"
    )


def _resumed(calls: CampaignCalls, progress: Progress) -> str:
    """Say what an earlier run left behind."""
    done = calls.call_count - len(progress.remaining)
    words = [f"{done} of {calls.call_count} calls are done"] if done else []
    if progress.under_way:
        words.append(f"a run has {counted(len(progress.under_way), 'call')} under way now")
    if progress.tried:
        last = progress.tried[-1]
        code = f"{last.code}: " if last.code is not None else ""
        words.append(f"tried before, nothing went out ({code}{last.text})")
    return "; ".join(words)


def _finished(calls: CampaignCalls, progress: Progress) -> tuple[CampaignState, str]:
    if progress.sent:
        given_up = (
            0 if progress.split_changed else calls.call_count - len(progress.sent) - len(progress.refused)
        )
        left_out = ((len(progress.refused), "refused"), (given_up, "given up"))
        words = [f"{number} of {calls.call_count} calls {what}" for number, what in left_out if number]
        return CampaignState.SENT, ", ".join(words)
    if progress.refused:
        call = progress.refused[0]
        code = f"{call.code}: " if call.code is not None else ""
        return (
            CampaignState.BLOCKED,
            f"the service refused it ({code}{call.text}); mend it and raise version",
        )
    return CampaignState.EXPIRED, "it was given up; raise version to send it"

"""How far a campaign has come: its calls, sorted by what the lockfile knows of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.lockfile.histories import CallState
from pushspec.plan.contents import begun_contents_sha256, contents_sha256
from pushspec.plan.hour_progress import hour_progress
from pushspec.plan.rollout import open_keys, rollout_of
from pushspec.text import counted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pushspec.lockfile.histories import CallHistory, RecallHistory
    from pushspec.lockfile.records import Begin
    from pushspec.lockfile.state import LockState
    from pushspec.plan.calls import CampaignCalls
    from pushspec.plan.hour_progress import HourProgress
    from pushspec.plan.rollout import Rollout


@dataclass(frozen=True, slots=True)
class Progress:
    """What the lockfile knows of a campaign's calls.

    Attributes:
        remaining: Keys that are still to be called, in order.
        due: Those of them whose stage or hour may leave now; all of them without either.
        sent: Calls that were sent.
        refused: Calls that the service refused for good; only a new version can send them.
        tried: Calls that were tried, certainly did not go out, and may be tried again.
        under_way: Calls that a run which holds the lock is making now.
        in_doubt: Calls whose outcome nobody knows.
        begun_digest: The digest frozen by ``begin``; empty before.
        is_ended: Its ``end`` is recorded.
        rollout: How far its stages have come.
        recalls: What became of taking its calls back; empty while nobody tried.
        hours: How far the hours of its people have come; none without local hours.
        zone_data: The release of the zone data that it was begun with; empty where it has no hours.
        split_changed: How its parts differ from those it was begun with, where nothing else does; else empty.
    """

    remaining: tuple[str, ...]
    due: tuple[str, ...]
    sent: tuple[CallHistory, ...]
    refused: tuple[CallHistory, ...]
    tried: tuple[CallHistory, ...]
    under_way: tuple[CallHistory, ...]
    in_doubt: tuple[CallHistory, ...]
    begun_digest: str
    is_ended: bool
    rollout: Rollout
    recalls: tuple[RecallHistory, ...] = ()
    hours: tuple[HourProgress, ...] = ()
    zone_data: str = ""
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
    remaining = () if is_over else tuple(key for key in calls.table.keys if key not in settled)
    rollout = rollout_of(calls, state, now)
    is_open = set(open_keys(calls, rollout, now))
    refused = {key: known[key] for key in known if key in settled and known[key].state is CallState.REFUSED}
    unsettled = [call for key, call in known.items() if key not in settled]
    return Progress(
        remaining=remaining,
        due=tuple(key for key in remaining if key in is_open),
        sent=tuple(call for call in known.values() if call.state is CallState.SENT),
        refused=tuple(refused.values()),
        tried=tuple(call for call in unsettled if call.state is not CallState.INTENDED),
        under_way=tuple(call for call in unsettled if call.state is CallState.INTENDED),
        in_doubt=tuple(doubted.values()),
        begun_digest=history.begin.digest if history is not None else "",
        is_ended=is_ended,
        rollout=rollout,
        recalls=tuple(state.recalls_of(calls.campaign_key)),
        hours=tuple(hour_progress(calls, remaining, now, refused=refused, doubted=doubted)),
        zone_data=(history.begin.zone_data or "") if history is not None else "",
        split_changed=split_changed,
    )


def _split_change(calls: CampaignCalls, begin: Begin, known: Mapping[str, CallHistory]) -> str:
    """Say how the parts differ from those of ``begin``, if they do and all else is as it was."""
    before = (begin.endpoint, begin.accounts_sha256, begin.not_before, begin.not_after)
    now = (calls.endpoint.name, calls.accounts_sha256, calls.not_before, calls.not_after)
    is_same = before == now and list(begin.hours or ()) == [hour.name for hour in calls.hours]
    is_same = is_same and begun_contents_sha256(begin) == contents_sha256(calls.contents)
    if begin.digest == calls.digest or not is_same:
        return ""
    sizes = calls.table.account_counts()
    # A call of another name is no other part: a stage was renamed.
    is_alike = all(call.accounts == sizes.get(key, call.accounts) for key, call in known.items())
    if begin.calls == calls.call_count and is_alike:
        return ""
    most = max((call.accounts for call in known.values()), default=0)
    split: str = counted(begin.calls, "call")
    if most:
        split = phrase("{calls} of ≤ {most:,} accounts", calls=split, most=most)
    return phrase(
        "was split into {split}; the current limits give {call_count:,} of ≤ {size:,}",
        split=split,
        call_count=calls.call_count,
        size=max(sizes.values()),
    )

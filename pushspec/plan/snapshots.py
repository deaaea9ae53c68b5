"""What a campaign sends, reduced to what can be compared: from its file, or from the lockfile's ``begin``."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pushspec.lockfile.histories import CallState
from pushspec.plan.contents import by_variant, contents_sha256, kept_contents
from pushspec.tencent.endpoints import ENDPOINTS, EndpointName

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pushspec.lockfile.histories import CampaignHistory
    from pushspec.lockfile.records import CampaignRecord, Schedule
    from pushspec.lockfile.state import LockState
    from pushspec.plan.calls import CampaignCalls
    from pushspec.serialization import Json


_REACHED = frozenset({CallState.SENT, CallState.IN_DOUBT, CallState.INTENDED})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a campaign sends.

    Attributes:
        name: Its name.
        version: Its version.
        endpoint: Where its calls go, a path without ``v4/``.
        audience: The audience in words.
        contents: Bodies by their key without ``name@version``: all, or of many those that a lockfile holds.
        contents_sha256: Hash over all of them, so that a difference in the others is noticed.
        accounts: How many accounts it names.
        accounts_sha256: SHA-256 over them.
        calls: How many calls it makes.
        not_before: Nothing leaves earlier.
        not_after: Nothing leaves later.
        recall: The text that a recall would show; None without one.
        location: Where the service is; empty where an earlier pushspec did not write it down.
        sent_at: When its first call was made; None for a file.
        lists: The pinned lists that it uses: the hash of each by audience.
        is_at_hand: Whether all were read; if not, ``accounts_sha256`` is over what decides who gets it.
        is_about: Its counts are estimates.
        due_at: When the service sends it from a task; None where apply does.
        contents_sha256: Hash over all contents, so that a difference in those left out is noticed.
    """

    name: str
    version: int
    endpoint: str
    audience: str
    contents: Mapping[str, Mapping[str, Json]]
    accounts: int
    accounts_sha256: str
    calls: int
    not_before: datetime | None
    not_after: datetime | None
    recall: Mapping[str, str] | None = None
    location: str = ""
    sent_at: datetime | None = None
    lists: Mapping[str, str] = field(default_factory=dict)
    is_at_hand: bool = True
    is_about: bool = False
    due_at: datetime | None = None
    contents_sha256: str = ""

    @property
    def key(self) -> str:
        """``name@version``."""
        return f"{self.name}@{self.version}"

    @property
    def to_accounts(self) -> bool:
        """Whether it names accounts one by one."""
        return ENDPOINTS[EndpointName(self.endpoint)].to_accounts


def snapshot_of(calls: CampaignCalls) -> Snapshot:
    """Return what a campaign file sends."""
    found = _snapshot(calls, calls.endpoint.name, accounts=calls.account_count, calls=calls.call_count)
    return replace(found, is_at_hand=calls.is_at_hand, is_about=calls.is_about)


def newest_by_name(state: LockState) -> dict[str, CampaignHistory]:
    """Return what the lockfile saw leave last under each name."""
    found: dict[str, CampaignHistory] = {}
    for history in state.campaigns.values():
        other = found.get(history.begin.name)
        if other is None or other.begun_at <= history.begun_at:
            found[history.begin.name] = history
    return found


def last_cut(state: LockState, salt: str) -> CampaignHistory | None:
    """Return what left last of the campaigns that cut their list by a salt; None for an empty one."""
    cut = (history for history in state.campaigns.values() if salt and history.begin.salt == salt)
    return max(cut, key=lambda history: history.begun_at, default=None)


def highest_sent(state: LockState) -> dict[str, CampaignHistory]:
    """Return the highest version of each name that somebody has got, or may have got."""
    reached = {call.campaign for call in state.calls.values() if call.state in _REACHED}
    found: dict[str, CampaignHistory] = {}
    for key in sorted(reached, key=lambda key: state.campaigns[key].begin.version):
        history = state.campaigns[key]
        found[history.begin.name] = history
    return found


def snapshot_of_sent(history: CampaignHistory) -> Snapshot:
    """Return what was sent, as ``begin`` froze it."""
    begin = history.begin
    frozen = _snapshot(begin, begin.endpoint, accounts=begin.accounts, calls=begin.calls)
    return replace(frozen, sent_at=history.begun_at)


def snapshot_of_tasks(record: Schedule) -> Snapshot:
    """Return what tasks at the service are to send, as last written down."""
    return _snapshot(record, record.endpoint, accounts=record.accounts, calls=record.calls)


def _snapshot(
    source: CampaignCalls | CampaignRecord, endpoint: str, *, accounts: int, calls: int
) -> Snapshot:
    due_at: datetime | None = getattr(source, "due_at", None)
    return Snapshot(
        name=source.name,
        version=source.version,
        endpoint=endpoint,
        audience=source.audience,
        contents=by_variant(kept_contents(source.contents)),
        contents_sha256=getattr(source, "contents_sha256", None) or contents_sha256(source.contents),
        accounts=accounts,
        accounts_sha256=source.accounts_sha256,
        calls=calls,
        not_before=source.not_before if due_at is None else None,
        not_after=source.not_after,
        recall=source.recall,
        location=source.location,
        lists=source.lists or {},
        due_at=due_at,
    )

"""What a campaign sends, reduced to what can be compared: from its file, or from the lockfile's ``begin``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.tencent.endpoints import ENDPOINTS, EndpointName

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pushspec.canonical import Json
    from pushspec.lockfile.state import CampaignHistory, LockState
    from pushspec.plan.calls import CampaignCalls


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a campaign sends.

    Attributes:
        name: Its name.
        version: Its version.
        endpoint: Where its calls go, a path without ``v4/``.
        audience: The audience in words.
        contents: The body of each variant and group, by its key without ``name@version``.
        accounts: How many accounts it names.
        accounts_sha256: SHA-256 over them.
        calls: How many calls it makes.
        not_before: Nothing leaves earlier.
        not_after: Nothing leaves later.
        sent_at: When its first call was made; None for a file.
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
    sent_at: datetime | None = None

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
    return Snapshot(
        name=calls.name,
        version=calls.version,
        endpoint=calls.endpoint.name,
        audience=calls.audience,
        contents=_by_variant(calls.contents),
        accounts=calls.account_count,
        accounts_sha256=calls.accounts_sha256,
        calls=calls.call_count,
        not_before=calls.not_before,
        not_after=calls.not_after,
    )


def newest_by_name(state: LockState) -> dict[str, CampaignHistory]:
    """Return what the lockfile saw leave last under each name."""
    found: dict[str, CampaignHistory] = {}
    for history in state.campaigns.values():
        other = found.get(history.begin.name)
        if other is None or other.begun_at <= history.begun_at:
            found[history.begin.name] = history
    return found


def snapshot_of_sent(history: CampaignHistory) -> Snapshot:
    """Return what was sent, as ``begin`` froze it."""
    begin = history.begin
    return Snapshot(
        name=begin.name,
        version=begin.version,
        endpoint=begin.endpoint,
        audience=begin.audience,
        contents=_by_variant(begin.contents),
        accounts=begin.accounts,
        accounts_sha256=begin.accounts_sha256,
        calls=begin.calls,
        not_before=begin.not_before,
        not_after=begin.not_after,
        sent_at=history.begun_at,
    )


def _by_variant(contents: Mapping[str, Mapping[str, Json]]) -> dict[str, Mapping[str, Json]]:
    """Drop ``name@version`` from the keys, so that two versions compare."""
    return {key.partition("@")[2].lstrip("0123456789").lstrip("/"): body for key, body in contents.items()}

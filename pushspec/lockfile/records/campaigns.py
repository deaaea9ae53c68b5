"""Records of a campaign as a whole: what it froze before its first call or task, and its end."""

from __future__ import annotations

from typing import Any, Literal

from pushspec.lockfile.records.base import Instant, Nested, Record


class BegunHour(Nested):
    """Calls of a campaign that may leave between two moments: an hour on the clocks of some zones."""

    opens_at: Instant
    closes_at: Instant
    calls: int


class CampaignRecord(Record):
    """What a campaign sends, as it was written down before its first call or task."""

    campaign: str
    name: str
    version: int
    digest: str
    endpoint: str
    audience: str
    contents: dict[str, dict[str, Any]]
    texts: int | None = None
    contents_sha256: str | None = None
    accounts: int = 0
    accounts_sha256: str
    calls: int
    spec: str
    spec_sha256: str
    not_before: Instant | None = None
    not_after: Instant | None = None
    recall: dict[str, str] | None = None
    location: str = ""
    approved_by: tuple[str, ...] | None = None
    statement_sha256: str | None = None
    reviewed_by: tuple[str, ...] | None = None
    salt: str | None = None
    shares: dict[str, str] | None = None
    list_sha256: str | None = None
    lists: dict[str, str] | None = None
    parts: dict[str, tuple[int, int]] | None = None
    commit: str = ""
    actor: str = ""
    run_url: str = ""


class Begin(CampaignRecord):
    """A campaign is frozen: from here on its parts never change."""

    record: Literal["begin"] = "begin"
    hours: dict[str, BegunHour] | None = None
    zone_data: str | None = None


class Schedule(CampaignRecord):
    """What tasks at the service are to send at ``due_at``, until another such record of the campaign."""

    record: Literal["schedule"] = "schedule"
    due_at: Instant


class End(Record):
    """Nothing of the campaign is left to send; its totals."""

    record: Literal["end"] = "end"
    campaign: str
    sent: int
    refused: int
    abandoned: int
    refused_accounts: int

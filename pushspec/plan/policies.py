"""What a project forbids or wants looked at; each policy has a name, a level and a page in the docs.

A policy is lifted only in the campaign file, under ``exceptions``, with a reason that every view shows.
To add one: a function below, a line in ``POLICIES``, an entry in ``docs/policies.md`` and a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pushspec.problems import Level
from pushspec.spec.validation import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pushspec.plan.compile import CompiledCampaign
    from pushspec.problems import Problem
    from pushspec.spec.project import Policy


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a policy says of a campaign.

    Attributes:
        policy: Its name.
        message: Why, in a few words.
        level: An error blocks the campaign, a warning is shown.
        exception: The reason for which the campaign file lifts it; empty where it does not.
    """

    policy: str
    message: str
    level: Level = Level.ERROR
    exception: str = ""

    @property
    def blocks(self) -> bool:
        """Whether the campaign may not be sent because of it."""
        return self.level is Level.ERROR and not self.exception


def judge(campaign: CompiledCampaign, policy: Policy, *, now: datetime) -> list[Verdict]:
    """Return what the policies say of a campaign, lifted ones included."""
    lifted = {exception.policy: exception.reason for exception in campaign.spec.campaign.exceptions}
    return [
        Verdict(name, message, level, lifted.get(name, ""))
        for name, (level, rule) in POLICIES.items()
        for message in rule(campaign, policy, now)
    ]


def exceptions_known(campaign: CompiledCampaign) -> Iterator[Problem]:
    """Refuse an exception from a policy that does not exist."""
    for index, exception in enumerate(campaign.spec.campaign.exceptions):
        if exception.policy not in POLICIES:
            yield campaign.spec.document.problem(
                ("exceptions", index, "policy"),
                "unknown-policy",
                f"there is no policy {exception.policy}",
                hint=did_you_mean(exception.policy, list(POLICIES)),
            )


def _require(campaign: CompiledCampaign, policy: Policy, now: datetime) -> Iterator[str]:
    del now
    spec = campaign.spec.campaign
    schedule = spec.schedule
    for key in policy.require:
        holder = schedule if key in {"not_before", "not_after"} else spec
        if holder is None or not getattr(holder, key, None):
            yield f"{key} is missing"


def _quiet_hours(campaign: CompiledCampaign, policy: Policy, now: datetime) -> Iterator[str]:
    hours = policy.quiet_hours
    if hours is None:
        return
    not_before = campaign.calls.not_before
    leaves_at = max(now, not_before) if not_before is not None else now
    if in_hours(leaves_at.astimezone(ZoneInfo(hours.timezone)).time(), hours.from_, hours.to):
        yield f"{hours.from_}–{hours.to} {hours.timezone}"


def in_hours(clock: time, start: str, end: str) -> bool:
    """Whether a time of day lies in hours that may run past midnight, the end excluded."""
    first, last = time.fromisoformat(start), time.fromisoformat(end)
    return first <= clock < last if first <= last else clock >= first or clock < last


def _blackout_dates(campaign: CompiledCampaign, policy: Policy, now: datetime) -> Iterator[str]:
    not_before = campaign.calls.not_before
    leaves_at = max(now, not_before) if not_before is not None else now
    zone = ZoneInfo(policy.quiet_hours.timezone) if policy.quiet_hours is not None else leaves_at.tzinfo
    day = leaves_at.astimezone(zone).date()
    if day in policy.blackout_dates:
        yield f"nothing is sent on {day.isoformat()}"


def _max_accounts(campaign: CompiledCampaign, policy: Policy, now: datetime) -> Iterator[str]:
    del now
    count = campaign.calls.account_count
    if policy.max_accounts is not None and count > policy.max_accounts:
        yield f"{count:,} accounts, {policy.max_accounts:,} allowed"


def _allowed_senders(campaign: CompiledCampaign, policy: Policy, now: datetime) -> Iterator[str]:
    del now
    sender = campaign.spec.campaign.from_
    if policy.allowed_senders is not None and sender is not None and sender not in policy.allowed_senders:
        yield f"{sender} is not one of {', '.join(policy.allowed_senders)}"


POLICIES: dict[str, tuple[Level, Callable[[CompiledCampaign, Policy, datetime], Iterator[str]]]] = {
    "require": (Level.ERROR, _require),
    "quiet-hours": (Level.ERROR, _quiet_hours),
    "blackout-dates": (Level.ERROR, _blackout_dates),
    "max-accounts": (Level.ERROR, _max_accounts),
    "allowed-senders": (Level.ERROR, _allowed_senders),
}

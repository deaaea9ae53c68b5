"""How things stand in an environment, as text and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pushspec.plan.words import counted
from pushspec.views.doubt import doubt_lines
from pushspec.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.lockfile.state import Run
    from pushspec.lockfile.status import CampaignStatus, Status

FORMAT_VERSION = 1


def status_text(status: Status, *, environment: str, lock: str) -> str:
    """Return doubts first, then the lock, then each campaign in a line."""
    return "\n".join(_lines(status, environment, lock)) + "\n"


def _lines(status: Status, environment: str, lock: str) -> Iterator[str]:
    yield f"{environment} · {visible(lock)}"
    yield ""
    for doubt in status.doubts:
        yield from doubt_lines(doubt)
        yield ""
    if status.frozen_reason:
        yield f"! frozen: {visible(status.frozen_reason)}"
    yield _run_line(status)
    for campaign in status.campaigns:
        yield _campaign_line(campaign)
    if not status.campaigns:
        yield "  nothing was sent yet"
    yield ""
    yield f"{counted(len(status.campaigns), 'campaign')}, {len(status.doubts)} in doubt"


def _run_line(status: Status) -> str:
    if status.run is not None:
        return f"  lock held by {visible(status.run.holder)} to {visible(status.run.purpose)}"
    if status.dead_run is not None:
        return f"  {visible(status.dead_run.holder)} took the lock and died; the next apply takes it over"
    return "  lock free"


def _campaign_line(campaign: CampaignStatus) -> str:
    symbol = "=" if campaign.history.end is not None else "…"
    counts = ", ".join(f"{number} {state.value}" for state, number in campaign.counts.items())
    refused = sum(campaign.refused_accounts.values())
    words = [
        counts or "nothing tried",
        f"{campaign.left} left" if campaign.left else "",
        f"{counted(refused, 'account')} refused" if refused else "",
        f"evidence against the record: {visible(campaign.conflict)}" if campaign.conflict else "",
    ]
    return f"  {symbol} {campaign.key}  {', '.join(word for word in words if word)}"


def status_json(status: Status, *, environment: str, lock: str) -> str:
    """Return the same as JSON."""
    view = {
        "format_version": FORMAT_VERSION,
        "environment": environment,
        "lock": lock,
        "frozen": status.frozen_reason,
        "run": _run_view(status.run),
        "dead_run": _run_view(status.dead_run),
        "campaigns": [
            {
                "key": campaign.key,
                "finished": campaign.history.end is not None,
                "calls": {state.value: number for state, number in campaign.counts.items()},
                "left": campaign.left,
                "refused_accounts": campaign.refused_accounts,
                "conflict": campaign.conflict,
            }
            for campaign in status.campaigns
        ],
        "in_doubt": [
            {
                "key": doubt.call.key,
                "endpoint": doubt.call.endpoint,
                "accounts": doubt.call.accounts,
                "audience": doubt.audience,
                "intended_at": doubt.call.intended_at.isoformat(),
                "resolvable_at": doubt.resolvable_at.isoformat(),
                "text": doubt.call.text,
            }
            for doubt in status.doubts
        ],
    }
    return json.dumps(view, ensure_ascii=False, indent=2) + "\n"


def _run_view(run: Run | None) -> dict[str, str] | None:
    if run is None:
        return None
    return {
        "run": run.run_id,
        "holder": run.holder,
        "purpose": run.purpose,
        "since": run.opened_at.isoformat(),
        "lease_end": run.lease_end.isoformat(),
    }

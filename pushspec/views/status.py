"""The status of an environment, as text and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pushspec.lockfile.state import CallState
from pushspec.sanitize import printable
from pushspec.text import counted
from pushspec.timestamps import local_text
from pushspec.views.doubt import trouble_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.lockfile.state import Run
    from pushspec.lockfile.status import CampaignStatus, Status
    from pushspec.views.commands import Typed

FORMAT_VERSION = 1
_WORDS = {CallState.INTENDED: "under way"}


def status_text(status: Status, *, typed: Typed, lock: str, population: int | None = None) -> str:
    """Return what has to be settled first, then the lock, then each campaign in a line."""
    return "\n".join(_lines(status, typed, lock, population)) + "\n"


def _lines(status: Status, typed: Typed, lock: str, population: int | None) -> Iterator[str]:
    yield f"{typed.environment} · {printable(lock)}"
    yield ""
    if status.is_in_doubt:
        yield from trouble_lines(status, typed=typed, population=population)
        yield ""
    if status.frozen_reason:
        yield f"  ! frozen: {printable(status.frozen_reason)}"
    yield from _run_lines(status, typed)
    for campaign in status.campaigns:
        yield _campaign_line(campaign)
    if not status.campaigns:
        yield "  nothing was sent yet"
    yield ""
    conflicts = sum(campaign.conflict is not None for campaign in status.campaigns)
    against = f", {conflicts} with evidence against the record" if conflicts else ""
    doubts = f"{counted(len(status.doubts), 'call')} in doubt"
    yield f"{counted(len(status.campaigns), 'campaign')}, {doubts}{against}"


def _run_lines(status: Status, typed: Typed) -> Iterator[str]:
    run, dead = status.run, status.dead_run
    if run is not None:
        until = local_text(run.lease_end, seconds=True)
        holder = f"{printable(run.holder)} ({printable(run.purpose)})"
        yield f"  lock held by {holder} until {until} unless renewed"
        yield f'    if that run is dead: {typed.about("unlock")} --why "WHY"'
    elif dead is not None:
        ended = local_text(dead.lease_end, seconds=True)
        holder = f"{printable(dead.holder)} ({printable(dead.purpose)})"
        why = "its process is gone" if dead.is_gone else f"its lease ended {ended}"
        yield f"  lock free: {holder} died, {why}"
    else:
        yield "  lock free"


def _campaign_line(campaign: CampaignStatus) -> str:
    counts = ", ".join(f"{number} {_WORDS.get(state, state)}" for state, number in campaign.counts.items())
    refused = sum(campaign.refused_accounts.values())
    words = [
        counts or "nothing tried",
        f"{campaign.left} left" if campaign.left else "",
        f"{counted(refused, 'account')} refused" if refused else "",
        "blocked by evidence against the record" if campaign.conflict is not None else "",
    ]
    return f"  {_symbol(campaign)} {campaign.key}  {', '.join(word for word in words if word)}"


def _symbol(campaign: CampaignStatus) -> str:
    if campaign.conflict is not None:
        return "!"
    if CallState.IN_DOUBT in campaign.counts:
        return "?"
    return "=" if campaign.is_finished else "…"


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
                "finished": campaign.is_finished,
                "calls": {state.value: number for state, number in campaign.counts.items()},
                "left": campaign.left,
                "refused_accounts": campaign.refused_accounts,
                "conflict": campaign.conflict.why if campaign.conflict is not None else "",
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
                "not_after": doubt.call.not_after.isoformat(),
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

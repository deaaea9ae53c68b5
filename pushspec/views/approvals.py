"""Who approved which campaign, as text and JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import Field

from pushspec.sanitize import printable
from pushspec.timestamps import local_text
from pushspec.views.json_view import View

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from pushspec.api.approve import Asked
    from pushspec.approvals.count import Approvals
    from pushspec.serialization import Json

FORMAT_VERSION = 1


class ApprovalsView(View):
    """Who approved it, and who still has to."""

    rule: str = Field(description="What the strictest rule that matches asks for; empty without one.")
    needed: int = Field(
        description="How many people the strictest rule that matches asks for; 0 without one."
    )
    people: int = Field(description="How many approved.")
    is_enough: bool
    approved_by: list[str] = Field(description="Addresses whose signatures count.")
    missing: list[str] = Field(description="Addresses that could still approve.")
    expires_at: str | None
    why: str = Field(description="Why nobody's approval can count; empty where it can.")


def approvals_text(found: Sequence[Asked], *, zone: tzinfo | None = None) -> str:
    """Return the approvals of campaigns, each signature on a line of its own."""
    lines = [line for one in found for line in _lines(one, zone)]
    return "\n".join(lines or ["Nothing that is left to send asks for approval."]) + "\n"


def _lines(one: Asked, zone: tzinfo | None) -> Iterator[str]:
    approvals = one.approvals
    yield f"{one.campaign.key}  {approvals.people} of {approvals.needed} approved{_until(approvals, zone)}"
    if approvals.rule:
        yield f"  a rule asks for {approvals.rule}"
    if approvals.why:
        yield f"  ! {printable(approvals.why)}"
        yield f"    hint: {printable(approvals.hint)}"
    for approval in approvals.found:
        verdict = "counts" if approval.counts else f"does not count: {printable(approval.why)}"
        symbol = "=" if approval.counts else "!"
        yield f"  {symbol} {printable(approval.principal)}  {approval.fingerprint}  {verdict}"
    for name in one.uncommitted:
        yield f"  > {printable(name)}  signed, and counts once it is committed"
    if not approvals.is_enough and approvals.missing:
        missing = ", ".join(map(printable, approvals.missing))
        yield f"  {approvals.needed - approvals.people} more of {missing}"
    yield from (f"  warning: {printable(warning)}" for warning in approvals.warnings)


def _until(approvals: Approvals, zone: tzinfo | None) -> str:
    return f", until {local_text(approvals.expires_at, zone)}" if approvals.expires_at is not None else ""


def approvals_json(found: Sequence[Asked]) -> str:
    """Return the approvals of campaigns as JSON."""
    document = {"format_version": FORMAT_VERSION, "campaigns": [_view(it) for it in found]}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _view(one: Asked) -> dict[str, Json]:
    approvals = one.approvals
    return {
        "key": one.campaign.key,
        "rule": approvals.rule,
        "people": approvals.people,
        "needed": approvals.needed,
        "is_enough": approvals.is_enough,
        "expires_at": approvals.expires_at.isoformat() if approvals.expires_at is not None else None,
        "why": approvals.why,
        "missing": list(approvals.missing),
        "signatures": [
            {"principal": it.principal, "counts": it.counts, "why": it.why, "fingerprint": it.fingerprint}
            for it in approvals.found
        ],
        "uncommitted": list(one.uncommitted),
        "warnings": list(approvals.warnings),
    }


def approvals_view(found: Approvals) -> ApprovalsView:
    """Return who approved a campaign in the shape of the plan's JSON."""
    return ApprovalsView(
        rule=found.rule,
        needed=found.needed,
        people=found.people,
        is_enough=found.is_enough,
        approved_by=[approval.principal for approval in found.counted],
        missing=list(found.missing),
        expires_at=found.expires_at.isoformat() if found.expires_at is not None else None,
        why=found.why,
    )

"""Who approved which campaign, as text and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from pushspec.language import said, say
from pushspec.plan.build import SHORT_DIGEST
from pushspec.sanitize import printable
from pushspec.text import few_text, listed
from pushspec.timestamps import local_text
from pushspec.views.json_text import json_text
from pushspec.views.json_view import View

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from pushspec.api.approve import Asked
    from pushspec.approvals.count import Approvals
    from pushspec.serialization import Json

FORMAT_VERSION = 1
_FEW = 3
"""How many authors a line names; JSON holds all of them."""


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
    authors_unknown: list[str] = Field(
        description="Addresses of authors of the change that the signers file does not name."
    )
    why: str = Field(description="Why nobody's approval can count; empty where it can.")


def approvals_text(found: Sequence[Asked], *, zone: tzinfo | None = None) -> str:
    """Return the approvals of campaigns, each signature on a line of its own."""
    lines = [line for one in found for line in _lines(one, zone)]
    return "\n".join(lines or [say("Nothing that is left to send asks for approval.")]) + "\n"


def _lines(one: Asked, zone: tzinfo | None) -> Iterator[str]:
    approvals = one.approvals
    yield say(
        "{key}  {people} of {needed} approved{until}",
        key=one.campaign.key,
        people=approvals.people,
        needed=approvals.needed,
        until=_until(approvals, zone),
    )
    yield say("  digest {digest}", digest=one.digest[:SHORT_DIGEST])
    if approvals.rule:
        yield say("  a rule asks for {rule}", rule=approvals.rule)
    if unknown := approvals.authors_unknown:
        yield say(
            "  ? by {authors}, whom the signers file does not name",
            authors=few_text([printable(it) or "<>" for it in unknown[:_FEW]], len(unknown)),
        )
    if approvals.why:
        yield f"  ! {printable(said(approvals.why))}"
        yield say("    hint: {hint}", hint=printable(said(approvals.hint)))
    for approval in approvals.found:
        verdict = (
            say("counts")
            if approval.counts
            else say("does not count: {why}", why=printable(said(approval.why)))
        )
        symbol = "=" if approval.counts else "!"
        signed = (
            say(", digest {digest}", digest=approval.digest[:SHORT_DIGEST])
            if approval.digest not in ("", one.digest)
            else ""
        )
        yield f"  {symbol} {printable(approval.principal)}  {approval.fingerprint}  {verdict}{signed}"
    for name in one.uncommitted:
        if name.lower() in approvals.barred:
            yield say("  ! {name}  signed, and does not count: an author of the change", name=printable(name))
        else:
            yield say("  > {name}  signed, and counts once it is committed", name=printable(name))
    if not approvals.is_enough and approvals.missing:
        missing = listed(map(printable, approvals.missing))
        yield say("  {number} more of {missing}", number=approvals.needed - approvals.people, missing=missing)
    yield from (
        say("  warning: {warning}", warning=printable(said(warning))) for warning in approvals.warnings
    )


def _until(approvals: Approvals, zone: tzinfo | None) -> str:
    return (
        say(", until {moment}", moment=local_text(approvals.expires_at, zone))
        if approvals.expires_at is not None
        else ""
    )


def approvals_json(found: Sequence[Asked], *, environment: str) -> str:
    """Return the approvals of campaigns in an environment as JSON."""
    document = {
        "format_version": FORMAT_VERSION,
        "environment": environment,
        "campaigns": [_view(it) for it in found],
    }
    return json_text(document)


def _view(one: Asked) -> dict[str, Json]:
    approvals = one.approvals
    return {
        "key": one.campaign.key,
        "folder": one.folder,
        "digest": one.digest,
        "rule": approvals.rule,
        "people": approvals.people,
        "needed": approvals.needed,
        "is_enough": approvals.is_enough,
        "expires_at": approvals.expires_at.isoformat() if approvals.expires_at is not None else None,
        "why": approvals.why,
        "missing": list(approvals.missing),
        "authors_unknown": list(approvals.authors_unknown),
        "signatures": [
            {
                "principal": it.principal,
                "counts": it.counts,
                "why": it.why,
                "fingerprint": it.fingerprint,
                "digest": it.digest,
            }
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
        authors_unknown=list(found.authors_unknown),
        why=found.why,
    )

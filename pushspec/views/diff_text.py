"""What changed, as people read it in a terminal: a line a campaign, a line a field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import phrase, said, say
from pushspec.plan.diff import Kind
from pushspec.sanitize import printable
from pushspec.text import counted
from pushspec.views.recorded import audience_said

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pushspec.plan.diff import CampaignDiff, FieldChange

SYMBOLS = {Kind.NEW: "+", Kind.REMOVED: "-", Kind.CHANGED: "~", Kind.SAME: "="}
_NAMES = {Kind.NEW: phrase("new"), Kind.CHANGED: phrase("changed"), Kind.REMOVED: phrase("removed")}
_MOST_CHARACTERS = 200
"""Of one value; a body is shown whole by the plan."""


def diff_text(diffs: Sequence[CampaignDiff], *, title: str) -> str:
    """Return what changed.

    Args:
        diffs: Every campaign of both sides; those that stay the same are counted only.
        title: What is compared, in words.
    """
    lines = [said(title), ""]
    for diff in diffs:
        if diff.kind is not Kind.SAME:
            lines += [
                f"  {SYMBOLS[diff.kind]} {heading(diff)}",
                *(f"    {line}" for line in change_lines(diff)),
            ]
    lines += ([""] if len(lines) > 2 else []) + [summary(diffs)]
    return "\n".join(lines) + "\n"


def heading(diff: CampaignDiff) -> str:
    """Return a campaign's name, its versions, and for a new one who would get it."""
    if diff.after is None:
        return say("{name} is gone", name=diff.name if diff.before is None else diff.before.key)
    if diff.before is None:
        calls = said(counted(diff.after.calls, "call"))
        reach = f"{diff.after.endpoint}  {printable(audience_said(diff.after.audience))}  {calls}"
        return f"{diff.after.key}  {reach}"
    return diff.after.key if diff.before.key == diff.after.key else f"{diff.before.key} → {diff.after.key}"


def change_lines(diff: CampaignDiff) -> Iterator[str]:
    """Yield a line for each thing that differs; ``!`` marks what a reviewer should look at twice."""
    for change in diff.changes:
        if change.field != "version":
            yield f"{'!' if change.is_risk else ' '} {change_text(change)}"


def change_text(change: FieldChange) -> str:
    """Return one change in a line: the field, how it was, how it is, and what that means."""
    note = say(": {note}", note=change.note) if change.note else ""
    if not change.before and not change.after:
        return f"{printable(change.field)}{note}"
    before, after = (
        printable(value_text(change, text), limit=_MOST_CHARACTERS) or say("nothing")
        for text in (change.before, change.after)
    )
    return f"{printable(change.field)}  {before} → {after}{note}"


def value_text(change: FieldChange, text: str) -> str:
    """Return how a field was or is; a lockfile keeps an audience in English, so that one is read and said."""
    is_audience = change.field.rpartition(": ")[2] in {"audience", "content"}
    return audience_said(text) if is_audience else said(text)


def summary(diffs: Sequence[CampaignDiff]) -> str:
    """Return how many campaigns would send something else."""
    counts = [
        (sum(diff.kind is kind for diff in diffs), kind) for kind in (Kind.NEW, Kind.CHANGED, Kind.REMOVED)
    ]
    told = say(", ").join(
        say("{number} {state}", number=count, state=_NAMES[kind]) for count, kind in counts if count
    )
    same = sum(diff.kind is Kind.SAME for diff in diffs)
    return say(
        "Campaigns: {changes}, {same} the same.",
        changes=told or say("no change in what would be sent"),
        same=same,
    )

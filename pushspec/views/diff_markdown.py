"""What changed, as Markdown for a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import phrase, say
from pushspec.plan.diff import Kind
from pushspec.text import counted
from pushspec.views.diff_text import summary, value_text
from pushspec.views.markdown import bounded, code
from pushspec.views.recorded import audience_said

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pushspec.plan.diff import CampaignDiff

_MARKS = {Kind.NEW: "🆕", Kind.CHANGED: "✏️", Kind.REMOVED: "🗑️"}


def diff_markdown(diffs: Sequence[CampaignDiff], *, title: str, limit: int) -> str:
    """Return what changed, what a reviewer should look at twice first.

    Args:
        diffs: Every campaign of both sides; those that stay the same are counted only.
        title: What is compared; any text.
        limit: Most characters.
    """
    changed = sorted(
        (diff for diff in diffs if diff.kind is not Kind.SAME), key=lambda diff: not diff.is_risk
    )
    risky = sum(diff.is_risk for diff in changed)
    twice = say("**{campaigns} to look at twice.**", campaigns=counted(risky, "campaign"))
    warning = f"\n\n⚠️ {twice}" if risky else ""
    whole = f"## {say('What changes')}\n\n{code(title)}\n\n{summary(diffs)}{warning}\n"
    parts = (_campaign(diff) for diff in changed)
    return bounded(whole, parts, limit=limit, command="diff", noun=phrase("more campaigns"))


def _campaign(diff: CampaignDiff) -> str:
    lines = [f"{_MARKS[diff.kind]} {_heading(diff)}\n", *change_bullets(diff)]
    return "\n".join(lines) + "\n"


def _heading(diff: CampaignDiff) -> str:
    if diff.before is None and diff.after is not None:
        after = diff.after
        return say(
            "**{key}** is new: {audience}, {calls} to `{endpoint}`",
            key=after.key,
            audience=code(audience_said(after.audience)),
            calls=counted(after.calls, "call"),
            endpoint=after.endpoint,
        )
    if diff.after is None:
        return say("**{name}** is gone; what was sent stays sent", name=diff.name)
    versions = diff.after.key if diff.before is None else f"{diff.before.key} → {diff.after.key}"
    return (
        f"**{versions}**"
        if diff.before is None or diff.before.key != diff.after.key
        else f"**{diff.after.key}**"
    )


def change_bullets(diff: CampaignDiff) -> Iterator[str]:
    """Yield a bullet for each thing that differs."""
    for change in diff.changes:
        if change.field == "version":
            continue
        mark = "⚠️ " if change.is_risk else ""
        note = say(" (**{note}**)", note=change.note) if change.note else ""
        if not change.before and not change.after:
            yield f"- {mark}{code(change.field)}{note}"
        else:
            before, after = (_value(value_text(change, text)) for text in (change.before, change.after))
            values = f"{before} → {after}{note}"
            yield say("- {mark}{field}: {values}", mark=mark, field=code(change.field), values=values)


def _value(text: str) -> str:
    return code(text, limit=500) if text else say("nothing")

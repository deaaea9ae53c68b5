"""What people lack, what was written and which accounts an app does not have, as text and as JSON."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pushspec.language import plural, said, say
from pushspec.sanitize import printable
from pushspec.text import listed
from pushspec.views.apply_question import YES, Question
from pushspec.views.json_text import json_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pushspec.api.people import CheckedAccounts, PeoplePlan, PersonChange, Written

FORMAT_VERSION = 1
_SHOWN = 20
"""So many people are shown one by one; nobody reads more."""
_DIGITS = 12
_TAKEN: Mapping[str, Callable[[int], str]] = {
    "names_defined": partial(
        plural, "{number:,} attribute name defined", "{number:,} attribute names defined"
    ),
    "attributes_set": partial(plural, "{number:,} attribute set", "{number:,} attributes set"),
    "tags_added": partial(plural, "{number:,} tag added", "{number:,} tags added"),
    "attributes_removed": partial(plural, "{number:,} attribute removed", "{number:,} attributes removed"),
    "tags_removed": partial(plural, "{number:,} tag removed", "{number:,} tags removed"),
}
"""What the service took, in the order of the writes, as people read it."""


def plan_text(plan: PeoplePlan, *, most: int = _SHOWN) -> str:
    """Return what people get and lose: those who lose something first, then a few of the others.

    Args:
        plan: The plan.
        most: How many people to show one by one.
    """
    return "\n".join(_plan_lines(plan, most)) + "\n"


def question_before_writing(plan: PeoplePlan) -> Question:
    """Return the question before a plan is written."""
    return Question(say("Write to {environment}? [y/N]: ", environment=plan.environment), YES)


def _plan_lines(plan: PeoplePlan, most: int) -> Iterator[str]:
    yield f"{plan.environment} · {say('app {app_id}', app_id=plan.app_id)}"
    yield ""
    for slot, name in plan.names.items():
        yield say("  + attribute {name}  (slot {slot})", name=printable(name), slot=slot)
    ordered = sorted(plan.changes, key=lambda change: (not change.removals, change.account))
    for change in ordered[:most]:
        yield f"  ~ {printable(change.account)}  {printable(_change_text(change))}"
    if len(ordered) > most:
        yield say("  … and {people} more (--format json lists all)", people=_people(len(ordered) - most))
    yield from _unknown_lines(plan)
    if not plan.is_empty or plan.unknown:
        yield ""
    counts = say(
        "{unchanged:,} as declared, {unknown:,} unknown; {removals:,} removals",
        unchanged=plan.unchanged,
        unknown=len(plan.unknown),
        removals=plan.removals,
    )
    yield say(
        "People: {people} to change, {counts}. digest {digest}",
        people=_people(len(plan.changes)),
        counts=counts,
        digest=plan.digest[:_DIGITS],
    )


def _change_text(change: PersonChange) -> str:
    parts = [f"{name} = {value}" for name, value in change.set_attributes.items()]
    if change.add_tags:
        parts.insert(0, say("+ tags: {names}", names=said(listed(change.add_tags))))
    if change.remove_tags:
        parts.append(say("- tags: {names}", names=said(listed(change.remove_tags))))
    if change.remove_attributes:
        parts.append(say("- attributes: {names}", names=said(listed(change.remove_attributes))))
    return " · ".join(parts)


def _unknown_lines(plan: PeoplePlan) -> Iterator[str]:
    """Yield how many people the service tells nothing about; nothing is written for them."""
    by_code: dict[int | None, list[str]] = {}
    for account, code in plan.unknown.items():
        by_code.setdefault(code, []).append(account)
    for code, accounts in sorted(by_code.items(), key=lambda it: it[0] or 0):
        why = (
            say("the service does not mention them")
            if code is None
            else say("the service answers {code}", code=code)
        )
        yield say(
            "  ? {people} unknown, {why}: {few}",
            people=_people(len(accounts)),
            why=why,
            few=_few(accounts),
        )


def taken_text(counts: Mapping[str, int]) -> str:
    """Return what the service took, such as ``2 tags added``; empty if it took nothing."""
    told = (taken(count) for name, taken in _TAKEN.items() if (count := counts.get(name, 0)))
    return say(", ").join(map(said, told))


def written_text(written: Written) -> str:
    """Return what the service took and what not."""
    lines = [say("Written: {taken}.", taken=taken_text(written.counts) or say("nothing"))]
    for code in sorted(set(written.refused.values())):
        accounts = [account for account, refused in written.refused.items() if refused == code]
        lines.append(
            say(
                "Refused with {code}: {people}: {few}",
                code=code,
                people=_people(len(accounts)),
                few=_few(accounts),
            )
        )
    if written.unanswered:
        lines.append(
            say(
                "No answer for {people}: they may have been written or not.",
                people=_people(len(written.unanswered)),
            )
        )
    if written.error is not None:
        lines.append(say("Stopped: {text}", text=printable(said(written.error.message))))
    if not written.is_complete:
        lines.append(say("Run `pushspec people plan` again: it shows what is left."))
    return "\n".join(lines) + "\n"


def plan_json(plan: PeoplePlan, *, written: Written | None = None) -> str:
    """Return a plan as JSON, and what became of it."""
    view: dict[str, object] = {
        "format_version": FORMAT_VERSION,
        "environment": plan.environment,
        "digest": plan.digest,
        "names": dict(plan.names),
        "changes": [
            {
                "account": it.account,
                "add_tags": list(it.add_tags),
                "set_attributes": dict(it.set_attributes),
                "remove_tags": list(it.remove_tags),
                "remove_attributes": list(it.remove_attributes),
            }
            for it in plan.changes
        ],
        "unchanged": plan.unchanged,
        "unknown": [{"account": account, "code": code} for account, code in plan.unknown.items()],
        "removals": plan.removals,
    }
    if written is not None:
        view["written"] = {
            "counts": dict(sorted(written.counts.items())),
            "refused": [{"account": account, "code": code} for account, code in written.refused.items()],
            "unanswered": sorted(written.unanswered),
            "error": None if written.error is None else str(written.error),
        }
    return json_text(view)


def checked_text(checked: CheckedAccounts) -> str:
    """Return how many accounts of a campaign an app has, and those that it does not have."""
    lines = [
        say(
            "{campaign}: the service knows {people}", campaign=checked.campaign, people=_people(checked.known)
        )
    ]
    for accounts, what in (
        (checked.unknown, say("  it does not know {people}", people=_people(len(checked.unknown)))),
        (checked.not_told, say("  it says nothing of {people}", people=_people(len(checked.not_told)))),
    ):
        if accounts:
            shown = say("{what}: {few}", what=what, few=_few(accounts))
            lines.append(what if checked.is_private else shown)
    return "\n".join(lines) + "\n"


def checked_json(checked: CheckedAccounts) -> str:
    """Return the same as JSON, with all accounts unless they are of a pinned list."""
    view: dict[str, object] = {
        "format_version": FORMAT_VERSION,
        "campaign": checked.campaign,
        "known": checked.known,
        "unknown_count": len(checked.unknown),
        "not_told_count": len(checked.not_told),
    }
    if not checked.is_private:
        view |= {"unknown": list(checked.unknown), "not_told": list(checked.not_told)}
    return json_text(view)


def _few(accounts: Sequence[str]) -> str:
    """Return the first accounts, and that there are more of them."""
    more = ["…"] if len(accounts) > _SHOWN else []
    return said(listed([*map(printable, accounts[:_SHOWN]), *more]))


def _people(count: int) -> str:
    return said(plural("{number:,} person", "{number:,} people", count))

"""Policies on the bounds that a project sets: keys to give, senders, people reached, and calls a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.audience.exclusions import Exclusion, exclusion_text
from pushspec.language import phrase
from pushspec.plan.policies.context import Finding
from pushspec.plan.refusals import refusal_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.audience.pinned.pin import Pin
    from pushspec.plan.policies.context import PolicyContext
    from pushspec.spec.campaign import Campaign


def require(context: PolicyContext) -> Iterator[Finding]:
    """The keys that the project asks for are there and hold something."""
    for key in context.policy.require:
        if key == "tried":
            yield from _tried(context)
        elif not _is_given(context.spec, key):
            yield Finding(phrase("{key} is missing", key=key))


def _is_given(spec: Campaign, key: str) -> bool:
    if key not in {"not_before", "not_after"}:
        return bool(getattr(spec, "from_" if key == "from" else key))
    # A task leaves at one moment, neither earlier nor later; each person's hour begins and ends.
    when = spec.schedule
    return when is not None and bool(when.at or when.local or getattr(when, key))


def _tried(context: PolicyContext) -> Iterator[Finding]:
    if context.last_try is None and not context.progress.begun_digest:
        yield Finding(
            phrase(
                "it was not tried as it is now; pushspec try {name} -e {environment} sends it to the testers",
                name=context.campaign.calls.name,
                environment=context.environment_name,
            )
        )


def allowed_senders(context: PolicyContext) -> Iterator[Finding]:
    """A push is sent in a name that the project has allowed."""
    sender, allowed = context.spec.from_, context.policy.allowed_senders
    if allowed is not None and sender is not None and sender not in allowed:
        yield Finding(
            phrase("{sender} is not one of {allowed}", sender=sender, allowed=", ".join(allowed)), ("from",)
        )


def everyone(context: PolicyContext) -> Iterator[Finding]:
    """A push to all users is looked at twice."""
    if context.campaign.is_to_everyone:
        population = context.environment.population
        count = f" ({population:,})" if population is not None else ""
        yield Finding(phrase("it goes to every user of the app{count}", count=count), ("audience",))


def max_accounts(context: PolicyContext) -> Iterator[Finding]:
    """A campaign names no more accounts than the project allows; everyone counts as the app's population."""
    most = context.policy.max_accounts
    is_to_everyone = context.campaign.is_to_everyone
    count = context.environment.population if is_to_everyone else context.campaign.calls.account_count
    if most is not None and count is not None and count > most:
        yield Finding(phrase("{count:,} accounts, {most:,} allowed", count=count, most=most), ("audience",))


def max_texts(context: PolicyContext) -> Iterator[Finding]:
    """A text for nearly every reader takes a call for each of them, and nobody reviews them all."""
    calls, most = context.campaign.calls, context.policy.max_texts
    count = len(calls.contents) + calls.hidden_contents
    if count > most:
        yield Finding(
            phrase("{count:,} different texts, {most:,} allowed", count=count, most=most), ("audience",)
        )


def exclude_without_effect(context: PolicyContext) -> Iterator[Finding]:
    """A list of people to leave out leaves somebody out, and means nobody that it fails to name."""
    pins = list(context.campaign.audience_pins.values())
    pulled = {one.label for pin in pins for one in pin.exclusions}
    for exclusion in context.campaign.exclusions:
        # What an audience file names to no effect is said below, with its audience.
        is_idle = exclusion.found == 0 and exclusion.path not in pulled
        # Without every list at hand nobody can tell yet.
        if exclusion.found is not None and (is_idle or exclusion.near > exclusion.found):
            yield Finding(exclusion_text(exclusion), ("audience", "exclude"))
    for pin in pins:
        yield from _idle_when_pulled(pin)


def _idle_when_pulled(pin: Pin) -> Iterator[Finding]:
    """Yield what an audience file excludes and its pull did not find."""
    for one in pin.exclusions:
        if not one.found:
            text = exclusion_text(Exclusion(one.label, one.entries, one.found))
            yield Finding(phrase("{audience}: {text}", audience=pin.audience, text=text), ("audience",))


def max_push_calls_per_day(context: PolicyContext) -> Iterator[Finding]:
    """The project spends no more of the day's pushes than it allows itself."""
    most, need, used = (
        context.policy.max_push_calls_per_day,
        context.push_calls_needed,
        context.push_calls_used,
    )
    # What waits for its window is counted on the day it leaves; what the service sends, on the day it names.
    is_of_the_day = context.leaves_at <= context.now or context.campaign.calls.due_at is not None
    if most is not None and need and is_of_the_day and used + need > most:
        yield Finding(
            phrase(
                "{used} of {most} calls of the day are used, {need} needed", used=used, most=most, need=need
            )
        )


def max_refused(context: PolicyContext) -> Iterator[Finding]:
    """A list of which the service refuses most is no list of this app; the rest of it stays."""
    progress = context.progress
    count = refusal_count(context.policy.max_refused_share, [*progress.sent, *progress.refused])
    if count.excess:
        yield Finding(count.excess, ("audience",))

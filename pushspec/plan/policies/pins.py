"""The policy on pinned lists: one that was pulled long ago lacks who came, and still holds who left."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.plan.policies.context import Finding
from pushspec.timestamps import span_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.plan.policies.context import PolicyContext


def pin_age(context: PolicyContext) -> Iterator[Finding]:
    """A list is younger than the project allows; one that is excluded must be younger still."""
    sent_to = context.campaign.audience_pins
    for name, pin in context.campaign.pins.items():
        is_sent_to = name in sent_to
        most_s = context.policy.max_pin_age if is_sent_to else context.policy.max_exclusion_age
        # A task fixes its people when it is made, and they must not be old when it is sent.
        age = (context.campaign.calls.due_at or context.now) - pin.pulled_at
        if age > timedelta(seconds=most_s):
            what = phrase("list") if is_sent_to else phrase("excluded list")
            allowed = phrase(
                "{span} allowed; run `pushspec audience pull {name} -e {environment}`",
                span=span_text(most_s),
                name=name,
                environment=context.environment_name,
            )
            yield Finding(
                phrase(
                    "the {what} of {name} is {span} old, {allowed}",
                    what=what,
                    name=name,
                    span=span_text(age.total_seconds()),
                    allowed=allowed,
                ),
                ("audience",),
            )

"""The ``rollout`` of a campaign: its stages, and what must hold before the next one may leave."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from pushspec.language import phrase
from pushspec.spec.refusals import NAME
from pushspec.spec.shares import Share  # noqa: TC001 - pydantic reads it at run time
from pushspec.tencent.delivery import Lifetime  # noqa: TC001 - pydantic reads it at run time
from pushspec.tencent.model import Model, refusal

LEAST_KNOWN = 20
"""Of fewer outcomes, a share says nothing."""
_DAY_S = 86_400
_STAGE_MAX = 40
_THRESHOLD = re.compile(r"(<=|<|>=|>) ?(100|\d{1,2}(?:\.\d{1,3})?)%")


class Measure(StrEnum):
    """What a condition looks at, as a share of the people whose outcome is known."""

    REFUSED = "refused"
    LOST = "lost"
    REACHED = "reached"
    OPENED = "opened"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A share that something must stay below or come above.

    Attributes:
        sign: ``<``, ``<=``, ``>`` or ``>=``.
        share: From 0 to 1, exact.
    """

    sign: str
    share: Decimal

    def holds(self, count: int, of: int) -> bool:
        """Return whether ``count`` of ``of`` people is a share that it allows; compared exactly."""
        bound = self.share * of
        if self.sign.startswith("<"):
            return count < bound or (self.sign == "<=" and count == bound)
        return count > bound or (self.sign == ">=" and count == bound)


def threshold_of(text: str) -> Threshold | None:
    """Read ``< 5%``; None where the text has another form."""
    match = _THRESHOLD.fullmatch(text)
    return Threshold(match[1], Decimal(match[2]) / 100) if match is not None else None


def _condition(value: str) -> str:
    if threshold_of(value) is None:
        raise refusal("condition-share", phrase("is not a condition such as '< 5%'"))
    return value


Comparison = Annotated[str, AfterValidator(_condition)]


class ContinueIf(Model):
    """What must hold of a stage before the next one leaves; all of them."""

    refused: Comparison | None = Field(default=None, description="Accounts that the service refused.")
    lost: Comparison | None = Field(default=None, description="People whose push was lost on the way.")
    reached: Comparison | None = Field(default=None, description="People whose phone got it.")
    opened: Comparison | None = Field(default=None, description="People who opened it.")

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if not self.model_fields_set:
            raise refusal("condition-missing", phrase("names no condition"))
        return self

    @property
    def thresholds(self) -> dict[Measure, Threshold]:
        """The conditions by what they look at."""
        given = {measure: getattr(self, measure.value) for measure in Measure}
        found = {measure: threshold_of(text) for measure, text in given.items() if text is not None}
        return {measure: threshold for measure, threshold in found.items() if threshold is not None}


class Stage(Model):
    """A slice of a campaign's people, and what opens the next one."""

    stage: str = Field(pattern=NAME, max_length=_STAGE_MAX, description="Its name; part of the calls' keys.")
    share: Share | None = Field(
        default=None, description="Of all people of the campaign; the last stage may be the rest."
    )
    tag: str | None = Field(
        default=None,
        min_length=1,
        description="Instead of share, for a push by tag: those who have this tag.",
    )
    hold: Lifetime = Field(default=0, description="How long the next stage waits after this one was sent.")
    continue_if: ContinueIf | None = Field(default=None, description="What must hold to go on.")
    min_count: int = Field(
        default=LEAST_KNOWN, ge=1, description="People whose outcome must be known before a share counts."
    )
    max_wait: Lifetime = Field(
        default=_DAY_S, description="How long after the hold an unknown condition may wait before it stops."
    )

    @property
    def hold_time(self) -> timedelta:
        """How long the next stage waits after the last call of this one."""
        return timedelta(seconds=self.hold)

    @property
    def longest_wait(self) -> timedelta:
        """How long after the hold a condition may stay unknown."""
        return timedelta(seconds=self.max_wait)

    @property
    def thresholds(self) -> dict[Measure, Threshold]:
        """Its conditions by what they look at; empty without any."""
        return self.continue_if.thresholds if self.continue_if is not None else {}

    def condition_texts(self) -> dict[Measure, str]:
        """Return its conditions as the author wrote them: ``{refused: "< 5%"}``."""
        given = self.continue_if.model_dump(exclude_none=True) if self.continue_if is not None else {}
        return {Measure(name): text for name, text in given.items()}

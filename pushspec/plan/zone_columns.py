"""Where a campaign's lists say in which zone people are, and which zones its hour does not exist in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pushspec.audience.zoned import ZoneColumn
from pushspec.language import phrase
from pushspec.spec.recipients import FromFile, FromPin, FromQuery, Listed
from pushspec.text import few_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pushspec.plan.local_hours import LocalHour
    from pushspec.problems import Problem
    from pushspec.spec.campaign import Audience, Schedule
    from pushspec.spec.load import CampaignSpec
    from pushspec.spec.recipients import Recipients

_FEW = 3


def zoned_source(audience: Audience | None, schedule: Schedule | None) -> Recipients | None:
    """Return who gets a variant; of a list, with the column of people's zones where their hours need it."""
    source = audience.recipients if audience is not None else None
    column = schedule.timezone_column if schedule is not None else None
    if column is None or not isinstance(source, FromFile | FromQuery | FromPin) or column in source.columns:
        return source
    return replace(source, columns=(*source.columns, column))


def zone_column(schedule: Schedule, audience: Audience | None) -> ZoneColumn | None:
    """Return where an audience says in which zone people are; None where nothing can tell."""
    source = audience.recipients if audience is not None else None
    name = schedule.timezone_column if not isinstance(source, Listed) else None
    if audience is None or (name is None and schedule.default is None):
        return None
    return ZoneColumn(name, schedule.default, name in (audience.personalize or ()))


def skipped_hours(spec: CampaignSpec, hours: Sequence[LocalHour]) -> Iterator[Problem]:
    """Refuse an hour that the clocks of a zone skip as a whole: nobody there could ever get it."""
    for hour in hours:
        if hour.closes_at <= hour.opens_at:
            yield spec.document.problem(
                ("schedule", "local_until"),
                "local-skipped",
                phrase(
                    "the clocks in {few} skip this hour as a whole",
                    few=few_text(hour.zones[:_FEW], len(hour.zones)),
                ),
                hint=phrase("they are set forward then; let it last longer, or choose another hour"),
            )

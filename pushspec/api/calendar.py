"""The calendar of an environment, from its files and its lockfile."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pushspec.api.planning import build_plan, read_state
from pushspec.plan.calendar import Calendar, build_calendar
from pushspec.timestamps import zone_text

if TYPE_CHECKING:
    from datetime import date, datetime

    from pushspec.api.project import LoadedProject

__all__ = ["Calendar", "calendar_of"]


def calendar_of(
    project: LoadedProject,
    *,
    now: datetime,
    first: date | None = None,
    weeks: int = 5,
    online: bool = False,
) -> Calendar:
    """Return the weeks around a moment.

    Args:
        project: The project, at one of its environments.
        now: The moment, aware.
        first: A day of the first week; the last week when left out.
        weeks: How many weeks.
        online: A lockfile outside the project folder is read, too.

    Raises:
        SpecError: A file is wrong; it carries the problems of all files.
        LockError: The lockfile is damaged or foreign.
    """
    state, note, is_lockfile_lost = read_state(project, required=False, online=online)
    plan = build_plan(project, now=now, state=state)
    plan = replace(plan, lock_note=note, is_lockfile_lost=is_lockfile_lost)
    return build_calendar(
        plan,
        state,
        project.spec.project.policy,
        now=now,
        zone=project.zone,
        zone_name=zone_text(project.zone, now),
        first=first,
        weeks=weeks,
    )

"""A lockfile as a story: one line a record, oldest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import say
from pushspec.lockfile.records import Sent, ids_of
from pushspec.sanitize import printable
from pushspec.timestamps import in_zone, zone_text, zoned_text
from pushspec.views.outcome_text import ids_text
from pushspec.views.record_text import record_text, refused_count
from pushspec.views.wrapping import hanging

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from pushspec.api.history import LogEntry
    from pushspec.api.project import LoadedProject
    from pushspec.lockfile.records import AnyRecord

_LONGEST_KIND = 8
_SHORT = dict.fromkeys(("recall_intent", "not_recalled", "recall_unknown"), "recall") | {
    "dispatched": "sent",
    **dict.fromkeys(
        ("task_intent", "scheduled", "rescheduled", "cancelled", "not_scheduled", "task_unknown"), "task"
    ),
}
"""Kinds that a line calls by a shorter name."""


def heading_text(project: LoadedProject, now: datetime, *, width: int = 100) -> str:
    """Return whose records they are, and in which zone their times are."""
    where = f"{project.environment_name} · {printable(project.shown_lock)}"
    heading = f"{where} · {say('times in {zone}', zone=zone_text(project.zone, now))}"
    return "".join(f"{line}\n" for line in [*hanging(heading, width), ""])


def entry_text(entry: LogEntry, zone: tzinfo | None = None, *, width: int = 100) -> str:
    """Return the line of a record, if it was asked for, and one for each call that it leaves in doubt."""
    told = [_told(entry.record, entry.accounts)] if entry.is_asked_for else []
    told += [("", say("{key}  IN DOUBT: its run ended without an outcome", key=key)) for key in entry.doubts]
    when = zoned_text(entry.record.at, zone, seconds=True)
    lines = (
        line.rstrip()
        for kind, what in told
        for line in hanging(
            in_zone(printable(what), zone, is_named=False), width, first=f"{when}  {kind:<{_LONGEST_KIND}}  "
        )
    )
    return "".join(f"{line}\n" for line in lines)


def entry_json(entry: LogEntry) -> str:
    """Return a record as a line of JSON, if it was asked for."""
    return f"{entry.record.model_dump_json()}\n" if entry.is_asked_for else ""


def nothing_text(project: LoadedProject) -> str:
    """Say that there is nothing to show."""
    return say(
        "Nothing was ever sent in {environment}: {lock} holds no campaign.",
        environment=project.environment_name,
        lock=project.shown_lock,
    )


def _told(record: AnyRecord, accounts: int) -> tuple[str, str]:
    """Return a record's kind and what it says; a call of which every account was refused sent nothing."""
    if isinstance(record, Sent) and 0 < accounts <= refused_count(record):
        return "refused", say(
            "{key}  {ids}: every account was refused", key=record.key, ids=ids_text(ids_of(record))
        )
    return _SHORT.get(record.record, record.record), record_text(record)

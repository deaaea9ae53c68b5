"""How an environment stands: its status, and campaigns that a person stopped before their first call."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from pushspec.api.call_keys import name_of
from pushspec.lockfile.status import Status, status_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from pushspec.lockfile.records import Gate
    from pushspec.lockfile.state import LockState


@dataclass(frozen=True, slots=True)
class Standing(Status):
    """A status that knows of campaigns that were not begun, too.

    Attributes:
        stopped: The stops of campaigns of which nothing was sent yet, in the order said.
    """

    stopped: tuple[Gate, ...] = ()


def gone_files(status: Status, root: Path) -> Mapping[str, str]:
    """Return the file of each campaign that is not finished, by its key, where the file is gone.

    Args:
        status: The status.
        root: The project folder.
    """
    unfinished = ((it.key, it.history.begin.spec) for it in status.campaigns if not it.is_finished)
    return {key: spec for key, spec in unfinished if not (root / spec).exists()}


def standing_of(state: LockState, now: datetime) -> Standing:
    """Return how the environment of a lockfile stands at an instant."""
    status = status_of(state, now)
    known = {field.name: getattr(status, field.name) for field in fields(status)}
    return Standing(**known, stopped=tuple(_stopped(state)))


def _stopped(state: LockState) -> Iterator[Gate]:
    """Yield the stops of campaigns that were not begun; one of which a later version was begun is past."""
    newest: dict[str, int] = {}
    for key, history in state.campaigns.items():
        newest[name_of(key)] = max(history.begin.version, newest.get(name_of(key), 0))
    for key, stop in state.stops.items():
        version = key.rpartition("@")[2]
        is_past = version.isdecimal() and int(version) < newest.get(name_of(key), 0)
        if key not in state.campaigns and not is_past:
            yield stop

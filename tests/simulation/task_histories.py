"""Made-up histories of tasks at the service: who edits, approves, applies and looks, and what goes wrong."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from simulation.events import STORE_FAULTS, Apply
from simulation.task_files import LISTS, NAMES, SLOTS, TEXTS, Files, FileState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REPLIES = (
    "unreachable", "never arrives", "silent", "silent", "late", "late", "late", "garbage", "gateway",
    "internal", "internal, not done", "unknown code", "refused", "half", "half", "no number", "twice",
)  # fmt: skip


@dataclass(frozen=True)
class Edit:
    """Somebody edits a campaign file, removes it, or puts it there.

    Attributes:
        name: The campaign.
        state: What the file says now; None where it is gone.
    """

    name: str
    state: FileState | None


@dataclass(frozen=True)
class Approve:
    """Somebody reads the plan and approves it."""


@dataclass(frozen=True)
class Run:
    """Apply of what was approved last, and what befalls it."""

    fate: Apply
    replies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Look:
    """Status: the service is asked about doubts and about what is over."""

    fate: Apply
    replies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Say:
    """A person looks into the console and says of a task in doubt what they see there."""

    which: int


@dataclass(frozen=True)
class Touch:
    """Somebody edits or deletes a task in the console."""

    how: Literal["text", "time", "delete"]
    which: int


@dataclass(frozen=True)
class Halt:
    """A person freezes the environment, or lets applies go on."""

    frozen: bool


@dataclass(frozen=True)
class Pass:
    """Time passes.

    Attributes:
        seconds: How much.
        until: Only until so many seconds before the next moment at which files may be sent.
    """

    seconds: float = 0
    until: float | None = None


TaskEvent = Edit | Approve | Run | Look | Say | Touch | Halt | Pass
TaskPast = tuple[TaskEvent, ...]


def draw_tasks(seed: int) -> TaskPast:
    """Return the history of a seed."""
    chance = random.Random(seed)
    files: Files = {}
    return tuple(event for _ in range(chance.randint(1, 6)) for event in _draw_round(chance, files))


def _draw_round(chance: random.Random, files: Files) -> Iterator[TaskEvent]:
    """Yield what happens up to a run, the run, and what happens right after it began or ended."""
    for _ in range(chance.choice([0, 1, 1, 2])):
        yield _draw_edit(chance, files)
    if chance.random() < 0.4:
        yield _draw_disturbance(chance)
    if chance.random() < 0.9:
        yield Approve()
    if chance.random() < 0.1:
        yield _draw_edit(chance, files)
    fate = _draw_fate(chance)
    if chance.random() < 0.2:
        fate = replace(fate, latency_s=chance.choice([0.1, 5.5]))
        yield Pass(until=chance.choice([0.5, 3.0, 10.0]))
    yield Run(fate, _draw_replies(chance))
    if fate.goes_on_after_s is not None:
        yield Halt(frozen=True) if chance.random() < 0.4 else _draw_disturbance(chance)
    yield Pass(chance.choice([0.0, 0.0, 1.0, 20.0, 70.0, 300.0, 960.0, 1_300.0, 3_000.0]))


def _draw_edit(chance: random.Random, files: Files) -> Edit:
    name = chance.choice([*NAMES, "list"])
    before = files.get(name)
    if before is not None and chance.random() < 0.25:
        del files[name]
        return Edit(name, None)
    state = before or FileState(people=chance.randrange(len(LISTS)), slot=_draw_slot(chance))
    match chance.choice(["text", "slot", "people", "version"]) if before is not None else "":
        case "text":
            state = state._replace(text=chance.choice(TEXTS))
        case "slot":
            state = state._replace(slot=_draw_slot(chance))
        case "people":
            state = state._replace(people=chance.randrange(len(LISTS)))
        case "version":
            state = state._replace(version=min(3, state.version + 1))
    files[name] = state
    return Edit(name, state)


def _draw_slot(chance: random.Random) -> int:
    return chance.choices(range(len(SLOTS)), [2, 4, 4, 1, 4])[0]


def _draw_disturbance(chance: random.Random) -> TaskEvent:
    match chance.choice(["look", "say", "say", "touch", "touch", "halt"]):
        case "look":
            return Look(_draw_fate(chance), _draw_replies(chance))
        case "say":
            return Say(chance.randrange(4))
        case "touch":
            return Touch(chance.choice(["text", "time", "delete"]), chance.randrange(4))
    return Halt(chance.random() < 0.7)


def _draw_fate(chance: random.Random) -> Apply:
    def sometimes(share: float) -> bool:
        return chance.random() < share

    is_slow = sometimes(0.3)
    return Apply(
        kill_at=chance.randrange(70) if sometimes(0.35) else None,
        power_keeps=chance.randrange(3) if sometimes(0.15) else None,
        pause_at=chance.randrange(60) if sometimes(0.15) else None,
        pause_s=chance.choice([20.0, 40.0, 70.0, 1500.0]),
        skew_s=chance.choice([-10.0, 10.0]) if sometimes(0.1) else 0,
        latency_s=chance.choice([2.0, 5.5]) if is_slow else 0.1,
        store=tuple(
            chance.choice(STORE_FAULTS) if sometimes(0.2) else "none" for _ in range(chance.randrange(6))
        ),
        goes_on_after_s=chance.choice([0.2, 3, 8, 35, 70, 1200])
        if sometimes(0.6 if is_slow else 0.1)
        else None,
    )


def _draw_replies(chance: random.Random) -> tuple[str, ...]:
    return tuple(
        chance.choice(REPLIES) if chance.random() < 0.45 else "ok" for _ in range(chance.randrange(8))
    )


def shrink_tasks(past: TaskPast, fails: Callable[[TaskPast], object]) -> TaskPast:
    """Return a small history that still fails: events and faults that do not matter are left out."""
    smaller = True
    while smaller:
        found = next((it for it in _smaller(past) if fails(it)), None)
        past, smaller = (past, False) if found is None else (found, True)
    return past


def _smaller(past: TaskPast) -> Iterator[TaskPast]:
    for place, event in enumerate(past):
        yield past[:place] + past[place + 1 :]
        if isinstance(event, Run | Look) and (event.fate != Apply() or event.replies):
            for simpler in (replace(event, fate=Apply()), replace(event, replies=())):
                if simpler != event:
                    yield (*past[:place], simpler, *past[place + 1 :])

"""The cells of the proof with real processes: which run meets what, at which step, against which faults."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from simulation.crashpoints import CrashPoint
from simulation.fate import ENDINGS, ERRORS, JUMPS, KILL, STOP, STOP_SETTLED, STOPS
from simulation.faults import FAULTS, faults_for
from simulation.worker import KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from simulation.errands import Errand
    from simulation.fate import Step

_DRAWN = "drawn"
APPLY, RESOLVE = "apply", "resolve"
WAYS = ("port closed", "no TLS")
"""What stands in the way of the first run's connections: certainly not sent."""

STORES = ("file", "git", "postgresql")
_SHARES = {"file": 1, "git": 60, "postgresql": 20}
"""Each so-many-th step meets each fault: git takes seconds where a file takes a tenth."""

_STRIDES = {"file": 1, "git": 11, "postgresql": 3}
"""Of the other crash points, each so-many-th step."""

_POINTS = list(CrashPoint)
_IN_FLIGHT = _POINTS[_POINTS.index(CrashPoint.C5) : _POINTS.index(CrashPoint.C17)]
_BEFORE_THE_GATE = _POINTS[_POINTS.index(CrashPoint.C5) : _POINTS.index(CrashPoint.C10)]
_AROUND_THE_REQUEST = _POINTS[_POINTS.index(CrashPoint.C5) : _POINTS.index(CrashPoint.C13)]
_JUDGING = _POINTS[_POINTS.index(CrashPoint.C12) : _POINTS.index(CrashPoint.C19)]
_FIRST_DEATHS = (CrashPoint.C2, CrashPoint.C6, CrashPoint.C8, CrashPoint.C12, CrashPoint.C17, CrashPoint.C20)


@dataclass(frozen=True)
class Act:
    """One run, and what happens to it at one of its steps; nothing where the step is empty."""

    step: str
    blow: str = KILL
    command: str = APPLY

    def __str__(self) -> str:
        return f"{self.command}, {self.blow} at {self.step}"

    @classmethod
    def parse(cls, text: str) -> Act:
        """Read what ``str`` wrote."""
        command, _, rest = text.partition(", ")
        blow, _, step = rest.partition(" at ")
        return cls(step, blow, command)


@dataclass(frozen=True)
class Cell:
    """One experiment: a store, faults to come, and runs that meet something.

    Attributes:
        point: The crash point that it is about; none where everything was drawn.
        store: The kind of store.
        faults: What the service does to the next request of a call.
        way: What stands in the way of the first run's connections; mostly nothing.
        acts: The runs, before everything is brought to rest.
    """

    point: CrashPoint | None
    store: str
    acts: tuple[Act, ...]
    faults: tuple[tuple[str, str], ...] = ()
    way: str = ""

    def __str__(self) -> str:
        faults = " + ".join(f"{name} on {key}" for key, name in self.faults) or self.way or "no fault"
        return " | ".join([str(self.point or _DRAWN), self.store, faults, *map(str, self.acts)])

    @classmethod
    def parse(cls, text: str) -> Cell:
        """Read what ``str`` wrote."""
        point, store, trouble, *acts = text.split(" | ")
        pairs = [fault.rpartition(" on ") for fault in trouble.split(" + ") if " on " in fault]
        return cls(
            None if point == _DRAWN else CrashPoint[point],
            store,
            tuple(map(Act.parse, acts)),
            tuple((key, name) for name, _, key in pairs),
            trouble if trouble in WAYS else "",
        )

    @property
    def trouble(self) -> str:
        """The fault, as one column of the table."""
        return self.faults[0][1] if self.faults else self.way or "no fault"


def key_of(step: str) -> str:
    """Return the call that a step belongs to; the first one where it belongs to none."""
    subject = step.partition(": ")[0].rpartition(" ")[2]
    return subject if subject in KEYS else KEYS[0]


def single_deaths(store: str, steps: Sequence[Step], point: CrashPoint) -> Iterator[Cell]:
    """Yield C1 to C22 and C25: SIGKILL at each step of the crash point, crossed with each fault."""
    share = _SHARES[store]
    for number, step in enumerate(steps):
        if step.point is not point:
            continue
        acts = (Act(step.name),)
        yield Cell(step.point, store, acts)
        for turn, fault in enumerate(faults_for(number)):
            if (number + turn) % share == 0:
                yield Cell(step.point, store, acts, ((key_of(step.name), fault.name),))
        for turn, way in enumerate(WAYS):
            if (number + turn) % (3 * share) == 0:
                yield Cell(step.point, store, acts, way=way)


def friendly_ends(store: str, steps: Sequence[Step]) -> Iterator[Cell]:
    """Yield C26: SIGINT and SIGTERM at each step."""
    for number, step in enumerate(steps[:: _STRIDES[store]]):
        for signal in ENDINGS:
            yield from _alone_and_with_a_fault(CrashPoint.C26, store, Act(step.name, signal), number)


def long_stops(store: str, steps: Sequence[Step]) -> Iterator[Cell]:
    """Yield C27: SIGSTOP at each step in flight, while another run takes over."""
    in_flight = [step for step in steps if step.point in _IN_FLIGHT]
    for number, step in enumerate(in_flight[:: _STRIDES[store]]):
        for stop in STOPS:
            if stop != STOP_SETTLED or _nothing_has_left(step):
                yield from _alone_and_with_a_fault(CrashPoint.C27, store, Act(step.name, stop), number)


def _nothing_has_left(step: Step) -> bool:
    """Whether no request is on its way at a step.

    Behind the gate the margin of 15 minutes is an assumption, not something that is checked; and while the
    second part of a list is about to be sent, the first may be behind its gate.
    """
    return step.point in _BEFORE_THE_GATE and "#2" not in step.name


def full_disks(store: str, steps: Sequence[Step]) -> Iterator[Cell]:
    """Yield C28: the system refuses each thing that it can refuse."""
    writes = [step for step in steps if step.can_fail]
    for number, step in enumerate(writes[:: _STRIDES[store]]):
        for error in ERRORS:
            yield from _alone_and_with_a_fault(CrashPoint.C28, store, Act(step.name, error), number)


def clock_jumps(store: str, steps: Sequence[Step]) -> Iterator[Cell]:
    """Yield C29: the clock jumps around the intent and before the request."""
    runtime = [step for step in steps if step.point in _AROUND_THE_REQUEST]
    for step in runtime[:: _STRIDES[store]]:
        for jump in JUMPS:
            yield Cell(CrashPoint.C29, store, (Act(step.name, jump),))


def _alone_and_with_a_fault(point: CrashPoint, store: str, act: Act, number: int) -> Iterator[Cell]:
    yield Cell(point, store, (act,))
    if store == "file":
        fault = list(FAULTS)[number % len(FAULTS)]
        yield Cell(point, store, (act,), ((key_of(act.step), fault),))


def first_deaths(steps: Sequence[Step]) -> Iterator[Act]:
    """Yield a first death of each kind that leaves something to recover from, the last step of each."""
    for point in _FIRST_DEATHS:
        at = [step.name for step in steps if step.point is point]
        if at:
            yield Act(at[-1])


def doubtful_deaths(steps: Sequence[Step]) -> Iterator[Act]:
    """Yield deaths that leave a doubt, of a call that was sent and of one that was not."""
    for when in ("everyone@1: half sent", "everyone@1: all sent", "listed@1#1: all sent"):
        if any(step.name == when for step in steps):
            yield Act(when)


def second_deaths(store: str, first: Act, steps: Sequence[Step]) -> Iterator[Cell]:
    """Yield C23: the run that recovers is killed at each of its steps too."""
    for step in steps[:: _STRIDES[store] ** 2]:
        yield Cell(CrashPoint.C23, store, (first, Act(step.name)))


def deaths_in_resolve(store: str, first: Act, steps: Sequence[Step]) -> Iterator[Cell]:
    """Yield C24: the command that records a person's word is killed at each step, or meets a broken disk."""
    for step in steps[:: _STRIDES[store]]:
        yield Cell(CrashPoint.C24, store, (first, Act(step.name, KILL, RESOLVE)))
        if step.can_fail:
            yield Cell(CrashPoint.C24, store, (first, Act(step.name, "EIO", RESOLVE)))


_BROKEN_ANSWERS = (
    "silent",
    "closed in the body",
    "right length, half JSON",
    "HTTP 502 with a good body",
    "HTTP 404",
)


def deaths_on_errand(store: str, name: str, errand: Errand, steps: Sequence[Step]) -> Iterator[Cell]:
    """Yield C30 to C33: SIGKILL at each step of something else than an apply, and against broken answers."""
    for number, step in enumerate(steps[:: _STRIDES[store]]):
        cell = Cell(errand.point, store, (Act(step.name, KILL, name),))
        yield cell
        if store == "file" and errand.fault_on and step.point in _JUDGING:
            fault = _BROKEN_ANSWERS[number % len(_BROKEN_ANSWERS)]
            yield replace(cell, faults=((errand.fault_on, fault),))


def random_cell(seed: int, steps: Sequence[Step], resolving: Sequence[Step]) -> Cell:
    """Return a cell of one to three runs in a row, each with something drawn, against faults drawn."""
    draw = random.Random(seed)
    acts: list[Act] = []
    left = list(steps)
    for _ in range(draw.choice((1, 2, 2, 3))):
        if acts and draw.random() < 0.2:
            acts.append(Act(draw.choice(resolving).name, KILL, RESOLVE))
            continue
        step = draw.choice(left)
        left = [one for one in left[left.index(step) :] if one is not step] + _of_every_run(steps)
        blows = [KILL, KILL, KILL, *ENDINGS, STOP, *JUMPS, *(ERRORS if step.can_fail else ())]
        acts.append(Act(step.name, draw.choice(blows)))
    faults = tuple((key, draw.choice(list(FAULTS))) for key in KEYS if draw.random() < 0.5)
    return Cell(None, "file", tuple(acts), faults)


def _of_every_run(steps: Sequence[Step]) -> list[Step]:
    """Return the steps that come again in a run that goes on behind another."""
    return [step for step in steps if step.name.partition(":")[0] in {"log", "probe", "open", "close"}]


def in_drawn_order(cells: Iterable[Cell]) -> list[Cell]:
    """Return cells in an order that has nothing to do with their names, always the same."""
    return sorted(cells, key=lambda cell: hashlib.sha256(str(cell).encode()).digest())

"""What happens in a made-up history: drawn from a seed, replayed exactly, and cut down when it fails."""

from __future__ import annotations

import random
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

StoreFault = Literal[
    "none", "error before", "error after", "taken by itself", "stale read", "not synced", "gone"
]
Reply = Literal[
    "ok", "partial", "too soon", "refused", "credentials", "quota", "forbidden",
    "unreachable", "never arrives", "silent", "late", "twice", "cut", "garbage", "no id", "gateway",
    "gateway, not sent", "internal", "internal, not sent", "unknown code", "mostly refused",
]  # fmt: skip

REPLIES: tuple[Reply, ...] = (
    "ok", "partial", "too soon", "refused", "credentials", "quota", "forbidden",
    "unreachable", "never arrives", "silent", "late", "twice", "cut", "garbage", "no id", "gateway",
    "gateway, not sent", "internal", "internal, not sent", "unknown code", "mostly refused",
)  # fmt: skip
STORE_FAULTS: tuple[StoreFault, ...] = (
    "error before",
    "error after",
    "taken by itself",
    "stale read",
    "not synced",
    "gone",
)


STAGED = 0.2
"""The share of histories that are about a campaign in stages."""
LOCAL = 0.04
"""The share of histories that are about a campaign at each person's hour."""
TRIED = 0.15
"""The share of histories in which somebody tries a campaign first."""

_STAGE_REPLIES: tuple[Reply, ...] = (
    "ok",
    "ok",
    "partial",
    "mostly refused",
    "refused",
    "silent",
    "unreachable",
)

_HOUR_REPLIES: tuple[Reply, ...] = ("ok", "ok", "ok", "too soon", "unreachable", "unreachable", "silent")

MOST_SKEW_S = 29
"""How far a clock may be off; beyond half a minute pushspec stops."""


@dataclass(frozen=True)
class Apply:
    """Somebody, or CI, runs apply.

    Attributes:
        only: Campaigns to send, by place.
        edited: Those among them whose files somebody changed without raising the version.
        kill_at: The step at which the process dies; steps are counted through the run.
        power_keeps: The power goes as well, for all; so many lines outlive it without having been synced.
        pause_at: The step at which the machine sleeps.
        pause_s: For how long.
        jump_at: The step at which the wall clock is set.
        jump_s: By how much.
        skew_s: How far the machine's clock is off from the start.
        is_dull: The machine's randomness says the same each time.
        latency_s: Of connecting and of the answer.
        store: What goes wrong with the lockfile, one entry an append.
        replies: What the service does, one entry a request; ``ok`` afterwards.
        goes_on_after_s: ``None`` to wait until the run is over; else the next thing happens so much later.
        max_in_doubt: As the option.
    """

    only: tuple[int, ...] = (0, 1, 2, 3)
    edited: tuple[int, ...] = ()
    kill_at: int | None = None
    power_keeps: int | None = None
    pause_at: int | None = None
    pause_s: float = 0
    jump_at: int | None = None
    jump_s: float = 0
    skew_s: float = 0
    is_dull: bool = False
    latency_s: float = 0.1
    store: tuple[StoreFault, ...] = ()
    replies: tuple[Reply, ...] = ()
    goes_on_after_s: float | None = None
    max_in_doubt: int = 0


@dataclass(frozen=True)
class Wait:
    """Time passes."""

    seconds: float


@dataclass(frozen=True)
class Resolve:
    """A person settles a call, perhaps too early, perhaps wrongly."""

    verdict: Literal["sent", "not_sent", "abandoned"]
    which: int
    kill_at: int | None = None
    skew_s: float = 0


@dataclass(frozen=True)
class Unlock:
    """A person takes the lock from whoever has it."""

    kill_at: int | None = None


@dataclass(frozen=True)
class Freeze:
    """A person stops everything, or lets it go on."""

    frozen: bool


@dataclass(frozen=True)
class Steer:
    """A person stops the campaign that leaves in stages, or lets it go on."""

    goes_on: bool


@dataclass(frozen=True)
class Try:
    """Somebody tries a campaign on the testers' phones.

    Attributes:
        which: The campaign, by place.
        run: What befalls the run, its store and its requests.
    """

    which: int
    run: Apply


Event = Apply | Wait | Resolve | Unlock | Freeze | Steer | Try
History = tuple[Event, ...]


def draw_history(seed: int) -> History:
    """Return the history of a seed, with tries in some."""
    events = _draw_history(seed)
    tries = random.Random(f"tries {seed}")
    return tuple(_with_tries(tries, events)) if tries.random() < TRIED else events


def _with_tries(chance: random.Random, events: History) -> Iterator[Event]:
    """Somebody tries a campaign before, between and behind what else happens, and perhaps during a freeze."""
    for event in (*events, Wait(0.1)):
        if chance.random() < 0.5:
            run = replace(_draw_apply(chance), only=(), edited=(), max_in_doubt=0)
            if chance.random() < 0.3:
                yield Freeze(True)
                yield Try(chance.randrange(5), run)
                yield Freeze(False)
            elif chance.random() < 0.3:
                sleepy = replace(run, kill_at=None, pause_at=chance.randrange(12), pause_s=10)
                yield Try(chance.randrange(5), replace(sleepy, goes_on_after_s=chance.choice([0.05, 1, 5])))
                yield Freeze(True)
                yield Wait(20)
                yield Freeze(False)
            else:
                yield Try(chance.randrange(5), run)
        yield event


def _draw_history(seed: int) -> History:
    """Return loose events, and some that belong together."""
    hours = random.Random(f"local {seed}")
    if hours.random() < LOCAL:
        return tuple(_draw_hours(hours))
    stages = random.Random(f"stages {seed}")
    if stages.random() < STAGED:
        return tuple(_draw_stages(stages))
    chance = random.Random(seed)
    events: list[Event] = []
    for _ in range(chance.randint(1, 6)):
        what = chance.random()
        if what < 0.2:
            events += _draw_doubt(chance)
        elif what < 0.3:
            events += _draw_sleeper(chance)
        elif what < 0.35:
            events += _draw_wrong_clock(chance)
        elif what < 0.37:
            events += _draw_old_list(chance)
        else:
            events.append(_draw(chance))
    return tuple(events)


def _draw_stages(chance: random.Random) -> Iterator[Event]:
    """A campaign leaves in stages: runs die and overlap, lists are bad, people stop it and let it go on."""
    if chance.random() < 0.15:  # the first call in doubt, settled by a person, and then on with the rest
        yield Apply(only=(4,), replies=("silent",))
        yield Resolve("sent", chance.randrange(3))
        yield Apply(only=(4,))
    for _ in range(chance.randint(2, 7)):
        what = chance.random()
        if what < 0.55:
            replies = tuple(chance.choice(_STAGE_REPLIES) for _ in range(chance.randrange(5)))
            drawn = replace(_draw_apply(chance), only=(4,), edited=())
            plain = replace(drawn, kill_at=None, store=(), pause_at=None, jump_at=None, skew_s=0)
            yield replace(drawn if chance.random() < 0.4 else plain, replies=replies)
        elif what < 0.8:
            yield Wait(chance.choice([1, 60, 299, 301, 650, 1300, 4000]))
        elif what < 0.9:
            yield Steer(chance.random() < 0.5)
        else:
            yield Resolve(chance.choice(["sent", "sent", "not_sent", "abandoned"]), chance.randrange(6))


def _draw_hours(chance: random.Random) -> Iterator[Event]:
    """A campaign leaves at each person's hour: runs come early, late, and shortly before an hour ends."""
    for _ in range(chance.randint(2, 7)):
        if chance.random() < 0.6:
            replies = tuple(chance.choice(_HOUR_REPLIES) for _ in range(chance.randrange(6)))
            drawn = replace(_draw_apply(chance), only=(5,), edited=())
            plain = replace(drawn, kill_at=None, store=(), jump_at=None, skew_s=0)
            yield replace(drawn if chance.random() < 0.4 else plain, replies=replies)
        elif chance.random() < 0.9:
            yield Wait(chance.choice([1, 60, 190, 395, 590, 597, 890, 1_195]))
        else:
            yield Resolve(chance.choice(["sent", "not_sent", "abandoned"]), chance.randrange(6))


def _draw_doubt(chance: random.Random) -> Iterator[Event]:
    """Something goes wrong, a person waits for a while, says that nothing went out, and applies again."""
    late = replace(_draw_apply(chance), kill_at=None, replies=("late",))
    yield late if chance.random() < 0.3 else _draw_apply(chance)
    yield Wait(chance.choice([1, 29, 31, 95, 600, 905, 1000]))
    yield Resolve("not_sent", chance.randrange(6))
    yield _draw_apply(chance)


def _draw_old_list(chance: random.Random) -> Iterator[Event]:
    """Most of a list is refused while another part of it finds no connection and wants to try again."""
    replies: list[Reply] = ["ok", "mostly refused", "unreachable", "unreachable"]
    yield replace(_draw_apply(chance), kill_at=None, only=(0, 1), edited=(), store=(), replies=tuple(replies))
    yield _draw_apply(chance)


def _draw_sleeper(chance: random.Random) -> Iterator[Event]:
    """A machine sleeps in the middle of a run; others find its lock, and it wakes up much later."""
    yield replace(
        _draw_apply(chance),
        kill_at=None,
        pause_at=chance.randrange(4, 30),
        pause_s=chance.choice([25, 50, 100, 2000]),
        goes_on_after_s=chance.choice([5, 25, 29.5, 40, 70]),
    )
    yield Unlock() if chance.random() < 0.5 else Wait(chance.choice([1, 60]))
    if chance.random() < 0.3:
        yield _draw_apply(chance)
    yield Wait(chance.choice([1, 35, 1000]))
    yield Resolve("not_sent", chance.randrange(6))
    yield _draw_apply(chance)


def _draw_wrong_clock(chance: random.Random) -> Iterator[Event]:
    """A clock is set back before a request whose answer never comes, so that its deadline seems long past."""
    yield replace(
        _draw_apply(chance),
        jump_at=chance.randrange(20),
        jump_s=chance.choice([-40, -3600]),
        skew_s=0,
        replies=tuple(chance.choice(["late", "silent", "ok"]) for _ in range(4)),
    )
    yield Wait(chance.choice([1, 10, 60]))
    yield Resolve("not_sent", chance.randrange(8))
    yield _draw_apply(chance)


def _draw(chance: random.Random) -> Event:
    what = chance.random()
    if what < 0.55:
        return _draw_apply(chance)
    if what < 0.7:
        return Wait(chance.choice([0.1, 1, 2.5, 29, 31, 61, 120, 905, 950, 4000, 90_000]))
    if what < 0.85:
        return Resolve(
            chance.choices(["not_sent", "sent", "abandoned"], [6, 2, 1])[0],  # type: ignore[arg-type] # one of them
            chance.randrange(8),
            chance.randrange(8) if chance.random() < 0.15 else None,
            _draw_skew(chance),
        )
    if what < 0.95:
        return Unlock(chance.randrange(6) if chance.random() < 0.2 else None)
    return Freeze(chance.random() < 0.5)


def _draw_skew(chance: random.Random) -> float:
    return chance.choice([-MOST_SKEW_S, -10, 10, MOST_SKEW_S]) if chance.random() < 0.15 else 0


def _draw_apply(chance: random.Random) -> Apply:
    def sometimes(share: float) -> bool:
        return chance.random() < share

    skew_s = _draw_skew(chance)
    # Two small errors may add up to one that nobody can notice; only one of them is assumed.
    jumps = [-3600, -40, 40, 3600] if skew_s else [-3600, -40, -20, 20, 40, 3600]
    return Apply(
        only=tuple(number for number in range(4) if sometimes(0.7)) or (0,),
        edited=tuple(number for number in range(4) if sometimes(0.3)) if sometimes(0.15) else (),
        kill_at=chance.randrange(60) if sometimes(0.4) else None,
        power_keeps=chance.randrange(3) if sometimes(0.3) else None,
        pause_at=chance.randrange(40) if sometimes(0.25) else None,
        pause_s=chance.choice([1, 25, 31, 65, 300, 1000, 2000]),
        jump_at=chance.randrange(40) if sometimes(0.1) else None,
        jump_s=chance.choice(jumps),
        skew_s=skew_s,
        is_dull=sometimes(0.12),
        latency_s=chance.choice([0, 0.001, 0.1, 0.9, 1, 2.9, 5]),
        store=tuple(
            chance.choice(STORE_FAULTS) if sometimes(0.12) else "none" for _ in range(chance.randrange(20))
        ),
        replies=tuple(chance.choice(REPLIES) if sometimes(0.5) else "ok" for _ in range(chance.randrange(8))),
        goes_on_after_s=chance.choice([0, 0.05, 0.5, 3, 35, 70, 1200]) if sometimes(0.35) else None,
        max_in_doubt=chance.choice([0, 0, 0, 1, 5]),
    )


def shrink(history: History, fails: Callable[[History], bool]) -> History:
    """Return a small history that still fails: events and faults that do not matter are taken out."""
    smaller = True
    while smaller:
        smaller = False
        for candidate in _smaller(history):
            if fails(candidate):
                history, smaller = candidate, True
                break
    return history


def _smaller(history: History) -> Iterator[History]:
    for place in range(len(history)):
        yield history[:place] + history[place + 1 :]
    for place, event in enumerate(history):
        if isinstance(event, Apply):
            for simpler in _simpler(event):
                yield (*history[:place], simpler, *history[place + 1 :])
        if isinstance(event, Try):
            for simpler in _simpler(event.run):
                yield (*history[:place], replace(event, run=simpler), *history[place + 1 :])


def _simpler(event: Apply) -> Iterator[Apply]:
    plain = Apply()
    for name in (field.name for field in fields(Apply) if field.name != "only"):
        if getattr(event, name) != getattr(plain, name):
            yield replace(event, **{name: getattr(plain, name)})
    for number in event.only[1:]:
        yield replace(event, only=tuple(other for other in event.only if other != number))
    for place in range(len(event.store)):
        yield replace(event, store=event.store[:place] + event.store[place + 1 :])
    for place in range(len(event.replies)):
        yield replace(event, replies=event.replies[:place] + event.replies[place + 1 :])

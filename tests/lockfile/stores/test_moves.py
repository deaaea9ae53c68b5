"""A move between two stores that dies at each of its steps, and is made again."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from simulation.journals import journal
from simulation.loop import START
from simulation.places import KINDS

from pushspec.errors import LockError
from pushspec.lockfile.move import move_lock
from pushspec.lockfile.reading import read_lock
from pushspec.lockfile.records import Close, Frozen
from pushspec.lockfile.stores import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from simulation.places import Place

    from pushspec.lockfile.stores import Store


class DiedError(Exception):
    """The process died; what the store had done by then stays."""


class Mortal:
    """Two stores share one life, which ends at a step."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def step(self) -> None:
        if self._left == 0:
            raise DiedError
        self._left -= 1


class MortalStore:
    """A store with a step before all that it does, and one after each append."""

    def __init__(self, store: Store, life: Mortal) -> None:
        self._store = store
        self._life = life
        self.where = store.where
        self.close = store.close

    def read(self, first: int = 0) -> Iterator[bytes]:
        self._life.step()
        yield from self._store.read(first)

    def append(self, first: int, lines: Sequence[bytes]) -> None:
        self._life.step()
        self._store.append(first, lines)
        self._life.step()

    def probe(self) -> None:
        self._life.step()
        self._store.probe()


def another(place: Place) -> Callable[[], Store]:
    """Return a function that opens a place as the same machine does each time."""
    if place.kind == "memory":
        return place.open
    lock, root = place.address()
    return lambda: open_store(lock, root=root)


def move(source: Store, target: Store, *, now: datetime, steps: int) -> None:
    life = Mortal(steps)
    old, new = MortalStore(source, life), MortalStore(target, life)
    move_lock(journal(old, now=lambda: now), old, journal(new, now=lambda: now), new, by="ada")


@pytest.mark.parametrize(("source", "target"), [*permutations(KINDS, 2)])
def test_a_move_that_dies_at_each_step_is_made_again_and_loses_nothing(
    source: str, target: str, request: pytest.FixtureRequest
) -> None:
    """Each try gets one step further; the old place is closed only when the new one has everything."""
    old = another(request.getfixturevalue(f"{source}_place"))
    new = another(request.getfixturevalue(f"{target}_place"))
    owner = journal(old())
    owner.take(holder="ada")
    owner.append(Frozen(frozen=True, by="eve", why="wrong text"))
    owner.release(Close())
    now, steps, is_closed = START, 0, False

    while not is_closed:
        now, steps = now + timedelta(minutes=2), steps + 1
        with suppress(DiedError):
            move(old(), new(), now=now, steps=steps)
        is_closed = bool(read_lock(old()).moved_to)

    there = read_lock(new())
    assert steps > 10
    assert there.frozen_reason == "wrong text"
    assert there.header == read_lock(old()).header
    with pytest.raises(LockError, match="was moved to"):
        move(old(), new(), now=now, steps=99)
    journal(new(), now=lambda: now + timedelta(minutes=2)).take(holder="bob")
    with pytest.raises(LockError, match="was moved to"):
        journal(old(), now=lambda: now + timedelta(minutes=2)).take(holder="bob")

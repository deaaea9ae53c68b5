"""A move between two stores that dies at each of its steps, and is made again."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from simulation.loop import START
from simulation.places import KINDS
from simulation.world import token

from pushspec.errors import LockError
from pushspec.lockfile.journal import Journal, Surroundings
from pushspec.lockfile.move import move_lock
from pushspec.lockfile.reading import read_lock
from pushspec.lockfile.records import Close, Frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
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


def journal(store: Store, now: datetime) -> Journal:
    around = Surroundings(now=lambda: now, token=token, pause=lambda _s: None, tool="test")
    return Journal(store, sdk_app_id=1, environment="prod", around=around)


def move(source: Place, target: Place, *, now: datetime, steps: int) -> None:
    life = Mortal(steps)
    old, new = MortalStore(source.open(), life), MortalStore(target.open(), life)
    move_lock(journal(old, now), old, journal(new, now), new, by="ada")


@pytest.mark.parametrize(("source", "target"), [*permutations(KINDS, 2)])
def test_a_move_that_dies_at_each_step_is_made_again_and_loses_nothing(
    source: str, target: str, request: pytest.FixtureRequest
) -> None:
    """Each try gets one step further; the old place is closed only when the new one has everything."""
    old: Place = request.getfixturevalue(f"{source}_place")
    new: Place = request.getfixturevalue(f"{target}_place")
    owner = journal(old.open(), START)
    owner.take(holder="ada")
    owner.append(Frozen(frozen=True, by="eve", why="wrong text"))
    owner.release(Close())
    now, steps, is_over = START, 0, False

    while not is_over:
        now, steps = now + timedelta(minutes=2), steps + 1
        try:
            move(old, new, now=now, steps=steps)
        except DiedError:
            is_over = bool(read_lock(old.open()).moved_to)
            if not is_over:
                journal(old.open(), now).load()
        else:
            is_over = True

    there = read_lock(new.open())
    assert steps > 10
    assert there.frozen_reason == "wrong text"
    assert there.header == read_lock(old.open()).header
    with pytest.raises(LockError, match="was moved to"):
        move(old, new, now=now, steps=99)
    journal(new.open(), now + timedelta(minutes=2)).take(holder="bob")
    with pytest.raises(LockError, match="was moved to"):
        journal(old.open(), now + timedelta(minutes=2)).take(holder="bob")

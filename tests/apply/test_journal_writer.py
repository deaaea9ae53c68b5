"""Records that wait together are written together, and never with a hole between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest
from simulation.world import World, in_world

from pushspec.apply.journal_writer import JournalWriter
from pushspec.errors import LockError
from pushspec.lockfile.records import Frozen
from pushspec.lockfile.stores import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


async def slowly(function: Callable[[], None]) -> None:
    """A disk that takes a second."""
    await anyio.sleep(1)
    function()


def note(number: int) -> Frozen:
    return Frozen(frozen=True, by="eve", why=str(number))


def test_whoever_waits_is_written_with_the_next_append() -> None:
    """Thirty calls a second must not wait for thirty pushes to a git remote."""

    async def story(world: World) -> None:
        appends: list[int] = []
        journal = world.journal()
        journal.take(holder="ada")
        world.memory.before_append = lambda _first, lines: appends.append(len(lines))
        writer = JournalWriter(journal, slowly)
        async with anyio.create_task_group() as group:
            for number in range(10):
                if number == 3:
                    await anyio.sleep(0.5)
                group.start_soon(writer.write, note(number))
        assert appends == [3, 7]
        assert world.clock.monotonic() == 2

    in_world(story)


def test_a_failed_append_fails_everybody_who_waited_for_it() -> None:
    """None of them may believe that its intent is durable."""

    async def story(world: World) -> None:
        def fail(_first: int, _lines: Sequence[bytes]) -> None:
            raise StoreError("disk full")

        journal = world.journal()
        journal.take(holder="ada")
        world.memory.before_append = fail
        writer, failed = JournalWriter(journal, slowly), []

        async def write(number: int) -> None:
            with pytest.raises(LockError):
                await writer.write(note(number))
            failed.append(number)

        async with anyio.create_task_group() as group:
            for number in range(5):
                group.start_soon(write, number)
        assert sorted(failed) == [0, 1, 2, 3, 4]

    in_world(story)


def test_a_cancelled_writer_leaves_no_hole() -> None:
    """What is prepared must be written: found by seed 1750 of the proof."""

    async def story(world: World) -> None:
        journal = world.journal()
        journal.take(holder="ada")
        writer = JournalWriter(journal, slowly)
        with anyio.move_on_after(0.5):
            await writer.write(note(1))
        await writer.write(note(2))

    world = in_world(story)
    assert [record.seq for record in world.records()] == [0, 1, 2, 3]

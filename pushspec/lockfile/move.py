"""Move a lockfile from one store to another and close the old one."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from pushspec.disclosure import shown_address
from pushspec.errors import LockError
from pushspec.language import phrase
from pushspec.lockfile.records import Close, Moved

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pushspec.lockfile.journal import Journal
    from pushspec.lockfile.stores import Store

_AT_ONCE = 500


def move_lock(
    source: Journal, source_store: Store, target: Journal, target_store: Store, *, by: str, to: str = ""
) -> int:
    """Copy every record, close the old place, and return how many records were carried.

    The old lockfile is taken first, so nobody writes while it is carried, and closed last, so no two places
    ever accept records. If it breaks off in between, the same move can be made again. Onto its own place,
    however that is written, no lockfile is moved: closed there, it never opens again.

    Args:
        source: The lockfile's journal.
        source_store: Where it lives.
        target: The journal of the new place.
        target_store: The new place.
        by: Who moves it.
        to: The new place as ``lock`` names it, for whoever meets the old one; kept without user and query.

    Raises:
        LockError: A run is under way, or there is another lockfile at the new place, or this very one.
        StoreError: A store cannot be reached.
    """
    target_store.probe()
    source.take(holder=by, purpose=f"move to {target_store.where}")
    try:
        lines = _carry(source_store, target_store)
    except LockError:
        with suppress(LockError):
            source.release(Close(why="not moved"))
        raise
    source.append(Moved(to=shown_address(to) or target_store.where, by=by))
    target.take(holder=by, purpose=f"move from {source_store.where}", force=True)
    target.release(Close(why="moved"))
    return len(lines)


def _carry(source_store: Store, target_store: Store) -> list[bytes]:
    """Copy what is not there yet and return all lines, once they read back from the new place."""
    lines = list(source_store.read())
    there = list(target_store.read())
    if there == lines:
        # It shows the record that the lock was just taken with, so both addresses lead to one place.
        raise already_there(target_store)
    if there != lines[: len(there)]:
        raise LockError(
            phrase("another lockfile is at {where}", where=target_store.where),
            hint=phrase("choose an empty place"),
        )
    for first, batch in _batches(lines, len(there)):
        target_store.append(first, batch)
    if list(target_store.read()) != lines:
        raise LockError(phrase("{where} did not keep what was written", where=target_store.where))
    return lines


def already_there(store: Store) -> LockError:
    """Return the refusal to move a lockfile onto its own place."""
    return LockError(
        phrase("the lockfile is at {where} already", where=store.where),
        hint=phrase("name another place for it"),
    )


def _batches(lines: Sequence[bytes], first: int) -> Iterator[tuple[int, list[bytes]]]:
    rest = iter(lines[first:])
    while batch := list(islice(rest, _AT_ONCE)):
        yield first, batch
        first += len(batch)

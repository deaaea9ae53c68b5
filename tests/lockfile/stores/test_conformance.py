"""What every store promises, and what a journal makes of it; the same tests for all of them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from simulation.journals import FREEZE, journal
from simulation.loop import START
from simulation.store import MemoryStore

from pushspec.errors import DamagedLockfileError, FencedError, LockError, UsageError
from pushspec.lockfile.lines import encode
from pushspec.lockfile.move import move_lock
from pushspec.lockfile.reading import read_lock, read_records
from pushspec.lockfile.records import Close, Header
from pushspec.lockfile.stores import SlotTakenError, Store, StoreError, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from simulation.places import Place


def line(text: str, *, crc: int = 0) -> bytes:
    """Return some whole line; stores do not read them, but files look at their seals."""
    header = Header(seq=0, epoch=0, sdk_app_id=1, environment=text, at=START)
    return encode(header, previous_crc=crc)


def test_an_unused_place_holds_nothing(place: Place) -> None:
    """The first apply of a project starts here."""
    assert list(place.open().read()) == []


def test_lines_are_kept_in_order_for_other_readers(place: Place) -> None:
    """A plan on another machine reads what this run wrote."""
    writer = journal(place.open())
    writer.take(holder="ada")
    for _ in range(3):
        writer.append(FREEZE, FREEZE)
    writer.release(Close())

    assert [record.seq for record in read_records(place.open())] == list(range(9))


def test_reading_can_begin_at_a_slot(place: Place) -> None:
    """Reading back one's own record must not fetch a whole history."""
    writer = journal(place.open())
    writer.take(holder="ada")
    writer.append(FREEZE, FREEZE)
    store = place.open()
    whole = list(store.read())
    for first in range(len(whole) + 1):
        assert list(store.read(first)) == whole[first:]
        assert list(place.open().read(first)) == whole[first:]


def test_a_taken_slot_is_refused_and_unchanged(place: Place) -> None:
    """The one promise that everything rests on."""
    one, two = place.open(), place.open()
    for store in (one, two):
        list(store.read())
    one.append(0, [line("one")])

    with pytest.raises(SlotTakenError):
        two.append(0, [line("two")])

    assert list(place.open().read()) == [line("one")]


def test_a_stale_tail_is_refused(place: Place) -> None:
    """A writer that slept through another's record must not write behind it unseen."""
    one, two = journal(place.open()), journal(place.open())
    one.take(holder="ada")
    stale = place.open()
    first = len(list(stale.read()))
    one.append(FREEZE)
    two.load()

    with pytest.raises(SlotTakenError):
        stale.append(first, [line("stale")])


def test_of_two_writers_at_once_exactly_one_wins(place: Place) -> None:
    """Two CI jobs start in the same second."""
    stores = [place.open() for _ in range(4 if place.kind == "git" else 8)]
    for store in stores:
        list(store.read())
    won: list[int] = []
    start = threading.Barrier(len(stores))

    def race(number: int) -> None:
        start.wait()
        try:
            stores[number].append(0, [line(f"writer {number}")])
        except (SlotTakenError, StoreError):
            return
        won.append(number)

    threads = [threading.Thread(target=race, args=(number,)) for number in range(len(stores))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert list(place.open().read()) == [line(f"writer {won[0]}")]
    assert len(won) == 1


def test_the_probe_passes(place: Place) -> None:
    """A store that keeps its promise is let through, again and again."""
    store = place.open()
    store.probe()
    store.probe()
    assert list(place.open().read()) == []


def test_a_place_out_of_reach_is_said_so(place: Place) -> None:
    """Exit 8, and nothing was sent."""
    used = journal(place.open())
    used.take(holder="ada")
    place.spoil()

    with pytest.raises(LockError):
        journal(place.open()).take(holder="bob")


def test_an_overtaken_owner_can_no_longer_write(place: Place) -> None:
    """Paused past its lease, woken up, and stopped at its next record."""
    paused, successor = journal(place.open()), journal(place.open())
    paused.take(holder="ada")
    successor.take(holder="bob", force=True)

    with pytest.raises(FencedError):
        paused.append(FREEZE)
    with pytest.raises(FencedError):
        paused.append(FREEZE)
    successor.append(FREEZE)
    assert read_lock(place.open()).frozen_reason == "wrong text"


def test_an_owner_finds_notes_of_others_and_goes_on(place: Place) -> None:
    """A freeze must reach a run that is under way without breaking what it has under way."""
    owner, person = journal(place.open()), journal(place.open())
    owner.take(holder="ada")
    person.load()
    person.append(FREEZE)

    owner.append(Close())
    assert owner.state.frozen_reason == "wrong text"
    assert [record.record for record in read_records(place.open())] == ["header", "open", "frozen", "close"]


def test_a_person_without_the_lock_writes_notes_only(place: Place) -> None:
    """Whatever settles or sends needs the lock."""
    person = journal(place.open())
    person.load()
    with pytest.raises(LockError, match="not taken"):
        person.append(Close())


def test_a_freeze_may_be_the_first_record(place: Place) -> None:
    """Somebody stops a project that has never sent."""
    person = journal(place.open())
    person.load()
    person.append(FREEZE)
    journal(place.open()).take(holder="ada")
    assert read_lock(place.open()).frozen_reason == "wrong text"


@dataclass
class Faulty:
    """Between journal and store: loses acknowledgements, fails before or after, shows stale tails."""

    below: Store
    faults: list[str]
    where: str = "somewhere"
    appends: list[str] = field(default_factory=list)

    def read(self, first: int = 0) -> Iterator[bytes]:
        lines = list(self.below.read(first))
        if self.faults and self.faults[0] == "stale read" and first:
            self.faults.pop(0)
            return iter(())
        return iter(lines)

    def append(self, first: int, lines: Sequence[bytes]) -> None:
        fault = self.faults.pop(0) if self.faults else "none"
        self.appends.append(fault)
        if fault == "error before":
            raise StoreError("connection refused")
        self.below.append(first, lines)
        if fault == "error after":
            raise StoreError("no answer")
        if fault == "taken by itself":
            raise SlotTakenError("412 for our own write")

    def probe(self) -> None:
        self.below.probe()

    def close(self) -> None:
        self.below.close()


@pytest.mark.parametrize(
    "faults",
    [
        ["error before"],
        ["error after"],
        ["taken by itself"],
        ["error before", "error before", "error after"],
        ["error after", "stale read"],
        ["taken by itself", "stale read"],
    ],
    ids=str,
)
def test_a_lost_answer_is_cleared_up_by_reading_back(place: Place, faults: list[str]) -> None:
    """A record written twice, or held for another's, would end every run on a bad network."""
    store = Faulty(place.open(), [])
    owner = journal(store)
    owner.take(holder="ada")
    store.faults = list(faults)

    owner.append(FREEZE)
    owner.append(Close())

    kinds = [record.record for record in read_records(place.open())]
    assert kinds == ["header", "open", "frozen", "close"]


def test_a_store_that_fails_for_good_stops_the_journal(place: Place) -> None:
    """After a doubt about its own record a run writes nothing more, and so sends nothing more."""
    store = Faulty(place.open(), [])
    owner = journal(store)
    owner.take(holder="ada")
    store.faults = ["error before"] * 9

    with pytest.raises(StoreError):
        owner.append(FREEZE)
    store.faults = []
    with pytest.raises(StoreError):
        owner.append(Close())
    assert [record.record for record in read_records(place.open())] == ["header", "open"]


def test_a_lockfile_of_another_app_is_refused(place: Place) -> None:
    """A repository copied with its secrets must not go on in the old lockfile."""
    journal(place.open()).take(holder="ada")
    with pytest.raises(DamagedLockfileError, match="belongs to app 1, environment `prod`"):
        journal(place.open(), environment="staging").load()


def test_the_lock_is_free_when_its_lease_has_ended(place: Place) -> None:
    """A runner that died blocks the next one for a minute, not for ever."""
    journal(place.open()).take(holder="ada")
    with pytest.raises(LockError, match="ada"):
        journal(place.open()).take(holder="bob")
    journal(place.open(), now=lambda: START + timedelta(seconds=61)).take(holder="bob")


def test_a_clock_behind_the_lockfile_is_refused(place: Place) -> None:
    """Windows, quotas and the 15 minutes of `resolve` hang on it."""
    journal(place.open()).take(holder="ada")
    with pytest.raises(LockError, match="clock"):
        journal(place.open(), now=lambda: START - timedelta(seconds=31)).take(holder="bob", force=True)


def test_a_lockfile_moves_and_leaves_the_old_place_closed(place: Place) -> None:
    """From a file to a branch on the day CI takes over, with all its history."""
    target = MemoryStore()
    old = journal(place.open())
    old.take(holder="ada")
    old.append(FREEZE)
    old.release(Close())
    source_store = place.open()

    carried = move_lock(journal(source_store), source_store, journal(target), target, by="ada")

    assert carried == 5
    assert read_lock(target).frozen_reason == "wrong text"
    journal(target).take(holder="bob")
    with pytest.raises(LockError, match="moved to memory"):
        journal(place.open()).take(holder="bob")
    assert read_lock(place.open()).moved_to == "memory"


def test_a_lockfile_moves_into_any_place_and_again_after_breaking_off(place: Place) -> None:
    """The old place is closed last, so a broken move loses nothing."""
    source = MemoryStore()
    writer = journal(source)
    writer.take(holder="ada")
    writer.release(Close())
    list((first := place.open()).read())
    first.append(0, source.lines[:2])

    target_store = place.open()
    move_lock(journal(source), source, journal(target_store), target_store, by="ada")

    kinds = [record.record for record in read_records(place.open())]
    assert kinds == ["header", "open", "close", "open", "open", "close"]


def test_an_address_that_leads_back_to_the_lockfile_closes_nothing(place: Place) -> None:
    """Not all addresses of a place are known, so what is there is looked at before the old one is closed."""
    journal(place.open()).take(holder="ada")
    first, second = place.open(), place.open()
    later = journal(first, now=lambda: START + timedelta(seconds=61))

    with pytest.raises(LockError, match="already"):
        move_lock(later, first, journal(second), second, by="ada")

    assert not read_lock(place.open()).moved_to
    journal(place.open(), now=lambda: START + timedelta(seconds=62)).take(holder="bob")


def test_a_lockfile_does_not_move_onto_another(place: Place) -> None:
    """Two histories in one place would be no history."""
    journal(place.open()).take(holder="ada")
    source = MemoryStore()
    target_store = place.open()
    with pytest.raises(LockError, match="another lockfile"):
        move_lock(journal(source), source, journal(target_store), target_store, by="ada")
    journal(source, now=lambda: START + timedelta(seconds=61)).take(holder="ada")


def test_an_unknown_kind_of_place_is_refused(tmp_path: Path) -> None:
    """A typo in `lock` is not a file name."""
    with pytest.raises(UsageError, match="no lockfile store"):
        open_store("s4://bucket/x", root=tmp_path)


def test_a_place_with_a_password_in_it_is_refused_without_showing_it(tmp_path: Path) -> None:
    """`lock move` prints the new place, and records keep it."""
    with pytest.raises(UsageError, match="holds a password") as caught:
        open_store("postgresql://ada:geheim@db.example.com/push#prod", root=tmp_path)
    assert "geheim" not in f"{caught.value} {caught.value.hint}"

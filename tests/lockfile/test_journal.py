"""The journal's own rules: who holds the lock, when a write is believed, and when it stops for good."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from simulation.loop import START
from simulation.store import MemoryStore
from simulation.world import token

from pushspec.errors import DamagedLockfileError, FencedError, LockError, MissingLockfileError
from pushspec.lockfile.journal import LEASE_S, Journal, Runtime
from pushspec.lockfile.reading import read_records
from pushspec.lockfile.records import Close, Frozen, Moved, Renew
from pushspec.lockfile.stores import BrokenStoreError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pushspec.lockfile.stores import Store

FREEZE = Frozen(frozen=True, by="eve", why="wrong text")


class Time:
    """A wall clock that stands still, and the waits that were asked for."""

    def __init__(self) -> None:
        self.now = START
        self.waits: list[float] = []

    def read(self) -> datetime:
        return self.now


def journal(store: Store, time: Time | None = None) -> Journal:
    time = time or Time()
    runtime = Runtime(now=time.read, token=token, pause=time.waits.append, tool="test")
    return Journal(store, sdk_app_id=1, environment="prod", runtime=runtime)


def kinds(store: Store) -> list[str]:
    return [record.record for record in read_records(store)]


def test_the_lock_is_held_from_taking_to_releasing() -> None:
    """The gate looks at this just before a request leaves."""
    owner = journal(MemoryStore())
    assert not owner.holds_lock
    owner.take(holder="ada")
    assert owner.holds_lock
    owner.release(Close())
    assert not owner.holds_lock
    with pytest.raises(LockError, match="not taken"):
        owner.append(Close())


def test_the_lock_is_not_held_beyond_its_lease() -> None:
    """Nobody has taken it yet, but anybody may."""
    time = Time()
    owner = journal(MemoryStore(), time)
    owner.take(holder="ada")
    time.now += timedelta(seconds=LEASE_S)
    assert not owner.holds_lock
    owner.append(Renew(lease_end=owner.next_lease_end()))
    assert owner.holds_lock
    assert owner.next_lease_end() == time.now + timedelta(seconds=60)


def test_a_run_that_stopped_does_not_hold_the_lock() -> None:
    """Its state may hold what never became durable."""
    store = MemoryStore()
    owner = journal(store)
    owner.take(holder="ada")
    journal(store).take(holder="bob", force=True)
    with pytest.raises(FencedError):
        owner.append(Close())
    assert not owner.holds_lock
    with pytest.raises(FencedError):
        owner.prepare(Close())


def test_another_runs_lock_is_not_held() -> None:
    """Reading a lockfile is not taking it."""
    store = MemoryStore()
    journal(store).take(holder="ada")
    reader = journal(store)
    reader.load()
    assert not reader.holds_lock


def test_each_run_has_an_id_of_its_own_in_all_its_records() -> None:
    """Whoever reads the lockfile can tell the runs apart."""
    store = MemoryStore()
    for holder in ("ada", "bob"):
        run = journal(store)
        run.take(holder=holder)
        run.release(Close())
        assert list(read_records(store))[-1].run == run.run_id
    runs = [record.run for record in read_records(store)]
    assert runs[1] == runs[2] != runs[3] == runs[4]
    assert len({record.nonce for record in read_records(store)}) == 5
    assert len({record.journal for record in read_records(store)}) == 1


def test_each_lockfile_has_an_id_of_its_own() -> None:
    """Records of two lockfiles that were mixed are told apart by it."""
    stores = [MemoryStore(), MemoryStore()]
    for store in stores:
        journal(store).take(holder="ada")
    one, two = ({record.journal for record in read_records(store)} for store in stores)
    assert len(one) == len(two) == 1
    assert one != two


def test_a_freeze_that_meets_a_record_of_the_owner_follows_it() -> None:
    """Whoever freezes holds no lock, and need not hold one."""
    store = MemoryStore()
    owner, eve = journal(store), journal(store)
    owner.take(holder="ada")
    eve.load()
    owner.append(Renew(lease_end=START))
    eve.append(FREEZE)
    assert kinds(store) == ["header", "open", "renew", "frozen"]


def test_a_write_that_was_acknowledged_is_not_read_back() -> None:
    """Each look at a git remote takes a second, and a list has thousands of records."""

    class Counting(MemoryStore):
        reads = 0

        def read(self, first: int = 0) -> Iterator[bytes]:
            self.reads += 1
            return super().read(first)

    store = Counting()
    owner = journal(store)
    owner.take(holder="ada")
    before = store.reads
    owner.append(FREEZE)
    assert store.reads == before


def test_a_store_that_fails_its_probe_is_not_written_to() -> None:
    """Two runs could both believe that they hold the lock there."""

    class Careless(MemoryStore):
        def probe(self) -> None:
            raise BrokenStoreError("it created the same object twice")

    store = Careless()
    with pytest.raises(BrokenStoreError):
        journal(store).take(holder="ada")
    assert store.lines == []


def test_a_clock_a_little_behind_is_tolerated_and_more_is_not() -> None:
    """Two machines never agree to the second; a wrong clock would spoil windows and quotas."""
    store, time = MemoryStore(), Time()
    journal(store, time).take(holder="ada")
    time.now -= timedelta(seconds=30)
    journal(store, time).take(holder="bob", force=True)
    time.now -= timedelta(seconds=1)
    with pytest.raises(LockError, match="clock is 31 s behind the last record"):
        journal(store, time).take(holder="eve", force=True)
    assert kinds(store) == ["header", "open", "open"]


def test_without_the_lock_only_notes_are_written() -> None:
    """A freeze must not wait for a run; whoever tries more is told, and may still freeze."""
    store = MemoryStore()
    eve = journal(store)
    for records in ([Close()], [FREEZE, Close()]):
        with pytest.raises(LockError, match="the lock was not taken"):
            eve.append(*records)
    eve.append(FREEZE)
    assert kinds(store) == ["header", "frozen"]


def test_each_record_says_when_it_was_written() -> None:
    """The quota counts by it."""
    store, time = MemoryStore(), Time()
    owner = journal(store, time)
    owner.take(holder="ada")
    time.now += timedelta(seconds=5)
    owner.append(FREEZE)
    assert [record.at for record in read_records(store)][1:] == [START, START + timedelta(seconds=5)]


def test_a_lockfile_of_another_app_or_environment_is_refused() -> None:
    """A copied repository, or `lock` set to the wrong file: what was sent there was sent to others."""
    store = MemoryStore()
    journal(store).take(holder="ada")
    runtime = Runtime(now=Time().read, token=token, pause=lambda _s: None, tool="test")
    for app, environment in ((2, "prod"), (1, "test")):
        stranger = Journal(store, sdk_app_id=app, environment=environment, runtime=runtime)
        with pytest.raises(DamagedLockfileError, match="belongs to app 1, environment `prod`"):
            stranger.load()


def test_a_lockfile_that_was_moved_is_refused_here() -> None:
    """What is sent from the old place would not be known in the new one."""
    store = MemoryStore()
    owner = journal(store)
    owner.take(holder="ada")
    owner.append(Moved(to="s3://bucket/lock", by="ada"))
    with pytest.raises(LockError, match="was moved to s3://bucket/lock"):
        journal(store).take(holder="bob", force=True)


def test_a_write_is_tried_a_few_times_with_growing_pauses() -> None:
    """A bad moment of the network does not end a run of hours; a bad minute does."""
    store, time = MemoryStore(), Time()
    owner = journal(store, time)
    owner.take(holder="ada")

    def fail(_first: int, _lines: Sequence[bytes]) -> None:
        raise StoreError("unreachable")

    store.before_append = fail
    with pytest.raises(StoreError, match="not known whether") as caught:
        owner.append(FREEZE)
    assert "unreachable" in str(caught.value)
    assert time.waits == [0.2, 0.5, 1.0, 2.0]


def test_a_broken_store_is_not_tried_again() -> None:
    """After a failed sync nothing that it says is believed."""
    store, time = MemoryStore(), Time()
    owner = journal(store, time)
    owner.take(holder="ada")

    def fail(_first: int, _lines: Sequence[bytes]) -> None:
        raise BrokenStoreError("sync failed")

    store.before_append = fail
    with pytest.raises(BrokenStoreError):
        owner.append(FREEZE)
    assert time.waits == []


class StoppedByAPerson(MemoryStore):
    """A store in whose middle somebody presses Ctrl-C, once."""

    is_stopped = False

    def append(self, first: int, lines: Sequence[bytes]) -> None:
        if self.is_stopped:
            self.is_stopped = False
            raise KeyboardInterrupt
        super().append(first, lines)


def test_nothing_is_written_behind_a_record_that_was_broken_off() -> None:
    """Nobody knows what of it is there. The stop itself is what the person hears of, not the lock."""
    store = StoppedByAPerson()
    owner = journal(store)

    def record() -> None:
        with owner.held(holder="ada", purpose="judge gates", close=Close(why="judged")):
            store.is_stopped = True
            owner.append(FREEZE)

    with pytest.raises(KeyboardInterrupt):
        record()
    assert kinds(store) == ["header", "open"]
    assert not owner.holds_lock
    with pytest.raises(LockError, match="broken off"):
        owner.append(Close())


def test_a_lock_that_was_held_for_some_records_is_left_also_when_there_were_none() -> None:
    """Nobody waits for a lease that nobody needs."""
    store = MemoryStore()
    with (
        pytest.raises(ValueError, match="unreadable"),
        journal(store).held(holder="ada", purpose="try", close=Close(why="tried")),
    ):
        raise ValueError("unreadable")
    assert kinds(store) == ["header", "open", "close"]


class HalfWritten(MemoryStore):
    """Keeps only the first line of one append, as a file does after a cut."""

    def __init__(self) -> None:
        super().__init__()
        self.cuts = 0

    def append(self, first: int, lines: Sequence[bytes]) -> None:
        if self.cuts:
            self.cuts -= 1
            super().append(first, lines[:1])
            raise StoreError("no answer")
        super().append(first, lines)


def test_the_rest_of_a_half_written_batch_follows() -> None:
    """Each record counts once, in its order."""
    store = HalfWritten()
    owner = journal(store)
    owner.take(holder="ada")
    store.cuts = 2
    owner.append(FREEZE, FREEZE, FREEZE, Close())
    assert kinds(store) == ["header", "open", "frozen", "frozen", "frozen", "close"]


def test_a_note_in_the_middle_of_a_half_written_batch_doubles_nothing() -> None:
    """The first record is durable, a freeze follows, and the rest comes behind it."""
    store = HalfWritten()
    owner = journal(store)
    owner.take(holder="ada")
    store.cuts = 1

    def freeze(_first: int, _lines: Sequence[bytes]) -> None:
        store.after_append = lambda _first, _lines: None
        eve = journal(store)
        eve.load()
        eve.append(FREEZE)

    store.after_append = freeze
    renewals = [Renew(lease_end=START + timedelta(seconds=seconds)) for seconds in (90, 91, 92)]
    owner.append(*renewals)
    assert kinds(store) == ["header", "open", "renew", "frozen", "renew", "renew"]
    assert owner.state.frozen_reason == "wrong text"


def test_a_half_written_beginning_of_a_lockfile_is_finished() -> None:
    """The header is durable, the first run's record is not yet."""
    store = HalfWritten()
    store.cuts = 1
    journal(store).take(holder="ada")
    assert kinds(store) == ["header", "open"]


def test_two_notes_that_meet_another_in_a_new_lockfile_both_follow_it() -> None:
    """Two people freeze in the same moment, before anything was ever sent."""
    store = MemoryStore()

    def overtake(_first: int, _lines: Sequence[bytes]) -> None:
        store.before_append = lambda _first, _lines: None
        journal(store).append(FREEZE.model_copy(update={"why": "zero"}))

    store.before_append = overtake
    journal(store).append(*(FREEZE.model_copy(update={"why": why}) for why in ("one", "two")))
    notes = [record.why for record in read_records(store) if isinstance(record, Frozen)]
    assert notes == ["zero", "one", "two"]


def test_a_write_whose_answer_was_lost_is_believed_at_once() -> None:
    """It stands there, byte for byte: nothing is waited for, and nothing written again."""
    store, time = MemoryStore(), Time()
    owner = journal(store, time)
    owner.take(holder="ada")
    appends: list[int] = []

    def lose(first: int, _lines: Sequence[bytes]) -> None:
        appends.append(first)
        raise StoreError("no answer")

    store.after_append = lose
    owner.append(FREEZE)
    assert (time.waits, appends) == ([], [2])
    assert kinds(store) == ["header", "open", "frozen"]


def test_an_owner_overtaken_right_behind_its_own_write_knows() -> None:
    """Its record is durable, and yet it may send nothing more."""
    store = MemoryStore()
    owner = journal(store)
    owner.take(holder="ada")

    def overtake(_first: int, _lines: Sequence[bytes]) -> None:
        store.after_append = lambda _first, _lines: None
        journal(store).take(holder="bob", force=True)
        raise StoreError("no answer")

    store.after_append = overtake
    with pytest.raises(FencedError):
        owner.append(FREEZE)
    assert kinds(store) == ["header", "open", "frozen", "open"]


def test_a_note_right_behind_ones_own_write_is_taken_in() -> None:
    """A freeze that came in the same moment must be seen before the next call."""
    store = MemoryStore()
    owner = journal(store)
    owner.take(holder="ada")

    def freeze(_first: int, _lines: Sequence[bytes]) -> None:
        store.after_append = lambda _first, _lines: None
        eve = journal(store)
        eve.load()
        eve.append(FREEZE)
        raise StoreError("no answer")

    store.after_append = freeze
    sizes: list[int] = []
    store.before_append = lambda _first, lines: sizes.append(len(lines))
    owner.append(Renew(lease_end=owner.next_lease_end()))
    assert owner.state.frozen_reason == "wrong text"
    assert sizes == [1, 1]
    owner.append(Close())
    assert kinds(store) == ["header", "open", "renew", "frozen", "close"]


def test_a_store_that_breaks_while_reading_back_is_not_trusted() -> None:
    """The disk died between the write and the look at it."""

    class Dying(MemoryStore):
        dies = False

        def read(self, first: int = 0) -> Iterator[bytes]:
            if self.dies:
                raise BrokenStoreError("gone")
            return super().read(first)

    store = Dying()
    owner = journal(store)
    owner.take(holder="ada")

    def fail(_first: int, _lines: Sequence[bytes]) -> None:
        store.dies = True
        raise StoreError("no answer")

    store.before_append = fail
    with pytest.raises(BrokenStoreError):
        owner.append(FREEZE)


def test_a_read_back_that_fails_for_a_moment_is_made_again() -> None:
    """The network that lost the answer also loses the question about it."""

    class Deaf(MemoryStore):
        deaf_for = 0

        def read(self, first: int = 0) -> Iterator[bytes]:
            if self.deaf_for:
                self.deaf_for -= 1
                raise StoreError("no answer")
            return super().read(first)

    store = Deaf()
    owner = journal(store)
    owner.take(holder="ada")

    def lose(_first: int, _lines: Sequence[bytes]) -> None:
        store.after_append = lambda _first, _lines: None
        store.deaf_for = 2
        raise StoreError("no answer")

    store.after_append = lose
    owner.append(FREEZE)
    assert kinds(store) == ["header", "open", "frozen"]


def test_of_two_that_take_the_lock_at_once_the_later_is_told() -> None:
    """It has not been overtaken, it has never held the lock."""
    store = MemoryStore()

    def overtake(_first: int, _lines: Sequence[bytes]) -> None:
        store.before_append = lambda _first, _lines: None
        journal(store).take(holder="bob")

    store.before_append = overtake
    with pytest.raises(LockError, match="at the same moment") as caught:
        journal(store).take(holder="ada")
    assert not isinstance(caught.value, FencedError)
    assert kinds(store) == ["header", "open"]


def test_a_record_that_cannot_be_true_is_not_written() -> None:
    """A bug must not make the lockfile unreadable for the next run."""
    store = MemoryStore()
    owner = journal(store)
    owner.take(holder="ada")
    owner.release(Close())
    before = list(store.lines)
    owner.take(holder="ada")
    with pytest.raises(DamagedLockfileError):
        owner.append(Close(), Renew(lease_end=START))
    for record in (Close(), FREEZE):
        with pytest.raises(DamagedLockfileError):
            owner.append(record)
    assert store.lines[: len(before)] == before
    assert kinds(store) == ["header", "open", "close", "open"]


def test_taking_says_what_is_taken_for_what() -> None:
    """The next person reads who held the lock, and why."""
    store, time = MemoryStore(), Time()
    journal(store, time).take(holder="ada", purpose="move", plan_digest="d" * 64)
    opening = list(read_records(store))[1].model_dump()
    assert (opening["holder"], opening["purpose"], opening["plan_digest"]) == ("ada", "move", "d" * 64)
    assert opening["lease_end"] == "2026-11-21T02:01:00.000000Z"
    assert opening["tool"] == "test"
    plain = MemoryStore()
    journal(plain).take(holder="ada")
    opening = list(read_records(plain))[1].model_dump()
    assert (opening["purpose"], opening["plan_digest"]) == ("apply", "")
    with pytest.raises(LockError, match=r"ada \(move\) until 2026-11-21 02:01:00 UTC"):
        journal(store, time).take(holder="bob")


def dull_journal(store: Store, time: Time, holder: str) -> Journal:
    """Take the lock from a machine whose random numbers are the same each time."""
    runtime = Runtime(now=time.read, token=lambda: "0" * 16, pause=lambda _s: None, tool="test")
    taken = Journal(store, sdk_app_id=1, environment="prod", runtime=runtime)
    taken.take(holder=holder, force=True)
    return taken


def test_an_overtaken_owner_knows_even_where_random_numbers_repeat() -> None:
    """Two runners started from one snapshot of a machine draw the same ids."""
    store, time = MemoryStore(), Time()
    ada = dull_journal(store, time, "ada")
    bob = dull_journal(store, time, "bob")

    with pytest.raises(FencedError):
        ada.append(FREEZE)
    assert bob.holds_lock
    assert not ada.holds_lock


def test_the_latest_instant_counts_after_a_clock_was_set_back() -> None:
    """Set back by a little, again and again, a clock must not slip below what was written before."""
    store, time = MemoryStore(), Time()
    owner = journal(store, time)
    owner.take(holder="ada")
    for _ in range(3):
        time.now -= timedelta(seconds=20)
        owner.append(FREEZE)

    assert owner.state.updated_at == START
    with pytest.raises(LockError, match="60 s behind"):
        journal(store, time).take(holder="bob", force=True)


def test_a_kernel_that_does_not_tell_names_no_process() -> None:
    """A name that nobody has would count as a process that ended, and free the lock under a living run."""
    store = MemoryStore()
    journal(store).take(holder="ada")

    (taken,) = [record for record in read_records(store) if record.record == "open"]

    assert taken.process is None


def test_a_lockfile_is_begun_by_its_header_alone_on_a_store_that_was_tried() -> None:
    """`lock init` promises no more than that the place works and is this environment's."""
    store, tried = MemoryStore(), list[int]()
    store.probe = lambda: tried.append(len(store.lines))  # type: ignore[method-assign] # it is to be watched

    journal(store).begin()

    assert (kinds(store), tried) == (["header"], [0])
    with pytest.raises(LockError):
        journal(store).begin()


def test_who_took_the_lock_says_what_for_and_by_which_process() -> None:
    """Whoever waits reads it, and the kernel tells whether the process is gone."""
    store = MemoryStore()
    runtime = Runtime(
        now=lambda: START,
        token=token,
        pause=lambda _s: None,
        tool="test",
        process="p1",
        is_gone=lambda _: False,
    )
    owner = Journal(store, sdk_app_id=1, environment="prod", runtime=runtime)

    with owner.held(holder="ada", purpose="freeze", close=Close()):
        run = owner.state.run
        assert run is not None
        assert (run.holder, run.purpose, run.process) == ("ada", "freeze", "p1")

    assert kinds(store)[-1] == "close"


def test_a_missing_lockfile_is_refused_where_one_must_be_there() -> None:
    """It may be a lost one, and everything that it recorded would be sent again."""
    store = MemoryStore()
    runtime = Runtime(now=lambda: START, token=token, pause=lambda _s: None, tool="test")
    wary = Journal(store, sdk_app_id=1, environment="prod", runtime=runtime, must_exist=True)

    with pytest.raises(MissingLockfileError):
        wary.take(holder="ada")
    assert store.lines == []

    journal(store).begin()
    wary.take(holder="ada")
    assert wary.holds_lock


def test_who_begins_a_lockfile_that_is_there_reads_what_it_is() -> None:
    """Its place, how much it holds, and since when."""
    store = MemoryStore()
    journal(store).take(holder="ada")

    with pytest.raises(
        LockError, match=r"^memory holds a lockfile already: 2 records, begun [-0-9]+ [0-9]+:[0-9]+:[0-9]+"
    ):
        journal(store).begin()

"""Power cuts: whatever a disk kept of the writes that nobody had synced, a lockfile loses nothing."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from simulation.journals import journal

from pushspec.errors import DamagedLockfileError, LockError
from pushspec.lockfile.records import Close, Frozen
from pushspec.lockfile.stores import file as file_module
from pushspec.lockfile.stores.file import FileStore, _write_all
from pushspec.paths import open_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

LOCK = "pushspec.prod.lock"
FOLDER = ""
POSITIONS = 4
"""At how many places, besides both ends, a write that nobody synced is cut."""


@dataclass(frozen=True)
class Made:
    """A file got its name."""

    name: str


@dataclass(frozen=True)
class Written:
    """Bytes went into the page cache."""

    name: str
    offset: int
    data: bytes


@dataclass(frozen=True)
class Cut:
    """A file was shortened in the page cache."""

    name: str
    size: int


@dataclass(frozen=True)
class Synced:
    """What a file holds, or which names the folder holds, is on the disk."""

    name: str


@dataclass(frozen=True)
class Acknowledged:
    """The store said that these lines are durable."""

    lines: tuple[bytes, ...]


Change = Written | Cut
Event = Made | Written | Cut | Synced | Acknowledged


class KilledError(BaseException):
    """The process died; no handler of the store may run on it."""


class Recorder:
    """Stands in for ``os`` below the file store: everything happens for real and is written down."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.dies_in_next_write = False
        self._names: dict[int, str] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def is_below_the_store(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the place of ``os``, and of the one function that opens lockfiles."""
        monkeypatch.setattr(file_module, "os", self)
        monkeypatch.setattr(file_module, "open_plain", partial(self.open, opener=open_plain))

    def open(
        self, path: Path, flags: int = os.O_RDONLY, *, opener: Callable[[Path, int], int] = os.open
    ) -> int:
        is_new = bool(flags & os.O_CREAT) and not path.exists()
        descriptor = opener(path, flags)
        self._names[descriptor] = FOLDER if flags & os.O_DIRECTORY else path.name
        if is_new:
            self.events.append(Made(path.name))
        return descriptor

    def write(self, descriptor: int, data: bytes) -> int:
        if self.dies_in_next_write:
            data = bytes(data)[: len(data) // 2]
        offset = os.fstat(descriptor).st_size
        count = os.write(descriptor, data)
        self.events.append(Written(self._names[descriptor], offset, bytes(data)[:count]))
        if self.dies_in_next_write:
            self.dies_in_next_write = False
            raise KilledError
        return count

    def ftruncate(self, descriptor: int, size: int) -> None:
        os.ftruncate(descriptor, size)
        self.events.append(Cut(self._names[descriptor], size))

    def fsync(self, descriptor: int) -> None:
        self.events.append(Synced(self._names[descriptor]))


class NotingStore(FileStore):
    """Writes down what it acknowledged."""

    def __init__(self, path: Path, events: list[Event]) -> None:
        super().__init__(path)
        self._events = events

    def append(self, first: int, lines: Sequence[bytes]) -> None:
        super().append(first, lines)
        self._events.append(Acknowledged(tuple(lines)))


@dataclass
class File:
    """What the disk has of a file, and what only the page cache has."""

    synced: bytes = b""
    pending: list[Change] = field(default_factory=list)
    is_name_synced: bool = False

    def contents(self, draw: random.Random) -> Iterator[bytes]:
        """Yield what may be found after a power cut."""
        for count in range(len(self.pending) + 1):
            kept = self.pending[:count]
            yield _after(self.synced, kept)
            yield _after(self.synced, [change for change in kept if isinstance(change, Written)])
            if count < len(self.pending):
                yield from (_after(self.synced, [*kept, part]) for part in _parts(self.pending[count], draw))


def _after(content: bytes, changes: Sequence[Change]) -> bytes:
    for change in changes:
        if isinstance(change, Cut):
            content = content[: change.size]
        else:
            end = change.offset + len(change.data)
            content = content[: change.offset].ljust(change.offset, b"\0") + change.data + content[end:]
    return content


def _parts(change: Change, draw: random.Random) -> Iterator[Change]:
    """Yield what may be left of a write: its beginning alone, or zeros in place of what was not kept."""
    if isinstance(change, Cut):
        return
    size = len(change.data)
    last_line = change.data.rfind(b"\n", 0, size - 1) + 1
    for at in {1, size - 1, *(draw.randrange(size) for _ in range(POSITIONS))}:
        yield Written(change.name, change.offset, change.data[:at])
        yield Written(change.name, change.offset, change.data[:at].ljust(size, b"\0"))
        if at > last_line:
            hole = bytes(at - last_line)
            yield Written(change.name, change.offset, change.data[:last_line] + hole + change.data[at:])


@dataclass
class Disk:
    """The disk at one moment of a recorded run."""

    files: dict[str, File] = field(default_factory=dict)
    acknowledged: list[bytes] = field(default_factory=list)

    def take_in(self, event: Event) -> None:
        match event:
            case Made(name):
                self.files[name] = File()
            case Written(name) | Cut(name):
                self.files[name].pending.append(event)
            case Synced(name) if name == FOLDER:
                for file in self.files.values():
                    file.is_name_synced = True
            case Synced(name):
                file = self.files[name]
                self.files[name] = File(_after(file.synced, file.pending), [], file.is_name_synced)
            case Acknowledged(lines):
                self.acknowledged += lines

    def lockfiles(self, draw: random.Random) -> Iterator[bytes | None]:
        """Yield each lockfile that may be found after a power cut; None where its name was lost."""
        file = self.files.get(LOCK, File())
        if not file.is_name_synced:
            yield None
        if LOCK in self.files:
            yield from set(file.contents(draw))

    def surely_beside(self) -> bytes:
        """Return what certainly stands in files beside the lockfile."""
        others = (file for name, file in self.files.items() if name != LOCK and file.is_name_synced)
        return b"".join(file.synced for file in others)


def note(why: str = "wrong text") -> Frozen:
    return Frozen(frozen=True, by="eve", why=why)


def run(path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """Record a first run that dies in the middle of a write, and one that goes on behind it."""
    recorder = Recorder()
    recorder.is_below_the_store(monkeypatch)
    first = journal(NotingStore(path, recorder.events))
    first.take(holder="ada")
    first.append(note(), note("two at once"))
    recorder.dies_in_next_write = True
    with pytest.raises(KilledError):
        first.append(note("never acknowledged, and longer than the next record" * 20))
    second = journal(NotingStore(path, recorder.events))
    second.take(holder="bob", force=True)
    second.append(note("longer than a page " * 500))
    second.append(note(), note(), note())
    second.release(Close())
    monkeypatch.undo()
    return recorder.events


def loss(events: Sequence[Event], folder: Path, *, seed: int = 1) -> str:
    """Return what the first power cut that loses something loses; empty where none does."""
    draw, disk, path = random.Random(seed), Disk(), folder / LOCK
    for number, event in enumerate(events):
        disk.take_in(event)
        for content in disk.lockfiles(draw):
            path.unlink(missing_ok=True)
            if content is not None:
                path.write_bytes(content)
            if wrong := _wrong_with(path, disk.acknowledged, events):
                return f"after call {number}, {event}: {wrong}"
    return ""


def _wrong_with(path: Path, acknowledged: Sequence[bytes], events: Sequence[Event]) -> str:
    """Read a lockfile after a power cut, take its lock, and say what is wrong with it."""
    written = b"".join(event.data for event in events if isinstance(event, Written) and event.name == LOCK)
    try:
        found = list(FileStore(path).read())
        journal(FileStore(path)).take(holder="cleo", force=True)
    except LockError as error:
        # Zeros are for a person, who finds every acknowledged line in front of them.
        if "holds zeros" not in str(error):
            return f"the next run stops: {error}"
        found = [line for line in path.read_bytes().splitlines(keepends=True) if b"\0" not in line]
    if found[: len(acknowledged)] != list(acknowledged):
        return f"{len(found)} lines are left of {len(acknowledged)} that were acknowledged"
    if any(line not in written for line in found):
        return "there are lines that nobody wrote"
    if not path.read_bytes().startswith(b"".join(found)):
        return "the next run changed what it had found"
    return ""


@pytest.fixture(autouse=True)
def no_real_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is the test's own; waiting for the real one shows nothing."""
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Where the run is recorded, and where the disk is looked at after the cut."""
    made = tmp_path / "before", tmp_path / "after"
    for folder in made:
        folder.mkdir()
    return made


def test_no_power_cut_loses_what_was_acknowledged(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An intent that the disk forgets would be sent again; damage would stop every later run."""
    events = run(folders[0] / LOCK, monkeypatch)

    assert sum(isinstance(event, Acknowledged) for event in events) == 6
    assert loss(events, folders[1]) == ""


def test_a_cut_never_takes_what_was_set_aside(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The half record of a dead run is kept somewhere at every moment, for whoever asks what it was about."""
    disk, torn = Disk(), b'{"record":"frozen","seq":4'
    for event in run(folders[0] / LOCK, monkeypatch):
        disk.take_in(event)
        if isinstance(event, Cut):
            assert torn in disk.surely_beside()


def test_the_name_of_a_checked_out_lockfile_is_synced_too(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """git does not sync what it checks out: the whole file could go, and with it the intent of a push."""
    path = folders[0] / LOCK
    run(path, monkeypatch)
    checkout: list[Event] = [Made(LOCK), Written(LOCK, 0, path.read_bytes())]
    recorder = Recorder()
    recorder.is_below_the_store(monkeypatch)
    lines = tuple(FileStore(path).read())
    later = journal(NotingStore(path, recorder.events))
    later.take(holder="ada", force=True)
    monkeypatch.undo()
    start = recorder.events.index(next(event for event in recorder.events if isinstance(event, Written)))

    assert Synced(FOLDER) in recorder.events[:start]
    *before, acknowledged = recorder.events
    assert isinstance(acknowledged, Acknowledged)
    assert loss([*checkout, *before, Acknowledged(lines + acknowledged.lines)], folders[1]) == ""


def _unsynced_write(store: FileStore, descriptor: int, data: bytes) -> None:
    del store
    _write_all(descriptor, data)


@pytest.mark.parametrize(
    ("planted", "instead"),
    [("_write", _unsynced_write), ("_sync_folder", lambda _store: None)],
    ids=["the file is not synced", "the folder is not synced"],
)
def test_a_missing_sync_is_found(
    planted: str, instead: object, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model of a disk that finds no planted fault would prove nothing."""
    monkeypatch.setattr(FileStore, planted, instead)
    events = run(folders[0] / LOCK, monkeypatch)

    assert "acknowledged" in loss(events, folders[1])


def test_a_batch_that_lost_its_beginning_only_is_refused_and_not_guessed(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole lines behind zeros may have been acknowledged: a person looks, and nothing is forgotten."""
    before, after = folders[0] / LOCK, folders[1] / LOCK
    run(before, monkeypatch)
    lines = before.read_bytes().splitlines(keepends=True)
    for number in range(len(lines) - 1):
        holed = [*lines[:number], bytes(len(lines[number]) - 1) + b"\n", *lines[number + 1 :]]
        after.write_bytes(b"".join(holed))
        with pytest.raises(DamagedLockfileError):
            list(FileStore(after).read())
        with pytest.raises(DamagedLockfileError):
            journal(FileStore(after)).take(holder="cleo", force=True)
        assert after.read_bytes() == b"".join(holed)

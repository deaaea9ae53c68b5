"""The file store: what a crash, a full disk or an editor can do to a file."""

from __future__ import annotations

import errno
import os
import re
import resource
import shlex
import stat
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from simulation.journals import FREEZE, journal

from pushspec.errors import DamagedLockfileError
from pushspec.lockfile.reading import read_lock, read_records
from pushspec.lockfile.records import Close
from pushspec.lockfile.stores import BrokenStoreError, SlotTakenError, StoreError
from pushspec.lockfile.stores.file import FileStore

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A lockfile of four records: header, open, frozen, frozen."""
    path = tmp_path / "pushspec.prod.lock"
    owner = journal(FileStore(path))
    owner.take(holder="ada")
    owner.append(FREEZE)
    owner.append(FREEZE)
    return path


def kinds(path: Path) -> list[str]:
    return [record.record for record in read_records(FileStore(path))]


def test_a_torn_last_record_is_passed_over_by_readers(path: Path) -> None:
    """C6: a write that was cut off was never acknowledged, so nothing relied on it."""
    whole = path.read_bytes()
    last = whole.rindex(b'{"record"')
    for end in range(last + 1, len(whole) - 1):
        path.write_bytes(whole[:end])
        assert kinds(path) == ["header", "open", "frozen"], end
        assert path.stat().st_size == end


def test_the_next_writer_sets_a_torn_record_aside(path: Path) -> None:
    """Nothing is thrown away: somebody may want to see what was being written."""
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])

    journal(FileStore(path)).take(holder="bob", force=True)

    assert kinds(path) == ["header", "open", "frozen", "open"]
    aside = path.with_name(f"{path.name}.torn-3").read_bytes()
    assert whole.endswith(aside[:-1] + whole[-20:])


def test_a_whole_last_record_without_its_line_feed_counts(path: Path) -> None:
    """An editor took the line feed; forgetting the record could send again."""
    path.write_bytes(path.read_bytes()[:-1])
    assert kinds(path) == ["header", "open", "frozen", "frozen"]

    journal(FileStore(path)).take(holder="bob", force=True)
    assert kinds(path) == ["header", "open", "frozen", "frozen", "open"]


@pytest.mark.parametrize(
    ("tail", "said"),
    [
        (b"\0", "holds zeros"),
        (b"\0" * 512, "holds zeros"),
        (b"\0" * 512 + b"\n", "holds zeros"),
        (b'{"record":"sent"\0\0', "holds zeros"),
        (b"x", "is damaged"),
        (b"  ", "is damaged"),
        (b'{"record":"frozen","crc":"01234567"}', "is damaged"),
        (b"<<<<<<< HEAD", "is a conflict marker"),
    ],
)
def test_what_no_dying_write_leaves_at_the_end_is_damage(path: Path, tail: bytes, said: str) -> None:
    """A disk that lost these bytes may have lost an intent whose request left, so a person looks."""
    whole = path.read_bytes()
    path.write_bytes(whole + tail)

    with pytest.raises(DamagedLockfileError, match=f"{path}: line 5 {said}"):
        kinds(path)
    with pytest.raises(DamagedLockfileError, match=f"{path}: line 5 {said}"):
        journal(FileStore(path)).take(holder="bob", force=True)
    assert path.read_bytes() == whole + tail


def test_whole_records_without_line_feeds_are_no_cut_off_record(path: Path) -> None:
    """An editor took the line feeds: set aside as one record, all of them would be forgotten."""
    changed = path.read_bytes()[:-1].replace(b"\n", b"\r")
    path.write_bytes(changed)

    for use in (lambda: kinds(path), lambda: journal(FileStore(path)).take(holder="bob", force=True)):
        with pytest.raises(DamagedLockfileError, match="line 1 goes on behind a whole record") as raised:
            use()
        assert "sed -i" in raised.value.hint
    assert path.read_bytes() == changed


def test_zeros_at_the_end_can_be_cut_off(path: Path) -> None:
    """A person for whom no copy holds more compares with the console, and goes on."""
    whole = path.read_bytes()
    path.write_bytes(whole + b"\0" * 4096)
    with pytest.raises(DamagedLockfileError) as raised:
        kinds(path)

    (command,) = re.findall("`truncate (.*)`", raised.value.hint)
    subprocess.run(["truncate", *shlex.split(command)], check=True)
    assert path.read_bytes() == whole


def test_damage_in_the_middle_stops_everything(path: Path) -> None:
    """Nothing is guessed from a lockfile that lies."""
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"wrong text", b"wrong tixt", 1))
    with pytest.raises(DamagedLockfileError):
        read_lock(FileStore(path))
    with pytest.raises(DamagedLockfileError):
        journal(FileStore(path)).take(holder="bob", force=True)


def test_a_damaged_last_line_that_ends_is_damage_and_not_a_torn_write(path: Path) -> None:
    """It may have been acknowledged, and a request may have followed it."""
    whole = path.read_bytes()
    last = whole.rindex(b"wrong text")
    path.write_bytes(whole[:last] + b"wrong tixt" + whole[last + 10 :])
    with pytest.raises(DamagedLockfileError):
        read_lock(FileStore(path))


def test_a_file_put_back_under_a_running_owner_stops_it(path: Path) -> None:
    """`git checkout` of an old lockfile while an apply runs."""
    old = path.read_bytes()
    owner = journal(FileStore(path))
    owner.take(holder="bob", force=True)
    path.write_bytes(old)

    with pytest.raises(BrokenStoreError, match="changed or put back"):
        owner.append(FREEZE)
    assert path.read_bytes() == old


def test_a_file_that_disappears_under_a_running_owner_stops_it(path: Path) -> None:
    """`git clean` while an apply runs: the next record must not begin a new history."""
    owner = journal(FileStore(path))
    owner.take(holder="bob", force=True)
    path.unlink()
    with pytest.raises(BrokenStoreError, match="disappeared"):
        owner.append(FREEZE)
    assert not path.exists()


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_no_file_of_a_lockfile_that_could_not_be_begun(tmp_path: Path) -> None:
    """A file without a record looks like one that lost them."""
    path = tmp_path / "pushspec.prod.lock"

    with file_size_limit(50), pytest.raises(StoreError):
        journal(FileStore(path)).begin()

    assert not path.exists()
    journal(FileStore(path)).begin()
    assert kinds(path) == ["header"]


def test_a_full_disk_leaves_no_half_record(path: Path) -> None:
    """C28: the write fails, the file is as before, and the run stops."""
    before = path.read_bytes()
    owner = journal(FileStore(path))
    owner.take(holder="bob", force=True)
    size = path.stat().st_size

    with file_size_limit(size + 50), pytest.raises(StoreError):
        owner.append(FREEZE)

    assert path.stat().st_size == size
    assert path.read_bytes().startswith(before)
    with pytest.raises(StoreError):
        owner.append(Close())


def test_a_store_survives_a_full_disk_that_passes(path: Path) -> None:
    """The journal tries again a few times before it gives up."""
    store = FileStore(path)
    count = len(list(store.read()))
    line = b'{"record":"close","crc":"00000000"}\n'
    with file_size_limit(path.stat().st_size + 10), pytest.raises(StoreError):
        store.append(count, [line])
    assert list(store.read(count)) == []
    store.append(count, [line])
    assert list(FileStore(path).read(count)) == [line]


@pytest.mark.parametrize("failing", ["the file", "the folder"])
def test_a_sync_that_fails_once_ends_all_trust(
    failing: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel may forget the page and report success the next time: reading back would prove nothing."""
    owner = journal(FileStore(path))
    owner.take(holder="bob", force=True)
    if failing == "the folder":
        owner = journal(FileStore(path))
    sync, failures = os.fsync, [True]

    def failing_once(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        if failures and is_folder is (failing == "the folder"):
            failures.clear()
            raise OSError(errno.EIO, "Input/output error")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", failing_once)
    owner.load()
    for _ in range(2):
        with pytest.raises(BrokenStoreError, match="could not be synced"):
            owner.append(FREEZE)
    assert kinds(path)[:5] == ["header", "open", "frozen", "frozen", "open"]


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    """Read-only mounts, missing folders, a folder where the file should be."""
    (tmp_path / "folder.lock").mkdir()
    for place in (Path("/proc/pushspec.lock"), tmp_path / "missing" / "x.lock", tmp_path / "folder.lock"):
        with pytest.raises(StoreError, match=r"cannot be (read|locked|written)"):
            journal(FileStore(place)).take(holder="ada")


def test_a_file_system_that_becomes_read_only_within_the_probe_is_said_so(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cleaning up after the probe can fail too, and must not end in a traceback."""

    def refuse(_path: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "unlink", refuse)

    with pytest.raises(StoreError, match="cannot be locked: Read-only file system"):
        journal(FileStore(path)).take(holder="bob", force=True)


def test_two_handles_in_one_process_exclude_each_other(path: Path) -> None:
    """flock belongs to the open file, so this holds between processes too."""
    one, two = FileStore(path), FileStore(path)
    first = len(list(one.read()))
    assert len(list(two.read())) == first
    line = b'{"record":"x","crc":"00000000"}\n'
    one.append(first, [line])
    with pytest.raises(SlotTakenError):
        two.append(first, [line])


def test_the_lockfile_is_readable_by_its_group_and_not_executable(path: Path) -> None:
    """It is committed to the repository like any other file."""
    assert not path.stat().st_mode & (stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def test_no_descriptor_is_kept_open(path: Path) -> None:
    """A run of hours must not hold the file against an editor or a checkout."""
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - iterdir would hold one open
    owner = journal(FileStore(path))
    owner.take(holder="bob", force=True)
    owner.append(FREEZE)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 - iterdir would hold one open

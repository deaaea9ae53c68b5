"""An acknowledged event is there, whenever the receiver is killed and whatever a power cut takes."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pushspec.web.sqlite import SqliteCallbackStore
from pushspec.web.store import Post
from web.killed import kill_receivers
from web.served import STORE, accounts_in, post_until_it_dies, served_at

if TYPE_CHECKING:
    from collections.abc import Iterator

KILLS = 200 if os.environ.get("PUSHSPEC_PROVE") == "all" else 20
TESTS = Path(__file__).parents[1]


def test_no_kill_loses_an_acknowledged_event(tmp_path: Path) -> None:
    """The same store goes through all of them, each at another moment; ``simulation.prove`` makes 200."""
    acknowledged, lost = kill_receivers(tmp_path, range(KILLS))

    assert not lost
    assert len(acknowledged) > KILLS


def test_no_kill_of_a_reader_counts_an_event_twice_or_not_at_all(tmp_path: Path) -> None:
    """Events are read from posts whenever somebody looks, and the look may be killed."""
    path, dice = tmp_path / STORE, random.Random(3)
    accounts = [f"person-{dice.randrange(300)}" for _ in range(1_000)]
    with SqliteCallbackStore(path) as store:
        store.append([_post(accounts[start : start + 5]) for start in range(0, 1_000, 5)])

    left = [_read_and_be_killed(path, after_s=dice.random() / 50) for _ in range(12)]

    assert left[-1] < 200
    assert accounts_in(path) == set(accounts)
    with SqliteCallbackStore(path) as store:
        assert (store.status().events, store.status().repeats) == (
            len(set(accounts)),
            1_000 - len(set(accounts)),
        )


def _post(accounts: list[str]) -> Post:
    event = {"EventType": 1, "TaskId": "t", "EventTime": 1, "PushStage": 1}
    return Post(7.5, "s", json.dumps({"Events": [event | {"To_Account": it} for it in accounts]}).encode())


def _read_and_be_killed(path: Path, *, after_s: float) -> int:
    """Kill a reader a moment after it read its first post; return how many posts are left."""
    begun, ready = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            with SqliteCallbackStore(path) as store:
                store.read_posts(1)
                os.write(ready, b".")
                while store.read_posts(1):
                    pass
        finally:
            os._exit(0)
    os.read(begun, 1)
    time.sleep(after_s)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    os.close(begun)
    os.close(ready)
    with SqliteCallbackStore(path) as store:
        return store.status().unread


@dataclass
class Disk:
    """Files as a disk holds them: what was synced, and what was only written; a folder syncs names."""

    synced: dict[str, bytearray] = field(default_factory=dict)
    written: dict[str, list[tuple[int, bytes | None]]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    renamed: dict[str, bool] = field(default_factory=dict)

    def make(self, name: str) -> None:
        if name not in self.names or name in self.renamed:
            self.renamed[name] = True

    def remove(self, name: str) -> None:
        self.renamed[name] = False

    def sync_folder(self) -> None:
        for name, is_there in self.renamed.items():
            (self.names.add if is_there else self.names.discard)(name)
        self.renamed.clear()

    def write(self, name: str, offset: int, data: bytes) -> None:
        self.written.setdefault(name, []).append((offset, data))

    def cut(self, name: str, size: int) -> None:
        self.written.setdefault(name, []).append((size, None))

    def sync(self, name: str) -> None:
        content = self.synced.setdefault(name, bytearray())
        for change in self.written.pop(name, []):
            _apply(content, *change)

    def after_power_cut(self, dice: random.Random) -> dict[str, bytes]:
        """Return the files where any part of what was not synced reached the disk, in any order."""
        files = {name: bytearray(content) for name, content in self.synced.items()}
        for name, changes in self.written.items():
            for change in changes:
                if dice.random() < 0.5:
                    _apply(files.setdefault(name, bytearray()), *change)
        there = {*self.names}
        for name, is_there in self.renamed.items():
            if dice.random() < 0.5:
                (there.add if is_there else there.discard)(name)
        return {name: bytes(content) for name, content in files.items() if name in there}


def _apply(content: bytearray, at: int, data: bytes | None) -> None:
    if data is None:
        del content[at:]
        content.extend(b"\0" * (at - len(content)))
        return
    content.extend(b"\0" * (at - len(content)))
    content[at : at + len(data)] = data


_CALL = re.compile(r"(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)")
_PATH = re.compile(r"\d+<((?:\\x[0-9a-f]{2})*)>")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


def _calls(log: Path) -> Iterator[tuple[str, str, int]]:
    for line in log.read_text().splitlines():
        match = _CALL.match(line)
        if match:
            yield match[1], match[2], int(match[3])


def test_no_power_cut_loses_an_acknowledged_event(tmp_path: Path) -> None:
    """Every system call of a real run is recorded, and the disk forgets what was not synced at each answer.

    SIGKILL alone would not show it: the page cache survives the process.
    """
    log = tmp_path / "calls"
    command = ["strace", "-f", "-y", "-xx", "-s", "1000000", "-e", f"trace={_TRACED}", "-o", str(log)]
    process = subprocess.Popen([*command, sys.executable, "-m", "web.served", str(tmp_path)], cwd=TESTS)
    port, receiver = served_at(tmp_path)
    acknowledged: list[str] = []
    post_until_it_dies(port, "person", acknowledged, most=30)
    os.kill(receiver, signal.SIGTERM)
    process.wait(timeout=60)
    assert len(acknowledged) == 30

    cuts = list(_power_cuts(log, random.Random(7)))

    assert len(cuts) >= 30
    for answered, files in cuts:
        folder = tmp_path / "cut"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        assert set(acknowledged[:answered]) <= accounts_in(folder / STORE)


_TRACED = "openat,unlink,pwrite64,write,writev,ftruncate,fsync,fdatasync,sendto,sendmsg"
_ANSWERING = {"write", "writev", "sendto", "sendmsg"}
"""How an event loop may write to a socket."""


def _power_cuts(log: Path, dice: random.Random) -> Iterator[tuple[int, dict[str, bytes]]]:
    """Yield, at each answer, how many had been given and what a disk may hold then."""
    disk, answered = Disk(), 0
    for call, arguments, result in _calls(log):
        path = _PATH.match(arguments)
        file = Path(_plain(path[1]).decode()) if path is not None else Path()
        texts = [_plain(text) for text in _TEXT.findall(arguments)]
        if call in _ANSWERING and texts and texts[0].startswith(b"HTTP/1.1 200"):
            answered += 1
            yield answered, disk.after_power_cut(dice)
        elif call in {"openat", "unlink"} and texts:
            named = Path(texts[0].decode()).name
            if named.startswith(STORE) and result >= 0 and (call == "unlink" or "O_CREAT" in arguments):
                (disk.make if call == "openat" else disk.remove)(named)
        elif file == log.parent and call == "fsync":
            disk.sync_folder()
        elif file.name.startswith(STORE) and not file.name.endswith("-shm"):
            _play(disk, call, file.name, arguments, texts[0][:result] if texts else b"")


def _plain(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))


def _play(disk: Disk, call: str, file: str, arguments: str, data: bytes) -> None:
    if call == "pwrite64":
        disk.write(file, int(arguments.rsplit(", ", 1)[1]), data)
    elif call == "ftruncate":
        disk.cut(file, int(arguments.rsplit(", ", 1)[1]))
    elif call in {"fsync", "fdatasync"}:
        disk.sync(file)

"""Complete records into lines: who wrote them, their place, and the checksum of the line before."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from operator import eq
from typing import TYPE_CHECKING

from pushspec.lockfile.fold import advance
from pushspec.lockfile.lines import crc_of, encode
from pushspec.lockfile.records import Header, Open

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from pushspec.lockfile.records import AnyRecord, Record
    from pushspec.lockfile.state import LockState


@dataclass(frozen=True, slots=True)
class Prepared:
    """Records that the state has taken in and the store has not."""

    records: Sequence[Record]
    first: int
    lines: Sequence[bytes]

    def count_written(self, found: Sequence[bytes]) -> int:
        """Return how many of its lines stand at the beginning of those that were found at its place."""
        return sum(takewhile(bool, map(eq, found, self.lines)))

    def behind(self, written: int) -> Prepared:
        """Return what is left when so many lines are written; a new lockfile's header is one line more."""
        headers = len(self.lines) - len(self.records)
        left = self.records[max(0, written - headers) :]
        return Prepared(left, self.first + written, self.lines[written:])


@dataclass(frozen=True, slots=True)
class Stamp:
    """Completes the records of one run.

    Attributes:
        run_id: Id of the run, in each of its records.
        sdk_app_id: The app that the lockfile belongs to.
        environment: The environment that it belongs to.
        token: Draws 16 hex digits from the system's randomness.
        now: The wall clock, aware.
    """

    run_id: str
    sdk_app_id: int
    environment: str
    token: Callable[[], str]
    now: Callable[[], datetime]

    def lines(self, state: LockState, crc: int, records: Sequence[Record]) -> tuple[Sequence[bytes], int]:
        """Complete records, take them into the state, and return their lines and the last one's checksum.

        Args:
            state: What the lockfile says so far; without any record it gets a header first.
            crc: Checksum of its last line.
            records: What is to stand behind it.

        Raises:
            DamagedLockfileError: Readers would refuse a record.
        """
        lines = []
        if state.header is None:
            records = [Header(sdk_app_id=self.sdk_app_id, environment=self.environment), *records]
        for record in records:
            stamped: AnyRecord = record.model_copy(update=self._envelope(state, record))  # type: ignore[assignment] # a concrete record
            line = encode(stamped, previous_crc=crc)
            advance(state, stamped)
            crc = crc_of(line)
            lines.append(line)
        return lines, crc

    def _envelope(self, state: LockState, record: Record) -> dict[str, object]:
        seq = state.next_seq
        return {
            "seq": seq,
            "journal": self.token() if state.header is None else state.header.journal,
            "epoch": seq if isinstance(record, Open) else state.epoch,
            "run": self.run_id,
            "nonce": self.token(),
            "at": self.now(),
        }

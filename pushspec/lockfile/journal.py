"""Write a lockfile; a run that was overtaken can no longer write, and so not send."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile
from operator import eq
from typing import TYPE_CHECKING

from pushspec.disclosure import shown_address
from pushspec.errors import (
    DamagedLockfileError,
    FencedError,
    HeldLockError,
    LockError,
    MissingLockfileError,
    message_of,
)
from pushspec.language import phrase
from pushspec.lockfile.fold import advance
from pushspec.lockfile.lines import crc_of, decode, encode
from pushspec.lockfile.process import has_ended, read_with_dead_run
from pushspec.lockfile.reading import located
from pushspec.lockfile.records import Close, Header, Open
from pushspec.lockfile.state import LockState
from pushspec.lockfile.stores import BrokenStoreError, SlotTakenError, StoreError
from pushspec.text import counted
from pushspec.timestamps import local_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from pushspec.lockfile.records import AnyRecord, Record
    from pushspec.lockfile.state import Ownership
    from pushspec.lockfile.stores import Store

LEASE_S = 60
"""How long a run holds the lock without a sign of life; it only saves waiting, the fence is what protects."""

CLOCK_TOLERANCE = timedelta(seconds=30)
"""How far two clocks may be apart before nothing is sent."""

_PAUSES_S = (0.2, 0.5, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a journal takes from the world.

    Attributes:
        now: The wall clock, aware.
        token: Draws 16 hex digits from the system's randomness.
        pause: Waits some seconds.
        tool: Name and version of this program.
        process: Which process this is; None where the kernel does not tell.
        is_gone: Tells whether a process of this machine has ended.
    """

    now: Callable[[], datetime]
    token: Callable[[], str]
    pause: Callable[[float], None]
    tool: str
    process: str | None = None
    is_gone: Callable[[str | None], bool] = has_ended


@dataclass(frozen=True, slots=True)
class Prepared:
    """Records that the state has taken in and the store has not."""

    records: Sequence[Record]
    first: int
    lines: Sequence[bytes]

    def behind(self, written: int) -> Prepared:
        """Return what is left when so many lines are written; a new lockfile's header is one line more."""
        headers = len(self.lines) - len(self.records)
        left = self.records[max(0, written - headers) :]
        return Prepared(left, self.first + written, self.lines[written:])


class Journal:
    """A lockfile that one run reads and appends to.

    All of it blocks, and one thread at a time may use it. A record is written only if the fold accepts it,
    and :meth:`append` returns only when it is durable. After any doubt about that the journal stops for good.

    Args:
        store: Where the lockfile is kept.
        sdk_app_id: The app that it belongs to.
        environment: The environment that it belongs to.
        runtime: What the journal takes from the world.
        must_exist: Refuse a missing lockfile instead of beginning one.
    """

    def __init__(
        self,
        store: Store,
        *,
        sdk_app_id: int,
        environment: str,
        runtime: Runtime,
        must_exist: bool = False,
    ) -> None:
        self._store = store
        self._sdk_app_id = sdk_app_id
        self._environment = environment
        self._runtime = runtime
        self._must_exist = must_exist
        self._run = runtime.token()
        self._has_taken = False
        self._ownership: Ownership | None = None
        self._crc = 0
        self._stopped: LockError | None = None
        self.state = LockState()

    @property
    def run_id(self) -> str:
        """Id of this run, in each of its records."""
        return self._run

    @property
    def holds_lock(self) -> bool:
        """Whether this run took the lock, was not overtaken as far as it knows, and its lease still runs."""
        is_alive = self.state.live_run(self._runtime.now()) is not None
        return self._stopped is None and is_alive and self.state.ownership == self._ownership

    def load(self) -> LockState:
        """Read the whole lockfile again and return its state.

        Raises:
            StoreError: The store cannot be reached.
            DamagedLockfileError: It is not what pushspec wrote.
            MissingLockfileError: There is none, and there must be one.
            LockError: It belongs to another app or environment, or has moved.
        """
        try:
            self.state = read_with_dead_run(self._read_anew, self._runtime.is_gone)
        except DamagedLockfileError as error:
            raise located(error, self._store) from None
        return self.state

    def _read_anew(self) -> LockState:
        state, self._crc = self._read_all()
        return state

    def _read_all(self) -> tuple[LockState, int]:
        state, crc = LockState(), 0
        for line in self._store.read():
            advance(state, decode(line, previous_crc=crc, seq=state.next_seq))
            crc = crc_of(line)
        self._check_binding(state)
        return state, crc

    def begin(self) -> None:
        """Write the header of a lockfile that is not there yet, and nothing else.

        Raises:
            LockError: There is one already.
            StoreError: The store cannot be reached.
        """
        state = self.load()
        if state.header is not None:
            what = f"{counted(state.next_seq, 'record')}, begun {local_text(state.header.at, seconds=True)}"
            raise LockError(
                phrase("{where} holds a lockfile already: {what}", where=self._store.where, what=what),
                hint=phrase("nothing was changed; `pushspec status` says what it records"),
            )
        self._store.probe()
        self.append()

    def take(
        self, *, holder: str, purpose: str = "apply", plan_digest: str = "", force: bool = False
    ) -> None:
        """Take the lock; every earlier owner can no longer write.

        Args:
            holder: Who takes it, in words.
            purpose: The command that needs it.
            plan_digest: Digest of the plan that was approved.
            force: Take it from a run that seems alive. Safe: what it had under way becomes in doubt.

        Raises:
            HeldLockError: Another run holds it.
            LockError: Another run took it at this moment.
            StoreError: The store cannot be reached.
        """
        state, now = self.load(), self._runtime.now()
        self._store.probe()
        live = state.live_run(now)
        if live is not None and not force:
            raise held(live.holder, live.purpose, live.lease_end)
        if state.updated_at is not None and state.updated_at - now > CLOCK_TOLERANCE:
            behind_s = (state.updated_at - now).total_seconds()
            raise LockError(
                phrase(
                    "this machine's clock is {behind_s:.0f} s behind the last record of the lockfile",
                    behind_s=behind_s,
                ),
                hint=phrase("set the clock: windows, quotas and signatures depend on it"),
            )
        opening = Open(
            holder=holder,
            purpose=purpose,
            plan_digest=plan_digest,
            lease_end=self.next_lease_end(),
            tool=self._runtime.tool,
            process=self._runtime.process,
        )
        self._has_taken = True
        prepared = self.prepare(opening)
        self._ownership = self.state.ownership
        try:
            self.write(prepared)
        except FencedError:
            raise LockError(
                phrase("another run wrote at the same moment"), hint=phrase("try again")
            ) from None

    def next_lease_end(self) -> datetime:
        """Return until when a renewal that is written now holds the lock."""
        return self._runtime.now() + timedelta(seconds=LEASE_S)

    def release(self, close: Close) -> None:
        """Leave the lock."""
        self.append(close)
        self._has_taken = False

    def append(self, *records: Record) -> None:
        """Write records behind the tail that was read; all are durable on return.

        Raises:
            FencedError: Another run took over; nothing more may be sent.
            StoreError: Nobody knows whether they were written; nothing more may be sent.
        """
        self.write(self.prepare(*records))

    def prepare(self, *records: Record) -> Prepared:
        """Complete records and take them into the state, so that none is written that readers would refuse.

        It does not block. What is prepared must be written before anything else is prepared. Without the lock
        only notes may be written, such as ``frozen``.

        Raises:
            LockError: This journal has stopped, or never took the lock.
        """
        if self._stopped is not None:
            raise self._stopped
        if not self._has_taken and not all(record.is_note for record in records):
            raise LockError(phrase("the lock was not taken"))
        first = self.state.next_seq
        try:
            lines, self._crc = self._stamp(self.state, self._crc, records)
        except LockError as error:
            self._stopped = error
            raise
        return Prepared(records, first, lines)

    def write(self, prepared: Prepared) -> None:
        """Make prepared records durable; see :meth:`append`."""
        try:
            self._write(prepared)
        except LockError as error:
            self._stopped = error
            raise

    def _write(self, prepared: Prepared) -> None:
        for pause_s in (*_PAUSES_S, None):
            error = self._try_to_append(prepared)
            if error is None:
                return
            found = self._read_back(prepared.first)
            own = _count_equal(found, prepared.lines)
            prepared = prepared.behind(own)
            if len(found) > own:
                self._go_on_behind_others(prepared.records)
                return
            if not prepared.lines:
                return
            if pause_s is None:
                raise StoreError(
                    phrase(
                        "it is not known whether the lockfile took a record: {error}", error=message_of(error)
                    ),
                    hint=error.hint,
                )
            self._runtime.pause(pause_s)

    def _try_to_append(self, prepared: Prepared) -> LockError | None:
        try:
            self._store.append(prepared.first, prepared.lines)
        except BrokenStoreError:
            raise
        except (SlotTakenError, StoreError) as error:
            return error
        return None

    def _go_on_behind_others(self, records: Sequence[Record]) -> None:
        """Write what is left behind the notes of others, unless one of them took over."""
        state, crc = self._read_all()
        self._check_owner(state)
        first = state.next_seq
        lines, crc = self._stamp(state, crc, records)
        # Put in place whole: the run looks at the state while this thread writes.
        self.state, self._crc = state, crc
        if lines:
            self._write(Prepared(records, first, lines))

    def _check_owner(self, state: LockState) -> None:
        if self._has_taken and state.ownership != self._ownership:
            raise FencedError(phrase("another run took over the lockfile; nothing more is sent by this one"))

    def _read_back(self, first: int) -> list[bytes]:
        try:
            return list(self._store.read(first))
        except BrokenStoreError:
            raise
        except StoreError:
            return []

    def _stamp(self, state: LockState, crc: int, records: Sequence[Record]) -> tuple[Sequence[bytes], int]:
        lines = []
        if state.header is None:
            records = [Header(sdk_app_id=self._sdk_app_id, environment=self._environment), *records]
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
            "journal": self._runtime.token() if state.header is None else state.header.journal,
            "epoch": seq if isinstance(record, Open) else state.epoch,
            "run": self._run,
            "nonce": self._runtime.token(),
            "at": self._runtime.now(),
        }

    def _check_binding(self, state: LockState) -> None:
        header = state.header
        if header is None:
            if self._must_exist:
                raise MissingLockfileError(self._environment, self._store.where)
            return
        if (header.sdk_app_id, header.environment) != (self._sdk_app_id, self._environment):
            raise DamagedLockfileError(
                phrase(
                    "{where} belongs to app {sdk_app_id}, environment `{environment}`",
                    where=self._store.where,
                    sdk_app_id=header.sdk_app_id,
                    environment=header.environment,
                ),
                hint=phrase("each environment needs its own lockfile: set `lock`, or restore the right file"),
            )
        if state.moved_to:
            raise LockError(
                phrase(
                    "the lockfile was moved to {shown_address}", shown_address=shown_address(state.moved_to)
                ),
                hint=phrase("set `lock` to that place"),
            )


def _count_equal(found: Sequence[bytes], lines: Sequence[bytes]) -> int:
    return sum(takewhile(bool, map(eq, found, lines)))


def held(holder: str, purpose: str, lease_end: datetime) -> HeldLockError:
    """Return the error that says who holds the lock, and until when."""
    return HeldLockError(
        phrase(
            "the lock is held by {holder} ({purpose}) until {lease_end} unless renewed",
            holder=holder,
            purpose=purpose,
            lease_end=local_text(lease_end, seconds=True),
        ),
        hint=phrase(
            "`apply --lock-timeout 2m` waits for that run; if it is dead, `pushspec unlock` is sooner"
        ),
    )

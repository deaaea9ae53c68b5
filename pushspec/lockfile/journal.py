"""Write a lockfile; a run that was overtaken can no longer write, and so not send."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pushspec.errors import DamagedLockfileError, FencedError, LockError, message_of
from pushspec.language import phrase
from pushspec.lockfile.admission import check_binding, check_clock, check_free, check_not_begun
from pushspec.lockfile.fold import advance
from pushspec.lockfile.lines import crc_of, decode
from pushspec.lockfile.process import has_ended, read_with_dead_run
from pushspec.lockfile.reading import located
from pushspec.lockfile.records import Open
from pushspec.lockfile.stamping import Prepared, Stamp
from pushspec.lockfile.state import LockState
from pushspec.lockfile.stores import BrokenStoreError, SlotTakenError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from pushspec.lockfile.records import Close, Record
    from pushspec.lockfile.state import Ownership
    from pushspec.lockfile.stores import Store

LEASE_S = 60
"""How long a run holds the lock without a sign of life; it only saves waiting, the fence is what protects."""

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
        self._runtime = runtime
        self._must_exist = must_exist
        self._stamp = Stamp(runtime.token(), sdk_app_id, environment, runtime.token, runtime.now)
        self._has_taken = False
        self._ownership: Ownership | None = None
        self._crc = 0
        self._stopped: LockError | None = None
        self.state = LockState()

    @property
    def run_id(self) -> str:
        """Id of this run, in each of its records."""
        return self._stamp.run_id

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
        check_binding(
            state,
            self._store.where,
            sdk_app_id=self._stamp.sdk_app_id,
            environment=self._stamp.environment,
            must_exist=self._must_exist,
        )
        return state, crc

    def begin(self) -> None:
        """Write the header of a lockfile that is not there yet, and nothing else.

        Raises:
            LockError: There is one already.
            StoreError: The store cannot be reached.
        """
        state = self.load()
        check_not_begun(state, self._store.where)
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
        if not force:
            check_free(state, now)
        check_clock(state, now)
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

    @contextmanager
    def held(self, *, holder: str, purpose: str, close: Close) -> Iterator[None]:
        """Hold the lock for some records; see :meth:`take`.

        It is left however that ends, unless a record was broken off: nothing may be written behind that one.
        """
        self.take(holder=holder, purpose=purpose)
        try:
            yield
        finally:
            if self._stopped is None:
                self.release(close)

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
            lines, self._crc = self._stamp.lines(self.state, self._crc, records)
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
        except BaseException:  # Ctrl-C in the middle of a write: nobody knows what of it is there
            self._stopped = LockError(phrase("a record was broken off while it was written"))
            raise

    def _write(self, prepared: Prepared) -> None:
        for pause_s in (*_PAUSES_S, None):
            error = self._try_to_append(prepared)
            if error is None:
                return
            found = self._read_back(prepared.first)
            own = prepared.count_written(found)
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
        lines, crc = self._stamp.lines(state, crc, records)
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

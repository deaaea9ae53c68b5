"""Refuse a lockfile that must not be used: one that moved, is held, another app's, or ahead of the clock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pushspec.disclosure import shown_address
from pushspec.errors import DamagedLockfileError, HeldLockError, LockError, MissingLockfileError
from pushspec.language import phrase
from pushspec.text import counted
from pushspec.timestamps import local_text

if TYPE_CHECKING:
    from datetime import datetime

    from pushspec.lockfile.state import LockState

CLOCK_TOLERANCE = timedelta(seconds=30)
"""How far two clocks may be apart before nothing is sent."""


def check_binding(
    state: LockState, where: str, *, sdk_app_id: int, environment: str, must_exist: bool
) -> None:
    """Refuse a lockfile of another app or environment, one that moved, and none where there must be one.

    Raises:
        MissingLockfileError: There is none.
        DamagedLockfileError: It belongs to another app or environment.
        LockError: It has moved.
    """
    header = state.header
    if header is None:
        if must_exist:
            raise MissingLockfileError(environment, where)
        return
    if (header.sdk_app_id, header.environment) != (sdk_app_id, environment):
        raise DamagedLockfileError(
            phrase(
                "{where} belongs to app {sdk_app_id}, environment `{environment}`",
                where=where,
                sdk_app_id=header.sdk_app_id,
                environment=header.environment,
            ),
            hint=phrase("each environment needs its own lockfile: set `lock`, or restore the right file"),
        )
    if state.moved_to:
        raise LockError(
            phrase("the lockfile was moved to {shown_address}", shown_address=shown_address(state.moved_to)),
            hint=phrase("set `lock` to that place"),
        )


def check_not_begun(state: LockState, where: str) -> None:
    """Refuse to begin a lockfile that is there already.

    Raises:
        LockError: It has a header.
    """
    if state.header is not None:
        what = phrase(
            "{records}, begun {moment}",
            records=counted(state.next_seq, "record"),
            moment=local_text(state.header.at, seconds=True),
        )
        raise LockError(
            phrase("{where} holds a lockfile already: {what}", where=where, what=what),
            hint=phrase("nothing was changed; `pushspec status` says what it records"),
        )


def check_free(state: LockState, now: datetime) -> None:
    """Refuse a lock that a run holds whose lease still runs.

    Raises:
        HeldLockError: Who holds it, and until when.
    """
    live = state.live_run(now)
    if live is not None:
        raise HeldLockError(
            phrase(
                "the lock is held by {holder} ({purpose}) until {lease_end} unless renewed",
                holder=live.holder,
                purpose=live.purpose,
                lease_end=local_text(live.lease_end, seconds=True),
            ),
            hint=phrase(
                "`apply --lock-timeout 2m` waits for that run; if it is dead, `pushspec unlock` is sooner"
            ),
        )


def check_clock(state: LockState, now: datetime) -> None:
    """Refuse to write behind records that this machine's clock says are of the future.

    Raises:
        LockError: The last record is later than clocks may be apart.
    """
    if state.updated_at is not None and state.updated_at - now > CLOCK_TOLERANCE:
        behind_s = (state.updated_at - now).total_seconds()
        raise LockError(
            phrase(
                "this machine's clock is {behind_s:.0f} s behind the last record of the lockfile",
                behind_s=behind_s,
            ),
            hint=phrase("set the clock: windows, quotas and signatures depend on it"),
        )

"""Reading a lockfile without touching it: for plans, and for whoever wants every refused account."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pushspec.errors import DamagedLockfileError, message_of
from pushspec.language import phrase
from pushspec.lockfile.fold import fold
from pushspec.lockfile.lines import decode_all
from pushspec.lockfile.process import has_ended, read_with_dead_run
from pushspec.lockfile.records import NotSent, Sent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.lockfile.records import AnyRecord
    from pushspec.lockfile.state import LockState
    from pushspec.lockfile.stores import Store


class RefusedAccount(NamedTuple):
    """An account that the service refused in its answer."""

    key: str
    account: str
    code: int


def read_records(store: Store) -> Iterator[AnyRecord]:
    """Yield every record of a lockfile, oldest first.

    Raises:
        StoreError: The store cannot be reached.
        DamagedLockfileError: It is not what pushspec wrote.
    """
    try:
        yield from decode_all(store.read())
    except DamagedLockfileError as error:
        raise located(error, store) from None


def located(error: DamagedLockfileError, store: Store) -> DamagedLockfileError:
    """Return the error with the lockfile's place in it."""
    if store.where in message_of(error):
        return error
    return DamagedLockfileError(
        phrase("{where}: {error}", where=store.where, error=message_of(error)), hint=error.hint
    )


def read_lock(store: Store) -> LockState:
    """Return what a lockfile says; an empty state where there is none yet. Nothing is written.

    Raises:
        StoreError: The store cannot be reached.
        DamagedLockfileError: It is not what pushspec wrote.
    """
    return read_with_dead_run(lambda: fold(read_records(store)), has_ended)


def refused_accounts(store: Store) -> Iterator[RefusedAccount]:
    """Yield the accounts that the service refused, as recorded; the state holds only their number by code."""
    for record in read_records(store):
        if isinstance(record, Sent | NotSent):
            for code, accounts in record.refused.items():
                for account in accounts:
                    yield RefusedAccount(record.key, account, int(code))

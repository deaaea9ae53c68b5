"""Reading a lockfile without touching it: for plans, and for whoever wants every refused account."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pushspec.errors import LockError
from pushspec.lockfile.fold import fold
from pushspec.lockfile.lines import decode_all
from pushspec.lockfile.records import NotSent, Sent
from pushspec.lockfile.stores.file import FileStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
    return decode_all(store.read())


def read_lock(store: Store) -> LockState:
    """Return what a lockfile says; an empty state where there is none yet. Nothing is written.

    Raises:
        StoreError: The store cannot be reached.
        DamagedLockfileError: It is not what pushspec wrote.
    """
    return fold(read_records(store))


def other_lockfiles(folder: Path, state: LockState, *, sdk_app_id: int, environment: str) -> Iterator[Path]:
    """Yield the files of a folder that are a lockfile of the same environment, with a history of its own.

    Two histories of one app know nothing of each other's sends. A copy of this one, and one that has moved,
    are none.

    Args:
        folder: The project folder.
        state: What the lockfile in use says.
        sdk_app_id: The app.
        environment: The environment's name.
    """
    used = "" if state.header is None else state.header.journal
    for path in sorted(folder.glob("*.lock")):
        try:
            other = read_lock(FileStore(path))
        except LockError:  # somebody else's lockfile, of another tool perhaps
            continue
        header = other.header
        is_same = header is not None and (header.sdk_app_id, header.environment) == (sdk_app_id, environment)
        if header is not None and is_same and not other.moved_to and header.journal != used:
            yield path


def refused_accounts(store: Store) -> Iterator[RefusedAccount]:
    """Yield the accounts that the service refused, as recorded; the state holds only their number by code."""
    for record in read_records(store):
        if isinstance(record, Sent | NotSent):
            for code, accounts in record.refused.items():
                for account in accounts:
                    yield RefusedAccount(record.key, account, int(code))

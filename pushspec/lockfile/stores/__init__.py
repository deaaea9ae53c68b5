"""Where a lockfile is kept, behind one small interface."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qs, urlsplit

from pushspec.errors import DamagedLockfileError, LockError, UsageError, way_to_begin
from pushspec.language import phrase
from pushspec.paths import PathRefusedError, check_no_link, is_inside_git

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


class StoreError(LockError):
    """The store could not do it, or did not say that it did; looking again may help."""


class BrokenStoreError(StoreError):
    """The store can no longer be trusted; nothing may be tried again."""


class SlotTakenError(LockError):
    """The slot is taken: by another writer, or by an earlier write of our own."""


class HollowLockfileError(DamagedLockfileError):
    """A lockfile is there and holds no record: nobody knows what it held.

    A copy or a redirect that broke off leaves that, and so does a `lock init` that is killed.
    """

    def __init__(self, where: str, environment: str) -> None:
        super().__init__(
            phrase(
                "the lockfile of {environment} at {where} holds no record, as after a copy that broke off",
                environment=environment,
                where=where,
            ),
            hint=way_to_begin(environment),
        )


class Store(Protocol):
    """Keeps lines in numbered slots; a slot is written once and never changes.

    All of it blocks. Lines are whole records with their final line feed, see ``lockfile.lines``.
    """

    @property
    def where(self) -> str:
        """The place in words, without secrets."""

    def read(self, first: int = 0) -> Iterator[bytes]:
        """Yield the lines of slot ``first`` and all later ones; nothing where there is no lockfile yet.

        Raises:
            StoreError: The store cannot be reached.
        """

    def append(self, first: int, lines: Sequence[bytes]) -> None:
        """Put lines into slot ``first`` and the ones after it, and return once they are durable.

        Either all slots were free and all lines are there, or the call raises.

        Raises:
            SlotTakenError: Slot ``first`` is taken.
            StoreError: It failed, or nobody knows; reading the slots tells.
        """

    def probe(self) -> None:
        """Show that the store refuses a second writer.

        Raises:
            BrokenStoreError: It does not.
            StoreError: It cannot be reached.
        """

    def close(self) -> None:
        """Let go of connections; the lockfile stays."""


def open_store(lock: str, *, root: Path, environment: str = "") -> Store:
    """Return the store that an environment's ``lock`` names.

    Args:
        lock: A file, ``git+branch:NAME``, ``s3://…``, ``gs://…``, ``az://…``, ``cos://…`` or
            ``postgresql://…``.
        root: The project folder; files are relative to it.
        environment: Whose lockfile must hold a record where it is there at all; if left out, one without is
            taken for one that was never begun.

    Raises:
        UsageError: No store has that form, it holds a password, or it is a file inside ``.git``.
    """
    parts = urlsplit(lock)
    if parts.password is not None or {"password", "sslpassword"} & parse_qs(parts.query).keys():
        raise UsageError(
            phrase("the lock holds a password"),
            hint=phrase("remove it, and use PGPASSWORD or the store's own credentials"),
        )
    scheme, _, rest = lock.partition(":")
    if not rest:
        from pushspec.lockfile.stores.file import FileStore

        if is_inside_git(lock):
            raise UsageError(
                phrase("a lockfile cannot be inside .git"), hint=phrase("keep it beside pushspec.yaml")
            )
        try:
            check_no_link(root, lock)
        except PathRefusedError as refused:
            raise BrokenStoreError(str(refused), hint=refused.hint) from None
        return FileStore(root / lock, environment=environment)
    if scheme == "git+branch":
        from pushspec.lockfile.stores.git import GitStore

        return GitStore(root, rest, environment=environment)
    if scheme in {"s3", "gs", "az", "cos"}:
        with _needs("obstore", "objects"):
            from pushspec.lockfile.stores.objects import ObjectsStore
        return ObjectsStore(lock)
    if scheme in {"postgresql", "postgres"}:
        with _needs("psycopg", "postgresql"):
            from pushspec.lockfile.stores.postgresql import PostgresStore
        return PostgresStore(lock)
    raise UsageError(phrase("no lockfile store is named `{scheme}:`", scheme=scheme))


@contextmanager
def _needs(library: str, extra: str) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise UsageError(
            phrase("this lockfile store needs {library}", library=library),
            hint=phrase("install `{package}`", package=f"pushspec[{extra}]"),
        ) from error

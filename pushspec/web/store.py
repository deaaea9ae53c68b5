"""Keep posts of callbacks and the events in them: what a store does, and which one an address names."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from pushspec.errors import LockError, PushspecError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pushspec.tencent.callbacks import CallbackEvent


class CallbackStoreError(PushspecError):
    """The store cannot be reached, read or written; nothing was acknowledged on its behalf."""

    exit_code = LockError.exit_code


@dataclass(frozen=True, slots=True)
class Post:
    """One post, as it came.

    Attributes:
        received_at: When, in Unix seconds.
        sign: Its signature, which several posts of one second may share.
        body: Its bytes.
    """

    received_at: float
    sign: str
    body: bytes


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """What a store holds.

    Attributes:
        posts: Posts kept.
        events: Different events that were read from them.
        repeats: Events that came again.
        odd: Events that were not understood; their text is kept in the posts.
        unread: Posts whose events were not read yet.
        newest_at: When the newest post came, in Unix seconds; None without one.
        shared_signs: Signatures that came with more than one body.
        bytes_on_disk: Size of the store, its log included; None where the store does not say.
        log_bytes: Size of the write-ahead log; None where there is none.
    """

    posts: int
    events: int
    repeats: int
    odd: int
    unread: int
    newest_at: float | None
    shared_signs: int
    bytes_on_disk: int | None = None
    log_bytes: int | None = None


class Connecting(NamedTuple):
    """How PostgreSQL is connected to, and what its words mean where that fails.

    Attributes:
        conninfo: Returns what libpq takes for an address and settings of the session; another machine gets
            no password in the clear.
        why_not: Returns why libpq could not connect, and what to do; None where its words are not known.
    """

    conninfo: Callable[[str, str], str]
    why_not: Callable[[str], tuple[str, str] | None]


class CallbackStore(AbstractContextManager["CallbackStore"], Protocol):
    """Where posts are kept. Writing and reading may happen in different processes."""

    def append(self, posts: Sequence[Post]) -> None:
        """Keep posts durably, all or none.

        Raises:
            CallbackStoreError: They were not kept.
        """

    def probe(self) -> None:
        """Write something durably, to know that a post could be kept now.

        Raises:
            CallbackStoreError: It could not.
        """

    def read_posts(self, most: int) -> int:
        """Read the events of at most ``most`` unread posts and return how many posts that were."""

    def status(self) -> StoreStatus:
        """Return what the store holds."""

    def events(
        self, *, task: str = "", data_id: str = "", account: str = "", batch: int = 10_000
    ) -> Iterator[CallbackEvent]:
        """Yield the events read so far, or those of a task, ``data_id`` or person, in slices of ``batch``."""

    def data_ids(self, task: str) -> frozenset[str]:
        """Return each ``DataId`` that events of a task carry, the empty one for those without."""

    def tasks_begun(self, since: int, until: int) -> list[tuple[str, str, int]]:
        """Return the tasks that began in a span of Unix seconds, each with a person and its beginning."""

    def people_by_stage(self, task: str) -> dict[int, int]:
        """Return how many people of a task came to which highest stage, failures left out.

        Neither the order nor repetitions of events change it.
        """

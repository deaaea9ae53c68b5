"""Keep posts durably; those that arrive while the disk is busy share the next commit."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from pushspec.web.store import CallbackStoreError

if TYPE_CHECKING:
    from pushspec.web.store import CallbackStore, Post


@dataclass(slots=True)
class _Batch:
    posts: list[Post] = field(default_factory=list)
    is_kept: bool = False
    error: CallbackStoreError | None = None


class Keeper:
    """Writes posts to a store, one commit at a time."""

    def __init__(self, store: CallbackStore) -> None:
        self._store = store
        self._turn = anyio.Lock()
        self._next = _Batch()

    async def keep(self, post: Post) -> None:
        """Return once the post is durable.

        Raises:
            CallbackStoreError: It was not kept.
        """
        batch = self._next
        batch.posts.append(post)
        async with self._turn:
            if batch.error is not None:
                raise batch.error
            if batch.is_kept:
                return
            self._next = _Batch()
            try:
                await anyio.to_thread.run_sync(partial(self._store.append, tuple(batch.posts)))
            except CallbackStoreError as error:
                batch.error = error
                raise
            batch.is_kept = True

"""Open the callbacks store that an address names, and loads no other kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from pushspec.web.store import CallbackStore, Connecting

_POSTGRES = ("postgresql://", "postgres://")


def is_there(address: str, root: Path) -> bool:
    """Whether a store can be looked into without making one: a server always, a file if it exists."""
    return address.startswith(_POSTGRES) or (root / address).exists()


def open_callback_store(address: str, root: Path, connecting: Connecting) -> CallbackStore:
    """Open the store that an address names.

    Args:
        address: A file relative to the project, or ``postgresql://…``.
        root: The project folder.
        connecting: How a server is connected to.

    Raises:
        CallbackStoreError: It cannot be opened.
    """
    if address.startswith(_POSTGRES):
        from pushspec.web.postgresql import PostgresCallbackStore

        return PostgresCallbackStore(address, connecting)
    from pushspec.web.sqlite import SqliteCallbackStore

    return SqliteCallbackStore(root / address)

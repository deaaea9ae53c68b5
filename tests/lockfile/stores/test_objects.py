"""The object store's own check: one that ignores its condition is found out before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import obstore
import pytest
from obstore.store import MemoryStore as ObstoreMemory

from pushspec.lockfile.stores import BrokenStoreError
from pushspec.lockfile.stores.objects import ObjectsStore

if TYPE_CHECKING:
    from simulation.places import Place


def test_a_store_that_ignores_the_condition_is_refused(
    objects_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some servers overwrite whatever the header says: two runs would both believe they hold the lock."""
    store = objects_place.open()
    create = obstore.put

    def careless(*arguments: object, mode: str, **options: object) -> object:
        assert mode == "create"
        return create(*arguments, mode="overwrite", **options)  # type: ignore[arg-type] # passed through

    monkeypatch.setattr(obstore, "put", careless)
    with pytest.raises(BrokenStoreError, match="ignores create-only"):
        store.probe()


def test_credentials_in_the_url_are_not_shown() -> None:
    """`where` stands in records and messages."""
    assert ObjectsStore("s3://key:secret@bucket/push/prod").where == "s3://bucket/push/prod"


def test_the_library_keeps_the_promise_we_build_on() -> None:
    """obstore's create mode is the lock; pinned, and tried here without any server."""
    store = ObstoreMemory()
    obstore.put(store, "a", b"1", mode="create")
    with pytest.raises(obstore.exceptions.AlreadyExistsError):
        obstore.put(store, "a", b"2", mode="create")

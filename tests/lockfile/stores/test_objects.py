"""The object store behind a bad network: lost answers, stale listings, damaged objects, servers that lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import obstore
import pytest
from obstore.store import MemoryStore as ObstoreMemory
from obstore.store import from_url
from simulation import proxy as network
from simulation.journals import FREEZE, check_sent_once, journal

from pushspec.errors import DamagedLockfileError, LockError, UsageError
from pushspec.lockfile.reading import read_lock, read_records
from pushspec.lockfile.stores import BrokenStoreError, SlotTakenError, Store, StoreError, open_store
from pushspec.lockfile.stores.objects import ObjectsStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulation.places import ObjectsPlace, Place
    from simulation.proxy import Answer, Visit


@pytest.fixture
def place(objects_place: Place, monkeypatch: pytest.MonkeyPatch) -> ObjectsPlace:
    """A bucket behind the proxy, and a client that waits as long as a busy machine needs."""
    monkeypatch.setenv("AWS_TIMEOUT", "2s")
    return cast("ObjectsPlace", objects_place)


@pytest.fixture
def used(place: ObjectsPlace) -> ObjectsPlace:
    """A lockfile of header and open in one object, and three notes in one object each."""
    owner = journal(place.open())
    owner.take(holder="ada")
    for _ in range(3):
        owner.append(FREEZE)
    return place


def kinds(place: Place) -> list[str]:
    return [record.record for record in read_records(place.open())]


DONE = [
    network.lost_after,
    network.reset_after,
    network.silent_after,
    network.says_after(500),
    network.says_after(503),
    network.says_after(409),
    network.says_after(412),
]
NOT_DONE = [
    network.lost_before,
    network.says(429),
    network.says(500),
    network.says(503),
    network.says(409),
    network.says(412),
]


@pytest.mark.parametrize(
    ("fault", "puts"), [*((fault, 1) for fault in DONE), *((fault, 2) for fault in NOT_DONE)]
)
def test_an_answer_that_says_nothing_sure_is_cleared_up_by_reading_back(
    place: ObjectsPlace, fault: Callable[[Visit], Answer], puts: int
) -> None:
    """One's own record is one's own, and is not put again; the library tries nothing by itself."""
    owner = journal(place.open())
    owner.take(holder="ada")
    place.proxy.seen.clear()
    place.proxy.next["PUT"] = [fault]

    owner.append(FREEZE)

    assert place.proxy.seen.count("PUT") == puts
    assert kinds(place) == ["header", "open", "frozen"]
    owner.append(FREEZE)
    assert kinds(place) == ["header", "open", "frozen", "frozen"]


@pytest.mark.parametrize("reading", [network.lost_before, network.says(503), network.stale_listing])
def test_a_read_back_that_fails_too_is_made_again(
    place: ObjectsPlace, reading: Callable[[Visit], Answer]
) -> None:
    """The record stands, its answer is lost, and the listing does not show it yet."""
    owner = journal(place.open())
    owner.take(holder="ada")
    place.proxy.next["PUT"] = [network.lost_after]
    place.proxy.next["LIST"] = [reading]

    owner.append(FREEZE)

    assert kinds(place) == ["header", "open", "frozen"]


def test_a_push_is_sent_once_though_every_answer_of_the_store_is_lost(place: ObjectsPlace) -> None:
    """The intent is proved by reading back before the request leaves, and so is the outcome."""
    lost = {"PUT": network.lost_after}
    check_sent_once(place, lambda: place.proxy.always.update(lost))


def test_a_run_that_begins_with_a_stale_listing_overwrites_nothing(used: ObjectsPlace) -> None:
    """A replica that has not heard of the newest record shows a free slot where there is none."""
    before = kinds(used)
    used.proxy.next["LIST"] = [network.stale_listing]

    with pytest.raises(LockError, match="same moment"):
        journal(used.open()).take(holder="bob", force=True)

    assert kinds(used) == before


@pytest.mark.parametrize("fault", [network.truncated, network.emptied], ids=["cut off", "emptied"])
@pytest.mark.parametrize("number", range(4))
def test_an_object_that_lost_its_end_is_damage(
    used: ObjectsPlace, fault: Callable[[Visit], Answer], number: int
) -> None:
    """Also the last one: what it says may have been followed by a request."""
    used.proxy.next["GET"] = [network.plain] * number + [fault]
    with pytest.raises(DamagedLockfileError):
        read_lock(used.open())


@pytest.mark.parametrize("slot", [0, 2, 3])
def test_an_object_that_is_deleted_before_others_is_damage(used: ObjectsPlace, slot: int) -> None:
    """A lifecycle rule, or somebody who tidies up: nothing is guessed from the rest."""
    obstore.delete(from_url(used.address()[0]), f"{slot:012}.jsonl")

    with pytest.raises(DamagedLockfileError, match=f"no object of slot {slot}"):
        read_lock(used.open())
    with pytest.raises(DamagedLockfileError):
        journal(used.open()).take(holder="bob", force=True)


@pytest.mark.parametrize("name", ["README.md", "7.jsonl", f"copy/{0:012}.jsonl", f"copy/{9:012}.jsonl"])
def test_an_object_that_is_none_of_the_lockfile_disturbs_nothing(used: ObjectsPlace, name: str) -> None:
    """Somebody left a note in the folder, or a copy, or keeps another environment's lockfile below it."""
    obstore.put(from_url(used.address()[0]), name, b"x")

    journal(used.open()).take(holder="bob", force=True)

    assert kinds(used) == ["header", "open", "frozen", "frozen", "frozen", "open"]


@pytest.mark.parametrize("fault", [network.half_a_body, network.says(404), network.silent_after])
def test_an_object_that_cannot_be_read_now_is_no_damage(
    used: ObjectsPlace, fault: Callable[[Visit], Answer]
) -> None:
    """The network is to blame: exit 8, and the next run reads it."""
    used.proxy.next["GET"] = [fault]
    with pytest.raises(StoreError, match="cannot be read"):
        read_lock(used.open())
    assert read_lock(used.open()).frozen_reason == "wrong text"


def test_a_missing_bucket_is_said_so(place: ObjectsPlace) -> None:
    """A typo in `lock` ends with exit 8 and a hint, at the first write as at the first read."""
    place.proxy.always["PUT"] = network.says(404)
    with pytest.raises(StoreError, match="404 Not Found") as caught:
        journal(place.open()).take(holder="ada")
    assert "bucket" in caught.value.hint


def test_a_store_that_lacks_its_account_is_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    """A runner without the provider's variables gets exit 8 and a hint, not a bug of ours."""
    for name in ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_CONNECTION_STRING"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(StoreError, match="az://push/prod cannot be opened: Generic") as caught:
        ObjectsStore("az://push/prod")

    assert "environment variables" in caught.value.hint


@pytest.mark.parametrize("lock", ["s3:///prod", "gs:prod", "cos://"])
def test_a_lock_without_a_bucket_is_said_so(lock: str) -> None:
    """A slash too many is found by reading the line, not our code."""
    with pytest.raises(UsageError, match="names no bucket"):
        ObjectsStore(lock)


@pytest.mark.parametrize("lock", ["s3://push/../prod", "gs://push/a//b", "cos://push/./prod"])
def test_a_lock_in_a_folder_that_no_bucket_has_is_said_so(lock: str) -> None:
    """The library refuses such a name with an error of its own, which would look like a bug of ours."""
    with pytest.raises(UsageError, match=r"a part that is empty, \. or \.\."):
        ObjectsStore(lock)


def test_no_error_shows_what_the_library_knows(place: ObjectsPlace) -> None:
    """Its own words hold the endpoint and headers."""
    place.proxy.always["PUT"] = network.says(500)
    with pytest.raises(StoreError) as caught:
        journal(place.open()).take(holder="ada")
    assert str(caught.value).endswith("push/prod cannot be written: 500 Internal Server Error")


def _cos(place: ObjectsPlace) -> Store:
    lock, root = place.address()
    return open_store(lock.replace("s3://", "cos://"), root=root)


def test_tencent_cos_is_asked_by_its_own_header(place: ObjectsPlace) -> None:
    """COS knows nothing of `If-None-Match`; its own header makes the second create fail."""
    place.proxy.always["PUT"] = network.forbids_overwriting_by_header
    late = _cos(place)
    assert list(late.read()) == []
    owner = journal(_cos(place))
    owner.take(holder="ada")
    owner.append(FREEZE)

    with pytest.raises(SlotTakenError):
        late.append(0, [b"x\n"])
    assert [record.record for record in read_records(_cos(place))] == ["header", "open", "frozen"]


def test_a_lost_answer_of_tencent_cos_is_cleared_up(place: ObjectsPlace) -> None:
    """A repeated create reports a conflict with one's own record."""
    place.proxy.always["PUT"] = network.forbids_overwriting_by_header
    owner = journal(_cos(place))
    owner.take(holder="ada")
    place.proxy.next["PUT"] = [network.lost_after]
    place.proxy.next["LIST"] = [network.stale_listing]

    owner.append(FREEZE)

    assert [record.record for record in read_records(_cos(place))] == ["header", "open", "frozen"]


def test_tencent_cos_is_refused_where_its_header_does_nothing(place: ObjectsPlace) -> None:
    """A bucket that ever had versions, and COS behind `s3://`: found before anything is sent."""
    place.proxy.always["PUT"] = network.ignores_conditions
    with pytest.raises(BrokenStoreError, match="ignores create-only"):
        journal(_cos(place)).take(holder="ada")
    place.proxy.always["PUT"] = network.forbids_overwriting_by_header
    lock, root = place.address()
    other = open_store(f"{lock}-2", root=root)
    with pytest.raises(BrokenStoreError, match="ignores create-only"):
        journal(other).take(holder="ada")


def test_credentials_in_the_url_are_not_shown() -> None:
    """`where` stands in records and messages."""
    assert ObjectsStore("s3://key:secret@bucket/push/prod").where == "s3://bucket/push/prod"


def test_the_library_keeps_the_promise_we_build_on() -> None:
    """obstore's create mode is the lock; pinned, and tried here without any server."""
    store = ObstoreMemory()
    obstore.put(store, "a", b"1", mode="create")
    with pytest.raises(obstore.exceptions.AlreadyExistsError):
        obstore.put(store, "a", b"2", mode="create")

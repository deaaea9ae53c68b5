"""Every store keeps posts and reads their events alike."""

from __future__ import annotations

import json
import subprocess
import threading
import uuid
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulation.places import POSTGRES

from pushspec.api.callbacks import CONNECTING
from pushspec.web.opening import open_callback_store
from pushspec.web.sqlite import SqliteCallbackStore
from pushspec.web.store import CallbackStoreError, Post

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from pushspec.web.store import CallbackStore

SIGN = "ab" * 32
KINDS = ["sqlite", *(["postgresql"] if POSTGRES else [])]


@pytest.fixture(params=KINDS)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], CallbackStore]]:
    """Open the same store as often as is asked for."""
    stores: list[CallbackStore] = []
    address = "callbacks.db"
    if request.param == "postgresql":
        server: str = request.getfixturevalue("postgres_server")
        database = f"callbacks_{uuid.uuid4().hex}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"create database {database}".encode())
        address = server.replace("/postgres?", f"/{database}?")

    def open_store() -> CallbackStore:
        stores.append(open_callback_store(address, tmp_path, CONNECTING))
        return stores[-1]

    yield open_store
    for store in stores:
        store.__exit__(None, None, None)


def post(*accounts: str, stage: int = 1, sign: str = SIGN, **more: object) -> Post:
    events = [
        {
            "CallbackCommand": "Push.AllMemberPush",
            "EventType": 1,
            "TaskId": "t1",
            "DataId": "sale@1",
            "EventTime": 5,
        }
        | {"To_Account": account, "PushStage": stage, "PushPlatform": 2, "TaskTime": 4}
        | more
        for account in accounts
    ]
    return Post(7.5, sign, json.dumps({"Events": events}).encode())


def read_all(store: CallbackStore) -> None:
    while store.read_posts(2):
        pass


def test_what_was_appended_is_there_for_another_process(opened: Callable[[], CallbackStore]) -> None:
    """The receiver writes, and the command line reads."""
    opened().append([post("bonnie"), post("rong", "ada")])
    reader = opened()

    read_all(reader)

    assert {event.account for event in reader.events()} == {"bonnie", "rong", "ada"}
    assert (reader.status().posts, reader.status().unread, reader.status().newest_at) == (2, 0, 7.5)


def test_an_event_counts_once_whoever_reads_it(opened: Callable[[], CallbackStore]) -> None:
    """Two readers at the same time share the posts between them."""
    opened().append([post("bonnie", "rong") for _ in range(20)])
    readers = [opened(), opened()]

    threads = [threading.Thread(target=read_all, args=(reader,)) for reader in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    read_all(readers[0])

    assert (readers[0].status().events, readers[0].status().repeats) == (2, 38)


def test_readers_of_the_same_events_in_another_order_do_not_wait_for_each_other(
    opened: Callable[[], CallbackStore],
) -> None:
    """The service repeats events in any order; two readers that insert them crosswise would be a deadlock."""
    groups = [[f"p{group}-{number}" for number in range(40)] for group in range(12)]
    opened().append([post(*order) for accounts in groups for order in (accounts, accounts[::-1])])
    readers, failed = [opened(), opened()], list[CallbackStoreError]()

    def read(reader: CallbackStore) -> None:
        try:
            while reader.read_posts(1):
                pass
        except CallbackStoreError as error:
            failed.append(error)

    threads = [threading.Thread(target=read, args=(reader,)) for reader in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not failed
    assert (readers[0].status().events, readers[0].status().repeats) == (480, 480)


def test_events_of_one_task_or_one_data_id_are_found(opened: Callable[[], CallbackStore]) -> None:
    """Evidence for a call in doubt is looked for by the mark that the call carried."""
    store = opened()
    store.append([post("bonnie"), post("rong", TaskId="t2", DataId="other@1"), post("ada", DataId="")])
    read_all(store)

    assert [event.account for event in store.events(task="t2")] == ["rong"]
    assert [event.account for event in store.events(data_id="sale@1")] == ["bonnie"]
    assert store.data_ids("t1") == {"sale@1", ""}
    assert not store.data_ids("t3")


@pytest.mark.parametrize("gone", ["events", "posts", "newer posts"])
def test_events_are_those_of_the_posts_whichever_file_is_lost(tmp_path: Path, gone: str) -> None:
    """Somebody begins anew, or brings back a copy of one file: no post may count as read that was not."""
    files = {"posts": tmp_path / "callbacks.db", "events": tmp_path / "callbacks.events.db"}
    copies = {}
    for number, accounts in enumerate([("bonnie",), ("rong", "ada"), ("lin",)]):
        with SqliteCallbackStore(files["posts"]) as store:
            store.append([post(*accounts)])
            read_all(store)
        if number == 0:
            copies = {name: file.read_bytes() for name, file in files.items()}
    left = {"bonnie", "rong", "ada", "lin"}
    if gone == "posts":
        files["posts"].unlink()
        left = set()
    elif gone == "events":
        files["events"].unlink()
    else:
        files["posts"].write_bytes(copies["posts"])
        left = {"bonnie"}

    with SqliteCallbackStore(files["posts"]) as store:
        store.append([post("eve"), post("eve", "mal"), post("eve")])
        read_all(store)

        assert {event.account for event in store.events()} == left | {"eve", "mal"}
        assert (store.status().unread, store.status().repeats) == (0, 2)


def test_events_of_one_person_are_found(opened: Callable[[], CallbackStore]) -> None:
    """The story of one person needs no look at the millions of others."""
    store = opened()
    store.append([post("bonnie", "rong"), post("rong", stage=2)])
    read_all(store)

    assert {event.stage for event in store.events(task="t1", account="rong")} == {1, 2}


def test_people_count_once_at_their_highest_stage_in_any_order(opened: Callable[[], CallbackStore]) -> None:
    """The service repeats itself over hours, and says "opened" before "reached"."""
    posts = [
        post("bonnie", stage=3),
        post("bonnie", "rong", "ada", stage=1),
        post("rong", stage=2),
        post("rong", stage=2),
        post("ada", stage=2, ErrCode=410),
        post("lin", stage=9),
        post("x", stage=3, TaskId="t2"),
    ]
    for order in (posts, posts[::-1], posts[3:] + posts):
        store = opened()
        store.append(order)
        read_all(store)

        assert store.people_by_stage("t1") == {3: 1, 2: 1, 1: 1}
        assert store.people_by_stage("nothing") == {}


EVENTS = st.tuples(st.sampled_from("abcd"), st.integers(1, 3))


@settings(max_examples=8)
@given(st.lists(EVENTS, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_no_order_and_no_repetition_changes_who_came_how_far(
    events: list[tuple[str, int]], random: Random
) -> None:
    """The same event came up to 46 times over 29 hours for others, the last stage first."""
    highest = {account: max(stage for who, stage in events if who == account) for account, _ in events}
    again = events + random.choices(events, k=len(events))
    random.shuffle(again)

    with TemporaryDirectory() as folder, SqliteCallbackStore(Path(folder) / "c.db") as store:
        store.append([post(account, stage=stage) for account, stage in again])
        read_all(store)
        found = store.people_by_stage("t1")

    assert found == Counter(highest.values())


def test_more_events_than_one_slice_are_all_yielded(opened: Callable[[], CallbackStore]) -> None:
    """A report of a large campaign reads in slices."""
    store = opened()
    store.append([post(*(f"person-{number}" for number in range(25)))])
    read_all(store)

    assert len({event.account for event in store.events(batch=4)}) == 25


def test_text_that_a_database_cannot_hold_loses_no_event(opened: Callable[[], CallbackStore]) -> None:
    """A NUL is no text in PostgreSQL, and a stranger may send one."""
    store = opened()
    store.append([post("bonnie\0", ErrInfo="a\0b"), post("rong")])

    read_all(store)

    assert store.status().events == 2


def test_the_store_can_be_probed(opened: Callable[[], CallbackStore]) -> None:
    """The health check writes, for a disk may be readable and full."""
    opened().probe()


@pytest.mark.parametrize(
    ("place", "kept"),
    [(".pushspec/callbacks.db", {".gitignore", "callbacks.db"}), ("store/it.db", {"it.db"})],
)
def test_git_takes_no_store_of_pushspec_s_own_folder(tmp_path: Path, place: str, kept: set[str]) -> None:
    """It tells who opened what. A folder that somebody chose is theirs."""
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    with open_callback_store(place, tmp_path, CONNECTING):
        names = {path.name for path in (tmp_path / place).parent.iterdir()}
        taken = subprocess.run(
            ["git", "add", "-A", "--verbose"], cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout

    assert kept <= names
    assert (".gitignore" in names) is (".pushspec" in place)
    assert (".pushspec" in taken) is False


def test_a_place_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    """It is no bug of ours."""
    (tmp_path / "file").write_text("")

    with pytest.raises(CallbackStoreError, match="cannot be used"):
        open_callback_store("file/callbacks.db", tmp_path, CONNECTING)
    with pytest.raises(CallbackStoreError, match="cannot be used"):
        open_callback_store("postgresql://127.0.0.1:1/nowhere", tmp_path, CONNECTING)


def test_what_is_no_database_is_not_overwritten(tmp_path: Path) -> None:
    """Somebody may name another file."""
    other = tmp_path / "notes.txt"
    other.write_text("something else " * 100)

    with pytest.raises(CallbackStoreError, match="not a database"):
        open_callback_store("notes.txt", tmp_path, CONNECTING)

    assert other.read_text() == "something else " * 100

"""The receiver acknowledges what the service sent and it kept, and nothing else."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import resource
import sqlite3
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest

from pushspec.web.receiver import MAX_BODY_BYTES, Receiver
from pushspec.web.sqlite import SqliteCallbackStore
from pushspec.web.store import CallbackStoreError, Post

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

APP, TOKEN, NOW = 1400123456, "xxxxyyyy", 1_669_872_112
SIGN = "17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061"
"""The vendor's own example (https://trtc.io/document/34354)."""


def event(**changes: object) -> dict[str, Any]:
    return {
        "CallbackCommand": "Push.AllMemberPush",
        "EventType": 1,
        "TaskId": "53743040_144115212910570788",
        "DataId": "sale@2",
        "TaskTime": NOW - 60,
        "EventTime": NOW,
        "To_Account": "bonnie",
        "PushPlatform": 2,
        "PushStage": 1,
        "ErrCode": 0,
        "ErrInfo": "",
    } | changes


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteCallbackStore]:
    """A store in a file."""
    with SqliteCallbackStore(tmp_path / "callbacks.db") as store:
        yield store


def post(
    store: SqliteCallbackStore,
    body: bytes | dict[str, Any],
    *,
    query: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    method: str = "POST",
    path: str = "/",
) -> httpx.Response:
    """Send one request as the service does."""
    answer: httpx.Response = requests(
        store,
        lambda client: client.request(
            method, path, params=asked(query), content=content(body), headers=headers
        ),
    )
    return answer


def asked(query: dict[str, str] | None) -> dict[str, str]:
    signed = {
        "SdkAppid": str(APP),
        "CallbackCommand": "Push.AllMemberPush",
        "Sign": SIGN,
        "RequestTime": str(NOW),
    }
    return signed | (query or {})


def content(body: bytes | dict[str, Any]) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()


def requests(store: SqliteCallbackStore, ask: Callable[[httpx.AsyncClient], Any]) -> Any:
    receiver = Receiver(store, token=TOKEN, sdk_app_id=APP, now_s=lambda: float(NOW))

    async def run() -> Any:
        transport = httpx.ASGITransport(receiver.app())
        async with httpx.AsyncClient(transport=transport, base_url="http://receiver") as client:
            return await ask(client)

    return anyio.run(run)


def kept(store: SqliteCallbackStore) -> int:
    while store.read_posts(10):
        pass
    return store.status().posts


def test_what_the_service_sends_is_kept_and_acknowledged(store: SqliteCallbackStore) -> None:
    """The answer is what the service expects, and the event can be read back."""
    answer = post(store, {"Events": [event()]})

    assert (answer.status_code, answer.json()) == (
        200,
        {"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": ""},
    )
    assert kept(store) == 1
    (found,) = store.events()
    assert (found.task, found.data_id, found.account, found.stage) == (
        event()["TaskId"],
        "sale@2",
        "bonnie",
        1,
    )


@pytest.mark.parametrize(
    "query",
    [
        {"Sign": SIGN[:-1] + "0"},
        {"Sign": SIGN.upper()},
        {"Sign": SIGN[:-1]},
        {"Sign": SIGN + "0"},
        {"Sign": ""},
        {"Sign": "é" * 64},
        {"Sign": "\ud800".encode("utf-8", "surrogatepass").decode("latin-1") * 32},
        {"RequestTime": str(NOW + 1)},
        {"RequestTime": "1669872112.0"},
        {"RequestTime": "１６６９８７２１１２"},
        {"RequestTime": "9" * 400},
        {"SdkAppid": "1400999999"},
        {"SdkAppid": ""},
    ],
)
def test_a_stranger_gets_403_and_nothing_is_kept(store: SqliteCallbackStore, query: dict[str, str]) -> None:
    """No input of a stranger is an error of ours."""
    answer = post(store, {"Events": [event()]}, query=query)

    assert answer.status_code == 403
    assert answer.json()["ErrorCode"] == 1
    assert kept(store) == 0


@pytest.mark.parametrize(("shift", "status"), [(-301, 403), (-300, 200), (300, 200), (301, 403)])
def test_an_old_signature_is_a_stranger_s(store: SqliteCallbackStore, shift: int, status: int) -> None:
    """A log line can be played again for five minutes, and no longer."""
    time = str(NOW + shift)
    sign = hashlib.sha256(f"{TOKEN}{time}".encode()).hexdigest()

    answer = post(store, {"Events": [event()]}, query={"RequestTime": time, "Sign": sign})

    assert answer.status_code == status
    assert kept(store) == (status == 200)


@pytest.mark.parametrize(
    ("shift", "says"),
    [
        (-301, "the signature is too old"),
        (310, "the signature is from the future: the clocks differ by 310 s, 300 s are allowed"),
    ],
)
def test_a_clock_that_is_behind_is_not_told_as_an_old_post(
    store: SqliteCallbackStore, shift: int, says: str
) -> None:
    """Whoever reads "too old" of every post would look at the sender, and the clock here is what is wrong."""
    time = str(NOW + shift)
    sign = hashlib.sha256(f"{TOKEN}{time}".encode()).hexdigest()

    answer = post(store, {"Events": [event()]}, query={"RequestTime": time, "Sign": sign})

    assert answer.json()["ErrorInfo"] == says


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"{}",
        b'{"Events": {}}',
        b'{"Events": []}',
        b'{"Events": [NaN]}',
        b"[" * 100_000,
        gzip.compress(b'{"Events": [{}]}', mtime=0),
        "\ufeff{}".encode("utf-16"),
    ],
)
def test_what_is_no_list_of_events_gets_400_and_is_not_kept(store: SqliteCallbackStore, body: bytes) -> None:
    """The service must not believe that it was taken."""
    assert post(store, body).status_code == 400
    assert kept(store) == 0


def test_a_body_beyond_the_bound_is_not_read(store: SqliteCallbackStore) -> None:
    """Neither by its stated length nor by what really comes."""
    stated = post(store, b"{}", headers={"content-length": "100000000"})
    sent = post(store, b"x" * (MAX_BODY_BYTES + 1))

    assert (stated.status_code, sent.status_code, kept(store)) == (413, 413, 0)


def test_a_body_of_exactly_the_bound_is_kept(store: SqliteCallbackStore) -> None:
    """Whether its length is stated or it comes in pieces; one byte more is too much."""
    body = json.dumps({"Events": [event()]}).encode().ljust(MAX_BODY_BYTES)
    pieces = {"transfer-encoding": "chunked"}

    answers = [post(store, body), post(store, body, headers=pieces)]
    more = [post(store, body + b" "), post(store, body + b" ", headers=pieces)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.status_code for answer in more] == [413, 413]


def test_one_odd_event_among_others_costs_nobody_theirs(store: SqliteCallbackStore) -> None:
    """A post is kept whole; what is not understood in it is counted and stays in the post."""
    odd: list[Any] = [
        {},
        [],
        "text",
        None,
        7,
        event(EventTime="soon"),
        event(To_Account=None),
        event(PushStage=True),
    ]

    answer = post(store, {"Events": [event(), *odd, event(To_Account="rong")]})

    assert answer.status_code == 200
    assert kept(store) == 1
    assert (store.status().events, store.status().odd) == (2, len(odd))


def test_unknown_fields_and_numbers_are_taken(store: SqliteCallbackStore) -> None:
    """The service adds some from time to time."""
    post(store, {"Events": [event(PushStage=9, PushPlatform=77, EventType=5, New={"a": [1]})]})

    kept(store)
    (found,) = store.events()
    assert (found.stage, found.platform, found.kind) == (9, 77, 5)


def test_an_event_that_comes_again_counts_once_in_any_order(tmp_path: Path) -> None:
    """The service repeats events for hours, and later stages overtake earlier ones."""
    events = [
        event(To_Account=account, PushStage=stage) for account in ("bonnie", "rong") for stage in (1, 2, 3)
    ]
    orders = [random.Random(seed).choices(events, k=40) + events for seed in range(5)]
    read = []
    for number, order in enumerate(orders):
        with SqliteCallbackStore(tmp_path / f"{number}.db") as store:
            for part in range(0, len(order), 7):
                post(store, {"Events": order[part : part + 7]})
            kept(store)
            read.append(list(store.events()))
            assert (store.status().events, store.status().repeats) == (6, 40)

    assert all(found == read[0] for found in read)


def test_a_signature_with_two_bodies_is_shown(store: SqliteCallbackStore) -> None:
    """It does not cover the body, so whoever reads one URL can post events of their own."""
    post(store, {"Events": [event()]})
    post(store, {"Events": [event()]})
    assert store.status().shared_signs == 0

    post(store, {"Events": [event(To_Account="eve")]})

    assert store.status().shared_signs == 1


def test_a_store_that_cannot_write_acknowledges_nothing(store: SqliteCallbackStore, tmp_path: Path) -> None:
    """The service would believe it; the health check says so, too, for it tries a write."""
    assert post(store, b"", method="GET", path="/healthz").json() == {"status": "ok"}
    with sqlite3.connect(tmp_path / "callbacks.db", isolation_level=None) as other:
        other.execute("begin exclusive")
        refused = post(store, {"Events": [event()]})
        health = post(store, b"", method="GET", path="/healthz")
        other.execute("rollback")

    assert (refused.status_code, health.status_code) == (503, 503)
    assert kept(store) == 0
    assert post(store, {"Events": [event()]}).status_code == 200


def test_the_health_check_sees_a_disk_with_room_for_less_than_a_post(
    store: SqliteCallbackStore, tmp_path: Path
) -> None:
    """A row of a few bytes still fits where a post of 300 events does not; the check must not say ok then."""
    many = {"Events": [event(To_Account=hashlib.sha256(b"%d" % number).hexdigest()) for number in range(300)]}
    assert post(store, many).status_code == 200
    room = (tmp_path / "callbacks.db-wal").stat().st_size + 12_000
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        health = post(store, b"", method="GET", path="/healthz")
        refused = post(store, many)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert (refused.status_code, health.status_code) == (503, 503)
    assert post(store, b"", method="GET", path="/healthz").json() == {"status": "ok"}
    assert post(store, many).status_code == 200
    assert kept(store) == 2


def test_a_reader_of_events_keeps_no_post_waiting(store: SqliteCallbackStore, tmp_path: Path) -> None:
    """A report over a million events takes minutes, and the service waits for two seconds."""
    post(store, {"Events": [event()]})
    kept(store)
    with sqlite3.connect(tmp_path / "callbacks.events.db", isolation_level=None) as reader:
        reader.execute("begin exclusive")
        assert reader.execute("select count(*) from events").fetchone() == (1,)
        answers = [post(store, {"Events": [event(To_Account=name)]}).status_code for name in ("rong", "ada")]
        reader.execute("rollback")

    assert answers == [200, 200]
    assert kept(store) == 3
    assert store.status().events == 3


def test_posts_that_come_together_share_a_commit_and_each_is_kept(store: SqliteCallbackStore) -> None:
    """A commit costs a sync of the disk, and a thousand posts may come in a second."""

    async def many(client: httpx.AsyncClient) -> list[int]:
        codes: list[int] = []

        async def one(number: int) -> None:
            body = content({"Events": [event(To_Account=f"person-{number}")]})
            codes.append((await client.post("/", params=asked(None), content=body)).status_code)

        async with anyio.create_task_group() as group:
            for number in range(50):
                group.start_soon(one, number)
        return codes

    assert requests(store, many) == [200] * 50
    assert kept(store) == 50
    assert store.status().events == 50


def test_a_commit_that_fails_is_told_to_everybody_who_waited_for_it(tmp_path: Path) -> None:
    """None of them may be acknowledged, and the next ones can be."""

    class FailingOnce(SqliteCallbackStore):
        fails = True

        def append(self, posts: Any) -> None:
            if self.fails and len(posts) > 1:
                self.fails = False
                raise CallbackStoreError("disk full")
            super().append(posts)

    with FailingOnce(tmp_path / "callbacks.db") as store:

        async def many(client: httpx.AsyncClient) -> list[int]:
            codes: list[int] = []

            async def one(number: int) -> None:
                body = content({"Events": [event(To_Account=f"person-{number}")]})
                codes.append((await client.post("/", params=asked(None), content=body)).status_code)

            async with anyio.create_task_group() as group:
                for number in range(20):
                    group.start_soon(one, number)
            return codes

        codes = requests(store, many)

        assert codes.count(200) + codes.count(503) == 20
        assert codes.count(503) > 1
        assert kept(store) == codes.count(200)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("POST", "/other"), ("PUT", "/"), ("POST", "/healthz")]
)
def test_other_requests_are_not_found(store: SqliteCallbackStore, method: str, path: str) -> None:
    """There is nothing else here."""
    assert post(store, b"{}", method=method, path=path).status_code == 404


def test_a_reader_that_never_ends_keeps_nobody_from_writing(
    store: SqliteCallbackStore, tmp_path: Path
) -> None:
    """The log grows meanwhile, and the status shows how large it is."""
    reader = sqlite3.connect(tmp_path / "callbacks.db", isolation_level=None)
    post(store, {"Events": [event()]})
    reader.execute("begin")
    reader.execute("select count(*) from posts").fetchone()

    for number in range(20):
        store.append([Post(NOW, SIGN, content({"Events": [event(To_Account=f"p{number}")]}))])

    assert kept(store) == 21
    assert (store.status().log_bytes or 0) > 0
    reader.close()

"""The PostgreSQL store behind connections that break around a commit, and with roles that only read."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from simulation.calls import campaign_calls
from simulation.database import DatabaseProxy, database_proxy
from simulation.journals import FREEZE, journal
from simulation.places import POSTGRES
from simulation.world import World, in_world, token

from pushspec.lockfile.histories import CallState
from pushspec.lockfile.reading import read_lock, read_records
from pushspec.lockfile.stores import StoreError
from pushspec.lockfile.stores.postgresql import PostgresStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pushspec.lockfile.state import LockState
    from pushspec.plan.calls import CampaignCalls

SERVERS = ["postgres_server"] if POSTGRES else []


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> str:
    """The address of a real server, where one is installed."""
    address: str = request.getfixturevalue(request.param)
    return address


@pytest.fixture
def proxy(server: str) -> Iterator[DatabaseProxy]:
    """A proxy before the server."""
    (folder,) = parse_qs(urlsplit(server).query)["host"]
    with database_proxy(folder, user="pushspec") as proxy:
        yield proxy


@pytest.fixture
def store(proxy: DatabaseProxy) -> Iterator[PostgresStore]:
    """A lockfile of its own behind the proxy."""
    store = PostgresStore(f"{proxy.address}#{token()}")
    yield store
    store.close()


@pytest.mark.parametrize(
    ("fates", "commits"),
    [(["after"], 1), (["before"], 2), (["before", "before", "after"], 3)],
    ids=["after the commit", "before the commit", "again and again"],
)
def test_a_connection_that_breaks_around_a_commit_doubles_nothing(
    proxy: DatabaseProxy, store: PostgresStore, fates: list[str], commits: int
) -> None:
    """Whether it was committed is asked of the table and not guessed; a batch is whole or absent."""
    owner = journal(store)
    owner.take(holder="ada")
    proxy.commits, proxy.at_commits = 0, list(fates)

    owner.append(FREEZE, FREEZE, FREEZE)

    assert proxy.commits == commits
    kinds = [record.record for record in read_records(store)]
    assert kinds == ["header", "open", "frozen", "frozen", "frozen"]


def test_a_push_is_sent_once_though_every_commit_loses_its_answer(
    proxy: DatabaseProxy, store: PostgresStore
) -> None:
    """The intent is proved by reading back before the request leaves, and so is the outcome."""

    async def story(world: World) -> None:
        def choose(_state: LockState) -> Sequence[CampaignCalls]:
            proxy.at_commits = ["after"] * 20
            return [campaign_calls()]

        result = await world.apply(choose=choose)
        assert result.exit_code == 0

    world = in_world(story, World(store=store))

    assert world.sender.requests == 1
    assert read_lock(store).calls["hello@1"].state is CallState.SENT


def test_a_server_that_never_commits_stops_the_run(proxy: DatabaseProxy, store: PostgresStore) -> None:
    """After a few tries nobody knows, so nothing more is written or sent."""
    owner = journal(store)
    owner.take(holder="ada")
    proxy.at_commits = ["before"] * 9

    with pytest.raises(StoreError, match="not known"):
        owner.append(FREEZE)
    proxy.at_commits = []
    with pytest.raises(StoreError, match="not known"):
        owner.append(FREEZE)
    assert [record.record for record in read_records(store)] == ["header", "open"]


def test_a_server_in_recovery_is_told_from_a_missing_right(server: str) -> None:
    """A standby or a read-only session needs another address, and not another grant."""
    role = f"standby_{token()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create role {role} superuser login")
        connection.execute(f"alter role {role} set default_transaction_read_only = on")
    store = PostgresStore(f"{server.replace('user=pushspec', f'user={role}')}#{role}")
    try:
        with pytest.raises(StoreError, match="ReadOnlySqlTransaction") as caught:
            journal(store).take(holder="ada")
    finally:
        store.close()
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"drop role {role}")
    assert "primary" in caught.value.hint


def test_no_error_shows_the_user(proxy: DatabaseProxy, store: PostgresStore) -> None:
    """psycopg's own words hold it; the port is shown, because a wrong one is a usual cause."""
    del proxy
    gone = PostgresStore("postgresql://ada@127.0.0.1:1/postgres#prod")
    with pytest.raises(StoreError) as caught:
        list(gone.read())
    assert str(caught.value) == "postgresql://127.0.0.1:1/postgres#prod cannot be read: nothing answers there"
    assert "host and port" in caught.value.hint
    assert "@" not in store.where


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("nowhere.invalid/db", "the host's name is not known"),
        ("127.0.0.1:99999/db", "invalid port number: …"),
        ("127.0.0.1:abc/db", 'invalid integer value … for connection option "port"'),
        ("127.0.0.1/db?sslmode=hunter2", "invalid sslmode value: …"),
        ("u:%zhunter2@127.0.0.1/db", "invalid percent-encoded token: …"),
        ("127.0.0.1/db?service=hunter2", "definition of service … not found"),
        ("/db?host=/nowhere", "there is no socket of a server in that folder"),
    ],
)
def test_a_place_that_cannot_be_opened_says_why(address: str, reason: str) -> None:
    """And nothing that may be a secret: not what libpq quotes of the address."""
    with pytest.raises(StoreError) as caught:
        list(PostgresStore(f"postgresql://{address}").read())

    assert str(caught.value).endswith(f"cannot be read: {reason}")
    assert "hunter2" not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("sorry, too many clients already", "the server takes no connection now"),
        ('no pg_hba.conf entry for user "ada"', "the server takes no such connection from this machine"),
        ('the moon is full for user "ada"', "the moon is full for user …"),
        ("wait\x1b[2J", "wait\\u001b[2J"),
        (None, "what answers there does not speak as PostgreSQL does"),
    ],
)
def test_a_server_that_lets_nobody_in_says_why(words: str | None, reason: str) -> None:
    """In our words, or in its own without what they quote, of which nothing acts in a terminal."""
    fields = f"SFATAL\0VFATAL\0C53300\0M{words}\0\0".encode()
    answer = b"" if words is None else b"E" + (len(fields) + 4).to_bytes(4, "big") + fields
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        address = f"postgresql://127.0.0.1:{listener.getsockname()[1]}/db?sslmode=disable&gssencmode=disable"
        with pytest.raises(StoreError) as caught:
            list(PostgresStore(address).read())
        thread.join()

    assert str(caught.value).endswith(f"cannot be read: {reason}")

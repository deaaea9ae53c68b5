"""Sends to a pinned list whose process is killed: its people get it once, whatever the source became."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import threading
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import obstore
import pytest
from cli.kit import APP, Machine, PushService, ServedProject, machine, project, push_service
from obstore.store import from_url
from simulation.deaths import KILLED, SECRET, Deaths, Job, deaths
from task_desk import TaskDesk
from workbench import campaign_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cli.kit import Received
    from simulation.places import Place

__all__ = ["machine", "project", "push_service"]

EVERYTHING = os.environ.get("PUSHSPEC_PROVE") == "all"
"""Every step; otherwise those that leave the most open."""

GOLD = "apiVersion: pushspec/v1\nkind: Audience\nname: gold\nfile: people.txt\n"


def lines(people: Sequence[str]) -> str:
    return "".join(f"{one}\n" for one in people)


PEOPLE = [f"guest{number:03d}" for number in range(1, 31)]
LATER = [f"guest{number:03d}" for number in range(11, 41)]
"""Who is in the source after the pull: others, and just as many, so that only the hash tells."""
SWAPPED = gzip.compress(b"account\n" + lines(sorted(LATER)).encode(), mtime=0)
"""Their list, which somebody lays where the pin's list lies."""
PIN = "audiences/gold.test.pin.json"
DONE, REFUSED = 0, 6

PIECE_BYTES = 40
"""Of one request that fetches; the list takes three."""
STEPS = [
    *(f"fetch {number} {when}" for number in (1, 2, 3) for when in ("before", "after")),
    *(f"append {number} {when}" for number in range(1, 6) for when in ("before", "torn", "after")),
    *(f"request {number} {when}" for number in (1, 2, 3) for when in ("before", "after")),
]
CHOSEN = ["fetch 2 before", "append 3 torn", "request 2 before", "request 2 after"]


@dataclass
class Send:
    """A project with a list of thirty people in a bucket, sent to in three calls."""

    project: ServedProject
    service: PushService
    machine: Machine
    place: Deaths
    folder: str
    """Where its lists lie."""

    def run(self, at: str = "", bug: str = "") -> int:
        """Plan and apply in a process, perhaps to its death, and return how it ended."""
        environ = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        ahead_s = self.machine.ahead.total_seconds()
        return self.place.run(Job(str(self.project.root), at, ahead_s, bug, environ, piece_bytes=PIECE_BYTES))

    def finish(self) -> None:
        """Go on, say of what is in doubt what the service knows, and apply until nothing is left to do."""
        self.run()
        self.machine.wait(minutes=20)  # what was lost can no longer arrive
        arrived = {request.body["MsgRandom"] for request in self.service.received}
        for key, number in self.doubts().items():
            how = "sent" if number in arrived else "not-sent"
            words = ("--as", how, "--why", "the service's own list")
            self.project.run("resolve", key, *words).assert_ok()
        assert self.run() == DONE
        assert self.project.states() == {"sale": "sent"}

    def doubts(self) -> dict[str, int]:
        """Return the calls that were begun and have no outcome, each with its random number."""
        written = (self.project.root / "pushspec.test.lock").read_text().splitlines()
        records = [json.loads(line) for line in written if line.endswith("}")]  # the last one may be torn
        settled = {it["key"] for it in records if it["record"] == "sent"}
        intents = {it["key"]: it["msg_random"] for it in records if it["record"] == "intent"}
        return {key: number for key, number in intents.items() if key not in settled}

    def reached(self) -> Counter[str]:
        """Return how often each person was named by a request that arrived."""
        return Counter(one for request in self.service.received for one in request.body["To_Account"])

    def forget_what_was_fetched(self) -> None:
        """Go on with a machine that never fetched the list."""
        shutil.rmtree(self.project.root / ".pushspec/lists", ignore_errors=True)

    def read_list(self) -> bytes:
        """Return the list as it lies in the store."""
        return bytes(obstore.get(from_url(self.folder), self._list_name()).bytes())

    def write_list(self, data: bytes | None) -> None:
        """Put something else in its place; None for nothing."""
        if data is None:
            obstore.delete(from_url(self.folder), self._list_name())
        else:
            obstore.put(from_url(self.folder), self._list_name(), data)

    def _list_name(self) -> str:
        pin = json.loads((self.project.root / PIN).read_text())
        return f"{pin['rows_sha256']}.list.gz"


@pytest.fixture(scope="module")
def place() -> Iterator[Deaths]:
    """One process that starts the others."""
    with deaths() as place:
        yield place


@pytest.fixture
def send(
    project: ServedProject,
    push_service: PushService,
    machine: Machine,
    place: Deaths,
    objects_place: Place,
) -> Iterator[Send]:
    """The send, before anything of it happened."""
    store = objects_place.address()[0]
    project.configure(f"audience_store: '{store}'", "limits: {accounts_per_call: 10}")
    sale = campaign_text(endpoint="timpush/batch", from_="administrator", audience="{use: gold}")
    project.write({"audiences/gold.yaml": GOLD, "people.txt": lines(PEOPLE), "campaigns/sale.yaml": sale})
    project.run("audience", "pull").assert_ok()
    desk = TaskDesk(APP, SECRET)
    turn = threading.Lock()  # the sandbox answers one request after the other

    def answer(request: Received) -> dict[str, Any] | int:
        with turn:
            return desk.answer(request)

    push_service.answer = answer
    send = Send(project, push_service, machine, place, store)
    send.forget_what_was_fetched()
    yield send
    desk.sandbox.close()


@pytest.mark.parametrize("at", STEPS if EVERYTHING else CHOSEN)
def test_a_killed_run_goes_on_with_the_people_it_began_with(send: Send, at: str) -> None:
    """SIGKILL there; the source changes; then each of the list's people is reached exactly once."""
    assert send.run(at) == KILLED
    send.project.write({"people.txt": lines(LATER)})

    send.finish()

    assert send.reached() == Counter(PEOPLE)


@pytest.mark.parametrize(
    ("at", "damage"), [("fetch 2 after", "swapped"), ("append 2 after", "cut"), ("request 2 after", "gone")]
)
def test_with_another_list_in_the_store_nobody_more_is_reached(send: Send, at: str, damage: str) -> None:
    """The next run is on another machine: it refuses, and goes on once the list is back."""
    assert send.run(at) == KILLED
    reached, whole = send.reached(), send.read_list()
    send.forget_what_was_fetched()
    send.write_list({"cut": whole[:-8], "swapped": SWAPPED, "gone": None}[damage])

    assert send.run() == REFUSED

    assert send.reached() == reached
    send.write_list(whole)
    send.finish()
    assert send.reached() == Counter(PEOPLE)


def test_what_a_killed_fetch_left_may_be_anything(send: Send) -> None:
    """Its hash decides, and it is fetched again."""
    assert send.run("fetch 3 before") == KILLED
    (fetched,) = send.project.root.glob(".pushspec/lists/*")
    assert fetched.stat().st_size == 2 * PIECE_BYTES
    fetched.write_bytes(send.read_list()[::-1])

    send.finish()

    assert send.reached() == Counter(PEOPLE)


def test_a_pull_meanwhile_does_not_change_who_gets_it(send: Send) -> None:
    """The campaign is another one then, and goes on only with the pin that it began with."""
    assert send.run("append 2 after") == KILLED
    pin = (send.project.root / PIN).read_text()
    send.project.write({"people.txt": lines(LATER)})
    send.project.run("audience", "pull").assert_ok()
    send.run()
    assert send.reached() == Counter()
    assert send.project.states() == {"sale": "changed"}

    send.project.write({PIN: pin})
    send.finish()

    assert send.reached() == Counter(PEOPLE)


def test_a_planted_bug_is_found(send: Send) -> None:
    """An experiment that could not fail would show nothing."""
    assert send.run("fetch 2 after") == KILLED
    send.forget_what_was_fetched()
    send.write_list(SWAPPED)

    assert send.run(bug="a list is not held against its pin") == DONE

    assert send.reached() == Counter(LATER)

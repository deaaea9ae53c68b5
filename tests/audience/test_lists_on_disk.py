"""Lists that memory should not hold: on disk, nobody else reaches them, and their people stay the same."""

from __future__ import annotations

import gc
import gzip
import hashlib
import json
import resource
import sqlite3
import stat
import tracemalloc
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pushspec
from pushspec.audience import spill
from pushspec.audience.packed import PackedAccounts
from pushspec.audience.pinned import list_file
from pushspec.audience.pinned.pin import Pin, read_pin
from pushspec.audience.spill import Spill

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

    from workbench import Project

COUNT = 900
MANY = 50_000
PROJECT = """\
apiVersion: pushspec/v1
kind: Project
name: acme-push
environments:
  sandbox:
    sandbox: true
    limits: {accounts_per_call: 10, batch_calls_per_second: 1000, batch_users_per_second: 1000000}
"""
CAMPAIGN = """\
apiVersion: pushspec/v1
kind: Campaign
name: sale
version: 1
endpoint: timpush/batch
from: administrator
notification: {title: Hi, desc: There}
"""
PEOPLE = [f"p{number:03d}" for number in range(1, COUNT + 1)]
AUDIENCE = "apiVersion: pushspec/v1\nkind: Audience\nname: all\nfile: people.txt\n"


@pytest.fixture
def on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists leave memory at their first block, as those of millions do."""
    monkeypatch.setattr(spill, "IN_MEMORY", 0)


@pytest.fixture
def long(project: Project, on_disk: None) -> Project:
    """A campaign of ninety calls to a pinned list, all of whose people the sandbox knows."""
    del on_disk
    project.write(
        {
            "pushspec.yaml": PROJECT,
            "audiences/all.yaml": AUDIENCE,
            "people.txt": "".join(f"{person}\n" for person in PEOPLE),
            "campaigns/sale.yaml": CAMPAIGN + "audience: {use: all}\n",
        }
    )
    project.run("sandbox", "seed", "--count", str(COUNT), "--prefix", "p").assert_ok()
    project.run("audience", "pull").assert_ok()
    return project


def unnamed_files() -> dict[int, os.stat_result]:
    """Return the open files of this process that no folder names."""
    found = {}
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            status = descriptor.stat()
        except OSError:  # the one that this folder was read with
            continue
        if stat.S_ISREG(status.st_mode) and status.st_nlink == 0 and status.st_size:
            found[int(descriptor.name)] = status
    return found


def reached(project: Project) -> list[str]:
    """Return whom the sandbox was told to push to, call by call."""
    if not (project.root / ".pushspec/sandbox.db").exists():
        return []
    with sqlite3.connect(project.root / ".pushspec/sandbox.db") as database:
        rows = database.execute(
            "select request from calls where path = 'timpush/batch' order by id"
        ).fetchall()
    return [account for (request,) in rows for account in json.loads(request)["To_Account"]]


class Meanwhile(pushspec.SilentReporter):
    """Does something once, after the first call has its outcome."""

    def __init__(self, what: Callable[[], object]) -> None:
        self._what = iter([what])

    def settled(self, *_: Any) -> None:
        for what in self._what:
            what()


def apply(project: Project, meanwhile: Callable[[], object] = lambda: None) -> pushspec.RunResult:
    loaded = pushspec.load_project(project.root)
    digest = pushspec.build_plan(loaded).digest
    return pushspec.apply_plan(loaded, approval=digest, reporter=Meanwhile(meanwhile))


def spoil_stored_list(project: Project) -> None:
    """Put other people where the list was read from, with its length and in its place."""
    (path,) = project.root.glob(".pushspec/audiences/*.gz")
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace(b"p", b"q")))


def test_a_list_that_changes_while_it_is_sent_changes_nothing(long: Project) -> None:
    """What was approved and checked is what is sent, whoever can write to the store."""
    result = apply(long, lambda: spoil_stored_list(long))

    assert (result.exit_code, result.sent, result.refused_accounts) == (0, COUNT // 10, 0)
    assert sorted(reached(long)) == PEOPLE


def test_nobody_else_can_open_a_list_on_disk(long: Project) -> None:
    """It has no name, so that no other user finds it and nothing of it is left after a kill."""
    before, found = unnamed_files(), {}

    def look() -> None:
        found.update({number: it for number, it in unnamed_files().items() if number not in before})

    apply(long, look)

    assert sum(it.st_size for it in found.values()) >= COUNT * len(PEOPLE[0])
    assert {stat.S_IMODE(it.st_mode) for it in found.values()} == {0o600}
    gc.collect()
    assert unnamed_files().keys() <= before.keys()


def spoil_files() -> None:
    """Put somebody else at the end of each file without a name, as a bad disk may."""
    for number, status in unnamed_files().items():
        with Path(f"/proc/self/fd/{number}").open("r+b") as file:
            file.seek(status.st_size - len("p777"))
            file.write(b"p777")


def test_a_disk_that_changes_a_list_stops_the_run(long: Project) -> None:
    """Nobody is sent to who was not checked; the next run sends the rest."""
    result = apply(long, spoil_files)

    assert (result.exit_code, result.stop.value) == (7, "list out of reach")
    assert "a temporary file in " in result.text
    assert result.text.endswith("cannot be read: input/output error")
    assert result.sent + result.not_sent + result.left == COUNT // 10
    assert apply(long).exit_code == 0
    assert sorted(reached(long)) == PEOPLE


@contextmanager
def little_room() -> Iterator[None]:
    """Let no file grow beyond half a million bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("use", ["file: people.txt", "use: all"])
def test_a_list_that_finds_no_room_is_a_clear_error(
    project: Project, monkeypatch: pytest.MonkeyPatch, use: str
) -> None:
    """Half a list is never sent to, and pushspec is not to blame."""
    monkeypatch.setattr(spill, "IN_MEMORY", 0)
    people = "".join(f"{number:029}\n" for number in range(20_000))
    project.write({"audiences/all.yaml": AUDIENCE, "people.txt": people})
    project.run("audience", "pull").assert_ok()
    project.write({"campaigns/sale.yaml": f"{CAMPAIGN}audience: {{{use}}}\n"})

    with little_room():
        outcome = project.run("apply", "--confirm", "0" * 64)

    assert outcome.code == 2, outcome.out + outcome.err
    assert outcome.err.startswith("error: a temporary file in ")
    assert (
        "cannot be written: file too large\nhint: the file has reached the limit on file sizes" in outcome.err
    )
    assert reached(project) == []


def forge(project: Project, *people: str, count: int | None = None) -> None:
    """Give the project a list of people in an order of one's own, under a pin that fits it."""
    (path,) = project.root.glob(".pushspec/audiences/*.gz")
    content = "".join(f"{line}\n" for line in ("account", *people)).encode()
    rows = hashlib.sha256(content).hexdigest()
    path.with_name(f"{rows}.list.gz").write_bytes(gzip.compress(content))
    pin = read_pin(project.root, "all", "sandbox")
    assert isinstance(pin, Pin)
    told = {"rows_sha256": rows, "content_bytes": len(content), "count": count or len(people)}
    forged = pin.model_copy(update=told)
    project.write({"audiences/all.sandbox.pin.json": forged.sealed().text()})


@pytest.mark.parametrize("at_once", [1, 100_000])
@pytest.mark.parametrize("people", [("p002", "p001"), ("p001", "p001")])
def test_a_list_out_of_order_is_refused(
    long: Project, monkeypatch: pytest.MonkeyPatch, people: tuple[str, ...], at_once: int
) -> None:
    """No memory holds who was there already, so that the order has to tell."""
    monkeypatch.setattr(list_file, "_ROWS_AT_ONCE", at_once)
    forge(long, *people)

    outcome = long.run("plan", "--online")

    assert outcome.code == 6, outcome.out + outcome.err
    assert "is not the one of the pin: its accounts are out of order" in outcome.err


def test_a_list_of_more_people_than_its_pin_says_is_refused(long: Project) -> None:
    """The plan went by the pin, so whoever approved it approved a push to two people."""
    forge(long, "p001", "p002", count=1)
    long.run("plan", "-o", "plan.json").assert_ok()

    outcome = long.run("apply", "plan.json")

    assert outcome.code == 6, outcome.out + outcome.err
    assert "is not the one of the pin: it has 2 accounts, not 1" in outcome.err
    assert reached(long) == []


def test_lists_that_share_a_file_stay_apart(on_disk: None) -> None:
    """The arms of a test are written in turn, some of each at a time."""
    del on_disk
    spilled = Spill()
    arms = [PackedAccounts(spill=spilled) for _ in range(3)]
    expected: list[list[str]] = [[], [], []]
    for number in range(2_000):
        arms[number % 3].extend([f"a{number}"])
        expected[number % 3].append(f"a{number}")

    assert [list(arm) for arm in arms] == expected
    assert [arm[240:260] for arm in arms] == [tuple(named[240:260]) for named in expected]


@pytest.mark.usefixtures("on_disk")
@pytest.mark.parametrize("use", ["use: all", "use: all, personalize: [lang]"])
def test_the_people_of_a_pinned_list_are_not_in_memory(project: Project, use: str) -> None:
    """A list of ten million is applied in as much memory as one of a million."""
    rows = "".join(f"user_{number:06}_of_app,{'en' if number % 3 else 'zh'}\n" for number in range(MANY))
    definition = AUDIENCE.replace("people.txt", "people.csv\ncolumn: id\nkeep: [lang]")
    text = CAMPAIGN.replace("title: Hi", "title: \"Hi {{ user.lang|default('') }}\"")
    campaign = (text if "lang" in use else CAMPAIGN) + f"audience: {{{use}}}\n"
    project.write({"audiences/all.yaml": definition, "people.csv": "id,lang\n" + rows})
    project.write({"campaigns/sale.yaml": campaign})
    project.run("audience", "pull").assert_ok()

    project.plan()  # loads what later plans need, too
    tracemalloc.start()
    try:
        plan = project.plan()
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    (sale,) = plan.campaigns
    assert sale.sending.account_count == MANY
    assert kept < 300_000
    assert peak < 5_500_000

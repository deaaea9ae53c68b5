"""The git store against a real remote that dies, refuses, forgets, or is tampered with."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, cast

import pytest
from simulation.journals import FREEZE, check_sent_once, journal

from pushspec.errors import DamagedLockfileError, FencedError
from pushspec.lockfile.reading import read_records
from pushspec.lockfile.stores import SlotTakenError, StoreError

if TYPE_CHECKING:
    from simulation.places import GitPlace, Place


BRANCH = "refs/heads/pushspec/lock/prod"


@pytest.fixture
def place(git_place: Place) -> GitPlace:
    """A bare remote that can be told to fail."""
    return cast("GitPlace", git_place)


def git(place: GitPlace, *arguments: str) -> str:
    told = subprocess.run(["git", *arguments], cwd=place.remote.path, check=True, capture_output=True)
    return told.stdout.decode().strip()


def kinds(place: GitPlace) -> list[str]:
    return [record.record for record in read_records(place.open())]


@pytest.mark.parametrize("moment", ["die_before_updating", "die_before_answering"])
def test_a_remote_that_dies_in_a_push_doubles_nothing(place: GitPlace, moment: str) -> None:
    """Whether the branch moved is looked up; one's own commit is one's own."""
    owner = journal(place.open())
    owner.take(holder="ada")
    getattr(place.remote, moment)()

    owner.append(FREEZE)
    assert not place.remote.is_to_die
    owner.append(FREEZE)

    assert kinds(place) == ["header", "open", "frozen", "frozen"]
    assert git(place, "rev-list", "--count", BRANCH) == "3"


def test_a_push_is_sent_once_though_the_remote_dies_with_each_record(place: GitPlace) -> None:
    """The intent is proved by reading back before the request leaves, and so is the outcome."""
    check_sent_once(place, place.remote.always_die_before_answering)


def test_a_remote_that_would_let_itself_be_overwritten_still_refuses_a_stale_run(place: GitPlace) -> None:
    """Nothing is ever forced, so the protection does not hang on the remote's settings."""
    assert git(place, "config", "receive.denyNonFastForwards") == "false"
    first = journal(place.open())
    first.take(holder="ada")
    stale = place.open()
    number = len(list(stale.read()))
    first.append(FREEZE)
    tip = git(place, "rev-parse", BRANCH)

    with pytest.raises(SlotTakenError):
        stale.append(number, [b"x\n"])
    assert git(place, "rev-parse", BRANCH) == tip


def test_a_branch_that_somebody_rewrote_stops_the_run(place: GitPlace) -> None:
    """A forced push by hand loses records: the run finds it at its next record."""
    owner = journal(place.open())
    owner.take(holder="ada")
    start = git(place, "rev-parse", BRANCH)
    owner.append(FREEZE)
    git(place, "update-ref", BRANCH, start)
    usurper = journal(place.open())
    usurper.take(holder="bob", force=True)

    with pytest.raises(DamagedLockfileError, match="rewritten"):
        owner.append(FREEZE)


def test_a_branch_that_somebody_deleted_stops_the_run(place: GitPlace) -> None:
    """The next record must not begin a new history that has forgotten every push."""
    owner = journal(place.open())
    owner.take(holder="ada")
    place.remote.die_before_updating()
    git(place, "update-ref", "-d", BRANCH)

    with pytest.raises(DamagedLockfileError, match="disappeared"):
        owner.append(FREEZE)


def test_an_overtaken_run_is_told_so_though_its_push_died(place: GitPlace) -> None:
    """A lost answer and a successor at once: the branch holds another's record."""
    owner, successor = journal(place.open()), journal(place.open())
    owner.take(holder="ada")
    successor.take(holder="bob", force=True)
    place.remote.die_before_updating()

    with pytest.raises(FencedError):
        owner.append(FREEZE)


def test_no_error_shows_the_remote_s_address(place: GitPlace) -> None:
    """A URL may hold a password, and git repeats it in its messages."""
    store = place.open()
    place.spoil()
    with pytest.raises(StoreError) as caught:
        list(store.read())
    assert "remote.git" not in str(caught.value)
    assert "git fetch origin" in caught.value.hint

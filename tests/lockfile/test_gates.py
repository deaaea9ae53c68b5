"""What gates between stages add up to: a person's word, and the verdicts of runs."""

from __future__ import annotations

import pytest

from lockfile.test_fold import KEY, Story, begin, intent, not_sent, started
from pushspec.errors import DamagedLockfileError
from pushspec.lockfile.records import Conflict, Gate, PeopleWritten

SALE = "hello@1"


def verdict(word: str, stage: str = "canary", *, by: str = "") -> Gate:
    return Gate.model_validate(
        {"campaign": SALE, "stage": stage, "verdict": word, "by": by, "why": "5 of 400", "opens": "rest"}
    )


def stop() -> Gate:
    return verdict("stopped", "", by="ada")


@pytest.mark.parametrize("word", ["opened", "held"])
def test_a_run_records_its_verdict(word: str) -> None:
    """Only an opened gate lets the next stage leave."""
    state = started().then(verdict(word)).state

    assert state.gates[SALE]["canary"].verdict == word
    assert state.has_passed(SALE, "canary") is (word == "opened")
    assert not state.has_passed(SALE, "rest")
    assert state.stops == {}


def test_a_verdict_that_held_is_followed_by_one_that_opens() -> None:
    """The numbers came in meanwhile."""
    assert started().then(verdict("held"), verdict("opened")).state.has_passed(SALE, "canary")


@pytest.mark.parametrize("later", ["held", "stopped"])
def test_what_was_opened_stays_open(later: str) -> None:
    """Its stage may be out already; a run that judged by older numbers takes nothing back."""
    state = started().then(verdict("opened"), verdict(later)).state

    assert state.has_passed(SALE, "canary")
    assert state.stops == {}


def test_a_run_that_stops_is_kept_with_its_gate() -> None:
    """Who looks later sees which gate it was, and its numbers."""
    state = started().then(verdict("stopped")).state

    assert state.stops[SALE].why == "5 of 400"
    assert state.gates[SALE]["canary"].verdict == "stopped"


def test_a_person_stops_a_campaign_and_no_gate() -> None:
    """It holds wherever the campaign is, also before its first call."""
    for story in (started(), started().then(verdict("opened")), Story().then(*started().records[:2])):
        passed = story.state.has_passed(SALE, "canary")
        state = story.then(stop()).state
        assert state.stops[SALE].by == "ada"
        assert (state.has_passed(SALE, "canary"), "" in state.gates[SALE]) == (passed, False)


@pytest.mark.parametrize("word", ["opened", "held", "stopped"])
def test_a_stop_holds_against_a_run_that_had_not_seen_it(word: str) -> None:
    """The person's reason stays, and no stage leaves."""
    state = started().then(stop(), verdict(word)).state

    assert state.stops[SALE].by == "ada"
    assert state.gates[SALE] == {}


def test_a_person_lets_it_go_on_and_opens_the_gate() -> None:
    """Whatever stopped it: a person, or the evidence."""
    for stopped in (stop(), verdict("stopped")):
        state = started().then(stopped, verdict("opened", by="lin")).state
        assert state.stops == {}
        assert state.gates[SALE]["canary"].by == "lin"
        assert state.has_passed(SALE, "canary")


def test_a_person_may_let_it_go_on_without_a_gate() -> None:
    """A campaign without stages, or one that was stopped before its first call."""
    state = started().then(stop(), verdict("opened", "", by="lin")).state

    assert (state.stops, state.gates[SALE]) == ({}, {})


def test_a_person_may_speak_of_a_campaign_that_was_not_begun() -> None:
    """A stop in time comes before the first call."""
    story = Story().then(*started().records[:2])

    assert SALE in story.then(stop()).state.stops
    assert story.then(verdict("opened", by="lin")).state.has_passed(SALE, "canary")


def test_a_run_judges_no_gate_of_a_campaign_that_was_not_begun() -> None:
    """There is nothing to judge it by."""
    with pytest.raises(DamagedLockfileError, match=f"{SALE} was never begun"):
        _ = Story().then(*started().records[:2], verdict("held")).state


def test_evidence_against_the_record_is_known_by_call_and_task() -> None:
    """Each piece of it is recorded once, and a second task is another piece."""
    found = Conflict(key=KEY, task_id="t7", by="ada", why="a callback")
    state = started().then(intent(), not_sent(code=90001), found).state

    assert state.evidence_seen == {(KEY, "t7")}
    assert state.conflicts[KEY].task_id == "t7"


def test_what_was_written_of_people_is_the_last_word() -> None:
    """The plan tells when tags and attributes were written, and by whom."""
    counts = dict.fromkeys(
        ("changed", "unchanged", "unknown", "tags_added", "tags_removed", "attributes_set"), 3
    )
    written = [
        PeopleWritten.model_validate({"digest": "d", "by": by, "attributes_removed": 0} | counts)
        for by in ("ada", "lin")
    ]

    assert started().state.people is None
    last = started().then(*written).state.people

    assert last is not None
    assert last.by == "lin"


def test_campaigns_have_their_own_gates() -> None:
    """Stopping one stops no other."""
    other = verdict("opened").model_copy(update={"campaign": "other@1"})
    state = started().then(begin("other@1"), stop(), other).state

    assert set(state.stops) == {SALE}
    assert state.has_passed("other@1", "canary")

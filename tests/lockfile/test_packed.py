"""What a lockfile knows of a call reads the same, however it is kept; and of a sent one it keeps little."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushspec.lockfile.histories import Attempt, CallHistory, CallState
from pushspec.lockfile.packed import AttemptLog, CallLedger
from pushspec.tencent.answers import NO_IDS, ServiceIds

AT = datetime(2026, 11, 21, 2, 0, 0, 123_457, tzinfo=UTC)


def sent(number: int = 1) -> CallHistory:
    """Return a call to 500, three of whom were refused."""
    key = f"news@1#{number}"
    return CallHistory(
        key=key,
        campaign="news@1",
        endpoint="timpush/batch",
        state=CallState.SENT,
        attempts=1,
        msg_random=2**32 - number,
        payload_sha256=sha256(key.encode()).hexdigest(),
        accounts=500 + number,
        intended_at=AT + timedelta(microseconds=number),
        not_after=AT + timedelta(seconds=30, microseconds=number),
        data_id=key,
        settled_at=AT + timedelta(seconds=1, microseconds=number),
        sent_at=AT + timedelta(microseconds=2 * number),
        ids=ServiceIds(task_id=f"batch_{number:032}"),
        refused={70107: 2, 10016: 1},
    )


_texts = st.text(max_size=8) | st.sampled_from(["\n", "a\nb", "1 2", "ü", "\ud800"])
_names = st.none() | _texts
_numbers = st.integers(-1, 2**33)
_instants = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))]))
_calls = st.builds(
    CallHistory,
    key=_texts,
    campaign=_texts,
    endpoint=_texts,
    state=st.sampled_from([*CallState, *[CallState.SENT] * 9]),
    attempts=_numbers,
    msg_random=_numbers,
    payload_sha256=_texts | st.binary(min_size=31, max_size=33).map(bytes.hex) | st.just("AB" * 32),
    accounts=_numbers,
    intended_at=_instants,
    not_after=_instants,
    data_id=_names,
    settled_at=st.none() | _instants,
    sent_at=st.none() | _instants,
    ids=st.builds(ServiceIds, task_id=_names, msg_key=_names, msg_id=_names),
    refused=st.dictionaries(_numbers, _numbers, max_size=3),
    code=st.none() | _numbers,
    http_status=st.none() | _numbers,
    case=_texts,
    text=_texts,
)


@given(calls=st.lists(_calls, max_size=4))
def test_every_call_reads_as_it_was_set(calls: list[CallHistory]) -> None:
    """Whatever a lockfile may hold, and in the order first set."""
    ledger, known = CallLedger(), {}
    for call in calls:
        ledger[call.key] = known[call.key] = call
    assert list(ledger.items()) == list(known.items())
    assert ledger == known
    assert [list(call.refused) for call in ledger.values()] == [list(call.refused) for call in known.values()]


_CHANGES = {
    "its task is named over two lines": {"ids": ServiceIds("a\nb")},
    "its task is named as nothing": {"ids": ServiceIds("")},
    "its task is no text": {"ids": ServiceIds("\ud800")},
    "a person said that it was sent": {"text": "ada: seen"},
    "its hash is none": {"payload_sha256": "p"},
    "its hash is in capitals": {"payload_sha256": "AB" * 32},
    "its number is too large": {"msg_random": 2**64},
    "it has no id": {"ids": NO_IDS, "data_id": None},
    "it was settled at no known time": {"settled_at": None},
    "it left at no known time": {"sent_at": None},
    "nobody was refused": {"refused": {}},
    "it carries an id of the author": {"data_id": "spring"},
    "it carries no id": {"data_id": None},
    "it carries a dash": {"data_id": "-"},
    "it carries no id, and nothing names it": {"ids": NO_IDS, "refused": {}, "data_id": None},
    "nothing but its key names it": {"ids": NO_IDS, "refused": {}},
    "it was settled after two hours": {"settled_at": AT + timedelta(hours=2)},
    "it left before it was intended": {"sent_at": AT - timedelta(seconds=1)},
    "it names more people than any call": {"accounts": 2**16},
    "it was tried very often": {"attempts": 256},
    "another campaign sends it": {"campaign": "other@1"},
    "it names another call": {"key": "news@1#2"},
}


@pytest.mark.parametrize("change", _CHANGES.values(), ids=_CHANGES)
def test_an_odd_sent_call_reads_as_it_was_set(change: dict[str, object]) -> None:
    """What the small form cannot tell is kept whole."""
    ledger = CallLedger()
    ledger["news@1#1"] = call = replace(sent(), **change)  # type: ignore[arg-type] # fields of the class itself
    assert ledger["news@1#1"] == call


def test_a_call_that_is_no_longer_sent_reads_so() -> None:
    """A person who has seen evidence may give it up; and a key can be taken out."""
    ledger = CallLedger()
    ledger["news@1#1"] = sent()
    ledger["news@1#1"] = given_up = replace(sent(), state=CallState.ABANDONED)
    assert ledger["news@1#1"] == given_up
    del ledger["news@1#1"]
    assert "news@1#1" not in ledger
    assert ledger.get("news@1#1") is None


def test_attempts_read_as_they_were_added() -> None:
    """In order, to the microsecond."""
    log = AttemptLog()
    log.add("a@1", AT, 500)
    log.add("b@1", AT.astimezone(timezone(timedelta(hours=8))) + timedelta(microseconds=1), 2**33)
    assert list(log) == [Attempt("a@1", AT, 500), Attempt("b@1", AT + timedelta(microseconds=1), 2**33)]
    assert len(log) == 2


def test_a_sent_call_takes_little_memory() -> None:
    """Ten million people are twenty thousand calls: a run that sends them stays as small as it began."""
    ledger, log, calls = CallLedger(), AttemptLog(), 10_000
    keys = [f"news@1#{number}" for number in range(calls)]
    tracemalloc.start()
    try:
        for number, key in enumerate(keys):
            ledger[key] = sent(number)
            log.add(key, sent(number).intended_at, sent(number).accounts)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept / calls < 215

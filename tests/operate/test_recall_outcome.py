"""What the replies to the requests of one recalled call add up to."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from pushspec.lockfile.records import NotRecalled, Recalled, RecallUnknown
from pushspec.operate.recall_outcome import AnyRecallOutcome, Tally
from pushspec.tencent.operations.changing import Became, Reply
from pushspec.tencent.operations.revoke import NOT_FOUND

STEP: Any = SimpleNamespace(call=SimpleNamespace(key="chat@1#1"), attempt=2)
DONE = Reply(Became.DONE, "answered")
MISSING = Reply(Became.NOT_DONE, str(NOT_FOUND), "no such message")
LATE = Reply(Became.NOT_DONE, "20016", "too late")
LOST = Reply(Became.UNKNOWN, "timeout", "no answer")


def tally(*replies: Reply) -> Tally:
    found = Tally()
    for reply in replies:
        found.add(reply)
    return found


@pytest.mark.parametrize(
    ("replies", "kind", "counts"),
    [
        ((DONE, DONE), Recalled, (2, {}, 0)),
        ((DONE, MISSING, MISSING), Recalled, (1, {str(NOT_FOUND): 2}, 0)),
        ((MISSING, MISSING), NotRecalled, (0, {str(NOT_FOUND): 2}, 0)),
        ((DONE, LATE), NotRecalled, (1, {"20016": 1}, 0)),
        ((DONE, MISSING, LATE), NotRecalled, (1, {"20016": 1, str(NOT_FOUND): 1}, 0)),
        ((DONE, LATE, LOST), RecallUnknown, (1, {"20016": 1}, 1)),
        ((DONE, LOST, LOST), RecallUnknown, (1, {}, 2)),
    ],
)
def test_a_call_is_recalled_only_if_nothing_of_it_is_left(
    replies: tuple[Reply, ...], kind: type[AnyRecallOutcome], counts: tuple[int, dict[str, int], int]
) -> None:
    """A message that is not there any more counts as gone, once another one was taken back."""
    record = tally(*replies).record(STEP)

    assert isinstance(record, kind)
    assert (record.key, record.attempt) == ("chat@1#1", 2)
    assert (record.taken_back, record.not_taken_back, record.unknown) == counts


def test_the_same_replies_in_another_order_are_recorded_alike() -> None:
    """Requests of a call run side by side, and a record is compared byte for byte."""
    records = [tally(*replies).record(STEP) for replies in ((MISSING, LATE), (LATE, MISSING))]

    assert [list(record.not_taken_back) for record in records] == [["20016", str(NOT_FOUND)]] * 2


def test_the_first_text_is_kept() -> None:
    """A reply without one says nothing, and a later one does not replace it."""
    assert tally(DONE, MISSING, LATE, DONE).record(STEP).text == "no such message"
    assert tally(DONE).record(STEP).text == ""


@pytest.mark.parametrize("flag", ["may_be_repeated", "are_credentials_refused"])
def test_one_reply_is_enough_to_ask_again_or_to_stop(flag: str) -> None:
    """The replies after it may be of another kind."""
    said: dict[str, Any] = {flag: True}
    told = replace(LATE, **said)

    assert getattr(tally(DONE, told, DONE), flag)
    assert not getattr(tally(DONE, DONE), flag)
    assert tally(told).error is None

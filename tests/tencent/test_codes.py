"""The table of error codes: what each one means decides whether a push is ever tried again."""

from __future__ import annotations

import pytest

from pushspec.tencent.codes import (
    CREDENTIALS,
    Effect,
    Remedy,
    Stage,
    known_codes,
    meaning_of,
    meanings_of,
    proves_nothing_left,
    refused_for_its_bytes,
)
from pushspec.tencent.endpoints import ENDPOINTS

IN_DOUBT = {Stage.SENDING, Stage.UNSAID, Stage.OTHER}


@pytest.mark.parametrize("code", [91000, 90992, 90994, 90995, 70169, 70500, 60008, 60013, 60014])
def test_trouble_inside_the_service_is_no_refusal(code: int) -> None:
    """The pages say "retry"; a retry after such an answer may be the second push."""
    assert not any(proves_nothing_left(code, endpoint) for endpoint in ENDPOINTS)
    assert all(row.effect is Effect.UNKNOWN for row in meanings_of(code))


@pytest.mark.parametrize(
    ("code", "endpoint", "meaning"),
    [
        (90057, "timpush/batch", "the DataId is over 64 bytes"),
        (90057, "openim/batchsendmsg", "too many batch calls"),
        (93000, "openim/batchsendmsg", "the body is over 12K (8K in older texts)"),
    ],
)
def test_a_code_with_two_meanings_is_read_by_its_endpoint(code: int, endpoint: str, meaning: str) -> None:
    """90057 is a typo on one endpoint and a traffic jam on the other."""
    row = meaning_of(code, endpoint)
    assert row is not None
    assert row.meaning == meaning


def test_no_code_that_speaks_of_a_time_out_is_certain() -> None:
    """What timed out for the service may still finish behind it."""
    rows = [row for code in known_codes() for row in meanings_of(code)]
    slow = [row for row in rows if "timed out" in row.meaning or "超时" in row.zh]

    assert {row.code for row in slow} >= {60008, 60014, 70169, 70202}
    assert {row.effect for row in slow} == {Effect.UNKNOWN}


def test_an_unknown_code_has_no_meaning() -> None:
    """Nothing is guessed from the neighbourhood of a number."""
    assert meaning_of(99999, "timpush/push") is None


def test_only_what_lies_in_the_bytes_is_refused_for_ever() -> None:
    """After a wrong key, a used-up day or a busy second the same bytes may yet go out."""
    assert refused_for_its_bytes(90020, None, "timpush/push")
    assert refused_for_its_bytes(None, 413, "timpush/push")
    for code in (90024, 90045, 90047, *CREDENTIALS):
        assert not refused_for_its_bytes(code, None, "timpush/push")
    assert not refused_for_its_bytes(None, 403, "timpush/push")


def test_every_row_is_complete() -> None:
    """`explain CODE` shows all of it, in both languages, with the page it comes from."""
    assert len(known_codes()) == 124
    for code in known_codes():
        for row in meanings_of(code):
            assert row.meaning
            assert row.zh
            assert row.source.startswith("https://")
            assert row.stage.reason
            assert (row.stage in IN_DOUBT) == (row.effect is Effect.UNKNOWN)
            assert (row.stage is Stage.OTHER) == row.scope.isdisjoint({*ENDPOINTS, "any"})
            assert row.remedy.advice
            assert row.remedy.zh_advice


def test_every_private_code_of_an_endpoint_is_in_the_table() -> None:
    """A code that an endpoint documents must never look unknown there."""
    internal_error = 91000
    for endpoint in ENDPOINTS:
        row = meaning_of(internal_error, endpoint)
        assert row is not None
        assert row.remedy is Remedy.ASK

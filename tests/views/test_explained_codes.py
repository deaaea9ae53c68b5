"""What `explain` tells of an error code: everything that the table knows, in both languages."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from pushspec.apply.classify import classify
from pushspec.lockfile.histories import CallState
from pushspec.tencent.codes import known_codes, meanings_of
from pushspec.tencent.endpoints import ENDPOINTS
from pushspec.tencent.exchange import Exchange
from pushspec.views.codes import codes_json, codes_text

AT = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize("number", known_codes())
def test_what_to_do_is_said_in_both_languages(number: int) -> None:
    """Whoever reads the vendor's pages in Chinese searches for Chinese words."""
    codes = meanings_of(number)

    text, told = codes_text(codes), json.loads(codes_json(codes))["codes"]

    for code, view in zip(codes, told, strict=True):
        assert f"what to do:    {code.advised.advice}\n                 {code.advised.zh_advice}\n" in text
        assert (view["advice"], view["zh_advice"]) == (code.advised.advice, code.advised.zh_advice)


@pytest.mark.parametrize("number", known_codes())
def test_what_is_said_of_a_code_is_what_a_run_makes_of_it(number: int) -> None:
    """Whoever reads that nothing was sent sends again."""
    answer = json.dumps({"ActionStatus": "FAIL", "ErrorCode": number, "ErrorInfo": ""}).encode()
    told = json.loads(codes_json(meanings_of(number)))["codes"]

    for name, endpoint in ENDPOINTS.items():
        outcome = classify(endpoint, Exchange("answered", "", AT, AT, 200, answer))
        fitting = [view for view in told if {name, "any"} & set(view["scope"])] or told[:1]
        said = {view["sent"] for view in fitting}
        assert said == {"nothing was sent" if outcome.state is CallState.REFUSED else "it may have gone out"}
        if outcome.state is CallState.IN_DOUBT:
            assert all("pushspec resolve" in view["advice"] for view in fitting)

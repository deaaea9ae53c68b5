"""What `explain` tells of an error code: everything that the table knows, in both languages."""

from __future__ import annotations

import json

import pytest

from pushspec.tencent.codes import known_codes, meanings_of
from pushspec.views.codes import codes_json, codes_text


@pytest.mark.parametrize("number", known_codes())
def test_what_to_do_is_said_in_both_languages(number: int) -> None:
    """Whoever reads the vendor's pages in Chinese searches for Chinese words."""
    codes = meanings_of(number)

    text, told = codes_text(codes), json.loads(codes_json(codes))["codes"]

    for code, view in zip(codes, told, strict=True):
        assert f"what to do:   {code.remedy.advice}\n                {code.remedy.zh_advice}\n" in text
        assert (view["advice"], view["zh_advice"]) == (code.remedy.advice, code.remedy.zh_advice)

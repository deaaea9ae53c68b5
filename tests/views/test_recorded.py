"""What a lockfile recorded stays English in it, and is said in the language of whoever looks."""

from __future__ import annotations

import pytest

from pushspec.language import Language, speaking
from pushspec.tencent.codes import meaning_of
from pushspec.views.recorded import audience_said, end_said, outcome_said


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("everyone", "全员"),
        ("1 account", "1 个账号"),
        ("12,000 accounts of vips", "12,000 个账号，属于 vips"),
        ("en: 1 account from a.csv; zh: 2 accounts", "en：1 个账号，来自 a.csv；zh：2 个账号"),
        ("about 2 accounts of vips (50%)", "约 2 个账号，属于 vips（50%）"),
        ("tags any [news from a]", "tags any [news from a]"),
    ],
)
def test_an_audience_is_said_as_in_a_plan(english: str, chinese: str) -> None:
    """A sent campaign stands beside one that is to be sent."""
    with speaking(Language.CHINESE):
        assert audience_said(english) == chinese
    assert audience_said(english) == english


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("no complete answer within 90 s", "90 秒内没有得到完整应答"),
        ("the connection broke (ReadError)", "连接中断（ReadError）"),
        ("the answer is JSON, but not an object", "应答是 JSON，但不是对象"),
        ("ada: seen in the console", "ada: seen in the console"),
    ],
)
def test_an_outcome_is_said_as_when_it_happened(english: str, chinese: str) -> None:
    """``status`` tells the next morning what ``apply`` told at night; what people wrote stays theirs."""
    with speaking(Language.CHINESE):
        assert outcome_said(english) == chinese
    assert outcome_said(english) == english


def test_a_code_is_said_in_the_words_of_its_page() -> None:
    """The table of codes has both languages."""
    row = meaning_of(90024, "timpush/push")
    assert row is not None

    with speaking(Language.CHINESE):
        assert outcome_said(str(row.meaning), 90024) == row.zh
        assert end_said("quota used up") == "配额用完"
        assert end_said("somebody's own word") == "somebody's own word"

"""Texts are cut as the vendors cut them: in UTF-16 units, three of them kept for the dots."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushspec.tencent.cutting import VENDORS, cut, cuts, vendor_limit
from pushspec.tencent.limits import Limits

LIMITS = Limits()
TEXTS = st.text(st.sampled_from("ab 中é😀👩\u200d🚀"), max_size=200)


@pytest.mark.parametrize(
    ("vendor", "title", "desc"),
    [
        ("huawei", 60, 600),
        ("honor", 50, 400),
        ("xiaomi", 50, 128),
        ("oppo", 50, 50),
        ("vivo", 40, 100),
        ("meizu", 32, 100),
    ],
)
def test_a_vendor_has_its_documented_limits(vendor: str, title: int, desc: int) -> None:
    """https://trtc.io/document/77715."""
    assert vendor_limit(LIMITS, vendor, "title").value == title
    assert vendor_limit(LIMITS, vendor, "desc").value == desc


def test_oppo_shows_more_in_the_big_text_style() -> None:
    """``PushStyle`` 1 makes room for 128 units of the text, and of the text alone."""
    assert vendor_limit(LIMITS, "oppo", "desc", big_text=True).value == 128
    assert vendor_limit(LIMITS, "oppo", "title", big_text=True).value == 50


def test_a_text_that_fits_stays_as_it_is() -> None:
    """Thirty-two units are what Meizu shows of a title."""
    assert cut("x" * 32, LIMITS.meizu_title) == "x" * 32
    assert cut("x" * 33, LIMITS.meizu_title) == "x" * 29 + "..."


def test_an_emoji_is_dropped_whole_where_half_of_it_would_stay() -> None:
    """Half a surrogate pair is a box with a question mark on every lock screen."""
    assert cut("x" * 28 + "😀" + "y" * 9, LIMITS.meizu_title) == "x" * 28 + "..."
    assert cut("x" * 27 + "😀" + "y" * 9, LIMITS.meizu_title) == "x" * 27 + "😀..."


@given(TEXTS, st.sampled_from(VENDORS), st.sampled_from(["title", "desc"]), st.booleans())
def test_a_cut_text_fits_and_begins_like_the_whole(text: str, vendor: str, field: str, big: bool) -> None:
    """Whatever people write, the preview never promises more than a phone shows."""
    limit = vendor_limit(LIMITS, vendor, field, big_text=big)

    shown = cut(text, limit)

    assert limit.measure(shown) <= limit.value
    assert shown == text or text.startswith(shown.removesuffix("..."))
    assert shown.encode("utf-16-le").decode("utf-16-le") == shown


@given(TEXTS)
def test_the_vendors_that_cut_are_those_whose_limit_is_passed(text: str) -> None:
    """The one that shows least comes first: it is what the author must look at."""
    found = cuts(LIMITS, "title", text)

    expected = [vendor for vendor in VENDORS if vendor_limit(LIMITS, vendor, "title").exceeded_by(text)]
    assert sorted(cut_.vendor for cut_ in found) == sorted(expected)
    assert [cut_.limit for cut_ in found] == sorted(cut_.limit for cut_ in found)

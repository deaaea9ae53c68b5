"""Limits know their unit, their page and what an environment may change."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit

import pytest

from pushspec.tencent.limits import LIMIT_NAMES, Edition, Limit, Limits, Unit, limits_for

EVERY = [pytest.param(getattr(Limits(), name), id=name) for name in LIMIT_NAMES]


@pytest.mark.parametrize("limit", EVERY)
def test_a_limit_names_its_page_and_the_day_it_was_read(limit: Limit) -> None:
    """A figure without a source cannot be checked again when the vendor changes it."""
    assert limit.value >= 1
    assert urlsplit(limit.source).scheme == "https"
    assert date(2020, 1, 1) < limit.verified


@pytest.mark.parametrize(
    ("text", "utf8", "utf16"),
    [("", 0, 0), ("abc", 3, 3), ("é", 2, 1), ("中", 3, 1), ("😀", 4, 2), ("👩‍🚀", 11, 5), ("\ud83d", 3, 1)],
)
def test_a_text_is_measured_in_the_unit_of_the_limit(text: str, utf8: int, utf16: int) -> None:
    """``len`` would let a tag of 50 Chinese characters pass, which is three times too long."""
    assert Limits().tag_bytes.measure(text) == utf8
    assert Limits().vivo_title.measure(text) == utf16


def test_a_text_as_long_as_the_limit_is_allowed() -> None:
    """The documented figures are the largest allowed values."""
    limit = Limits().tag_bytes

    assert not limit.exceeded_by("a" * limit.value)
    assert limit.exceeded_by("a" * (limit.value + 1))


def test_a_number_of_items_measures_no_text() -> None:
    """Such a mistake is ours, and loud."""
    with pytest.raises(ValueError, match="items"):
        Limits().accounts_per_call.measure("abc")


@pytest.mark.parametrize(
    ("edition", "pushes", "calls", "users"),
    [(Edition.FREE, 10, 10, 30), (Edition.STANDARD, 100, 30, 500), (Edition.ADVANCED, 100, 40, 800)],
)
def test_an_edition_sets_its_rates(edition: Edition, pushes: int, calls: int, users: int) -> None:
    """https://cloud.tencent.com/document/product/269/137903 and the page of timpush/batch."""
    limits = limits_for(edition)

    assert limits.push_calls_per_day.value == pushes
    assert limits.batch_calls_per_second.value == calls
    assert limits.batch_users_per_second.value == users


def test_an_environment_may_set_any_limit_by_its_name() -> None:
    """The vendor sells higher ones; the unit and the page stay."""
    limits = limits_for(Edition.STANDARD, dict.fromkeys(LIMIT_NAMES, 7))

    assert {getattr(limits, name).value for name in LIMIT_NAMES} == {7}
    assert limits.tag_bytes.unit is Unit.UTF8_BYTES


def test_an_unknown_limit_is_refused() -> None:
    """A misspelt override would silently change nothing."""
    with pytest.raises(KeyError, match="tag_byte"):
        limits_for(Edition.FREE, {"tag_byte": 60})

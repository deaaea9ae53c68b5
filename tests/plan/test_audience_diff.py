"""Audiences compared: fewer, more and others are found by counting kinds of people, never guessed."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushspec.plan.audience_diff import Change, compare
from pushspec.plan.audience_text import condition_text
from pushspec.tencent.conditions import read_condition

TAGS = st.lists(st.sampled_from("ABCD"), min_size=1, max_size=3, unique=True)
CONDITIONS = st.one_of(
    st.builds(lambda tags: {"TagsOr": tags}, TAGS),
    st.builds(lambda tags: {"TagsAnd": tags}, TAGS),
    st.builds(lambda tags, out: {"TagsOr": tags, "TagsNot": out}, TAGS, TAGS),
    st.builds(lambda tags, all_: {"TagsOr": tags, "TagsAnd": all_}, TAGS, TAGS),
)


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ({"TagsOr": ["A", "B"]}, {"TagsAnd": ["A", "B"]}, Change.FEWER),
        ({"TagsAnd": ["A", "B"]}, {"TagsOr": ["A", "B"]}, Change.MORE),
        ({"TagsOr": ["A"]}, {"TagsOr": ["A", "B"]}, Change.MORE),
        ({"TagsAnd": ["A"]}, {"TagsAnd": ["A", "B"]}, Change.FEWER),
        ({"TagsOr": ["A"]}, {"TagsOr": ["B"]}, Change.OTHER),
        ({"TagsOr": ["A", "B"]}, {"TagsOr": ["B", "A"]}, Change.SAME),
        ({"TagsOr": ["A"]}, {"TagsAnd": ["A"]}, Change.SAME),
        ({"TagsOr": ["A"], "TagsNot": ["B"]}, {"TagsOr": ["A"]}, Change.MORE),
        ({"TagsOr": ["A"], "TagsNot": ["B"]}, {"TagsOr": ["A"], "TagsNot": ["B", "C"]}, Change.MORE),
        ({"AttrsAnd": {"city": "A"}}, {"AttrsAnd": {"city": "A", "vip": "1"}}, Change.FEWER),
        ({"AttrsAnd": {"city": "A"}}, {"AttrsAnd": {"city": "B"}}, Change.OTHER),
        ({"TagsOr": ["A"]}, {}, Change.EVERYONE),
        ({}, {"TagsOr": ["A"]}, Change.FEWER),
        ({}, {}, Change.SAME),
    ],
)
def test_a_changed_audience_is_said_in_words(before: Any, after: Any, change: Change) -> None:
    """“Fewer people” is what a reviewer wants to know, and must be able to rely on."""
    assert compare(read_condition(before), read_condition(after)) is change


def _reached(condition: Any) -> set[tuple[bool, ...]]:
    def has(person: dict[str, bool]) -> bool:
        return (
            any(person[tag] for tag in condition.get("TagsOr", "ABCDE"))
            and all(person[tag] for tag in condition.get("TagsAnd", ""))
            and not ("TagsNot" in condition and all(person[tag] for tag in condition["TagsNot"]))
        )

    kinds = (dict(zip("ABCD", answers, strict=True)) for answers in product((False, True), repeat=4))
    return {tuple(person.values()) for person in kinds if has(person | {"E": True})}


@given(before=CONDITIONS, after=CONDITIONS)
def test_the_words_are_those_of_counting_people_one_by_one(before: Any, after: Any) -> None:
    """The arithmetic on truth tables gives what walking through every kind of person gives."""
    old, new = _reached(before), _reached(after)
    holding = (
        (Change.SAME, old == new),
        (Change.FEWER, new < old),
        (Change.MORE, new > old),
        (Change.OTHER, True),
    )

    assert compare(read_condition(before), read_condition(after)) is next(
        change for change, holds in holding if holds
    )


def test_the_longest_conditions_are_compared_in_no_time() -> None:
    """Twenty tags are a million kinds of people."""
    before = read_condition({"TagsOr": [f"a{number}" for number in range(10)]})

    for others in (10, 11):
        after = read_condition({"TagsOr": [f"b{number}" for number in range(others)]})
        assert compare(before, after) is Change.OTHER


def test_a_condition_is_read_aloud_as_the_plan_reads_it() -> None:
    """The words are the same in a plan and in a comparison."""
    assert (
        condition_text(read_condition({"TagsOr": ["A", "B"], "TagsNot": ["C"]})) == "tags any [A, B] not [C]"
    )
    assert condition_text(read_condition({"AttrsAnd": {"city": "深圳"}})) == "attributes all [city=深圳]"
    assert condition_text(()) == "everyone"

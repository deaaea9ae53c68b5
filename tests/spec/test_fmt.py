"""``fmt``: one form for every file, every comment kept, and never another value."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pushspec.spec.document import read_document
from pushspec.spec.fmt import format_file

UNTIDY = """\
# yaml-language-server: $schema=../.pushspec/campaign.schema.json
# The spring sale.

name: sale   \n\
# Twice a year.
version: 2


kind: Campaign   # always
apiVersion: pushspec/v1
endpoint: timpush/push

audience:
  tags: {any: [A]}   # only these

notification:
  title: "a"    \n\
  desc: |
    two blanks at the end  \n\


    and a hole
"""

TIDY = """\
# yaml-language-server: $schema=../.pushspec/campaign.schema.json
# The spring sale.

apiVersion: pushspec/v1
kind: Campaign   # always
name: sale
# Twice a year.
version: 2

endpoint: timpush/push

audience:
  tags: {any: [A]}   # only these

notification:
  title: "a"    \n\
  desc: |
    two blanks at the end  \n\


    and a hole
"""


def _formatted(text: str) -> str:
    data, problems = format_file(text.encode(), "it.yaml")
    assert not problems
    return data.decode()


def _value(text: str) -> Any:
    document, problems = read_document(text.encode(), "it.yaml")
    assert document is not None
    assert not problems
    return document.value


def test_keys_come_in_one_order_and_comments_come_along() -> None:
    """Files that look alike are compared at a glance; a remark stays beside what it explains."""
    assert _formatted(UNTIDY) == TIDY


def test_a_formatted_file_stays_as_it_is() -> None:
    """A second run must have nothing to say, or every pull request would carry noise."""
    assert _formatted(TIDY) == TIDY


def test_line_ends_and_a_byte_order_mark_go() -> None:
    """An editor on Windows should not make every line differ."""
    untidy = b"\xef\xbb\xbfname: a\r\nkind: Campaign\r\n"

    assert format_file(untidy, "a.yaml")[0] == b"kind: Campaign\nname: a\n"


def test_blanks_that_are_part_of_a_text_stay() -> None:
    """Two blanks at the end of a line are a line break in some apps."""
    text = "kind: Campaign\nname: a  \nvars:\n  text: |\n    one  \n\n\n    two\n"

    assert _formatted(text) == text.replace("name: a  ", "name: a")


def test_an_unreadable_file_is_left_alone_and_said() -> None:
    """A formatter that guesses would hide the mistake."""
    data = b"name: [a\n"

    after, problems = format_file(data, "a.yaml")

    assert after == data
    assert problems[0].rule == "yaml-syntax"


@pytest.mark.parametrize(
    "text",
    [
        "{kind: Campaign, name: a}\n",
        "name: &n a\nkind: Campaign\nowner: *n\n",
        "kind: Campaign\nowner: *n\nname: &n a\n",
        "- a\n- b\n",
        "'quoted': 1\n? kind\n: Campaign\n",
    ],
)
def test_unusual_files_keep_their_value_or_stay(text: str) -> None:
    """Anchors must stand before their aliases, whatever the order of keys."""
    data, _ = format_file(text.encode(), "it.yaml")

    before, _ = read_document(text.encode(), "it.yaml")
    after, _ = read_document(data, "it.yaml")
    assert before is not None
    assert after is not None
    assert after.value == before.value


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]) | st.just("\n"), max_size=20
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(["name", "version", "owner", "vars", "notification", "message", "other", "endpoint"])


@given(
    pairs=st.dictionaries(KEYS, VALUES, min_size=1),
    style=st.sampled_from([None, "|", ">", '"', "'"]),
    noise=st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["", "# note", "  ", "#"])), max_size=6),
    width=st.sampled_from([10, 80]),
)
def test_no_value_changes_and_no_comment_is_lost(
    pairs: dict[str, Any], style: str | None, noise: list[tuple[int, str]], width: int
) -> None:
    """The law of a formatter: whatever it does to a file, the same push leaves."""
    written = yaml.safe_dump(
        {"kind": "Campaign"} | pairs, default_style=style, width=width, allow_unicode=True
    )
    lines = written.split("\n")
    for place, line in noise:
        lines.insert(min(place, len(lines)), line)
    text = "\n".join(lines)
    before, problems = read_document(text.encode(), "it.yaml")
    data, refused = format_file(text.encode(), "it.yaml")
    if before is None or problems:
        assert data == text.encode()
        return

    assert not refused
    after = data.decode()
    assert _value(after) == before.value
    assert {key: json.dumps(value) for key, value in _value(after).items()} == {
        key: json.dumps(value) for key, value in before.value.items()
    }
    assert Counter(line.rstrip() for line in after.split("\n") if line.strip()) == Counter(
        line.rstrip() for line in text.split("\n") if line.strip()
    )
    assert format_file(data, "it.yaml")[0] == data

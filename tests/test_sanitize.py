"""Text of strangers is shown whole, and does nothing."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushspec.sanitize import (
    MARKDOWN_CHARACTERS,
    hidden_in,
    markdown_fence,
    neutralize_ci_commands,
    printable,
)

HOSTILE = {
    "escape": ("\x1b[2Jgone", r"\u001b[2Jgone"),
    "csi": ("\x9b31m", r"\u009b31m"),
    "title": ("\x1b]0;title\x07", r"\u001b]0;title\u0007"),
    "link": ("\x1b]8;;http://x\x1b\\text", r"\u001b]8;;http://x\u001b" + "\\text"),
    "overwrite": ("bad\rgood", r"bad\rgood"),
    "next line": ("a\x85b", r"a\u0085b"),
    "line separator": ("a\u2028b\u2029c", r"a\u2028b\u2029c"),
    "bidi override": ("\u202etxt.exe", r"\u202etxt.exe"),
    "bidi isolate": ("\u2066a\u2069", r"\u2066a\u2069"),
    "zero width space": ("ad\u200bmin", r"ad\u200bmin"),
    "byte order mark": ("\ufeffa", r"\ufeffa"),
    "tag characters": ("a\U000e0041", r"a\U000e0041"),
    "variation selector": ("a\U000e0101\ufe01", r"a\U000e0101\ufe01"),
    "hangul filler": ("a\u3164", r"a\u3164"),
    "lone surrogate": ("a\ud83d", r"a\ud83d"),
    "private use": ("\ue000", r"\ue000"),
    "nul": ("a\0b", r"a\u0000b"),
    "lines and tabs": ("a\n\tb", r"a\n\tb"),
}


@pytest.mark.parametrize(("text", "shown"), HOSTILE.values(), ids=HOSTILE.keys())
def test_what_hides_or_acts_is_written_out(text: str, shown: str) -> None:
    """A reviewer approves what they see, so there must be nothing that they do not see."""
    assert printable(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "é",
        "春节大促",
        "👩\u200d🚀 ❤\ufe0f",
        "می\u200cخواهم",
        "क्\u200dष",
        "a\u00a0b\u3000c",
        "\u06dd",
        "C:\\dir",
    ],
)
def test_ordinary_text_of_any_language_stays_as_it_is(text: str) -> None:
    """Joiners and VS16 belong to emoji, Persian and Hindi: escaping them would spoil good text."""
    assert printable(text) == text
    assert hidden_in(text) == []


@given(st.text())
def test_shown_text_is_one_line_without_hidden_characters(text: str) -> None:
    """Whatever comes in, what goes out is plain, and showing it again changes nothing."""
    shown = printable(text)

    assert hidden_in(shown) == []
    assert len(shown.splitlines()) <= 1
    assert printable(shown) == shown


@given(st.text(st.characters(max_codepoint=0xDFFFF, exclude_categories=["Cs"])))
def test_a_shown_body_is_still_the_same_json(text: str) -> None:
    """The plan prints exact bodies: an escape must not change what a reader would parse."""
    body = json.dumps({"Title": text}, ensure_ascii=False)

    assert json.loads(printable(body)) == {"Title": text}


def test_a_very_long_line_is_cut_and_the_rest_counted() -> None:
    """One message of a megabyte must not bury the others."""
    assert printable("x" * 1_000_000, limit=10) == "xxxxxxxxxx… (999,990 more characters)"
    assert printable("short", limit=10) == "short"


def test_hidden_characters_are_named() -> None:
    """An error has to name what the eye cannot find."""
    assert hidden_in("a\u202eb\u202e\x1b\n\t") == ["U+202E RIGHT-TO-LEFT OVERRIDE", "U+001B"]


@pytest.mark.parametrize(
    "text",
    [
        "::add-mask::a",
        "  ::stop-commands::x",
        "ok\n::error::forged",
        "ok\r::error::forged",
        "##[group]x",
        "late ##[add-mask]x",
        "##vso[task.setvariable]x",
        "##teamcity[x]",
        "###[group]x",
    ],
)
def test_no_line_is_a_command_to_the_ci_runner(text: str) -> None:
    """A campaign's title must not switch off masking or forge a check."""
    for line in neutralize_ci_commands(text).splitlines():
        assert not line.strip().startswith("::")
        assert not re.search(r"##\w*\[", line)


def test_ci_lines_keep_the_text_readable() -> None:
    """Only what acts is changed."""
    assert neutralize_ci_commands("a\n# b ## c ::d") == "a\n# b ## c ::d"
    assert neutralize_ci_commands("##[group]x\n  ::d") == "#\\u0023[group]x\n  | ::d"


@pytest.mark.parametrize(
    "text",
    ["```", "a\n``````\n# gone", "~~~", "<!-- x", "<details>", "<img src=x>", "@team #1 [a](b) | c |", "`"],
)
def test_nothing_inside_closes_the_fence(text: str) -> None:
    """In a comment a campaign must not write headings, mention teams or fold the plan away."""
    first, *body, last = markdown_fence(text, info="json").split("\n")

    assert first == last + "json"
    assert set(last) == {"`"}
    assert len(last) > max([2, *(len(run) for run in re.findall("`+", text))])
    assert body == text.split("\n")


def test_a_fence_fits_a_comment() -> None:
    """The service refuses a longer comment, and then nobody sees the plan."""
    fenced = markdown_fence("x" * 70_000)

    assert len(fenced) < MARKDOWN_CHARACTERS + 100
    assert "10,000 more characters" in fenced

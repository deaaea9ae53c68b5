"""A line breaks where a reader does not stumble."""

from __future__ import annotations

import pytest

from pushspec.language import Language, speaking
from pushspec.views.wrapping import hanging, spaced, wrapped


@pytest.mark.parametrize(
    "amount", ["in 4 h 59 min", "1 call", "2,000 calls,", "3 d 4 h", "10 accounts", "1 abandoned."]
)
def test_an_amount_stays_on_a_line(amount: str) -> None:
    """``in 4 h 59`` at the end of a line reads as a time, and ``call`` alone on the next one as a verb."""
    for room in range(len(amount), len(amount) + 20):
        lines = list(wrapped(f"it may leave soon {amount} more", room))
        assert any(amount in line for line in lines), lines


def test_a_number_that_is_no_amount_may_end_a_line() -> None:
    """A version or a day stands alone, and so does the word behind it."""
    assert list(wrapped("the day 2026-12-01 at noon", 18)) == ["the day 2026-12-01", "at noon"]


def test_everyone_in_chinese_is_never_torn_in_two() -> None:
    """The word is red wherever it stands, and neither half of it says what it does."""
    with speaking(Language.CHINESE):
        for room in range(6, 24):
            lines = list(wrapped("推送给全员，今晚发出", room))
            assert any("全员" in line for line in lines), lines


def test_a_legend_breaks_between_two_of_its_meanings() -> None:
    """`: at` at the end of a line is a symbol that means "at"."""
    meanings = ["> waiting", ": at the service", "= sent"]

    assert list(spaced(meanings, 26, first="  ")) == ["  > waiting", "  : at the service  = sent"]
    assert list(spaced(meanings, 40, first="  ")) == ["  > waiting  : at the service  = sent"]
    assert not list(spaced([], 40, first="  "))


def test_a_word_too_long_for_its_indent_moves_to_the_left() -> None:
    """A TaskId that a terminal breaks cannot be copied."""
    task = "batch_6b0db3b6_53724e00_200000000000000_ddbf6509_4"

    lines = list(hanging(f"sent: task {task}, at noon", 60, first="2026-12-01 01:34:46  sent      "))

    assert lines == [
        "2026-12-01 01:34:46  sent      sent: task",
        f"         {task},",
        "                               at noon",
    ]


def test_no_line_of_chinese_begins_with_a_blank() -> None:
    """A lockfile's name is kept with the word before it, and its own blank came along."""
    with speaking(Language.CHINESE):
        for room in range(21, 60):
            lines = list(wrapped("已执行：2 次调用已发送。记录在 pushspec.sandbox.lock", room))
            assert [line for line in lines if line != line.strip()] == []
            assert any("pushspec.sandbox.lock" in line for line in lines)


def test_no_line_ends_with_a_blank() -> None:
    """Two blanks stand before what click adds to a help; at the end of a line editors mark them."""
    assert list(wrapped("two words  [more]", 10)) == ["two words", "[more]"]


def test_a_command_within_a_text_stays_on_a_line() -> None:
    """Somebody pastes it, in Chinese, too, where a line breaks between any two characters."""
    command = 'pushspec unlock -C push --why "原因"'

    assert list(wrapped(f"if nothing was: {command}; then go on", 36)) == [
        "if nothing was:",
        f"{command};",
        "then go on",
    ]
    with speaking(Language.CHINESE):
        assert list(wrapped(f"如果从未发送过：{command}，然后继续", 37)) == [
            "如果从未发送过：",
            f"{command}，",
            "然后继续",
        ]

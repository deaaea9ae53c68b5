"""Text that people really write, and a comment that is never longer than was asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from workbench import CAMPAIGN, PROJECT

if TYPE_CHECKING:
    from workbench import Project

FLAGS = {
    "England": "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "Scotland": "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "Wales": "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f",
}
FORMS = {
    "an emoji as text": "\u2600\ufe0e",
    "a digit as text": "1\ufe0e\u20e3",
    "a card as text": "\U0001f0cf\ufe0e",
    "an ideograph of a name": "\u845b\U000e0100",
    "an older form of an ideograph": "\u9038\ufe00",
    "a Mongolian letter": "\u1828\u180b",
}
NO_FORMS = {
    "behind a letter": "a\ufe0e",
    "behind kana": "\u306a\U000e0100",
    "two of them": "\u845b\U000e0100\U000e0101",
    "a flood of them": "\u2600" + "\ufe0e" * 20,
    "at the beginning": "\U000e0100",
    "another number": "\u845b\ufe05",
    "a Mongolian one elsewhere": "a\u180b",
}
HIDDEN_LETTERS = {
    "no flag before them": FLAGS["Wales"][1:],
    "no end": FLAGS["Wales"][:-1],
    "another text": FLAGS["Wales"][:1] + "".join(chr(0xE0000 + ord(it)) for it in "usca") + "\U000e007f",
    "more behind": FLAGS["Wales"] + "\U000e0067",
}
MARKS = ["\u061c", "\u200e", "\u200f"]


def _titled(title: str) -> str:
    return CAMPAIGN.replace("title: Hello", f'title: "{title}"')


@pytest.mark.parametrize("flag", FLAGS.values(), ids=FLAGS)
def test_a_flag_of_the_standard_is_sent_as_it_is(project: Project, flag: str) -> None:
    """Its letters are invisible, and the flag that they make is not."""
    body = project.body(_titled(f"{flag} 1-0"))

    assert body["OfflinePushInfo"]["Title"] == f"{flag} 1-0"
    assert project.run("validate").assert_ok().out == "no problems\n"


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_form_of_the_standard_is_sent_as_it_is(project: Project, form: str) -> None:
    """The selector is invisible, and what it selects is not."""
    body = project.body(_titled(f"{form} today"))

    assert body["OfflinePushInfo"]["Title"] == f"{form} today"
    assert project.run("validate").assert_ok().out == "no problems\n"


@pytest.mark.parametrize("hidden", NO_FORMS.values(), ids=NO_FORMS)
def test_selectors_that_select_nothing_are_refused(project: Project, hidden: str) -> None:
    """Each can stand for a byte that nobody sees."""
    project.write({"campaigns/hello.yaml": _titled(f"{hidden} today")})

    assert "error[yaml-invisible-character]" in project.run("validate").out


@pytest.mark.parametrize("hidden", HIDDEN_LETTERS.values(), ids=HIDDEN_LETTERS)
def test_invisible_letters_that_make_no_flag_are_refused(project: Project, hidden: str) -> None:
    """A whole sentence can be hidden in them."""
    project.write({"campaigns/hello.yaml": _titled(f"Full time {hidden}")})

    assert "error[yaml-invisible-character]" in project.run("validate").out


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("text", ["\u0645\u0631\u062d\u0628\u0627!{}", "{}(50%) \u05e9\u05dc\u05d5\u05dd"])
def test_a_direction_mark_beside_right_to_left_text_passes_with_a_note(
    project: Project, text: str, mark: str
) -> None:
    """Arabic and Hebrew need it beside numbers and punctuation."""
    title = text.format(mark)

    body = project.body(_titled(title))

    assert body["OfflinePushInfo"]["Title"] == title
    assert "campaigns/only.yaml:7:" in (noted := project.run("validate").assert_ok().out)
    assert "warning[yaml-direction-mark]" in noted


@pytest.mark.parametrize("mark", [*MARKS, "\u202e"])
def test_a_direction_mark_in_other_text_is_refused(project: Project, mark: str) -> None:
    """There it only makes two texts look alike."""
    rtl = "\u05e9" if mark == "\u202e" else ""
    project.write({"campaigns/hello.yaml": _titled(f"Sale{mark} 50%{rtl}")})

    assert "error[yaml-invisible-character]" in project.run("validate").out


@pytest.mark.parametrize("limit", [2_000, 5_000])
def test_the_markdown_of_a_plan_is_never_longer_than_asked_for(project: Project, limit: int) -> None:
    """A host refuses a comment that is too long, and then nobody reads the plan."""
    for number in range(30):
        name = f"a-campaign-with-a-long-name-{number}"
        text = _titled("\U0001f389 " + "sale " * 20).replace("name: hello", f"name: {name}")
        project.write({f"campaigns/{name}.yaml": text})

    said = project.run("plan", "--format", "markdown", "--max-characters", str(limit)).assert_ok().out

    assert len(said.encode("utf-16-le")) // 2 <= limit
    assert "30 to send" in said
    assert "are not shown here" in said


@pytest.mark.parametrize("zone_data", ["", "/nonexistent"])
def test_a_machine_without_time_zone_data_knows_the_zones(project: Project, zone_data: str) -> None:
    """A slim image has none of its own."""
    hours = 'policy:\n  quiet_hours: {from: "22:00", to: "08:00", timezone: Europe/Paris}\n'
    project.write({"pushspec.yaml": PROJECT + hours, "campaigns/hello.yaml": CAMPAIGN})

    ended = subprocess.run(
        [sys.executable, "-m", "pushspec", "validate"],
        cwd=project.root,
        env={**os.environ, "PYTHONTZPATH": zone_data},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (ended.returncode, ended.stdout) == (0, "no problems\n")

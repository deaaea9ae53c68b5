"""Lock screens in a terminal: what is cut is seen before anybody's phone shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from pushspec.tencent.limits import Limits
from pushspec.views.preview_text import preview_text

if TYPE_CHECKING:
    from workbench import Project


def _shown(folder: Project, *, width: int = 80) -> str:
    return preview_text([folder.campaign().compiled], Limits(), width=width)


def test_phones_that_show_the_same_stand_together(folder: Project) -> None:
    """Seven equal screens would hide the one that differs."""
    folder.add(notification="{title: Hi, desc: There}")

    assert _shown(folder) == (
        "sale@1\n  iPhone, Huawei, Honor, Xiaomi, OPPO, vivo, Meizu, Google, HarmonyOS\n"
        "    │ Hi\n    │ There\n\n"
    )


def test_a_cut_title_is_shown_as_it_will_be(folder: Project) -> None:
    """The author sees which word is lost, and where."""
    folder.add(notification=f"{{title: {'x' * 39}yz, desc: d}}")

    text = _shown(folder)

    assert f"  vivo (cut)\n    │ {'x' * 37}...\n    │ d\n" in text
    assert "  Meizu (cut)\n" in text
    assert f"  iPhone, Huawei, Honor, Xiaomi, OPPO, Google, HarmonyOS\n    │ {'x' * 39}yz\n" in text


def test_each_language_has_its_screens(folder: Project) -> None:
    """A translation may be twice as long."""
    folder.add(notification="{title: Hi, languages: {zh-hant: {title: 你好}}}")

    assert "HarmonyOS (phones set to zh-hant) │ 你好" in " ".join(_shown(folder).split())


def test_wide_characters_keep_to_the_terminal(folder: Project) -> None:
    """Chinese takes two columns a character and has no blanks to break at."""
    folder.add(notification=f"{{title: {'春' * 60}}}")

    assert max(cell_len(line) for line in _shown(folder, width=40).split("\n") if "│" in line) <= 40


def test_a_message_and_a_silent_push_are_said(folder: Project) -> None:
    """Nothing on the screen is a result too."""
    folder.add(notification="{enabled: false}", message="[{text: hello}]")

    text = _shown(folder)

    assert "phones that are not online show nothing" in text
    assert "in the chat: text hello" in text

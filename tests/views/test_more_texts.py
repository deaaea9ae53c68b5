"""A view that shows the first texts of a campaign counts the others, one as one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pushspec.tencent.limits import Limits
from pushspec.views.plan_html import plan_html
from pushspec.views.plan_markdown import plan_markdown
from pushspec.views.preview_text import preview_text

if TYPE_CHECKING:
    from workbench import Project


def _add(folder: Project, texts: int) -> None:
    arms = (
        f"{{name: v{number}, audience: {{accounts: [a{number}]}}, notification: {{title: t{number}}}}}"
        for number in range(texts)
    )
    folder.add(endpoint="timpush/batch", from_="news", variants=f"[{', '.join(arms)}]")


@pytest.mark.parametrize(("texts", "more"), [(6, "1 more text"), (7, "2 more texts")])
def test_the_lock_screens_of_one_more_text(folder: Project, texts: int, more: str) -> None:
    """A terminal shows five."""
    _add(folder, texts)

    shown = preview_text([folder.campaign().compiled], Limits(), width=80)

    assert f"… and {more} of sale@1\n" in shown


@pytest.mark.parametrize(("texts", "more"), [(4, "1 more text"), (5, "2 more texts")])
def test_a_page_and_a_comment_of_one_more_text(folder: Project, texts: int, more: str) -> None:
    """Both show three."""
    _add(folder, texts)

    assert f"… and {more}." in plan_markdown(folder.plan(), limit=65_536)
    assert re.search(rf"<p[^>]*>and {more}</p>", plan_html(folder.plan()))


@pytest.mark.parametrize(
    ("texts", "rest"),
    [(9, "… and 8 calls more\n"), (11, "… and 9 calls with texts between these in length\n")],
)
def test_no_text_is_between_texts_of_one_length(folder: Project, texts: int, rest: str) -> None:
    """The tenth is the first whose number is longer."""
    _add(folder, texts)

    assert rest in folder.run("plan", "sale").assert_ok().out

"""Chinese sentences have full-width marks, and blanks beside Latin words only."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import click
import pytest
from workbench import FRIDAY

from pushspec.cli.signals import stopped_unsent
from pushspec.language import Language, phrase, said, speaking
from pushspec.suggest import did_you_mean
from pushspec.views.commands import Typed
from pushspec.views.next_steps import next_steps
from pushspec.views.plan_markdown import plan_markdown
from pushspec.views.plan_text import plan_text
from pushspec.views.plan_totals import few_reasons
from pushspec.views.plan_wording import recipients_text
from pushspec.views.recorded import said_anew

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Project

LATER = '{not_before: "2026-11-20T06:10:00Z", not_after: "2026-11-21T06:10:00Z"}'
STRAY = re.compile(r"[\u4e00-\u9fff，。；：）] (?!周)[\u4e00-\u9fff（]|[\u4e00-\u9fff][,:;]")
"""A blank between two Chinese words, a day of a date aside, or a half-width mark behind one."""


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    """Speak Chinese in a test."""
    with speaking(Language.CHINESE):
        yield


def _beta(folder: Project) -> Project:
    return folder.add("beta", title="Later", audience="{tags: {any: [beta]}}", schedule=LATER)


def test_a_plan_has_no_stray_blank_and_no_half_width_mark(folder: Project) -> None:
    """Each is seen at once, and makes the rest look as if a machine had translated it."""
    folder.add("sale", title="Sale 1")
    state = folder.sent(at=FRIDAY - timedelta(days=2))
    folder.add("over", title="Over", schedule='{not_after: "2026-11-01T00:00:00Z"}')
    settled = plan_text(_beta(folder).plan(state=state), width=100)
    folder.add("sale", title="Sale 2", version="2")
    changed = folder.plan(state=state)

    assert "  已发送 1、已过期 1，加 --all 列出\n" in settled
    text, markdown = plan_text(changed, width=1000), plan_markdown(changed, limit=65_536)
    assert "自 sale@1 发送以来：\n" in text
    assert "没有额外费用。时区为" in markdown
    assert "已过期：" in markdown
    assert STRAY.findall("\n".join((settled, text, markdown))) == []


def test_names_in_a_sentence_keep_their_blanks(folder: Project) -> None:
    """Those of tags may end in Latin or in Chinese; quotes set both apart."""
    assert recipients_text(_beta(folder).campaign("beta")) == "满足“标签 beta”的人"


def test_a_blank_beside_a_value_falls_away_where_both_are_chinese(folder: Project) -> None:
    """The same sentence takes a Latin name, which stands apart, and the word for everyone, which does not."""
    sentence = "  sent to {audience}, by {endpoint}"

    said_of = [said(phrase(sentence, audience=it, endpoint="im_push")) for it in (phrase("everyone"), "vips")]

    assert said_of == ["  已发给全员，经由 im_push", "  已发给 vips，经由 im_push"]


def test_a_moment_to_come_is_the_end_of_its_line(folder: Project) -> None:
    """It says how long until then behind it, so that a word behind both would have no place."""
    (step, *_) = next_steps(_beta(folder).plan(), Typed(folder.root, "sandbox", []))

    assert step.endswith("   # 不早于 2026-11-20 06:10，还有 2 小时 10 分钟")


def test_names_to_choose_from_are_listed_as_elsewhere() -> None:
    """Their list comes as one text from where options are checked."""
    hint = did_you_mean("nothing-like-it", ["sale", "beta"])

    assert said_anew(hint) == "已知的有：beta、sale"


def test_reasons_are_set_apart_by_another_mark_than_the_words_within() -> None:
    """In ``a is blocked by x and y and b is blocked by z`` nobody sees where b begins."""
    reasons = ["a@1 被 x 和 y 阻止", "b@1 被 z 阻止"]

    assert few_reasons(reasons) == "a@1 被 x 和 y 阻止；b@1 被 z 阻止"
    assert few_reasons([*reasons, *reasons]).endswith("；a@1 被 x 和 y 阻止，另有 1 个")


def test_a_stop_is_two_sentences_without_a_blank(capsys: pytest.CaptureFixture[str]) -> None:
    """It is the last thing that somebody reads who has changed their mind."""
    with pytest.raises(click.exceptions.Exit), stopped_unsent():
        raise click.Abort

    assert capsys.readouterr().err == "已停止。没有发送任何内容。\n"


def test_who_may_still_approve_stands_apart_from_the_words_around() -> None:
    """An address that runs into the next word is copied with it."""
    words = said(phrase("{people} more of {who}{more}", people=1, who="lin@example.com", more=""))

    assert words == "还需要其中 1 人：lin@example.com"

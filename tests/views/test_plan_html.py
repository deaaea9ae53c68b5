"""The plan as a page: everything a reviewer needs, nothing fetched, nothing run."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from workbench import FRIDAY

from pushspec.views.plan_html import plan_html

if TYPE_CHECKING:
    from workbench import Project

HOSTILE = "</b></bdi><script>alert(1)</script><img src=https://evil.example/x onerror=alert(1)> & &amp; ' x"


class Reader(HTMLParser):
    """Collects what a browser would act on, and what a person would read."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        """All that a person reads."""
        return " ".join("".join(self.texts).split())


def test_the_page_says_what_matters(folder: Project) -> None:
    """Who, how many, when, what it costs, what is unusual: in the words of no engineer."""
    folder.policy("{require: [owner]}").add(
        audience="{attributes: {all: {city: 深圳}}}", exceptions="[{policy: require, reason: a week off}]"
    )
    folder.add("all", title="To all", owner="me", audience="{everyone: true}")

    text = Reader(plan_html(folder.plan())).text

    for words in (
        "Push plan: 2 to send",
        "2 of the day's 100 pushes (0 used, 98 left), no extra cost",
        "people with the attribute city=深圳",
        "all, about 1,200,000",
        "as soon as it is applied",
        "require is lifted (owner is missing) Reason: a week off",
        "everyone: it goes to every user of the app (1,200,000)",
    ):
        assert words in text


@pytest.mark.parametrize("phone", ["iPhone", "Huawei", "Xiaomi", "OPPO", "vivo", "Honor", "Meizu"])
def test_every_phone_is_drawn_in_every_language(phone: str, folder: Project) -> None:
    """A title that fits on one phone is cut on the next."""
    folder.add(
        notification=f"{{title: {'x' * 45}, languages: {{zh-hant: {{title: 春季}}, ar: {{title: ربيع}}}}}}"
    )

    page = plan_html(folder.plan())

    assert page.count(f'<figure class="{phone.lower()}">') == 3
    assert "Phones set to zh-hant" in page
    assert f"{'x' * 37}..." in page


def test_the_page_asks_no_server_and_runs_nothing(folder: Project) -> None:
    """An approver opens it beside the secrets of a browser's session."""
    folder.add(
        title=HOSTILE,
        description=f'"{HOSTILE}"',
        message=f'[{{text: "{HOSTILE}"}}]',
        exceptions=f'[{{policy: repeat, reason: "{HOSTILE}"}}]',
    )

    reader = Reader(plan_html(folder.plan()))

    assert not reader.tags & {
        "script",
        "img",
        "link",
        "iframe",
        "object",
        "form",
        "base",
        "a",
        "svg",
        "video",
    }
    assert {name for name, _ in reader.attributes} <= {
        "class",
        "lang",
        "charset",
        "name",
        "content",
        "http-equiv",
    }
    assert "<script>alert(1)</script>" in reader.text


def test_the_page_forbids_what_it_does_not_need(folder: Project) -> None:
    """A second lock, should a text ever escape."""
    page = plan_html(folder.add().plan())

    assert "default-src 'none'; style-src 'sha256-" in page
    assert "url(" not in page
    assert "@import" not in page


def test_the_page_is_whole_however_large_the_plan_is(folder: Project) -> None:
    """Thousands of campaigns must still open on a phone."""
    for number in range(230):
        folder.add(f"news-{number:03}", title=f"News {number}")

    reader = Reader(plan_html(folder.plan()))

    assert reader.open == []
    assert "30 more campaigns: " in reader.text


def test_what_was_sent_is_named_and_what_changed_since_is_shown(folder: Project) -> None:
    """A reviewer of version two wants to know what version one said."""
    state = folder.add("done").add("sale", title="Monday").sent(at=FRIDAY)
    folder.add("sale", title="Tuesday", version="2")

    text = Reader(plan_html(folder.plan(state=state))).text

    assert "Since sale@1 was sent" in text
    assert "OfflinePushInfo.TitleMondayTuesday" in text
    assert "1 campaign sent already" in text


def test_the_page_is_the_same_every_time(folder: Project) -> None:
    """Two pages that differ would have to be compared by hand."""
    folder.add("b").add("a", title="Other")

    assert plan_html(folder.plan()) == plan_html(folder.plan())

"""The plan as a page: everything a reviewer needs, nothing fetched, nothing run."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from story import Story, not_sent
from workbench import FRIDAY

from pushspec.approvals.count import Approvals
from pushspec.views.html import prose
from pushspec.views.plan_html import plan_html
from pushspec.views.plan_markdown import plan_markdown

if TYPE_CHECKING:
    from workbench import Project

MAKERS = ("iPhone", "Huawei", "Honor", "Xiaomi", "OPPO", "vivo", "Meizu", "Google", "HarmonyOS")
PAST = '{not_after: "2026-11-19T00:00:00Z"}'
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


def test_every_makers_phone_is_drawn_in_every_language_equal_ones_once(folder: Project) -> None:
    """A title that fits on one phone is cut on the next; nine times the same picture says nothing."""
    folder.add(
        notification=f"{{title: {'x' * 45}, languages: {{zh-hant: {{title: 春季}}, ar: {{title: ربيع}}}}}}"
    )

    page = plan_html(folder.plan())

    captions = re.findall(r"<figcaption>(.*?)</figcaption>", page)
    drawn = [re.sub("<.*?>", "", caption) for caption in captions]
    assert sorted(", ".join(drawn[:-2]).replace(" · cut here", "").split(", ")) == sorted(MAKERS)
    assert drawn[-2:] == [", ".join(MAKERS)] * 2
    assert any("cut here" in caption for caption in drawn[:-2])
    assert "Phones set to zh-hant" in page
    assert f"{'x' * 37}..." in page


def test_the_list_has_titles_first_and_leads_to_each_campaign(folder: Project) -> None:
    """Somebody who approves knows the push by its words, and not by the name of a file."""
    folder.add(
        "sale", title="Spring sale", audience="{accounts: [a, b]}", endpoint="timpush/batch", from_="x"
    )
    folder.add("all", title="To all", audience="{everyone: true}")

    page = plan_html(folder.plan())

    shown = " ".join(html.unescape(re.sub("<.*?>", " ", page)).split())
    line = "To all all@1 everyone who uses the app all, about 1,200,000 as soon as it is applied"
    assert f"{line} 1 of the day's 100 pushes to send" in shown
    assert "as soon as it is applied 1 call outside the day's pushes to send" in shown
    links = re.findall(r'href="(.*?)"', page)
    assert links == ["#c-all@1", "#c-sale@1"]
    assert all(f'id="{link[1:]}"' in page for link in links)
    assert '<span class="everyone"><bdi>everyone who uses the app</bdi></span>' in page


def test_the_page_says_what_merging_does_and_which_days_pushes_leave(folder: Project) -> None:
    """The button under the plan says merge, and whoever presses it should know what follows."""
    state = folder.add("done", title="Done").sent(at=FRIDAY)
    folder.add("done", title="Other words")
    folder.add("now", title="Now")
    folder.add("later", title="Later", schedule='{not_before: "2026-12-01T10:00:00+08:00"}')

    page = plan_html(folder.plan(state=state))
    text = Reader(page).text

    assert "Merging sends nothing by itself. The next apply sends 1 campaign in 1 call." in text
    assert "1 campaign waits for its window; the first opens 2026-12-01 02:00, in " in text
    assert "1 campaign does not leave as things are: see below." in text
    strip = page.partition('class="strip">')[2].partition("<ol>")[0]
    days = re.findall(r"<span>(\w{3} \d\d)</span><p>.*?</p>(?:<b>(\d+)</b>)?", strip)
    assert days[-1] == ("Tue 01", "1")
    assert days[0][1]


def test_campaigns_that_wait_for_the_same_approvals_share_a_sentence(folder: Project) -> None:
    """A quarter's plan began with a screen of one sentence, and the list came after it."""
    for number in range(40):
        folder.add(f"sale-{number:02}", title=f"Sale {number}")
    folder.add("old", title="Old", schedule=PAST).add("all", title="To all")
    plan = folder.plan()
    asked = {"all": Approvals((), 0, 2, ("ada@acme.com", "lin@acme.com"))}
    one = Approvals((), 0, 1, ("ada@acme.com",))
    campaigns = [replace(it, approvals=asked.get(it.name, one)) for it in plan.campaigns]

    shown = replace(plan, campaigns=tuple(campaigns))
    page = plan_html(shown).partition('class="merging">')[2].partition("</ul>")[0]
    markdown = plan_markdown(shown, limit=60_000).partition("### Approvals")[2].partition("###")[0]

    for text in (Reader(f"<ul>{page}</ul>").text, markdown.replace("**", "").replace("`", "")):
        assert "all@1: approved by nobody; 2 more of ada@acme.com, lin@acme.com" in text
        assert "sale-18@1, sale-19@1 and 20 more: approved by nobody; 1 more of ada@acme.com" in text
        assert text.count("approved by") == 2
        assert "old@1" not in text


def test_what_is_in_doubt_or_refused_is_on_the_page(folder: Project) -> None:
    """The title counted it, nothing below named it, and it never leaves as soon as it is applied."""
    folder.add("lost", title="Perhaps sent").add("no", title="Refused")
    story = Story(folder.now - timedelta(hours=2))
    for campaign in folder.plan().campaigns:
        (call,) = campaign.remaining_calls()
        story.begun(campaign).tried(call, None if campaign.name == "lost" else not_sent(call.key, 90001))

    plan = folder.plan(state=story.left().state)
    text = Reader(plan_html(plan)).text
    rows = plan_markdown(plan, limit=60_000)

    assert "Perhaps sentlost@1" in text
    assert "Refusedno@1" in text
    assert "not before somebody settles it" in text
    assert "nothing of it is left to send" in text
    assert "as soon as it is applied" not in text + rows
    assert "| not before somebody settles it | nothing | **lost@1** |" in rows


def test_how_many_people_only_the_service_knows_is_a_sentence(folder: Project) -> None:
    """`how many: unknown` looks like a fault of the tool."""
    assert (
        "only the service knows how many people this reaches" in Reader(plan_html(folder.add().plan())).text
    )


def test_the_page_is_light_and_dark(folder: Project) -> None:
    """At night a white page is the loudest thing in the room."""
    page = plan_html(folder.add().plan())

    assert "color-scheme: light dark" in page
    assert "@media (prefers-color-scheme: dark)" in page


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
        "id",
        "href",
    }
    assert all((value or "").startswith("#") for name, value in reader.attributes if name == "href")
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
    assert sum(name == "href" for name, _ in reader.attributes) == 200
    assert all(f"news-{number:03}@1" in reader.text for number in range(230))


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


def test_a_long_fact_takes_the_whole_row(folder: Project) -> None:
    """What a recall can do is a sentence: in a column among six it was as tall as a phone."""
    folder.add("hello")

    page = plan_html(folder.plan())

    assert re.search(r'<div class="wide"><dt>Recall</dt>', page)
    assert "<div><dt>When</dt><dd><bdi>as soon as it is applied" in page
    assert "dl .wide { grid-column: 1 / -1; }" in page


def test_the_strip_counts_what_leaves_and_shows_each_state(folder: Project) -> None:
    """Pushes that expired days ago do not leave today, and red dots must not hide the green ones."""
    for number in range(10):
        folder.add(f"old-{number}", title=f"Old {number}", owner="me", schedule=PAST)
        folder.add(f"bad-{number}", title=f"Bad {number}")
    folder.policy("{require: [owner]}")
    folder.add("now", title="Now", owner="me")
    folder.add("later", title="Later", owner="me", schedule='{not_before: "2026-12-24T10:00:00Z"}')

    page = plan_html(folder.plan())
    strip = page.partition('class="strip">')[2].partition("<ol>")[0]

    today = strip.partition("</b>")[0]
    assert today.endswith("<b>11")
    assert re.findall('<i class="([a-z]+)"', today) == ["blocked"] * 7 + ["send"]


def test_expired_campaigns_take_one_line_of_what_to_look_at(folder: Project) -> None:
    """Nobody can do anything about them any more, and ten red lines hide the one that somebody can."""
    for number in range(5):
        folder.add(f"old-{number}", title=f"Old {number}", schedule=PAST)

    twice = plan_html(folder.plan()).partition('class="twice">')[2].partition("</ul>")[0]
    table = plan_markdown(folder.plan(), limit=60_000)

    assert twice.count("<li") == 1
    assert 'class="warns"' in twice
    assert "old-0@1, old-1@1, old-2@1 and 2 more" in Reader(f"<ul>{twice}</ul>").text
    assert "have expired, and nothing of them was sent" in table
    assert "🛑" not in table
    assert "is over" not in table


def test_a_reason_that_many_share_is_said_once_and_in_each_part(folder: Project) -> None:
    """Fourteen equal lines are read by nobody; and whoever follows a link of the list must learn why, too."""
    folder.policy("{require: [owner]}")
    for number in range(6):
        folder.add(f"c{number}", title=f"{number}", audience=f"{{tags: {{any: [t{number}]}}}}")
    plan = folder.plan()
    reason = "blocked: require (owner is missing)"

    page = Reader(plan_html(plan)).text
    assert page.count(f"c0@1, c1@1, c2@1 and 3 more: {reason}") == 1
    look_twice = page.partition("Look twice")[2].partition("Each campaign")[0]
    assert look_twice.count("owner is missing") == 1
    assert page.partition("Each campaign")[2].count(f"State{reason}") == 6
    index = page.partition("Look twice")[0]
    assert index.count("require (owner is missing)") == 6
    comment = plan_markdown(plan, limit=60_000)
    assert comment.count("is blocked: require") == 0
    assert comment.count(f"- `{reason}`") == 6


def test_a_part_without_calls_counts_none(folder: Project) -> None:
    """Nobody makes "0 calls", and what has expired costs nothing any more."""
    folder.add("late", title="Too late", schedule=PAST)

    text = Reader(plan_html(folder.plan(now=FRIDAY))).text

    assert "Costnothing" in text
    assert "Stateexpired: its window closed" in text
    story = Story(FRIDAY - timedelta(hours=1))
    folder.add("gone", title="Gone")
    (planned,) = (it for it in folder.plan(now=FRIDAY).campaigns if it.name == "gone")
    story.begun(planned).tried(next(planned.remaining_calls()), None)
    text = Reader(plan_html(folder.plan(now=FRIDAY, state=story.state))).text
    assert "0 calls" not in text
    assert "Howtimpush/push" in text


def test_a_long_plan_says_what_it_does_not_draw(folder: Project) -> None:
    """Of 205 lines five lead nowhere: without a word the page looks broken."""
    for number in range(205):
        folder.add(f"c{number:03}", title=f"{number}", audience=f"{{tags: {{any: [t{number}]}}}}")

    page = plan_html(folder.plan())

    assert "and 5 more campaigns: <code>pushspec plan NAME</code> shows one" in page


def test_a_command_on_the_page_is_code_and_what_people_wrote_stays(folder: Project) -> None:
    """Backticks are for a terminal; those in a title are the author's and go to phones."""
    assert prose("see `pushspec plan` <b>") == "<bdi>see <code>pushspec plan</code> &lt;b&gt;</bdi>"
    folder.add(title="Win `it`")

    assert "<bdi>Win `it`</bdi>" in plan_html(folder.plan())


def test_a_task_to_make_is_no_send_by_the_merge(folder: Project) -> None:
    """Whoever merges is told in every plan that merging itself sends nothing."""
    folder.add(
        endpoint="timpush/batch",
        from_="administrator",
        audience="{accounts: [a]}",
        schedule='{at: "2026-12-03T10:00:00+08:00", by: service}',
    )

    text = Reader(plan_html(folder.plan(now=FRIDAY))).text

    assert "Merging sends nothing by itself.The next apply hands 1 campaign to the service." in text
    assert text.count("to schedule") == 4, "in the title and the heading, in the list, and in its part"

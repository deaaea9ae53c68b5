"""A plan in a terminal: what needs a look first, and nothing that nobody asked for."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from story import Story
from workbench import COUNTED_PROJECT, FRIDAY, campaign_text

from pushspec.language import Language, speaking
from pushspec.lockfile.records import Resolved, Unknown
from pushspec.views.plan_html import plan_html
from pushspec.views.plan_markdown import plan_markdown
from pushspec.views.plan_text import plan_text
from pushspec.views.tones import Tone, unpainted

if TYPE_CHECKING:
    from workbench import Project

    from pushspec.lockfile.state import LockState
    from pushspec.views.tones import Paint

LATER = '{not_before: "2026-11-20T06:10:00Z", not_after: "2026-11-21T06:10:00Z"}'
LONG = "a-name-as-long-as-the-summer-sale-has"


def _marked(text: str, tone: Tone) -> str:
    return text if tone is Tone.PLAIN else f"<{tone.value}>{text}</{tone.value}>"


@pytest.mark.parametrize(
    ("name", "heading"), [("sandbox", "app 1400000000 · times"), ("try", "app 1400000000 · sandbox · times")]
)
def test_a_heading_says_the_place_of_an_app_once(folder: Project, name: str, heading: str) -> None:
    """An environment that is called sandbox and is one was named twice."""
    text = folder.text.replace("sandbox: {", f"{name}: {{")
    folder.write({"pushspec.yaml": text}).add("sale")

    plan = folder.plan(environment=name)

    assert f" · {name} · {heading} in UTC\n" in plan_text(plan, width=120)
    assert f"{name} · {heading} in UTC" in plan_html(plan)
    assert (" · `sandbox` · digest" in plan_markdown(plan, limit=65_536)) is (name != "sandbox")


@dataclass
class _Quarter:
    """A project, and what its lockfile says."""

    folder: Project
    state: LockState

    def text(self, *, width: int, paint: Paint = unpainted, with_settled: bool = False) -> str:
        """Return the plan of it."""
        plan = self.folder.plan(state=self.state)
        return plan_text(plan, width=width, paint=paint, with_settled=with_settled)


@pytest.fixture
def quarter(folder: Project) -> _Quarter:
    """Campaigns in five states; the one that was sent comes first by name."""
    folder.add("a-sent", title="Sent")
    state = folder.sent(at=FRIDAY - timedelta(days=2))
    folder.policy("{require: [owner], levels: {everyone: error}}")
    folder.add("b-later", title="Later", owner="growth", schedule=LATER)
    folder.add("c-soon", title="Soon", owner="growth", schedule=LATER.replace("T06:10", "T05:00", 1))
    folder.add(
        "d-now", title="Now", owner="growth", audience="{tags: {any: [股票甲, 股票乙, 股票丙, 股票丁]}}"
    )
    folder.add("e-all", title="All", owner="growth", audience="{everyone: true}")
    folder.add("f-over", title="Over", owner="growth", schedule='{not_after: "2026-11-01T00:00:00Z"}')
    return _Quarter(folder, state)


def _names(text: str) -> list[str]:
    return re.findall(r"^  [?!~+>=x] (\S+)@1", text, flags=re.MULTILINE)


def test_what_needs_a_person_stands_first_and_what_is_done_is_a_count(quarter: _Quarter) -> None:
    """In ten seconds one reads ten lines: those at the top."""
    text = quarter.text(width=100)

    assert _names(text) == ["e-all", "d-now", "c-soon", "b-later"]
    assert "  1 sent and 1 expired, listed with --all\n" in text
    assert "  ! blocked  + to send  > waiting\n" in text
    assert _names(quarter.text(width=100, with_settled=True))[-2:] == ["a-sent", "f-over"]


@pytest.mark.parametrize("width", [24, 30, 40])
def test_each_line_of_a_legend_begins_with_a_symbol(quarter: _Quarter, width: int) -> None:
    """A meaning that breaks in two leaves words without a symbol on the next line."""
    _, _, legend = quarter.text(width=width, with_settled=True).partition("\n\n")
    lines = legend.partition("\n\n")[0].splitlines()

    assert len(lines) > 1
    assert [line for line in lines if not re.match(r"  [!+>=x] \w", line)] == []


def test_what_was_abandoned_has_not_expired(quarter: _Quarter) -> None:
    """Its window is open; whoever reads "expired" looks for a date that is wrong."""
    planned = quarter.folder.campaign("d-now")
    (call,) = planned.remaining_calls()
    story = Story(FRIDAY).begun(planned).tried(call, Unknown(key=call.key, attempt=1, case="timeout"))
    story.then(Resolved(key=call.key, attempt=1, verdict="abandoned", by="ada", why="too late")).left()
    plan = quarter.folder.plan(state=story.state)

    text = plan_text(plan, width=100, with_settled=True)
    assert re.search(r"^  x d-now@1 +abandoned: raise version to send it$", text, flags=re.MULTILINE)
    assert ", 1 expired, 1 abandoned, 2 blocked," in text
    assert "  1 expired and 1 abandoned, listed with --all\n" in plan_text(plan, width=100)
    assert "was abandoned: raise version to send it" in plan_markdown(plan, limit=60_000)


def test_times_are_in_one_zone_and_say_how_long_until_then(quarter: _Quarter) -> None:
    """Nobody adds eight hours in the head before breakfast."""
    quarter.folder.write({"pushspec.yaml": f"{COUNTED_PROJECT}timezone: Asia/Shanghai\n"})

    text = quarter.text(width=120)

    assert text.splitlines()[0].endswith("· times in Asia/Shanghai")
    assert "2026-11-20 14:10, in 2 h 10 min · tags any [A]" in text
    assert "UTC" not in text


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", ["g", LONG])
def test_every_line_fits_the_terminal_and_rows_keep_their_columns(
    quarter: _Quarter, width: int, name: str
) -> None:
    """A row that is broken by the terminal is no row any more."""
    quarter.folder.add(name, title="Long", owner="growth", audience="{tags: {any: [词语]}}")

    lines = quarter.text(width=width, with_settled=True).splitlines()

    assert max(map(cell_len, lines)) <= width
    ends = {cell_len(line) for line in lines if line.endswith("1 call")}
    assert ends == {width}


@pytest.mark.parametrize("width", [80, 120])
def test_chinese_rows_end_where_the_terminal_does(quarter: _Quarter, width: int) -> None:
    """A Chinese character takes two columns, at the right end of a row, too."""
    with speaking(Language.CHINESE):
        lines = quarter.text(width=width).splitlines()

    assert {cell_len(line) for line in lines if line.endswith("次调用")} == {width}


def test_everyone_is_one_word_and_red_in_chinese_too(quarter: _Quarter) -> None:
    """Whoever skims a plan for the one push to all finds it by one word, in the rows and in the warnings."""
    quarter.folder.policy("{require: [owner], levels: {everyone: warning}}")

    with speaking(Language.CHINESE):
        text = quarter.text(width=120, paint=_marked)
    row, *_ = (line for line in text.splitlines() if "e-all@1" in line)

    assert "<error>全员</error>" in row
    assert "全员" not in text.replace("<error>全员</error>", "")
    assert "everyone" not in text.replace("<error>everyone</error>", "")


@pytest.mark.parametrize("width", [80, 120])
def test_a_row_that_quiet_hours_hold_has_the_columns_of_its_neighbours(folder: Project, width: int) -> None:
    """It leaves by itself in the morning: whom it reaches matters as much as of one that leaves now."""
    folder.policy('{quiet_hours: {from: "11:00", to: "14:00", timezone: Asia/Shanghai}}')
    folder.add("held", title="Held", audience="{tags: {any: [beta]}}")
    folder.add("later", title="Later", audience="{tags: {any: [vip]}}", schedule=LATER)

    text = plan_text(folder.plan(), width=width)
    held, later = (
        next(line for line in text.split("\n") if f" {name}@1 " in line) for name in ("held", "later")
    )

    assert held.startswith("  ! held@1   timpush/push  tags any [beta] · blocked: quiet-hours")
    assert later.startswith("  > later@1  timpush/push  ")
    assert held.endswith("  1 call")
    assert cell_len(held) == cell_len(later) == width


def test_bodies_are_shown_of_what_was_named_only(project: Project) -> None:
    """Fifty bodies hide what matters; the one that somebody asks for is whole."""
    project.write({f"campaigns/{name}.yaml": campaign_text(name, title=name) for name in ("a", "b")})

    assert "MsgRandom" not in project.run("plan").assert_ok().out
    assert project.run("plan", "a").assert_ok().out.count("MsgRandom") == 1
    assert project.run("plan", "--bodies").assert_ok().out.count("MsgRandom") == 2
    assert "MsgRandom" not in project.run("plan", "campaigns").assert_ok().out


def test_of_a_list_the_shortest_the_longest_and_the_odd_texts_are_shown(project: Project) -> None:
    """Whoever looks at the first and the last of a thousand letters misses the one to nobody."""
    names = ["Bonnie", "Rong", "Al", "Maximiliana", "Ada"]
    rows = "".join(f"{number},{name}\n" for number, name in enumerate(names)) + "9,J  K\n"
    project.write(
        {
            "people.csv": f"account,name\n{rows}",
            "campaigns/letter.yaml": campaign_text(
                "letter",
                title="Hello {{ user.name }}",
                endpoint="timpush/batch",
                audience="{file: people.csv, column: account, personalize: [name]}",
                from_="administrator",
            ),
        }
    )

    text = project.run("plan", "letter").assert_ok().out

    assert re.findall(r'"Title": "(.*)"', text) == ["Hello Al", "Hello Maximiliana", "Hello J  K"]
    assert "… and 3 calls with texts between these in length" in text


def test_colours_say_what_the_words_say(quarter: _Quarter) -> None:
    """Everyone is the word that nobody may overlook."""
    text = quarter.text(width=200, paint=_marked, with_settled=True)

    assert "<error>everyone</error>" in text
    assert "everyone" not in text.replace("<error>everyone</error>", "")
    assert re.search(r"<dim>=</dim> <dim>a-sent@1 .*</dim>$", text, flags=re.MULTILINE)
    assert re.sub("</?[a-z]+>", "", text) == quarter.text(width=200, with_settled=True)
    assert "<bold>Plan:</bold> 1 to send" in text


def test_the_last_line_can_be_pasted(project: Project) -> None:
    """A command that needs to be mended is typed wrongly."""
    project.write(
        {"two words/pushspec.yaml": COUNTED_PROJECT, "two words/campaigns/a.yaml": campaign_text("a")}
    )

    lines = [
        project.run("plan", *more, "-C", "two words").assert_ok().out.splitlines()[-1]
        for more in ([], ["a*"], ["--select", "owner:*"], ["-o", "my plan.json"])
    ]

    assert lines == [
        "Next: pushspec apply -e sandbox -C 'two words'",
        "Next: pushspec apply 'a*' -e sandbox -C 'two words'",
        "Next: pushspec apply -e sandbox -C 'two words' --select 'owner:*'",
        "Next: pushspec apply 'my plan.json' -C 'two words'",
    ]
    assert project.run(*shlex.split(lines[-1])[2:], "-C", "two words").code == 0


def test_campaigns_are_chosen_by_folder_and_by_state(project: Project) -> None:
    """A team looks at its own folder, and in the evening at what still waits."""
    project.write(
        {
            "campaigns/shop/a.yaml": campaign_text("a", title="A"),
            "campaigns/shop/b.yaml": campaign_text(
                "b", title="B", schedule='{not_before: "2099-01-01T00:00:00Z"}'
            ),
            "campaigns/news/c.yaml": campaign_text("c", title="C"),
        }
    )

    assert _names(project.run("plan", "campaigns/shop/").assert_ok().out) == ["a", "b"]
    assert _names(project.run("plan", "./campaigns/news").assert_ok().out) == ["c"]
    assert _names(project.run("plan", "--select", "state:waiting").assert_ok().out) == ["b"]
    assert "did you mean 'waiting'?" in project.run("plan", "--select", "state:waitng").err
    assert project.run("preview", "--select", "state:send").code == 2


def test_a_plan_of_a_state_is_saved_by_its_files(project: Project) -> None:
    """Once a campaign is sent it is in another state, and still the one that was approved."""
    project.write({"campaigns/a.yaml": campaign_text("a")})
    project.run("plan", "--select", "state:send", "--save", "out/plan.json").assert_ok()

    assert "1 call sent" in project.run("apply", "out/plan.json").assert_ok().out
    assert "everything in it was sent" in project.run("apply", "out/plan.json").err


def test_a_report_is_written_beside_the_screen(project: Project) -> None:
    """The folder for it need not exist."""
    project.write({"campaigns/a.yaml": campaign_text("a")})

    shown = project.run("plan", "--report", "build/today/plan.txt").assert_ok().out

    assert (project.root / "build/today/plan.txt").read_text(encoding="utf-8") == shown


def test_a_warning_that_many_files_share_is_said_once(project: Project) -> None:
    """A thousand lines on the screen are read by nobody."""
    project.write(
        {
            f"campaigns/c{number:03}.yaml": campaign_text(f"c{number:03}", title="春" * 35)
            for number in range(200)
        }
    )

    outcome = project.run("plan").assert_ok()

    assert outcome.err.count("warning[title-cut]") == 1
    assert (
        "campaigns/c000.yaml:7:23, campaigns/c001.yaml:7:23, campaigns/c002.yaml:7:23 and 197 more"
        in outcome.err
    )
    assert len(outcome.err.splitlines()) < 10


def test_every_instant_of_a_view_is_in_the_zone_that_it_names(folder: Project) -> None:
    """Two offsets on one screen, and somebody sends at four in the morning."""
    folder.add("sale", schedule='{not_after: "2026-12-01T10:00:00Z"}')
    folder.add("over", schedule='{not_after: "2026-12-02T10:00:00-05:00"}')
    state = folder.sent(at=FRIDAY)
    folder.write({"pushspec.yaml": folder.text + "timezone: Asia/Tokyo\n"})
    folder.add("sale", version="2", schedule='{not_after: "2026-12-03T12:00:00-05:00"}')
    folder.add("over", version="2", title="Over", schedule='{not_after: "2026-11-01T10:00:00Z"}')

    plan = folder.plan(state=state)
    views = [
        plan_text(plan, width=200, with_settled=True),
        plan_html(plan),
        plan_markdown(plan, limit=60_000),
    ]

    for view in views:
        assert "Asia/Tokyo" in view
        assert "2026-12-04 02:00" in view
        assert not re.search(r"\d\d:\d\d (UTC|[+-]\d\d:\d\d)", view)
    assert "2026-11-01 19:00" in views[0]

"""Every screen as a picture in ``docs/screens``; ``make screens`` draws them anew, their diff is reviewed."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import click
import pytest
from screens import screen_svg
from story import NOON, Story, sent
from workbench import Project, campaign_text

from pushspec.api.doctor import examine
from pushspec.api.history import LogEntry, RecordedCampaign
from pushspec.api.project import load_project
from pushspec.api.recalling import plan_recall
from pushspec.api.report import CampaignReport, Counts, Loss, PlatformRow, Report, Summary
from pushspec.apply.result import RunResult, Stop
from pushspec.cli.main import root
from pushspec.cli.output import coloured
from pushspec.errors import SpecError
from pushspec.lockfile.reading import RefusedAccount
from pushspec.lockfile.status import status_of
from pushspec.operate.report import Earlier
from pushspec.plan.calendar import build_calendar
from pushspec.tencent.losses import loss_reason
from pushspec.views.apply_question import question_before
from pushspec.views.calendar_html import calendar_html
from pushspec.views.calendar_text import calendar_text
from pushspec.views.campaign_history import history_text
from pushspec.views.commands import Typed
from pushspec.views.doctor import doctor_text
from pushspec.views.log_text import entry_text, heading_text
from pushspec.views.outcome_text import Tally
from pushspec.views.plan_html import plan_html
from pushspec.views.plan_markdown import plan_markdown
from pushspec.views.plan_text import plan_text
from pushspec.views.problems import problems_text
from pushspec.views.recall_text import recall_plan_text, recall_question
from pushspec.views.report_html import report_html
from pushspec.views.report_text import report_text
from pushspec.views.run_text import run_text
from pushspec.views.status import StatusStyle, status_text
from pushspec.views.tones import marked
from pushspec.views.wrapping import PROSE, fitted

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushspec.lockfile.records import LossStage
    from pushspec.lockfile.state import LockState
    from pushspec.plan.build import Plan
    from pushspec.plan.calendar import Calendar
    from pushspec.views.tones import Paint

FOLDER = Path(__file__).parent.parent / "docs" / "screens"
PAGE = FOLDER / "README.md"
MOST_BYTES = 150_000
ZONE = ZoneInfo("Asia/Shanghai")
PROJECT = """\
apiVersion: pushspec/v1
kind: Project
name: acme-push
default_environment: sandbox
timezone: Asia/Shanghai
environments:
  sandbox: {sandbox: true, population: 1200000}
policy:
  require: [owner]
  quiet_hours: {from: "22:00", to: "08:00", timezone: Asia/Shanghai}
"""
TYPED = Typed(Path(), "sandbox")


class Scene(NamedTuple):
    """A project before and after a run that was refused an account, and that left a doubt.

    Attributes:
        project: Its folder.
        fresh: Its plan before the run.
        story: What its lockfile records of it.
        later: Its plan after the run.
    """

    project: Project
    fresh: Plan
    story: Story
    later: Plan

    @property
    def state(self) -> LockState:
        """Its lockfile after the run."""
        return self.story.state


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Four campaigns, of which two were sent and one is in doubt."""
    project = Project(tmp_path, text=PROJECT).write(
        {"pushspec.yaml": PROJECT, "people.txt": "".join(f"user{number}\n" for number in range(1_200))}
    )
    listed = {"endpoint": "timpush/batch", "from_": "courier", "audience": "{file: people.txt}"}
    window = '{not_before: "2026-12-03T10:00:00+08:00", not_after: "2026-12-03T12:00:00+08:00"}'
    texts = {
        "launch": campaign_text(
            "launch", title="ACME Pay is here", audience="{everyone: true}", owner="growth", schedule=window
        ),
        "parcel": campaign_text("parcel", title="Your parcel is here", owner="shop", **listed),
        "spring-sale": campaign_text("spring-sale", title="Spring sale: 20% off everything", owner="growth"),
        "flash": campaign_text(
            "flash", title="One hour only", audience="{tags: {all: [vip]}}", owner="growth"
        ),
    }
    project.write({f"campaigns/{name}.yaml": text for name, text in texts.items()})
    fresh = project.plan(now=NOON - timedelta(hours=6))
    story = Story(NOON - timedelta(hours=6))
    for name, refused in (("parcel", {"70107": ["user7", "user8"]}), ("spring-sale", {})):
        planned = next(it for it in fresh.campaigns if it.name == name)
        story.begun(planned)
        for call in planned.remaining_calls():
            story.tried(call, sent(call.key, refused if call.key.endswith(("@1", "#1")) else {}, at=story.at))
    flash = next(it for it in fresh.campaigns if it.name == "flash")
    (call,) = flash.remaining_calls()
    story.begun(flash).tried(call, None)
    return Scene(project, fresh, story, project.plan(now=NOON, state=story.state))


def _plan(scene: Scene, width: int, paint: Paint) -> str:
    return plan_text(
        scene.later, width=width, paint=paint, with_settled=True, next_steps=["pushspec status -e sandbox"]
    )


def _status(scene: Scene, width: int, paint: Paint) -> str:
    style = StatusStyle(TYPED, "pushspec.sandbox.lock", NOON, ZONE, 1_200_000, width, paint)
    return status_text(status_of(scene.state, NOON), style)


def _calendar(scene: Scene, width: int, paint: Paint) -> str:
    return calendar_text(_three_weeks(scene), width=width, paint=paint)


def _three_weeks(scene: Scene) -> Calendar:
    policy = load_project(scene.project.root).spec.project.policy
    return build_calendar(
        scene.later,
        scene.state,
        policy,
        now=NOON,
        zone=ZONE,
        zone_name=str(ZONE),
        first=date(2026, 11, 16),
        weeks=3,
    )


def _apply(scene: Scene, width: int, paint: Paint) -> str:
    """Return the question, a picture of the lines that move, and the end of a run that stopped."""
    project = load_project(scene.project.root)
    parcel = Tally("parcel@1", 3, 1_200)
    call = next(it for it in scene.fresh.campaigns if it.name == "parcel").sending.call(0)
    parcel.done_calls, parcel.done_people = 1, len(call.accounts)
    parcel.refused[70107, "timpush/batch"], parcel.refused_first[70107, "timpush/batch"] = (
        2,
        ["user7", "user8"],
    )
    moving = parcel.line(2.5)
    parcel.done_calls, parcel.done_people = 3, 1_200
    result = RunResult(Stop.IN_DOUBT, "a call is in doubt", sent=4, in_doubt=1, left=1, refused_accounts=2)
    end = run_text(result, scene.state, project, NOON, TYPED)
    question = question_before(scene.fresh).text
    text = f"{question}y\n{moving}{parcel.refused_lines()}{parcel.line(0)}  + spring-sale@1  sent\n{end}"
    return marked(fitted(text, min(width, PROSE)), paint)


def _show(scene: Scene, width: int, paint: Paint) -> str:
    del paint
    state = scene.state
    calls = list(state.calls_of("parcel@1"))
    refused = [RefusedAccount("parcel@1#1", name, 70107) for name in ("user7", "user8")]
    recorded = RecordedCampaign(state.campaigns["parcel@1"], calls, refused, {})
    return history_text(recorded, zone=ZONE, width=width)


def _log(scene: Scene, width: int, paint: Paint) -> str:
    del paint
    project = load_project(scene.project.root)
    heading = heading_text(project, NOON, width=width)
    entries = (LogEntry(record, True, 0, ()) for record in scene.story.records)
    return heading + "".join(entry_text(entry, ZONE, width=width) for entry in entries)


def _help(scene: Scene, width: int, paint: Paint) -> str:
    del scene, paint
    settings = {**root.context_settings, "terminal_width": min(width, 100)}
    return root.get_help(click.Context(root, info_name="pushspec", **settings)) + "\n"


def _validate(scene: Scene, width: int, paint: Paint) -> str:
    broken = campaign_text("wrong", title="Win #1", audience="", titel="Sale", owner="growth")
    scene.project.write({"campaigns/wrong.yaml": broken + "audiance: {tags: {any: [a]}}\n"})
    with pytest.raises(SpecError) as refused:
        scene.project.plan()
    return problems_text(refused.value.problems, paint=paint, width=width)


def _init(scene: Scene, width: int, paint: Paint) -> str:
    del width, paint
    return scene.project.run("init", "shop").assert_ok().out.partition("\nBefore the workflows")[0]


def _try(scene: Scene, width: int, paint: Paint) -> str:
    """Return a try in the sandbox, whose phones are there at once; its texts fold where sentences do."""
    del width
    asked = scene.project.run("try", "spring-sale", "--to", "ada, lin")
    (digest,) = re.findall(r"--confirm ([0-9a-f]+)", asked.err)
    sent_to = scene.project.run("try", "spring-sale", "--to", "ada, lin", "--confirm", digest).assert_ok()
    return marked(sent_to.out, paint)


def _report(scene: Scene, width: int, paint: Paint) -> str:
    del scene, paint
    return report_text(REPORT, width=width)


def _recall(scene: Scene, width: int, paint: Paint) -> str:
    project = load_project(scene.project.root)
    plan = plan_recall(project, "parcel", now=NOON, state=scene.state)
    text = recall_plan_text(plan, project, TYPED, NOON)
    return marked(fitted(text + recall_question(plan, "sandbox").text + "\n", min(width, PROSE)), paint)


def _doctor(scene: Scene, width: int, paint: Paint) -> str:
    project = load_project(scene.project.root)
    findings = examine(project, now=lambda: NOON, environ={})
    return doctor_text(findings, environment="sandbox", width=width, paint=paint)


def _summary(name: str, counts: Counts, platforms: tuple[PlatformRow, ...], *losses: Loss) -> Summary:
    return Summary(name, counts, counts, platforms, losses, None, 3, 3, NOON, is_settled=True)


def _loss(stage: LossStage, code: str, count: int) -> Loss:
    reason = loss_reason(code, "")
    return Loss(stage, code, count, reason.meaning, reason.advice)


def _reported(name: str, audience: str, summary: Summary, earlier: Earlier) -> CampaignReport:
    return CampaignReport(
        name=name,
        version=1,
        endpoint="timpush/batch" if "people" in audience else "timpush/push",
        audience=audience,
        sent_at=NOON - timedelta(hours=6),
        summary=summary,
        variants=(),
        calls=(),
        earlier=earlier,
        reached_compared=(),
        opened_compared=(),
        not_told=(),
        is_randomized=False,
    )


REPORT = Report(
    "acme-push",
    "sandbox",
    NOON,
    ZONE,
    NOON - timedelta(days=7),
    (
        _reported(
            "spring-sale",
            "tags any [vip]",
            _summary(
                "spring-sale@1",
                Counts(meant=48_210, refused=0, sent=48_210, reached=41_934, opened=5_871, lost=6_276),
                (
                    PlatformRow("apns", "offline", sent=21_400, reached=20_112, opened=3_204, lost=1_288),
                    PlatformRow("huawei", "offline", sent=14_020, reached=12_004, opened=1_622, lost=2_016),
                    PlatformRow("oppo", "offline", sent=12_790, reached=9_818, opened=1_045, lost=2_972),
                ),
                _loss("before_sending", "-1", 4_010),
                _loss("after_sending", "410", 2_266),
            ),
            Earlier(3, 0.881, 3, 0.121, 2),
        ),
        _reported(
            "parcel",
            "1,200 accounts from people.txt",
            _summary(
                "parcel@1",
                Counts(meant=1_200, refused=2, sent=1_198, reached=1_181, opened=640, lost=17),
                (
                    PlatformRow("apns", "offline", sent=698, reached=694, opened=402, lost=4),
                    PlatformRow("xiaomi", "offline", sent=500, reached=487, opened=238, lost=13),
                ),
                _loss("after_sending", "410", 17),
            ),
            Earlier(0, None, 0, None, 0),
        ),
    ),
    (),
    is_learnt=True,
)
"""Figures of two campaigns as the service tells them; their sums agree."""


SCREENS: dict[str, tuple[str, Callable[[Scene, int, Paint], str]]] = {
    "plan": ("pushspec plan --all", _plan),
    "calendar": ("pushspec calendar", _calendar),
    "apply": ("pushspec apply", _apply),
    "status": ("pushspec status", _status),
    "show": ("pushspec show parcel", _show),
    "log": ("pushspec log", _log),
    "try": ("pushspec try spring-sale", _try),
    "report": ("pushspec report", _report),
    "recall": ("pushspec recall parcel", _recall),
    "doctor": ("pushspec doctor", _doctor),
    "validate": ("pushspec validate", _validate),
    "init": ("pushspec init shop", _init),
    "help": ("pushspec --help", _help),
}


def _unpainted(text: str, tone: object) -> str:
    del tone
    return text


def _check(file: Path, shown: str, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--golden"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(shown, encoding="utf-8")
    assert shown == file.read_text(encoding="utf-8"), "`make screens` draws it anew; look at it"


@pytest.mark.parametrize("name", SCREENS)
@pytest.mark.parametrize("width", [80, 120])
def test_a_screen_reads_as_it_was_reviewed(
    name: str, width: int, scene: Scene, request: pytest.FixtureRequest
) -> None:
    """Somebody reads it at three in the morning, in half a window or in a whole one."""
    shown = SCREENS[name][1](scene, width, _unpainted)

    assert "\x1b" not in shown
    _check(FOLDER / f"{name}.{width}.txt", shown, request)


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_in_colour_looks_as_it_was_reviewed(
    name: str, scene: Scene, request: pytest.FixtureRequest
) -> None:
    """Colours are part of what people read."""
    title, draw = SCREENS[name]

    _check(FOLDER / f"{name}.svg", screen_svg(draw(scene, 100, coloured), title=title, width=100), request)


def test_the_page_of_a_plan_is_the_one_in_the_pictures(scene: Scene, request: pytest.FixtureRequest) -> None:
    """`scripts/screens` photographs this file: pixels differ between machines, the page does not."""
    _check(FOLDER / "plan.html", plan_html(scene.fresh), request)


def test_the_page_of_a_report_is_the_one_in_the_picture(request: pytest.FixtureRequest) -> None:
    """`scripts/screens` photographs this file, too."""
    _check(FOLDER / "report.html", report_html(REPORT), request)


def test_the_page_of_a_calendar_is_the_one_in_the_picture(
    scene: Scene, request: pytest.FixtureRequest
) -> None:
    """`scripts/screens` photographs this file, too."""
    _check(FOLDER / "calendar.html", calendar_html(_three_weeks(scene)), request)


def test_the_comment_of_a_pull_request_is_the_one_that_was_reviewed(
    scene: Scene, request: pytest.FixtureRequest
) -> None:
    """The code host draws it."""
    _check(FOLDER / "plan.md", plan_markdown(scene.fresh, limit=65_000), request)


def test_every_picture_is_shown_and_is_small() -> None:
    """A page with a missing picture is worse than one without; and whoever clones pays for each byte."""
    named = set(re.findall(r"\]\(([\w.-]+)\)", PAGE.read_text(encoding="utf-8")))
    files = {path.name: path.stat().st_size for path in FOLDER.iterdir() if path.name != PAGE.name}

    assert named == set(files)
    assert {name: size for name, size in files.items() if size > MOST_BYTES} == {}

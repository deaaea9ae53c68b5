"""The project's own examples: planned and sent as they are, and shown in the README as they come out."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pushspec.plan.states import CampaignState
from pushspec.spec.load import campaign_files, read_campaigns, read_project
from pushspec.spec.recipients import AudienceKind
from pushspec.tencent.endpoints import EndpointName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Project

    from pushspec.spec.campaign import Campaign

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README.zh-CN.md")
EXAMPLE = "campaigns/market-open.yaml"
IN_2026 = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
IN_2031 = datetime(2031, 1, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def examples(project: Project) -> Project:
    """A copy of the examples, in which commands may leave files."""
    for name in ("campaigns", "audiences", "templates"):
        shutil.copytree(ROOT / name, project.root / name)
    shutil.copy(ROOT / "pushspec.yaml", project.root)
    return project


def campaigns() -> list[Campaign]:
    """Return the examples as they are read."""
    project, _ = read_project(ROOT)
    assert project is not None
    specs, problems = read_campaigns(ROOT, campaign_files(ROOT), project.project)
    assert not problems
    return [spec.campaign for spec in specs]


def keys_in(value: object) -> Iterator[str]:
    """Yield every key of nested mappings."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_in(inner)


def test_the_examples_have_no_problem_in_any_environment(examples: Project) -> None:
    """People copy them: a warning in an example is a warning in every project."""
    outcome = examples.run("validate")

    assert (outcome.code, outcome.out) == (0, "no problems\n")


def test_the_examples_are_in_the_form_that_fmt_gives(examples: Project) -> None:
    """A diff of somebody's first change shows that change, and not a new order of keys."""
    assert examples.run("fmt", "--check").code == 0


def test_there_is_an_example_of_each_kind() -> None:
    """Whoever looks for a form finds one that works."""
    read = campaigns()
    audiences = [campaign.audience for campaign in read if campaign.audience is not None]
    conditions = [audience.tags for audience in audiences if audience.tags is not None]

    assert {campaign.endpoint for campaign in read} == set(EndpointName)
    # A query takes an extra, and a pinned list a store: both are no files that a plain install can read.
    apart = {AudienceKind.SQL, AudienceKind.USE}
    assert {audience.recipients.kind for audience in audiences} == set(AudienceKind) - apart
    assert any(condition.any and condition.not_ for condition in conditions)
    assert any(condition.any and condition.all for condition in conditions)
    assert any(audience.personalize and audience.exclude for audience in audiences)
    assert any(len(campaign.variants or ()) > 1 for campaign in read)
    assert any(campaign.schedule and campaign.schedule.not_after for campaign in read)
    assert all(campaign.owner and campaign.description and campaign.labels for campaign in read)


def test_the_bodies_of_the_examples_show_the_fields_that_people_ask_for(examples: Project) -> None:
    """Picture, card, languages, every phone maker, live activity: each in a body that is really built."""
    plan = examples.plan(now=IN_2026)
    bodies = [call.fields() for campaign in plan.campaigns for call in campaign.calls()]
    elements = {element["MsgType"] for body in bodies for element in body.get("MsgBody", [])}

    assert elements >= {"TIMTextElem", "TIMImageElem", "TIMCustomElem"}
    assert set(keys_in(bodies)) >= {
        "MultiLanguageContent", "LiveActivity", "HarmonyInfo", "MsgLifeTime", "BadgeAddNum",
        "XiaoMiChannelID", "OPPOChannelID", "VIVOCategory", "HuaWeiChannelID", "HonorImportance",
        "GoogleChannelID", "MeiZuNoticeMsgType", "WebInfo", "URL",
    }  # fmt: skip


@pytest.mark.parametrize("environment", ["sandbox", "prod"])
def test_the_examples_can_be_sent_but_for_the_one_that_waits(examples: Project, environment: str) -> None:
    """A plan of the example project shows a window that is open, and one that is not yet."""
    plan = examples.plan(environment=environment, now=IN_2026)
    states = {campaign.name: campaign.state for campaign in plan.campaigns}

    assert states.pop("new-year-2030") is CampaignState.WAITING
    assert set(states.values()) == {CampaignState.SEND}


def test_examples_with_a_window_are_never_sent_after_it(examples: Project) -> None:
    """Files stay in a repository for years."""
    states = {campaign.name: campaign.state for campaign in examples.plan(now=IN_2031).campaigns}

    assert states["new-year-2030"] is states["gold-members"] is CampaignState.EXPIRED


def test_the_service_takes_every_example_and_a_second_apply_sends_nothing(examples: Project) -> None:
    """The sandbox checks bodies by rules of its own, so this says more than that the plan could be built."""
    examples.run("plan", "-o", "plan.json").assert_ok()

    first = examples.run("apply", "plan.json").assert_ok()
    lockfile = (examples.root / "pushspec.sandbox.lock").read_bytes()
    second = examples.run("apply").assert_ok()

    assert "15 calls sent" in first.out
    assert "refused" not in first.out
    assert "\nNothing to send.\n" in second.out
    assert (examples.root / "pushspec.sandbox.lock").read_bytes() == lockfile


@pytest.mark.parametrize("readme", READMES)
def test_the_campaign_in_the_readme_is_the_example(readme: str) -> None:
    """What people read first must be what works."""
    assert (ROOT / EXAMPLE).read_text(encoding="utf-8") in (ROOT / readme).read_text(encoding="utf-8")


@pytest.mark.parametrize("readme", READMES)
def test_what_the_readme_shows_is_what_is_printed(
    readme: str, examples: Project, request: pytest.FixtureRequest
) -> None:
    """Output that was typed by hand is wrong within a month; `make golden` writes it anew."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    for command, shown in console_blocks(text):
        misspelt = command == "validate"
        rewrite(examples.root / EXAMPLE, *(("not: [", "nott: [") if misspelt else ("nott: [", "not: [")))
        outcome = examples.run(*command.split())
        printed = left_out(settled(outcome.out + outcome.err), shown)
        if request.config.getoption("golden"):
            rewrite(ROOT / readme, shown, printed)
        else:
            assert printed == shown, command


def console_blocks(text: str) -> Iterator[tuple[str, str]]:
    """Yield command and output of each example in a README."""
    for block in re.findall(r"```console\n\$ pushspec (.*?)```", text, flags=re.DOTALL):
        command, _, shown = block.partition("\n")
        yield command, shown


def left_out(printed: str, shown: str) -> str:
    """Return what was printed, its beginning left out where a README does so with three dots."""
    if not shown.startswith("…\n"):
        return printed
    first_word = shown.split()[1]
    return f"…\n{printed[printed.index(first_word) :]}"


def settled(text: str) -> str:
    """Return the text with one instant and one task for all, since those differ each time."""
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2026-12-01 02:00:00", text)
    return re.sub(r"task [0-9a-f_]+", "task 53724e00_144115188075855872_1796090400_1", text)


def rewrite(path: Path, old: str, new: str) -> None:
    """Replace a text in a file."""
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

"""Whole plans as people and machines get them; ``make golden`` rewrites them, their diff is reviewed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from screens import screen_svg
from story import Story, not_sent, sent
from workbench import NOON

from pushspec.cli.output import coloured
from pushspec.lockfile.state import LockState
from pushspec.views.plan_json import plan_json
from pushspec.views.plan_text import plan_text
from pushspec.views.problems import problems_text

if TYPE_CHECKING:
    from workbench import Project

    from pushspec.plan.build import Plan

GOLDEN = Path(__file__).parent.parent / "golden"
SCREENS = Path(__file__).parent.parent.parent / "docs" / "screens"
HEAD = "apiVersion: pushspec/v1\nkind: Campaign\nname: {name}\nversion: 1\nowner: growth\n"
PROJECT = """\
apiVersion: pushspec/v1
kind: Project
name: acme-push
default_environment: prod
vars: {brand: ACME}
environments:
  prod:
    sdk_app_id: 1400123456
    region: singapore
    secret_key: {env: TIM_SECRET_KEY}
    population: 1200000
policy:
  require: [owner]
"""
CASES: dict[str, dict[str, str]] = {
    "one-push": {
        "campaigns/a.yaml": HEAD.format(name="spring-sale")
        + "endpoint: timpush/push\nfrom: administrator\naudience: {tags: {any: [股票A, 股票B]}}\n"
        + 'notification: {title: "{{ brand }}: 20% off", desc: Until noon., ext: {page: /sale}}\n'
    },
    "every-endpoint": {
        "people.txt": "".join(f"user{number}\n" for number in range(1_201)) + "user7\n",
        "gone.txt": "user3\n",
        "campaigns/a.yaml": HEAD.format(name="all-hands")
        + "endpoint: timpush/push\naudience: {everyone: true}\nmessage: [{text: 大家好}]\n"
        + "exceptions: [{policy: everyone, reason: asked for by the board}]\n",
        "campaigns/b.yaml": HEAD.format(name="legacy")
        + "endpoint: all_member_push/im_push\naudience: {attributes: {all: {city: 深圳}}}\n"
        + "delivery: {lifetime: 2h}\nmessage: [{text: Rain tonight}]\n",
        "campaigns/c.yaml": HEAD.format(name="parcel")
        + "endpoint: timpush/batch\nfrom: courier\naudience: {file: people.txt, exclude: [gone.txt]}\n"
        + "notification: {title: Your parcel is here, desc: At the front door}\n",
        "campaigns/d.yaml": HEAD.format(name="receipt")
        + "endpoint: openim/batchsendmsg\nnotification: {title: Shop, desc: Thank you}\n"
        + "message: [{text: Thank you}]\n"
        + "variants:\n  - {name: en, audience: {accounts: [rong, ada]}}\n"
        + "  - {name: zh, audience: {accounts: [bonnie]}, message: [{text: 谢谢}]}\n",
        "campaigns/e.yaml": HEAD.format(name="catalogue")
        + "endpoint: timpush/webpush\naudience: {tags: {any: [readers]}}\n"
        + "web: {title: The catalogue, desc: is online, url: 'https://example.com/'}\n",
        "campaigns/f.yaml": HEAD.format(name="invoice")
        + "endpoint: timpush/webbatch\nfrom: billing\naudience: {accounts: [bonnie, rong]}\n"
        + "web: {title: Your invoice}\nmessage: {title: Your invoice, page: /invoices}\n",
    },
    "cut-texts": {
        "campaigns/a.yaml": HEAD.format(name="long-words")
        + "endpoint: timpush/push\naudience: {tags: {all: [readers]}}\n"
        + f"notification: {{title: {'春' * 35}, desc: {'Flowers 🌸 ' * 6}}}\n"
    },
    "every-state": {
        f"campaigns/{name}.yaml": HEAD.format(name=name)
        + "endpoint: timpush/push\naudience: {tags: {any: ["
        + name
        + f"]}}}}\nnotification: {{title: About {name}, desc: Words on {name}}}\n"
        + more
        for name, more in {
            "new": "",
            "sent": "",
            "edited": "",
            "later": "schedule: {not_before: 2026-12-01T10:00:00+08:00, not_after: 2026-12-01T12:00:00Z}\n",
            "too-late": "schedule: {not_after: 2026-11-01T10:00:00+08:00}\n",
            "no-outcome": "",
            "refused": "",
            "without-owner": "",
        }.items()
    },
}


def _plan(project: Project, case: str) -> Plan:
    project.write({"pushspec.yaml": PROJECT, **CASES[case]})
    if case != "every-state":
        return project.plan(state=LockState())
    unowned = CASES[case]["campaigns/without-owner.yaml"].replace("owner: growth\n", "")
    project.write({"campaigns/without-owner.yaml": unowned})
    return project.plan(state=_told(project))


def _told(project: Project) -> LockState:
    before = {campaign.name: campaign for campaign in project.plan(state=LockState()).campaigns}
    story = Story(NOON - timedelta(days=2))
    story.records[0] = story.records[0].model_copy(
        update={"sdk_app_id": 1_400_123_456, "environment": "prod"}
    )
    for name in ("sent", "edited", "no-outcome", "refused"):
        (call,) = before[name].remaining_calls()
        outcome = {
            "no-outcome": None,
            "refused": not_sent(call.key, 90001),
        }.get(name, sent(call.key))
        story.begun(before[name]).tried(call, outcome)
    edited = CASES["every-state"]["campaigns/edited.yaml"].replace("Words on", "More words on")
    project.write({"campaigns/edited.yaml": edited})
    return story.state


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("form", ["plan.80.txt", "plan.120.txt", "plan.json", "warnings.txt"])
def test_a_plan_looks_as_it_was_reviewed(
    project: Project, request: pytest.FixtureRequest, case: str, form: str
) -> None:
    """What people approve is this text: a change of it is a change of the product."""
    plan = _plan(project, case)
    shown = {
        "plan.80.txt": lambda: plan_text(plan, width=80, with_bodies=True, with_settled=True),
        "plan.120.txt": lambda: plan_text(plan, width=120, with_bodies=True, with_settled=True),
        "plan.json": lambda: plan_json(plan),
        "warnings.txt": lambda: problems_text(plan.warnings),
    }[form]()
    file = GOLDEN / case / form
    if request.config.getoption("--golden"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(shown, encoding="utf-8")

    assert shown == file.read_text(encoding="utf-8"), "`make golden` rewrites it; review the diff"


@pytest.mark.parametrize("case", ["every-state", "every-endpoint"])
def test_a_plan_in_colour_looks_as_it_was_reviewed(
    project: Project, request: pytest.FixtureRequest, case: str
) -> None:
    """Colours are part of what people read; `make screens` draws them anew."""
    plan = _plan(project, case)
    text = plan_text(
        plan, width=100, paint=coloured, with_settled=True, next_steps=["pushspec apply -e prod"]
    )
    shown = screen_svg(text, title="pushspec plan --all", width=100)
    file = SCREENS / f"plan-{case}.svg"
    if request.config.getoption("--golden"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(shown, encoding="utf-8")

    assert shown == file.read_text(encoding="utf-8"), "`make screens` draws it anew; look at it"

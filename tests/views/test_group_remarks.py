"""Warnings that campaigns share: once for people, and beside every file for tools that mark lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pushspec.views.plan_html import plan_html
from pushspec.views.plan_markdown import plan_markdown
from pushspec.views.plan_problems import plan_problems
from pushspec.views.plan_text import plan_text
from pushspec.views.problems_github import problems_github
from pushspec.views.problems_sarif import problems_sarif
from pushspec.views.tried import tried_texts

if TYPE_CHECKING:
    from workbench import Project

    from pushspec.plan.build import Plan

ALIKE = 150
GROUP = "spring-000@1, spring-001@1, spring-002@1 and 147 more have the same text for the same people"


@pytest.fixture
def plan(folder: Project) -> Plan:
    """A plan of many campaigns that say the same to the same people."""
    for number in range(ALIKE):
        folder.add(f"spring-{number:03}")
    return folder.plan()


def test_people_read_a_shared_remark_once(plan: Plan) -> None:
    """A pull request with hundreds of remarks is approved unread."""
    shown = {
        "text": " ".join(plan_text(plan, width=100).split()),
        "markdown": plan_markdown(plan, limit=10_000_000),
        "html": plan_html(plan),
    }

    assert {form: text.count(GROUP) for form, text in shown.items()} == dict.fromkeys(shown, 1)
    assert {form: text.count("same-people: ") for form, text in shown.items()} == dict.fromkeys(shown, 1)


def test_a_shared_remark_says_whose_it_is(plan: Plan) -> None:
    """Said once, it must still lead to the campaigns that carry it, and names none of them twice."""
    assert f"\nwarning: same-text: {GROUP}\n" in plan_text(plan, width=300)
    assert f"- ⚠️ `same-text: {GROUP}`\n" in plan_markdown(plan, limit=10_000_000)


def test_a_shared_remark_that_names_others_says_whose_it_is(folder: Project) -> None:
    """The push to everyone meets four campaigns, and its name alone would not lead to them."""
    folder.add("all-hands", title="All", audience="{everyone: true}")
    for number in range(4):
        folder.add(f"c{number}", title=f"{number}", audience=f"{{tags: {{any: [t{number}]}}}}")

    words = "same-people: the same people (part of everyone) get all-hands@1 within a day"
    assert f"warning: c0@1, c1@1, c2@1 and 1 more: {words}\n" in plan_text(folder.plan(), width=300)


def test_what_will_never_go_meets_nobody(folder: Project) -> None:
    """An expired campaign stays in its file for years; nobody gets it twice, and nobody is to try it."""
    folder.write({"pushspec.yaml": f"{folder.text.rstrip()[:-1]}, testers: {{accounts: [ada]}}}}\n"})
    window = '{not_before: "2026-11-18T10:00:00Z", not_after: "2026-11-19T10:00:00Z"}'
    folder.add("old", title="Old", schedule=window).add("new", title="New")

    plan = folder.plan()
    text = plan_text(plan, width=100)
    by_name = {it.name: it for it in plan.campaigns}

    assert by_name["old"].state == "expired"
    assert by_name["old"].policy_results == by_name["new"].policy_results == ()
    assert "same-people" not in text
    assert [name for name, it in by_name.items() if tried_texts(it, plan)] == ["new"]


def test_every_file_of_a_group_has_its_remark(plan: Plan) -> None:
    """Whoever adds the next copy sees it on that file; the first one is no copy."""
    problems = plan_problems(plan)

    results = json.loads(problems_sarif(problems, version="1"))["runs"][0]["results"]
    copies = [result for result in results if result["ruleId"] == "same-text"]
    places = [result["locations"][0]["physicalLocation"] for result in copies]
    assert [place["artifactLocation"]["uri"] for place in places] == [
        f"campaigns/spring-{number:03}.yaml" for number in range(1, ALIKE)
    ]
    assert all(place["region"]["startLine"] for place in places)
    assert problems_github(problems).count("::warning title=same-text,") == ALIKE - 1


def test_a_remark_of_a_few_stands_beside_each(folder: Project) -> None:
    """Two campaigns to everyone are read one by one, and each says how far it goes."""
    for name in ("a", "b"):
        folder.add(name, title=name, audience="{everyone: true}")

    text = plan_text(folder.plan(), width=100)

    assert "a@1 · campaigns/a.yaml\n  warning: everyone: it goes to every user" in text
    assert "b@1 · campaigns/b.yaml\n  warning: everyone: it goes to every user" in text


def test_a_plan_of_many_says_of_a_pair_once_what_both_are_warned_of(folder: Project) -> None:
    """Twelve pairs with a section each are six screens; whoever is named once is found by name."""
    for number in range(24):
        folder.add(f"c{number:02}", title=str(number), audience=f"{{tags: {{any: [t{number % 12}]}}}}")

    text = plan_text(folder.plan(), width=200)

    assert "\nwarning: same-people: the same people (tag t3) get c03@1 and c15@1 within a day\n" in text
    assert text.count("same-people: ") == 12
    assert "c03@1 · campaigns/c03.yaml" not in text


def test_a_remark_does_not_name_the_campaign_to_itself(folder: Project) -> None:
    """“a@1 has the same text as a@1” sends people looking for a mistake that is none."""
    folder.add("a").add("b")

    text = plan_text(folder.plan(), width=100)

    assert "warning: same-people: the same people (tag A) get b@1 within a day, too" in text
    assert "warning: same-text: the same text for the same people as a@1" in text


def test_a_list_of_accounts_is_never_explained_by_a_hash(folder: Project) -> None:
    """Nobody knows their readers by eight hexadecimal digits."""
    for name in ("a", "b"):
        folder.add(name, title=name, endpoint="timpush/batch", audience="{accounts: [rong]}", from_="admin")

    assert "the same people (one list of accounts) get b@1 within a day" in plan_text(
        folder.plan(), width=100
    )


def test_a_policy_that_warns_of_everybody_differently_gets_one_line(folder: Project) -> None:
    """Hundreds of such lines hide the one that matters; each campaign's own plan has its own."""
    for number in range(50):
        folder.add(f"c{number:02}", title=str(number), audience=f"{{tags: {{any: [t{number % 25}]}}}}")

    plan = folder.plan()
    shown = {
        "text": " ".join(plan_text(plan, width=100).split()),
        "markdown": plan_markdown(plan, limit=10_000_000),
        "html": plan_html(plan),
    }

    many = "same-people: 25 warnings; pushspec plan NAME shows those of a campaign"
    assert {form: text.count(many) for form, text in shown.items()} == dict.fromkeys(shown, 1)
    assert {form: text.count("same-people: ") for form, text in shown.items()} == dict.fromkeys(shown, 1)
    assert "c00@1, c25@1, c01@1 and 47 more" in shown["text"]

"""`explain` knows what problems show in brackets, and what the service answers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pushspec
from pushspec.api.rules import explain_rule, known_rules
from pushspec.spec.policy import PolicyName

if TYPE_CHECKING:
    from workbench import Project

PACKAGE = Path(pushspec.__file__).parent
DOES = re.compile(
    "(Ask|Check|Choose|Compare|Correct|Finish|Give|Let|Look|Move|Name|Narrow|Put|Raise|Read|Reword|Run|Schedule|See"
    "|Send|Shorten|Take|Use|Write) "
)
"""How a sentence begins that tells a person what to do."""
LEAST = 8
"""Words of a sentence that says enough without naming a key or a command."""


def test_every_entry_of_both_pages_says_something() -> None:
    """No name stands on both pages, and none is empty or runs into the next."""
    names = known_rules()
    headings = [
        line.split()[1]
        for page, mark in (("rules.md", "### "), ("policies.md", "## "))
        for line in (PACKAGE.parent / "docs" / page).read_text(encoding="utf-8").split("\n")
        if line.startswith(mark)
    ]

    assert sorted(headings) == list(names)
    for name in names:
        rule = explain_rule(name)
        assert rule.text
        assert rule.fix
        assert "](" not in rule.text + rule.fix
        assert "## " not in rule.text + rule.fix
        assert "```" not in rule.text + rule.fix


def test_a_rule_is_told_with_what_to_do_and_its_page(project: Project) -> None:
    """What `error[yaml-tab]` means is one command away."""
    shown = project.run("explain", "yaml-empty").assert_ok().out

    assert shown == (
        "yaml-empty  (rule)\n  The file is empty. It was probably saved too early.\n\n"
        "  what to do: Write a campaign into it, or delete it.\n  page: docs/rules.md#yaml-empty\n"
    )


def test_a_policy_is_told_with_its_example(project: Project) -> None:
    """The example keeps its lines, to be copied."""
    shown = project.run("explain", "quiet-hours").assert_ok().out

    assert shown.startswith("quiet-hours  (policy)\n  Error. The campaign would leave in these hours")
    assert '\n  policy:\n    quiet_hours: {from: "22:00", to: "08:00", timezone: Asia/Shanghai}\n' in shown
    assert shown.endswith("page: docs/policies.md#quiet-hours\n")


def test_each_policy_names_something_of_its_own_that_a_person_can_do() -> None:
    """One sentence for all is wrong for most: no file lifts `approvals`, and no setting mends a list."""
    policies = [rule for name in known_rules() if (rule := explain_rule(name)).is_policy]
    fixes = [rule.fix for rule in policies]

    assert {rule.name for rule in policies} == set(PolicyName)
    assert len(set(fixes)) == len(fixes)
    assert [rule.name for rule in policies if not DOES.match(rule.fix)] == []
    assert [rule.name for rule in policies if "`" not in rule.fix and len(rule.fix.split()) < LEAST] == []
    assert "lift" not in explain_rule("approvals").fix


@pytest.mark.parametrize(("name", "kind"), [("yaml-empty", "rule"), ("pace", "policy")])
def test_programs_read_it_as_json(project: Project, name: str, kind: str) -> None:
    """As they read codes."""
    told = json.loads(project.run("explain", name, "--format", "json").assert_ok().out)

    (entry,) = told["rules"]
    assert (told["format_version"], entry["name"], entry["kind"]) == (1, name, kind)
    assert entry["fix"]
    assert entry["text"]


def test_a_code_is_still_a_number(project: Project) -> None:
    """The one argument takes both."""
    assert project.run("explain", "90024").assert_ok().out.startswith("90024  ")


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("quiet-hour", "did you mean 'quiet-hours'?"),
        ("unknown_key", "did you mean 'unknown-key'?"),
        ("zzz", "docs/rules.md and docs/policies.md list them"),
        ("9" * 5000, "docs/rules.md and docs/policies.md list them"),
    ],
)
def test_a_name_that_nobody_knows_names_the_nearest(project: Project, word: str, hint: str) -> None:
    """A slip costs one look, and ends with 2."""
    refused = project.run("explain", word)

    assert (refused.code, refused.out) == (2, "")
    assert hint in refused.err

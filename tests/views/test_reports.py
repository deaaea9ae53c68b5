"""Problems for GitHub and for SARIF readers: every remark on its line, and no remark that acts."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from pushspec.problems import Level, Location, Problem
from pushspec.sanitize import printable
from pushspec.views.plan_problems import plan_problems
from pushspec.views.problems_github import problems_github
from pushspec.views.problems_sarif import problems_sarif

if TYPE_CHECKING:
    from workbench import Project

PROBLEM = Problem(
    Location("campaigns/sale.yaml", 7, 10, "  title: x"),
    "title-cut",
    "title is cut: 50%, by oppo",
    "shorten it",
    Level.WARNING,
)


def test_a_problem_becomes_a_remark_on_its_line() -> None:
    """The reviewer sees it beside the line, without opening a log."""
    place = "title=title-cut,file=campaigns/sale.yaml,line=7,col=10"
    text = "title is cut: 50%25, by oppo%0Ashorten it"
    assert problems_github([PROBLEM]) == f"::warning {place}::{text}\n"


def test_a_problem_of_a_whole_file_has_no_line() -> None:
    """GitHub would put line 0 nowhere."""
    problem = Problem(Location("a, b:c.yaml"), "unreadable-file", "it is a folder")

    assert (
        problems_github([problem]) == "::error title=unreadable-file,file=a%2C b%3Ac.yaml::it is a folder\n"
    )


@given(file=st.text(min_size=1), message=st.text(), hint=st.text())
def test_no_text_ends_its_command_or_begins_another(file: str, message: str, hint: str) -> None:
    """A title such as ::set-env:: is text, whatever line breaks it holds."""
    text = problems_github([Problem(Location(file, 1, 1), "rule", message, hint)])

    assert text.startswith("::error title=rule,file=")
    assert text.count("\n") == 1
    assert len(text.splitlines()) == 1
    _, properties, data = text.rstrip("\n").split("::", 2)
    decoded = data.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
    assert decoded == printable(message) + (f"\n{printable(hint)}" if hint else "")
    assert len(properties.split(",")) == 4


def test_sarif_names_the_rule_and_the_place() -> None:
    """Code hosts show it in the list of findings, and editors jump to it."""
    log = json.loads(problems_sarif([PROBLEM], version="1.2.3"))

    run = log["runs"][0]
    assert log["version"] == "2.1.0"
    assert run["tool"]["driver"] == {"name": "pushspec", "version": "1.2.3", "rules": [{"id": "title-cut"}]}
    assert run["results"] == [
        {
            "ruleId": "title-cut",
            "ruleIndex": 0,
            "level": "warning",
            "message": {"text": "title is cut: 50%, by oppo. shorten it"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": "campaigns/sale.yaml"},
                        "region": {"startLine": 7, "startColumn": 10},
                    }
                }
            ],
        }
    ]


def test_sarif_writes_odd_file_names_as_addresses() -> None:
    """A blank or a Chinese character is not allowed in an address."""
    log = json.loads(problems_sarif([Problem(Location("campaigns/春 a.yaml", 1), "r", "m")], version="1"))

    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert re.fullmatch(r"[\w/.%-]+", place["artifactLocation"]["uri"], re.ASCII)
    assert place["region"] == {"startLine": 1}


def test_no_problems_are_a_run_without_results() -> None:
    """An empty file would look like a failed run, and keep old findings open."""
    assert json.loads(problems_sarif([], version="1"))["runs"][0]["results"] == []


def test_what_a_policy_says_stands_on_the_line_it_is_about(folder: Project) -> None:
    """A blocked campaign is an error beside the line that blocks it; a lifted one is still seen."""
    folder.policy("{allowed_senders: [news]}").add(from_="someone")
    folder.add(
        "lifted", title="Other", from_="someone", exceptions="[{policy: allowed-senders, reason: once}]"
    )

    found = {
        problem.location.file: problem
        for problem in plan_problems(folder.plan())
        if problem.rule == "allowed-senders"
    }

    assert found["campaigns/sale.yaml"].level is Level.ERROR
    assert found["campaigns/sale.yaml"].location.text == "from: someone"
    assert found["campaigns/lifted.yaml"].level is Level.WARNING
    assert found["campaigns/lifted.yaml"].message == "someone is not one of news; lifted: once"

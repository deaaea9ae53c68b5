"""``--report``: each file in the form of its ending, and in the language of that form."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from workbench import CAMPAIGN, PROJECT, Project

if TYPE_CHECKING:
    from pathlib import Path

BEGINS = {
    "plan.txt": "acme-push · ",
    "plan.md": "## Push plan",
    "plan.html": "<!doctype html>",
    "plan.json": "{",
    "plan.sarif": "{",
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with one campaign."""
    return Project(tmp_path).write({"pushspec.yaml": PROJECT, "campaigns/hello.yaml": CAMPAIGN})


@pytest.mark.parametrize("form", ["text", "json"])
def test_each_report_has_the_form_of_its_ending(project: Project, form: str) -> None:
    """A page for the approver and a comment for the merge request come from one plan."""
    told = [argument for name in BEGINS for argument in ("--report", f"out/{name.upper()}")]

    shown = project.run("plan", "--format", form, *told).assert_ok()

    for name, begins in BEGINS.items():
        assert (project.root / "out" / name.upper()).read_text().startswith(begins), name
    assert json.loads((project.root / "out/PLAN.SARIF").read_text())["version"] == "2.1.0"
    assert shown.out.startswith(BEGINS["plan.txt" if form == "text" else "plan.json"])


@pytest.mark.parametrize("form", ["text", "json"])
def test_each_report_has_the_language_of_its_form(project: Project, form: str) -> None:
    """What a program reads stays English beside a Chinese page, whatever is shown."""
    told = ("--report", "plan.txt", "--report", "plan.json", "--report", "plan.html")
    english = project.plan_json()["campaigns"]

    project.run("--lang", "zh", "plan", "--format", form, *told).assert_ok()

    assert "计划：" in (project.root / "plan.txt").read_text()
    assert "发送" in (project.root / "plan.html").read_text()
    campaigns = json.loads((project.root / "plan.json").read_text())["campaigns"]
    assert [it["reason"] for it in campaigns] == [it["reason"] for it in english]
    assert [it["audience"] for it in campaigns] == [it["audience"] for it in english]


@pytest.mark.parametrize(
    ("command", "name", "endings"),
    [
        (["plan"], "plan.ics", ".html, .json, .md, .sarif, .txt"),
        (["calendar"], "weeks.json", ".html, .ics, .md, .txt"),
        (["diff", "--base", "HEAD"], "diff.html", ".json, .md, .txt"),
        (["report"], "report.sarif", ".html, .json, .md, .txt"),
    ],
)
def test_an_ending_that_a_command_does_not_write_is_an_error(
    project: Project, command: list[str], name: str, endings: str
) -> None:
    """Nobody opens a page that holds plain text; and nothing was asked or written before the error."""
    done = project.run(*command, "--report", "first.txt", "--report", name)

    ending = name[name.index(".") :]
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        f"error: {name}: no report has the ending {ending}\nhint: the ending says the form: {endings}\n"
    )
    assert not (project.root / "first.txt").exists()


def test_a_name_without_an_ending_takes_the_format(project: Project) -> None:
    """A pipe and the summary of a CI job have none."""
    project.run("plan", "--format", "markdown", "--report", "summary").assert_ok()

    assert (project.root / "summary").read_text().startswith(BEGINS["plan.md"])


def test_the_other_commands_write_several_reports_too(project: Project) -> None:
    """The calendar is a page for the team, and a feed for its calendars."""
    project.run("calendar", "--report", "weeks.html", "--report", "weeks.ics").assert_ok()

    assert (project.root / "weeks.html").read_text().startswith("<!doctype html>")
    assert (project.root / "weeks.ics").read_text().startswith("BEGIN:VCALENDAR")


def test_sarif_may_be_called_json_and_other_endings_mean_the_same(project: Project) -> None:
    """Workflows that upload results name such files, and did before endings counted."""
    names = ("x.json", "x.markdown", "x.htm", "x.log")
    told = [argument for name in names for argument in ("--report", name)]

    project.run("plan", "--format", "sarif", *told).assert_ok()

    written = {path.name: path.read_text() for path in project.root.glob("x.*")}
    assert json.loads(written["x.json"])["version"] == "2.1.0"
    assert written["x.markdown"].startswith(BEGINS["plan.md"])
    assert written["x.htm"].startswith(BEGINS["plan.html"])
    assert written["x.log"].startswith(BEGINS["plan.txt"])

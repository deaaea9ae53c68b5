"""What ``plan`` reads, and what it leaves alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.kit import ServedProject

_NOWHERE = "postgresql://pushspec@127.0.0.1:1/locks"


def _locked_elsewhere(project: ServedProject) -> None:
    text = (project.root / "pushspec.yaml").read_text()
    project.write(
        {"pushspec.yaml": text.replace("    secret_key", f"    lock: {_NOWHERE}\n    secret_key", 1)}
    )


def test_a_lockfile_out_of_reach_is_noted_in_the_plan(
    project: ServedProject, campaign: Callable[..., str]
) -> None:
    """A reviewer must not take "to send" for "never sent"."""
    _locked_elsewhere(project)
    project.write({"campaigns/hello.yaml": campaign()})

    outcome = project.run("plan")

    assert outcome.code == 0
    assert "the lockfile could not be read, so everything shows as unsent" in outcome.out
    assert project.run("apply", "--confirm", "0" * 12).code == 8


def test_offline_no_place_elsewhere_is_asked(project: ServedProject, campaign: Callable[..., str]) -> None:
    """The project file of a pull request is a stranger's, and so is the address of its lockfile."""
    _locked_elsewhere(project)
    project.write({"campaigns/hello.yaml": campaign()})

    outcome = project.run("plan", "--offline")

    assert outcome.code == 0
    assert f"offline: {_NOWHERE} was not read" in outcome.out


def test_a_password_in_the_lock_is_an_error_and_not_shown(project: ServedProject) -> None:
    """It would stand in git, in the plan and in the lockfile."""
    text = (project.root / "pushspec.yaml").read_text()
    lock = "    lock: postgresql://ada:hunter2@db.example.com/locks\n    secret_key"
    project.write({"pushspec.yaml": text.replace("    secret_key", lock, 1)})

    outcome = project.run("plan")

    assert outcome.code == 1
    assert "error[literal-secret]: lock holds a password" in outcome.err
    assert "hunter2" not in outcome.out + outcome.err


def test_a_missing_audience_is_told_beside_a_template_that_fails(
    project: ServedProject, campaign: Callable[..., str]
) -> None:
    """Every problem in one run: mending one must not bring up another."""
    project.write({"campaigns/hello.yaml": campaign(audience=None, notification="{title: '{{ nobody }}'}")})

    outcome = project.run("plan")

    assert "error[audience-missing]" in outcome.err
    assert "error[template-undefined]" in outcome.err


@pytest.mark.parametrize("files", [{}, {"campaigns/hello.yaml.bak": "", "campaigns/.hello.yaml": ""}])
def test_a_project_without_a_campaign_file_is_warned(project: ServedProject, files: dict[str, str]) -> None:
    """A folder with another name, or none, must not look like a plan in which all is sent."""
    project.write(files)

    plan, check = project.run("plan"), project.run("validate")

    for outcome, told in ((plan, plan.err), (check, check.out)):
        assert outcome.code == 0
        assert "campaigns: warning[campaign-files-missing]: the project has no campaign" in told
        assert "hint: put campaigns into campaigns/ beside pushspec.yaml" in told
    assert check.out.endswith("1 warning\n")
    assert "campaign-files-missing" in project.run("plan", "--format", "github").out

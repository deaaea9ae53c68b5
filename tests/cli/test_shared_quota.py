"""Environments of one app share its day: a plan counts what it may read and says what it did not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from workbench import CAMPAIGN, Project

from cli.test_trust import Ear, ear

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ear"]

APP = "sdk_app_id: 1400000001, region: singapore, secret_key: {env: TIM_SECRET_KEY}"
UNCOUNTED = "the lockfile of night, which shares the app, was not read (--online reads it)"


@pytest.fixture
def project(tmp_path: Path, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Two environments of one app; the lockfile of one is in a database."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.delenv("PUSHSPEC_ONLINE", raising=False)
    monkeypatch.setenv("TIM_SECRET_KEY", "0123456789abcdef")
    night = f"{APP}, lock: 'postgresql://pushspec@127.0.0.1:{ear.port}/db#night'"
    project = Project(tmp_path / "project").write(
        {
            "pushspec.yaml": "apiVersion: pushspec/v1\nkind: Project\nname: acme\ndefault_environment: day\n"
            f"environments:\n  day: {{{APP}}}\n  night: {{{night}}}\n",
            "campaigns/hello.yaml": CAMPAIGN,
        }
    )
    project.run("lock", "init", "-e", "day").assert_ok()
    return project


@pytest.mark.parametrize("form", ["text", "json", "markdown", "github"])
def test_a_plan_says_whose_pushes_it_did_not_count(project: Project, ear: Ear, form: str) -> None:
    """The number of pushes left would be a promise that nobody can keep."""
    visits = ear.visits

    outcome = project.run("plan", "--format", form).assert_ok()

    assert UNCOUNTED in " ".join(outcome.out.split())
    assert ear.visits == visits


def test_trust_in_one_place_opens_no_other(project: Project, ear: Ear) -> None:
    """A pull request can add an environment whose lockfile is at a stranger's server."""
    text = (project.root / "pushspec.yaml").read_text()
    own = text.replace(f"day: {{{APP}}}", f"day: {{{APP}, lock: 'postgresql://pushspec@127.0.0.1:1/db#day'}}")
    project.write({"pushspec.yaml": own})
    project.run("trust", "-e", "day").assert_ok()
    visits = ear.visits

    project.run("plan")

    assert ear.visits == visits


def test_a_place_that_this_user_trusts_is_counted(project: Project, ear: Ear) -> None:
    """The database hangs up here: what cannot be counted is an error, not a guess."""
    project.run("trust", "-e", "night").assert_ok()

    outcome = project.run("plan")

    assert ear.visits > 0
    assert outcome.code == 8


def test_nothing_leaves_where_the_day_cannot_be_counted(project: Project, ear: Ear) -> None:
    """Under the lock, apply reads all lockfiles of the app again."""
    digest = project.plan_json()["digest"]

    outcome = project.run("apply", "--confirm", digest)

    assert outcome.code == 8
    assert ear.visits > 0
    assert '"begin"' not in (project.root / "pushspec.day.lock").read_text()

"""Naming a campaign: its problems are shown, also where its file cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from workbench import campaign_text

if TYPE_CHECKING:
    from workbench import Project


@pytest.fixture
def mixed(project: Project) -> Project:
    """One campaign that is sound, one with a wrong key, one without a name, one that is no YAML."""
    return project.write(
        {
            "campaigns/good.yaml": campaign_text("good", title="Good"),
            "campaigns/typo.yaml": campaign_text("typo", title="Typo", ownr="growth"),
            "campaigns/team/No Name.yaml": campaign_text("x", title="None").replace("name: x\n", ""),
            "campaigns/torn.yaml": "name: [torn\n",
        }
    )


@pytest.mark.parametrize(
    ("name", "code", "told", "untold"),
    [
        ("good", 0, "no problems", "error"),
        ("typo", 1, "campaigns/typo.yaml:8:1: error[unknown-key]", "torn"),
        ("campaigns/team", 1, "campaigns/team/No Name.yaml", "typo"),
        ("no-name", 1, "campaigns/team/No Name.yaml", "typo"),
        ("torn", 1, "campaigns/torn.yaml", "no campaign matches"),
        ("campaigns/torn.yaml", 1, "campaigns/torn.yaml", "no campaign matches"),
    ],
)
def test_validate_shows_the_problems_of_what_is_named(
    mixed: Project, name: str, code: int, told: str, untold: str
) -> None:
    """Whoever works on one file reads about that one."""
    outcome = mixed.run("validate", name)

    assert (outcome.code, told in outcome.out) == (code, True), outcome.out + outcome.err
    assert untold not in outcome.out + outcome.err


def test_a_name_that_nothing_has_is_an_error(project: Project) -> None:
    """A check of nothing must not look like a check that found nothing."""
    project.write({"campaigns/good.yaml": campaign_text("good", title="Good")})

    outcome = project.run("validate", "goood")

    assert outcome.code == 2
    assert "no campaign matches 'goood'" in outcome.err
    assert "did you mean 'good'?" in outcome.err


@pytest.mark.parametrize("command", ["plan", "preview", "apply"])
def test_a_file_that_cannot_be_read_is_no_missing_campaign(mixed: Project, command: str) -> None:
    """“No campaign matches” sends people looking for a file that is there."""
    outcome = mixed.run(command, "torn")

    assert outcome.code == 1
    assert "campaigns/torn.yaml:" in outcome.err
    assert "unnamed" not in outcome.out + outcome.err

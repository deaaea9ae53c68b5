"""A name that is not there ends with 2, and says which are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.kit import ServedProject

    CampaignText = Callable[..., str]


@pytest.mark.parametrize("command", ["log", "show"])
@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("nope", "nothing was sent yet"),
        ("helo", "did you mean 'hello'?"),
        ("hello", "nothing of it was sent yet; pushspec plan shows what would be"),
    ],
)
def test_a_lockfile_without_campaigns_has_none_of_that_name(
    project: ServedProject, campaign: CampaignText, command: str, name: str, hint: str
) -> None:
    """`log` ended with 0 there, and `show` without a hint."""
    project.write({"campaigns/hello.yaml": campaign()})

    outcome = project.run(command, name)

    assert outcome.code == 2
    assert f"error: the lockfile has no campaign {name}\nhint: {hint}\n" in outcome.err
    assert project.run("log").code == 0


def test_an_audience_that_is_not_there_says_where_one_is_written(project: ServedProject) -> None:
    """The project has none at all."""
    outcome = project.run("audience", "show", "nope")

    assert outcome.code == 2
    assert outcome.err.endswith(
        "the project has no audience nope\nhint: write one into audiences/, kind: Audience\n"
    )


@pytest.mark.parametrize(
    ("selectors", "hint"),
    [
        (["label:x=1"], "known: team=growth, team=shop"),
        (["label:team=grwth"], "did you mean 'team=growth'?"),
        (["owner:me"], "no campaign has an owner"),
        (["endpoint:timpush/batch"], "did you mean 'timpush/push'?"),
        (["label:team=shop", "label:team=growth"], "known: team=shop"),
    ],
)
def test_a_selector_that_matches_nothing_says_what_there_is(
    project: ServedProject, campaign: CampaignText, selectors: list[str], hint: str
) -> None:
    """One looks into all files otherwise."""
    project.write(
        {
            "campaigns/a.yaml": campaign("a", labels="{team: growth}"),
            "campaigns/b.yaml": campaign("b", labels="{team: shop}"),
        }
    )

    outcome = project.run("plan", *(part for it in selectors for part in ("--select", it)))

    assert outcome.code == 2
    assert outcome.err.endswith(f"no campaign matches --select {selectors[-1]}\nhint: {hint}\n"), outcome.err

"""A name that is not there ends with 2, and says which are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pushspec.api.recorded import reread
from pushspec.language import Language, phrase, said, speaking

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.kit import ServedProject

    CampaignText = Callable[..., str]


@pytest.mark.parametrize("command", ["log", "show"])
@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("nope", "pushspec plan shows what would be sent"),
        ("helo", "did you mean 'hello'?"),
        ("hello", "pushspec plan shows what would be sent"),
    ],
)
def test_a_lockfile_without_campaigns_has_none_of_that_name(
    project: ServedProject, campaign: CampaignText, command: str, name: str, hint: str
) -> None:
    """`log` ended with 0 there, and `show` without a hint."""
    project.write({"campaigns/hello.yaml": campaign()})

    outcome = project.run(command, name)

    assert outcome.code == 2
    assert f"error: nothing was sent as {name}\nhint: {hint}\n" in outcome.err
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


@pytest.mark.parametrize("language", ["en", "zh"])
def test_of_a_thousand_names_a_hint_lists_the_first(
    project: ServedProject, campaign: CampaignText, language: str
) -> None:
    """Such a list was too deep for Python: a misspelt name ended with a traceback."""
    project.write({f"campaigns/c{number}.yaml": campaign(f"c{number:04}") for number in range(400)})

    outcome = project.run("--lang", language, "plan", "nope")

    assert outcome.code == 2, outcome.err
    assert "c0000" in outcome.err
    assert {"en": " and 376 more\n", "zh": "另有 376 个\n"}[language] in outcome.err


def test_names_of_a_long_lockfile_are_listed_in_chinese(project: ServedProject) -> None:
    """A hint of the engine lists them all; each nested in the list of those before was too deep."""
    names = ", ".join(f"c{number:04}" for number in range(2_000))

    with speaking(Language.CHINESE):
        assert said(reread(phrase("known: {names}", names=names))) == f"已知的有：{names.replace(', ', '、')}"

"""A name that is not there ends with 2, and says which are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pushspec.api.recorded import reread
from pushspec.language import Language, said, speaking
from pushspec.spec.policy import PolicyName
from pushspec.suggest import did_you_mean
from pushspec.text import listed

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
    assert {"en": " and 364 more\n", "zh": "另有 364 个\n"}[language] in outcome.err


def test_a_list_of_thousands_is_said_in_chinese() -> None:
    """A list that nests each name in the list of those before is deeper than Python goes."""
    names = [f"c{number:04}" for number in range(5_000)]

    with speaking(Language.CHINESE):
        assert said(reread(listed(names))) == "、".join(names)


@pytest.mark.parametrize("command", ["recall", "report"])
def test_a_name_that_was_never_sent_lists_each_that_was_once(
    project: ServedProject, campaign: CampaignText, command: str
) -> None:
    """Each stood there twice, with its version and without, and of a thousand all did."""
    names = [f"c{number:02}" for number in range(40)]
    project.write({f"campaigns/{name}.yaml": campaign(name, title=name) for name in names})
    project.apply().assert_ok()

    said = {name: project.run(command, name).err for name in ("nope", "c07@9")}

    assert f"hint: known: {', '.join(names[:36])} and 4 more\n" in said["nope"]
    assert "hint: did you mean 'c07@1'?\n" in said["c07@9"]


def test_every_policy_is_listed_where_one_is_misspelt() -> None:
    """They are the words of the project file, and stand nowhere else on the screen."""
    names = [name.value for name in PolicyName]

    assert did_you_mean("nothing-like-it", names) == f"known: {', '.join(sorted(names))}"

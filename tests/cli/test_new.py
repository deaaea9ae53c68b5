"""``new`` writes a campaign that says who gets it, and that cannot leave before somebody wrote its texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from workbench import CAMPAIGN, PROJECT, Project

if TYPE_CHECKING:
    from pathlib import Path

WAYS = {
    "one tag": (["--tag", "vip"], {"TagsOr": ["vip"]}),
    "tags": (["--tag", "股票A", "--tag", "null"], {"TagsOr": ["股票A", "null"]}),
    "everyone": (["--everyone"], None),
    "accounts": (["--account", "bonnie", "--account", "007"], ["bonnie", "007"]),
    "a file": (["--file", "audiences/vip.txt"], ["rong", "ada"]),
}


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    """A project with one campaign and a file of accounts."""
    return Project(tmp_path).write(
        {"pushspec.yaml": PROJECT, "campaigns/hello.yaml": CAMPAIGN, "audiences/vip.txt": "rong\nada\n"}
    )


@pytest.mark.parametrize("way", WAYS)
def test_a_new_campaign_is_valid_and_blocked_until_its_texts_are_written(way: str, shop: Project) -> None:
    """What is still TODO must not reach anybody, and the file is one of ours from the first line."""
    arguments, audience = WAYS[way]

    made = shop.run("new", "spring-sale", *arguments).assert_ok()

    shop.run("validate", "spring-sale").assert_ok()
    assert shop.run("fmt", "--check", "campaigns/spring-sale.yaml").code == 0
    (campaign,) = shop.plan_json("spring-sale")["campaigns"]
    assert (campaign["state"], "placeholder-text" in campaign["reason"]) == ("blocked", True)
    body = campaign["calls"][0]["body"]
    assert body.get("Condition") == audience or body.get("To_Account") == audience
    assert "pushspec plan spring-sale\n" in made.out


def test_a_campaign_with_its_texts_is_ready_to_send(shop: Project) -> None:
    """Whoever knows what to say needs no editor."""
    texts = ("--title", "Sale: 20% off", "--desc", 'Until "noon" #1', "--owner", "growth: east")

    shop.run("new", "spring-sale", "--tag", "vip", *texts).assert_ok()

    (campaign,) = shop.plan_json("spring-sale")["campaigns"]
    push = campaign["calls"][0]["body"]["OfflinePushInfo"]
    assert campaign["state"] == "send"
    assert (push["Title"], push["Desc"]) == ("Sale: 20% off", 'Until "noon" #1')


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["sale"], "say who gets it, in one way"),
        (["sale", "--everyone", "--tag", "vip"], "say who gets it, in one way"),
        (["Spring Sale", "--everyone"], "'Spring Sale' cannot be a campaign's name"),
        (["../sale", "--everyone"], "cannot be a campaign's name"),
        (["a" * 41, "--everyone"], "cannot be a campaign's name"),
        (["hello", "--everyone"], "campaigns/hello.yaml is there already"),
    ],
)
def test_what_cannot_be_a_new_campaign_is_refused(arguments: list[str], says: str, shop: Project) -> None:
    """Everyone is never assumed, and no file is written over."""
    before = sorted(path.name for path in shop.root.rglob("*"))

    refused = shop.run("new", *arguments)

    assert (refused.code, says in refused.err) == (2, True), refused.err
    assert sorted(path.name for path in shop.root.rglob("*")) == before


def test_a_name_that_another_file_has_is_taken(shop: Project) -> None:
    """The name is the identity, wherever the file lies."""
    shop.write({"campaigns/may/other.yaml": CAMPAIGN.replace("name: hello", "name: sale")})

    refused = shop.run("new", "sale", "--everyone")

    assert "campaigns/may/other.yaml is there already" in refused.err

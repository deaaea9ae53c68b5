"""Who gets it, from inline accounts and from files: in order, once, and never the excluded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from workbench import Project

HEAD = (
    "apiVersion: pushspec/v1\nkind: Campaign\nname: sale\nversion: 1\nendpoint: timpush/batch\nfrom: admin\n"
)
NOTE = "notification: {title: Hi, desc: There}\n"


def _campaign(project: Project, audience: str, note: str = NOTE) -> dict[str, Any]:
    project.write({"campaigns/sale.yaml": f"{HEAD}audience: {audience}\n{note}"})
    campaign: dict[str, Any] = project.plan_json()["campaigns"][0]
    return campaign


def _named(campaign: dict[str, Any]) -> list[str]:
    return [account for call in campaign["calls"] for account in call["body"]["To_Account"]]


@pytest.mark.parametrize(
    ("file", "content", "options"),
    [
        ("a.txt", "rong\nbonnie\n\nada", ""),
        ("a.txt", "\ufeffrong\r\nbonnie\r\nada\r\n", ""),
        ("a.csv", "id\nrong\nbonnie\nada\n", ""),
        ("a.csv", '\ufefflang,id\r\nen,rong\r\n"z,h","bonnie"\r\nen,ada\r\n', ", column: id"),
        ("a.jsonl", '{"id": "rong"}\n{"id": "bonnie", "n": 1}\n\n{"id": "ada"}\n', ", column: id"),
    ],
)
def test_a_file_names_its_accounts_in_order(project: Project, file: str, content: str, options: str) -> None:
    """The order decides who is in which call, for ever."""
    project.write({file: content})

    assert _named(_campaign(project, f"{{file: {file}{options}}}")) == ["rong", "bonnie", "ada"]


def test_a_glob_reads_files_in_the_order_of_their_names(project: Project) -> None:
    """No order may depend on the file system."""
    project.write({"lists/b.txt": "bonnie\n", "lists/a.txt": "rong\n", "lists/c.csv": "id\nno\n"})

    assert _named(_campaign(project, "{file: 'lists/*.txt'}")) == ["rong", "bonnie"]


def test_an_account_named_twice_gets_it_once(project: Project) -> None:
    """Lists from several systems overlap."""
    campaign = _campaign(project, "{accounts: [rong, ada, rong, rong]}")

    assert _named(campaign) == ["rong", "ada"]
    assert campaign["duplicates"] == 2


@pytest.mark.parametrize("head", ["", "id\n"])
def test_an_account_named_again_in_another_file_or_far_below_gets_it_once(
    project: Project, head: str
) -> None:
    """A list is read some thousand rows at a time, and files one after the other."""
    kind = "csv" if head else "txt"
    many = "".join(f"user-{number:05}-of-the-app\n" for number in range(9_000))
    project.write(
        {f"lists/a.{kind}": head + many + "user-00007-of-the-app\n", f"lists/b.{kind}": head + many}
    )

    campaign = _campaign(project, f"{{file: 'lists/*.{kind}'}}")

    assert _named(campaign) == many.split()
    assert campaign["duplicates"] == 9_001


def test_the_excluded_never_get_it(project: Project) -> None:
    """Who unsubscribed is not sent to, whatever the list says."""
    project.write({"out/a.txt": "rong\n", "out/b.txt": "nobody\n"})

    campaign = _campaign(project, "{accounts: [rong, ada], exclude: ['out/*.txt']}")

    assert _named(campaign) == ["ada"]
    assert campaign["excluded"] == 1


def test_accounts_that_read_another_text_stand_in_another_call(project: Project) -> None:
    """One body has one text: each distinct row of the personalizing columns gets its own calls."""
    project.write({"a.csv": "id,name\nrong,Rong\nada,Ada\nbonnie,Rong\n"})

    campaign = _campaign(
        project,
        "{file: a.csv, column: id, personalize: [name]}",
        "notification: {title: 'Hi {{ user.name }}', desc: There}\n",
    )

    said = {
        tuple(call["body"]["To_Account"]): call["body"]["OfflinePushInfo"]["Title"]
        for call in campaign["calls"]
    }
    assert said == {("rong", "bonnie"): "Hi Rong", ("ada",): "Hi Ada"}
    assert [call["key"] for call in campaign["calls"]] == ["sale@1#1", "sale@1#2"]

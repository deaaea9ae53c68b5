"""Plain YAML values that would lose a part of themselves on the way to a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from workbench import PROJECT

if TYPE_CHECKING:
    from workbench import Project

HEAD = """\
apiVersion: pushspec/v1
kind: Campaign
name: sale
version: 1
endpoint: timpush/push
from: administrator
audience: {everyone: true}
"""
TEXTS = "notification: {title: Sale, desc: Now}\n"

CUT = {
    "title": HEAD + "notification:\n  title: Win #1 prize\n  desc: x\n",
    "desc": HEAD + "notification:\n  title: x\n  desc: 满减 #今晚\n",
    "all of it": HEAD + "notification:\n  title: x\n  desc: #SaleDay\n",
    "second line": HEAD + "notification:\n  title: x\n  desc: one\n    two\t#three\n",
    "in braces": HEAD + "notification: {title: Win, desc: Gate #4\n  }\n",
    "language": HEAD + "notification:\n  title: x\n  desc: y\n  languages:\n    fr:\n      title: Lot #3\n",
    "subtitle": HEAD + "notification:\n  title: x\n  desc: y\n  apns:\n    sub_title: Table #7\n",
    "link": HEAD + "notification:\n  title: x\n  desc: y\n  ext:\n    url: https://x.example/ #top\n",
    "vars": HEAD + "vars:\n  hall: Hall #2\n" + TEXTS,
    "list in vars": HEAD + "vars:\n  halls:\n    - Hall #2\n" + TEXTS,
    "message": HEAD + "message:\n  - text: See #news\n" + TEXTS,
    "custom data": HEAD + "message:\n  - custom: {data: go #5\n    }\n" + TEXTS,
    "recall": HEAD + TEXTS + "recall:\n  title: Sorry #1\n",
    "variant": HEAD + TEXTS + "variants:\n  - name: a\n    vars:\n      w: A #1\n",
    "data id": HEAD + TEXTS + "delivery:\n  data_id: sale #1\n",
    "task name": HEAD + TEXTS + "delivery:\n  task_name: Sale #1\n",
    "anchor of a note": HEAD + "description: &d Hall #2\nnotification:\n  title: x\n  desc: *d\n",
}


@pytest.mark.parametrize("campaign", CUT.values(), ids=CUT)
def test_a_text_that_a_comment_ends_is_refused_at_its_place(project: Project, campaign: str) -> None:
    """``title: Win #1 prize`` is "Win" to YAML, and nobody who reads the file sees it."""
    project.write({"campaigns/sale.yaml": campaign})

    outcome = project.run("plan")

    begins = ("desc: one", "desc: *d", "#")
    lines = campaign.splitlines()
    line = next(lines.index(text) for start in begins for text in lines if start in text) + 1
    assert outcome.code == 1
    assert f"campaigns/sale.yaml:{line}:" in outcome.err
    assert "error[text-comment]" in outcome.err
    assert "put the text in quotes" in outcome.err


def test_comments_elsewhere_stay_allowed(project: Project) -> None:
    """Notes for the team, numbers, technical fields, quoted and block texts lose nothing that is sent."""
    body = project.body(
        "# a campaign\n"
        + HEAD.replace("name: sale", "name: sale # of winter").replace("version: 1", "version: 1 # raise it")
        + "description: Ask Ada # or Lin\nowner: growth # the team\nlabels: {team: growth # us\n  }\n"
        "vars:\n  percent: 20 # at most\n  shown: true # always\n"
        "notification: # what phones show\n"
        '  title: "Win #1" # quoted\n'
        "  desc: |  # as it is\n    Gate #4\n"
        "  ext: # data\n    url: https://x.example/#top\n    n: 3 # three\n"
        "  android: {sound: bell # in res/raw\n    }\n"
    )

    sent = body["OfflinePushInfo"]
    assert (sent["Title"], sent["Desc"]) == ("Win #1", "Gate #4\n")
    assert sent["Ext"] == '{"url":"https://x.example/#top","n":3}'


def test_variables_of_the_project_and_its_environments_are_no_exception(project: Project) -> None:
    """They end in the same texts."""
    cut = "  sandbox: {sandbox: true, vars: {shop: Shop #1\n    }}\nvars: {price: 4.50, city: Paris #2\n  }\n"
    project.write({"pushspec.yaml": PROJECT.replace("  sandbox: {sandbox: true}\n", cut)})

    outcome = project.run("validate")

    assert outcome.code == 1
    assert outcome.out.count("error[text-comment]") == 2
    assert outcome.out.count("error[number-spelling]") == 1


SPELLINGS = ["19.90", "3.10", "007", "1e3", "0x1F", "0o17", "+5", ".5", "5.", "-0", "12345678901234567.5"]
PLACES = {
    "vars": "vars: {v: NUMBER}\n" + TEXTS,
    "nested vars": "vars: {v: [{w: NUMBER}]}\n" + TEXTS,
    "ext": "notification: {title: x, desc: y, ext: {price: NUMBER}}\n",
    "custom data": "message:\n  - custom: {data: {price: NUMBER}}\n" + TEXTS,
    "variant": TEXTS + "variants: [{name: a, vars: {v: NUMBER}}]\n",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_number_that_would_be_spelt_otherwise_asks_for_quotes(project: Project, spelling: str) -> None:
    """A price of 19.90 is no 19.9, and a code of 007 is no 7."""
    for place in PLACES.values():
        project.write({"campaigns/sale.yaml": HEAD + place.replace("NUMBER", spelling)})

        outcome = project.run("plan")

        assert outcome.code == 1, outcome.out
        assert "error[number-spelling]" in outcome.err
        assert f'put it in quotes: "{spelling}"' in outcome.err


@pytest.mark.parametrize("spelling", ["19.9", "0.5", "7", "-3", "1785556800000", "1_000", "22:30"])
def test_what_keeps_its_spelling_is_sent_as_it_is(project: Project, spelling: str) -> None:
    """Quotes are asked for where they change something, and nowhere else."""
    texts = "notification: {title: 'v{{ v }}', desc: y}\n"

    body = project.body(HEAD + f"vars: {{v: {spelling}}}\n" + texts)

    assert body["OfflinePushInfo"]["Title"] == f"v{spelling}"


def test_a_quoted_number_is_sent_as_it_is(project: Project) -> None:
    """The hint leads to what was meant."""
    campaign = "vars: {p: '19.90'}\nnotification: {title: '{{ p }}', desc: x, ext: {p: '007'}}\n"

    sent = project.body(HEAD + campaign)["OfflinePushInfo"]

    assert (sent["Title"], sent["Ext"]) == ("19.90", '{"p":"007"}')


@pytest.mark.parametrize("spelling", ["19.90", "007", "1e3"])
def test_a_number_where_a_text_stands_is_refused(project: Project, spelling: str) -> None:
    """The title is a text, and a number that was made a text again would be another one."""
    project.write({"campaigns/sale.yaml": HEAD + f"notification: {{title: {spelling}, desc: x}}\n"})

    outcome = project.run("plan")

    assert outcome.code == 1
    assert "quotes" in outcome.err

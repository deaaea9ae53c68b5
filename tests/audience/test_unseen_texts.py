"""What nobody sees stays out of the text that is sent, whatever brings it in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from workbench import Project

HEAD = "apiVersion: pushspec/v1\nkind: Campaign\nname: sale\nversion: 1\nfrom: admin\n"
BATCH = HEAD + (
    "endpoint: timpush/batch\naudience: {file: u.csv, column: uid, personalize: [name]}\n"
    "notification: {title: 'Hi {{ user.name }}', desc: x}\n"
)
PUSH = HEAD + (
    "endpoint: timpush/push\naudience: {tags: {any: [vip]}}\n"
    "notification: {title: Hi, desc: \"{% include 'body.txt' %}\"}\n"
)


def test_a_byte_order_mark_at_the_start_of_an_included_file_is_dropped(project: Project) -> None:
    """Editors on Windows write one, and phones show it as a box."""
    project.write({"templates/body.txt": "\ufeffSee you tonight."})

    body = project.body(PUSH.replace("from: admin\n", ""))

    assert body["OfflinePushInfo"]["Desc"] == "See you tonight."


@pytest.mark.parametrize("unseen", ["\u202e", "\u200b", "\u2066", "\x1b", "\u2028"])
@pytest.mark.parametrize("campaign", [BATCH, PUSH], ids=["column", "include"])
def test_what_nobody_sees_is_found_in_the_rendered_text(project: Project, campaign: str, unseen: str) -> None:
    """A reviewer reads the campaign file, and the column or the included file turns its text around."""
    project.write(
        {
            "u.csv": f"uid,name\nrong,R{unseen}x\n",
            "templates/body.txt": f"See{unseen} you.",
            "campaigns/sale.yaml": campaign,
        }
    )

    outcome = project.run("plan")

    assert outcome.code == 1
    assert "error[template-invisible]" in outcome.err
    assert f"U+{ord(unseen):04X}" in outcome.err

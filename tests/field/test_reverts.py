"""Files that somebody put back: the phones keep what they got, and the plan says so."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.kit import PushService, ServedProject

CampaignText = Callable[..., str]


def test_a_version_below_one_that_was_sent_is_not_sent(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """Version 2 went out; a revert brings back version 1, which was never sent here."""
    project.write({"campaigns/hello.yaml": campaign(version="2")})
    assert project.apply().code == 0

    project.write({"campaigns/hello.yaml": campaign(version="1", notification="{title: Old, desc: text}")})
    plan = project.run("plan")

    assert "blocked: version-lowered (version 2 was sent (begun " in plan.out
    assert project.apply().code == 6
    assert len(push_service.received) == 1

    lifted = campaign(
        version="1",
        notification="{title: Old, desc: text}",
        exceptions="[{policy: version-lowered, reason: numbered anew}]",
    )
    project.write({"campaigns/hello.yaml": lifted})
    assert project.apply().code == 0
    assert len(push_service.received) == 2


def test_a_revert_takes_nothing_back_and_the_plan_says_so(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """Version 1 was sent, then 2; the file says 1 again."""
    for version in ("1", "2"):
        text = f"{{title: Number {version}, desc: text}}"
        project.write({"campaigns/hello.yaml": campaign(version=version, notification=text)})
        assert project.apply().code == 0

    project.write({"campaigns/hello.yaml": campaign(notification="{title: Number 1, desc: text}")})
    plan = project.run("plan").out

    row, *_ = re.findall(r"= hello@1 +(.*?)(?= quota)", " ".join(plan.split()))
    later = "version 2 was sent later; changing the file does not undo that"
    assert re.fullmatch(rf"sent .*, task \S+; {later}", row)
    assert len(push_service.received) == 2


def test_another_service_stands_among_what_differs(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """The campaign is as it was; what was sent went through another region."""
    project.write({"campaigns/hello.yaml": campaign()})
    assert project.apply().code == 0
    file = project.root / "pushspec.yaml"
    file.write_text(file.read_text().replace(f"base_url: {push_service.url}", "region: seoul"))

    plan = " ".join(project.run("plan").out.split())

    assert "nothing differs" not in plan
    assert "since hello@1 was sent: service 127.0.0.1 → seoul" in plan

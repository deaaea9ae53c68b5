"""Every view of a plan tells a new version by what it changes against what people got."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from workbench import FRIDAY

from pushspec.views.plan_html import plan_html
from pushspec.views.plan_json import plan_json
from pushspec.views.plan_markdown import plan_markdown
from pushspec.views.plan_text import plan_text

if TYPE_CHECKING:
    from workbench import Project

    from pushspec.plan.build import Plan


@pytest.fixture
def plan(folder: Project) -> Plan:
    """A plan of version two, while version one was sent three days ago."""
    state = folder.add(title="Monday").sent(at=FRIDAY - timedelta(days=3))
    return folder.add(title="Tuesday", version="2").plan(state=state)


def test_a_terminal_shows_it(plan: Plan) -> None:
    """The author sees it first."""
    text = plan_text(plan, width=100)

    assert "  since sale@1 was sent:\n      OfflinePushInfo.Title  Monday → Tuesday\n" in text


def test_programs_read_it(plan: Plan) -> None:
    """A bot may ask for a second approval where an audience grew."""
    since = json.loads(plan_json(plan))["campaigns"][0]["since"]

    assert since["campaign"] == "sale@1"
    assert since["changes"][1] == {
        "field": "OfflinePushInfo.Title",
        "before": "Monday",
        "after": "Tuesday",
        "note": "",
        "is_risk": False,
    }


def test_pages_and_comments_show_it(plan: Plan) -> None:
    """Approvers read those."""
    assert "Since sale@1 was sent" in plan_html(plan)
    assert "Since **sale@1** was sent" in plan_markdown(plan, limit=65_536)


def test_a_campaign_that_was_changed_after_it_was_sent_shows_how(folder: Project) -> None:
    """“Raise version” is no help to someone who does not know what they changed."""
    state = folder.add(title="Monday").sent(at=FRIDAY - timedelta(days=3))
    plan = folder.add(title="Mondey").plan(state=state)

    assert "OfflinePushInfo.Title  Monday → Mondey" in plan_text(plan, width=100)


def test_the_digest_is_in_every_view(plan: Plan) -> None:
    """It is what an approver says yes to, wherever they read."""
    views = (plan_text(plan, width=100), plan_markdown(plan, limit=65_536), plan_html(plan), plan_json(plan))

    assert len(plan.short_digest) == 12
    assert all(plan.short_digest in view for view in views)

"""How things stand, in words that a person acts on."""

from __future__ import annotations

from datetime import UTC, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from story import Story, going_back, sent
from workbench import NOON

from pushspec.api.history import RecordedCampaign
from pushspec.lockfile.records import NotRecalled, Resolved, Unknown
from pushspec.lockfile.status import status_of
from pushspec.views.campaign_history import history_text
from pushspec.views.commands import Typed
from pushspec.views.plan_text import plan_text
from pushspec.views.status import StatusStyle, status_text

if TYPE_CHECKING:
    from workbench import Project

LIST = """\
apiVersion: pushspec/v1
kind: Campaign
name: sale
version: 1
endpoint: timpush/batch
from: admin
audience: {accounts: [rong, ada, lin]}
notification: {title: Hello, desc: World}
"""


def _status(story: Story, *, seconds: int) -> str:
    status = status_of(story.state, story.at + timedelta(seconds=seconds))
    return status_text(
        status, StatusStyle(Typed(Path(), "sandbox"), "pushspec.sandbox.lock", NOON, width=120)
    )


def test_a_dead_run_is_not_shown_as_a_free_lock_and_nothing_more() -> None:
    """Somebody's run broke off in the middle: people look for it before they start the next."""
    story = Story()

    assert "lock held by ada" in _status(story, seconds=59)
    assert "  lock free: ada (apply) died, its lease ended 2026-11-21 11:01:00\n" in _status(
        story, seconds=61
    )
    assert "died" not in _status(Story().left(), seconds=61)


def test_refused_accounts_of_a_sent_campaign_are_told(project: Project) -> None:
    """Sent is not sent to all: two of three people got nothing."""
    (planned,) = project.write({"campaigns/sale.yaml": LIST}).plan().campaigns
    (call,) = planned.remaining_calls()
    story = Story().begun(planned).tried(call, sent(call.key, {"70107": ["ada", "lin"]}))

    assert "= sale@1  timpush/batch  3 accounts · sent 2026-11-21 11:00 · 2 people refused" in _status(
        story, seconds=1
    )
    assert "sent 2026-11-21 12:00, 2 people refused" in plan_text(
        project.plan(now=NOON, state=story.state), width=120, with_settled=True
    )


def test_a_status_names_its_zone_once(project: Project) -> None:
    """A doubt told its times with another name of the zone beside the heading that names it."""
    (planned,) = project.write({"campaigns/sale.yaml": LIST}).plan().campaigns
    (call,) = planned.remaining_calls()
    story = Story().begun(planned)
    story.tried(call, Unknown(key=call.key, attempt=1, case="timeout", text="no answer"))

    shown = _status(story, seconds=61)

    assert "  when       2026-11-21 11:00:00, or up to 30 seconds later, if at all\n" in shown
    assert "  not-sent   allowed from 2026-11-21 11:15:30 on; before, it may arrive\n" in shown
    assert shown.count("UTC") == shown.count("times in UTC\n") == 1


def test_a_recall_that_was_refused_took_nothing_back(project: Project) -> None:
    """A reader takes "recalled" for what it says, and everybody still has the push."""
    (planned,) = project.write({"campaigns/sale.yaml": LIST}).plan().campaigns
    (call,) = planned.remaining_calls()
    story = Story().begun(planned).tried(call, sent(call.key))
    story.then(going_back(call.key), NotRecalled(key=call.key, attempt=1, not_taken_back={"90051": 1}))

    shown = _status(story, seconds=1)

    assert "sent 2026-11-21 11:00 · a recall took nothing back" in shown
    assert "recalled" not in shown


def test_show_dates_a_doubt_and_what_was_given_up(project: Project) -> None:
    """Only what was sent had a time, and of a doubt one asks first when it was."""
    (planned,) = project.write({"campaigns/sale.yaml": LIST}).plan().campaigns
    (call,) = planned.remaining_calls()
    story = Story().begun(planned)
    story.tried(call, Unknown(key=call.key, attempt=1, case="timeout", text="no answer"))

    def shown() -> str:
        state = story.state
        recorded = RecordedCampaign(state.campaigns["sale@1"], list(state.calls_of("sale@1")), (), {})
        return history_text(recorded, zone=UTC)

    assert "  sale@1  in doubt  2026-11-21 11:00:00, no answer\n" in shown()
    assert "  finished  no, 1 of 1 call made, 1 in doubt\n" in shown()
    story.then(Resolved(key=call.key, attempt=1, verdict="abandoned", why="too late", by="ada"))
    assert "  finished  yes, 1 of 1 call made\n" in shown()
    assert "  sale@1  abandoned  2026-11-21 11:00:00, ada: too late\n" in shown()

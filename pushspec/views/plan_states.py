"""The states of campaigns in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import phrase, said, say
from pushspec.plan.states import CampaignState
from pushspec.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pushspec.plan.planned import PlannedCampaign

_NAMES = {
    CampaignState.SEND: phrase("send"),
    CampaignState.SENT: phrase("sent"),
    CampaignState.CHANGED: phrase("changed"),
    CampaignState.WAITING: phrase("waiting"),
    CampaignState.EXPIRED: phrase("expired"),
    CampaignState.ABANDONED: phrase("abandoned"),
    CampaignState.BLOCKED: phrase("blocked"),
    CampaignState.IN_DOUBT: phrase("in doubt"),
    CampaignState.FROZEN: phrase("frozen"),
    CampaignState.SCHEDULE: phrase("schedule"),
    CampaignState.RESCHEDULE: phrase("reschedule"),
    CampaignState.SCHEDULED: phrase("scheduled"),
    CampaignState.DRIFTED: phrase("drifted"),
}

_STATES = {
    CampaignState.SEND: phrase("will be sent"),
    CampaignState.SENT: phrase("is sent"),
    CampaignState.CHANGED: phrase("was changed after it was sent"),
    CampaignState.WAITING: phrase("waits for its window"),
    CampaignState.EXPIRED: phrase("has expired"),
    CampaignState.ABANDONED: phrase("was abandoned"),
    CampaignState.BLOCKED: phrase("is blocked"),
    CampaignState.IN_DOUBT: phrase("is in doubt"),
    CampaignState.FROZEN: phrase("is frozen"),
    CampaignState.SCHEDULE: phrase("will be scheduled at the service"),
    CampaignState.RESCHEDULE: phrase("will be changed at the service"),
    CampaignState.SCHEDULED: phrase("is scheduled at the service"),
    CampaignState.DRIFTED: phrase("differs at the service"),
}

_COUNTED = {
    CampaignState.SEND: phrase("to send"),
    CampaignState.SCHEDULE: phrase("to schedule"),
    CampaignState.RESCHEDULE: phrase("to change at the service"),
}


def none_text(states: Iterable[CampaignState], campaigns: int) -> str:
    """Return that none of so many campaigns is in a state: ``(waiting: none of 3 campaigns)``."""
    named = ", ".join(sorted(map(state_name, states)))
    return say("({states}: none of {campaigns})", states=named, campaigns=counted(campaigns, "campaign"))


def state_name(state: CampaignState) -> str:
    """Return the name of a state."""
    return said(_NAMES[state])


def badge_text(state: CampaignState) -> str:
    """Return a state in a word or two, for a badge: ``to send``."""
    return said(_COUNTED.get(state, _NAMES[state]))


def count_text(number: int, state: CampaignState) -> str:
    """Return a number of campaigns: ``2 to send``, ``1 waiting``."""
    return say("{number:,} {state}", number=number, state=_COUNTED.get(state, _NAMES[state]))


def state_text(campaign: PlannedCampaign) -> str:
    """Return the state of a campaign as the end of a sentence: ``will be sent``."""
    if campaign.state is CampaignState.WAITING and not campaign.progress.due:
        if campaign.progress.hours:
            return say("waits for its next hour")
        return say("waits for its next stage")
    return said(_STATES[campaign.state])

"""Sizes of a campaign that are estimates where its pinned list is not at hand, marked as such."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import said, say
from pushspec.text import counted

if TYPE_CHECKING:
    from pushspec.plan.planned import PlannedCampaign


def about_text(size: str, campaign: PlannedCampaign) -> str:
    """Return a size, marked where only a list that is not at hand can tell it exactly."""
    return estimate(size, is_about=campaign.sending.is_about)


def estimate(size: str, *, is_about: bool) -> str:
    """Return a size, marked where it is an estimate."""
    return say("about {words}", words=size) if is_about else said(size)


def calls_text(campaign: PlannedCampaign) -> str:
    """Return how many calls are left to make."""
    return about_text(counted(len(campaign.progress.remaining), "call"), campaign)

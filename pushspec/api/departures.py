"""When what is left of campaigns that were begun may leave, by the rules that a plan goes by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.plan.departure import departure_of
from pushspec.spec.load import read_campaigns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pushspec.api.project import LoadedProject
    from pushspec.lockfile.status import Status
    from pushspec.plan.departure import Departure

__all__ = ["departures"]


def departures(project: LoadedProject, status: Status) -> Mapping[str, Departure]:
    """Return when the calls of campaigns that are not finished may leave, by key.

    Those whose file is gone or cannot be read are left out, and those of which each person has an hour of
    their own: a plan looks at the quiet hours of every zone before it takes one.
    """
    begun = [it.history.begin for it in status.campaigns if not it.is_finished and not it.hours]
    files = [begin.spec for begin in begun if (project.root / begin.spec).is_file()]
    specs = read_campaigns(project.root, files, project.spec.project)[0] if files else []
    policy = project.spec.project.policy
    return {spec.campaign.campaign_key: departure_of(spec.campaign, policy) for spec in specs}

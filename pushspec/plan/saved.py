"""A saved plan: what its approvers saw and an apply must match."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from pushspec.errors import RefusedError
from pushspec.language import phrase
from pushspec.plan.departure import SAVED_PLAN_LIFE
from pushspec.plan.identity import pending_digest
from pushspec.plan.selection import split_states
from pushspec.plan.states import CampaignState
from pushspec.serialization import digest_of
from pushspec.text import few_text
from pushspec.timestamps import local_text
from pushspec.zones import package_version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.plan.build import Plan
    from pushspec.plan.calls import CampaignCalls
    from pushspec.plan.planned import PlannedCampaign

FORMAT_VERSION: Literal[2] = 2
CANCEL = "cancel"
"""What a saved plan says of a campaign whose tasks at the service are to be cancelled."""
_FEW = 3
"""How many zones an error names."""


class SavedCampaign(BaseModel):
    """One campaign of a saved plan.

    Attributes:
        key: ``name@version``.
        state: Its state.
        digest: The digest of what is to be sent of it.
        zone_data: The release of the zone data that its hours come from; None without local hours.
        hours: From when until when it may leave in each known zone; None without local hours.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    state: str
    digest: str
    zone_data: str | None = None
    hours: dict[str, tuple[str, str]] | None = None

    @property
    def is_pending(self) -> bool:
        """Whether the plan would do something for it, now or in its window."""
        return self.state == CANCEL or self.state in {it.value for it in CampaignState if it.is_pending}


class SavedPlan(BaseModel):
    """The file that ``plan -o`` writes and ``apply`` takes: data to compare with, never to send from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["pushspec/plan"] = "pushspec/plan"
    format_version: Literal[2] = FORMAT_VERSION
    made_at: datetime
    project: str
    environment: str
    sdk_app_id: int
    location: str
    names: tuple[str, ...]
    selectors: tuple[str, ...]
    digest: str
    campaigns: tuple[SavedCampaign, ...]
    checksum: str = ""

    def expected_checksum(self) -> str:
        """Return the hash over everything else, which tells a torn or edited file from a whole one."""
        return digest_of(self.model_dump(mode="json", exclude={"checksum"}, exclude_none=True))

    def expected_digest(self) -> str:
        """Return the digest of a plan that would send these campaigns."""
        pending = ((campaign.key, campaign.digest) for campaign in self.campaigns if campaign.is_pending)
        return pending_digest(self.sdk_app_id, self.environment, self.location, pending)


def saved_plan(plan: Plan, *, made_at: datetime, names: Sequence[str], selectors: Sequence[str]) -> str:
    """Return a plan as the text of its file.

    Campaigns change their state while they are sent, so one of a state keeps the files of its campaigns.
    """
    others, states = split_states(selectors)
    names = names if states is None else [campaign.path for campaign in plan.campaigns]
    saved = SavedPlan(
        made_at=made_at,
        project=plan.project,
        environment=plan.environment_name,
        sdk_app_id=plan.environment.app_id,
        location=plan.environment.location,
        names=tuple(names),
        selectors=tuple(others),
        digest=plan.digest,
        campaigns=tuple(_saved(campaign) for campaign in plan.campaigns)
        + tuple(SavedCampaign(key=it.key, state=CANCEL, digest=it.digest) for it in plan.cancellations),
    )
    whole = saved.model_copy(update={"checksum": saved.expected_checksum()})
    return whole.model_dump_json(indent=2, exclude_none=True) + "\n"


def _saved(campaign: PlannedCampaign) -> SavedCampaign:
    calls = campaign.compiled.calls
    return SavedCampaign(
        key=campaign.key,
        state=campaign.state.value,
        digest=campaign.digest,
        zone_data=calls.zone_data or None,
        hours=_hours(calls) if calls.hours else None,
    )


def _hours(calls: CampaignCalls) -> dict[str, tuple[str, str]]:
    return {
        zone: (hour.opens_at.isoformat(), hour.closes_at.isoformat())
        for hour in calls.hours
        for zone in hour.zones
    }


def read_saved_plan(data: bytes, *, now: datetime) -> SavedPlan:
    """Read a saved plan.

    Raises:
        RefusedError: It is no plan, was edited, or is too old.
    """
    try:
        saved = SavedPlan.model_validate_json(data)
    except ValidationError as error:
        is_json = error.errors()[0]["type"] != "json_invalid"
        raise RefusedError(
            phrase("the file is not a saved plan of this version")
            if is_json
            else phrase("the file is not a saved plan: it was cut off or is not JSON"),
            hint=phrase("make it with `plan -o`"),
        ) from None
    if saved.checksum != saved.expected_checksum():
        raise RefusedError(
            phrase("the saved plan was changed after it was made"),
            hint=phrase("make a new one with `plan -o`"),
        )
    if not timedelta(0) <= now - saved.made_at <= SAVED_PLAN_LIFE:
        raise RefusedError(
            phrase(
                "the saved plan is from {made_at} and is valid for 24 hours",
                made_at=local_text(saved.made_at),
            ),
            hint=phrase("make a new one with `plan -o` and have it approved"),
        )
    return saved


def require_match(saved: SavedPlan, plan: Plan) -> None:
    """Refuse to send anything that the saved plan did not show.

    A campaign that was sent meanwhile is simply done; one whose window opened meanwhile was shown as waiting.

    Raises:
        RefusedError: With the reason.
    """
    made_for = (saved.project, saved.environment, saved.sdk_app_id, saved.location)
    here = (plan.project, plan.environment_name, plan.environment.app_id, plan.environment.location)
    if made_for != here:
        raise RefusedError(
            phrase(
                "the plan was made for {made_for}, not for {here}",
                made_for=" · ".join(map(str, made_for)),
                here=" · ".join(map(str, here)),
            )
        )
    if saved.digest != saved.expected_digest():
        # The checksum is no secret: whoever swaps the campaigns can compute it again, and keep the digest.
        raise RefusedError(
            phrase(
                "the saved plan has the digest {digest}, and its campaigns have another one",
                digest=saved.digest[:12],
            ),
            hint=phrase(
                "somebody put other campaigns into it; make a new one with `plan -o` and have it approved"
            ),
        )
    approved = {campaign.key: campaign for campaign in saved.campaigns}
    for campaign in plan.due:
        _hold_campaign(approved.get(campaign.key), campaign)
    for campaign in plan.campaigns:
        known = approved.get(campaign.key)
        # Nothing of it leaves now; yet who approved the plan did not see what its files say today.
        if campaign.state is CampaignState.WAITING and known is not None and known.is_pending:
            _hold_campaign(known, campaign)
    shown = {(it.key, it.digest) for it in saved.campaigns if it.state == CANCEL}
    for cancellation in plan.cancellations:
        if (cancellation.key, cancellation.digest) not in shown:
            raise RefusedError(
                phrase("the plan does not show that {key} is cancelled", key=cancellation.key),
                hint=phrase("make a new plan"),
            )
    if not plan.has_work and _all_sent_since(saved, plan):
        raise RefusedError(phrase("the plan was already applied: everything in it was sent"))


def _hold_campaign(approved: SavedCampaign | None, campaign: PlannedCampaign) -> None:
    if approved is None:
        raise RefusedError(
            phrase("{key} is not in the plan", key=campaign.key), hint=phrase("make a new plan")
        )
    if not approved.is_pending or approved.state == CANCEL:
        raise RefusedError(
            phrase(
                "the plan shows {key} as {state}, not as one to send", key=campaign.key, state=approved.state
            )
        )
    # Of one that was begun, the rest or all of it was shown: both make the calls that are left.
    if approved.digest not in {campaign.digest, campaign.sending.digest}:
        raise _changed(approved, campaign)


def _changed(approved: SavedCampaign, campaign: PlannedCampaign) -> RefusedError:
    what, hint = phrase("{key} changed after the plan was made", key=campaign.key), phrase("make a new plan")
    then, calls = approved.zone_data, campaign.compiled.calls
    if not then or not calls.zone_data or then == calls.zone_data:
        return RefusedError(what, hint=hint)
    now, before = _hours(calls), approved.hours or {}
    moved = [zone for zone in sorted(now) if zone in before and before[zone] != now[zone]]
    if moved:
        effect = phrase("which moves the hours of {few}", few=few_text(moved[:_FEW], len(moved)))
    elif calls.pinned is not None:
        effect = phrase("and the digest of a pinned list covers the hours of all zones")
    else:
        return RefusedError(what, hint=hint)
    why = phrase(
        "time zone data went from {then} to {zone_data}, {effect}",
        then=then,
        zone_data=calls.zone_data,
        effect=effect,
    )
    back = phrase(
        "{hint}, or go back: pip install tzdata=={package_version}",
        hint=hint,
        package_version=package_version(then),
    )
    return RefusedError(phrase("{what}: {why}", what=what, why=why), hint=back)


def _all_sent_since(saved: SavedPlan, plan: Plan) -> bool:
    """Return whether it showed something to send, and all of that has left or is with the service."""
    shown = {campaign.key for campaign in saved.campaigns if campaign.is_pending and campaign.state != CANCEL}
    over = {CampaignState.SENT, CampaignState.SCHEDULED}
    return bool(shown) and shown.issubset(it.key for it in plan.campaigns if it.state in over)

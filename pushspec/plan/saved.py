"""A saved plan: what its approvers saw and an apply must match."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from pushspec.errors import RefusedError
from pushspec.plan.departure import SAVED_PLAN_LIFE
from pushspec.plan.identity import pending_digest
from pushspec.plan.selection import split_states
from pushspec.plan.states import CampaignState
from pushspec.serialization import digest_of
from pushspec.timestamps import local_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.plan.build import Plan
    from pushspec.plan.planned import PlannedCampaign

FORMAT_VERSION: Literal[2] = 2
CANCEL = "cancel"
"""What a saved plan says of a campaign whose tasks at the service are to be cancelled."""
MAX_BYTES = 16 * 1024 * 1024


class SavedCampaign(BaseModel):
    """One campaign of a saved plan."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    key: str
    state: str
    digest: str

    @property
    def is_pending(self) -> bool:
        """Whether the plan would do something for it, now or in its window."""
        return self.state == CANCEL or self.state in {it.value for it in CampaignState if it.is_pending}


class SavedPlan(BaseModel):
    """The file that ``plan -o`` writes and ``apply`` takes: data to compare with, never to send from."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

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
        return digest_of(self.model_dump(mode="json", exclude={"checksum"}))

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
        campaigns=tuple(
            SavedCampaign(key=campaign.key, state=campaign.state.value, digest=campaign.digest)
            for campaign in plan.campaigns
        )
        + tuple(SavedCampaign(key=it.key, state=CANCEL, digest=it.digest) for it in plan.cancellations),
    )
    return saved.model_copy(update={"checksum": saved.expected_checksum()}).model_dump_json(indent=2) + "\n"


def read_saved_plan(data: bytes, *, now: datetime) -> SavedPlan:
    """Read a saved plan.

    Raises:
        RefusedError: It is no plan, was edited, or is too old.
    """
    try:
        saved = SavedPlan.model_validate_json(data)
    except ValidationError:
        raise RefusedError(
            "the file is not a saved plan of this version", hint="make it with `plan -o`"
        ) from None
    if saved.checksum != saved.expected_checksum():
        raise RefusedError(
            "the saved plan was changed after it was made", hint="make a new one with `plan -o`"
        )
    if not timedelta(0) <= now - saved.made_at <= SAVED_PLAN_LIFE:
        raise RefusedError(
            f"the saved plan is from {local_text(saved.made_at)} and is valid for 24 hours",
            hint="make a new one with `plan -o` and have it approved",
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
            f"the plan was made for {' · '.join(map(str, made_for))}, not for {' · '.join(map(str, here))}"
        )
    if saved.digest != saved.expected_digest():
        # The checksum is no secret: whoever swaps the campaigns can compute it again, and keep the digest.
        raise RefusedError(
            f"the saved plan has the digest {saved.digest[:12]}, and its campaigns have another one",
            hint="somebody put other campaigns into it; make a new one with `plan -o` and have it approved",
        )
    approved = {campaign.key: campaign for campaign in saved.campaigns}
    for campaign in plan.due:
        _hold_campaign(approved.get(campaign.key), campaign)
    shown = {(it.key, it.digest) for it in saved.campaigns if it.state == CANCEL}
    for cancellation in plan.cancellations:
        if (cancellation.key, cancellation.digest) not in shown:
            raise RefusedError(
                f"the plan does not show that {cancellation.key} is cancelled", hint="make a new plan"
            )
    if not plan.has_work and saved.campaigns and _all_sent_since(saved, plan):
        raise RefusedError("the plan was already applied: everything in it was sent")


def _hold_campaign(approved: SavedCampaign | None, campaign: PlannedCampaign) -> None:
    if approved is None:
        raise RefusedError(f"{campaign.key} is not in the plan", hint="make a new plan")
    if not approved.is_pending or approved.state == CANCEL:
        raise RefusedError(f"the plan shows {campaign.key} as {approved.state}, not as one to send")
    if approved.digest != campaign.digest and not campaign.progress.begun_digest:
        raise RefusedError(f"{campaign.key} changed after the plan was made", hint="make a new plan")
    if campaign.progress.begun_digest and approved.digest not in {
        campaign.digest,
        campaign.sending.digest,
    }:
        raise RefusedError(f"{campaign.key} changed after the plan was made", hint="make a new plan")


def _all_sent_since(saved: SavedPlan, plan: Plan) -> bool:
    due = {state.value for state in CampaignState if state.is_due}
    pending = [campaign.key for campaign in saved.campaigns if campaign.state in due]
    over = {CampaignState.SENT, CampaignState.SCHEDULED}
    sent = {campaign.key for campaign in plan.campaigns if campaign.state in over}
    return bool(pending) and sent.issuperset(pending)

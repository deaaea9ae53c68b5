"""What an approval is bound to, and how many people a campaign needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.serialization import digest_of

if TYPE_CHECKING:
    from pushspec.plan.compiled import CompiledCampaign
    from pushspec.spec.approvals import ApprovalRule, ApprovalSettings


def approval_digest(campaign: CompiledCampaign) -> str:
    """Return the SHA-256 over all that decides who gets what when, in hex.

    Besides the calls it covers the policies that the file lifts and the text that a recall would show. It
    stays the same while the calls are made.
    """
    spec = campaign.spec.campaign
    return digest_of(
        {
            "calls": campaign.calls.digest,
            "exceptions": sorted([it.policy.value, it.reason] for it in spec.exceptions),
            "recall": spec.recall.model_dump(mode="json") if spec.recall is not None else None,
        }
    )


def needed_people(campaign: CompiledCampaign, settings: ApprovalSettings) -> int:
    """Return how many people must approve a campaign: by the strictest rule that matches; 0 without one."""
    return max((rule.people for rule in settings.rules if _matches(rule, campaign)), default=0)


def _matches(rule: ApprovalRule, campaign: CompiledCampaign) -> bool:
    when = rule.when
    if when is None:
        return True
    if when.accounts is not None:
        return campaign.calls.account_count >= when.accounts
    return any(recipients.kind in when.model_fields_set for recipients in campaign.audiences)

"""What an approval is bound to, and how many people a campaign needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.serialization import digest_of
from pushspec.text import listed

if TYPE_CHECKING:
    from pushspec.plan.compiled import CompiledCampaign
    from pushspec.spec.approvals import ApprovalRule, ApprovalSettings

_AUDIENCES = {
    "attributes": phrase("attributes"),
    "everyone": phrase("everyone"),
    "tags": phrase("tags"),
}
"""What a rule may be about, besides a number of accounts."""


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


def strictest_rule(campaign: CompiledCampaign, settings: ApprovalSettings) -> ApprovalRule | None:
    """Return the rule that asks the most people to approve a campaign; None where none matches."""
    matching = [rule for rule in settings.rules if _matches(rule, campaign)]
    return max(matching, key=lambda rule: rule.people, default=None)


def rule_text(rule: ApprovalRule) -> str:
    """Say what a rule asks for: ``2 people for everyone``."""
    people = phrase("1 person") if rule.people == 1 else phrase("{people} people", people=rule.people)
    if rule.when is None:
        return phrase("{people} for every campaign", people=people)
    if rule.when.accounts is not None:
        return phrase(
            "{people} for {accounts:,} accounts or more", people=people, accounts=rule.when.accounts
        )
    names = [_AUDIENCES[name] for name in sorted(rule.when.model_fields_set)]
    return phrase("{people} for {names}", people=people, names=listed(names))


def _matches(rule: ApprovalRule, campaign: CompiledCampaign) -> bool:
    when = rule.when
    if when is None:
        return True
    if when.accounts is not None:
        return campaign.calls.account_count >= when.accounts
    return any(recipients.kind in when.model_fields_set for recipients in campaign.audiences)

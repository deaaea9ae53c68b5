"""What the records of a campaign keep of it, whether its calls leave or its tasks are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushspec.plan.contents import contents_sha256, kept_contents

if TYPE_CHECKING:
    from pushspec.apply.run import Provenance
    from pushspec.plan.calls import CampaignCalls


def campaign_keys(campaign: CampaignCalls, provenance: Provenance) -> dict[str, Any]:
    """Return what ``begin`` and ``schedule`` records keep of a campaign."""
    kept = kept_contents(campaign.contents)
    is_part = len(kept) < len(campaign.contents)
    return {
        "campaign": campaign.campaign_key,
        "name": campaign.name,
        "version": campaign.version,
        "digest": campaign.digest,
        "endpoint": campaign.endpoint.name,
        "audience": campaign.audience,
        "contents": {key: dict(content) for key, content in kept.items()},
        "texts": len(campaign.contents) if is_part else None,
        "contents_sha256": contents_sha256(campaign.contents) if is_part else None,
        "accounts": campaign.account_count,
        "accounts_sha256": campaign.accounts_sha256,
        "calls": campaign.call_count,
        "spec": campaign.spec_path,
        "spec_sha256": campaign.spec_sha256,
        "not_before": campaign.not_before,
        "not_after": campaign.not_after,
        "recall": dict(campaign.recall) if campaign.recall is not None else None,
        "location": campaign.location,
        "approved_by": campaign.approved_by or None,
        "statement_sha256": campaign.statement_sha256 or None,
        "reviewed_by": provenance.reviewed_by or None,
        "salt": campaign.salt or None,
        "shares": dict(campaign.shares) or None,
        "list_sha256": campaign.list_sha256 or None,
        "lists": dict(campaign.lists) or None,
        "parts": campaign.table.sizes() if campaign.lists else None,
        "commit": provenance.commit,
        "actor": provenance.actor,
        "run_url": provenance.run_url,
    }

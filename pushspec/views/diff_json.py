"""What changed, as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from pushspec.views.json_text import json_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.plan.diff import CampaignDiff
    from pushspec.serialization import Json

FORMAT_VERSION = 1


def diff_json(diffs: Sequence[CampaignDiff], *, base: str, environment: str) -> str:
    """Return every campaign of both sides with what differs."""
    view = {
        "format_version": FORMAT_VERSION,
        "base": base,
        "environment": environment,
        "campaigns": [_campaign(diff) for diff in diffs],
    }
    return json_text(view)


def _campaign(diff: CampaignDiff) -> dict[str, Json]:
    return {
        "name": diff.name,
        "kind": diff.kind.value,
        "before": diff.before.key if diff.before is not None else None,
        "after": diff.after.key if diff.after is not None else None,
        "changes": [asdict(change) for change in diff.changes],
    }

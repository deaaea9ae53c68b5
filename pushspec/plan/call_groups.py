"""Groups of calls that share a content: its body, its accounts, and how these are split."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pushspec.plan.call_table import CallGroup, Part
from pushspec.plan.chunking import split_accounts
from pushspec.plan.identity import call_key
from pushspec.tencent.bodies import compose_content, content_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.audience.accounts import AccountGroup
    from pushspec.plan.variants import ResolvedVariant
    from pushspec.problems import Problem
    from pushspec.spec.campaign import Audience
    from pushspec.spec.content import Content
    from pushspec.tencent.delivery import Delivery
    from pushspec.tencent.endpoints import Endpoint
    from pushspec.tencent.limits import Limits


def make_call_group(
    resolved: ResolvedVariant,
    audience: Audience,
    group: AccountGroup,
    content: Content,
    endpoint: Endpoint,
    limits: Limits,
) -> tuple[CallGroup | None, list[Problem]]:
    """Return the calls of one group of accounts, or the problem that their body is too large."""
    campaign = resolved.spec.campaign
    body = compose_content(
        endpoint,
        sender=campaign.from_,
        condition=audience.condition,
        delivery=_rendered(campaign.delivery, content),
        message=content.message,
        notification=content.notification,
        web=content.web,
        page_message=content.page_message,
    )
    key = call_key(
        campaign.name,
        campaign.version,
        variant=resolved.variant.name if resolved.variant is not None else None,
    )
    limit = getattr(limits, endpoint.body_limit)
    size = content_bytes(body, endpoint)
    parts = [Part(0, 0, 0)]
    try:
        if endpoint.to_accounts:
            parts = split_accounts(group.accounts, body, endpoint, limits)
    except ValueError:
        size = max(size, limit.value + 1)
    if size <= limit.value:
        return CallGroup(key, body, group.accounts, tuple(parts), content), []
    return None, [
        resolved.spec.document.problem(
            content.main_path,
            "body-bytes",
            f"the body is {size:,} bytes; {endpoint.name} takes {limit.value:,}",
            hint="shorten the texts, or move data to where a link leads",
            key=True,
        )
    ]


def _rendered(delivery: Delivery | None, content: Content) -> Delivery | None:
    """Return ``delivery`` with its rendered texts."""
    return delivery.model_copy(update=dict(content.delivery)) if delivery is not None else None


def content_names(call_groups: Sequence[CallGroup]) -> list[str]:
    """Return the key of each call group; groups of one variant are told apart by a number."""
    counts: dict[str, int] = defaultdict(int)
    names = []
    for call_group in call_groups:
        counts[call_group.key] += 1
        number = counts[call_group.key]
        names.append(call_group.key if number == 1 else f"{call_group.key}~{number}")
    return names


def call_keys(call_groups: Sequence[CallGroup]) -> list[str]:
    """Return the key of every call, with ``#part`` where a variant makes more than one."""
    totals: dict[str, int] = defaultdict(int)
    for call_group in call_groups:
        totals[call_group.key] += len(call_group.parts)
    keys: list[str] = []
    counts: dict[str, int] = defaultdict(int)
    for call_group in call_groups:
        for _ in call_group.parts:
            counts[call_group.key] += 1
            keys.append(
                f"{call_group.key}#{counts[call_group.key]}" if totals[call_group.key] > 1 else call_group.key
            )
    return keys

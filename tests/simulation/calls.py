"""Campaigns in the small, for tests of what happens after planning."""

from __future__ import annotations

from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING

from pushspec.audience.accounts import accounts_sha256
from pushspec.plan.call_table import CallGroup, CallTable, Part
from pushspec.plan.calls import CampaignCalls
from pushspec.plan.departure import Departure
from pushspec.plan.identity import call_key, unique_msg_randoms
from pushspec.plan.local_hours import whole_departure
from pushspec.serialization import digest_of
from pushspec.spec.content import Content
from pushspec.tencent.bodies import list_bytes
from pushspec.tencent.endpoints import ENDPOINTS, EndpointName

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pushspec.plan.departure import ForbiddenTimes
    from pushspec.plan.local_hours import LocalHour
    from pushspec.spec.rollout import Stage

APP = 1400000000
_RENDERED = Content(None, None, {}, (), ())


def campaign_calls(
    name: str = "hello",
    *,
    version: int = 1,
    endpoint: EndpointName = EndpointName.PUSH,
    text: str = "hi",
    parts: Sequence[Sequence[str]] = (),
    variants: Sequence[str] = (),
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    forbidden: tuple[ForbiddenTimes, ...] = (),
    max_push_calls_per_day: int | None = None,
    max_refused: Decimal | None = Decimal("0.5"),
    rollout: Sequence[Stage] = (),
    hours: Sequence[LocalHour] = (),
    stage_of: Sequence[int] = (),
) -> CampaignCalls:
    """Return a campaign with one call, one a part (``stage_of`` has its stage or hour), or one a variant."""
    where = ENDPOINTS[endpoint]
    content = {"From_Account": "admin", "OfflinePushInfo": {"Title": text}}
    slices = [stage.stage for stage in rollout] or [hour.name for hour in hours]
    if slices:
        keys = [
            call_key(name, version, stage=slices[stage], part=number)
            for number, stage in enumerate(stage_of, 1)
        ]
    elif parts:
        keys = [call_key(name, version, part=number) for number in range(1, len(parts) + 1)]
    elif variants:
        keys = [call_key(name, version, variant=variant) for variant in variants]
    else:
        keys = [call_key(name, version)]
    lists = [tuple(part) for part in parts] or [()] * len(keys)

    table = CallTable(
        groups=[
            CallGroup(key, content, named, (Part(0, len(named), list_bytes(named)),), _RENDERED, stage)
            for key, named, stage in zip(keys, lists, stage_of or [0] * len(keys), strict=True)
        ],
        keys=keys,
        msg_randoms=list(unique_msg_randoms(APP, keys)),
    )
    return CampaignCalls(
        name=name,
        version=version,
        endpoint=where,
        digest=digest_of([[key, content, list(accounts)] for key, accounts in zip(keys, lists, strict=True)]),
        contents={f"{name}@{version}": content},
        accounts_sha256=accounts_sha256(chain.from_iterable(lists)),
        audience="everyone",
        spec_path=f"campaigns/{name}.yaml",
        spec_sha256="0" * 64,
        departure=whole_departure(hours) if hours else Departure(not_before, not_after, forbidden),
        max_push_calls_per_day=max_push_calls_per_day,
        max_refused=max_refused,
        location="singapore",
        table=table,
        rollout=tuple(rollout),
        hours=tuple(hours),
        zone_data="made up" if hours else "",
    )


def accounts(count: int, *, first: int = 0) -> tuple[str, ...]:
    """Return made-up account ids."""
    return tuple(f"user{number:05}" for number in range(first, first + count))

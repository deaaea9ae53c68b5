"""The calls of a campaign under way whose pinned list is not at hand, rebuilt from its ``begin``."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from pushspec.audience.unlisted import Unlisted
from pushspec.lockfile.status import slice_name
from pushspec.plan.call_groups import call_keys
from pushspec.plan.call_table import CallGroup, CallTable, Part
from pushspec.plan.departure import Departure
from pushspec.plan.identity import unique_msg_randoms
from pushspec.plan.local_hours import LocalHour

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pushspec.lockfile.records import Begin
    from pushspec.lockfile.state import LockState
    from pushspec.plan.compiled import CompiledCampaign


def as_begun(campaign: CompiledCampaign, state: LockState, app_id: int) -> CompiledCampaign:
    """Return a campaign with exactly the calls that it was begun with, where only estimates are at hand.

    Args:
        campaign: The campaign; it stays as it is where its list is at hand, or it changed since.
        state: What the lockfile knows.
        app_id: The app.
    """
    calls, history = campaign.calls, state.campaigns.get(campaign.calls.campaign_key)
    if history is None or history.begin.parts is None or history.begin.digest != calls.digest:
        return campaign
    if calls.is_at_hand:
        return campaign
    hours = tuple(_hours(calls.hours, history.begin))
    groups = list(_groups(calls.table, hours, history.begin))
    keys = call_keys(groups)
    table = CallTable(groups, keys, list(unique_msg_randoms(app_id, keys)))
    known = replace(
        calls, table=table, hours=hours, accounts_sha256=history.begin.accounts_sha256, is_about=False
    )
    return replace(campaign, calls=known)


def _hours(about: Sequence[LocalHour], begin: Begin) -> Iterator[LocalHour]:
    """Yield the hours that it was begun with; the zones of some, only the list tells."""
    known = {hour.name: hour for hour in about}
    for name, hour in (begin.hours or {}).items():
        span = hour.opens_at, hour.closes_at
        yield known.get(name) or LocalHour(name, (), *span, Departure(*span))


def _groups(table: CallTable, hours: Sequence[LocalHour], begin: Begin) -> Iterator[CallGroup]:
    """Yield a group for each key; of several contents it has the first, for the list tells who gets which."""
    numbers = {hour.name: number for number, hour in enumerate(hours)}
    first: dict[str, CallGroup] = {}
    for group in table.groups:
        first.setdefault(group.key, group)
    for key, (calls, people) in (begin.parts or {}).items():
        ends = [people * number // calls for number in range(calls + 1)]
        parts = tuple(Part(start, stop, 0) for start, stop in pairwise(ends))
        group = first.get(key) or next(iter(first.values()))
        stage = numbers.get(slice_name(key), group.stage)
        yield replace(group, key=key, accounts=Unlisted(people, 1), parts=parts, stage=stage)

"""Split listed accounts into calls: as few as limits and rates allow, and always the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.audience.pinned.unopened import UnopenedAccounts
from pushspec.audience.unlisted import Unlisted
from pushspec.language import phrase
from pushspec.plan.call_table import Part
from pushspec.tencent.bodies import account_bytes, list_bytes, room_for_accounts
from pushspec.tencent.rates import rates_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pushspec.plan.calls import CampaignCalls
    from pushspec.serialization import Json
    from pushspec.tencent.endpoints import Endpoint
    from pushspec.tencent.limits import Limits
    from pushspec.tencent.rates import Rate


def split_accounts(
    accounts: Sequence[str], content: Mapping[str, Json], endpoint: Endpoint, limits: Limits
) -> list[Part]:
    """Return the parts of a list of accounts; joined, they are the whole list.

    A part holds :func:`most_accounts`. On ``openim/batchsendmsg`` the whole body is bounded as well (its code
    93000), so that long ids make for more parts.

    Raises:
        ValueError: Not even one account fits next to the content.
    """
    most = most_accounts(endpoint, limits)
    is_counted = endpoint.body_limit_counts_accounts
    if isinstance(accounts, Unlisted) or (isinstance(accounts, UnopenedAccounts) and not is_counted):
        return _about(accounts, most, content, endpoint, limits)
    if not is_counted:
        starts = range(0, len(accounts), most)
        return [_part(accounts, start, min(start + most, len(accounts))) for start in starts]
    room = room_for_accounts(content, getattr(limits, endpoint.body_limit).value)
    parts: list[Part] = []
    start, used = 0, 0
    for index, account in enumerate(accounts):
        size = account_bytes(account)
        if size > room:
            raise ValueError("not even one account fits next to the content")
        if index - start == most or used + size > room:
            parts.append(_part(accounts, start, index))
            start, used = index, 0
        used += size
    return [*parts, _part(accounts, start, len(accounts))]


def _about(
    accounts: Unlisted | UnopenedAccounts,
    most: int,
    content: Mapping[str, Json],
    endpoint: Endpoint,
    limits: Limits,
) -> list[Part]:
    """Return parts as if every account were as long as the longest one."""
    size = account_bytes("x" * accounts.longest_bytes)
    if endpoint.body_limit_counts_accounts:
        room = room_for_accounts(content, getattr(limits, endpoint.body_limit).value)
        if size > room:
            raise ValueError("not even one account fits next to the content")
        most = min(most, room // size)
    count = len(accounts)
    starts = range(0, count, most)
    ends = [min(start + most, count) for start in starts]
    return [Part(start, end, (end - start) * size + 1) for start, end in zip(starts, ends, strict=True)]


def _part(accounts: Sequence[str], start: int, stop: int) -> Part:
    return Part(start, stop, list_bytes(accounts[start:stop]))


def most_accounts(endpoint: Endpoint, limits: Limits) -> int:
    """Return how many accounts a call names at most.

    No more than one call may, and no more than the service takes in one period of its rate: a call above that
    would pass the window all alone. Where a full call would leave much of the period unused, as 500 of 800
    users a second do, the parts are smaller, so that more of them fill it.
    """
    calls, users = _rates(endpoint, limits)
    most = min(limits.accounts_per_call.value, users.capacity)
    even = users.capacity // -(-users.capacity // most)
    per_period = calls.capacity * users.period_s / calls.period_s
    return max(most, even, key=lambda size: size * min(users.capacity // size, per_period))


def part_text(calls: CampaignCalls, limits: Limits) -> str:
    """Return why a campaign's calls name fewer accounts than one may; empty where no rate is the reason."""
    if not calls.endpoint.to_accounts or calls.call_count == 1:
        return ""
    most, users = most_accounts(calls.endpoint, limits), _rates(calls.endpoint, limits)[1]
    if most == limits.accounts_per_call.value:
        return ""
    return phrase(
        "{most} accounts a call at most, for {name} is {capacity:,}",
        most=most,
        name=users.name,
        capacity=users.capacity,
    )


def _rates(endpoint: Endpoint, limits: Limits) -> tuple[Rate, Rate]:
    """Return how many calls, and how many users at once, an endpoint to listed accounts may take."""
    calls, *users = rates_of(endpoint.pace, limits)
    return calls, min(users, key=lambda rate: rate.capacity)

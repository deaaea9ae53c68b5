"""Groups of calls that share a content: its body, its accounts, and how these are split."""

from __future__ import annotations

from collections import defaultdict
from itertools import count, islice, pairwise
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.plan.call_table import CallGroup, Part, Parts
from pushspec.plan.chunking import most_accounts, split_accounts
from pushspec.plan.identity import call_key
from pushspec.plan.slices import Slice, hour_slices, slices
from pushspec.tencent.bodies import compose_content, content_bytes
from pushspec.tencent.endpoints import ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pushspec.audience.accounts import AccountGroup
    from pushspec.plan.variants import ResolvedVariant
    from pushspec.problems import Problem
    from pushspec.serialization import Json
    from pushspec.spec.campaign import Audience
    from pushspec.spec.content import Content
    from pushspec.tencent.delivery import Delivery
    from pushspec.tencent.endpoints import Endpoint
    from pushspec.tencent.limits import Limits


def make_call_groups(
    resolved: ResolvedVariant,
    audience: Audience,
    people: AccountGroup,
    content: Content,
    number: int,
    limits: Limits,
) -> tuple[list[CallGroup], list[Problem]]:
    """Return the calls of people who get the same content, a group a stage or an hour.

    Args:
        resolved: Their variant.
        audience: The variant's audience.
        people: Who they are; nobody where the audience lists no accounts.
        content: What they get.
        number: Which content of the variant that is, from 1.
        limits: The figures in force.

    Returns:
        The groups, or the problem that their body is too large.
    """
    groups: list[CallGroup] = []
    for piece in _slices(resolved, audience, people):
        group = _call_group(resolved, piece, content, number, limits)
        if group is None:
            return [], [_too_large(resolved, piece, content, limits)]
        groups.append(group)
    return groups, []


def _slices(resolved: ResolvedVariant, audience: Audience, people: AccountGroup) -> Iterator[Slice]:
    """Return people who get the same content by stage or hour."""
    campaign = resolved.spec.campaign
    if not resolved.hours or campaign.schedule is None:
        return slices(campaign, audience, people.accounts)
    default = campaign.schedule.default or ""
    # In which zones people are whom a pin does not tell, only the list does: about, they are in the default.
    zones = people.zones if not people.hidden else {default or resolved.hours[0].zones[0]: people.accounts}
    return hour_slices(resolved.hours, zones, default)


def _call_group(
    resolved: ResolvedVariant, piece: Slice, content: Content, number: int, limits: Limits
) -> CallGroup | None:
    """Return the calls of one stage; None where the body is too large."""
    endpoint, body = _endpoint(resolved), _body(resolved, piece, content)
    parts = [Part(0, 0, 0)]
    try:
        if endpoint.to_accounts:
            parts = split_accounts(piece.accounts, body, endpoint, limits)
    except ValueError:
        return None
    if content_bytes(body, endpoint) > getattr(limits, endpoint.body_limit).value:
        return None
    key = _key(resolved, piece.name)
    # People of several stages get the same body, which is told once; conditions differ.
    named = _key(resolved, None) if endpoint.to_accounts else key
    name = named if number == 1 else f"{named}~{number}"
    return CallGroup(key, body, piece.accounts, Parts(parts), content, piece.stage, name)


def make_hidden_groups(resolved: ResolvedVariant, group: AccountGroup, limits: Limits) -> list[CallGroup]:
    """Return about the calls of people whose values a pin does not tell, a group a stage; none of others."""
    if not group.hidden or resolved.audience is None:
        return []
    most = most_accounts(_endpoint(resolved), limits)
    groups: list[CallGroup] = []
    for piece in _slices(resolved, resolved.audience, group):
        people = len(piece.accounts)
        contents = min(group.hidden, people)
        calls = max(contents, -(-people // most))
        ends = [people * number // calls for number in range(calls + 1)]
        parts = tuple(Part(start, stop, 0) for start, stop in pairwise(ends))
        key = _key(resolved, piece.name)
        groups.append(CallGroup(key, {}, piece.accounts, parts, None, piece.stage, hidden=contents))
    return groups


def content_body(resolved: ResolvedVariant, content: Content) -> Mapping[str, Json]:
    """Return the body of a content without its accounts, as listed people get it."""
    return _body(resolved, Slice(0, None, (), None), content)


def _key(resolved: ResolvedVariant, stage: str | None) -> str:
    campaign, variant = resolved.spec.campaign, resolved.variant
    name = variant.name if variant is not None else None
    return call_key(campaign.name, campaign.version, variant=name, stage=stage)


def _endpoint(resolved: ResolvedVariant) -> Endpoint:
    return ENDPOINTS[resolved.spec.campaign.endpoint]


def _body(resolved: ResolvedVariant, piece: Slice, content: Content) -> dict[str, Json]:
    campaign = resolved.spec.campaign
    return compose_content(
        _endpoint(resolved),
        sender=campaign.from_,
        condition=piece.condition,
        delivery=_rendered(campaign.delivery, content),
        message=content.message,
        notification=content.notification,
        web=content.web,
        page_message=content.page_message,
    )


def _too_large(resolved: ResolvedVariant, piece: Slice, content: Content, limits: Limits) -> Problem:
    endpoint = _endpoint(resolved)
    limit = getattr(limits, endpoint.body_limit)
    # Where not even one account fits beside it, it is too large whatever its own size.
    size = max(content_bytes(_body(resolved, piece, content), endpoint), limit.value + 1)
    return resolved.spec.document.problem(
        content.main_path,
        "body-bytes",
        phrase(
            "the body is {size:,} bytes; {name} takes {most:,}",
            size=size,
            name=endpoint.name,
            most=limit.value,
        ),
        hint=phrase("shorten the texts, or move data to where a link leads"),
        key=True,
    )


def _rendered(delivery: Delivery | None, content: Content) -> Delivery | None:
    """Return ``delivery`` with its rendered texts."""
    return delivery.model_copy(update=dict(content.delivery)) if delivery is not None else None


def call_keys(call_groups: Sequence[CallGroup]) -> list[str]:
    """Return the key of every call, with ``#part`` where a variant makes more than one."""
    totals: dict[str, int] = defaultdict(int)
    for call_group in call_groups:
        totals[call_group.key] += len(call_group.parts)
    numbers: dict[str, Iterator[int]] = defaultdict(lambda: count(1))
    keys: list[str] = []
    for call_group in call_groups:
        key, parts = call_group.key, len(call_group.parts)
        if totals[key] == 1:
            keys += [key] * parts
        else:
            keys += [f"{key}#{number}" for number in islice(numbers[key], parts)]
    return keys

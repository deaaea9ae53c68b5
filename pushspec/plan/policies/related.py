"""Campaigns around another one: those of the same plan, and those that the lockfile saw leave lately."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.lockfile.histories import CallState
from pushspec.plan.contents import kept_contents
from pushspec.serialization import digest_of
from pushspec.tencent.bodies import marketing_of, terms_of, wording_of
from pushspec.tencent.endpoints import ENDPOINTS, EndpointName

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from pushspec.lockfile.state import LockState
    from pushspec.plan.calls import CampaignCalls
    from pushspec.serialization import Json
    from pushspec.tencent.conditions import Term

UNSAID = "\0"
"""What follows it in a group of people tells lists of accounts apart, and is not for people to read."""

_REACHED = frozenset({CallState.SENT, CallState.IN_DOUBT, CallState.INTENDED})


@dataclass(frozen=True, slots=True)
class Reach:
    """Who gets a campaign, as far as two of them can be compared.

    Attributes:
        everyone: All users of the app.
        groups: Tags, attribute values and lists of accounts, each in words.
    """

    everyone: bool
    groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class RelatedCampaign:
    """A campaign that was sent lately or is about to be.

    Attributes:
        key: ``name@version``.
        leaves_at: When it was begun, or would leave.
        is_sent: Whether it was sent.
        is_gone: Whether it was sent and the project no longer has its name.
        reach: Who gets it.
        fingerprints: A hash of each text that its contents have, in their order.
        marketing: The vendors that count it as marketing.
        lists: The hashes of the pinned lists that it uses, excluded ones included.
        is_unsure: Whether it reaches the people of another one, only its lists tell, not its reach.
    """

    key: str
    leaves_at: datetime
    is_sent: bool
    is_gone: bool
    reach: Reach
    fingerprints: tuple[str, ...]
    marketing: frozenset[str]
    lists: frozenset[str] = frozenset()
    is_unsure: bool = False


def due_campaigns(
    planned: Iterable[tuple[CampaignCalls, RelatedCampaign]], state: LockState, now: datetime
) -> Iterator[RelatedCampaign]:
    """Yield the campaigns of a plan that may still leave, and that nobody may have got yet."""
    reached = _reached(state)
    settled = {key for key, call in state.calls.items() if call.is_settled}
    for calls, own in planned:
        is_left = not settled.issuperset(calls.table.keys)
        if is_left and own.key not in reached and not calls.is_over(now):
            yield own


def sent_campaigns(state: LockState, since: datetime, names: frozenset[str]) -> Iterator[RelatedCampaign]:
    """Yield the campaigns that were begun after an instant and that somebody may have got."""
    reached = _reached(state)
    for key, history in state.campaigns.items():
        begin = history.begin
        if history.begun_at >= since and key in reached:
            yield RelatedCampaign(
                key=key,
                leaves_at=history.begun_at,
                is_sent=True,
                is_gone=begin.name not in names,
                reach=_reach(
                    EndpointName(begin.endpoint), begin.contents, begin.list_sha256 or begin.accounts_sha256
                ),
                fingerprints=_fingerprints(begin.contents),
                marketing=_marketing(begin.contents),
                lists=frozenset((begin.lists or {}).values()),
            )


def _reached(state: LockState) -> frozenset[str]:
    return frozenset(call.campaign for call in state.calls.values() if call.state in _REACHED)


def related_campaign(calls: CampaignCalls, now: datetime) -> RelatedCampaign:
    """Return a campaign as others see it, leaving as early as it may."""
    return RelatedCampaign(
        key=calls.campaign_key,
        leaves_at=now if calls.not_before is None else max(now, calls.not_before),
        is_sent=False,
        is_gone=False,
        reach=_reach(calls.endpoint.name, calls.contents, calls.list_sha256 or calls.accounts_sha256),
        fingerprints=_fingerprints(calls.contents),
        marketing=_marketing(calls.contents),
        lists=frozenset(calls.lists.values()),
        is_unsure=_is_unsure(calls),
    )


def _is_unsure(calls: CampaignCalls) -> bool:
    """Whether the hash over the people of a campaign does not tell that another campaign reached them."""
    if calls.pinned is None:
        return False
    # The name is the salt of stages: under another one the same people stand in another order.
    is_by_name = bool(calls.rollout)
    return is_by_name or calls.is_about or calls.accounts_sha256 == digest_of(calls.pinned.people)


def _fingerprints(contents: Mapping[str, Mapping[str, Json]]) -> tuple[str, ...]:
    """Return a hash of what each content says, of many those that a lockfile holds; none for silent ones."""
    said = (wording_of(content) for content in kept_contents(contents).values())
    return tuple(dict.fromkeys(digest_of(wording) for wording in said if any(wording)))


def _reach(endpoint: EndpointName, contents: Mapping[str, Mapping[str, Json]], people: str) -> Reach:
    if ENDPOINTS[endpoint].to_accounts:
        return Reach(everyone=False, groups=frozenset({f"{UNSAID}{people}"}))
    conditions = [terms_of(content) for content in contents.values()]
    groups = frozenset(group for terms in conditions for group in _groups(terms))
    return Reach(not all(conditions), groups)


def _groups(terms: Iterable[Term]) -> Iterator[str]:
    for term in terms:
        if term.word != "not":
            yield from (
                phrase("tag {name}", name=name) if term.subject == "tags" else name for name in term.names
            )


def _marketing(contents: Mapping[str, Mapping[str, Json]]) -> frozenset[str]:
    return frozenset(vendor for content in contents.values() for vendor in marketing_of(content))

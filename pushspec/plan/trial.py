"""A try: what a campaign says, sent to a handful of testers under keys that are never the campaign's own.

Nothing here knows the campaign's audience: a try is made of contents and of :class:`Testers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.plan.calls import Call
from pushspec.plan.identity import msg_random
from pushspec.plan.renderings import Renderings
from pushspec.serialization import digest_of
from pushspec.tencent.bodies import compose_content, without_condition
from pushspec.tencent.delivery import carried_by
from pushspec.tencent.endpoints import ENDPOINTS, EndpointName, to_accounts_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from pushspec.lockfile.records import Tried
    from pushspec.lockfile.state import LockState
    from pushspec.plan.calls import CampaignCalls
    from pushspec.plan.compiled import CompiledCampaign
    from pushspec.serialization import Json
    from pushspec.spec.campaign import Campaign
    from pushspec.spec.content import Content
    from pushspec.tencent.delivery import Delivery

MOST_TESTERS = 50
_ODD_ONES = 1
"""One odd rendering tells what the others would."""


@dataclass(frozen=True, slots=True)
class Testers:
    """The accounts that get a try.

    Raises:
        ValueError: There are none, or more than :data:`MOST_TESTERS`.
    """

    accounts: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse what no list of testers is."""
        if not 0 < len(self.accounts) <= MOST_TESTERS:
            raise ValueError(
                phrase(
                    "a try goes to 1 to {most} testers, not to {count}",
                    most=MOST_TESTERS,
                    count=len(self.accounts),
                )
            )


@dataclass(frozen=True, slots=True)
class TrialCall:
    """One rendering on its way to the testers.

    Attributes:
        call: The request.
        what: Which rendering of which variant it is, in words; empty where there is only one.
    """

    call: Call
    what: str


@dataclass(frozen=True, slots=True)
class Trial:
    """A try of one campaign.

    Attributes:
        campaign_key: ``name@version``.
        digest: What it tries: a digest over the contents, without audience and window.
        testers: Who gets it.
        calls: What is sent, one call a rendering.
        left_out: Keys of ``delivery`` that calls to listed accounts do not carry.
    """

    campaign_key: str
    digest: str
    testers: Testers
    calls: tuple[TrialCall, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LastTry:
    """The last try of what a campaign says now, all of its calls sent.

    Attributes:
        at: When it was over.
        by: Who tried it.
        testers: How many people it went to.
        devices: How many devices of theirs are known; None where nobody asked, or the service did not tell.
        reached: How many of them each of its texts reached.
    """

    at: datetime
    by: str
    testers: int
    devices: int | None
    reached: int | None


def last_try(calls: CampaignCalls, state: LockState) -> LastTry | None:
    """Return the last whole try of exactly this content; None where there is none."""
    digest = content_digest(calls)
    tries: dict[str, list[Tried]] = {}
    for key, record in state.tries.get(calls.campaign_key, {}).items():
        if record.content_sha256 == digest and record.step in {"sent", "traced"}:
            tries.setdefault(key.partition("#")[0], []).append(record)
    whole = [records for records in tries.values() if len(records) == records[0].calls]
    if not whole:
        return None
    records = whole[-1]
    traced = [record for record in records if record.devices is not None]
    return LastTry(
        at=max(record.at for record in records),
        by=records[0].by,
        testers=records[0].accounts,
        # Each text goes to the same devices: one that misses a text is not reached.
        devices=max((record.devices or 0 for record in traced), default=None),
        reached=min((record.reached or 0 for record in traced), default=None),
    )


def tries_that_left(state: LockState, keys: Collection[str] | None, since: datetime | None) -> int:
    """Return how many tries somebody may have got, which no number of a campaign holds.

    Args:
        state: The lockfile.
        keys: Campaigns, by ``name@version``; None for all.
        since: Only what was recorded then or later; None for any time.
    """
    left = {
        key.partition("#")[0]
        for campaign_key, tries in state.tries.items()
        for key, record in tries.items()
        if (keys is None or campaign_key in keys)
        and record.step in {"sent", "traced", "unknown"}
        and sum(record.refused.values()) < record.accounts
        and (since is None or record.at >= since)
    }
    return len(left)


def content_digest(calls: CampaignCalls) -> str:
    """Return the digest over what a campaign says: its endpoint and contents, whoever gets them."""
    if calls.pinned is not None:
        return digest_of({"endpoint": calls.endpoint.name, "contents": calls.pinned.contents})
    contents = {name: without_condition(content) for name, content in calls.contents.items()}
    return digest_of({"endpoint": calls.endpoint.name, "contents": contents})


def next_number(state: LockState, campaign_key: str) -> int:
    """Return the number of a campaign's next try, from 1; one that died has had its number."""
    return len({key.partition("#")[0] for key in state.tries.get(campaign_key, {})}) + 1


def trial_key(campaign_key: str, number: int, place: int = 1) -> str:
    """Return the key of a rendering of a try, which no call of a campaign has.

    Args:
        campaign_key: ``name@version``.
        number: Which try of the campaign it is, from 1.
        place: Which rendering of the try it is, from 1.
    """
    return f"{campaign_key}!try{number}" + (f"#{place}" if place > 1 else "")


def make_trial(
    campaign: CompiledCampaign, testers: Testers, *, number: int, sender: str, app_id: int
) -> Trial:
    """Return a try of what a campaign says.

    Args:
        campaign: The campaign; a personalized one is tried with its shortest, longest and one odd rendering.
        testers: Who gets it.
        number: Which try of the campaign it is, from 1; part of its keys.
        sender: Who sends it where the campaign names nobody.
        app_id: The app.
    """
    spec, calls = campaign.spec.campaign, campaign.calls
    endpoint = ENDPOINTS[to_accounts_of(calls.endpoint.name, with_message=_has_message(campaign))]
    made = []
    for place, (content, what) in enumerate(_chosen(campaign), 1):
        key = trial_key(calls.campaign_key, number, place)
        body = _body(spec, content, endpoint.name, sender)
        call = Call(key, endpoint, msg_random(app_id, key), body, testers.accounts)
        made.append(TrialCall(call, what))
    left_out = tuple(_left_out(spec.delivery, calls.endpoint.name, endpoint.name))
    return Trial(calls.campaign_key, content_digest(calls), testers, tuple(made), left_out)


def _has_message(campaign: CompiledCampaign) -> bool:
    return any(content.message is not None for content in campaign.contents.values())


def _chosen(campaign: CompiledCampaign) -> Iterator[tuple[Content, str]]:
    """Yield the contents to try of each variant, with what each of them is."""
    by_variant: dict[str, list[str]] = {}
    seen: set[str] = set()
    for name, content in campaign.calls.contents.items():
        digest = digest_of(without_condition(content))
        if digest not in seen:  # stages by tag say the same to different people
            by_variant.setdefault(name.partition("~")[0], []).append(name)
        seen.add(digest)
    for variant, names in by_variant.items():
        renderings = Renderings()
        for place, name in enumerate(names):
            renderings.add(place, without_condition(campaign.calls.contents[name]))
        told = renderings.told()
        ends = {place: why for place, why in told.items() if place not in renderings.odd[_ODD_ONES:]}
        for place, why in ends.items():
            what = [variant.partition("/")[2]] if len(by_variant) > 1 else []
            yield campaign.contents[names[place]], ", ".join([*what, *([why] if why else [])])


def _body(campaign: Campaign, content: Content, endpoint: EndpointName, sender: str) -> Mapping[str, Json]:
    # An author's own data_id would lead a callback of the try to the real send.
    delivery = campaign.delivery
    if delivery is not None:
        texts = {key: text for key, text in content.delivery.items() if key != "data_id"}
        given = delivery.model_dump(exclude_unset=True, exclude={"data_id"}) | texts
        delivery = type(delivery).model_construct(**given)
    return compose_content(
        ENDPOINTS[endpoint],
        sender=campaign.from_ or sender,
        condition=None,
        delivery=delivery,
        message=content.message,
        notification=content.notification,
        web=content.web,
        page_message=content.page_message,
    )


def _left_out(delivery: Delivery | None, own: EndpointName, tried: EndpointName) -> Iterator[str]:
    for key in sorted(delivery.model_fields_set) if delivery is not None else ():
        if carried_by(key, own) is not None and carried_by(key, tried) is None:
            yield key

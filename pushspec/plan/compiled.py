"""A campaign that passed every check: what it sends, to whom, and the digest over all of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from pushspec.audience.accounts import accounts_sha256
from pushspec.audience.exclusions import merge_exclusions
from pushspec.audience.pinned.unopened import UnopenedAccounts
from pushspec.language import phrase
from pushspec.plan.audience_text import audience_text
from pushspec.plan.calls import CampaignCalls, PinnedPart
from pushspec.plan.departure import departure_of
from pushspec.plan.local_hours import whole_departure
from pushspec.plan.pinned import pinned_part
from pushspec.serialization import digest_of
from pushspec.spec.policy import PolicyName
from pushspec.spec.recipients import AudienceKind, FromPin
from pushspec.tencent.endpoints import ENDPOINTS
from pushspec.text import join_text
from pushspec.zones import zone_data_version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pushspec.audience.arms import Arms
    from pushspec.audience.exclusions import Exclusion
    from pushspec.audience.pinned.pin import Pin
    from pushspec.plan.call_table import CallTable
    from pushspec.plan.variants import ResolvedVariant
    from pushspec.serialization import Json
    from pushspec.spec.content import Content
    from pushspec.spec.load import CampaignSpec, ProjectSpec
    from pushspec.spec.recipients import Recipients


@dataclass(frozen=True, slots=True)
class CompiledCampaign:
    """A campaign that passed every check.

    Attributes:
        spec: Its file.
        calls: What it sends.
        audiences: Who gets it, one a variant.
        payload_bytes: Size of its largest body.
        contents: The rendered contents, by the key without ``#part``.
        duplicates: Accounts named more than once.
        excluded: Accounts left out.
        exclusions: What each entry of ``exclude`` does, to all variants together.
        holdout: Accounts left out because the project holds them out of every list.
        arms: Its list as the shares of its variants cut it; None where they have none.
        pins: The pins of the lists that it uses, those that it excludes included, by audience.
        without_zone: Accounts without a time zone, which count as that of the default.
    """

    spec: CampaignSpec
    calls: CampaignCalls
    audiences: tuple[Recipients, ...]
    payload_bytes: int
    contents: Mapping[str, Content]
    duplicates: int
    excluded: int
    exclusions: tuple[Exclusion, ...] = ()
    holdout: int = 0
    arms: Arms | None = None
    pins: Mapping[str, Pin] = field(default_factory=dict)
    without_zone: int = 0

    @property
    def is_to_everyone(self) -> bool:
        """Whether all users of the app get it."""
        return any(recipients.kind is AudienceKind.EVERYONE for recipients in self.audiences)

    @property
    def audience_pins(self) -> dict[str, Pin]:
        """The pins of the lists that it sends to, without those that it only excludes, by audience."""
        return {it.name: self.pins[it.name] for it in self.audiences if isinstance(it, FromPin)}


def finish_campaign(
    variants: Sequence[ResolvedVariant], table: CallTable, project: ProjectSpec, environment_name: str
) -> CompiledCampaign:
    """Return a campaign whose variants have no errors.

    Args:
        variants: Its variants, or the one that stands for a campaign without any.
        table: Its calls as they were cut, with their numbers.
        project: The project.
        environment_name: One of its environments.
    """
    arms = variants[0].arms
    lists = [resolved.accounts for resolved in variants if resolved.accounts is not None]
    lists = lists if arms is None else [arms.whole]
    pins = {pin.audience: pin for accounts in lists for pin in accounts.pins}
    calls = _campaign_calls(variants, table, project, environment_name, pins)
    return CompiledCampaign(
        spec=variants[0].spec,
        calls=calls,
        audiences=tuple(
            resolved.audience.recipients for resolved in variants if resolved.audience is not None
        ),
        payload_bytes=calls.largest_body(),
        contents={group.content_name: group.rendered for group in table.groups if group.rendered is not None},
        duplicates=sum(accounts.duplicates for accounts in lists),
        excluded=sum(accounts.excluded for accounts in lists),
        exclusions=merge_exclusions(accounts.exclusions for accounts in lists),
        holdout=sum(accounts.holdout for accounts in lists),
        arms=arms,
        pins=pins,
        without_zone=sum(len(group.zones.get("", ())) for resolved in variants for group in resolved.groups),
    )


def _campaign_calls(
    variants: Sequence[ResolvedVariant],
    table: CallTable,
    project: ProjectSpec,
    environment_name: str,
    pins: Mapping[str, Pin],
) -> CampaignCalls:
    spec, policy = variants[0].spec, project.project.policy
    campaign, environment = spec.campaign, project.project.environments[environment_name]
    hours = variants[0].hours
    binds = partial(policy.binds, exceptions=campaign.exceptions)
    most_a_day = policy.max_push_calls_per_day if binds(PolicyName.MAX_PUSH_CALLS_PER_DAY) else None
    pinned = pinned_part(variants, pins, project, environment_name) if pins else None
    calls = CampaignCalls(
        name=campaign.name,
        version=campaign.version,
        endpoint=ENDPOINTS[campaign.endpoint],
        digest="",
        contents={group.content_name: group.content for group in table.groups if not group.hidden},
        accounts_sha256=_accounts_digest(variants, table, pinned),
        audience=join_text([(_name(resolved), _audience_text(resolved)) for resolved in variants]),
        spec_path=spec.path,
        spec_sha256=spec.sha256,
        departure=departure_of(campaign, policy) if not hours else whole_departure(hours),
        max_push_calls_per_day=most_a_day,
        max_refused=policy.max_refused_share if binds(PolicyName.MAX_REFUSED) else None,
        location=environment.location,
        table=table,
        salt=campaign.split_salt if variants[0].arms is not None else "",
        shares=variants[0].arms.shares if variants[0].arms is not None else {},
        list_sha256=_list_digest(variants[0].arms),
        lists={name: pin.rows_sha256 for name, pin in pins.items()},
        pinned=pinned,
        is_about=any(resolved.is_about for resolved in variants),
        rollout=campaign.rollout or (),
        due_at=campaign.schedule.at if campaign.schedule is not None else None,
        hours=hours,
        zone_data=zone_data_version() if hours else "",
        recall=campaign.recall.model_dump(exclude_none=True) if campaign.recall is not None else None,
    )
    return replace(calls, digest=_digest(calls, environment_name, environment.app_id))


def _digest(calls: CampaignCalls, environment_name: str, app_id: int) -> str:
    """Return the digest over all that would be sent, which lockfiles and approvals keep."""
    covered: dict[str, Json] = {
        "app": app_id,
        "environment": environment_name,
        "place": calls.location,
        "campaign": calls.campaign_key,
        "endpoint": calls.endpoint.name,
        "window": [
            instant.isoformat() if instant is not None else None
            for instant in (calls.not_before, calls.not_after)
        ],
    }
    if calls.pinned is not None:
        covered |= {"contents": calls.pinned.contents, "people": calls.pinned.people}
        if calls.hours:
            covered["window"] = None  # which hours there are, only the list tells; the people's part has all
    else:
        parts = [[[part.start, part.stop] for part in group.parts] for group in calls.table.groups]
        covered |= {"contents": dict(calls.contents), "accounts": calls.accounts_sha256, "parts": parts}
    if calls.rollout:
        covered["rollout"] = [stage.model_dump(mode="json") for stage in calls.rollout]
    if calls.due_at is not None:
        covered["by"] = "service"
    if calls.hours and calls.pinned is None:
        # The moments, and not the zone data that they come from: other data with the same hours is the same.
        covered["hours"] = [
            [hour.name, hour.opens_at.isoformat(), hour.closes_at.isoformat()] for hour in calls.hours
        ]
        covered["hour_of_group"] = [group.stage for group in calls.table.groups]
    if calls.recall is not None:
        covered["recall"] = dict(calls.recall)
    return digest_of(covered)


def _accounts_digest(variants: Sequence[ResolvedVariant], table: CallTable, pinned: PinnedPart | None) -> str:
    """Return the hash over the accounts in the order of the calls, or over what decides who they are."""
    if not ENDPOINTS[variants[0].spec.campaign.endpoint].to_accounts:
        return digest_of([])
    first = table.groups[0].accounts
    if len(table.groups) == 1 and isinstance(first, UnopenedAccounts):
        return first.pin.accounts_sha256
    lists = [resolved.accounts for resolved in variants if resolved.accounts is not None]
    if pinned is None or all(accounts.is_at_hand for accounts in lists):
        return accounts_sha256(*(group.accounts for group in table.groups))
    if len(table.groups) == len(lists) == 1 and not variants[0].is_about:
        return lists[0].pins[0].accounts_sha256
    return digest_of(pinned.people)


def _list_digest(arms: Arms | None) -> str:
    """Return the hash over a list that shares cut: under another name, the same list is cut otherwise."""
    if arms is None:
        return ""
    whole = arms.whole
    if whole.is_at_hand:
        return accounts_sha256(*(group.accounts for group in whole.groups))
    return whole.pins[0].accounts_sha256 if len(whole.groups) == 1 and not whole.is_about else ""


def _name(resolved: ResolvedVariant) -> str | None:
    return resolved.variant.name if resolved.variant is not None else None


def _audience_text(resolved: ResolvedVariant) -> str:
    if resolved.audience is None:
        return ""
    count = resolved.accounts.count if resolved.accounts is not None else 0
    words = audience_text(resolved.audience.recipients, account_count=count).brief
    share = resolved.variant.share if resolved.variant is not None else None
    words = phrase("about {words}", words=words) if resolved.is_about else words
    return words if share is None else f"{words} ({share})"

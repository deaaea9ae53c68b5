"""The variants of campaigns, each with who gets it and what it says, before anything is rendered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pushspec.audience.accounts import AccountGroup, AccountList
from pushspec.audience.arms import cut_arms
from pushspec.audience.zoned import zoned_accounts
from pushspec.language import phrase
from pushspec.plan.local_hours import hours_of
from pushspec.plan.pin_lists import in_order
from pushspec.plan.pins import Place
from pushspec.plan.variant_accounts import listed_accounts
from pushspec.plan.zone_columns import skipped_hours, zone_column
from pushspec.spec.content import content_source
from pushspec.tencent.endpoints import ENDPOINTS
from pushspec.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pushspec.audience.accounts import ValuesKey
    from pushspec.audience.arms import Arms
    from pushspec.audience.pinned.reading import PinnedLists
    from pushspec.plan.local_hours import LocalHour
    from pushspec.problems import Problem
    from pushspec.serialization import Json
    from pushspec.spec.campaign import Audience, Variant
    from pushspec.spec.content import ContentSource
    from pushspec.spec.load import CampaignSpec, ProjectSpec
    from pushspec.spec.policy import Policy
    from pushspec.spec.project import Environment
    from pushspec.spec.validation import KeyPath

_NOBODY_LISTED = (AccountGroup({}, ()),)
"""One group without accounts: the single call to everyone, a tag or an attribute."""


@dataclass(frozen=True, slots=True)
class ResolvedVariant:
    """One variant; a campaign without variants has one resolved.

    Attributes:
        spec: The campaign file.
        variant: The variant, if the campaign has any.
        audience: Who gets it; None where the file does not say.
        audience_path: The path of the audience in the file.
        source: What it says, as written in the file.
        accounts: The accounts, where the audience lists them and they could be read.
        arms: The whole list as the shares of the campaign cut it; None where it is not cut.
        bodies: What each combination of values that its pin promises is sent, once it is rendered.
        hours: The hours of the campaign's people on their own clocks; none without ``schedule.local``.
    """

    spec: CampaignSpec
    variant: Variant | None
    audience: Audience | None
    audience_path: KeyPath
    source: ContentSource
    accounts: AccountList | None
    arms: Arms | None = None
    bodies: tuple[tuple[ValuesKey, Mapping[str, Json]], ...] = ()
    hours: tuple[LocalHour, ...] = ()

    @property
    def is_about(self) -> bool:
        """Whether its sizes are estimates, because a list is not at hand."""
        campaign, accounts = self.spec.campaign, self.accounts
        if accounts is None or accounts.is_at_hand or accounts.is_about:
            return accounts is not None and accounts.is_about
        is_cut_by_bytes = ENDPOINTS[campaign.endpoint].body_limit_counts_accounts
        return bool(campaign.rollout) or is_cut_by_bytes or any(group.hidden for group in accounts.groups)

    @property
    def is_unread(self) -> bool:
        """Whether the audience lists accounts, and they could not be read."""
        return self.audience is not None and self.audience.lists_accounts and self.accounts is None

    @property
    def groups(self) -> tuple[AccountGroup, ...]:
        """The groups of accounts that get the same content."""
        if self.accounts is not None:
            return self.accounts.groups
        # Without its rows a personalized text cannot be rendered; the audience's problem is shown instead.
        return () if self.audience is not None and self.audience.personalize else _NOBODY_LISTED

    @property
    def told_groups(self) -> list[AccountGroup]:
        """The groups whose values are known; those that only a pin promises come last, without people."""
        told = [group for group in self.groups if not group.hidden]
        named = {group.values_key for group in told}
        promised = self.accounts.promised if self.accounts is not None else ()
        return [*told, *(group for group in promised if group.values_key not in named)]

    def is_only_promised(self, group: AccountGroup) -> bool:
        """Whether nobody has the values of a group, which a pin promises all the same."""
        return self.accounts is not None and not group.accounts

    def with_bodies(self, bodies: Mapping[ValuesKey, Mapping[str, Json]]) -> ResolvedVariant:
        """Return the variant with what each promised combination is sent, in the order of the promise."""
        keys = [group.values_key for group in self.accounts.promised] if self.accounts is not None else []
        return replace(self, bodies=tuple((key, bodies[key]) for key in keys if key in bodies))


def resolve_variants(
    specs: Sequence[CampaignSpec], project: ProjectSpec, environment: Environment, lists: PinnedLists
) -> tuple[list[ResolvedVariant], list[Problem]]:
    """Return the variants of campaigns in their order, with their accounts, and what is wrong with those."""
    variants: list[ResolvedVariant] = []
    problems: list[Problem] = []
    for spec in specs:
        if spec.campaign.shares:
            found, wrong = _resolve_arms(spec, project, environment, lists)
        else:
            found, wrong = _resolve_each(spec, project, environment, lists)
        found, skipped = _in_hours(found, project.project.policy)
        variants += found
        problems += [*wrong, *skipped]
    return variants, problems


def _resolve_each(
    spec: CampaignSpec, project: ProjectSpec, environment: Environment, lists: PinnedLists
) -> tuple[list[ResolvedVariant], list[Problem]]:
    variants: list[ResolvedVariant] = []
    problems: list[Problem] = []
    for index in range(len(spec.campaign.variants)) if spec.campaign.variants else (None,):
        resolved = _resolve(spec, index)
        if resolved.audience is not None and resolved.audience.lists_accounts:
            accounts, found = listed_accounts(place_of(resolved), project, environment, lists)
            problems += found
            resolved = replace(resolved, accounts=accounts)
        variants.append(resolved)
    return variants, problems


def _resolve_arms(
    spec: CampaignSpec, project: ProjectSpec, environment: Environment, lists: PinnedLists
) -> tuple[list[ResolvedVariant], list[Problem]]:
    """Return the variants of a campaign that cuts its list into shares; it is read once."""
    campaign = spec.campaign
    variants = [_resolve(spec, index) for index in range(len(campaign.variants or ()))]
    accounts, problems = listed_accounts(place_of(variants[0]), project, environment, lists)
    if accounts is None:
        return variants, problems
    arms = cut_arms(accounts, campaign.split_salt, campaign.shares)
    resolved = [
        replace(variant, accounts=arm, arms=arms) for variant, arm in zip(variants, arms.lists, strict=True)
    ]
    return resolved, [*problems, *_empty_arms(spec, arms)]


def _empty_arms(spec: CampaignSpec, arms: Arms) -> Iterator[Problem]:
    for index, (share, arm) in enumerate(zip(arms.shares.values(), arms.lists, strict=True)):
        if not arm.count:
            yield spec.document.problem(
                ("variants", index, "share"),
                "share-empty",
                phrase(
                    "none of {accounts} falls into these {share}",
                    accounts=counted(arms.whole.count, "account"),
                    share=share,
                ),
                hint=phrase("raise the share, or send to more people"),
            )


def _resolve(spec: CampaignSpec, index: int | None) -> ResolvedVariant:
    variant = spec.campaign.variants[index] if spec.campaign.variants and index is not None else None
    audience = spec.campaign.audience
    path: KeyPath = ("audience",)
    if variant is not None and index is not None and (variant.audience is not None or audience is None):
        audience, path = variant.audience, ("variants", index, "audience")
    return ResolvedVariant(spec, variant, audience, path, content_source(spec, index), None)


def _in_hours(variants: list[ResolvedVariant], policy: Policy) -> tuple[list[ResolvedVariant], list[Problem]]:
    """Return the variants of a campaign with the hours of their people, and why somebody can have none."""
    spec = variants[0].spec
    schedule = spec.campaign.schedule
    if schedule is None or schedule.local is None:
        return variants, []
    zoned: list[ResolvedVariant] = []
    problems: list[Problem] = []
    for resolved in variants:
        column = zone_column(schedule, resolved.audience)
        accounts, found = zoned_accounts(resolved.accounts, column) if column is not None else (None, [])
        if accounts is not None and accounts.promised:
            accounts = replace(accounts, groups=in_order(accounts.groups, accounts.promised))
        zoned.append(replace(resolved, accounts=accounts))
        problems += found
    groups = [group for resolved in zoned for group in resolved.groups]
    names = {name for group in groups for name in group.zones}
    if any(group.hidden for group in groups):
        names |= {schedule.default or min(names, default="UTC")}
    hours = hours_of(spec.campaign, policy, names)
    return [replace(resolved, hours=hours) for resolved in zoned], [*problems, *skipped_hours(spec, hours)]


def place_of(resolved: ResolvedVariant) -> Place:
    """Return where the audience of a variant is written."""
    return Place(resolved.spec, resolved.audience_path, resolved.audience)


def template_variables(
    project: ProjectSpec, environment: Environment, resolved: ResolvedVariant, user: Mapping[str, Json]
) -> dict[str, Json]:
    """Return what templates of a variant may use, for people with some values; the nearest source wins."""
    campaign = resolved.spec.campaign
    return {
        **project.project.vars,
        **environment.vars,
        **campaign.vars,
        **(resolved.variant.vars if resolved.variant is not None else {}),
        "campaign": {"name": campaign.name, "version": campaign.version},
        "user": dict(user),
    }

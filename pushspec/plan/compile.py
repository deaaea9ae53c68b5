"""Compile campaign files into calls: audiences, templates, rules, bodies, parts, in this order."""

from __future__ import annotations

from array import array
from collections import defaultdict
from itertools import chain, count, islice
from typing import TYPE_CHECKING

from pushspec.audience.empty_values import EmptyValues
from pushspec.audience.pinned.reading import PinnedLists
from pushspec.audience.pinned.stores import untold
from pushspec.language import phrase
from pushspec.plan.audience_text import audience_text
from pushspec.plan.call_groups import call_keys, content_body, make_call_groups, make_hidden_groups
from pushspec.plan.call_table import CallGroup, CallTable
from pushspec.plan.compiled import CompiledCampaign, finish_campaign
from pushspec.plan.identity import unique_msg_randoms
from pushspec.plan.variants import ResolvedVariant, resolve_variants, template_variables
from pushspec.problems import Level, Problem
from pushspec.spec.rules import check
from pushspec.spec.rules.context import RuleContext
from pushspec.tencent.bodies import data_id_of
from pushspec.tencent.endpoints import ENDPOINTS
from pushspec.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pushspec.audience.accounts import ValuesKey
    from pushspec.audience.pinned.stores import OnBytes
    from pushspec.serialization import Json
    from pushspec.spec.content import Content
    from pushspec.spec.load import CampaignSpec, ProjectSpec
    from pushspec.spec.project import Environment
    from pushspec.spec.templates import Rendered, Renderer, RenderJob
    from pushspec.tencent.endpoints import Endpoint


_CONTENT_MISSING = frozenset({"content-missing", "notification-silent"})
_ANYTHING_MISSING = _CONTENT_MISSING | {"audience-missing", "from-missing", "stage-share", "share-missing"}
"""Rules that a wrong key elsewhere would trip: its value seems missing only because it could not be read."""

_VariantCalls = tuple[ResolvedVariant, list[CallGroup]]
"""A variant and the calls that it makes."""


def compile_campaigns(
    project: ProjectSpec,
    environment_name: str,
    specs: Iterable[CampaignSpec],
    renderer: Renderer,
    *,
    fetch: bool = False,
    reads_lists: bool = True,
    on_bytes: OnBytes = untold,
) -> tuple[list[CompiledCampaign], list[Problem]]:
    """Compile campaigns for one environment.

    Args:
        project: The project.
        environment_name: One of its environments.
        specs: Campaign files; those that name other environments only are left out.
        renderer: Renders all their templates in one go.
        fetch: Whether pinned lists may be fetched from where they lie; without, the sizes of a campaign whose
            list is not on this machine are estimates, and nobody in it can be told.
        reads_lists: Whether pinned lists on this machine are read; without, pins alone tell of all of them.
        on_bytes: Is told how the fetch of a list comes on.

    Returns:
        The campaigns without errors in the order of their names, and every problem of all of them.
    """
    environment = project.project.environments[environment_name]
    here = [spec for spec in specs if environment_name in (spec.campaign.environments or (environment_name,))]
    lists = PinnedLists(
        project.root,
        environment_name,
        environment.audience_store,
        fetch=fetch,
        read=reads_lists,
        on_bytes=on_bytes,
    )
    variants, problems = resolve_variants(
        sorted(here, key=lambda spec: spec.campaign.name), project, environment, lists
    )
    rendered = iter(renderer.render_all(_render_jobs(variants, project, environment_name)))
    by_spec: dict[str, list[_VariantCalls]] = defaultdict(list)
    faulty = {spec.path for spec in here if not spec.is_whole}
    for resolved in variants:
        whole, call_groups, found = _call_groups(resolved, environment, rendered)
        problems += found
        by_spec[resolved.spec.path].append((whole, call_groups))
        # What is wrong may be in another file, such as one of accounts.
        if resolved.is_unread or any(problem.is_error for problem in found):
            faulty.add(resolved.spec.path)
    faulty |= {problem.location.file for problem in problems if problem.is_error}
    sound, shared = _without_shared_data_ids([by_spec[path] for path in by_spec if path not in faulty])
    problems += shared
    problems += [problem for parts in sound for problem in (*_overlaps(parts), *_stages(parts))]
    return _campaigns(sound, project, environment_name), list(dict.fromkeys(problems))


def _render_jobs(
    variants: Sequence[ResolvedVariant], project: ProjectSpec, environment_name: str
) -> list[RenderJob]:
    """Return what is to be rendered: one content for each group of accounts of each variant, in order."""
    environment = project.project.environments[environment_name]
    variables = {"environment": environment_name}
    return [
        resolved.source.job(template_variables(project, environment, resolved, group.columns) | variables)
        for resolved in variants
        for group in resolved.told_groups
    ]


def _call_groups(
    resolved: ResolvedVariant, environment: Environment, rendered: Iterator[Rendered]
) -> tuple[ResolvedVariant, list[CallGroup], list[Problem]]:
    """Return a variant with what its pin promises, its calls, and what is wrong with them."""
    call_groups: list[CallGroup] = []
    problems: list[Problem] = []
    bodies: dict[ValuesKey, Mapping[str, Json]] = {}
    endpoint, limits = ENDPOINTS[resolved.spec.campaign.endpoint], environment.limits
    numbers, empty = count(1), EmptyValues()
    for group in resolved.told_groups:
        texts = next(rendered)
        if resolved.is_only_promised(group):
            bodies[group.values_key] = content_body(resolved, resolved.source.read(texts)[0])
            continue
        if empty.leave_holes(group, texts):
            continue
        content, found = _checked_content(resolved, texts, endpoint, environment)
        if resolved.audience is not None and not any(problem.is_error for problem in found):
            bodies[group.values_key] = content_body(resolved, content)
            made, too_large = make_call_groups(
                resolved, resolved.audience, group, content, next(numbers), limits
            )
            found += too_large
            call_groups += made
        problems += found
    call_groups += [made for group in resolved.groups for made in make_hidden_groups(resolved, group, limits)]
    return resolved.with_bodies(bodies), call_groups, [*problems, *empty.problems()]


def _checked_content(
    resolved: ResolvedVariant, texts: Rendered, endpoint: Endpoint, environment: Environment
) -> tuple[Content, list[Problem]]:
    """Return the content of rendered texts, and what is wrong with it."""
    content, problems = resolved.source.read(texts)
    consequences = _CONTENT_MISSING if problems else frozenset[str]()
    consequences = consequences if resolved.spec.is_whole else _ANYTHING_MISSING
    context = RuleContext(
        resolved.spec.campaign,
        resolved.spec.document,
        endpoint,
        environment.region,
        environment.limits,
        resolved.audience,
        resolved.audience_path,
        content,
    )
    problems += [problem for problem in check(context) if problem.rule not in consequences]
    return content, problems


def _campaigns(
    sound: list[list[_VariantCalls]], project: ProjectSpec, environment_name: str
) -> list[CompiledCampaign]:
    """Give every call its number, no two alike among all campaigns, and so finish them."""
    groups = [
        sorted(
            (call_group for _, call_groups in parts for call_group in call_groups), key=lambda it: it.stage
        )
        for parts in sound
    ]
    keys = [call_keys(call_groups) for call_groups in groups]
    app_id = project.project.environments[environment_name].app_id
    numbers = unique_msg_randoms(app_id, chain.from_iterable(keys))
    return [
        finish_campaign(
            [resolved for resolved, _ in parts],
            CallTable(call_groups, names, array("I", islice(numbers, len(names)))),
            project,
            environment_name,
        )
        for parts, call_groups, names in zip(sound, groups, keys, strict=True)
    ]


def _without_shared_data_ids(
    campaigns: list[list[_VariantCalls]],
) -> tuple[list[list[_VariantCalls]], list[Problem]]:
    """Return the campaigns that share no ``data_id``, and the problems of the others."""
    problems = list(_shared_data_ids(campaigns))
    faulty = {problem.location.file for problem in problems}
    return [parts for parts in campaigns if parts[0][0].spec.path not in faulty], problems


def _shared_data_ids(campaigns: list[list[_VariantCalls]]) -> Iterator[Problem]:
    """Refuse a ``data_id`` that two calls would carry: a callback must lead to one of them."""
    seen: set[str] = set()
    for parts in campaigns:
        for resolved, call_groups in parts:
            for call_group in call_groups:
                own = data_id_of(call_group.content)
                if own is None:
                    continue
                if own in seen or len(call_group.parts) > 1:
                    yield resolved.spec.document.problem(
                        ("delivery", "data_id"),
                        "data-id-shared",
                        phrase("several calls would carry the data_id {own}", own=own),
                        hint=phrase("use a column that differs for each call, or leave it out"),
                    )
                seen.add(own)


def _overlaps(parts: list[_VariantCalls]) -> Iterator[Problem]:
    """Warn where two variants reach the same people, who would then get both."""
    seen: dict[str, str] = {}
    for resolved, _ in parts:
        if resolved.variant is None or resolved.audience is None or resolved.arms is not None:
            return  # nobody is in two shares of one list
        people = audience_text(resolved.audience.recipients).brief
        accounts = resolved.accounts
        named = list(accounts) if accounts is not None and accounts.is_at_hand else [people]
        other = next((seen[name] for name in named if name in seen), None)
        if other is not None:
            yield resolved.spec.document.problem(
                resolved.audience_path,
                "variants-overlap",
                phrase(
                    "the variants {other} and {name} reach the same people, who would get both",
                    other=other,
                    name=resolved.variant.name,
                ),
                hint=phrase("give each variant its own part of the audience"),
                level=Level.WARNING,
            )
        seen |= dict.fromkeys(named, resolved.variant.name)


def _stages(parts: list[_VariantCalls]) -> Iterator[Problem]:
    """Refuse a stage that nobody is in, and one with too few people ever to judge its condition by."""
    spec, groups = parts[0][0].spec, [group for _, call_groups in parts for group in call_groups]
    is_exact = not any(resolved.is_about for resolved, _ in parts)
    counts_people = is_exact and ENDPOINTS[spec.campaign.endpoint].to_accounts
    for number, stage in enumerate(spec.campaign.rollout or ()):
        found = [group for group in groups if group.stage == number]
        people = sum(len(group.accounts) for group in found)
        if not found:
            yield spec.document.problem(
                ("rollout", number),
                "stage-empty",
                phrase("nobody is in stage {stage}", stage=stage.stage),
                hint=phrase("give it a larger share, or remove it"),
            )
        elif counts_people and stage.thresholds and people < stage.min_count:
            yield spec.document.problem(
                ("rollout", number, "continue_if"),
                "stage-min-count",
                phrase(
                    "stage {stage} has {accounts}, and its condition counts from {min_count} people on",
                    stage=stage.stage,
                    accounts=counted(people, "account"),
                    min_count=stage.min_count,
                ),
                hint=phrase("give it a larger share, or lower min_count"),
                key=True,
            )

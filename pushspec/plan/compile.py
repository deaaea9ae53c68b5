"""Campaign files become calls: audiences, templates, rules, bodies, parts, in this order."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from pushspec.audience.accounts import accounts_sha256
from pushspec.audience.empty_values import EmptyValues
from pushspec.audience.exclusions import merge_exclusions
from pushspec.plan.audience_text import audience_text
from pushspec.plan.call_groups import CallGroup, call_keys, content_names, make_call_group, walk_calls
from pushspec.plan.calls import CampaignCalls
from pushspec.plan.departure import departure_of
from pushspec.plan.identity import unique_msg_randoms
from pushspec.plan.variants import ResolvedVariant, resolve_variants, template_variables
from pushspec.problems import Level, Problem
from pushspec.serialization import digest_of
from pushspec.spec.policy import PolicyName
from pushspec.spec.rules import check
from pushspec.spec.rules.context import RuleContext
from pushspec.tencent.bodies import data_id_of
from pushspec.tencent.endpoints import ENDPOINTS
from pushspec.text import join_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pushspec.audience.exclusions import Exclusion
    from pushspec.spec.campaign import Audience
    from pushspec.spec.content import Content
    from pushspec.spec.load import CampaignSpec, ProjectSpec
    from pushspec.spec.templates import Rendered, Renderer
    from pushspec.tencent.limits import Limits


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
    """

    spec: CampaignSpec
    calls: CampaignCalls
    audiences: tuple[Audience, ...]
    payload_bytes: int
    contents: Mapping[str, Content]
    duplicates: int
    excluded: int
    exclusions: tuple[Exclusion, ...] = ()


_CONTENT_MISSING = frozenset({"content-missing", "notification-silent"})
_ANYTHING_MISSING = _CONTENT_MISSING | {"audience-missing", "from-missing"}
"""Rules that a wrong key elsewhere would trip: what it said is missing only because it could not be read."""

_Part = tuple[ResolvedVariant, list[CallGroup]]
"""A variant and the calls that it makes."""


def compile_campaigns(
    project: ProjectSpec, environment_name: str, specs: Iterable[CampaignSpec], renderer: Renderer
) -> tuple[list[CompiledCampaign], list[Problem]]:
    """Compile campaigns for one environment.

    Args:
        project: The project.
        environment_name: One of its environments.
        specs: Campaign files; those that name other environments only are left out.
        renderer: Renders all their templates in one go.

    Returns:
        The campaigns without errors in the order of their names, and every problem of all of them.
    """
    environment = project.project.environments[environment_name]
    here = [spec for spec in specs if environment_name in (spec.campaign.environments or (environment_name,))]
    variants, problems = resolve_variants(
        sorted(here, key=lambda spec: spec.campaign.name), project, environment
    )
    variables = {"environment": environment_name}
    jobs = [
        resolved.source.job(template_variables(project, environment, resolved, group) | variables)
        for resolved in variants
        for group in resolved.groups
    ]
    rendered = iter(renderer.render_all(jobs))
    by_spec: dict[str, list[_Part]] = defaultdict(list)
    faulty: set[str] = set()
    for resolved in variants:
        call_groups, found = _call_groups(resolved, environment.limits, rendered)
        problems += found
        by_spec[resolved.spec.path].append((resolved, call_groups))
        if any(problem.is_error for problem in found):
            faulty.add(resolved.spec.path)  # what is wrong may stand in a file of accounts
    faulty |= {problem.location.file for problem in problems if problem.is_error}
    faulty |= {spec.path for spec in here if not spec.is_whole}
    faulty |= {
        resolved.spec.path for resolved in variants if resolved.is_unread
    }  # what is wrong stands in another file
    sound = [parts for path, parts in by_spec.items() if path not in faulty]
    shared = list(_shared_data_ids(sound))
    problems += shared
    faulty = {problem.location.file for problem in shared}
    sound = [parts for parts in sound if parts[0][0].spec.path not in faulty]
    problems += [problem for parts in sound for problem in _overlaps(parts)]
    return _campaigns(sound, project, environment_name), list(dict.fromkeys(problems))


def _call_groups(
    resolved: ResolvedVariant, limits: Limits, rendered: Iterator[Rendered]
) -> tuple[list[CallGroup], list[Problem]]:
    call_groups: list[CallGroup] = []
    problems: list[Problem] = []
    endpoint = ENDPOINTS[resolved.spec.campaign.endpoint]
    empty = EmptyValues()
    for group in resolved.groups:
        texts = next(rendered)
        if empty.leave_holes(group, texts):
            continue
        content, found = resolved.source.read(texts)
        consequences = _CONTENT_MISSING if found else frozenset[str]()
        consequences = consequences if resolved.spec.is_whole else _ANYTHING_MISSING
        context = RuleContext(
            resolved.spec.campaign,
            resolved.spec.document,
            endpoint,
            limits,
            resolved.audience,
            resolved.audience_path,
            content,
        )
        found += [problem for problem in check(context) if problem.rule not in consequences]
        if resolved.audience is not None and not any(problem.is_error for problem in found):
            call_group, too_large = make_call_group(
                resolved, resolved.audience, group, content, endpoint, limits
            )
            found += too_large
            call_groups += [call_group] if call_group is not None else []
        problems += found
    return call_groups, [*problems, *empty.problems()]


def _campaigns(
    sound: list[list[_Part]], project: ProjectSpec, environment_name: str
) -> list[CompiledCampaign]:
    """Give every call its number, no two alike among all campaigns, and so finish them."""
    app_id = project.project.environments[environment_name].app_id
    keys = [
        call_keys([call_group for _, call_groups in parts for call_group in call_groups]) for parts in sound
    ]
    numbers = unique_msg_randoms(app_id, (key for names in keys for key in names))
    return [
        _campaign(parts, names, [next(numbers) for _ in names], project, environment_name)
        for parts, names in zip(sound, keys, strict=True)
    ]


def _campaign(
    parts: list[_Part],
    keys: list[str],
    numbers: list[int],
    project: ProjectSpec,
    environment_name: str,
) -> CompiledCampaign:
    first = parts[0][0]
    campaign, environment = first.spec.campaign, project.project.environments[environment_name]
    endpoint = ENDPOINTS[campaign.endpoint]
    variants = [resolved for resolved, _ in parts]
    call_groups = [call_group for _, of_draft in parts for call_group in of_draft]
    named = chain.from_iterable(call_group.accounts for call_group in call_groups)
    names = content_names(call_groups)
    contents = {name: call_group.content for name, call_group in zip(names, call_groups, strict=True)}
    policy = project.project.policy
    departure = departure_of(campaign, policy)
    binds = partial(policy.binds, exceptions=campaign.exceptions)
    audience_digest = accounts_sha256(named) if endpoint.to_accounts else digest_of([])
    call_count = sum(len(call_group.ranges) for call_group in call_groups)
    digest = digest_of(
        {
            "app": environment.app_id,
            "environment": environment_name,
            "place": environment.location,
            "campaign": campaign.campaign_key,
            "endpoint": endpoint.name,
            "contents": contents,
            "accounts": audience_digest,
            "parts": [[list(span) for span in call_group.ranges] for call_group in call_groups],
            "window": [
                instant.isoformat() if instant is not None else None
                for instant in (departure.not_before, departure.not_after)
            ],
        }
    )
    calls = CampaignCalls(
        name=campaign.name,
        version=campaign.version,
        endpoint=endpoint,
        digest=digest,
        contents=contents,
        call_count=call_count,
        account_count=sum(len(call_group.accounts) for call_group in call_groups),
        accounts_sha256=audience_digest,
        audience=join_text(
            [
                (resolved.variant.name if resolved.variant is not None else None, _words(resolved))
                for resolved in variants
            ]
        ),
        spec_path=first.spec.path,
        spec_sha256=first.spec.sha256,
        departure=departure,
        max_push_calls_per_day=policy.max_push_calls_per_day
        if binds(PolicyName.MAX_PUSH_CALLS_PER_DAY)
        else None,
        max_refused=policy.max_refused_share if binds(PolicyName.MAX_REFUSED) else None,
        location=environment.location,
        calls=partial(walk_calls, endpoint, call_groups, keys, numbers),
    )
    lists = [resolved.accounts for resolved in variants if resolved.accounts is not None]
    return CompiledCampaign(
        spec=first.spec,
        calls=calls,
        audiences=tuple(resolved.audience for resolved in variants if resolved.audience is not None),
        payload_bytes=max(len(call.body) for call in calls.calls()),
        contents={name: call_group.rendered for name, call_group in zip(names, call_groups, strict=True)},
        duplicates=sum(accounts.duplicates for accounts in lists),
        excluded=sum(accounts.excluded for accounts in lists),
        exclusions=merge_exclusions(accounts.exclusions for accounts in lists),
    )


def _words(resolved: ResolvedVariant) -> str:
    if resolved.audience is None:
        return ""
    return audience_text(resolved.audience, account_count=resolved.accounts.count if resolved.accounts else 0)


def _shared_data_ids(campaigns: list[list[_Part]]) -> Iterator[Problem]:
    """Refuse a ``data_id`` that two calls would carry: a callback must lead to one of them."""
    seen: set[str] = set()
    for parts in campaigns:
        for resolved, call_groups in parts:
            for call_group in call_groups:
                own = data_id_of(call_group.content)
                if own is None:
                    continue
                if own in seen or len(call_group.ranges) > 1:
                    yield resolved.spec.document.problem(
                        ("delivery", "data_id"),
                        "data-id-shared",
                        f"several calls would carry the data_id {own}",
                        hint="use a column that differs for each call, or leave it out",
                    )
                seen.add(own)


def _overlaps(parts: list[_Part]) -> Iterator[Problem]:
    """Warn where two variants reach the same people, who would then get both."""
    seen: dict[str, str] = {}
    for resolved, _ in parts:
        if resolved.variant is None or resolved.audience is None:
            return
        named = (
            list(resolved.accounts) if resolved.accounts is not None else [audience_text(resolved.audience)]
        )
        other = next((seen[name] for name in named if name in seen), None)
        if other is not None:
            yield resolved.spec.document.problem(
                resolved.audience_path,
                "variants-overlap",
                f"the variants {other} and {resolved.variant.name} reach the same people, who would get both",
                hint="give each variant its own part of the audience",
                level=Level.WARNING,
            )
        seen |= dict.fromkeys(named, resolved.variant.name)

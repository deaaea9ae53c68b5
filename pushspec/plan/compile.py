"""Campaign files become calls: audiences, templates, rules, bodies, parts, in this order."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from pushspec.audience.accounts import accounts_sha256
from pushspec.canonical import digest_of
from pushspec.plan.calls import CampaignCalls
from pushspec.plan.drafts import Draft, read_drafts, template_variables
from pushspec.plan.identity import unique_msg_randoms
from pushspec.plan.stretches import Stretch, call_keys, content_names, make_stretch, walk_calls
from pushspec.plan.words import audience_words, join_words
from pushspec.problems import Level, Problem
from pushspec.spec.rules import check
from pushspec.spec.rules.subject import Subject
from pushspec.tencent.endpoints import ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pushspec.spec.campaign import Audience
    from pushspec.spec.content import Content
    from pushspec.spec.load import CampaignSpec, ProjectSpec
    from pushspec.spec.templates import Renderer, TemplateFault
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
        doubles: Accounts named more than once.
        excluded: Accounts left out.
    """

    spec: CampaignSpec
    calls: CampaignCalls
    audiences: tuple[Audience, ...]
    payload_bytes: int
    contents: Mapping[str, Content]
    doubles: int
    excluded: int


_CONTENT_MISSING = frozenset({"content-missing", "notification-silent"})
_ANYTHING_MISSING = _CONTENT_MISSING | {"audience-missing", "from-missing"}
"""Rules that a wrong key elsewhere would trip: what it said is missing only because it could not be read."""

_Part = tuple[Draft, list[Stretch]]
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
    drafts, problems = read_drafts(sorted(here, key=lambda spec: spec.campaign.name), project, environment)
    variables = {"environment": environment_name}
    jobs = [
        draft.source.job(template_variables(project, environment, draft, group) | variables)
        for draft in drafts
        for group in draft.groups
    ]
    rendered = iter(renderer.render_all(jobs))
    by_spec: dict[str, list[_Part]] = defaultdict(list)
    for draft in drafts:
        stretches, found = _stretches(draft, environment.limits, rendered)
        problems += found
        by_spec[draft.spec.path].append((draft, stretches))
    faulty = {problem.location.file for problem in problems if problem.is_error}
    faulty |= {spec.path for spec in here if not spec.is_whole}
    faulty |= {draft.spec.path for draft in drafts if draft.is_unread}  # what is wrong stands in another file
    sound = [parts for path, parts in by_spec.items() if path not in faulty]
    problems += [problem for parts in sound for problem in _overlaps(parts)]
    return _campaigns(sound, project, environment_name), list(dict.fromkeys(problems))


def _stretches(
    draft: Draft, limits: Limits, rendered: Iterator[Sequence[str | TemplateFault]]
) -> tuple[list[Stretch], list[Problem]]:
    stretches: list[Stretch] = []
    problems: list[Problem] = []
    endpoint = ENDPOINTS[draft.spec.campaign.endpoint]
    for group in draft.groups:
        content, found = draft.source.read(next(rendered))
        consequences = _CONTENT_MISSING if found else frozenset[str]()
        consequences = consequences if draft.spec.is_whole else _ANYTHING_MISSING
        subject = Subject(
            draft.spec.campaign,
            draft.spec.document,
            endpoint,
            limits,
            draft.audience,
            draft.audience_path,
            content,
        )
        found += [problem for problem in check(subject) if problem.rule not in consequences]
        if draft.audience is not None and not any(problem.is_error for problem in found):
            stretch, too_large = make_stretch(draft, draft.audience, group, content, endpoint, limits)
            found += too_large
            stretches += [stretch] if stretch is not None else []
        problems += found
    return stretches, problems


def _campaigns(
    sound: list[list[_Part]], project: ProjectSpec, environment_name: str
) -> list[CompiledCampaign]:
    """Give every call its number, no two alike among all campaigns, and so finish them."""
    app_id = project.project.environments[environment_name].app_id
    keys = [call_keys([stretch for _, stretches in parts for stretch in stretches]) for parts in sound]
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
    drafts = [draft for draft, _ in parts]
    stretches = [stretch for _, of_draft in parts for stretch in of_draft]
    named = chain.from_iterable(stretch.accounts for stretch in stretches)
    names = content_names(stretches)
    contents = {name: stretch.content for name, stretch in zip(names, stretches, strict=True)}
    schedule = campaign.schedule
    not_before = schedule.not_before if schedule is not None else None
    not_after = schedule.not_after if schedule is not None else None
    audience_digest = accounts_sha256(named) if endpoint.to_accounts else digest_of([])
    call_count = sum(len(stretch.ranges) for stretch in stretches)
    digest = digest_of(
        {
            "app": environment.app_id,
            "environment": environment_name,
            "place": environment.place,
            "campaign": campaign.campaign_key,
            "endpoint": endpoint.name,
            "contents": contents,
            "accounts": audience_digest,
            "parts": [[list(span) for span in stretch.ranges] for stretch in stretches],
            "window": [
                instant.isoformat() if instant is not None else None for instant in (not_before, not_after)
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
        account_count=sum(len(stretch.accounts) for stretch in stretches),
        accounts_sha256=audience_digest,
        audience=join_words(
            [(draft.variant.name if draft.variant is not None else None, _words(draft)) for draft in drafts]
        ),
        spec_path=first.spec.path,
        spec_sha256=first.spec.sha256,
        not_before=not_before,
        not_after=not_after,
        calls=partial(walk_calls, endpoint, stretches, keys, numbers),
    )
    lists = [draft.accounts for draft in drafts if draft.accounts is not None]
    return CompiledCampaign(
        spec=first.spec,
        calls=calls,
        audiences=tuple(draft.audience for draft in drafts if draft.audience is not None),
        payload_bytes=max(len(call.payload()) for call in calls.calls()),
        contents={name: stretch.rendered for name, stretch in zip(names, stretches, strict=True)},
        doubles=sum(accounts.doubles for accounts in lists),
        excluded=sum(accounts.excluded for accounts in lists),
    )


def _words(draft: Draft) -> str:
    if draft.audience is None:
        return ""
    return audience_words(draft.audience, account_count=draft.accounts.count if draft.accounts else 0)


def _overlaps(parts: list[_Part]) -> Iterator[Problem]:
    """Warn where two variants reach the same people, who would then get both."""
    seen: dict[str, str] = {}
    for draft, _ in parts:
        if draft.variant is None or draft.audience is None:
            return
        named = list(draft.accounts) if draft.accounts is not None else [audience_words(draft.audience)]
        other = next((seen[name] for name in named if name in seen), None)
        if other is not None:
            yield draft.spec.document.problem(
                draft.audience_path,
                "variants-overlap",
                f"the variants {other} and {draft.variant.name} reach the same people, who would get both",
                hint="give each variant its own part of the audience",
                level=Level.WARNING,
            )
        seen |= dict.fromkeys(named, draft.variant.name)

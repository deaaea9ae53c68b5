"""Campaign files become calls: audiences, templates, rules, bodies, parts, in this order."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from pushspec.audience.accounts import AccountGroup, AccountList, accounts_sha256, read_accounts
from pushspec.canonical import digest_of, wire_json
from pushspec.plan.body import body_content
from pushspec.plan.calls import Call, CampaignCalls
from pushspec.plan.identity import call_key, unique_msg_randoms
from pushspec.plan.parts import split_accounts
from pushspec.plan.words import audience_words, join_words
from pushspec.problems import Level, Problem
from pushspec.spec.content import content_source
from pushspec.spec.rules import check
from pushspec.spec.rules.audience import account_limit
from pushspec.spec.rules.subject import Subject
from pushspec.tencent.endpoints import ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pushspec.canonical import Json
    from pushspec.spec.campaign import Audience, Variant
    from pushspec.spec.content import Content, ContentSource
    from pushspec.spec.load import CampaignSpec, ProjectSpec
    from pushspec.spec.project import Environment
    from pushspec.spec.templates import Renderer, TemplateFault
    from pushspec.spec.validation import Path
    from pushspec.tencent.endpoints import Endpoint
    from pushspec.tencent.limits import Limits

_NOBODY_LISTED = (AccountGroup({}, ()),)
"""One group without accounts: the single call to everyone, a tag or an attribute."""
_LONGEST_RANDOM = 4_294_967_295


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


@dataclass(frozen=True, slots=True)
class _Draft:
    """One variant on its way to calls; a campaign without variants has one draft."""

    spec: CampaignSpec
    variant: Variant | None
    audience: Audience | None
    audience_path: Path
    source: ContentSource
    accounts: AccountList | None

    @property
    def groups(self) -> tuple[AccountGroup, ...]:
        if self.accounts is not None:
            return self.accounts.groups
        # Without its rows a personalized text cannot be rendered; the audience's problem is shown instead.
        return () if self.audience is not None and self.audience.personalize else _NOBODY_LISTED


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Consecutive calls with the same content."""

    key: str
    content: Mapping[str, Json]
    accounts: tuple[str, ...]
    ranges: tuple[tuple[int, int], ...]
    rendered: Content


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
    drafts, problems = _drafts(sorted(here, key=lambda spec: spec.campaign.name), project, environment)
    variables = {"environment": environment_name}
    jobs = [
        draft.source.job(_variables(project, environment, draft, group) | variables)
        for draft in drafts
        for group in draft.groups
    ]
    rendered = iter(renderer.render_all(jobs))
    by_spec: dict[str, list[tuple[_Draft, list[_Stretch]]]] = defaultdict(list)
    for draft in drafts:
        stretches, found = _stretches(draft, environment.limits, rendered)
        problems += found
        by_spec[draft.spec.path].append((draft, stretches))
    faulty = {problem.location.file for problem in problems if problem.is_error}
    sound = [parts for path, parts in by_spec.items() if path not in faulty]
    campaigns = [_campaign(parts, project, environment_name) for parts in sound]
    problems += [problem for parts in sound for problem in _overlaps(parts)]
    return _number(campaigns, sound, environment.app_id), list(dict.fromkeys(problems))


def _drafts(
    specs: Sequence[CampaignSpec], project: ProjectSpec, environment: Environment
) -> tuple[list[_Draft], list[Problem]]:
    drafts: list[_Draft] = []
    problems: list[Problem] = []
    for spec in specs:
        for index in range(len(spec.campaign.variants)) if spec.campaign.variants else (None,):
            draft = _draft(spec, index)
            if draft.audience is not None and draft.audience.lists_accounts:
                accounts, found = _accounts(draft, project, environment)
                problems += found
                draft = replace(draft, accounts=accounts)
            drafts.append(draft)
    return drafts, problems


def _draft(spec: CampaignSpec, index: int | None) -> _Draft:
    variant = spec.campaign.variants[index] if spec.campaign.variants and index is not None else None
    audience, path = spec.campaign.audience, ("audience",)
    if variant is not None and index is not None and variant.audience is not None:
        return _Draft(
            spec,
            variant,
            variant.audience,
            ("variants", index, "audience"),
            content_source(spec, index),
            None,
        )
    return _Draft(spec, variant, audience, path, content_source(spec, index), None)


def _accounts(
    draft: _Draft, project: ProjectSpec, environment: Environment
) -> tuple[AccountList | None, list[Problem]]:
    document, path = draft.spec.document, draft.audience_path
    audience = draft.audience
    if audience is None or any(account == "" for account in audience.accounts or ()):
        return None, []  # the rules say so
    endpoint = ENDPOINTS[draft.spec.campaign.endpoint]
    return read_accounts(
        audience,
        project.root,
        account_limit(endpoint, environment.limits),
        lambda key, rule, message: document.problem((*path, key), rule, message, key=True),
    )


def _variables(
    project: ProjectSpec, environment: Environment, draft: _Draft, group: AccountGroup
) -> dict[str, Json]:
    campaign = draft.spec.campaign
    return {
        **project.project.vars,
        **environment.vars,
        **campaign.vars,
        **(draft.variant.vars if draft.variant is not None else {}),
        "campaign": {"name": campaign.name, "version": campaign.version},
        "user": group.columns,
    }


def _stretches(
    draft: _Draft, limits: Limits, rendered: Iterator[Sequence[str | TemplateFault]]
) -> tuple[list[_Stretch], list[Problem]]:
    stretches: list[_Stretch] = []
    problems: list[Problem] = []
    endpoint = ENDPOINTS[draft.spec.campaign.endpoint]
    for group in draft.groups:
        content, found = draft.source.read(next(rendered))
        problems += found
        if content is None:
            continue
        subject = Subject(
            draft.spec.campaign,
            draft.spec.document,
            endpoint,
            limits,
            draft.audience,
            draft.audience_path,
            content,
        )
        found = list(check(subject))
        problems += found
        if draft.audience is not None and not any(problem.is_error for problem in found):
            stretch, too_large = _stretch(draft, draft.audience, group, content, endpoint, limits)
            problems += too_large
            stretches += [stretch] if stretch is not None else []
    return stretches, problems


def _stretch(
    draft: _Draft,
    audience: Audience,
    group: AccountGroup,
    content: Content,
    endpoint: Endpoint,
    limits: Limits,
) -> tuple[_Stretch | None, list[Problem]]:
    campaign = draft.spec.campaign
    body = body_content(campaign, audience, content)
    key = call_key(
        campaign.name, campaign.version, variant=draft.variant.name if draft.variant is not None else None
    )
    limit = getattr(limits, endpoint.body_limit)
    # The vendor bounds the whole body, except on timpush/batch, where the accounts alone may be larger.
    size = len(wire_json(body if endpoint.takes_data_id else body | {"MsgRandom": _LONGEST_RANDOM}))
    ranges: list[tuple[int, int]] = [(0, 0)]
    try:
        if endpoint.to_accounts:
            ranges = split_accounts(group.accounts, body, endpoint, limits)
    except ValueError:
        size = max(size, limit.value + 1)
    if size <= limit.value:
        return _Stretch(key, body, group.accounts, tuple(ranges), content), []
    path = content.message_path if content.message is not None else content.notification_path
    return None, [
        draft.spec.document.problem(
            path,
            "body-bytes",
            f"the body is {size:,} bytes; {endpoint.name} takes {limit.value:,}",
            hint="shorten the texts, or move data to where a link leads",
            key=True,
        )
    ]


def _campaign(
    parts: list[tuple[_Draft, list[_Stretch]]], project: ProjectSpec, environment_name: str
) -> CompiledCampaign:
    first = parts[0][0]
    campaign, environment = first.spec.campaign, project.project.environments[environment_name]
    endpoint = ENDPOINTS[campaign.endpoint]
    drafts = [draft for draft, _ in parts]
    stretches = [stretch for _, of_draft in parts for stretch in of_draft]
    groups = [AccountGroup({}, stretch.accounts) for stretch in stretches]
    names = _content_names(stretches)
    contents = {name: stretch.content for name, stretch in zip(names, stretches, strict=True)}
    schedule = campaign.schedule
    not_before = schedule.not_before if schedule is not None else None
    not_after = schedule.not_after if schedule is not None else None
    audience_digest = accounts_sha256(groups) if endpoint.to_accounts else digest_of([])
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
            audience_words(draft.audience, account_count=draft.accounts.count if draft.accounts else 0)
            for draft in drafts
            if draft.audience is not None
        ),
        spec_path=first.spec.path,
        spec_sha256=first.spec.sha256,
        not_before=not_before,
        not_after=not_after,
        calls=lambda: iter(()),
    )
    lists = [draft.accounts for draft in drafts if draft.accounts is not None]
    return CompiledCampaign(
        spec=first.spec,
        calls=calls,
        audiences=tuple(draft.audience for draft in drafts if draft.audience is not None),
        payload_bytes=0,
        contents={name: stretch.rendered for name, stretch in zip(names, stretches, strict=True)},
        doubles=sum(accounts.doubles for accounts in lists),
        excluded=sum(accounts.excluded for accounts in lists),
    )


def _content_names(stretches: Sequence[_Stretch]) -> list[str]:
    """Return the key of each stretch; groups of one variant are told apart by a number."""
    counts: dict[str, int] = defaultdict(int)
    names = []
    for stretch in stretches:
        counts[stretch.key] += 1
        number = counts[stretch.key]
        names.append(stretch.key if number == 1 else f"{stretch.key}~{number}")
    return names


def _number(
    campaigns: list[CompiledCampaign], parts: list[list[tuple[_Draft, list[_Stretch]]]], app_id: int
) -> list[CompiledCampaign]:
    """Give every call its number, no two alike in the plan."""
    stretches = [[stretch for _, of_draft in of_campaign for stretch in of_draft] for of_campaign in parts]
    keys = [_keys(of_campaign) for of_campaign in stretches]
    numbers = unique_msg_randoms(app_id, (key for of_campaign in keys for key in of_campaign))
    numbered = []
    for campaign, of_campaign, names in zip(campaigns, stretches, keys, strict=True):
        randoms = [next(numbers) for _ in names]
        walk = partial(_walk, campaign.calls.endpoint, of_campaign, names, randoms)
        largest = max((len(call.payload()) for call in walk()), default=0)
        numbered.append(replace(campaign, calls=replace(campaign.calls, calls=walk), payload_bytes=largest))
    return numbered


def _keys(stretches: Sequence[_Stretch]) -> list[str]:
    totals: dict[str, int] = defaultdict(int)
    for stretch in stretches:
        totals[stretch.key] += len(stretch.ranges)
    keys: list[str] = []
    counts: dict[str, int] = defaultdict(int)
    for stretch in stretches:
        for _ in stretch.ranges:
            counts[stretch.key] += 1
            keys.append(f"{stretch.key}#{counts[stretch.key]}" if totals[stretch.key] > 1 else stretch.key)
    return keys


def _walk(
    endpoint: Endpoint, stretches: Sequence[_Stretch], keys: Sequence[str], randoms: Sequence[int]
) -> Iterator[Call]:
    index = 0
    for stretch in stretches:
        for start, stop in stretch.ranges:
            yield Call(keys[index], endpoint, randoms[index], stretch.content, stretch.accounts[start:stop])
            index += 1


def _overlaps(parts: list[tuple[_Draft, list[_Stretch]]]) -> Iterator[Problem]:
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

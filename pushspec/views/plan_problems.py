"""A plan as problems, so that each policy's message appears at its line."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.plan.states import CampaignState
from pushspec.problems import Level, Location, Problem
from pushspec.sanitize import printable
from pushspec.spec.project import PROJECT_FILE
from pushspec.text import few_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from pushspec.plan.build import Plan
    from pushspec.plan.planned import PlannedCampaign
    from pushspec.plan.policies.context import PolicyResult

_FEW = 3
"""Most campaigns that repeat the same warning; repeated more often, nobody would read it."""
_ADDRESS_CHARACTERS = 80
_MANY = 20
"""A plan of more campaigns says of a pair, too, only once what both are warned of."""
_MOST_OF_A_POLICY = 20
"""Different warnings of one policy that a plan of many campaigns shows one by one."""

Warned = tuple[str, str]
"""A policy's name and its message."""


def plan_problems(plan: Plan) -> list[Problem]:
    """Return what the rules and the policies say of a plan, and which campaigns cannot be sent."""
    found = [*plan.warnings, *(problem for campaign in plan.campaigns for problem in _problems(campaign))]
    if plan.lock_note:
        found.append(Problem(Location(PROJECT_FILE), "lockfile-unread", plan.lock_note, level=Level.WARNING))
    if authors := unknown_authors_text(plan):
        found.append(Problem(Location(PROJECT_FILE), "author-unknown", authors, level=Level.WARNING))
    return sorted(found, key=lambda problem: problem.sort_key)


def unknown_authors_text(plan: Plan) -> str:
    """Say which authors ``not_author`` cannot bar, as the signers file does not name them; empty without any.

    Such an author often approves nothing. Only a person can tell whether it is another address of a signer.
    """
    approvals = [campaign.approvals for campaign in plan.campaigns if campaign.approvals is not None]
    unknown = sorted({author for found in approvals for author in found.authors_unknown})
    if not unknown:
        return ""
    names = [printable(author, limit=_ADDRESS_CHARACTERS) or "<>" for author in unknown[:_FEW]]
    return phrase(
        "changed by {authors}, whom the signers file does not name: if a signer uses such an address, too, "
        "list it there with that signer's key, or the signer's own approval counts",
        authors=few_text(names, len(unknown)),
    )


@dataclass(frozen=True, slots=True)
class RepeatedWarnings:
    """What a view says once for several campaigns; what it says of each is left to :func:`own_warnings`.

    Attributes:
        lines: What the policies warn of alike, and the names of those campaigns in words; empty where the
            warning names them itself.
        covered: Every warning that one of the lines stands for.
    """

    lines: Mapping[Warned, str]
    covered: Collection[Warned]


def repeated_warnings(plan: Plan) -> RepeatedWarnings:
    """Return what the policies warn of alike in more than a few campaigns.

    A policy that finds many different things to say in a long plan gets one line for all of them.
    """
    names: dict[Warned, list[str]] = defaultdict(list)
    unnamed: set[Warned] = set()
    for campaign in plan.campaigns:
        for result in _warnings(campaign):
            names[result.policy, result.message].append(campaign.key)
            if not result.is_of_group:
                unnamed.add((result.policy, result.message))
    if len(plan.campaigns) <= _MANY:
        alike = {warned: found for warned, found in names.items() if len(found) > _FEW}
        return RepeatedWarnings(_named(alike, unnamed), alike.keys())
    counts = Counter(policy for policy, _ in names)
    crowds = {policy: number for policy, number in counts.items() if number > _MOST_OF_A_POLICY}
    lines = {it: found for it, found in names.items() if len(found) > 1 and it[0] not in crowds}
    for policy, number in crowds.items():
        text = phrase("{number:,} warnings; pushspec plan NAME shows those of a campaign", number=number)
        keys = (key for (own, _), found in names.items() if own == policy for key in found)
        lines[policy, text] = list(dict.fromkeys(keys))
        unnamed.add((policy, text))
    covered = lines.keys() | {warned for warned in names if warned[0] in crowds}
    return RepeatedWarnings(_named(lines, unnamed), covered)


def _named(warned: Mapping[Warned, list[str]], unnamed: Collection[Warned]) -> dict[Warned, str]:
    return {
        one: few_text(found[:_FEW], len(found)) if one in unnamed else "" for one, found in warned.items()
    }


def own_warnings(campaign: PlannedCampaign, repeated: RepeatedWarnings) -> list[Warned]:
    """Return what the policies warn of in a campaign, without what is said once for several, nor its name."""
    return [
        (result.policy, result.own)
        for result in _warnings(campaign)
        if (result.policy, result.message) not in repeated.covered
    ]


def _warnings(campaign: PlannedCampaign) -> list[PolicyResult]:
    return [
        result for result in campaign.policy_results if result.level is Level.WARNING and not result.exception
    ]


def _problems(campaign: PlannedCampaign) -> Iterator[Problem]:
    document = campaign.spec.document
    for result in campaign.policy_results:
        lifted = f"; lifted: {result.exception}" if result.exception else ""
        level = Level.ERROR if result.blocks else Level.WARNING
        yield document.problem(
            result.path, result.policy, f"{result.message}{lifted}", level=level, key=bool(result.path)
        )
    if campaign.state in {CampaignState.CHANGED, CampaignState.IN_DOUBT, CampaignState.DRIFTED}:
        rule = campaign.state.value.replace(" ", "-")
        yield document.problem(
            ("version",), rule, f"{campaign.key} {campaign.state}: {campaign.reason}", key=True
        )

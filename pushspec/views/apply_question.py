"""What apply asks before it sends or begins a lockfile, and the word that says yes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.language import said, say
from pushspec.plan.states import CampaignState
from pushspec.text import counted
from pushspec.views.plan_wording import recipients_text

if TYPE_CHECKING:
    from pushspec.errors import MissingLockfileError
    from pushspec.plan.build import Plan
    from pushspec.plan.planned import PlannedCampaign


@dataclass(frozen=True, slots=True)
class Question:
    """A question on a terminal.

    Attributes:
        text: What is asked.
        yes: The answers that mean yes; every other one means no.
    """

    text: str
    yes: frozenset[str]


YES = frozenset({"y", "Y", "yes", "Yes", "YES"})


def question_to_begin(missing: MissingLockfileError) -> Question:
    """Return the question before a missing lockfile is begun."""
    return Question(
        say(
            "{missing}: begin one? Only if nothing was ever sent from here [y/N]: ",
            missing=said(missing.message),
        ),
        YES,
    )


def question_before(plan: Plan) -> Question:
    """Return the question before a plan is sent; to send to everyone, the environment's name is typed.

    A ``y`` is typed before it is thought about. The sandbox reaches nobody, so there it is enough.
    """
    if not plan.due:
        cancelled = counted(len(plan.cancellations), "campaign")
        return Question(
            say(
                "Cancel {campaigns} at the service of {environment}? [y/N]: ",
                campaigns=cancelled,
                environment=plan.environment_name,
            ),
            YES,
        )
    largest = max(plan.due, key=_size)
    audience = say(
        "Largest audience: {audience} ({key}).", audience=_audience(largest, plan), key=largest.key
    )
    text = say(
        "{what} {environment}? {audience}\nA push cannot be taken back. ",
        what=_what(plan),
        environment=plan.environment_name,
        audience=audience,
    )
    if largest.is_to_everyone and not plan.environment.sandbox:
        return Question(
            say("{text}Type {environment} to send: ", text=text, environment=plan.environment_name),
            frozenset({plan.environment_name}),
        )
    return Question(f"{text}[y/N]: ", YES)


def _what(plan: Plan) -> str:
    """Return what an apply would do: ``Send 2 campaigns in 3 calls to``, ``Schedule 1 campaign at``."""
    sends = plan.in_state(CampaignState.SEND)
    tasks = len(plan.due) - len(sends)
    calls = counted(sum(len(campaign.progress.due) for campaign in sends), "call")
    if not sends:
        return say("Schedule {campaigns} at the service of", campaigns=counted(tasks, "campaign"))
    also = (
        say(" and schedule {campaigns} at the service", campaigns=counted(tasks, "campaign")) if tasks else ""
    )
    return say(
        "Send {campaigns} in {calls}{also} to",
        campaigns=counted(len(sends), "campaign"),
        calls=calls,
        also=also,
    )


def _size(campaign: PlannedCampaign) -> tuple[bool, bool, int]:
    """Rank everyone first, then audiences that only the service can count, then lists by their length."""
    accounts = campaign.sending.account_count
    return campaign.is_to_everyone, not accounts, accounts


def _audience(campaign: PlannedCampaign, plan: Plan) -> str:
    if campaign.is_to_everyone:
        population = plan.environment.population
        if population is None:
            return say("everyone")
        return say("everyone, about {population:,}", population=population)
    if campaign.sending.account_count:
        return said(counted(campaign.sending.account_count, "account"))
    return say(
        "{recipients}, and how many that are only the service knows", recipients=recipients_text(campaign)
    )

"""What apply asks before it sends or begins a lockfile, and the word that says yes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.plan.states import CampaignState
from pushspec.text import counted
from pushspec.views.plan_wording import reach_text, recipients_text

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
    return Question(f"{missing}: begin one? Only if nothing was ever sent from here [y/N]: ", YES)


def question_before(plan: Plan) -> Question:
    """Return the question before a plan is sent; to send to everyone, the environment's name is typed.

    A ``y`` is typed before it is thought about. The sandbox reaches nobody, so there it is enough.
    """
    if not plan.due:
        cancelled = counted(len(plan.cancellations), "campaign")
        return Question(f"Cancel {cancelled} at the service of {plan.environment_name}? [y/N]: ", YES)
    largest = max(plan.due, key=_size)
    audience = f"Largest audience: {_audience(largest, plan)} ({largest.key})."
    text = f"{_what(plan)} {plan.environment_name}? {audience}\nA push cannot be taken back. "
    if largest.is_to_everyone and not plan.environment.sandbox:
        return Question(f"{text}Type {plan.environment_name} to send: ", frozenset({plan.environment_name}))
    return Question(f"{text}[y/N]: ", YES)


def _what(plan: Plan) -> str:
    """Return what an apply would do: ``Send 2 campaigns in 3 calls to``, ``Schedule 1 campaign at``."""
    sends = plan.in_state(CampaignState.SEND)
    tasks = len(plan.due) - len(sends)
    calls = counted(sum(len(campaign.progress.due) for campaign in sends), "call")
    if not sends:
        return f"Schedule {counted(tasks, 'campaign')} at the service of"
    also = f" and schedule {counted(tasks, 'campaign')} at the service" if tasks else ""
    return f"Send {counted(len(sends), 'campaign')} in {calls}{also} to"


def _size(campaign: PlannedCampaign) -> tuple[bool, bool, int]:
    """Rank everyone first, then audiences that only the service can count, then lists by their length."""
    accounts = campaign.sending.account_count
    return campaign.is_to_everyone, not accounts, accounts


def _audience(campaign: PlannedCampaign, plan: Plan) -> str:
    if campaign.is_to_everyone:
        return reach_text(campaign, plan).replace("all", "everyone", 1)
    if campaign.sending.account_count:
        return counted(campaign.sending.account_count, "account")
    return f"{recipients_text(campaign)}, and how many that are only the service knows"

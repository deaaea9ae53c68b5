"""What a policy looks at: one campaign, when it would leave, and what else reaches people then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pushspec.plan.quota import Load, pacing_seconds
from pushspec.problems import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pushspec.approvals.count import Approvals
    from pushspec.lockfile.histories import CampaignHistory
    from pushspec.plan.compiled import CompiledCampaign
    from pushspec.plan.policies.overlap import OverlapIndex
    from pushspec.plan.policies.related import RelatedCampaign
    from pushspec.plan.progress import Progress
    from pushspec.plan.trial import LastTry
    from pushspec.spec.campaign import Campaign
    from pushspec.spec.policy import Policy
    from pushspec.spec.project import Environment
    from pushspec.spec.shares import Holdout
    from pushspec.spec.validation import KeyPath


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a policy found.

    Attributes:
        message: What, in a few words; the same for all campaigns of a group.
        path: Its path in the campaign file.
        own: The same without the campaign's own name; empty where the message does not name it.
        passes_at: When it is over, where nobody needs to do anything about it.
        is_of_group: Whether the message is about a group that the campaign belongs to, and names it.
    """

    message: str
    path: KeyPath = ()
    own: str = ""
    passes_at: datetime | None = None
    is_of_group: bool = False


@dataclass(frozen=True, slots=True)
class PolicyResult:
    """What a policy says of a campaign.

    Attributes:
        policy: Its name.
        message: Why, in a few words.
        level: An error blocks the campaign, a warning is shown.
        exception: The reason for which the campaign file lifts it; empty where it does not.
        path: Where in the campaign file.
        own: The message without the campaign's own name, for a place where that stands already.
        passes_at: When it is over, where nobody needs to do anything about it.
        is_of_group: Whether the message is about a group that the campaign belongs to, and names it.
    """

    policy: str
    message: str
    level: Level
    exception: str
    path: KeyPath
    own: str
    passes_at: datetime | None
    is_of_group: bool

    @property
    def blocks(self) -> bool:
        """Whether the campaign may not be sent because of it."""
        return self.level is Level.ERROR and not self.exception


@dataclass(frozen=True, slots=True)
class PolicyContext:
    """One campaign before the policies.

    Attributes:
        campaign: What it sends.
        policy: What the project file asks for.
        environment_name: Where it goes; commands in a message name it.
        environment: What the project file says of it.
        now: The moment of the plan.
        progress: What the lockfile knows of its calls.
        highest_sent: The highest version of its name that somebody may have got; None before the first.
        push_calls_needed: Calls that it would still take from the day's push quota.
        push_calls_used: Calls that are taken from it, those of campaigns before this one included.
        this: The campaign itself as its related see it.
        others: Campaigns that were sent lately or are about to be, this one among them.
        approvals: Who approved it; None where the project asks for no approvals.
        holdout: Whom the project holds out of every list.
        last_try: The last try of exactly this content; None where there is none.
        last_of_salt: What left last of the campaigns that cut their list by the same salt.
        last_sent: What left last under its name; None before the first.
    """

    campaign: CompiledCampaign
    policy: Policy
    environment_name: str
    environment: Environment
    now: datetime
    progress: Progress
    highest_sent: CampaignHistory | None
    push_calls_needed: int
    push_calls_used: int
    this: RelatedCampaign
    others: OverlapIndex
    approvals: Approvals | None
    last_try: LastTry | None
    holdout: Holdout | None
    last_of_salt: CampaignHistory | None
    last_sent: CampaignHistory | None

    @property
    def spec(self) -> Campaign:
        """The campaign file."""
        return self.campaign.spec.campaign

    @property
    def leaves_at(self) -> datetime:
        """The earliest moment at which it would leave."""
        return self.this.leaves_at

    @property
    def sending_time(self) -> timedelta:
        """How long the service's rates make it take."""
        if self.campaign.calls.due_at is not None:  # the service sends its tasks all at once
            return timedelta(0)
        return self.time_for(self.campaign.calls.call_count, self.campaign.calls.account_count)

    def time_for(self, calls: int, accounts: int) -> timedelta:
        """Return how long the service's rates make some of its calls take, at least."""
        load = Load(self.campaign.calls.endpoint.pace, calls, accounts)
        return timedelta(seconds=pacing_seconds([load], self.environment.limits))


def all_pass_at(results: Iterable[PolicyResult]) -> datetime | None:
    """Return when all that blocks a campaign is over by itself; None where somebody must act."""
    passing = [result.passes_at for result in results if result.blocks]
    known = [moment for moment in passing if moment is not None]
    return max(known, default=None) if len(known) == len(passing) else None


if TYPE_CHECKING:
    Rule = Callable[[PolicyContext], Iterator[Finding]]

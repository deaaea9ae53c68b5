"""A plan as a whole in words: how many campaigns in which state, what they cost, how long they take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import say
from pushspec.plan.states import CampaignState
from pushspec.sanitize import printable
from pushspec.spec.shares import share_of
from pushspec.text import counted, few_text
from pushspec.timestamps import in_zone
from pushspec.views.plan_states import count_text, state_text
from pushspec.views.recorded import said_anew

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pushspec.plan.build import Plan
    from pushspec.plan.planned import PlannedCampaign
    from pushspec.spec.project import Environment
    from pushspec.views.commands import Typed

_FEW = 3
"""How many campaigns a line names."""

_OF_TASKS = (
    CampaignState.SCHEDULE,
    CampaignState.RESCHEDULE,
    CampaignState.SCHEDULED,
    CampaignState.DRIFTED,
)


def cost(plan: Plan) -> str:
    """Return what the plan takes from the day's pushes, and its price."""
    quota = plan.quota
    left = say("({used:,} used, {left:,} left)", used=quota.used, left=quota.left)
    return say(
        "{planned:,} of the day's {limit:,} pushes {left}, {price}",
        planned=quota.planned,
        limit=quota.limit,
        left=left,
        price=quota.price,
    )


def counts(plan: Plan) -> str:
    """Return the number of campaigns in each state: ``2 to send, 1 waiting``."""
    found = [count_text(len(those), state) for state in CampaignState if (those := plan.in_state(state))]
    found += [say("{number:,} to cancel", number=len(plan.cancellations))] if plan.cancellations else []
    return say(", ").join(found) or say("no campaigns")


def task_counts(plan: Plan) -> list[str]:
    """Return how many campaigns there are in each state of tasks at the service, without those of none."""
    found = [count_text(len(those), state) for state in _OF_TASKS if (those := plan.in_state(state))]
    return found + (
        [say("{number:,} to cancel", number=len(plan.cancellations))] if plan.cancellations else []
    )


def pace_text(plan: Plan, time: str) -> str:
    """Return that sending takes a time at least, and what the project's own pace has to do with it."""
    own, text = plan.environment.pace, say("at least {time}", time=time)
    if own is None or not any(campaign.endpoint.to_accounts for campaign in plan.due):
        return text
    text += say(
        ", at {users} a second of the project's own pace", users=counted(own.users_per_second, "user")
    )
    if own.opening_rate is None:
        return text
    opened = own.users_per_second * share_of(own.opening_rate)
    return say(
        "{text}: about {opened:,.3g} a second open it, if {opening_rate} do",
        text=text,
        opened=float(opened),
        opening_rate=own.opening_rate,
    )


def app_text(environment: Environment, name: str, *, marked: Callable[[str], str] = str) -> str:
    """Return an app and where it lives: ``app 1400123456 · singapore``.

    Args:
        environment: Where it is.
        name: The environment's name, which stands beside it; a place of that very name is not said again.
        marked: How the place is written.
    """
    app = say("app {app_id}", app_id=environment.app_id)
    return app if environment.location == name else f"{app} · {marked(environment.location)}"


def network_text(environment: Environment) -> str:
    """Return what an environment changes about the way to the service, each part behind a dot."""
    network = environment.network
    if network is None:
        return ""
    proxy = say(" · by the proxy in {env}", env=network.proxy.env) if network.proxy is not None else ""
    authorities = (
        say(" · trusts only {ca_file}", ca_file=printable(network.ca_file))
        if network.ca_file is not None
        else ""
    )
    return proxy + authorities


def ending_text(plan: Plan, typed: Typed, *, is_detailed: bool = False) -> str:
    """Return the line that says why ``plan`` ends with another code than 0; empty where it does not.

    Args:
        plan: The plan that was shown.
        typed: What was typed to see it.
        is_detailed: What is still to be sent has a code of its own.
    """
    if plan.is_in_doubt:
        return say("Exit code 5: a call is in doubt. See it: {status}", status=typed.about("status"))
    if plan.is_lockfile_lost:
        return say("Exit code 8: the lockfile could not be read. Plan again once it can.")
    if not plan.refused:
        return say("Exit code 4: sends are pending") if is_detailed and plan.has_work else ""
    reasons = [f"{printable(campaign.key)} {refusal_text(campaign)}" for campaign in plan.refused]
    return say("Exit code 6: {reasons}", reasons=in_zone(few_reasons(reasons), plan.zone))


def few_reasons(reasons: Sequence[str]) -> str:
    """Return why some campaigns are not sent; a reason may hold an ``and`` of its own."""
    shown = say("; ").join(reasons[:_FEW])
    more = len(reasons) - _FEW
    return say("{shown} and {more:,} more", shown=shown, more=more) if more > 0 else shown


def refusal_text(campaign: PlannedCampaign) -> str:
    """Return why a campaign is not sent until somebody acts, as the end of a sentence."""
    if campaign.state is CampaignState.CHANGED:
        return say("was changed after it was sent")
    if campaign.state is CampaignState.DRIFTED:
        return say("was changed in the console")
    if campaign.state is CampaignState.FROZEN:
        return state_text(campaign)
    policies = dict.fromkeys(result.policy for result in campaign.policy_results if result.blocks)
    if not policies:
        return say("is blocked: {reason}", reason=printable(said_anew(campaign.reason)))
    return say("is blocked by {policies}", policies=few_text(list(policies), len(policies)))

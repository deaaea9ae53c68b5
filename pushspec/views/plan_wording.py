"""A campaign in the words of someone who is no engineer: who gets it, how many, when, and what is unusual."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pushspec.audience.exclusions import exclusion_text
from pushspec.plan.audience_text import audience_text
from pushspec.plan.previews import BROWSER
from pushspec.plan.states import CampaignState
from pushspec.sanitize import printable
from pushspec.spec.shares import share_of
from pushspec.text import counted, few_text
from pushspec.timestamps import in_zone, span_text, zoned_text
from pushspec.views.hours import span_of
from pushspec.views.plan_problems import Warned, own_warnings, repeated_warnings
from pushspec.views.problems import grouped, shared_place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from pushspec.approvals.count import Approvals
    from pushspec.audience.arms import Arms
    from pushspec.plan.build import Plan
    from pushspec.plan.planned import PlannedCampaign
    from pushspec.plan.recallable import Recallable
    from pushspec.problems import Problem
    from pushspec.spec.project import Environment
    from pushspec.views.commands import Typed

PHONES = {
    "apns": "iPhone",
    "huawei": "Huawei",
    "honor": "Honor",
    "xiaomi": "Xiaomi",
    "oppo": "OPPO",
    "vivo": "vivo",
    "meizu": "Meizu",
    "google": "Google",
    "harmony": "HarmonyOS",
    BROWSER: "Browser",
}
"""What people call the phones of each channel, and browsers."""

_FEW = 3
"""How many campaigns a line names."""

_STATES = {
    CampaignState.SEND: "will be sent",
    CampaignState.SENT: "is sent",
    CampaignState.CHANGED: "was changed after it was sent",
    CampaignState.WAITING: "waits for its window",
    CampaignState.EXPIRED: "is over",
    CampaignState.BLOCKED: "is blocked",
    CampaignState.IN_DOUBT: "is in doubt",
    CampaignState.FROZEN: "is frozen",
    CampaignState.SCHEDULE: "will be scheduled at the service",
    CampaignState.RESCHEDULE: "will be changed at the service",
    CampaignState.SCHEDULED: "is scheduled at the service",
    CampaignState.DRIFTED: "differs at the service",
}


DRAWN = frozenset({"title-cut", "desc-cut"})
"""Warnings that the phones of a view show themselves."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to look at twice.

    Attributes:
        campaign: Whose, or the first few of many; empty for the plan as a whole.
        text: What.
        weight: 0 stops the campaign, 1 was lifted in the open, 2 is a warning.
        reason: The reason of an exception; empty without one.
    """

    campaign: str
    text: str
    weight: int
    reason: str = ""


def state_text(campaign: PlannedCampaign) -> str:
    """Return the state of a campaign as the end of a sentence: ``will be sent``."""
    if campaign.state is CampaignState.WAITING and not campaign.progress.due:
        return f"waits for its next {'hour' if campaign.progress.hours else 'stage'}"
    return _STATES[campaign.state]


def recipients_text(campaign: PlannedCampaign) -> str:
    """Return who gets it, in plain words."""
    return "; ".join(dict.fromkeys(audience_text(recipients).plain for recipients in campaign.audiences))


def reach_text(campaign: PlannedCampaign, plan: Plan) -> str:
    """Return how many people that are, as far as pushspec can know."""
    calls = campaign.sending
    if calls.account_count:
        return f"{'about ' * calls.is_about}{counted(calls.account_count, 'account')}"
    if campaign.is_to_everyone:
        population = plan.environment.population
        return f"all, about {population:,}" if population is not None else "all"
    return "only the service knows how many people this reaches"


def left_out_texts(campaign: PlannedCampaign) -> list[str]:
    """Return who is named twice, what each entry of exclude does, and who is held out."""
    named_twice = [f"{counted(campaign.duplicates, 'account')} named twice"] if campaign.duplicates else []
    holdout = [f"holdout: {counted(campaign.holdout, 'account')} left out"] if campaign.holdout else []
    exclusions = [f"exclude: {exclusion_text(exclusion)}" for exclusion in campaign.exclusions]
    arms = [_arms_text(campaign.arms)] if campaign.arms else []
    return [*named_twice, *exclusions, *holdout, *arms, *_unlisted_texts(campaign)]


def _unlisted_texts(campaign: PlannedCampaign) -> Iterator[str]:
    """Yield what nobody can tell of it, because a pinned list is not at hand."""
    calls = campaign.sending
    if calls.hidden_contents:
        yield f"{counted(calls.hidden_contents, 'more text')}, each of a few people, are shown with the list"
    if calls.is_about:
        yield "a pinned list is not on this machine, so sizes are estimates (plan --online fetches it)"


def _arms_text(arms: Arms) -> str:
    """Return the shares of a list: ``shares by salt sale: a 45% 450, b 45% 460, held out 90``."""
    named = zip(arms.shares.items(), arms.lists, strict=True)
    parts = [f"{name} {share} {arm.count:,}" for (name, share), arm in named]
    return f"shares by salt {printable(arms.salt)}: {', '.join(parts)}, held out {arms.held_out:,}"


def schedule_text(campaign: PlannedCampaign, plan: Plan) -> str:
    """Return when it leaves, in the zone of the plan, and how long until then."""
    calls = campaign.sending
    if campaign.state is CampaignState.SENT and campaign.progress.sent:
        at = campaign.progress.sent[0].sent_at
        return f"sent {_moment(at, plan)}" if at is not None else "sent"
    if campaign.schedule is not None:
        at = campaign.schedule.due_at
        return f"at {_moment(at, plan)}, by the service{_until(at, plan)}"
    opens, closes = campaign.opens_at, calls.not_after
    if campaign.progress.hours and campaign.spec.campaign.schedule is not None:
        next_one = f"; next {_moment(opens, plan)}{_until(opens, plan)}" if opens is not None else ""
        return f"{span_of(campaign.spec.campaign.schedule)}{next_one}"
    until = _until(opens, plan)
    if opens is None:
        return "as soon as it is applied" + (f", until {_moment(closes, plan)}" if closes is not None else "")
    if closes is None:
        return f"from {_moment(opens, plan)}{until}"
    begin, end = _moment(opens, plan), _moment(closes, plan)
    day, _, hour = end.rpartition(" ")
    if begin.startswith(day):
        return f"{begin} to {hour}{until}"
    return f"from {begin} until {end}{until}"


def _until(opens: datetime | None, plan: Plan) -> str:
    if opens is None or opens <= plan.made_at:
        return ""
    return f", in {span_text((opens - plan.made_at).total_seconds())}"


def title_of(campaign: PlannedCampaign) -> str:
    """Return what people see first of it, or its name where they see nothing."""
    return campaign.headline or campaign.name


def cost_text(campaign: PlannedCampaign, plan: Plan) -> str:
    """Return what it takes: ``1 of the day's 100 pushes``, or calls that the quota does not count."""
    calls = len(campaign.progress.remaining)
    if campaign.endpoint.counts_in_daily_quota:
        return f"{calls:,} of the day's {plan.quota.limit:,} pushes"
    return f"{counted(calls, 'call')} outside the day's pushes"


def approval_text(found: Approvals) -> str:
    """Return who approved, what the rule asks for, and who may still approve."""
    if not found.needed:
        return "no rule asks for an approval"
    names = [it.principal for it in found.counted]
    asked = f" (a rule asks for {found.rule})" if found.rule else ""
    approved = f"approved by {', '.join(names) or 'nobody'}{asked}"
    if found.is_enough:
        return approved
    if found.why:
        return f"{approved}; {found.why}"
    wanted = found.needed - found.people
    more = few_text(found.missing[:_FEW], len(found.missing)).replace(" and ", ", ")
    return f"{approved}; {wanted} more of {more}" if found.missing else f"{approved}; nobody else may approve"


def remarks(plan: Plan) -> list[Remark]:
    """Return what is unusual about a plan, what stops a campaign first."""
    repeated = repeated_warnings(plan)
    found = [remark for campaign in plan.campaigns for remark in _remarks(campaign, repeated)]
    found += [Remark(names, f"{policy}: {message}", 2) for (policy, message), names in repeated.items()]
    found += [
        Remark("", f"{shared_place(alike)}: {alike[0].message}", 2)
        for alike in grouped(_without_column(it) for it in plan.warnings if it.rule not in DRAWN)
    ]
    if plan.lock_note:
        found.insert(0, Remark("", plan.lock_note, 0))
    told = (replace(remark, text=in_zone(remark.text, plan.zone)) for remark in found)
    return sorted(told, key=lambda remark: remark.weight)


def _without_column(problem: Problem) -> Problem:
    return replace(problem, location=replace(problem.location, column=0))


def _remarks(campaign: PlannedCampaign, repeated: Mapping[Warned, str]) -> Iterator[Remark]:
    if campaign.state.is_refused or campaign.state in {CampaignState.IN_DOUBT, CampaignState.EXPIRED}:
        yield Remark(campaign.key, f"{state_text(campaign)}: {campaign.reason}", 0)
    for result in campaign.policy_results:
        if result.exception:
            yield Remark(campaign.key, f"{result.policy} is lifted ({result.message})", 1, result.exception)
    for policy, message in own_warnings(campaign, repeated):
        yield Remark(campaign.key, f"{policy}: {message}", 2)


def cost(plan: Plan) -> str:
    """Return what the plan takes from the day's pushes, and its price."""
    quota = plan.quota
    left = f"({quota.used:,} used, {quota.left:,} left)"
    return f"{quota.planned:,} of the day's {quota.limit:,} pushes {left}, {quota.price}"


def counts(plan: Plan) -> str:
    """Return the number of campaigns in each state: ``2 to send, 1 waiting``."""
    said = [
        f"{len(found)} {_COUNTED.get(state, state.value)}"
        for state in CampaignState
        if (found := plan.in_state(state))
    ]
    said += [f"{len(plan.cancellations)} to cancel"] if plan.cancellations else []
    return ", ".join(said) or "no campaigns"


_COUNTED = {
    CampaignState.SEND: "to send",
    CampaignState.SCHEDULE: "to schedule",
    CampaignState.RESCHEDULE: "to change at the service",
}
_OF_TASKS = (
    CampaignState.SCHEDULE,
    CampaignState.RESCHEDULE,
    CampaignState.SCHEDULED,
    CampaignState.DRIFTED,
)


def task_counts(plan: Plan) -> list[str]:
    """Return how many campaigns there are in each state of tasks at the service, without those of none."""
    said = [
        f"{len(found)} {_COUNTED.get(state, state.value)}"
        for state in _OF_TASKS
        if (found := plan.in_state(state))
    ]
    return said + ([f"{len(plan.cancellations)} to cancel"] if plan.cancellations else [])


def ending_text(plan: Plan, typed: Typed) -> str:
    """Return the line that says why ``plan`` ends with 5 or 6; empty where it does not."""
    if plan.is_in_doubt:
        return f"Exit code 5: a call is in doubt. See it: {typed.about('status')}"
    if not plan.refused:
        return ""
    reasons = [f"{printable(campaign.key)} {_refusal_text(campaign)}" for campaign in plan.refused]
    return f"Exit code 6: {few_text(reasons[:_FEW], len(reasons))}"


def _refusal_text(campaign: PlannedCampaign) -> str:
    if campaign.state is CampaignState.CHANGED:
        return "was changed after it was sent"
    if campaign.state is CampaignState.DRIFTED:
        return "was changed in the console"
    policies = dict.fromkeys(result.policy for result in campaign.policy_results if result.blocks)
    return f"is blocked by {few_text(list(policies), len(policies))}"


def kept_text(seconds: int) -> str:
    """Say how late a push may arrive, because the service keeps it for phones that it cannot reach."""
    return (
        f"the service keeps it for {duration_text(seconds)}: a phone that was offline may show it that late"
    )


def recall_text(recall: Recallable) -> str:
    """Say whether a campaign could be taken back after it was sent, and what people would see then."""
    limit_s, requests = recall.window_s, counted(recall.requests, "request")
    time = f", at least {duration_text(recall.pacing_s)}" if recall.pacing_s >= 1 else ""
    if limit_s is None:
        return f"recall: possible, one request a person ({requests}{time}); {recall.facts.stays}"
    how = "possible" if recall.facts.is_certain else "perhaps possible"
    text = " | ".join(map(printable, recall.text.values())) if recall.text else ""
    shows = f"replaced by: {text}" if text else "without a recall text its own is sent along"
    return f"recall: {how} for {duration_text(limit_s)} ({requests}{time}), on some phones only; {shows}"


def pace_text(plan: Plan, time: str) -> str:
    """Return that sending takes a time at least, and what the project's own pace has to do with it."""
    own, text = plan.environment.pace, f"at least {time}"
    if own is None or not any(campaign.endpoint.to_accounts for campaign in plan.due):
        return text
    text += f", at {own.users_per_second:,} users a second of the project's own pace"
    if own.opening_rate is None:
        return text
    opened = own.users_per_second * share_of(own.opening_rate)
    return f"{text}: about {float(opened):,.3g} a second open it, if {own.opening_rate} do"


def network_text(environment: Environment) -> str:
    """Return what an environment changes about the way to the service, each part behind a dot."""
    network = environment.network
    if network is None:
        return ""
    proxy = f" · by the proxy in {network.proxy.env}" if network.proxy is not None else ""
    authorities = f" · trusts only {printable(network.ca_file)}" if network.ca_file is not None else ""
    return proxy + authorities


def _moment(instant: datetime, plan: Plan) -> str:
    """Return a moment as ``Tue 2026-12-01 10:00``; the view names the zone once."""
    return f"{instant.astimezone(plan.zone):%a} {zoned_text(instant, plan.zone)}"


def duration_text(seconds: float) -> str:
    """Return a time in words: ``4 seconds``, ``12 minutes``, ``2 hours``."""
    for unit, length in (("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            return counted(round(seconds / length), unit)
    return counted(round(seconds), "second")

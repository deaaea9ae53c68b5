"""A campaign in the words of someone who is no engineer: who gets it, how many, when, and what is unusual."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pushspec.audience.exclusions import exclusion_text
from pushspec.language import phrase, said, say
from pushspec.plan.audience_text import audience_text
from pushspec.plan.previews import BROWSER
from pushspec.plan.states import CampaignState
from pushspec.sanitize import printable
from pushspec.spec.shares import share_of
from pushspec.text import counted, few_text, listed
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
    BROWSER: phrase("Browser"),
}
"""What people call the phones of each channel, and browsers."""

_NAMES = {
    CampaignState.SEND: phrase("send"),
    CampaignState.SENT: phrase("sent"),
    CampaignState.CHANGED: phrase("changed"),
    CampaignState.WAITING: phrase("waiting"),
    CampaignState.EXPIRED: phrase("expired"),
    CampaignState.BLOCKED: phrase("blocked"),
    CampaignState.IN_DOUBT: phrase("in doubt"),
    CampaignState.FROZEN: phrase("frozen"),
    CampaignState.SCHEDULE: phrase("schedule"),
    CampaignState.RESCHEDULE: phrase("reschedule"),
    CampaignState.SCHEDULED: phrase("scheduled"),
    CampaignState.DRIFTED: phrase("drifted"),
}

_FEW = 3
"""How many campaigns a line names."""

_STATES = {
    CampaignState.SEND: phrase("will be sent"),
    CampaignState.SENT: phrase("is sent"),
    CampaignState.CHANGED: phrase("was changed after it was sent"),
    CampaignState.WAITING: phrase("waits for its window"),
    CampaignState.EXPIRED: phrase("is over"),
    CampaignState.BLOCKED: phrase("is blocked"),
    CampaignState.IN_DOUBT: phrase("is in doubt"),
    CampaignState.FROZEN: phrase("is frozen"),
    CampaignState.SCHEDULE: phrase("will be scheduled at the service"),
    CampaignState.RESCHEDULE: phrase("will be changed at the service"),
    CampaignState.SCHEDULED: phrase("is scheduled at the service"),
    CampaignState.DRIFTED: phrase("differs at the service"),
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


def state_name(state: CampaignState) -> str:
    """Return the name of a state."""
    return said(_NAMES[state])


def count_text(number: int, state: CampaignState) -> str:
    """Return a number of campaigns: ``2 to send``, ``1 waiting``."""
    return say("{number:,} {state}", number=number, state=_COUNTED.get(state, _NAMES[state]))


def state_text(campaign: PlannedCampaign) -> str:
    """Return the state of a campaign as the end of a sentence: ``will be sent``."""
    if campaign.state is CampaignState.WAITING and not campaign.progress.due:
        if campaign.progress.hours:
            return say("waits for its next hour")
        return say("waits for its next stage")
    return said(_STATES[campaign.state])


def recipients_text(campaign: PlannedCampaign) -> str:
    """Return who gets it, in plain words."""
    return say("; ").join(
        dict.fromkeys(said(audience_text(recipients).plain) for recipients in campaign.audiences)
    )


def reach_text(campaign: PlannedCampaign, plan: Plan) -> str:
    """Return how many people that are, as far as pushspec can know."""
    calls = campaign.sending
    if calls.account_count:
        accounts = counted(calls.account_count, "account")
        return say("about {accounts}", accounts=accounts) if calls.is_about else said(accounts)
    if campaign.is_to_everyone:
        population = plan.environment.population
        return (
            say("all, about {population:,}", population=population) if population is not None else say("all")
        )
    return say("only the service knows how many people this reaches")


def left_out_texts(campaign: PlannedCampaign) -> list[str]:
    """Return who is named twice, what each entry of exclude does, and who is held out."""
    named_twice = (
        [say("{accounts} named twice", accounts=counted(campaign.duplicates, "account"))]
        if campaign.duplicates
        else []
    )
    holdout = (
        [say("holdout: {accounts} left out", accounts=counted(campaign.holdout, "account"))]
        if campaign.holdout
        else []
    )
    exclusions = [
        say("exclude: {exclusion}", exclusion=exclusion_text(exclusion)) for exclusion in campaign.exclusions
    ]
    arms = [_arms_text(campaign.arms)] if campaign.arms else []
    return [*named_twice, *exclusions, *holdout, *arms, *_unlisted_texts(campaign)]


def _unlisted_texts(campaign: PlannedCampaign) -> Iterator[str]:
    """Yield what nobody can tell of it, because a pinned list is not at hand."""
    calls = campaign.sending
    if calls.hidden_contents:
        yield say(
            "{texts}, each of a few people, are shown with the list",
            texts=counted(calls.hidden_contents, "more text"),
        )
    if calls.is_about:
        yield say("a pinned list is not on this machine, so sizes are estimates (plan --online fetches it)")


def _arms_text(arms: Arms) -> str:
    """Return the shares of a list: ``shares by salt sale: a 45% 450, b 45% 460, held out 90``."""
    named = zip(arms.shares.items(), arms.lists, strict=True)
    parts = [f"{name} {share} {arm.count:,}" for (name, share), arm in named]
    return say(
        "shares by salt {salt}: {parts}, held out {held_out:,}",
        salt=printable(arms.salt),
        parts=say(", ").join(parts),
        held_out=arms.held_out,
    )


def schedule_text(campaign: PlannedCampaign, plan: Plan) -> str:
    """Return when it leaves, in the zone of the plan, and how long until then."""
    calls = campaign.sending
    if campaign.state is CampaignState.SENT and campaign.progress.sent:
        at = campaign.progress.sent[0].sent_at
        return say("sent {moment}", moment=_moment(at, plan)) if at is not None else say("sent")
    if campaign.schedule is not None:
        at = campaign.schedule.due_at
        return say("at {moment}, by the service{until}", moment=_moment(at, plan), until=_until(at, plan))
    opens, closes = campaign.opens_at, calls.not_after
    if campaign.progress.hours and campaign.spec.campaign.schedule is not None:
        next_one = (
            say("; next {moment}{until}", moment=_moment(opens, plan), until=_until(opens, plan))
            if opens is not None
            else ""
        )
        return f"{span_of(campaign.spec.campaign.schedule)}{next_one}"
    until = _until(opens, plan)
    if opens is None:
        return say("as soon as it is applied") + (
            say(", until {moment}", moment=_moment(closes, plan)) if closes is not None else ""
        )
    if closes is None:
        return say("from {moment}{until}", moment=_moment(opens, plan), until=until)
    begin, end = _moment(opens, plan), _moment(closes, plan)
    day, _, hour = end.rpartition(" ")
    if begin.startswith(day):
        return say("{begin} to {hour}{until}", begin=begin, hour=hour, until=until)
    return say("from {begin} until {end}{until}", begin=begin, end=end, until=until)


def _until(opens: datetime | None, plan: Plan) -> str:
    if opens is None or opens <= plan.made_at:
        return ""
    return say(", in {span}", span=span_text((opens - plan.made_at).total_seconds()))


def title_of(campaign: PlannedCampaign) -> str:
    """Return what people see first of it, or its name where they see nothing."""
    return campaign.headline or campaign.name


def cost_text(campaign: PlannedCampaign, plan: Plan) -> str:
    """Return what it takes: ``1 of the day's 100 pushes``, or calls that the quota does not count."""
    calls = len(campaign.progress.remaining)
    if campaign.endpoint.counts_in_daily_quota:
        return say("{calls:,} of the day's {limit:,} pushes", calls=calls, limit=plan.quota.limit)
    return say("{calls} outside the day's pushes", calls=counted(calls, "call"))


def approval_text(found: Approvals) -> str:
    """Return who approved, what the rule asks for, and who may still approve."""
    if not found.needed:
        return say("no rule asks for an approval")
    names = [it.principal for it in found.counted]
    asked = say(" (a rule asks for {rule})", rule=found.rule) if found.rule else ""
    who = said(listed(names)) if names else say("nobody")
    approved = say("approved by {names}{asked}", names=who, asked=asked)
    if found.is_enough:
        return approved
    if found.why:
        return say("{approved}; {why}", approved=approved, why=found.why)
    wanted = found.needed - found.people
    more = said(few_text(found.missing[:_FEW], len(found.missing))).replace(" and ", ", ")
    return (
        say("{approved}; {wanted} more of {more}", approved=approved, wanted=wanted, more=more)
        if found.missing
        else say("{approved}; nobody else may approve", approved=approved)
    )


def remarks(plan: Plan) -> list[Remark]:
    """Return what is unusual about a plan, what stops a campaign first."""
    repeated = repeated_warnings(plan)
    found = [remark for campaign in plan.campaigns for remark in _remarks(campaign, repeated)]
    found += [Remark(names, f"{policy}: {said(message)}", 2) for (policy, message), names in repeated.items()]
    found += [
        Remark("", f"{shared_place(alike)}: {said(alike[0].message)}", 2)
        for alike in grouped(_without_column(it) for it in plan.warnings if it.rule not in DRAWN)
    ]
    if plan.lock_note:
        found.insert(0, Remark("", said(plan.lock_note), 0))
    told = (replace(remark, text=in_zone(remark.text, plan.zone)) for remark in found)
    return sorted(told, key=lambda remark: remark.weight)


def _without_column(problem: Problem) -> Problem:
    return replace(problem, location=replace(problem.location, column=0))


def _remarks(campaign: PlannedCampaign, repeated: Mapping[Warned, str]) -> Iterator[Remark]:
    if campaign.state.is_refused or campaign.state in {CampaignState.IN_DOUBT, CampaignState.EXPIRED}:
        yield Remark(campaign.key, f"{state_text(campaign)}: {said(campaign.reason)}", 0)
    for result in campaign.policy_results:
        if result.exception:
            lifted = say("{policy} is lifted ({message})", policy=result.policy, message=result.message)
            yield Remark(campaign.key, lifted, 1, result.exception)
    for policy, message in own_warnings(campaign, repeated):
        yield Remark(campaign.key, f"{policy}: {said(message)}", 2)


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


_COUNTED = {
    CampaignState.SEND: phrase("to send"),
    CampaignState.SCHEDULE: phrase("to schedule"),
    CampaignState.RESCHEDULE: phrase("to change at the service"),
}
_OF_TASKS = (
    CampaignState.SCHEDULE,
    CampaignState.RESCHEDULE,
    CampaignState.SCHEDULED,
    CampaignState.DRIFTED,
)


def task_counts(plan: Plan) -> list[str]:
    """Return how many campaigns there are in each state of tasks at the service, without those of none."""
    found = [count_text(len(those), state) for state in _OF_TASKS if (those := plan.in_state(state))]
    return found + (
        [say("{number:,} to cancel", number=len(plan.cancellations))] if plan.cancellations else []
    )


def ending_text(plan: Plan, typed: Typed) -> str:
    """Return the line that says why ``plan`` ends with 5 or 6; empty where it does not."""
    if plan.is_in_doubt:
        return say("Exit code 5: a call is in doubt. See it: {status}", status=typed.about("status"))
    if not plan.refused:
        return ""
    reasons = [f"{printable(campaign.key)} {_refusal_text(campaign)}" for campaign in plan.refused]
    return say("Exit code 6: {reasons}", reasons=few_text(reasons[:_FEW], len(reasons)))


def _refusal_text(campaign: PlannedCampaign) -> str:
    if campaign.state is CampaignState.CHANGED:
        return say("was changed after it was sent")
    if campaign.state is CampaignState.DRIFTED:
        return say("was changed in the console")
    policies = dict.fromkeys(result.policy for result in campaign.policy_results if result.blocks)
    return say("is blocked by {policies}", policies=few_text(list(policies), len(policies)))


def kept_text(seconds: int) -> str:
    """Say how late a push may arrive, because the service keeps it for phones that it cannot reach."""
    return say(
        "the service keeps it for {duration}: a phone that was offline may show it that late",
        duration=duration_text(seconds),
    )


def recall_text(recall: Recallable) -> str:
    """Say whether a campaign could be taken back after it was sent, and what people would see then."""
    limit_s, requests = recall.window_s, counted(recall.requests, "request")
    time = (
        say(", at least {duration}", duration=duration_text(recall.pacing_s)) if recall.pacing_s >= 1 else ""
    )
    if limit_s is None:
        return say(
            "recall: possible, one request a person ({requests}{time}); {stays}",
            requests=requests,
            time=time,
            stays=recall.facts.stays,
        )
    how = say("possible") if recall.facts.is_certain else say("perhaps possible")
    text = " | ".join(map(printable, recall.text.values())) if recall.text else ""
    shows = (
        say("replaced by: {text}", text=text) if text else say("without a recall text its own is sent along")
    )
    return say(
        "recall: {how} for {duration} ({requests}{time}), on some phones only; {shows}",
        how=how,
        duration=duration_text(limit_s),
        requests=requests,
        time=time,
        shows=shows,
    )


def pace_text(plan: Plan, time: str) -> str:
    """Return that sending takes a time at least, and what the project's own pace has to do with it."""
    own, text = plan.environment.pace, say("at least {time}", time=time)
    if own is None or not any(campaign.endpoint.to_accounts for campaign in plan.due):
        return text
    text += say(
        ", at {users_per_second:,} users a second of the project's own pace",
        users_per_second=own.users_per_second,
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


def _moment(instant: datetime, plan: Plan) -> str:
    """Return a moment as ``Tue 2026-12-01 10:00``; the view names the zone once."""
    return f"{instant.astimezone(plan.zone):%a} {zoned_text(instant, plan.zone)}"


def duration_text(seconds: float) -> str:
    """Return a time in words: ``4 seconds``, ``12 minutes``, ``2 hours``."""
    if seconds >= 3_600:
        return said(counted(round(seconds / 3_600), "hour"))
    if seconds >= 60:
        return said(counted(round(seconds / 60), "minute"))
    return said(counted(round(seconds), "second"))

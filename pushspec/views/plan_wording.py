"""A campaign in the words of someone who is no engineer: who gets it, how many, when, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.audience.exclusions import exclusion_text
from pushspec.language import phrase, plural, said, say
from pushspec.plan.audience_text import audience_text
from pushspec.plan.previews import BROWSER
from pushspec.plan.states import CampaignState
from pushspec.sanitize import printable
from pushspec.tencent.makers import MAKERS
from pushspec.text import counted, listed
from pushspec.timestamps import span_text, weekday_text, zoned_text
from pushspec.views.estimates import about_text, calls_text, estimate
from pushspec.views.hours import span_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pushspec.approvals.count import Approvals
    from pushspec.audience.arms import Arms
    from pushspec.plan.build import Plan
    from pushspec.plan.planned import PlannedCampaign
    from pushspec.plan.recallable import Recallable

PHONES = MAKERS | {BROWSER: phrase("Browser")}
"""What people call the phones of each channel, and browsers."""


_FEW = 3
"""How many people a line names."""


def recipients_text(campaign: PlannedCampaign) -> str:
    """Return who gets it, in plain words."""
    return say("; ").join(
        dict.fromkeys(said(audience_text(recipients).plain) for recipients in campaign.audiences)
    )


def reach_text(campaign: PlannedCampaign, plan: Plan) -> str:
    """Return how many people that are, as far as pushspec can know."""
    calls = campaign.sending
    if calls.account_count:
        return about_text(counted(calls.account_count, "account"), campaign)
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
    held_out = about_text(counted(campaign.holdout, "account"), campaign)
    holdout = [say("holdout: {accounts} left out", accounts=held_out)] if campaign.holdout else []
    exclusions = [
        say("exclude: {exclusion}", exclusion=exclusion_text(exclusion)) for exclusion in campaign.exclusions
    ]
    arms = [_arms_text(campaign.arms, campaign)] if campaign.arms else []
    return [*named_twice, *exclusions, *holdout, *arms, *_unlisted_texts(campaign)]


def _unlisted_texts(campaign: PlannedCampaign) -> Iterator[str]:
    """Yield what nobody can tell of it, because a pinned list is not at hand."""
    calls = campaign.sending
    if calls.hidden_contents:
        yield say(
            "{texts}, each of a few people, are shown with the list",
            texts=counted(calls.hidden_contents, "more text"),
        )
    for policy in campaign.unjudged:
        yield say("policy {policy} is judged once every list is at hand", policy=policy.value)
    if calls.is_about:
        yield say("a pinned list is not on this machine, so sizes are estimates (plan --online fetches it)")


def _arms_text(arms: Arms, campaign: PlannedCampaign) -> str:
    """Return the shares of a list: ``shares by salt sale: a 45% 450, b 45% 460, held out 90``."""
    named = zip(arms.shares.items(), arms.lists, strict=True)
    parts = [f"{name} {share} {about_text(f'{arm.count:,}', campaign)}" for (name, share), arm in named]
    return say(
        "shares by salt {salt}: {parts}, held out {held_out}",
        salt=printable(arms.salt),
        parts=say(", ").join(parts),
        held_out=about_text(f"{arms.held_out:,}", campaign),
    )


def schedule_text(campaign: PlannedCampaign, plan: Plan) -> str:
    """Return when it leaves, in the zone of the plan, and how long until then."""
    calls = campaign.sending
    if campaign.state is CampaignState.SENT and campaign.progress.sent:
        at = campaign.progress.sent[0].sent_at
        return say("sent {moment}", moment=_moment(at, plan)) if at is not None else say("sent")
    if campaign.state is CampaignState.IN_DOUBT:
        return say("not before somebody settles it")
    if campaign.schedule is not None:
        at = campaign.schedule.due_at
        return say("at {moment}, by the service{until}", moment=_moment(at, plan), until=_until(at, plan))
    if not campaign.progress.remaining:
        return say("nothing of it is left to send")
    opens, closes = campaign.passes_at or campaign.opens_at, calls.not_after
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
    if not calls or campaign.state.is_over:
        return say("nothing")
    if campaign.endpoint.counts_in_daily_quota:
        need = about_text(f"{calls:,}", campaign)
        return say("{calls} of the day's {limit:,} pushes", calls=need, limit=plan.quota.limit)
    return say("{calls} outside the day's pushes", calls=calls_text(campaign))


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
    if not found.missing:
        return say("{approved}; nobody else may approve", approved=approved)
    wanted = found.needed - found.people
    others = len(found.missing) - _FEW
    rest = plural(", {number:,} other", ", {number:,} others", others) if others > 0 else ""
    more = f"{said(listed(found.missing[:_FEW]))}{said(rest)}"
    return say("{approved}; {wanted} more of {more}", approved=approved, wanted=wanted, more=more)


def kept_text(seconds: int) -> str:
    """Say how late a push may arrive, because the service keeps it for phones that it cannot reach."""
    return say(
        "the service keeps it for {duration}: a phone that was offline may show it that late",
        duration=duration_text(seconds),
    )


def recall_text(recall: Recallable) -> str:
    """Say whether a campaign could be taken back after it was sent, and what people would see then."""
    limit_s = recall.window_s
    requests = estimate(counted(recall.requests, "request"), is_about=recall.is_about)
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


def _moment(instant: datetime, plan: Plan) -> str:
    """Return a moment as ``Tue 2026-12-01 10:00``; the view names the zone once."""
    return f"{said(weekday_text(instant.astimezone(plan.zone)))} {zoned_text(instant, plan.zone)}"


def duration_text(seconds: float) -> str:
    """Return a time in words: ``4 seconds``, ``12 minutes``, ``2 hours``."""
    if seconds >= 3_600:
        return said(counted(round(seconds / 3_600), "hour"))
    if seconds >= 60:
        return said(counted(round(seconds / 60), "minute"))
    return said(counted(round(seconds), "second"))

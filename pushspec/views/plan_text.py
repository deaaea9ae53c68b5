"""A plan as people read it in a terminal: what needs a look first, what it costs, and what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.plan.states import CampaignState
from pushspec.sanitize import printable
from pushspec.text import few_text
from pushspec.timestamps import in_zone, span_text, zone_text
from pushspec.views.plan_details import DetailStyle, detail_lines
from pushspec.views.plan_problems import repeated_warnings
from pushspec.views.plan_rows import hidden_text, legend, row_lines, shown_campaigns
from pushspec.views.plan_wording import DRAWN, network_text, pace_text, task_counts
from pushspec.views.tones import Tone, toned, unpainted
from pushspec.views.tried import FEW, untried_keys
from pushspec.views.wrapping import hanging

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pushspec.plan.build import Plan
    from pushspec.plan.planned import PlannedCampaign
    from pushspec.views.tones import Paint


def plan_text(
    plan: Plan,
    *,
    width: int,
    paint: Paint = unpainted,
    with_bodies: bool = False,
    with_settled: bool = False,
    next_steps: Sequence[str] = (),
) -> str:
    """Return the whole plan.

    Args:
        plan: What to show.
        width: Columns of the terminal; all but bodies keep to it.
        paint: Colours a text by its tone.
        with_bodies: Show the exact bodies, as for campaigns that were named.
        with_settled: List what was sent or has expired instead of counting it.
        next_steps: Commands that come next, ready to paste.
    """
    campaigns = shown_campaigns(plan, with_settled=with_settled)
    cut = () if with_bodies else _cut_keys(plan)
    style = DetailStyle(width, paint, with_bodies, repeated_warnings(plan), untried_keys(plan), cut)
    lines = [
        *_heading(plan, width, paint),
        *_rows(plan, campaigns, width, paint),
        *(line for campaign in campaigns for line in detail_lines(campaign, plan, style)),
        *_footer(plan, style),
        *(f"Next: {step}" for step in next_steps),
    ]
    return "\n".join(lines) + "\n"


def _heading(plan: Plan, width: int, paint: Paint) -> Iterator[str]:
    environment = plan.environment
    what = f"app {environment.app_id} · {environment.location}{network_text(environment)}"
    zone = f"times in {zone_text(plan.zone, plan.made_at)}"
    heading = f"{printable(plan.project)} · {plan.environment_name} · {what} · {zone}"
    yield from (toned(line, Tone.PLAIN, paint) for line in hanging(heading, width))
    yield ""


def _rows(plan: Plan, campaigns: Sequence[PlannedCampaign], width: int, paint: Paint) -> Iterator[str]:
    if campaigns or plan.cancellations:
        words = legend(campaigns, with_cancelled=bool(plan.cancellations))
        yield from (toned(line, Tone.DIM, paint) for line in hanging(words, width, first="  "))
        yield ""
    yield from row_lines(campaigns, plan, width=width, paint=paint)
    if not plan.campaigns and not plan.cancellations:
        yield "  (no campaigns)"
    if len(campaigns) < len(plan.campaigns):
        yield paint(f"  {hidden_text(plan)}", Tone.DIM)


def _footer(plan: Plan, style: DetailStyle) -> Iterator[str]:
    quota, width, paint = plan.quota, style.width, style.paint
    yield ""
    yield from hanging(
        f"{quota.used} used today + {quota.planned} planned = {quota.used + quota.planned} "
        f"of {quota.limit}, {quota.left} left · {quota.price}",
        width,
        first="quota  pushes  ",
    )
    if plan.pacing_s >= 1:
        pace = pace_text(plan, span_text(plan.pacing_s))
        yield from hanging(f"sending takes {pace}", width, first="pace   ")
    for (policy, message), names in style.repeated.items():
        text = f"warning: {names}: {policy}: {in_zone(printable(message), plan.zone)}"
        yield from (toned(line, Tone.WARNING, paint) for line in hanging(text, width, rest="  "))
    for label, keys, then in (
        ("not tried", style.untried, "pushspec try NAME sends one to the testers"),
        ("cut", style.cut, "pushspec preview NAME shows what phones leave of it"),
    ):
        if keys:
            yield from hanging(f"{few_text(keys[:FEW], len(keys))}: {then}", width, first=f"{label:<9}  ")
    if plan.lock_note:
        note = hanging(plan.lock_note, width, first="note   ")
        yield from (toned(line, Tone.WARNING, paint) for line in note)
    first, *more = hanging(f"{_counts(plan)}. digest {plan.short_digest}", width, first="Plan: ")
    yield paint("Plan:", Tone.BOLD) + first.removeprefix("Plan:")
    yield from more


def _cut_keys(plan: Plan) -> Sequence[str]:
    """Return the campaigns that some phones cut, where they are so many that it is said once for all."""
    files = {warning.location.file for warning in plan.warnings if warning.rule in DRAWN}
    keys = [campaign.key for campaign in plan.campaigns if campaign.path in files]
    return keys if len(keys) > FEW else ()


def _counts(plan: Plan) -> str:
    between = [
        f"{len(found)} {state.value}"
        for state in (
            CampaignState.WAITING,
            CampaignState.EXPIRED,
            CampaignState.CHANGED,
            CampaignState.BLOCKED,
            CampaignState.FROZEN,
        )
        if (found := plan.in_state(state))
    ]
    to_send, sent, doubt = (
        len(plan.in_state(state))
        for state in (CampaignState.SEND, CampaignState.SENT, CampaignState.IN_DOUBT)
    )
    tasks = task_counts(plan)
    return ", ".join([f"{to_send} to send", f"{sent} sent", *tasks, *between, f"{doubt} in doubt"])

"""A plan as people read it in a terminal: what needs a look first, what it costs, and what to type next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import set_cell_size

from pushspec.language import said, say
from pushspec.plan.states import CampaignState
from pushspec.sanitize import printable
from pushspec.text import few_text
from pushspec.timestamps import in_zone, span_text, zone_text
from pushspec.views.commands import named_in
from pushspec.views.merging import unasked_text
from pushspec.views.plan_details import DetailStyle, detail_lines
from pushspec.views.plan_problems import repeated_warnings, unknown_authors_text
from pushspec.views.plan_remarks import DRAWN, freeze_text
from pushspec.views.plan_rows import hidden_text, legend, row_lines, shown_campaigns
from pushspec.views.plan_states import count_text
from pushspec.views.plan_totals import app_text, network_text, pace_text, task_counts
from pushspec.views.recorded import said_anew
from pushspec.views.tones import Tone, toned, unpainted
from pushspec.views.tried import FEW, untried_keys
from pushspec.views.wrapping import hanging, spaced

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
    nothing: str = "",
    folder: Path = Path(),
) -> str:
    """Return the whole plan.

    Args:
        plan: What to show.
        width: Columns of the terminal; all but bodies keep to it.
        paint: Colours a text by its tone.
        with_bodies: Show the exact bodies, as for campaigns that were named.
        with_settled: List what was sent, has expired or was abandoned instead of counting it.
        next_steps: Commands that come next, ready to paste.
        nothing: What to say where no campaign is in the plan.
        folder: The project's, as it was given.
    """
    campaigns = shown_campaigns(plan, with_settled=with_settled)
    cut = () if with_bodies else _cut_keys(plan)
    style = DetailStyle(width, paint, with_bodies, repeated_warnings(plan), untried_keys(plan), cut)
    lines = [
        *_heading(plan, width, paint),
        *_rows(plan, campaigns, width, paint, nothing or say("(no campaigns)")),
        *(line for campaign in campaigns for line in detail_lines(campaign, plan, style)),
        *_footer(plan, style, folder),
        *(say("Next: {step}", step=step) for step in next_steps),
    ]
    return "\n".join(lines) + "\n"


def _heading(plan: Plan, width: int, paint: Paint) -> Iterator[str]:
    environment = plan.environment
    what = f"{app_text(environment, plan.environment_name)}{network_text(environment)}"
    zone = say("times in {zone}", zone=zone_text(plan.zone, plan.made_at))
    heading = f"{printable(plan.project)} · {plan.environment_name} · {what} · {zone}"
    yield from (toned(line, Tone.PLAIN, paint) for line in hanging(heading, width))
    yield ""
    if frozen := freeze_text(plan):
        yield from (toned(line, Tone.ERROR, paint) for line in hanging(frozen, width, first="  ! "))
        yield ""


def _rows(
    plan: Plan, campaigns: Sequence[PlannedCampaign], width: int, paint: Paint, nothing: str
) -> Iterator[str]:
    if campaigns or plan.cancellations:
        meanings = legend({it.state for it in campaigns}, with_cancelled=bool(plan.cancellations))
        yield from (paint(line, Tone.DIM) for line in spaced(meanings, width, first="  "))
        yield ""
    yield from row_lines(campaigns, plan, width=width, paint=paint)
    if not plan.campaigns and not plan.cancellations:
        yield from hanging(nothing, width, first="  ")
    if len(campaigns) < len(plan.campaigns):
        yield paint(f"  {hidden_text(plan)}", Tone.DIM)


def _footer(plan: Plan, style: DetailStyle, folder: Path) -> Iterator[str]:
    quota, width, paint = plan.quota, style.width, style.paint
    yield ""
    yield from hanging(
        say(
            "{used} used today + {planned} planned = {total} of {limit}, {left} left · {price}",
            used=quota.used,
            planned=quota.planned,
            total=quota.used + quota.planned,
            limit=quota.limit,
            left=quota.left,
            price=quota.price,
        ),
        width,
        first=say("quota  pushes  "),
    )
    if plan.pacing_s >= 1:
        pace = pace_text(plan, span_text(plan.pacing_s))
        yield from hanging(say("sending takes {pace}", pace=pace), width, first=say("pace   "))
    for (policy, message), names in style.repeated.lines.items():
        told = in_zone(printable(said_anew(message)), plan.zone)
        text = (
            say("warning: {names}: {policy}: {message}", names=names, policy=policy, message=told)
            if names
            else say("warning: {policy}: {message}", policy=policy, message=told)
        )
        yield from (toned(line, Tone.WARNING, paint) for line in hanging(text, width, rest="  "))
    for label, keys, then in (
        (say("not tried"), style.untried, say("pushspec try NAME sends one to the testers")),
        (say("cut"), style.cut, say("pushspec preview NAME shows what phones leave of it")),
    ):
        if keys:
            few = say("{keys}: {then}", keys=few_text(keys[:FEW], len(keys)), then=then)
            yield from hanging(few, width, first=f"{set_cell_size(label, 9)}  ")
    if unasked := unasked_text(plan):
        yield from hanging(unasked, width, first=say("note   "))
    if authors := unknown_authors_text(plan):
        yield from (
            toned(line, Tone.WARNING, paint) for line in hanging(said(authors), width, first=say("note   "))
        )
    if plan.lock_note:
        note = hanging(said(named_in(plan.lock_note, folder)), width, first=say("note   "))
        yield from (toned(line, Tone.WARNING, paint) for line in note)
    counts, label = _counts(plan), say("Plan:")
    digest = say("{counts}. digest {digest}", counts=counts, digest=plan.short_digest)
    first, *more = hanging(digest, width, first=say("Plan: "))
    yield paint(label, Tone.BOLD) + first.removeprefix(label)
    yield from more


def _cut_keys(plan: Plan) -> Sequence[str]:
    """Return the campaigns that some phones cut, where they are so many that it is said once for all."""
    files = {warning.location.file for warning in plan.warnings if warning.rule in DRAWN}
    keys = [campaign.key for campaign in plan.campaigns if campaign.path in files]
    return keys if len(keys) > FEW else ()


def _counts(plan: Plan) -> str:
    between = [
        count_text(len(found), state)
        for state in (
            CampaignState.WAITING,
            CampaignState.EXPIRED,
            CampaignState.ABANDONED,
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
    sending = [count_text(to_send, CampaignState.SEND), count_text(sent, CampaignState.SENT)]
    return say(", ").join([*sending, *tasks, *between, count_text(doubt, CampaignState.IN_DOUBT)])

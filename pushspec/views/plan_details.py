"""What a plan in a terminal says below its rows: what is unusual about a campaign, and its exact bodies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic_core import to_json

from pushspec.language import plural, said, say
from pushspec.plan.chunking import part_text
from pushspec.plan.previews import cut_previews
from pushspec.plan.recallable import recallable
from pushspec.plan.renderings import Renderings
from pushspec.sanitize import printable
from pushspec.tencent.bodies import with_few_accounts
from pushspec.text import counted
from pushspec.timestamps import in_zone, span_text, zoned_text
from pushspec.views.diff_text import change_lines
from pushspec.views.estimates import about_text
from pushspec.views.hours import hour_texts
from pushspec.views.plan_problems import own_warnings
from pushspec.views.plan_rows import next_text
from pushspec.views.plan_wording import PHONES, approval_text, kept_text, left_out_texts, recall_text
from pushspec.views.stages import stage_texts
from pushspec.views.tasks import since_text, task_texts
from pushspec.views.tones import Tone, toned
from pushspec.views.tried import tried_texts
from pushspec.views.wrapping import hanging

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pushspec.plan.build import Plan
    from pushspec.plan.calls import Call
    from pushspec.plan.planned import PlannedCampaign
    from pushspec.views.plan_problems import RepeatedWarnings
    from pushspec.views.tones import Paint

_SHOWN_ACCOUNTS = 6


@dataclass(frozen=True, slots=True)
class DetailStyle:
    """How the details of a plan are written.

    Attributes:
        width: Columns of the terminal; bodies are never cut.
        paint: Colours a text by its tone.
        with_bodies: Show the exact bodies and all about their delivery.
        repeated: Warnings that are said once, below.
        untried: Campaigns of which is said below that they were not tried.
        cut: Campaigns of which is said below that some phones cut their texts.
    """

    width: int
    paint: Paint
    with_bodies: bool
    repeated: RepeatedWarnings
    untried: Sequence[str] = ()
    cut: Sequence[str] = ()


def detail_lines(campaign: PlannedCampaign, plan: Plan, style: DetailStyle) -> Iterator[str]:
    """Yield a block about one campaign; nothing where its row says all."""
    is_whole = style.with_bodies and campaign.state.is_pending
    notes = [
        *task_texts(campaign, plan),
        *stage_texts(campaign),
        *hour_texts(campaign, plan),
        *(tried_texts(campaign, plan) if campaign.key not in style.untried else ()),
        *_parts(campaign, plan),
        *(_delivery(campaign, plan) if is_whole else ()),
        *_approvals(campaign, with_none=is_whole),
        *_since_last(campaign, plan),
        *(_cut_texts(campaign, plan) if campaign.state.is_pending and campaign.key not in style.cut else ()),
    ]
    block = [
        *(line for note in notes for line in _filled(note, style, Tone.PLAIN)),
        *(
            line
            for verdict in _verdicts(campaign, plan, style)
            for line in _filled(verdict, style, Tone.WARNING)
        ),
        *(f"  {line}" for line in (_bodies(campaign) if is_whole else ())),
    ]
    if block:
        head = hanging(_head(campaign, plan, with_size=is_whole), style.width, rest="  ")
        yield from ("", *head, *block)


def _filled(text: str, style: DetailStyle, tone: Tone) -> Iterator[str]:
    """Yield a text below the head of its block, wrapped, as far to the right as it begins."""
    words = text.lstrip()
    indent = "  " + " " * (len(text) - len(words))
    for line in hanging(words, style.width, first=indent, rest=f"{indent}  "):
        yield toned(line, tone, style.paint)


def _head(campaign: PlannedCampaign, plan: Plan, *, with_size: bool) -> str:
    head = f"{campaign.key} · {printable(campaign.path)}"
    if not with_size:
        return head
    limit = getattr(plan.environment.limits, campaign.endpoint.body_limit)
    of_limit = say(" of {limit:,}", limit=limit.value) if campaign.endpoint.body_limit_counts_accounts else ""
    size = about_text(counted(campaign.payload_bytes, "byte"), campaign)
    return f"{head} · {size}{of_limit}"


def _parts(campaign: PlannedCampaign, plan: Plan) -> Iterator[str]:
    if not campaign.state.is_pending:
        return
    if words := part_text(campaign.sending, plan.environment.limits):
        yield said(words)
    yield from left_out_texts(campaign)


def _delivery(campaign: PlannedCampaign, plan: Plan) -> Iterator[str]:
    calls = campaign.sending
    if calls.not_before is not None and calls.due_at is None:
        is_coming = calls.not_before > plan.made_at
        moment = next_text(calls.not_before, plan) if is_coming else zoned_text(calls.not_before, plan.zone)
        yield say("not before {moment}", moment=moment)
    if calls.not_after is not None:
        yield say("not after {moment}", moment=next_text(calls.not_after, plan))
    if campaign.kept_s:
        yield kept_text(campaign.kept_s)
    if campaign.fan_out_s is not None:
        yield say("delivery takes up to {span} (history is stored)", span=span_text(campaign.fan_out_s))
    yield recall_text(recallable(calls, plan.environment.limits))


def _approvals(campaign: PlannedCampaign, *, with_none: bool) -> Iterator[str]:
    found = campaign.approvals
    if found is not None and (found.needed or with_none):
        yield printable(approval_text(found))


def _since_last(campaign: PlannedCampaign, plan: Plan) -> Iterator[str]:
    found = campaign.since_last
    if campaign.last is None or found is None:
        return
    changes = list(change_lines(found))
    since = since_text(campaign)
    yield say("{what}:", what=since) if changes else say("{since}: nothing differs", since=since)
    yield from (f"  {in_zone(line, plan.zone)}" for line in changes)


def _bodies(campaign: PlannedCampaign) -> Iterator[str]:
    """Yield the body of the shortest, the longest and every odd content."""
    renderings = Renderings()
    for row, content in campaign.coming_contents():
        renderings.add(row, content)
    told = renderings.told()
    for row, why in told.items():
        call = campaign.sending.call(row)
        yield f"POST {call.endpoint.path}  {call.key}{f'  ({said(why)})' if why else ''}"
        body = to_json(shortened(call), indent=2).decode()  # json.dumps would indent in Python
        yield from (f"  {printable(line)}" for line in body.split("\n"))
    unshown = renderings.odd_count - len(renderings.odd)
    if unshown:
        yield said(plural("… and {number:,} more odd one", "… and {number:,} more odd ones", unshown))
    rest = len(campaign.coming) - len(told)
    if rest:
        calls = about_text(counted(rest, "call"), campaign)
        if not told:
            yield say("{calls}, whose texts are shown with the list", calls=calls)
        elif campaign.sending.hidden_contents or renderings.are_alike_long:
            yield say("… and {calls} more", calls=calls)
        elif renderings.contents == 1:
            yield say("… and {calls} with the same content", calls=calls)
        else:
            yield say("… and {calls} with texts between these in length", calls=calls)


def shortened(call: Call) -> dict[str, object]:
    """Return the body with a long list of accounts shown by its ends; nothing else is left out."""
    return with_few_accounts(call.shown_fields(), _SHOWN_ACCOUNTS)


def _cut_texts(campaign: PlannedCampaign, plan: Plan) -> Iterator[str]:
    for content in campaign.contents.values():
        for preview in cut_previews(content, plan.environment.limits):
            language = f" ({preview.language})" if preview.language else ""
            shown = f"{printable(preview.title)} | {printable(preview.desc)}"
            yield say(
                "{vendor}{language} shows: {shown}",
                vendor=PHONES[preview.vendor],
                language=language,
                shown=shown,
            )


def _verdicts(campaign: PlannedCampaign, plan: Plan, style: DetailStyle) -> Iterator[str]:
    for result in campaign.policy_results:
        if result.exception:
            message = in_zone(said(result.message), plan.zone)
            yield say(
                "lifted: {policy} ({message}): {exception}",
                policy=result.policy,
                message=message,
                exception=printable(result.exception),
            )
    for policy, message in own_warnings(campaign, style.repeated):
        yield say(
            "warning: {policy}: {message}",
            policy=policy,
            message=in_zone(printable(said(message)), plan.zone),
        )

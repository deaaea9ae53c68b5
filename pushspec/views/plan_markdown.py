"""A plan as Markdown for a pull request: what matters in ten seconds, what is unusual, every detail."""

from __future__ import annotations

import json
from functools import reduce
from itertools import islice
from typing import TYPE_CHECKING

from pushspec.language import phrase, said, say
from pushspec.plan.chunking import part_text
from pushspec.plan.previews import alike, previews
from pushspec.plan.recallable import recallable
from pushspec.plan.states import CampaignState
from pushspec.sanitize import markdown_fence
from pushspec.serialization import wire_json
from pushspec.text import counted
from pushspec.timestamps import in_zone, zone_text
from pushspec.views import plan_totals as totals
from pushspec.views import plan_wording as wording
from pushspec.views.diff_markdown import change_bullets
from pushspec.views.estimates import about_text, calls_text
from pushspec.views.hours import hour_texts
from pushspec.views.markdown import ROOM_BELOW, bounded, code, cut, folded, size
from pushspec.views.merging import approval_texts, merging_texts, unasked_text
from pushspec.views.plan_details import shortened
from pushspec.views.plan_remarks import kept_back_text, remarks
from pushspec.views.plan_rows import in_order
from pushspec.views.plan_states import state_text
from pushspec.views.stages import stage_texts
from pushspec.views.tasks import cancellation_text, since_text, task_texts
from pushspec.views.tried import tried_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pushspec.plan.build import Plan
    from pushspec.plan.calls import Call
    from pushspec.plan.planned import PlannedCampaign
    from pushspec.spec.content import Content
    from pushspec.tencent.limits import Limits

_MOST_ROWS = 20
"""Campaigns of the table at the top; the others have their part below."""
_MOST_CONTENTS = 3
"""Contents of a campaign that are drawn; a personalized one may have thousands."""
_MOST_BODY = 6_000
_CELL = 120

_MARKS = {0: "🛑", 1: "🔓", 2: "⚠️"}


def plan_markdown(plan: Plan, *, limit: int, nothing: str = "") -> str:
    """Return a plan as Markdown.

    Args:
        plan: What to show.
        limit: Most characters. The summary comes first, its table shorter where it must be; risks come next,
            then details, while they fit.
        nothing: Why it has no campaign, where more is known than that.
    """
    campaigns = in_order(plan.campaigns)
    summaries = ("\n".join(_summary(plan, campaigns, rows, nothing)) for rows in range(_MOST_ROWS, -1, -1))
    summary = next((text for text in summaries if size(text) + ROOM_BELOW <= limit), "")
    return bounded(
        summary,
        [*_approvals(plan), *_risks(plan), *_details(plan, campaigns)],
        limit=limit,
        command="plan",
        noun=phrase("more parts"),
    )


def _summary(plan: Plan, campaigns: list[PlannedCampaign], rows: int, nothing: str) -> Iterator[str]:
    place = totals.app_text(plan.environment, plan.environment_name, marked=code)
    if words := totals.network_text(plan.environment).removeprefix(" · "):
        place += f" · {code(words)}"
    yield f"## {say('Push plan: {counts}', counts=totals.counts(plan))}\n"
    digest = say("digest `{digest}`", digest=plan.short_digest)
    yield f"{code(plan.project)} · **{plan.environment_name}** · {place} · {digest}\n"
    cost = say("Takes {cost}.", cost=totals.cost(plan))
    zone = say("Times are in {zone}.", zone=zone_text(plan.zone, plan.made_at))
    yield _sentences([f"{cost}{_pace(plan)}", zone]) + "\n"
    yield _sentences(merging_texts(plan)) + "\n"
    if nothing:
        yield f"{nothing}\n"
    shown = [campaign for campaign in campaigns if campaign.state is not CampaignState.SENT][:rows]
    if shown:
        yield say("| title | who gets it | how many | when | cost | campaign | |")
        yield "| - | - | - | - | - | - | - |"
        yield from (_row(campaign, plan) for campaign in shown)
    if plan.cancellations:
        yield ""
    for it in plan.cancellations:
        words = code(cancellation_text(it, plan), limit=500)
        yield say("- cancels **{key}** at the service: {words}", key=it.key, words=words)
    rest = len(campaigns) - len(shown)
    if rest:
        yield "\n" + say(
            "{campaigns}, see below or `pushspec plan`.", campaigns=counted(rest, "more campaign")
        )


def _sentences(texts: Iterable[str]) -> str:
    """Return sentences behind each other; in Chinese no blank is between them."""
    return reduce(lambda before, text: say("{before} {sentence}", before=before, sentence=text), texts)


def _pace(plan: Plan) -> str:
    if plan.pacing_s < 1:
        return ""
    pace = totals.pace_text(plan, wording.duration_text(plan.pacing_s))
    return say(" Sending takes {pace}.", pace=pace)


def _row(campaign: PlannedCampaign, plan: Plan) -> str:
    cells = (
        code(wording.title_of(campaign), limit=_CELL),
        code(wording.recipients_text(campaign), limit=_CELL),
        code(wording.reach_text(campaign, plan)),
        wording.schedule_text(campaign, plan),
        wording.cost_text(campaign, plan),
        f"**{campaign.key}**",
        state_text(campaign),
    )
    return f"| {' | '.join(cells)} |"


def _approvals(plan: Plan) -> Iterator[str]:
    found, unasked = approval_texts(plan), unasked_text(plan)
    if found or unasked:
        yield f"\n### {say('Approvals')}\n"
    yield from (
        say("- **{key}**: {words}", key=key, words=code(words, limit=500)) for key, words in found.items()
    )
    if unasked:
        yield f"- {code(unasked, limit=500)}"


def _risks(plan: Plan) -> Iterator[str]:
    found = remarks(plan)
    if found:
        yield f"\n### {say('Look twice')}\n"
    for remark in found:
        name = say("**{name}**: ", name=remark.campaign) if remark.campaign else ""
        reason = say(", because: {reason}", reason=code(remark.reason)) if remark.reason else ""
        yield f"- {_MARKS[remark.weight]} {name}{code(remark.text, limit=500)}{reason}"


def _details(plan: Plan, campaigns: list[PlannedCampaign]) -> Iterator[str]:
    pending = [campaign for campaign in campaigns if campaign.progress.remaining]
    if pending:
        yield f"\n### {say('In detail')}\n"
    for campaign in pending:
        yield _detail(campaign, plan)
    sent = [campaign for campaign in campaigns if campaign.state is CampaignState.SENT]
    if sent:
        names = "\n".join(
            say("- {key}: {words}", key=campaign.key, words=wording.schedule_text(campaign, plan))
            for campaign in sent
        )
        yield folded(say("{campaigns} sent", campaigns=counted(len(sent), "campaign")), names)


def _detail(campaign: PlannedCampaign, plan: Plan) -> str:
    calls, kept_back = calls_text(campaign), kept_back_text(campaign, plan)
    lines = [
        *([f"- {code(kept_back, limit=500)}"] if kept_back else []),
        say(
            "- who: {people}, {reach}",
            people=code(wording.recipients_text(campaign)),
            reach=code(wording.reach_text(campaign, plan)),
        ),
        say("- when: {when}", when=wording.schedule_text(campaign, plan)),
        *([f"- {code(wording.approval_text(campaign.approvals))}"] if campaign.approvals is not None else []),
        say("- file: {path}", path=code(campaign.path)),
        say(
            "- {calls} to `{endpoint}`, largest body {size}",
            calls=calls,
            endpoint=campaign.endpoint.name,
            size=about_text(counted(campaign.payload_bytes, "byte"), campaign),
        ),
        *(f"- {code(words, limit=500)}" for words in task_texts(campaign, plan)),
        *(f"- {code(words)}" for words in [*stage_texts(campaign), *hour_texts(campaign, plan)]),
        *(f"- {code(words)}" for words in tried_texts(campaign, plan)),
        *(f"- {words}" for words in wording.left_out_texts(campaign)),
        *(f"- {said(words)}" for words in [part_text(campaign.sending, plan.environment.limits)] if words),
    ]
    if campaign.kept_s:
        lines.append(f"- {wording.kept_text(campaign.kept_s)}")
    if campaign.fan_out_s is not None:
        lines.append(
            say(
                "- delivery takes up to {duration}: history is stored",
                duration=wording.duration_text(campaign.fan_out_s),
            )
        )
    lines.append(
        f"- {code(wording.recall_text(recallable(campaign.sending, plan.environment.limits)), limit=500)}"
    )
    parts = [
        "\n".join(lines),
        *_changes(campaign, plan),
        *_contents(campaign, plan.environment.limits),
        _bodies(campaign),
    ]
    return folded(
        say("<b>{key}</b> {state}, {calls}", key=campaign.key, state=state_text(campaign), calls=calls),
        "\n\n".join(parts),
    )


def _changes(campaign: PlannedCampaign, plan: Plan) -> Iterator[str]:
    found = campaign.since_last
    if campaign.last is not None and found is not None:
        bullets = in_zone("\n".join(change_bullets(found)), plan.zone) or say("- nothing differs")
        yield f"{_since(campaign, campaign.last.key)}\n\n{bullets}"


def _since(campaign: PlannedCampaign, key: str) -> str:
    words = since_text(campaign).replace(key, f"**{key}**", 1)
    return say("{what}:", what=words[:1].upper() + words[1:])


def _contents(campaign: PlannedCampaign, limits: Limits) -> Iterator[str]:
    contents = campaign.contents
    for key, content in islice(contents.items(), _MOST_CONTENTS):
        heading = f"**{key}**\n\n" if len(contents) > 1 else ""
        drawn = "\n\n".join([*_phones(content, limits), *_message(content)])
        yield heading + (drawn or say("Phones that are not online show nothing."))
    if len(contents) > _MOST_CONTENTS:
        yield say("… and {texts}.", texts=counted(len(contents) - _MOST_CONTENTS, "more text"))


def _phones(content: Content, limits: Limits) -> Iterator[str]:
    rows = [
        f"| {_makers(vendors)}{' ✂' if it.is_cut else ''} | {it.language or say('any')} "
        f"| {code(it.title, limit=1_000)} | {code(it.desc, limit=1_000)} |"
        for it, vendors in alike(previews(content, limits))
    ]
    if rows:
        yield "\n".join([say("| phone | language | title | text |"), "| --- | --- | --- | --- |", *rows])


def _makers(vendors: list[str]) -> str:
    return ", ".join(wording.PHONES[vendor] for vendor in vendors)


def _message(content: Content) -> Iterator[str]:
    if content.page_message is not None:
        yield say(
            "In open pages: {message}", message=code(wire_json(content.page_message).decode(), limit=500)
        )
    if content.message:
        elements = (f"{element.kind} {element.text or ''}".strip() for element in content.message)
        yield say(
            "In the chat: {elements}", elements=", ".join(code(element, limit=500) for element in elements)
        )


def _bodies(campaign: PlannedCampaign) -> str:
    first = campaign.first_coming()
    if first is None:
        return ""
    more = len(campaign.coming) - 1
    also = say(" and {calls} like it", calls=about_text(counted(more, "call"), campaign)) if more else ""
    title = say("Exactly what is sent, `{key}`{also}:", key=first.key, also=also)
    return f"{title}\n\n{markdown_fence(_body(first), info='json')}"


def _body(call: Call) -> str:
    return cut(json.dumps(shortened(call), ensure_ascii=False, indent=2), _MOST_BODY)

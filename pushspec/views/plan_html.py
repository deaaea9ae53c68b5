"""A plan as one page for whoever approves it: what it looks like, who gets it, when, and what is unusual."""

from __future__ import annotations

import json
from importlib import resources
from itertools import islice
from typing import TYPE_CHECKING

from pushspec.language import phrase, said, say
from pushspec.plan.recallable import recallable
from pushspec.plan.states import CampaignState
from pushspec.text import counted
from pushspec.timestamps import in_zone, zone_text
from pushspec.views import plan_totals as totals
from pushspec.views import plan_wording as wording
from pushspec.views.estimates import calls_text
from pushspec.views.hours import hour_texts
from pushspec.views.html import Html, join, page, prose, tag, text
from pushspec.views.merging import approval_texts, merging_texts, unasked_text
from pushspec.views.phones import phones
from pushspec.views.plan_details import shortened
from pushspec.views.plan_index import anchor, index_html, recipients_html, state_html, strip_html
from pushspec.views.plan_remarks import Remark, kept_back_text, remarks
from pushspec.views.plan_rows import in_order
from pushspec.views.stages import stage_texts
from pushspec.views.tasks import cancellation_text, since_text, task_texts
from pushspec.views.tried import tried_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.plan.build import Plan
    from pushspec.plan.diff import FieldChange
    from pushspec.plan.planned import PlannedCampaign

_MOST_DRAWN = 200
"""Campaigns that are drawn; of a larger plan the others have their line in the list."""
_MOST_CONTENTS = 3
_MOST_REMARKS = 300
_SHORT = 60
"""Characters of a fact that a column holds in three lines; a longer one takes the whole row."""
_WHO = phrase("Who gets it")
_CLASSES = {0: "stops", 1: "lifted", 2: "warns"}


def plan_html(plan: Plan, *, nothing: str = "") -> str:
    """Return a plan as one self-contained page; it runs no script and asks no server for anything.

    Args:
        plan: What to show.
        nothing: Why it has no campaign, where more is known than that.
    """
    style = resources.files("pushspec.views").joinpath("plan.css").read_text(encoding="utf-8")
    campaigns = in_order(plan.campaigns)
    pending = [campaign for campaign in campaigns if campaign.progress.remaining]
    unsent = [campaign for campaign in campaigns if campaign.state is not CampaignState.SENT]
    drawn = unsent[:_MOST_DRAWN]
    parts = [
        _header(plan),
        *_merging(plan),
        *([tag("p", text(nothing), class_="soft")] if nothing else []),
        *strip_html(pending, plan),
        *([index_html(unsent, plan, drawn=drawn)] if unsent else []),
        *_cancellations(plan),
        *_remarks(plan),
        *_cards(drawn, plan),
        *_not_drawn(len(unsent) - len(drawn), phrase("`pushspec plan NAME` shows one")),
        *_sent(campaigns, plan),
    ]
    return page(_title(plan), style, tag("main", join(parts)))


def _title(plan: Plan) -> str:
    return say("Push plan: {counts}", counts=totals.counts(plan))


def _header(plan: Plan) -> Html:
    about = f"{plan.environment_name} · {totals.app_text(plan.environment, plan.environment_name)}"
    about += totals.network_text(plan.environment)
    about += f" · {say('times in {zone}', zone=zone_text(plan.zone, plan.made_at))}"
    facts = [(say("Takes"), totals.cost(plan)), (say("Digest"), plan.short_digest)]
    if plan.pacing_s >= 1:
        facts.insert(1, (say("Sending takes"), totals.pace_text(plan, wording.duration_text(plan.pacing_s))))
    return tag(
        "header",
        tag("h1", _title(plan)),
        tag("div", text(plan.project), f" · {about}", class_="soft"),
        tag(
            "div",
            *(tag("div", tag("b", name), value, class_="fact") for name, value in facts),
            class_="facts",
        ),
    )


def _merging(plan: Plan) -> Iterator[Html]:
    yield tag("h2", phrase("What merging does"))
    approvals = approval_texts(plan)
    items = [tag("li", text(sentence)) for sentence in merging_texts(plan)]
    items += [tag("li", tag("strong", key, say(": ")), text(words)) for key, words in approvals.items()]
    if unasked := unasked_text(plan):
        items.append(tag("li", text(unasked)))
    yield tag("ul", *items, class_="merging")


def _cancellations(plan: Plan) -> Iterator[Html]:
    if not plan.cancellations:
        return
    yield tag("h2", phrase("Cancelled at the service"))
    items = (
        tag("li", tag("strong", it.key, say(": ")), text(cancellation_text(it, plan)))
        for it in plan.cancellations
    )
    yield tag("ul", *items)


def _remarks(plan: Plan) -> Iterator[Html]:
    found = remarks(plan)
    if not found:
        return
    yield tag("h2", phrase("Look twice"))
    items = [_remark(remark) for remark in found[:_MOST_REMARKS]]
    if len(found) > _MOST_REMARKS:
        items.append(
            tag(
                "li",
                prose(phrase("and {count:,} more, see `pushspec plan`", count=len(found) - _MOST_REMARKS)),
            )
        )
    yield tag("ul", *items, class_="twice")


def _remark(remark: Remark) -> Html:
    name = tag("strong", remark.campaign, say(": ")) if remark.campaign else Html("")
    reason = tag("span", phrase(" Reason: "), text(remark.reason)) if remark.reason else Html("")
    return tag("li", name, prose(remark.text), reason, class_=_CLASSES[remark.weight])


def _cards(campaigns: list[PlannedCampaign], plan: Plan) -> Iterator[Html]:
    if campaigns:
        yield tag("h2", phrase("Each campaign"))
    yield from (_card(campaign, plan) for campaign in campaigns)


def _not_drawn(count: int, how: str) -> Iterator[Html]:
    """Say that a long plan has more, or whoever looks for a part would take the page for broken."""
    if count > 0:
        yield tag(
            "p",
            prose(phrase("and {campaigns}: {how}", campaigns=counted(count, "more campaign"), how=how)),
            class_="soft",
        )


def _card(campaign: PlannedCampaign, plan: Plan) -> Html:
    head = tag("div", tag("h3", text(wording.title_of(campaign))), state_html(campaign), class_="head")
    description = campaign.spec.campaign.description
    about = [campaign.key, campaign.path, *([description] if description else [])]
    parts = [head, tag("div", text(" · ".join(about)), class_="soft"), _facts(campaign, plan)]
    parts += [*_drawn(campaign, plan), *_changes(campaign, plan), _exact(campaign)]
    return tag("article", join(parts), attributes={"id": anchor(campaign)})


def _facts(campaign: PlannedCampaign, plan: Plan) -> Html:
    facts = [
        (_WHO, wording.recipients_text(campaign)),
        (phrase("How many"), wording.reach_text(campaign, plan)),
        (phrase("When"), wording.schedule_text(campaign, plan)),
        (phrase("How"), _how(campaign)),
        (phrase("Cost"), wording.cost_text(campaign, plan)),
        (phrase("Recall"), _recall(campaign, plan)),
    ]
    facts += [(phrase("Task"), words) for words in task_texts(campaign, plan)]
    facts += [
        (name, say("; ").join(texts))
        for name, texts in (
            (phrase("Stages"), stage_texts(campaign)),
            (phrase("Hours"), hour_texts(campaign, plan)),
        )
        if texts
    ]
    facts += [(phrase("Tried"), words) for words in tried_texts(campaign, plan)]
    if left_out := wording.left_out_texts(campaign):
        facts.insert(2, (phrase("Left out"), say("; ").join(left_out)))
    if kept_back := kept_back_text(campaign, plan):
        facts.insert(0, (phrase("State"), kept_back))
    if campaign.approvals is not None:
        facts.append((phrase("Approvals"), wording.approval_text(campaign.approvals)))
    return tag("dl", *(_fact(name, value, campaign) for name, value in facts))


def _fact(name: str, value: str, campaign: PlannedCampaign) -> Html:
    shown = recipients_html(campaign) if name == _WHO else text(value)
    return tag("div", tag("dt", name), tag("dd", shown), class_="wide" if len(value) > _SHORT else "")


def _how(campaign: PlannedCampaign) -> str:
    """Return how it leaves; of a campaign with nothing left to send, no calls to count."""
    left = len(campaign.progress.remaining)
    if not left:
        return campaign.endpoint.name
    return say("{calls} to {endpoint}", calls=calls_text(campaign), endpoint=campaign.endpoint.name)


def _recall(campaign: PlannedCampaign, plan: Plan) -> str:
    return wording.recall_text(recallable(campaign.sending, plan.environment.limits)).removeprefix(
        say("recall: ")
    )


def _drawn(campaign: PlannedCampaign, plan: Plan) -> Iterator[Html]:
    contents = campaign.contents
    for key, content in islice(contents.items(), _MOST_CONTENTS):
        if len(contents) > 1:
            yield tag("h4", key)
        yield phones(content, plan.environment.limits, app=plan.project)
    if len(contents) > _MOST_CONTENTS:
        more = counted(len(contents) - _MOST_CONTENTS, "more text")
        yield tag("p", phrase("and {texts}", texts=more), class_="soft")


def _changes(campaign: PlannedCampaign, plan: Plan) -> Iterator[Html]:
    found = campaign.since_last
    if campaign.last is None or found is None:
        return
    rows = [_change(change, plan) for change in found.changes if change.field != "version"]
    head = tag("tr", *(tag("th", name) for name in ("", phrase("before"), phrase("now"), "")))
    yield tag("h4", since_text(campaign).capitalize())
    yield (
        tag("div", tag("table", head, *rows), class_="scroll")
        if rows
        else tag("p", phrase("Nothing differs."))
    )


def _change(change: FieldChange, plan: Plan) -> Html:
    cells = (change.field, change.before or phrase("nothing"), change.after or phrase("nothing"), change.note)
    return tag(
        "tr",
        *(tag("td", text(in_zone(said(cell), plan.zone))) for cell in cells),
        class_="risk" if change.is_risk else "",
    )


def _exact(campaign: PlannedCampaign) -> Html:
    call = campaign.first_coming()
    if call is None:
        return Html("")
    title = phrase("Exactly what is sent: {key} to {path}", key=call.key, path=call.endpoint.path)
    shown = json.dumps(shortened(call), ensure_ascii=False, indent=2)
    return tag("details", tag("summary", title), tag("pre", text(shown)))


def _sent(campaigns: list[PlannedCampaign], plan: Plan) -> Iterator[Html]:
    sent = [campaign for campaign in campaigns if campaign.state is CampaignState.SENT]
    if sent:
        yield tag("h2", phrase("{campaigns} sent already", campaigns=counted(len(sent), "campaign")))
        items = (
            tag("li", say("{key}: {text}", key=campaign.key, text=wording.schedule_text(campaign, plan)))
            for campaign in sent[:_MOST_DRAWN]
        )
        yield tag("ul", *items)
        yield from _not_drawn(len(sent) - _MOST_DRAWN, phrase("`pushspec status` shows all"))

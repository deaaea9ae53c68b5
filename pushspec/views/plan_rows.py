"""The campaigns of a plan in a terminal, one row each, with those that need a person first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.language import phrase, said, say
from pushspec.plan.states import CampaignState
from pushspec.sanitize import printable
from pushspec.text import counted, listed
from pushspec.timestamps import in_zone, span_text, zoned_text
from pushspec.views.estimates import about_text, calls_text
from pushspec.views.outcome_text import name_text, people_text
from pushspec.views.plan_states import count_text, state_name
from pushspec.views.plan_wording import duration_text
from pushspec.views.recorded import audience_said, said_anew
from pushspec.views.rows import Row, table_lines
from pushspec.views.tasks import CANCEL_SYMBOL, cancellation_text, when_text
from pushspec.views.tones import Tone

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from pushspec.plan.build import Plan
    from pushspec.plan.planned import PlannedCampaign
    from pushspec.views.tones import Paint

SYMBOLS = {
    CampaignState.IN_DOUBT: "?",
    CampaignState.BLOCKED: "!",
    CampaignState.FROZEN: "!",
    CampaignState.CHANGED: "~",
    CampaignState.DRIFTED: "#",
    CampaignState.SEND: "+",
    CampaignState.SCHEDULE: "@",
    CampaignState.RESCHEDULE: "*",
    CampaignState.WAITING: ">",
    CampaignState.SCHEDULED: ":",
    CampaignState.SENT: "=",
    CampaignState.EXPIRED: "x",
    CampaignState.ABANDONED: "x",
}
"""They carry the meaning without colour, in the order in which a person looks."""
_ORDER = list(SYMBOLS)
_SETTLED = (CampaignState.SENT, CampaignState.EXPIRED, CampaignState.ABANDONED)
_DUE = (CampaignState.SEND, CampaignState.SCHEDULE, CampaignState.RESCHEDULE)
_LATER = (CampaignState.WAITING, CampaignState.SCHEDULED)
_TONES = dict.fromkeys(_DUE, Tone.GOOD) | dict.fromkeys(_LATER, Tone.SOON) | dict.fromkeys(_SETTLED, Tone.DIM)
_LEGEND = {
    CampaignState.SEND: phrase("to send"),
    CampaignState.FROZEN: phrase("blocked"),
    CampaignState.SCHEDULE: phrase("to schedule"),
    CampaignState.RESCHEDULE: phrase("to change at the service"),
    CampaignState.SCHEDULED: phrase("at the service"),
}
_NAME_CHARS = 24


@dataclass(frozen=True, slots=True)
class _Row:
    """What a line says of a campaign: its place in the service, more words, and how many calls at the end."""

    campaign: PlannedCampaign
    what: str
    words: str = ""
    end: str = ""

    def in_table(self) -> Row:
        """Return it as a row of the table, with the symbol and the tone of its state."""
        state = self.campaign.state
        return Row(SYMBOLS[state], tone_of(state), self.campaign.key, self.what, self.words, self.end)


def tone_of(state: CampaignState) -> Tone:
    """Return how the symbol of a state stands out."""
    return _TONES.get(state, Tone.ERROR)


def in_order(campaigns: Iterable[PlannedCampaign]) -> list[PlannedCampaign]:
    """Return campaigns as a person looks at them: what needs somebody, then what leaves, by time."""
    return sorted(campaigns, key=lambda it: (_ORDER.index(it.state), _opens(it), it.key))


def shown_campaigns(plan: Plan, *, with_settled: bool) -> list[PlannedCampaign]:
    """Return the campaigns that have a row; what is over may be left out, if no remark is due."""
    return [it for it in in_order(plan.campaigns) if with_settled or not _is_quiet(it)]


def _is_quiet(campaign: PlannedCampaign) -> bool:
    is_sent = campaign.state is CampaignState.SENT
    return campaign.state.is_over or (is_sent and not campaign.reason)


def legend(states: Collection[CampaignState], *, with_cancelled: bool = False) -> list[str]:
    """Return what the symbols in use mean, in the order of the rows: ``+ to send``, ``> waiting``."""
    meanings = [
        (SYMBOLS[state], said(_LEGEND.get(state, state_name(state)))) for state in _ORDER if state in states
    ]
    meanings += [(CANCEL_SYMBOL, say("to cancel at the service"))] if with_cancelled else []
    return [f"{symbol} {meaning}" for symbol, meaning in dict.fromkeys(meanings)]


def row_lines(campaigns: Sequence[PlannedCampaign], plan: Plan, *, width: int, paint: Paint) -> Iterator[str]:
    """Yield the rows, with the same columns in all of them."""
    rows = [_row(campaign, plan).in_table() for campaign in campaigns]
    rows += [
        Row(
            CANCEL_SYMBOL,
            Tone.GOOD,
            it.key,
            say("cancel {cancellation}", cancellation=cancellation_text(it, plan)),
            "",
            "",
        )
        for it in plan.cancellations
    ]
    yield from table_lines(rows, width=width, paint=paint)


def hidden_text(plan: Plan) -> str:
    """Return how many rows were left out: ``3 sent and 1 expired, listed with --all``."""
    hidden = [campaign.state for campaign in plan.campaigns if _is_quiet(campaign)]
    counts = [count_text(hidden.count(state), state) for state in _SETTLED if state in hidden]
    if not counts:
        return ""
    *others, last = counts
    told = say("{first} and {second}", first=listed(others), second=last) if others else last
    return say("{counts}, listed with --all", counts=told)


def _row(campaign: PlannedCampaign, plan: Plan) -> _Row:
    if campaign.state is CampaignState.SENT:
        return _Row(campaign, _sent(campaign, plan))
    closed = campaign.sending.not_after
    is_over = campaign.state is CampaignState.EXPIRED and not campaign.progress.hours
    if is_over and campaign.progress.remaining and closed is not None:
        return _Row(
            campaign, say("expired: its window closed {closed}", closed=zoned_text(closed, plan.zone))
        )
    reason = in_zone(printable(said_anew(campaign.reason)), plan.zone)
    if campaign.schedule is not None and (campaign.state.is_due or campaign.state is CampaignState.SCHEDULED):
        words = f"{when_text(campaign, plan)} · {printable(audience_said(campaign.sending.audience))}"
        words += say(" ({reason})", reason=reason) if reason else ""
        tasks = about_text(counted(campaign.sending.call_count, "task"), campaign)
        return _Row(campaign, campaign.endpoint.name, words, tasks)
    told = say("{state}: {reason}", state=state_name(campaign.state), reason=reason)
    if not campaign.state.is_pending and not campaign.passes_by_itself:
        return _Row(campaign, told)
    words = printable(audience_said(campaign.sending.audience))
    opens = campaign.opens_at if campaign.state is CampaignState.WAITING else None
    if campaign.passes_by_itself:  # it only waits: one looks at whom it will reach, as with all that leave
        words += f" · {told}"
    elif opens is not None and opens > plan.made_at:
        words = f"{next_text(opens, plan)} · {words}"
    elif reason:
        words += say(" ({reason})", reason=reason)
    if campaign.kept_s:
        words += say(
            " · kept {duration} for phones that are offline", duration=duration_text(campaign.kept_s)
        )
    remaining, due = len(campaign.progress.remaining), len(campaign.progress.due)
    calls = (
        calls_text(campaign)
        if due in {0, remaining}
        else say("{due:,} of {calls}", due=due, calls=calls_text(campaign))
    )
    return _Row(campaign, campaign.endpoint.name, words, calls)


def next_text(instant: datetime, plan: Plan) -> str:
    """Return a moment to come: ``2026-12-01 10:00, in 9 d 14 h``."""
    seconds = (instant - plan.made_at).total_seconds()
    return say("{instant}, in {span}", instant=zoned_text(instant, plan.zone), span=span_text(seconds))


def _sent(campaign: PlannedCampaign, plan: Plan) -> str:
    sent = campaign.progress.sent
    first = sent[0]
    when = (
        say("sent {sent_at}", sent_at=zoned_text(first.sent_at, plan.zone))
        if first.sent_at is not None
        else say("sent")
    )
    whole = sum(sum(call.refused.values()) or call.accounts for call in campaign.progress.refused)
    refused = whole + sum(sum(call.refused.values()) for call in sent)
    note = say(", {people} refused", people=people_text(refused)) if refused else ""
    reason = in_zone(said_anew(campaign.reason), plan.zone)
    after = say("; {reason}", reason=reason) if reason else ""
    if len(sent) > 1:
        return say("{when} in {calls}{note}", when=when, calls=counted(len(sent), "call"), note=note + after)
    name = said(name_text(first.ids))
    if not name:  # a person said that it was sent, and had no id
        return f"{when}{note}{after}"
    short = name if len(name) <= _NAME_CHARS else f"{name[: _NAME_CHARS - 1]}…"
    return say("{sent}, {name}", sent=f"{when}{note}", name=short) + after


def _opens(campaign: PlannedCampaign) -> float:
    opens = campaign.opens_at
    return opens.timestamp() if campaign.state is CampaignState.WAITING and opens is not None else 0.0

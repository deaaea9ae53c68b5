"""The campaigns of a plan in a terminal, one row each, with those that need a person first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from pushspec.plan.states import CampaignState
from pushspec.sanitize import printable
from pushspec.text import counted
from pushspec.timestamps import span_text, zoned_text
from pushspec.views.outcome_text import name_text
from pushspec.views.plan_wording import duration_text
from pushspec.views.tones import Tone, toned
from pushspec.views.wrapping import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from pushspec.plan.build import Plan
    from pushspec.plan.planned import PlannedCampaign
    from pushspec.views.tones import Paint

SYMBOLS = {
    CampaignState.IN_DOUBT: "?",
    CampaignState.BLOCKED: "!",
    CampaignState.FROZEN: "!",
    CampaignState.CHANGED: "~",
    CampaignState.SEND: "+",
    CampaignState.WAITING: ">",
    CampaignState.SENT: "=",
    CampaignState.EXPIRED: "x",
}
"""They carry the meaning without colour, in the order in which a person looks."""
_ORDER = list(SYMBOLS)
_SETTLED = (CampaignState.SENT, CampaignState.EXPIRED)
_TONES = {CampaignState.SEND: Tone.GOOD, CampaignState.WAITING: Tone.SOON} | dict.fromkeys(_SETTLED, Tone.DIM)
_LEGEND = {CampaignState.SEND: "to send", CampaignState.FROZEN: "blocked"}
_NAME_CHARS = 24
_LEAST_WORDS = 24
"""Columns that the words of a row need; with less room they get a line below."""


@dataclass(frozen=True, slots=True)
class _Row:
    """What a line says of a campaign: its place in the service, more words, and how many calls at the end."""

    campaign: PlannedCampaign
    what: str
    words: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True)
class _Columns:
    """Widths that all rows of a table share, in columns of the terminal."""

    width: int
    name: int
    what: int
    end: int

    @property
    def left(self) -> int:
        """Where the text of a row starts."""
        return self.name + 6

    @property
    def room(self) -> int:
        """How wide the text of a row may be, beside what stands at its end."""
        return max(_LEAST_WORDS, self.width - self.left - (self.end + 2 if self.end else 0))

    @property
    def is_narrow(self) -> bool:
        """Whether the words have too little room beside the endpoint."""
        return self.room - self.what - 2 < _LEAST_WORDS


def tone_of(state: CampaignState) -> Tone:
    """Return how the symbol of a state stands out."""
    return _TONES.get(state, Tone.ERROR)


def in_order(campaigns: Iterable[PlannedCampaign]) -> list[PlannedCampaign]:
    """Return campaigns as a person looks at them: what needs somebody, then what leaves, by time."""
    return sorted(campaigns, key=lambda it: (_ORDER.index(it.state), _opens(it), it.key))


def shown_campaigns(plan: Plan, *, with_settled: bool) -> list[PlannedCampaign]:
    """Return the campaigns that have a row; what was sent or has expired without a remark may be left out."""
    return [it for it in in_order(plan.campaigns) if with_settled or not _is_quiet(it)]


def _is_quiet(campaign: PlannedCampaign) -> bool:
    is_sent = campaign.state is CampaignState.SENT
    return campaign.state is CampaignState.EXPIRED or (is_sent and not campaign.reason)


def legend(campaigns: Sequence[PlannedCampaign]) -> str:
    """Return what the symbols in use mean: ``+ to send  > waiting``."""
    used = {campaign.state for campaign in campaigns}
    meanings = [(SYMBOLS[state], _LEGEND.get(state, state.value)) for state in _ORDER if state in used]
    return "  ".join(f"{symbol} {meaning}" for symbol, meaning in dict.fromkeys(meanings))


def row_lines(campaigns: Sequence[PlannedCampaign], plan: Plan, *, width: int, paint: Paint) -> Iterator[str]:
    """Yield the rows, with the same columns in all of them."""
    rows = [_row(campaign, plan) for campaign in campaigns]
    columns = _Columns(
        width=width,
        name=min(max((cell_len(row.campaign.key) for row in rows), default=0), width // 3),
        what=max((cell_len(row.what) for row in rows if row.end), default=0),
        end=max((cell_len(row.end) for row in rows), default=0),
    )
    for row in rows:
        yield from _painted(row, columns, paint)


def hidden_text(plan: Plan) -> str:
    """Return how many rows were left out: ``3 sent and 1 expired, listed with --all``."""
    hidden = [campaign.state for campaign in plan.campaigns if _is_quiet(campaign)]
    counts = [f"{hidden.count(state):,} {state.value}" for state in _SETTLED if state in hidden]
    return f"{' and '.join(counts)}, listed with --all" if counts else ""


def _painted(row: _Row, columns: _Columns, paint: Paint) -> Iterator[str]:
    tone = tone_of(row.campaign.state)
    words_tone = Tone.DIM if tone is Tone.DIM else Tone.PLAIN
    symbol = paint(SYMBOLS[row.campaign.state], tone)
    key, (first, *more) = row.campaign.key, _lines(row, columns)
    if cell_len(key) > columns.name:
        yield f"  {symbol} {paint(key, words_tone)}"
        more.insert(0, first)
    else:
        text = f"{set_cell_size(key, columns.name)}  {first}".rstrip()
        yield f"  {symbol} {toned(text, words_tone, paint)}"
    for line in more:
        yield toned(f"{' ' * columns.left}{line}", words_tone, paint)


def _lines(row: _Row, columns: _Columns) -> list[str]:
    """Return the text of a row, its end on the first line; words below each other keep their column."""
    if not row.end:
        return list(wrapped(row.what, columns.width - columns.left))
    if columns.is_narrow:
        texts = [row.what, *wrapped(row.words, columns.width - columns.left)]
    else:
        gap = columns.what + 2
        first, *rest = wrapped(row.words, columns.room - gap)
        texts = [set_cell_size(row.what, gap) + first, *(" " * gap + line for line in rest)]
    if cell_len(texts[0]) > columns.room:  # one long word: its end would be cut
        return [*texts, row.end]
    return [f"{set_cell_size(texts[0], columns.room)}  {row.end:>{columns.end}}", *texts[1:]]


def _row(campaign: PlannedCampaign, plan: Plan) -> _Row:
    if campaign.state is CampaignState.SENT:
        return _Row(campaign, _sent(campaign, plan))
    closed = campaign.sending.not_after
    if campaign.state is CampaignState.EXPIRED and campaign.progress.remaining and closed is not None:
        return _Row(campaign, f"expired: its window closed {zoned_text(closed, plan.zone)}")
    if not campaign.state.is_pending:
        return _Row(campaign, f"{campaign.state.value}: {printable(campaign.reason)}")
    words = printable(campaign.sending.audience)
    if campaign.state is CampaignState.WAITING and (opens := campaign.sending.not_before) is not None:
        words = f"{next_text(opens, plan)} · {words}"
    elif campaign.reason:
        words += f" ({printable(campaign.reason)})"
    if campaign.kept_s:
        words += f" · kept {duration_text(campaign.kept_s)} for phones that are offline"
    calls = counted(len(campaign.progress.remaining), "call")
    return _Row(campaign, campaign.endpoint.name, words, calls)


def next_text(instant: datetime, plan: Plan) -> str:
    """Return a moment to come: ``2026-12-01 10:00, in 9 d 14 h``."""
    seconds = (instant - plan.made_at).total_seconds()
    return f"{zoned_text(instant, plan.zone)}, in {span_text(seconds)}"


def _sent(campaign: PlannedCampaign, plan: Plan) -> str:
    sent = campaign.progress.sent
    first = sent[0]
    when = f"sent {zoned_text(first.sent_at, plan.zone)}" if first.sent_at is not None else "sent"
    refused = sum(sum(call.refused.values()) for call in sent)
    note = f", {counted(refused, 'account')} refused" if refused else ""
    note += f"; {campaign.reason}" if campaign.reason else ""
    if len(sent) > 1:
        return f"{when} in {counted(len(sent), 'call')}{note}"
    name = name_text(first.ids)
    if not name:  # a person said that it was sent, and had no id
        return f"{when}{note}"
    return f"{when}{note}, {name if len(name) <= _NAME_CHARS else name[: _NAME_CHARS - 1] + '…'}"


def _opens(campaign: PlannedCampaign) -> float:
    opens = campaign.sending.not_before
    return opens.timestamp() if campaign.state is CampaignState.WAITING and opens is not None else 0.0

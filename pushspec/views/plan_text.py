"""A plan as people read it in a terminal: a line a campaign, then the exact bodies, then what it costs."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from pydantic_core import to_json
from rich.cells import cell_len, set_cell_size

from pushspec.plan.chunking import part_text
from pushspec.plan.previews import cut_previews
from pushspec.plan.states import CampaignState
from pushspec.sanitize import printable
from pushspec.tencent.bodies import with_few_accounts
from pushspec.text import counted
from pushspec.timestamps import instant_text, local_text
from pushspec.views.diff_text import change_lines
from pushspec.views.plan_problems import Warned, own_warnings, repeated_warnings
from pushspec.views.plan_wording import kept_text, left_out_texts, network_text
from pushspec.views.wrapping import wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pushspec.plan.build import Plan
    from pushspec.plan.calls import Call
    from pushspec.plan.planned import PlannedCampaign

SYMBOLS = {
    CampaignState.SEND: "+",
    CampaignState.SENT: "=",
    CampaignState.CHANGED: "~",
    CampaignState.WAITING: ">",
    CampaignState.EXPIRED: "x",
    CampaignState.BLOCKED: "!",
    CampaignState.IN_DOUBT: "?",
    CampaignState.FROZEN: "!",
}
"""They carry the meaning without colour."""
_MINUTE, _HOUR = 60, 3_600
_TASK_CHARS = 16


@dataclass(frozen=True, slots=True)
class _Row:
    """What a line says of a campaign: its place in the service, more words, and what stands at the end."""

    what: str
    words: str = ""
    end: str = ""


def plan_text(plan: Plan, *, width: int, paint: Callable[[str, CampaignState], str] | None = None) -> str:
    """Return the whole plan.

    Args:
        plan: What to show.
        width: Columns of the terminal; the list of campaigns keeps to it, bodies are never cut.
        paint: Colours a symbol by its state.
    """
    lines = [_heading(plan), *_campaign_lines(plan, width, paint), *_details(plan), *_footer(plan)]
    return "\n".join(lines) + "\n"


def _heading(plan: Plan) -> str:
    environment = plan.environment
    what = f"app {environment.app_id} · {environment.location}{network_text(environment)}"
    return f"{printable(plan.project)} · {plan.environment_name} · {what}\n"


def _campaign_lines(
    plan: Plan, width: int, paint: Callable[[str, CampaignState], str] | None
) -> Iterator[str]:
    rows = [(campaign, _row(campaign)) for campaign in plan.campaigns]
    names = max((cell_len(campaign.key) for campaign, _ in rows), default=0)
    endpoints = max((cell_len(row.what) for _, row in rows if row.words), default=0)
    for campaign, row in rows:
        first, *more = _row_lines(row, width - names - 6, endpoints)
        symbol = SYMBOLS[campaign.state]
        painted = symbol if paint is None else paint(symbol, campaign.state)
        yield f"  {painted} {set_cell_size(campaign.key, names)}  {first}"
        yield from (f"      {line}" for text in more for line in wrapped(text, width - 6))
    if not plan.campaigns:
        yield "  (no campaigns)"


def _row_lines(row: _Row, room: int, endpoints: int) -> list[str]:
    """Put all of a row on one line where it fits, else its words on a line of their own below."""
    what = f"{set_cell_size(row.what, endpoints)}  {row.words}" if row.words else row.what
    left = room - (cell_len(row.end) + 2 if row.end else 0)
    if cell_len(what) <= left:
        return [f"{set_cell_size(what, left)}  {row.end}" if row.end else what]
    if row.words and cell_len(row.what) <= left:
        return [f"{set_cell_size(row.what, left)}  {row.end}".rstrip(), row.words]
    if not row.end:
        return list(wrapped(what, room))
    return [row.end, *([what] if what else [])]


def _row(campaign: PlannedCampaign) -> _Row:
    calls = campaign.sending
    if campaign.state is CampaignState.SENT:
        return _sent_row(campaign)
    if not campaign.state.is_pending:
        return _Row(f"{campaign.state.value}: {printable(campaign.reason)}")
    words = printable(calls.audience)
    if campaign.state is CampaignState.WAITING:
        words += f"  waiting {campaign.reason}"
    elif campaign.reason:
        words += f" ({campaign.reason})"
    return _Row(calls.endpoint.name, words, counted(len(campaign.progress.remaining), "call"))


def _sent_row(campaign: PlannedCampaign) -> _Row:
    sent = campaign.progress.sent
    first = sent[0]
    when = f"sent {local_text(first.sent_at)}" if first.sent_at is not None else "sent"
    refused = sum(sum(call.refused.values()) for call in sent)
    note = f", {counted(refused, 'account')} refused" if refused else ""
    note += f"; {campaign.reason}" if campaign.reason else ""
    if len(sent) > 1:
        return _Row(f"{when} in {counted(len(sent), 'call')}{note}")
    name = first.task_id or first.msg_key
    if not name:  # a person said that it was sent, and had no id
        return _Row(f"{when}{note}")
    shown = name if len(name) <= _TASK_CHARS else name[: _TASK_CHARS - 1] + "…"
    return _Row(f"{when}{note}", end=f"{'task' if first.task_id else 'message'} {shown}")


def _details(plan: Plan) -> Iterator[str]:
    repeated = repeated_warnings(plan)
    for campaign in plan.campaigns:
        if campaign.state.is_pending:
            yield ""
            yield from _detail(campaign, plan)
        elif campaign.state is CampaignState.CHANGED:
            yield f"\n{campaign.key} · {campaign.path}"
            yield from _since_last(campaign)
        yield from _verdicts(campaign, repeated)


def _detail(campaign: PlannedCampaign, plan: Plan) -> Iterator[str]:
    limit = getattr(plan.environment.limits, campaign.endpoint.body_limit)
    size = f"{campaign.payload_bytes:,} bytes"
    size += f" of {limit.value:,}" if campaign.endpoint.body_limit_counts_accounts else ""
    yield f"{campaign.key} · {campaign.path} · {size}"
    yield from (f"  {words}" for words in left_out_texts(campaign))
    if words := part_text(campaign.sending, plan.environment.limits):
        yield f"  {words}"
    for note in _window(campaign):
        yield f"  {note}"
    yield from _since_last(campaign)
    yield from _bodies(campaign)
    yield from _cut_texts(campaign, plan)
    if campaign.kept_s:
        yield f"  {kept_text(campaign.kept_s)}"
    if campaign.fan_out_s is not None:
        yield f"  delivery takes up to {duration_text(campaign.fan_out_s)} (history is stored)"


def _since_last(campaign: PlannedCampaign) -> Iterator[str]:
    found = campaign.since_last
    if campaign.last is None or found is None:
        return
    changes = list(change_lines(found))
    yield f"  since {campaign.last.key} was sent:{'' if changes else ' nothing differs'}"
    yield from (f"    {line}" for line in changes)


def _window(campaign: PlannedCampaign) -> Iterator[str]:
    calls = campaign.sending
    for word, instant in (("not before", calls.not_before), ("not after", calls.not_after)):
        if instant is not None:
            yield f"{word} {instant_text(instant)}"


def _bodies(campaign: PlannedCampaign) -> Iterator[str]:
    """Yield the first two bodies, or the first and the last of more."""
    calls = campaign.remaining_calls()
    shown = list(islice(calls, 1))
    shown += deque(calls, maxlen=1)
    for call in shown:
        yield f"  POST {call.endpoint.path}  {call.key}"
        body = to_json(shortened(call), indent=2).decode()  # json.dumps would indent in Python
        yield from (f"    {printable(line)}" for line in body.split("\n"))
    between = len(campaign.progress.remaining) - len(shown)
    if between:
        yield f"  … and {counted(between, 'call')} between these two"


_SHOWN_ACCOUNTS = 6


def shortened(call: Call) -> dict[str, object]:
    """Return the body with a long list of accounts shown by its ends; nothing else is left out."""
    return with_few_accounts(call.fields(), _SHOWN_ACCOUNTS)


def _cut_texts(campaign: PlannedCampaign, plan: Plan) -> Iterator[str]:
    for content in campaign.contents.values():
        for preview in cut_previews(content, plan.environment.limits):
            language = f" ({preview.language})" if preview.language else ""
            shown = f"{printable(preview.title)} | {printable(preview.desc)}"
            yield f"  {preview.vendor}{language} shows: {shown}"


def _verdicts(campaign: PlannedCampaign, repeated: Mapping[Warned, str]) -> Iterator[str]:
    for result in campaign.policy_results:
        if result.exception:
            lifted = f"{result.policy} lifted ({result.message})"
            yield f"  {campaign.key}: {lifted}: {printable(result.exception)}"
    for policy, message in own_warnings(campaign, repeated):
        yield f"  {campaign.key}: {policy}: {printable(message)}"


def _footer(plan: Plan) -> Iterator[str]:
    quota = plan.quota
    yield ""
    yield (
        f"quota  pushes  {quota.used} used today + {quota.planned} planned = {quota.used + quota.planned} "
        f"of {quota.limit}, {quota.left} left · {quota.price}"
    )
    if plan.pacing_s >= 1:
        yield f"pace   sending takes at least {duration_text(plan.pacing_s)}"
    for (policy, message), names in repeated_warnings(plan).items():
        yield f"note   {names}: {policy}: {printable(message)}"
    if plan.lock_note:
        yield f"note   {plan.lock_note}"
    counts = [
        f"{len(plan.in_state(CampaignState.SEND))} to send",
        f"{len(plan.in_state(CampaignState.SENT))} sent",
        *(
            f"{len(plan.in_state(state))} {state.value}"
            for state in (
                CampaignState.WAITING,
                CampaignState.EXPIRED,
                CampaignState.CHANGED,
                CampaignState.BLOCKED,
                CampaignState.FROZEN,
            )
            if plan.in_state(state)
        ),
        f"{len(plan.in_state(CampaignState.IN_DOUBT))} in doubt",
    ]
    yield f"Plan: {', '.join(counts)}. digest {plan.short_digest}"


def duration_text(seconds: float) -> str:
    """Return a time in the unit that fits: ``3 s``, ``2 min``, ``1 h 40 min``."""
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    minutes = round(seconds / _MINUTE)
    return f"{minutes} min" if seconds < _HOUR else f"{minutes // 60} h {minutes % 60} min"

"""A plan as people read it in a terminal: a line a campaign, then the exact bodies, then what it costs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from pushspec.plan.previews import previews
from pushspec.plan.states import CampaignState
from pushspec.plan.words import counted
from pushspec.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.plan.build import Plan, PlannedCampaign
    from pushspec.plan.calls import Call

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


def plan_text(plan: Plan, *, width: int) -> str:
    """Return the whole plan.

    Args:
        plan: What to show.
        width: Columns of the terminal; the list of campaigns keeps to it, bodies are never cut.
    """
    parts = [_heading(plan), *_campaign_lines(plan, width), *_details(plan), *_footer(plan)]
    return "\n".join(parts) + "\n"


def _heading(plan: Plan) -> str:
    environment = plan.environment
    what = f"app {environment.app_id} · {environment.place}" if not environment.sandbox else "sandbox"
    return f"{visible(plan.project)} · {plan.environment_name} · {what}\n"


def _campaign_lines(plan: Plan, width: int) -> Iterator[str]:
    names = max((cell_len(campaign.name) for campaign in plan.campaigns), default=0)
    for campaign in plan.campaigns:
        left = f"  {SYMBOLS[campaign.state]} {set_cell_size(campaign.name, names)}  "
        yield from _wrapped(left, *_columns(campaign), width)
    if not plan.campaigns:
        yield "  (no campaigns)"


def _columns(campaign: PlannedCampaign) -> tuple[str, str]:
    """Return what a line says of a campaign, and what stands at its end."""
    calls = campaign.compiled.calls
    if campaign.state in {CampaignState.SEND, CampaignState.WAITING}:
        when = (
            f"  {campaign.state.value} {campaign.reason}" if campaign.state is CampaignState.WAITING else ""
        )
        note = f" ({campaign.reason})" if campaign.state is CampaignState.SEND and campaign.reason else ""
        words = f"{calls.endpoint.name}  {visible(calls.audience)}{when}{note}"
        return words, counted(len(campaign.progress.remaining), "call")
    if campaign.state is CampaignState.SENT:
        return _sent_words(campaign)
    return f"{campaign.state.value}: {visible(campaign.reason)}", ""


def _sent_words(campaign: PlannedCampaign) -> tuple[str, str]:
    sent = campaign.progress.sent
    first = sent[0]
    when = f"{first.sent_at:%Y-%m-%d %H:%M} UTC" if first.sent_at is not None else ""
    refused = sum(sum(call.refused.values()) for call in sent)
    note = f", {counted(refused, 'account')} refused" if refused else ""
    names = f"task {first.task_id}" if first.task_id else f"message {first.msg_key}"
    if len(sent) > 1:
        return f"sent {when} in {counted(len(sent), 'call')}{note}", ""
    shown = names if len(names) <= _TASK_CHARS + 5 else names[: _TASK_CHARS + 4] + "…"
    return f"sent {when}{note}", shown


def _wrapped(left: str, words: str, end: str, width: int) -> Iterator[str]:
    """Put the parts on one line where they fit, else the words on lines of their own below."""
    room = width - cell_len(left) - (cell_len(end) + 2 if end else 0)
    if cell_len(words) <= room:
        yield f"{left}{set_cell_size(words, room)}  {end}".rstrip() if end else left + words
        return
    yield f"{left}{end}".rstrip()
    yield from (f"      {line}" for line in _lines(words, width - 6))


def _lines(words: str, room: int) -> Iterator[str]:
    line = ""
    for word in words.split(" "):
        if line and cell_len(line) + 1 + cell_len(word) > room:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line


def _details(plan: Plan) -> Iterator[str]:
    for campaign in plan.campaigns:
        if campaign.state.is_pending:
            yield ""
            yield from _detail(campaign, plan)
        yield from _verdicts(campaign)


def _detail(campaign: PlannedCampaign, plan: Plan) -> Iterator[str]:
    compiled = campaign.compiled
    limit = getattr(plan.environment.limits, compiled.calls.endpoint.body_limit)
    size = f"{compiled.payload_bytes:,} bytes"
    size += f" of {limit.value:,}" if not compiled.calls.endpoint.takes_data_id else ""
    yield f"{campaign.name} · {compiled.spec.path} · {size}"
    for left_out, number in (("named twice", compiled.doubles), ("excluded", compiled.excluded)):
        if number:
            yield f"  {counted(number, 'account')} {left_out}"
    for note in _window(campaign):
        yield f"  {note}"
    yield from _bodies(list(campaign.remaining_calls()))
    yield from _cut_texts(campaign, plan)
    if campaign.fan_out_s is not None:
        yield f"  delivery takes up to {duration_text(campaign.fan_out_s)} (history is stored)"


def _window(campaign: PlannedCampaign) -> Iterator[str]:
    calls = campaign.compiled.calls
    for word, instant in (("not before", calls.not_before), ("not after", calls.not_after)):
        if instant is not None:
            yield f"{word} {instant.isoformat(sep=' ', timespec='minutes')}"


def _bodies(calls: list[Call]) -> Iterator[str]:
    shown = calls if len(calls) <= 2 else [calls[0], calls[-1]]
    for call in shown:
        yield f"  POST {call.endpoint.path}  {call.key}"
        body = json.dumps(_shortened(call), ensure_ascii=False, indent=2)
        yield from (f"    {visible(line)}" for line in body.split("\n"))
    if len(calls) > len(shown):
        yield f"  … and {counted(len(calls) - len(shown), 'call')} between these two"


_SHOWN_ACCOUNTS = 6


def _shortened(call: Call) -> dict[str, object]:
    """Return the body with a long list of accounts shown by its ends; nothing else is left out."""
    body = call.body()
    accounts = body.get("To_Account", [])
    if len(accounts) > _SHOWN_ACCOUNTS:
        body["To_Account"] = [*accounts[:3], f"… {len(accounts) - 4} more …", accounts[-1]]
    return body


def _cut_texts(campaign: PlannedCampaign, plan: Plan) -> Iterator[str]:
    for content in campaign.compiled.contents.values():
        for preview in previews(content, plan.environment.limits):
            if preview.is_cut:
                language = f" ({preview.language})" if preview.language else ""
                shown = f"{visible(preview.title)} | {visible(preview.desc)}"
                yield f"  {preview.vendor}{language} shows: {shown}"


def _verdicts(campaign: PlannedCampaign) -> Iterator[str]:
    for verdict in campaign.verdicts:
        if verdict.exception:
            lifted = f"{verdict.policy} lifted ({verdict.message})"
            yield f"  {campaign.name}: {lifted}: {visible(verdict.exception)}"
        elif not verdict.blocks:
            yield f"  {campaign.name}: {verdict.policy}: {visible(verdict.message)}"


def _footer(plan: Plan) -> Iterator[str]:
    quota = plan.quota
    yield ""
    yield (
        f"quota  pushes  {quota.used} used today + {quota.planned} planned = {quota.used + quota.planned} "
        f"of {quota.limit}, {quota.left} left · {quota.price}"
    )
    if plan.pacing_s >= 1:
        yield f"pace   sending takes at least {duration_text(plan.pacing_s)}"
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

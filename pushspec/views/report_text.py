"""A report in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from pushspec.language import said, say
from pushspec.lockfile.histories import CallState
from pushspec.sanitize import printable
from pushspec.text import counted
from pushspec.views import report_wording as wording
from pushspec.views.outcome_text import call_state_name
from pushspec.views.wrapping import dotted, hanging

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from pushspec.api.report import CallReport, CampaignReport, PlatformRow, Report, Summary

_MOST_CALLS = 10
"""Calls that have a line each; JSON holds all of them."""


def report_text(report: Report, *, width: int) -> str:
    """Return a report as text of at most ``width`` columns where words allow it."""
    return "\n".join(_lines(report, width)) + "\n"


def _lines(report: Report, width: int) -> Iterator[str]:
    about = [printable(report.project), report.environment_name, *wording.about_texts(report)]
    yield from dotted(about, width, rest="  ")
    yield from _overview(report.campaigns, width)
    for campaign in report.campaigns:
        yield ""
        yield from _campaign(campaign, report.zone, width)
    if not report.campaigns:
        yield ""
        yield say("No campaign was begun in that time.")
        yield say("Look back further: --since 30d. What was sent at all: pushspec status")


def _campaign(campaign: CampaignReport, zone: tzinfo | None, width: int) -> Iterator[str]:
    summary = campaign.summary
    yield from _heading(campaign.key, wording.state_text(summary, zone), width)
    yield from dotted([printable(part) for part in wording.heading_texts(campaign, zone)], width, first="  ")
    yield from dotted(_count_texts(summary), width, first="  ")
    for name, rate, earlier in wording.rate_lines(campaign):
        yield from hanging(
            f"{rate}{f' · {earlier}' if earlier else ''}", width, first=f"  {set_cell_size(name, 17)}  "
        )
    callbacks = wording.callbacks_text(summary.callbacks, summary.counts)
    yield from hanging(callbacks, width, first="  ") if callbacks else ()
    yield from _table(summary.platforms)
    yield from _losses(summary, width)
    yield from _variants(campaign, width)
    yield from _calls(_calls_apart(campaign), width)
    for words in wording.unknown_texts(campaign, zone):
        yield from hanging(words, width, first="  ? ")


def _heading(key: str, state: str, width: int) -> Iterator[str]:
    line = f"{key}  {state}"
    if cell_len(line) <= width:
        yield line
        return
    yield key
    yield from hanging(state, width, first="    ")


def _count_texts(summary: Summary) -> list[str]:
    return [f"{wording.name_text(name)} {wording.count_text(summary, name)}" for name in wording.COUNTS]


def _overview(campaigns: Sequence[CampaignReport], width: int) -> Iterator[str]:
    """Yield a line for each of several campaigns; a long name has its numbers below."""
    if len(campaigns) < 2:
        return
    rows = [
        (say("campaign"), *map(wording.name_text, wording.OVERVIEW)),
        *map(wording.overview_cells, campaigns),
    ]
    widths = [max(cell_len(row[place]) for row in rows) for place in range(len(rows[0]))]
    room = width - sum(each + 2 for each in widths[1:])
    name_width = min(widths[0], room)
    yield ""
    for name, *cells in rows:
        padded = (_padded(cell, each, to_right=True) for cell, each in zip(cells, widths[1:], strict=True))
        numbers = "".join(f"  {cell}" for cell in padded)
        if cell_len(name) <= name_width:
            yield f"{_padded(name, name_width, to_right=False)}{numbers}"
        else:
            yield from (name, f"{' ' * name_width}{numbers}")


def _table(rows: Sequence[PlatformRow]) -> Iterator[str]:
    if not rows:
        return
    names = map(wording.name_text, ("sent", "reached", "opened", "lost"))
    cells = [(say("phone maker"), say("channel"), *names)]
    for row in rows:
        numbers = (wording.number_text(it) for it in (row.sent, row.reached, row.opened, row.lost))
        cells.append((wording.maker_text(row), wording.channel_text(row), *numbers))
    widths = [max(cell_len(line[place]) for line in cells) for place in range(len(cells[0]))]
    yield ""
    for line in cells:
        padded = [_padded(cell, widths[place], to_right=place > 1) for place, cell in enumerate(line)]
        yield f"  {'  '.join(padded)}".rstrip()


def _padded(cell: str, width: int, *, to_right: bool) -> str:
    blanks = " " * (width - cell_len(cell))
    return blanks + cell if to_right else cell + blanks


def _losses(summary: Summary, width: int) -> Iterator[str]:
    if summary.losses is None:
        return
    if summary.losses:
        yield ""
    for loss in summary.losses:
        yield from hanging(printable(wording.loss_text(loss)), width, first=f"  {say('lost')} ")
        yield from hanging(said(loss.advice), width, first="       → ")


def _variants(campaign: CampaignReport, width: int) -> Iterator[str]:
    if campaign.variants:
        yield ""
    for variant in campaign.variants:
        yield from dotted(_count_texts(variant), width, first=f"  {variant.name}: ")
        rate = variant.opened_rate
        if rate is not None:
            yield say("    opened of reached {rate}", rate=wording.rate_text(rate))
    for words in wording.comparison_texts(campaign):
        yield from hanging(words, width, first="  ")


def _calls_apart(campaign: CampaignReport) -> list[CallReport]:
    """Return the calls whose numbers are not those of the campaign, or of a variant, above them."""
    if len(campaign.calls) < 2:
        return []
    told = {f"{campaign.key}/{variant.name}" for variant in campaign.variants}
    return [call for call in campaign.calls if call.key not in told or call.state is not CallState.SENT]


def _calls(calls: Sequence[CallReport], width: int) -> Iterator[str]:
    if calls:
        yield ""
    for call in calls[:_MOST_CALLS]:
        counts = call.counts
        numbers = (
            f"{wording.name_text(name)} {wording.number_text(getattr(counts, name))}"
            for name in wording.COUNTS[2:]
        )
        state = "" if call.state is CallState.SENT else f"{call_state_name(call.state)}{say(': ')}"
        yield from _heading(f"  {call.key}", f"{state}{say(', ').join(numbers)}", width)
    if len(calls) > _MOST_CALLS:
        yield say(
            "  and {calls}; --format json shows all", calls=counted(len(calls) - _MOST_CALLS, "more call")
        )

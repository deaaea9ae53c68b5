"""A report as one page with a chart: how far each campaign came, by phone maker."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from pushspec.language import phrase, say
from pushspec.text import counted
from pushspec.views import report_wording as wording
from pushspec.views.html import Html, join, page, prose, tag, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from pushspec.api.report import CampaignReport, PlatformRow, Report, Summary

_LEGEND = {
    "opened": phrase("opened"),
    "reached": phrase("reached, not opened"),
    "lost": phrase("lost"),
    "open": phrase("not told"),
}
_MOST_DRAWN = 200
"""Campaigns that are drawn; of a longer report the others are counted."""


def report_html(report: Report) -> str:
    """Return a report as one self-contained page; it runs no script and asks no server for anything."""
    style = resources.files("pushspec.views").joinpath("report.css").read_text(encoding="utf-8")
    title = say("Push report of {environment}", environment=report.environment_name)
    about = " · ".join(wording.about_texts(report))
    parts = [tag("h1", title), tag("p", text(report.project), f" · {about}", class_="soft")]
    parts += [tag("p", prose(warning), class_="warn") for warning in report.warnings]
    if not report.campaigns:
        parts.append(tag("p", phrase("No campaign was begun in that time.")))
    parts += _overview(report.campaigns[:_MOST_DRAWN])
    parts += [_campaign(campaign, report.zone) for campaign in report.campaigns[:_MOST_DRAWN]]
    rest = len(report.campaigns) - _MOST_DRAWN
    if rest > 0:
        parts.append(
            tag(
                "p",
                phrase(
                    "and {campaigns}; pushspec report shows all", campaigns=counted(rest, "more campaign")
                ),
            )
        )
    return page(title, style, tag("main", join(parts)))


def _overview(campaigns: Sequence[CampaignReport]) -> Iterator[Html]:
    """Yield a table of several campaigns."""
    if len(campaigns) < 2:
        return
    head = tag(
        "tr", *(tag("th", name) for name in (say("campaign"), *map(wording.name_text, wording.OVERVIEW)))
    )
    rows = (_overview_row(campaign) for campaign in campaigns)
    yield tag("article", tag("div", tag("table", head, *rows), class_="scroll overview"))


def _overview_row(campaign: CampaignReport) -> Html:
    name, *cells = wording.overview_cells(campaign)
    link = tag("a", text(name), attributes={"href": f"#c-{campaign.key}"})
    return tag("tr", tag("td", link), *(tag("td", text(cell)) for cell in cells))


def _campaign(campaign: CampaignReport, zone: tzinfo | None) -> Html:
    summary = campaign.summary
    parts = [
        tag("h2", text(campaign.key)),
        tag("p", text(" · ".join(wording.heading_texts(campaign, zone))), class_="soft"),
        tag("p", wording.state_text(summary, zone), class_="soft"),
        _facts(campaign),
        *_chart(summary),
        *_variants(campaign),
        *_losses(summary),
        *_remarks(campaign, zone),
    ]
    return tag("article", join(parts), attributes={"id": f"c-{campaign.key}"})


def _facts(campaign: CampaignReport) -> Html:
    summary = campaign.summary
    counts = [
        tag("div", tag("dt", wording.name_text(name)), tag("dd", wording.count_text(summary, name)))
        for name in wording.COUNTS
    ]
    rates = [
        tag("div", tag("dt", name), tag("dd", rate, tag("small", earlier)))
        for name, rate, earlier in wording.rate_lines(campaign)
    ]
    return join([tag("dl", *counts, class_="facts"), tag("dl", *rates, class_="facts rates")])


def _chart(summary: Summary) -> Iterator[Html]:
    """Yield a bar for each phone maker, in the scale of the largest; what was not told is a part."""
    rows = [row for row in summary.platforms if sum(_split(row).values())]
    largest = max((sum(_split(row).values()) for row in rows), default=0)
    if not rows:
        return
    yield tag("h3", phrase("How far it came, by phone maker"))
    yield from (_bar(row, largest) for row in rows)
    keys = (tag("span", tag("i", class_=kind), words) for kind, words in _LEGEND.items())
    yield tag("div", *keys, class_="legend")


def _bar(row: PlatformRow, largest: int) -> Html:
    counts = {name: getattr(row, name) for name in ("sent", "reached", "opened", "lost")}
    numbers = say(", ").join(
        f"{wording.name_text(name)} {wording.number_text(count)}" for name, count in counts.items()
    )
    name = say("{maker}, {channel}", maker=wording.maker_text(row), channel=wording.channel_text(row))
    return tag(
        "div",
        tag("span", name),
        tag(
            "svg",
            *_parts(row, largest),
            attributes={"role": "img", "aria-label": say("{name}: {words}", name=name, words=numbers)},
        ),
        tag("span", numbers, class_="n"),
        class_="bar",
    )


def _parts(row: PlatformRow, largest: int) -> Iterator[Html]:
    left = 0
    for kind, count in _split(row).items():
        yield tag("rect", class_=kind, attributes=_span(left, count, largest))
        left += count


def _split(row: PlatformRow) -> dict[str, int]:
    """Return the people of a bar by what became of them; whatever the service did not tell is ``open``."""
    reached, lost = row.reached or 0, row.lost or 0
    opened = min(row.opened or 0, reached)
    untold = max(0, (row.sent or 0) - reached - lost)
    return {"opened": opened, "reached": reached - opened, "lost": lost, "open": untold}


def _span(left: int, count: int, largest: int) -> dict[str, str]:
    return {"x": f"{left / largest:.4%}", "width": f"{count / largest:.4%}", "y": "0", "height": "100%"}


def _variants(campaign: CampaignReport) -> Iterator[Html]:
    if not campaign.variants:
        return
    yield tag("h3", phrase("Variants"))
    head = tag(
        "tr",
        *(
            tag("th", name)
            for name in ("", *map(wording.name_text, wording.COUNTS), phrase("opened of reached"))
        ),
    )
    rows = [
        tag(
            "tr",
            tag("td", text(each.name)),
            *(tag("td", wording.count_text(each, name)) for name in wording.COUNTS),
            tag("td", wording.rate_text(each.opened_rate)),
        )
        for each in campaign.variants
    ]
    yield tag("div", tag("table", head, *rows), class_="scroll")


def _losses(summary: Summary) -> Iterator[Html]:
    if summary.losses:
        yield tag("h3", phrase("Lost, and what to do"))
        items = (
            tag("li", text(wording.loss_text(loss)), tag("p", prose(loss.advice), class_="soft"))
            for loss in summary.losses
        )
        yield tag("ul", *items)


def _remarks(campaign: CampaignReport, zone: tzinfo | None) -> Iterator[Html]:
    summary = campaign.summary
    remarks = [
        wording.callbacks_text(summary.callbacks, summary.counts),
        *wording.comparison_texts(campaign),
        *wording.unknown_texts(campaign, zone),
    ]
    items = [tag("li", prose(words)) for words in remarks if words]
    if items:
        yield tag("ul", *items, class_="soft")

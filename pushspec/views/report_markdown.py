"""A report as Markdown, for a comment on the pull request that was merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import phrase, said, say
from pushspec.views import report_wording as wording
from pushspec.views.markdown import bounded, code

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from pushspec.api.report import CampaignReport, Report, Summary


def report_markdown(report: Report, *, limit: int) -> str:
    """Return a report as Markdown of at most ``limit`` characters; campaigns that do not fit are counted."""
    head = [
        f"## {say('Push report: {project}', project=code(report.project))} · {code(report.environment_name)}",
        "",
        " · ".join(wording.about_texts(report)),
    ]
    if not report.campaigns:
        head += ["", say("No campaign was begun in that time.")]
    head += [f"\n> {code(warning)}" for warning in report.warnings]
    head += _overview(report.campaigns)
    parts = ("\n".join(_campaign(campaign, report.zone)) for campaign in report.campaigns)
    return bounded("\n".join(head), parts, limit=limit, command="report", noun=phrase("campaigns"))


def _overview(campaigns: Sequence[CampaignReport]) -> Iterator[str]:
    """Yield a table of several campaigns."""
    if len(campaigns) < 2:
        return
    yield f"\n| {say('campaign')} | {' | '.join(map(wording.name_text, wording.OVERVIEW))} |"
    yield f"| --- |{' ---: |' * len(wording.OVERVIEW)}"
    for name, *cells in map(wording.overview_cells, campaigns):
        yield f"| {code(name)} | {' | '.join(cells)} |"


def _campaign(campaign: CampaignReport, zone: tzinfo | None) -> Iterator[str]:
    summary = campaign.summary
    endpoint, audience, sent = wording.heading_texts(campaign, zone)
    yield f"\n### {code(campaign.key)}\n"
    yield f"{endpoint} · {code(audience)} · {sent} · **{wording.state_text(summary, zone)}**\n"
    yield from _counts(campaign)
    yield ""
    for name, rate, earlier in wording.rate_lines(campaign):
        yield say("- {name}: {rate}", name=name, rate=rate) + (f" · {earlier}" if earlier else "")
    callbacks = wording.callbacks_text(summary.callbacks, summary.counts)
    yield from [f"- {callbacks}"] if callbacks else []
    yield from (f"- {code(words)}" for words in wording.comparison_texts(campaign))
    yield from (f"- {words}" for words in wording.unknown_texts(campaign, zone))
    yield from _platforms(summary)
    yield from _losses(summary)


def _counts(campaign: CampaignReport) -> Iterator[str]:
    rows = [(campaign.key, campaign.summary), *((each.name, each) for each in campaign.variants)]
    yield f"| | {' | '.join(map(wording.name_text, wording.COUNTS))} |"
    yield f"| --- |{' ---: |' * len(wording.COUNTS)}"
    for name, summary in rows:
        cells = (wording.count_text(summary, count) for count in wording.COUNTS)
        yield f"| {code(name)} | {' | '.join(cells)} |"


def _platforms(summary: Summary) -> Iterator[str]:
    if not summary.platforms:
        return
    yield "\n" + say("| phone maker | channel | sent | reached | opened | lost |")
    yield "| --- | --- | ---: | ---: | ---: | ---: |"
    for row in summary.platforms:
        numbers = (wording.number_text(it) for it in (row.sent, row.reached, row.opened, row.lost))
        yield f"| {wording.maker_text(row)} | {wording.channel_text(row)} | {' | '.join(numbers)} |"


def _losses(summary: Summary) -> Iterator[str]:
    if summary.losses:
        yield f"\n{say('| lost | what to do |')}\n| --- | --- |"
    for loss in summary.losses or ():
        yield f"| {code(wording.loss_text(loss))} | {said(loss.advice)} |"

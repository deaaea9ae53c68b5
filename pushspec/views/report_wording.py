"""The words of a report, the same in text, Markdown and HTML: what is not known is called that, never 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.text import counted
from pushspec.timestamps import zone_text, zoned_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from pushspec.api.report import (
        CallbackCounts,
        CampaignReport,
        Comparison,
        Counts,
        Loss,
        PlatformRow,
        Rate,
        Report,
        Summary,
    )

NOT_KNOWN = "not known"
COUNTS = ("meant", "refused", "sent", "reached", "opened", "lost")
"""The counts of a campaign in the order in which people are lost on the way."""

OVERVIEW = ("sent", "reached", "opened", "lost")
"""What an overview says of each campaign: two counts, and between them rates of what came before."""

MAKERS = {
    "apns": "APNs",
    "xiaomi": "Xiaomi",
    "huawei": "Huawei",
    "fcm": "FCM",
    "meizu": "Meizu",
    "oppo": "OPPO",
    "vivo": "vivo",
    "honor": "Honor",
}
_STAGES = {"before_sending": "before sending", "after_sending": "after sending"}


def number_text(count: int | None) -> str:
    """Return a count, or that it is not known."""
    return NOT_KNOWN if count is None else f"{count:,}"


def count_text(summary: Summary, name: str) -> str:
    """Return a count of a campaign; where only a part of it is known, at least how many."""
    count, known = getattr(summary.counts, name), getattr(summary.at_least, name)
    if count is None and known is not None and summary.calls > 1:
        return f"at least {known:,}"
    return number_text(count)


def state_text(summary: Summary, zone: tzinfo | None) -> str:
    """Return whether the numbers still move, and from when they are."""
    if summary.as_of is None:
        return "no numbers yet"
    when = zoned_text(summary.as_of, zone)
    return f"complete, as of {when}" if summary.is_settled else f"still moving, as of {when}"


def rate_text(rate: Rate | None) -> str:
    """Return a rate with its bounds."""
    if rate is None:
        return NOT_KNOWN
    return f"{rate.value:.1%} ({rate.low:.1%} to {rate.high:.1%})"


def overview_cells(campaign: CampaignReport) -> tuple[str, ...]:
    """Return the name of a campaign and its cells of :data:`OVERVIEW`, rates without their bounds."""
    summary = campaign.summary
    rates = (
        NOT_KNOWN if rate is None else f"{rate.value:.1%}"
        for rate in (summary.reached_rate, summary.opened_rate)
    )
    return campaign.key, count_text(summary, "sent"), *rates, count_text(summary, "lost")


def rate_lines(campaign: CampaignReport) -> Iterator[tuple[str, str, str]]:
    """Yield name, rate and comparison with earlier sends for both rates."""
    summary, earlier = campaign.summary, campaign.earlier
    yield "reached of sent", rate_text(summary.reached_rate), _earlier(earlier.reached, earlier.reached_known)
    yield "opened of reached", rate_text(summary.opened_rate), _earlier(earlier.opened, earlier.opened_known)


def _earlier(middle: float | None, sends: int) -> str:
    return "" if middle is None else f"median of {counted(sends, 'earlier send')}: {middle:.1%}"


def comparison_texts(campaign: CampaignReport) -> Iterator[str]:
    """Yield what can be said of each pair of variants."""
    if campaign.variants and not campaign.is_randomized:
        yield "variants went to different people, so a difference may be theirs and not the text's"
    for verb, pairs in (("reached", campaign.reached_compared), ("opened", campaign.opened_compared)):
        yield from (_comparison(verb, pair) for pair in pairs)


def _comparison(verb: str, pair: Comparison) -> str:
    if pair.is_certain:
        return f"{verb}: {pair.higher} is above {pair.lower}"
    more = "" if pair.more_needed is None else f", about {pair.more_needed:,} more people each needed"
    return f"{verb}: {pair.higher} and {pair.lower}: cannot tell yet{more}"


def maker_text(row: PlatformRow) -> str:
    """Return the phone maker of a row, or the running app."""
    if row.platform is not None:
        return MAKERS.get(row.platform, f"maker {row.platform}")
    return "running app" if row.channel == "online" else "unknown maker"


def channel_text(row: PlatformRow) -> str:
    """Return the channel of a row."""
    if row.channel is None:
        return NOT_KNOWN
    return row.channel if row.channel in {"offline", "online"} else f"channel {row.channel}"


def loss_text(loss: Loss) -> str:
    """Return how many were lost, when and why."""
    code = f" ({loss.code})" if loss.code is not None else ""
    return f"{number_text(loss.count)} {_STAGES[loss.stage]}: {loss.text}{code}"


def callbacks_text(callbacks: CallbackCounts | None, counts: Counts) -> str:
    """Return what callbacks told where it differs from the statistics; empty where it does not."""
    if callbacks is None:
        return ""
    told = {"sent": callbacks.sent, "reached": callbacks.reached, "opened": callbacks.opened}
    if all(getattr(counts, name) == count for name, count in told.items()):
        return ""
    words = ", ".join(f"{name} {count:,}" for name, count in told.items())
    return f"callbacks say at least: {words}"


def heading_texts(campaign: CampaignReport, zone: tzinfo | None) -> Sequence[str]:
    """Return endpoint, audience and when it was sent."""
    sent = "not sent" if campaign.sent_at is None else f"sent {zoned_text(campaign.sent_at, zone)}"
    return campaign.endpoint, campaign.audience, sent


def about_texts(report: Report) -> Sequence[str]:
    """Return which campaigns a report is on, and when it was made."""
    made = f"made {zoned_text(report.made_at, report.zone)}"
    times = f"times in {zone_text(report.zone, report.made_at)}"
    if report.since is None:
        return (made, times)
    return (f"campaigns begun since {zoned_text(report.since, report.zone)}", made, times)


def unknown_texts(campaign: CampaignReport) -> Iterator[str]:
    """Yield what is not known of a campaign, and why."""
    summary = campaign.summary
    if summary.told < summary.calls:
        yield f"the service gave counts for {summary.told:,} of {counted(summary.calls, 'call')}"
    yield from campaign.not_told
    if summary.counts.not_told:
        people = "person" if summary.counts.not_told == 1 else "people"
        yield f"{summary.counts.not_told:,} {people} neither reached nor lost, as far as the service told"

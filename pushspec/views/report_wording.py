"""The words of a report, the same in text, Markdown and HTML: what is not known is called that, never 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import phrase, plural, said, say
from pushspec.tencent.makers import MAKERS
from pushspec.text import counted
from pushspec.timestamps import zone_text, zoned_text
from pushspec.views.recorded import audience_said

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

NOT_KNOWN = phrase("not known")
COUNTS = ("meant", "refused", "sent", "reached", "opened", "lost")
"""The counts of a campaign in the order in which people are lost on the way."""

OVERVIEW = ("sent", "reached", "opened", "lost")
"""What an overview says of each campaign: two counts, and between them rates of what came before."""

_NAMES = {
    "meant": phrase("meant"),
    "refused": phrase("refused"),
    "sent": phrase("sent"),
    "reached": phrase("reached"),
    "opened": phrase("opened"),
    "lost": phrase("lost"),
}
_CHANNELS = {"offline": phrase("offline"), "online": phrase("online")}
_STAGES = {"before_sending": phrase("before sending"), "after_sending": phrase("after sending")}


def name_text(count: str) -> str:
    """Return the name of a count, of :data:`COUNTS` or :data:`OVERVIEW`."""
    return said(_NAMES[count])


def number_text(count: int | None) -> str:
    """Return a count, or that it is not known."""
    return said(NOT_KNOWN) if count is None else f"{count:,}"


def count_text(summary: Summary, name: str) -> str:
    """Return a count of a campaign; where only a part of it is known, at least how many."""
    count, known = getattr(summary.counts, name), getattr(summary.at_least, name)
    if count is None and known is not None and summary.calls > 1:
        return say("at least {known:,}", known=known)
    return number_text(count)


def state_text(summary: Summary, zone: tzinfo | None) -> str:
    """Return whether the numbers still move, and from when they are."""
    if summary.as_of is None:
        return say("no numbers yet")
    when = zoned_text(summary.as_of, zone)
    if summary.is_recorded:
        return (
            say("complete, as recorded on {when}", when=when)
            if summary.is_settled
            else say("last known, as recorded on {when}", when=when)
        )
    return (
        say("complete, as of {when}", when=when)
        if summary.is_settled
        else say("still moving, as of {when}", when=when)
    )


def rate_text(rate: Rate | None) -> str:
    """Return a rate with its bounds."""
    if rate is None:
        return said(NOT_KNOWN)
    return say("{value:.1%} ({low:.1%} to {high:.1%})", value=rate.value, low=rate.low, high=rate.high)


def overview_cells(campaign: CampaignReport) -> tuple[str, ...]:
    """Return the name of a campaign and its cells of :data:`OVERVIEW`, rates without their bounds."""
    summary = campaign.summary
    rates = (
        said(NOT_KNOWN) if rate is None else f"{rate.value:.1%}"
        for rate in (summary.reached_rate, summary.opened_rate)
    )
    return campaign.key, count_text(summary, "sent"), *rates, count_text(summary, "lost")


def rate_lines(campaign: CampaignReport) -> Iterator[tuple[str, str, str]]:
    """Yield name, rate and comparison with earlier sends for both rates."""
    summary, earlier = campaign.summary, campaign.earlier
    yield (
        say("reached of sent"),
        rate_text(summary.reached_rate),
        _earlier(earlier.reached, earlier.reached_known),
    )
    yield (
        say("opened of reached"),
        rate_text(summary.opened_rate),
        _earlier(earlier.opened, earlier.opened_known),
    )


def _earlier(middle: float | None, sends: int) -> str:
    return (
        ""
        if middle is None
        else say("median of {sends}: {middle:.1%}", sends=counted(sends, "earlier send"), middle=middle)
    )


def comparison_texts(campaign: CampaignReport) -> Iterator[str]:
    """Yield what can be said of each pair of variants."""
    if campaign.variants and not campaign.is_randomized:
        yield say("variants went to different people, so a difference may be theirs and not the text's")
    for verb, pairs in (("reached", campaign.reached_compared), ("opened", campaign.opened_compared)):
        yield from (_comparison(verb, pair) for pair in pairs)


def _comparison(verb: str, pair: Comparison) -> str:
    if pair.is_certain:
        return say(
            "{verb}: {higher} is above {lower}", verb=_NAMES[verb], higher=pair.higher, lower=pair.lower
        )
    more = (
        ""
        if pair.more_needed is None
        else say(", about {more_needed:,} more people each needed", more_needed=pair.more_needed)
    )
    return say(
        "{verb}: {higher} and {lower}: cannot tell yet{more}",
        verb=_NAMES[verb],
        higher=pair.higher,
        lower=pair.lower,
        more=more,
    )


def maker_text(row: PlatformRow) -> str:
    """Return the phone maker of a row, or the running app."""
    if row.platform is not None:
        return MAKERS.get(row.platform, say("maker {platform}", platform=row.platform))
    return say("running app") if row.channel == "online" else say("maker not told")


def channel_text(row: PlatformRow) -> str:
    """Return the channel of a row."""
    if row.channel is None:
        return said(NOT_KNOWN)
    return (
        said(_CHANNELS[row.channel])
        if row.channel in _CHANNELS
        else say("channel {channel}", channel=row.channel)
    )


def loss_text(loss: Loss) -> str:
    """Return how many were lost, when and why."""
    code = f" ({loss.code})" if loss.code is not None else ""
    return say(
        "{number} {stage}: {text}{code}",
        number=number_text(loss.count),
        stage=_STAGES[loss.stage],
        text=loss.text,
        code=code,
    )


def callbacks_text(callbacks: CallbackCounts | None, counts: Counts) -> str:
    """Return what callbacks told where it differs from the statistics; empty where it does not."""
    if callbacks is None:
        return ""
    told = {"sent": callbacks.sent, "reached": callbacks.reached, "opened": callbacks.opened}
    if all(getattr(counts, name) == count for name, count in told.items()):
        return ""
    words = say(", ").join(f"{name_text(name)} {count:,}" for name, count in told.items())
    return say("callbacks say at least: {words}", words=words)


def heading_texts(campaign: CampaignReport, zone: tzinfo | None) -> Sequence[str]:
    """Return endpoint, audience and when it was sent; of what is in doubt nobody can say that it was not."""
    if campaign.sent_at is not None:
        sent = say("sent {sent_at}", sent_at=zoned_text(campaign.sent_at, zone))
    else:
        is_known = campaign.summary.counts.sent is not None
        sent = say("not sent") if is_known else say("not known whether it was sent")
    return campaign.endpoint, audience_said(campaign.audience), sent


def about_texts(report: Report) -> Sequence[str]:
    """Return which campaigns a report is on, when it was made, and what it leaves out."""
    made = say("made {made_at}", made_at=zoned_text(report.made_at, report.zone))
    times = say("times in {zone}", zone=zone_text(report.zone, report.made_at))
    tries = _tries_text(report.tries)
    if report.since is None:
        return (made, times, *tries)
    since = say("campaigns begun since {since}", since=zoned_text(report.since, report.zone))
    return (since, made, times, *tries)


def _tries_text(tries: int) -> Sequence[str]:
    if not tries:
        return ()
    text = plural(
        "{number:,} try to testers is not counted", "{number:,} tries to testers are not counted", tries
    )
    return (said(text),)


def unknown_texts(campaign: CampaignReport, zone: tzinfo | None) -> Iterator[str]:
    """Yield what is not known of a campaign, and why."""
    summary = campaign.summary
    if summary.told < summary.calls:
        yield say(
            "the service gave counts for {told:,} of {calls}",
            told=summary.told,
            calls=counted(summary.calls, "call"),
        )
    yield from map(said, campaign.not_told)
    if summary.losses_as_of is not None:
        when = zoned_text(summary.losses_as_of, zone)
        yield say("losses as recorded on {when}: the service tells those of the last 7 days", when=when)
    if summary.counts.not_sent:
        people = plural("{number:,} person", "{number:,} people", summary.counts.not_sent)
        yield say("{people} not sent to so far", people=people)
    if summary.counts.not_told:
        people = plural("{number:,} person", "{number:,} people", summary.counts.not_told)
        yield say("{people} neither reached nor lost, as far as the service told", people=people)

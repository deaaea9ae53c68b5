"""The status of an environment as text: what is in doubt, who holds the lock, and each campaign in a row."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pushspec.language import phrase, plural, said, say
from pushspec.lockfile.histories import CallState, RecallState
from pushspec.sanitize import printable
from pushspec.text import counted
from pushspec.timestamps import in_zone, local_text, zone_text, zoned_text
from pushspec.views.doubt import trouble_lines
from pushspec.views.gates import gate_lines, stopped_text
from pushspec.views.next_steps import next_lines, stopped_lines
from pushspec.views.outcome_text import call_state_name, people_text, recall_state_name
from pushspec.views.recorded import audience_said
from pushspec.views.rows import Row, table_lines
from pushspec.views.task_doubt import settled_task_lines, task_doubts_lines
from pushspec.views.tasks import schedule_row
from pushspec.views.tones import Tone, unpainted
from pushspec.views.wrapping import PROSE, folded, hanging, spaced

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

    from pushspec.api.evidence import Findings
    from pushspec.lockfile.records import Gate
    from pushspec.lockfile.status import CampaignStatus, Status
    from pushspec.plan.departure import Departure
    from pushspec.views.commands import Typed
    from pushspec.views.tones import Paint

_MEANINGS = {
    "?": phrase("in doubt"),
    "!": phrase("blocked"),
    "#": phrase("drifted"),
    "…": phrase("not finished"),
    ":": phrase("at the service"),
    "=": phrase("finished"),
}
"""In the order in which a person looks at them."""
_TONES = {"…": Tone.SOON, "=": Tone.DIM}


@dataclass(frozen=True, slots=True)
class StatusStyle:
    """How a status is written.

    Attributes:
        typed: What was typed; commands that are shown name the same project and environment.
        lock: Where the lockfile is kept.
        now: This moment.
        zone: In which people read times; None for this machine's.
        population: Users of the app, where the project file says so.
        width: Columns of the terminal.
        paint: Colours a text by its tone.
        to_settle: Of how many calls another recall can find out whether they are taken back, by campaign.
        gone: The files that are gone, by campaign, of those that are not finished.
        departures: When the calls of campaigns that are not finished may leave, by key, where that is known.
        recallable: Campaigns that were stopped and of which something can be taken back.
    """

    typed: Typed
    lock: str
    now: datetime
    zone: tzinfo | None = None
    population: int | None = None
    width: int = 100
    paint: Paint = unpainted
    to_settle: Mapping[str, int] = field(default_factory=dict)
    gone: Mapping[str, str] = field(default_factory=dict)
    departures: Mapping[str, Departure] = field(default_factory=dict)
    recallable: Collection[str] = frozenset()


def status_text(status: Status, style: StatusStyle, findings: Findings | None = None) -> str:
    """Return what has to be settled first, then the lock, then each campaign in a row."""
    return "\n".join(_lines(with_ended_recalls(status), style, findings)) + "\n"


def doubt_lines(status: Status, style: StatusStyle) -> Iterator[str]:
    """Yield what a person has to settle: calls and tasks in doubt, and recalls that can be asked again."""
    if status.is_in_doubt:
        yield from _trouble_lines(status, style, None)
        yield from [""] if style.to_settle else []
    for key in style.to_settle:
        yield say("{name}: {words}", name=f"? {key}", words=_unknown_recall(key, style))


def with_ended_recalls(status: Status) -> Status:
    """Return the status in which a recall without an outcome is in doubt, unless a run still works on it."""
    if status.run is not None:
        return status
    return replace(status, campaigns=tuple(map(_with_ended_recalls, status.campaigns)))


def _with_ended_recalls(campaign: CampaignStatus) -> CampaignStatus:
    ended: Counter[RecallState] = Counter()
    for state, number in campaign.recalls.items():
        ended[RecallState.IN_DOUBT if state is RecallState.INTENDED else state] += number
    return replace(campaign, recalls=dict(ended))


def _lines(status: Status, style: StatusStyle, findings: Findings | None) -> Iterator[str]:
    typed = style.typed
    zone = say("times in {zone}", zone=zone_text(style.zone, style.now))
    heading = f"{typed.environment} · {printable(style.lock)} · {zone}"
    yield from hanging(heading, style.width)
    yield ""
    if findings is not None and (findings.settled or findings.tasks.settled):
        yield from settled_lines(findings)
        yield from settled_task_lines(findings.tasks.settled)
        yield ""
    if status.is_in_doubt:
        for line in _trouble_lines(status, style, findings):
            yield from folded(in_zone(line, style.zone), min(style.width, PROSE))
        yield ""
    if status.frozen_reason:
        yield style.paint(say("  ! frozen: {reason}", reason=printable(status.frozen_reason)), Tone.ERROR)
    yield from (in_zone(line, style.zone) for line in _run_lines(status, style))
    yield from _campaign_lines(status, style, findings.drift if findings is not None else {})
    yield ""
    yield _totals(status, style)
    yield from _next(status, style)


def _totals(status: Status, style: StatusStyle) -> str:
    conflicts = sum(campaign.conflict is not None for campaign in status.campaigns)
    against = say(", {conflicts} with evidence against the record", conflicts=conflicts) if conflicts else ""
    doubts = say("{calls} in doubt", calls=counted(len(status.doubts), "call"))
    doubts += (
        say(", {tasks} in doubt", tasks=counted(len(status.task_doubts), "task"))
        if status.task_doubts
        else ""
    )
    if recalls := sum(style.to_settle.values()):
        doubts += said(plural(", {number:,} recall unknown", ", {number:,} recalls unknown", recalls))
    kept = say(", {number} at the service", number=len(status.schedules)) if status.schedules else ""
    campaigns = counted(len(status.campaigns) + len(status.stopped), "campaign")
    return say(
        "{campaigns}{kept}, {doubts}{against}", campaigns=campaigns, kept=kept, doubts=doubts, against=against
    )


def _next(status: Status, style: StatusStyle) -> Iterator[str]:
    """Yield what to type next; what settles a doubt is said where the doubt is."""
    if status.frozen_reason:
        yield say("Next: {step}", step=f'{style.typed.about("freeze", "--off")} "WHY"')
    elif status.campaigns or status.schedules or status.stopped:
        yield from stopped_lines(status.stopped, style.typed)
        yield from next_lines(
            status, style.typed, style.now, style.zone, gone=style.gone, departures=style.departures
        )
    else:
        yield say("Next: {step}", step=style.typed.about("plan"))


def _trouble_lines(status: Status, style: StatusStyle, findings: Findings | None) -> Iterator[str]:
    evidence = findings.evidence if findings is not None else None
    calls = list(
        trouble_lines(
            status, typed=style.typed, population=style.population, zone=style.zone, evidence=evidence
        )
    )
    yield from calls
    if status.task_doubts:
        yield from [""] if calls else []
        told = findings.tasks.unsettled if findings is not None else {}
        yield from task_doubts_lines(status.task_doubts, told, typed=style.typed, zone=style.zone)


def _campaign_lines(status: Status, style: StatusStyle, drift: Mapping[str, Sequence[str]]) -> Iterator[str]:
    table = [
        schedule_row(it, drift.get(it.key, ()), now=style.now, zone=style.zone) for it in status.schedules
    ]
    table += [_stopped_row(stop, style) for stop in status.stopped]
    begun = sorted(status.campaigns, key=lambda it: (it.history.begun_at, it.key))
    table += [_row(campaign, style) for campaign in begun]
    table.sort(key=lambda row: list(_MEANINGS).index(row.symbol))
    if not table:
        yield say("  nothing was sent yet")
        return
    used = [symbol for symbol in _MEANINGS if any(row.symbol == symbol for row in table)]
    meanings = [f"{symbol} {said(_MEANINGS[symbol])}" for symbol in used]
    yield ""
    yield from (style.paint(line, Tone.DIM) for line in spaced(meanings, style.width, first="  "))
    yield ""
    yield from table_lines(table, width=style.width, paint=style.paint)


def _run_lines(status: Status, style: StatusStyle) -> Iterator[str]:
    run, dead = status.run, status.dead_run
    if run is not None:
        until = local_text(run.lease_end, style.zone, seconds=True)
        holder = f"{printable(run.holder)} ({printable(run.purpose)})"
        yield say("  lock held by {holder} until {until} unless renewed", holder=holder, until=until)
        yield say('    if that run is dead: {unlock} --why "WHY"', unlock=style.typed.about("unlock"))
    elif dead is not None:
        ended = local_text(dead.lease_end, style.zone, seconds=True)
        holder = f"{printable(dead.holder)} ({printable(dead.purpose)})"
        why = say("its process is gone") if dead.is_gone else say("its lease ended {ended}", ended=ended)
        yield say("  lock free: {holder} died, {why}", holder=holder, why=why)
    else:
        yield say("  lock free")


def _row(campaign: CampaignStatus, style: StatusStyle) -> Row:
    begin, symbol = campaign.history.begin, _symbol(campaign)
    words = [printable(audience_said(begin.audience)), *_how_far(campaign, style.zone)]
    calls = said(counted(begin.calls, "call"))
    tone = _TONES.get(symbol, Tone.ERROR)
    waits = gate_lines(campaign, style.now, style.zone, style.departures.get(campaign.key))
    below = [in_zone(printable(line), style.zone) for line in waits]
    if _is_refused(campaign):
        below.append(say("nothing of it went out; fix it and raise version"))
    if campaign.key in style.gone:
        below.append(say("its file {spec} is gone", spec=printable(style.gone[campaign.key])))
    if campaign.key in style.recallable:
        recall = style.typed.about("recall", campaign.key)
        below.append(say("to take back what went out: {recall}", recall=recall))
    if RecallState.IN_DOUBT in campaign.recalls:
        below.append(_unknown_recall(campaign.key, style))
    return Row(symbol, tone, campaign.key, begin.endpoint, " · ".join(words), calls, below)


def _stopped_row(stop: Gate, style: StatusStyle) -> Row:
    below = in_zone(printable(stopped_text(stop)), style.zone)
    return Row("!", Tone.ERROR, stop.campaign, say("nothing of it was sent yet"), below=[below])


def _unknown_recall(key: str, style: StatusStyle) -> str:
    if key in style.to_settle:
        recall = style.typed.about("recall", key)
        return say("whether it is taken back is unknown: {recall}", recall=recall)
    return say("whether it is taken back stays unknown: it is too late to ask")


def _how_far(campaign: CampaignStatus, zone: tzinfo | None) -> Iterator[str]:
    """Yield when it was begun, what became of its calls, and who was refused."""
    begun = zoned_text(campaign.history.begun_at, zone)
    if dict(campaign.counts) == {CallState.SENT: campaign.history.begin.calls}:
        yield say("sent {begun}", begun=begun)
    else:
        counts = [f"{number} {call_state_name(state)}" for state, number in campaign.counts.items()]
        left = [say("{left} left", left=campaign.left)] if campaign.left else []
        yield say(
            "begun {begun}: {counts}",
            begun=begun,
            counts=say(", ").join([*counts, *left]) or say("nothing tried"),
        )
    if refused := sum(campaign.refused_accounts.values()):
        yield say("{people} refused", people=people_text(refused))
    if set(campaign.recalls) == {RecallState.NOT_TAKEN_BACK}:
        yield say("a recall took nothing back")
    elif campaign.recalls:
        yield say("recalled: {recalls}", recalls=_recalls(campaign))
    if campaign.conflict is not None:
        yield say("blocked by evidence against the record")


def _recalls(campaign: CampaignStatus) -> str:
    return say(", ").join(
        f"{number} {recall_state_name(state)}" for state, number in campaign.recalls.items()
    )


def _symbol(campaign: CampaignStatus) -> str:
    if campaign.conflict is not None:
        return "!"
    if CallState.IN_DOUBT in campaign.counts or RecallState.IN_DOUBT in campaign.recalls:
        return "?"
    if campaign.stop is not None and not campaign.is_finished:
        return "!"
    if _is_refused(campaign):
        return "!"
    return "=" if campaign.is_finished else "…"


def _is_refused(campaign: CampaignStatus) -> bool:
    """Whether nothing of it went out and nothing more will, as the service refused what it was asked."""
    was_refused = CallState.REFUSED in campaign.counts and CallState.SENT not in campaign.counts
    return was_refused and campaign.is_finished and not campaign.recalls


def settled_lines(findings: Findings) -> Iterator[str]:
    """Yield the calls that evidence settled as sent just now."""
    for key, task in findings.settled.items():
        yield say("  = {key} was in doubt and is settled as sent: task {task}", key=key, task=printable(task))
        yield say("    proved by a callback and the service's own word; `pushspec log` has the grounds")

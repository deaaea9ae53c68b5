"""Explain a call in doubt: what is known, what is not, who is affected, what to do."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from rich.cells import set_cell_size

from pushspec.language import phrase, plural, said, say
from pushspec.sanitize import printable
from pushspec.text import counted
from pushspec.timestamps import local_text
from pushspec.views.recorded import audience_said, outcome_said, resolved_said

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import tzinfo

    from pushspec.api.evidence import Evidence, Sighting
    from pushspec.lockfile.records import Conflict
    from pushspec.lockfile.status import Doubt, Status
    from pushspec.views.commands import Typed

_LABEL = 13
_TRACED = {
    "trace": phrase("the person of that callback"),
    "tester": phrase("a tester whom the call may have reached"),
}
_MOST_SIGHTINGS = 5
"""Tasks that are shown of one call; whoever forges callbacks must not bury the rest of the screen."""


def trouble_lines(
    status: Status,
    *,
    typed: Typed,
    population: int | None,
    zone: tzinfo | None = None,
    evidence: Mapping[str, Evidence] | None = None,
) -> Iterator[str]:
    """Yield all that a person has to settle: doubts first, then evidence against the record."""
    if status.doubts:
        yield from doubts_lines(
            status.doubts, typed=typed, population=population, zone=zone, evidence=evidence or {}
        )
    for campaign in status.campaigns:
        if campaign.conflict is not None:
            yield from [""] if status.doubts else []
            yield from conflict_lines(campaign.key, campaign.conflict, typed=typed)


def doubts_lines(
    doubts: Sequence[Doubt],
    *,
    typed: Typed,
    population: int | None,
    zone: tzinfo | None,
    evidence: Mapping[str, Evidence],
) -> Iterator[str]:
    """Yield the facts of each call in doubt, and after them once what to do.

    Args:
        doubts: At least one.
        typed: What was typed; every command that is shown names the same project and environment.
        population: Users of the app, where the project file says so.
        zone: In which people read times; None for this machine's.
        evidence: What was found out about calls, by key.
    """
    for doubt in doubts:
        yield from _facts(doubt, population, zone)
        yield from evidence_lines(evidence.get(doubt.call.key), zone=zone)
        yield ""
    yield from _what_to_do(doubts, typed)


def _facts(doubt: Doubt, population: int | None, zone: tzinfo | None) -> Iterator[str]:
    call = doubt.call
    again = say(" (attempt {attempts})", attempts=call.attempts) if call.attempts > 1 else ""
    yield say("? {key} is IN DOUBT: it was sent once, or not at all{again}", key=call.key, again=again)
    yield _fact(
        say("to"),
        say(
            "{audience}, by {endpoint}",
            audience=printable(audience_said(doubt.audience)),
            endpoint=call.endpoint,
        ),
    )
    yield _fact(say("people"), _people(doubt, population))
    begin = local_text(call.intended_at, zone, seconds=True)
    window_s = (call.not_after - call.intended_at).total_seconds()
    yield _fact(
        say("when"),
        say("{begin}, or up to {window_s:.0f} seconds later, if at all", begin=begin, window_s=window_s),
    )
    yield _fact(
        say("seen"),
        printable(outcome_said(call.text, call.code)) or say("the run is gone, and wrote no outcome"),
    )
    yield _fact(say("not known"), say("whether the service took it; pushspec never repeats it by itself"))
    since = local_text(doubt.resolvable_at, zone, seconds=True)
    yield _fact(say("not-sent"), say("allowed from {since} on; before, it may arrive", since=since))


def evidence_lines(evidence: Evidence | None, *, zone: tzinfo | None) -> Iterator[str]:
    """Yield what was found out about a call beside the lockfile; nobody is named."""
    if evidence is None:
        return
    for sighting in evidence.sightings[:_MOST_SIGHTINGS]:
        began = (
            say(", began {began_at}", began_at=local_text(sighting.began_at, zone, seconds=True))
            if sighting.began_at
            else ""
        )
        lacks = say("; ").join(say("that {words}", words=words) for words in sighting.missing)
        yield _fact(
            say("hint"),
            say(
                "a callback tells of task {task_id}{began}", task_id=printable(sighting.task_id), began=began
            ),
        )
        if lacks:
            yield _fact(
                "", say("no proof: it is not shown {lacks}", lacks=lacks) + _look_again(sighting, zone)
            )
        yield from _word_lines(sighting)
    more = len(evidence.sightings) - _MOST_SIGHTINGS
    if more > 0:
        yield _fact(say("hint"), said(plural("and {number:,} more task", "and {number:,} more tasks", more)))
    if sum(sighting.is_proof for sighting in evidence.sightings) > 1:
        yield _fact(say("twice"), say("more than one task is proved: it may have gone out more than once"))
    if evidence.people_in_window is not None:
        people = f"{evidence.people_in_window:,}"
        yield _fact(
            say("service"), say("counts {people} people in all pushes that began in that time", people=people)
        )


def _look_again(sighting: Sighting, zone: tzinfo | None) -> str:
    """Return from when on time alone may make it a proof, in whole minutes; empty where more is missing."""
    if sighting.has_waited or sighting.waits_until is None or not sighting.may_be_proof:
        return ""
    moment = sighting.waits_until.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return say("; look again from {moment} on", moment=local_text(moment, zone))


def _word_lines(sighting: Sighting) -> Iterator[str]:
    """Yield what the service says of a task that is no proof, for a person to judge."""
    if sighting.counted is not None and sighting.named and not sighting.is_counted:
        yield _fact(
            "",
            say(
                "the service counts {counted:,} for it; the call named {named:,}",
                counted=sighting.counted,
                named=sighting.named,
            ),
        )
    if sighting.known_by in _TRACED:
        yield _fact("", say("the service traces it to {person}", person=_TRACED[sighting.known_by]))


def _people(doubt: Doubt, population: int | None) -> str:
    if doubt.call.accounts:
        return said(counted(doubt.call.accounts, "account"))
    if doubt.audience != "everyone":
        return say("only the service knows how many these are")
    return (
        say("about {population:,}, all users of the app", population=population)
        if population is not None
        else say("all users of the app")
    )


def _what_to_do(doubts: Sequence[Doubt], typed: Typed) -> Iterator[str]:
    key = doubts[0].call.key if len(doubts) == 1 else "KEY"
    resolve = f"{typed.about('resolve', key)} --as"
    is_message = doubts[0].call.endpoint.endswith("sendmsg")
    place = say("the chat history of an account") if is_message else say("the console's list of push tasks")
    name = "msg-key MSGKEY" if is_message else "task-id TASKID"
    yield (
        say(
            "What to do: look for it in {place}, in your callbacks, "
            "or on a phone. No trace of it proves nothing: lists lag. Then say what you know:",
            place=place,
        )
    )
    how = say("HOW YOU KNOW")
    yield say("  it went out")
    yield f'    {resolve} sent --{name} --why "{how}"'
    yield say("  it certainly did not, and can no longer; the next apply sends it")
    yield f'    {resolve} not-sent --why "{how}"'
    yield say("  nobody can tell, and it no longer matters; it is never sent")
    yield f'    {resolve} abandoned --why "{say("WHY")}"'


def conflict_lines(campaign: str, conflict: Conflict, *, typed: Typed) -> Iterator[str]:
    """Yield the lines on a campaign with evidence against the record."""
    yield say("! {campaign} is blocked: EVIDENCE AGAINST THE RECORD", campaign=campaign)
    yield _fact(
        say("evidence"),
        say(
            "{key} was sent, says {by}: {why}",
            key=conflict.key,
            by=printable(conflict.by),
            why=printable(resolved_said(conflict)),
        ),
    )
    yield _fact(
        say("record"),
        say("it was not sent, or was abandoned; pushspec cannot tell which of the two is right"),
    )
    yield say(
        "What to do: keep the lockfile and the logs of the run. If there is no mistake, open an issue: "
        "this must not happen. To continue, abandon the call; it is never sent again, and the rest of its "
        "campaign may be:"
    )
    yield f'    {typed.about("resolve", conflict.key)} --as abandoned --why "{say("WHY")}"'


def _fact(label: str, text: str) -> str:
    return f"  {set_cell_size(label, _LABEL - 2)}{text}"

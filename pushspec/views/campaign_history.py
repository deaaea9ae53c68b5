"""What the lockfile knows of one campaign, as text and as JSON."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

from pushspec.language import said, say
from pushspec.lockfile.histories import CallState
from pushspec.plan.calls import carried_data_id
from pushspec.sanitize import printable
from pushspec.tencent.bodies import compose_body
from pushspec.tencent.endpoints import ENDPOINTS, EndpointName
from pushspec.text import counted, listed
from pushspec.timestamps import in_zone, zone_text, zoned_text
from pushspec.views.json_text import json_text
from pushspec.views.outcome_text import (
    call_state_name,
    ids_text,
    people_text,
    recall_state_name,
    refusal_text,
)
from pushspec.views.record_text import gate_text
from pushspec.views.recorded import audience_said, gate_said, outcome_said
from pushspec.views.tones import Tone, toned, unpainted
from pushspec.views.wrapping import folded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import tzinfo

    from pushspec.api.history import RecordedCampaign
    from pushspec.lockfile.histories import CallHistory, RecallHistory
    from pushspec.lockfile.reading import RefusedAccount
    from pushspec.lockfile.records import Begin, Gate
    from pushspec.serialization import Json
    from pushspec.tencent.endpoints import Endpoint
    from pushspec.views.tones import Paint

FORMAT_VERSION = 1


def history_text(
    campaign: RecordedCampaign,
    *,
    zone: tzinfo | None = None,
    with_accounts: bool = False,
    width: int = 100,
    paint: Paint = unpainted,
) -> str:
    """Return who sent what to whom, what became of each call, how many accounts were refused, and why.

    Args:
        campaign: What the lockfile knows of it.
        zone: In which people read times; None for this machine's.
        with_accounts: List the refused accounts, too.
        width: Columns of the terminal; bodies take what they need.
        paint: Colours the word ``everyone``, but not in a body.
    """
    facts = _lines(campaign, zone, with_accounts=with_accounts)
    lines = [toned(fitting, Tone.PLAIN, paint) for line in facts for fitting in folded(line, width)]
    return "\n".join([*lines, *_body_lines(campaign.history.begin, campaign.calls)]) + "\n"


def _lines(recorded: RecordedCampaign, zone: tzinfo | None, *, with_accounts: bool) -> Iterator[str]:
    campaign, calls, refused, recalls, *_ = recorded
    begin = campaign.begin
    zone_words = say("times in {zone}", zone=zone_text(zone, campaign.begun_at))
    yield f"{begin.campaign} · {begin.endpoint} · {printable(audience_said(begin.audience))} · {zone_words}"
    yield say("  file      {spec}", spec=printable(begin.spec)) + (
        say(" at commit {commit}", commit=begin.commit[:12]) if begin.commit else ""
    )
    by = say(" by {actor}", actor=printable(begin.actor)) if begin.actor else ""
    yield say("  begun     {begun_at}{by}", begun_at=zoned_text(campaign.begun_at, zone, seconds=True), by=by)
    if begin.run_url:
        yield say("  run       {run_url}", run_url=printable(begin.run_url))
    yield from _approval_lines(begin)
    is_finished = campaign.end is not None or sum(call.is_settled for call in calls) == begin.calls
    finished = say("yes") if is_finished else say("no")
    doubts = sum(call.state is CallState.IN_DOUBT for call in calls)
    made = say(
        "  finished  {finished}, {made} of {calls} made",
        finished=finished,
        made=len(calls),
        calls=counted(begin.calls, "call"),
    )
    yield made + (say(", {doubts} in doubt", doubts=doubts) if doubts else "")
    yield from (in_zone(printable(line), zone) for line in _decided_lines(recorded, zone))
    yield ""
    for call in calls:
        state, recall = call_state_name(call.state), recalls.get(call.key)
        yield f"  {call.key}  {state}{_call_text(call, recall, zone)}"
    yield from _refused_lines(refused, begin.endpoint, with_accounts=with_accounts)


def _approval_lines(begin: Begin) -> Iterator[str]:
    """Yield who signed what left, with which key, and over which statement; then who reviewed the change."""
    for signed in begin.approved_by or ():
        who, _, fingerprint = printable(signed).partition(" ")
        yield say("  approved  by {who} with {fingerprint}", who=who, fingerprint=fingerprint)
    if begin.statement_sha256:
        yield say("  statement {sha256} (SHA-256)", sha256=begin.statement_sha256)
    if begin.reviewed_by:
        names = said(listed([printable(name) for name in begin.reviewed_by]))
        yield say("  reviewed  on GitHub by {names}", names=names)


def _decided_lines(recorded: RecordedCampaign, zone: tzinfo | None) -> Iterator[str]:
    """Yield what gates and people decided, with the numbers that a gate saw and what was allowed."""
    stop = recorded.stop
    for gate in (it for it in recorded.gates if it != stop):
        at = zoned_text(gate.at, zone, seconds=True)
        yield say("  gate      {at}, {what}: {why}", at=at, what=gate_text(gate), why=gate_said(gate))
    if stop is not None:
        at = zoned_text(stop.at, zone, seconds=True)
        by = say(" by {by}", by=stop.by) if stop.by else say(" after stage {stage}", stage=stop.stage)
        yield say("  stopped   {at}{by}: {why}", at=at, by=by, why=gate_said(stop))


def _refused_lines(refused: Sequence[RefusedAccount], endpoint: str, *, with_accounts: bool) -> Iterator[str]:
    if not refused:
        return
    yield ""
    yield say("  {people} refused:", people=people_text(len(refused)))
    for code, number in sorted(Counter(account.code for account in refused).items()):
        yield f"    {number:>7,}  {refusal_text(code, endpoint)}"
    if with_accounts:
        yield from (f"    {printable(account.account)}  {account.code}" for account in refused)
    else:
        yield say("    --accounts lists them")


def _body_lines(begin: Begin, calls: Sequence[CallHistory]) -> Iterator[str]:
    """Yield each content as the body of its first call, without its accounts."""
    endpoint = ENDPOINTS[EndpointName(begin.endpoint)]
    first = {call.key.partition("#")[0]: call for call in reversed(calls)}
    for key, content in begin.contents.items():
        call = first.get(key)
        body = content if call is None else _body(content, call, endpoint)
        yield ""
        yield say("  body of {key}:", key=call.key if call is not None else key)
        yield from (f"    {printable(line)}" for line in json_text(body).rstrip("\n").split("\n"))
    if begin.texts is not None:
        yield say(
            "  … and {texts}, which the lockfile knows by a hash",
            texts=counted(begin.texts - len(begin.contents), "more text"),
        )


def _body(content: Mapping[str, Json], call: CallHistory, endpoint: Endpoint) -> Mapping[str, Json]:
    data_id = carried_data_id(endpoint, content, call.key)
    return compose_body(content, msg_random=call.msg_random, data_id=data_id)


def _call_text(call: CallHistory, recall: RecallHistory | None, zone: tzinfo | None) -> str:
    words = [
        zoned_text(call.sent_at or call.settled_at or call.intended_at, zone, seconds=True),
        ids_text(call.ids),
        say("code {code}", code=call.code) if call.code is not None else "",
        outcome_said(call.text, call.code),
        say("{attempts} attempts", attempts=call.attempts) if call.attempts > 1 else "",
        say("recall: {state}", state=recall_state_name(recall.state)) if recall is not None else "",
    ]
    told = say(", ").join(printable(said(word)) for word in words if word)
    return f"  {told}" if told else ""


def history_json(campaign: RecordedCampaign) -> str:
    """Return the same as JSON."""
    history, calls, refused, recalls, stop, gates = campaign
    view = {
        "format_version": FORMAT_VERSION,
        "begin": history.begin.model_dump(mode="json"),
        "end": history.end.model_dump(mode="json") if history.end is not None else None,
        "calls": [
            {
                "key": call.key,
                "state": call.state.value,
                "attempts": call.attempts,
                **asdict(call.ids),
                "code": call.code,
                "text": call.text,
                "sent_at": call.sent_at.isoformat() if call.sent_at is not None else None,
                "recall": recalls[call.key].state.value if call.key in recalls else None,
            }
            for call in calls
        ],
        "refused_accounts": [account._asdict() for account in refused],
        "stop": _gate_view(stop) if stop is not None else None,
        "gates": [_gate_view(gate) for gate in gates],
    }
    return json_text(view)


def _gate_view(gate: Gate) -> dict[str, object]:
    """Return a decision with the numbers that it was made by: of how many people how many."""
    return {
        "at": gate.at.isoformat(),
        "verdict": gate.verdict,
        "stage": gate.stage,
        "opens": gate.opens,
        "by": gate.by,
        "why": gate.why,
        "evidence": {name: {"found": found, "of": of} for name, (found, of) in gate.evidence.items()},
    }

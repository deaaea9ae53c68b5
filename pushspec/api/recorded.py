"""Give recorded English its parts back, so that it can be said in another language where the words are ours.

A lockfile holds English. What a person typed into it is shown as typed; what pushspec wrote is recognised by
the template that it was made from, and becomes a phrase again.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from pushspec.api.recorded_damage import damage_phrase
from pushspec.api.recorded_forms import Forms, word
from pushspec.language import Phrase, joined, phrase, template
from pushspec.tencent.codes import known_codes, meanings_of
from pushspec.text import counted, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pushspec.lockfile.records import Conflict, Gate, Resolved

__all__ = [
    "audience_phrase",
    "end_phrase",
    "gate_phrase",
    "outcome_phrase",
    "purpose_phrase",
    "reread",
    "resolved_phrase",
]

_AUDIENCE = re.compile(
    r"(?P<about>about )?(?P<count>\d[\d,]*) accounts?"
    r"(?: from (?P<file>.+)| of (?P<name>.+?))?(?: \((?P<share>[\d.]+%)\))?"
)
_CONDITIONS = re.compile(r"(tags|attributes)((?: (?:any|all|not) \[[^\[\]]+\])+)")
_CONDITION = re.compile(rf"{_CONDITIONS.pattern}(?:, {_CONDITIONS.pattern})*")
_TERM = re.compile(r" (any|all|not) \[([^\[\]]+)\]")
_NAMED = re.compile(r"(?P<name>[a-z0-9-]+): (?P<words>.+)")
_BY_PUSHSPEC = "pushspec"
"""Who settles what evidence proves: its reasons are ours, those of everybody else their own."""


def audience_phrase(text: str) -> str:
    """Return who got it: ``2 accounts of vips``, ``tags any [A, B]``; a text of another form is itself."""
    if text == "everyone":
        return phrase("everyone")
    return joined("; ", map(_audience, text.split("; ")))


def _audience(text: str) -> str:
    found = _AUDIENCE.fullmatch(text)
    if _CONDITION.fullmatch(text):
        return joined(", ", map(_terms, _CONDITIONS.findall(text)))
    if found is None:
        named = _NAMED.fullmatch(text)
        if named is None:
            return text
        return phrase("{name}: {words}", name=named["name"], words=_audience(named["words"]))
    words: Phrase = counted(int(found["count"].replace(",", "")), "account")
    if found["file"]:
        words = phrase("{accounts} from {file}", accounts=words, file=found["file"])
    if found["name"]:
        words = phrase("{accounts} of {name}", accounts=words, name=found["name"])
    if found["about"]:
        words = phrase("about {words}", words=words)
    return phrase("{words} ({share})", words=words, share=found["share"]) if found["share"] else words


def _terms(found: tuple[str, str]) -> Phrase:
    """Return what a condition asks of tags or of attributes."""
    subject, terms = found
    text = phrase("tags") if subject == "tags" else phrase("attributes")
    for asked, names in _TERM.findall(terms):
        text = _with_term(text, asked, listed(names.split(", ")))
    return text


def _with_term(text: str, asked: str, names: str) -> Phrase:
    if asked == "any":
        return phrase("{terms} any [{names}]", terms=text, names=names)
    if asked == "all":
        return phrase("{terms} all [{names}]", terms=text, names=names)
    return phrase("{terms} not [{names}]", terms=text, names=names)


def _words(text: str) -> str:
    """Return words behind each other, one by one."""
    if isinstance(text, Phrase) and isinstance(parts := text.values.get(""), tuple):
        return Phrase(text, text.template, {"": tuple(map(word, parts))})
    return word(text)


_EVIDENCE = Forms(
    template(
        "callbacks with the DataId of this call alone, for a person in it, of a task "
        "that began between intent and deadline and for which the service counts as "
        "many people as the call named"
    )
)
_OUTCOMES = Forms(
    template("HTTP {status} without the service's own answer"),
    template("HTTP {status} is an error, but the answer says sent"),
    template("connecting took longer than {seconds} s"),
    template("error {code}, yet it looks sent"),
    template("no complete answer within {seconds:g} s"),
    template("no complete answer in time ({kind})"),
    template("no connection was made: {error}"),
    template("the connection broke ({kind})"),
    template("the answer is not JSON ({kind})"),
    template("the answer is not proper HTTP: {error}"),
    template("the answer is longer than {most} bytes"),
    template("the answer holds {name}, which is not JSON"),
    template("the answer says OK but names no {answer_id}"),
    template("{name} is missing or of the wrong type"),
    template("{name} is of the wrong type"),
    template("the proxy opened no connection: {error}"),
    template("the service's certificate is not accepted: {reason}"),
    template("pushspec failed while sending the request ({kind})"),
    template("pushspec failed ({kind})"),
    template("every account was refused ({codes})"),
    template("the run ended before it wrote what became of this call"),
    template("the run ended before it wrote what became of this task"),
    template("pushspec: {evidence}"),
    evidence=_EVIDENCE.read,
)
"""What may have become of a call, a recall or a task."""


def outcome_phrase(text: str, code: int | None = None) -> str:
    """Return what became of a call, a recall or a task; the words of others are themselves."""
    if isinstance(text, Phrase):
        return text
    own = (it.meaning for it in meanings_of(code) if it.meaning == text) if code is not None else iter(())
    if meaning := next(own, _meanings().get(text)):
        return meaning
    found = _IN_DOUBT.read(_OUTCOMES.read(text))
    # The catalogue has outcomes without values under their whole text.
    return found if isinstance(found, Phrase) or "{" in text else Phrase(text, text, {})


_IN_DOUBT = Forms(template("{key} is in doubt: {text}"), text=_OUTCOMES.read)


@cache
def _meanings() -> Mapping[str, str]:
    return {it.meaning: it.meaning for code in known_codes() for it in meanings_of(code)}


_SPANS = Forms(
    template("{days} d {hours} h"),
    template("{hours} h {minutes} min"),
    template("{minutes} min"),
    template("{seconds:.0f} s"),
)
_KNOWN = Forms(template("{measure} {found:,} of {of:,}"), template("{measure} not known"), measure=word)
_READING = Forms(template("{found} ({least:,} must be known)"), found=_KNOWN.read)
_FAILURE = Forms(template("{found} (must be {condition})"), found=_KNOWN.read)


def _conditions(text: str) -> str:
    """Return what is known of a stage, or which conditions fail; no reason of a person is of that form."""
    failed = [_FAILURE.read(part) for part in text.split("; ")]
    if all(isinstance(it, Phrase) for it in failed):
        return joined("; ", failed)
    known = [_KNOWN.read(_READING.read(part)) for part in text.split(", ")]
    return joined(", ", known) if all(isinstance(it, Phrase) for it in known) else text


_JUDGED = Forms(
    template("holds for {span} after {stage}"),
    template("nothing of {stage} was sent"),
    template("{stage} was sent"),
    template("{known}, even {span} after the hold"),
    template("{known}; unknown is not continue"),
    span=_SPANS.read,
    known=_conditions,
)


def _judged(text: str) -> str:
    found = _JUDGED.read(text)
    return found if isinstance(found, Phrase) else _conditions(found)


_LATER = Forms(template("the next apply may open it: {why}"), why=_judged)


def gate_phrase(gate: Gate) -> str:
    """Return why a stage waits, opened or was stopped; a person's reason is itself."""
    return gate.why if gate.by else _gate(gate.why)


def _gate(text: str) -> str:
    return _judged(_LATER.read(text))


def resolved_phrase(record: Resolved | Conflict) -> str:
    """Return on what grounds a call was settled: those of evidence are ours, all others a person's."""
    return _EVIDENCE.read(record.why) if record.by == _BY_PUSHSPEC else record.why


_PURPOSES = Forms(
    template("judge gates"),
    template("unlock: {why}"),
    template("move to {where}"),
    template("move from {where}"),
)
"""What a run may have taken the lock for that is no command's name."""


def purpose_phrase(text: str) -> str:
    """Return what a run took the lock for."""
    return _PURPOSES.read(text)


_ENDS = Forms(
    template("clock is wrong"),
    template("credentials refused"),
    template("done"),
    template("frozen"),
    template("gates judged"),
    template("in doubt"),
    template("interrupted"),
    template("list out of reach"),
    template("lockfile out of reach"),
    template("no connection"),
    template("out of time"),
    template("quota used up"),
    template("refused"),
    template("resolved"),
    template("tried"),
    template("unlocked"),
)


def end_phrase(why: str) -> str:
    """Return why a run left the lock."""
    return _ENDS.read(why)


_OUTCOME = {"text": outcome_phrase}


_REREAD: Mapping[str, Mapping[str, Callable[[str], str]]] = {
    "record {seq} of the lockfile ({record}) cannot be true: {why}": {"why": damage_phrase},
    "evidence against the record: {why}": {"why": _EVIDENCE.read},
    "stopped after stage {stage}: {why}": {"why": _gate},
    "the lock is held by {holder} ({purpose}) until {lease_end} unless renewed": {"purpose": purpose_phrase},
    "the service refused it ({code}{text}); fix it and raise version": _OUTCOME,
    "the service refused it: {text}; fix it and raise version": _OUTCOME,
    "the service refused the credentials: {text}": _OUTCOME,
    "the service says {code}: {text}; {again}": _OUTCOME,
    "tried before, nothing went out ({code}{text})": _OUTCOME,
    "whether {key} was {done} is not known: {text}": _OUTCOME | {"done": word},
    "{conditions} are known once pushspec report has recorded that everybody was reached or lost{whether}": {
        "conditions": _words
    },
    "{holder} holds the lock ({purpose})": {"purpose": purpose_phrase},
    "{key} is in doubt: {text}": _OUTCOME,
    "{key} is {state} in the lockfile, yet it was sent": {"state": word},
    "{key} was not sent: {text}; raise version": _OUTCOME,
    "{key} was not {done}: {text}": _OUTCOME | {"done": word},
    "{key} was {state}: {text}": _OUTCOME | {"state": word},
    "{key}: {text}": _OUTCOME,
}
"""Phrases with values that are recorded English, or words without a translation of their own."""


def reread(text: str) -> str:
    """Return a phrase whose recorded values, to any depth, have their parts back."""
    if not isinstance(text, Phrase) or not text.values:
        return text
    readers = _REREAD.get(text.template, {})
    values = {name: _reread(it, readers.get(name)) for name, it in text.values.items()}
    return Phrase(str(text), text.template, values)


def _reread(value: object, reader: Callable[[str], str] | None) -> object:
    if isinstance(value, tuple):
        return tuple(reread(it) if isinstance(it, str) else it for it in value)
    if not isinstance(value, str):
        return value
    # Once at each depth: a list is as deep as it is long, and twice would never end.
    return reread(value if reader is None else reader(value))

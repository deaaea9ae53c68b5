"""Say what a lockfile recorded, which is English, in the language in force where the words are ours."""

from __future__ import annotations

import re
from functools import cache

from pushspec.language import Phrase, joined, phrase, said, template, translated
from pushspec.tencent.codes import meanings_of
from pushspec.text import counted

_AUDIENCE = re.compile(
    r"(?P<about>about )?(?P<count>\d[\d,]*) accounts?"
    r"(?: from (?P<file>.+)| of (?P<name>.+?))?(?: \((?P<share>[\d.]+%)\))?"
)
_NAMED = re.compile(r"(?P<name>[a-z0-9-]+): (?P<words>.+)")
_ENDS = {
    str(it): it
    for it in (
        phrase("done"),
        phrase("interrupted"),
        phrase("in doubt"),
        phrase("out of time"),
        phrase("quota used up"),
        phrase("no connection"),
        phrase("clock is wrong"),
        phrase("frozen"),
        phrase("credentials refused"),
        phrase("lockfile out of reach"),
        phrase("list out of reach"),
        phrase("gates judged"),
        phrase("tried"),
    )
}


def audience_said(text: str) -> str:
    """Return who got it: ``2 accounts of vips``; a text of another form is shown as it is."""
    if text == "everyone":
        return said(phrase("everyone"))
    return said(joined("; ", map(_audience, text.split("; "))))


def _audience(text: str) -> str:
    found = _AUDIENCE.fullmatch(text)
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


_OUTCOMES = (
    template("HTTP {status} without the service's own answer"),
    template("HTTP {status} is an error, but the answer says sent"),
    template("connecting took longer than {seconds} s"),
    template("error {code}, yet it looks sent"),
    template("no complete answer within {seconds:g} s"),
    template("no complete answer in time ({kind})"),
    template("no connection was made: {error}"),
    template("the connection broke ({kind})"),
    template("the answer is not JSON ({kind})"),
    template("the answer says OK but names no {answer_id}"),
    template("the proxy opened no connection: {error}"),
    template("{key} is in doubt: {text}"),
)
"""What a call may have come to, with values; texts without any are looked up as a whole."""


def outcome_said(text: str, code: int | None = None) -> str:
    """Return what became of a call, a recall or a task; the words of others are shown as they are."""
    meaning = next((it.meaning for it in meanings_of(code) if it.meaning == text), "") if code else ""
    if meaning or isinstance(text, Phrase):
        return said(meaning or text)
    for known, pattern in _patterns():
        if found := pattern.fullmatch(text):
            values = {name: int(it) if it.isdecimal() else it for name, it in found.groupdict().items()}
            return said(Phrase(text, known, values))
    return translated(text)


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (known, re.compile(re.sub(r"\\{(\w+)[^}]*\\}", r"(?P<\1>.+)", re.escape(known))))
        for known in _OUTCOMES
    )


def end_said(why: str) -> str:
    """Return why a run left the lock."""
    return said(_ENDS.get(why, why))

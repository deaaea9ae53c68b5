"""What an error code means, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import set_cell_size

from pushspec.language import Language, language_in_force, phrase, said, say
from pushspec.views.json_text import json_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pushspec.tencent.codes import Code

FORMAT_VERSION = 1
_EFFECTS = {"no": phrase("nothing was sent"), "?": phrase("it may have gone out")}
_LABEL = 15


def codes_text(codes: Iterable[Code]) -> str:
    """Return each meaning of a code in both languages, what to do, and the source."""
    return "\n".join(_code_text(code) for code in codes)


def _code_text(code: Code) -> str:
    scope = f"  ({', '.join(sorted(code.scope))})" if code.scope else ""
    texts, advices = (code.meaning, code.zh), (code.advised.advice, code.advised.zh_advice)
    if language_in_force() is Language.CHINESE:
        texts, advices = texts[::-1], advices[::-1]
    rows = (
        (say("what it says:"), f"{said(_EFFECTS[code.effect])}{say(': ')}{said(code.stage.reason)}"),
        (say("what to do:"), advices[0]),
        ("", advices[1]),
        (say("source:"), f"{code.source} ({code.verified.isoformat()})"),
    )
    lines = [f"{code.code}  {texts[0]}{scope}", f"       {texts[1]}"]
    lines += [f"  {set_cell_size(label, _LABEL)}{text}" for label, text in rows]
    return "".join(f"{line}\n" for line in lines)


def codes_json(codes: Iterable[Code]) -> str:
    """Return the meanings of a code as JSON."""
    meanings = [
        {
            "code": code.code,
            "meaning": code.meaning,
            "zh": code.zh,
            "scope": sorted(code.scope),
            "sent": _EFFECTS[code.effect],
            "reason": code.stage.reason,
            "advice": code.advised.advice,
            "zh_advice": code.advised.zh_advice,
            "source": code.source,
            "verified": code.verified.isoformat(),
        }
        for code in codes
    ]
    return json_text({"format_version": FORMAT_VERSION, "codes": meanings})

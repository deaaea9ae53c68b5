"""What an error code means, as text and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pushspec.tencent.codes import Code

FORMAT_VERSION = 1
_EFFECTS = {"no": "nothing was sent", "?": "it may have gone out"}


def codes_text(codes: Iterable[Code]) -> str:
    """Return each meaning of a code in both languages, what to do, and the source."""
    return "\n".join(_code_text(code) for code in codes)


def _code_text(code: Code) -> str:
    scope = f"  ({', '.join(sorted(code.scope))})" if code.scope else ""
    return (
        f"{code.code}  {code.meaning}{scope}\n"
        f"       {code.zh}\n"
        f"  what it says:  {_EFFECTS[code.effect]}: {code.stage.reason}\n"
        f"  what to do:    {code.advised.advice}\n"
        f"                 {code.advised.zh_advice}\n"
        f"  source:        {code.source} ({code.verified.isoformat()})\n"
    )


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
    return (
        json.dumps({"format_version": FORMAT_VERSION, "codes": meanings}, ensure_ascii=False, indent=2) + "\n"
    )

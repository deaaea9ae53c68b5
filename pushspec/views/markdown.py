"""Markdown that untrusted text can neither leave nor act in, and that ends before a comment is full."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from pushspec.language import said, say
from pushspec.sanitize import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

_NUMBER = 12
"""More than the characters of any number in it."""
ROOM_BELOW = 160
"""Characters that :func:`bounded` keeps free below its first part to say what it left out."""
_JOINING = "\u200c\u200d\ufe0f"


def code(text: str, *, limit: int = 200) -> str:
    """Return untrusted text as inline code, where no link, mention or tag comes to life; a dash if empty."""
    # A table would end its cell at a bar, escaped or not.
    body = printable(said(text), limit=limit).replace("|", "\uff5c")
    if not body.strip():
        return "—"
    fence = "`" * (max((len(run) for run in re.findall("`+", body)), default=0) + 1)
    pad = " " if body.startswith("`") or body.endswith("`") else ""
    return f"{fence}{pad}{body}{pad}{fence}"


def folded(summary: str, body: str) -> str:
    """Return a part that is opened by a click; ``summary`` is ours or already safe."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def size(text: str) -> int:
    """Return how long a text is for a comment, counted in UTF-16 units, which no counting exceeds."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def bounded(whole: str, parts: Iterable[str], *, limit: int, command: str, noun: str) -> str:
    """Return ``whole`` and then as many parts as fit, a line each; the end counts what does not fit.

    Args:
        whole: Is never cut.
        parts: Complete pieces of Markdown, the most important first.
        limit: Most characters of the result.
        command: The subcommand that shows everything.
        noun: What a part is called, in the plural.
    """
    room = limit - size(whole) - size(_left_out(0, noun, limit, command)) - 2 * _NUMBER
    shown, left_out = [whole], 0
    for part in parts:
        room -= size(part) + 1
        if room < 0:
            left_out += 1
        else:
            shown.append(part)
    text = "\n".join(shown)
    return text + (_left_out(left_out, noun, limit, command) if left_out else "\n")


def _left_out(count: int, noun: str, limit: int, command: str) -> str:
    words = say(
        "*{count:,} {noun} are not shown here: the text ends at {limit:,} characters. "
        "`pushspec {command}` shows all.*",
        count=count,
        noun=noun,
        limit=limit,
        command=command,
    )
    return f"\n\n{words}\n"


def cut(text: str, limit: int) -> str:
    """Return the beginning of a text, cut between characters as people see them, and said so."""
    if len(text) <= limit:
        return text
    while limit and (
        text[limit] in _JOINING or unicodedata.combining(text[limit]) or text[limit - 1] == "\u200d"
    ):
        limit -= 1
    return f"{text[:limit]}\n{say('… ({count:,} more characters)', count=len(text) - limit)}"

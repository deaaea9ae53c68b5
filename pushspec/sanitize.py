"""Show untrusted text so that it can neither hide nor act in a terminal, a CI log or a comment."""

from __future__ import annotations

import re
import unicodedata

# Written out rather than asked of `unicodedata`, whose answers change with the version of Python: the same
# plan must print the same text on every machine. ZWNJ, ZWJ and VS16 are left out, because emoji, Persian and
# the languages of India need them, and so are the Arabic number signs: format characters that can be seen.
_HIDDEN = (
    "\u0000-\u001f\u007f-\u009f"  # control characters: ESC, CSI, carriage return, next line
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # soft hyphen, fillers, Mongolian selectors
    "\u200b\u200e\u200f"  # zero-width space, direction marks
    "\u2028-\u202e\u2060-\u206f"  # line separators, bidi overrides, word joiner
    "\u2800\u3164\uffa0"  # blanks that count as letters or symbols
    "\ud800-\udfff"  # surrogates: half a character
    "\ue000-\uf8ff"  # private use: nobody can review what has no meaning
    "\ufe00-\ufe0e\ufeff\ufff0-\uffff"  # variation selectors, byte order mark, specials
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # shorthand and musical format controls
    "\U000e0000-\U0010ffff"  # tags, more variation selectors, private planes
)
_HIDDEN_CHARACTER = re.compile(f"[{_HIDDEN}]")
_HIDDEN_BUT_LINES = re.compile(f"(?![\n\t])[{_HIDDEN}]")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

# GitHub's runner looks for `##[` anywhere in a line (actions/runner, src/Runner.Common/ActionCommand.cs), and
# Azure's agent for `##vso[`; a prefix alone stops only `::` commands, which must begin the line.
_RUNNER_COMMAND = re.compile(r"##(?=\w*\[)")

# The runner ignores blanks before a command; any kind of line break may begin a line there.
_COLONS = re.compile(r"((?:\A|[\n-\r\x1c-\x1e\x85\u2028\u2029])\s*)(?=::)")

MARKDOWN_CHARACTERS = 60_000
"""A GitHub comment ends at 65,536 characters; the rest is room for the text around the fence."""


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    return _SHORT.get(character) or (
        f"\\u{ord(character):04x}" if character <= "\uffff" else f"\\U{ord(character):08x}"
    )


def printable(text: str, *, limit: int | None = None) -> str:
    r"""Return ``text`` on one line with every hidden character written out, such as ``\u202e``.

    The escapes are those of JSON, so a body that is shown stays the same JSON.

    Args:
        text: Anything.
        limit: Most characters of ``text`` to show; what is left out is counted.
    """
    if limit is not None and len(text) > limit:
        return f"{printable(text[:limit])}… ({len(text) - limit:,} more characters)"
    if text.isascii() and text.isprintable():
        return text
    return _HIDDEN_CHARACTER.sub(_escape, text)


def hidden_in(text: str) -> list[str]:
    """Return the hidden characters of ``text`` by code point and name, each once, in order.

    Line feed and tab are not reported, nor ZWJ, ZWNJ and VS16: message text may hold them.
    """
    found = dict.fromkeys(_HIDDEN_BUT_LINES.findall(text))
    return [f"U+{ord(it):04X} {unicodedata.name(it, '')}".rstrip() for it in found]


def neutralize_ci_commands(text: str) -> str:
    """Return text of which no line is a command to a CI runner; every other line stays as it is."""
    return _COLONS.sub(r"\1| ", _RUNNER_COMMAND.sub(r"#\\u0023", text))


def markdown_fence(text: str, *, info: str = "") -> str:
    """Return ``text`` as a Markdown code block that nothing inside can close, cut at ``MARKDOWN_CHARACTERS``.

    Args:
        text: Lines; hidden characters are written out.
        info: The language named after the fence, such as ``json``.
    """
    body = "\n".join(printable(line) for line in text.rstrip("\n").split("\n"))
    if len(body) > MARKDOWN_CHARACTERS:
        body = f"{body[:MARKDOWN_CHARACTERS]}\n… ({len(body) - MARKDOWN_CHARACTERS:,} more characters)"
    longest = max((len(run) for run in re.findall("`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{info}\n{body}\n{fence}"

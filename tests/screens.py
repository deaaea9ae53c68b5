"""A terminal as a picture, for the pages of ``docs/screens``."""

from __future__ import annotations

import io
import re

_FONT_FROM_ELSEWHERE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def screen_svg(text: str, *, title: str, width: int) -> str:
    """Return a text with escape sequences as SVG, which asks no other place for a font.

    Args:
        text: What the terminal shows.
        title: What stands above it, such as the command.
        width: Columns of the terminal.
    """
    from rich.console import Console
    from rich.text import Text

    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True, legacy_windows=False)
    console.print(Text.from_ansi(text), end="")
    svg = console.export_svg(title=title, unique_id="screen")
    return re.sub(r"[ \t]+$", "", _FONT_FROM_ELSEWHERE.sub("", svg), flags=re.MULTILINE)

"""Read a gettext catalogue: the texts of one language, by their English."""

from __future__ import annotations

import json
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_FOLDER = Path(__file__).parent / "locale"


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return the texts of a language by their English; those that are not translated are not in it.

    Args:
        language: The name of a folder of ``pushspec/locale/``.
    """
    text = (_FOLDER / language / "LC_MESSAGES" / "pushspec.po").read_text(encoding="utf-8")
    entries = map(_fields, text.split("\n\n"))
    said = ((entry["msgid"], entry["msgstr"] or entry["msgstr[0]"]) for entry in entries)
    return {english: text for english, text in said if english and text}


def _fields(entry: str) -> Mapping[str, str]:
    """Return the texts of an entry, each of which may go on over several quoted lines."""
    quoted, field = defaultdict[str, str](str), ""
    for line in entry.splitlines():
        if not line.startswith("#"):
            name, _, text = line.partition('"')
            field = name.strip() or field
            quoted[field] += text[:-1]
    # gettext escapes the same characters as JSON.
    return defaultdict(str, {name: json.loads(f'"{text}"') for name, text in quoted.items()})

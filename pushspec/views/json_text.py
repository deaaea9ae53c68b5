"""A command's result as JSON, in the form that every command prints."""

from __future__ import annotations

import json


def json_text(value: object) -> str:
    """Return a value as indented JSON with a line feed at its end; text stays readable in any language."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"

"""Writes the JSON Schemas that the wheel ships; ``make schemas`` runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pushspec.spec
from pushspec.spec.schema import campaign_schema, project_schema
from pushspec.views.plan_json import plan_schema

FOLDER = Path(pushspec.spec.__file__).parent / "schemas"


def main() -> None:
    """Write every schema."""
    for name, schema in (
        ("campaign", campaign_schema()),
        ("project", project_schema()),
        ("plan", plan_schema()),
    ):
        text = json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
        (FOLDER / f"{name}.schema.json").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()

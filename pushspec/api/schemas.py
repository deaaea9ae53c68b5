"""The JSON Schemas of the file formats, for editors and for programs."""

from __future__ import annotations

from pushspec.spec.schema import NAMES, schema_text

__all__ = ["NAMES", "schema_text"]

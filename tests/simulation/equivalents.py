"""Mutants that change nothing anybody could notice, each with its reason; the shorter, the better."""

from __future__ import annotations

EQUIVALENTS: dict[tuple[str, str, str], str] = {}
"""The reason, by module, line as it stands, and change as :mod:`simulation.mutate` prints it."""

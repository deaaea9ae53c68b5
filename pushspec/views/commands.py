"""Commands as people paste them into a shell: whole, and quoted."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def apply_command(
    folder: Path, environment: str, confirm: str, *, names: Sequence[str] = (), selectors: Sequence[str] = ()
) -> str:
    """Return the command that applies a plan which somebody confirms.

    Args:
        folder: The project folder as it was given, or the one in which the command is typed.
        environment: The environment.
        confirm: The digits that confirm the plan.
        names: As they were typed.
        selectors: As ``--select`` takes them.
    """
    words = ["pushspec", "apply", *names, "-e", environment]
    if folder.parts:
        words += ["-C", str(folder)]
    words += [word for selector in selectors for word in ("--select", selector)]
    return shlex.join([*words, "--confirm", confirm])

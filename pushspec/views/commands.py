"""Commands as people paste them into a shell: whole, and quoted."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed, so that the next command is about the same project and campaigns.

    Attributes:
        folder: The project folder as it was given, or the one in which the command is typed.
        environment: The environment; empty where it was left to the project.
        names: As they were typed.
        selectors: As ``--select`` takes them.
        options: Other options that change what a command does, such as ``--to``.
    """

    folder: Path
    environment: str = ""
    names: Sequence[str] = ()
    selectors: Sequence[str] = ()
    options: Sequence[str] = ()

    def about(self, word: str, *more: str) -> str:
        """Return a command about the same project and environment.

        Args:
            word: Which command, such as ``status`` or ``people apply``.
            more: What else it is given, such as ``--off``.
        """
        return shlex.join(["pushspec", *word.split(), *more, *self._where()])

    def again(self, word: str, *more: str) -> str:
        """Return a command about the same campaigns with the same options, too."""
        names = map(_no_option, self.names)
        selected = [part for selector in self.selectors for part in ("--select", selector)]
        return shlex.join(
            ["pushspec", *word.split(), *names, *self._where(), *selected, *self.options, *more]
        )

    def phones(self) -> str:
        """Return the command that shows the sandbox's phones; it looks for the project where it is typed."""
        into = f"cd {shlex.quote(_no_option(str(self.folder)))} && " if self.folder.parts else ""
        return f"{into}pushspec sandbox serve"

    def _where(self) -> list[str]:
        environment = ["-e", self.environment] if self.environment else []
        return [*environment, *(["-C", str(self.folder)] if self.folder.parts else [])]


def _no_option(name: str) -> str:
    """Return a file or folder as a command takes it: what begins with a dash would be an option."""
    return f"./{name}" if name.startswith("-") else name

"""Commands as people paste them into a shell: whole, and quoted."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.language import Phrase

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


_WHERE = "-e {environment}"
"""How a command in a text names its environment."""


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


def named_in(text: str, folder: Path) -> str:
    """Return a text whose commands name an environment, so that they name the project's folder as well.

    What is said below the commands, such as a hint of the store, knows the environment and not where somebody
    types. Pasted there, the command must not be about another project.
    """
    if not folder.parts or not isinstance(text, Phrase):
        return text
    values = {
        name: named_in(value, folder) if isinstance(value, str) else value
        for name, value in text.values.items()
    }
    if _WHERE in text.template:
        values["environment"] = f"{values['environment']} {shlex.join(['-C', str(folder)])}"
    if values == text.values:
        return text
    return Phrase(text.template.format(**values), text.template, values)


def _no_option(name: str) -> str:
    """Return a file or folder as a command takes it: what begins with a dash would be an option."""
    return f"./{name}" if name.startswith("-") else name

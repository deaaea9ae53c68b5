"""The help of commands in the language in force; click writes the English one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from pushspec.language import Language, language_in_force, say, template, translated

if TYPE_CHECKING:
    from collections.abc import Iterable

OF_CLICK = (
    template("Options"),
    template("Commands"),
    template("Show this message and exit."),
    template("Show the version and exit."),
)
"""What click writes into every help."""

_FACTS = re.compile(r"(.*?)(?:  \[([^\[\]]*)\])?", re.DOTALL)
"""The help of an option, and what click adds to it."""


class HelpText(click.HelpFormatter):
    """Translates texts on their way into the help, and wraps them at columns instead of characters."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how a command is used."""
        if language_in_force() is Language.ENGLISH:
            super().write_usage(prog, args, prefix)
        else:
            from pushspec.views.wrapping import hanging

            words = args.replace("[OPTIONS]", say("[OPTIONS]"))
            lines = hanging(words, self.width, first=f"{say('Usage: ')}{prog} ")
            self.write("".join(f"{line}\n" for line in lines))

    def write_heading(self, heading: str) -> None:
        """Write the name of a section."""
        if language_in_force() is Language.ENGLISH:
            super().write_heading(heading)
        else:
            self.write(f"{'':{self.current_indent}}{say('{title}:', title=translated(heading))}\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs; those that keep their lines stay as they are."""
        if language_in_force() is Language.ENGLISH:
            super().write_text(text)
            return
        from pushspec.views.wrapping import wrapped

        indent = " " * self.current_indent
        for number, paragraph in enumerate(text.split("\n\n")):
            kept = paragraph.partition("\b\n")[2]
            lines = kept.split("\n") if kept else wrapped(_spoken(paragraph), self.width - len(indent))
            self.write("\n" if number else "")
            self.write("".join(f"{indent}{line}\n" for line in lines))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write options or commands, each with its text in a column."""
        if language_in_force() is Language.ENGLISH:
            super().write_dl(rows, col_max, col_spacing)
            return
        from pushspec.views.wrapping import wrapped

        terms = list(rows)
        column = min(max(len(term) for term, _ in terms), col_max) + col_spacing
        for term, text in terms:
            indent = " " * (self.current_indent + column)
            head = f"{'':{self.current_indent}}{term}"
            first, *rest = wrapped(_with_facts(text), max(self.width - column - 2, 10))
            self.write(
                f"{head:<{len(indent)}}{first}\n"
                if len(term) <= column - col_spacing
                else f"{head}\n{indent}{first}\n"
            )
            self.write("".join(f"{indent}{line}\n" for line in rest))


class HelpContext(click.Context):
    """A context whose help is written by :class:`HelpText`."""

    formatter_class = HelpText


def with_spoken_help(command: click.Command) -> click.Command:
    """Return a command, and those below it, with help in the language in force."""
    command.context_class = HelpContext
    if isinstance(command, click.Group):
        for below in command.commands.values():
            # A summary that click cuts at a narrow width is no text of the catalogue, and half a sentence.
            summary = (below.help or "").partition("\n\n")[0]
            below.short_help = below.short_help or " ".join(summary.split())
            with_spoken_help(below)
    return command


def _spoken(paragraph: str) -> str:
    """Return a paragraph of a help; click takes the full stop from a summary."""
    text = " ".join(paragraph.split())
    found = translated(text)
    return found if found != text else translated(f"{text}.").rstrip("。.")


def _with_facts(text: str) -> str:
    found = _FACTS.fullmatch(text)
    help_text, facts = found.groups() if found is not None else (text, None)
    return _spoken(help_text) + (f"  [{', '.join(map(_fact, facts.split('; ')))}]" if facts else "")


def _fact(fact: str) -> str:
    """Return what click says of an option: its default, a range, that it is required."""
    name, _, value = fact.partition(": ")
    if name == "default":
        return say("default: {value}", value=value)
    return say("required") if fact == "required" else fact

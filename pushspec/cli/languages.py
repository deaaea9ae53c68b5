"""The language of the command line: the one that was typed, else a variable's, else the locale's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pushspec.language import Language, language_in_force, speak

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OPTION = "--lang"
VARIABLE = "PUSHSPEC_LANG"
_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The first of these that is set decides, as in every program that follows POSIX."""
_TRANSLATED = frozenset({"text", "markdown", "html"})
"""Values of ``--format`` that are in the language in force."""
_KEPT = f"{__name__}.kept"
"""Where a context keeps the language that was in force before ``--format`` changed it."""


def option_first(arguments: Sequence[str]) -> list[str]:
    """Return a command line with ``--lang`` in front, where click knows it for every command."""
    moved, others, rest = list[str](), list[str](), iter(arguments)
    for argument in rest:
        if argument == "--":
            others += [argument, *rest]
        elif argument == OPTION:
            moved += [argument, *(value for value in [next(rest, None)] if value is not None)]
        elif argument.startswith(f"{OPTION}="):
            moved.append(argument)
        else:
            others.append(argument)
    return moved + others


def language_of(arguments: Sequence[str], environ: Mapping[str, str]) -> Language:
    """Return the language of a command line; click refuses one that does not exist.

    Args:
        arguments: As :func:`option_first` returns them.
        environ: The variables of the process.
    """
    chosen = environ.get(VARIABLE, "")
    rest = iter(arguments)
    for argument in rest:
        name, equals, value = argument.partition("=")
        if name != OPTION:
            break
        chosen = value if equals else next(rest, "")
    if chosen in list(Language):
        return Language(chosen)
    locale = next((environ[name] for name in _LOCALE if environ.get(name)), "")
    return Language.CHINESE if locale.startswith("zh") else Language.ENGLISH


def speak_for(context: click.Context, form: str) -> None:
    """Speak the language of a form from here on, and keep that of the command for :func:`language_for`."""
    context.meta[_KEPT] = language_in_force()
    speak(_of_form(context, form))


def language_for(form: str) -> Language:
    """Return the language of a result in a form: that of the command, or English where programs read it."""
    return _of_form(click.get_current_context(), form)


def _of_form(context: click.Context, form: str) -> Language:
    kept: Language = context.meta[_KEPT]
    return kept if form in _TRANSLATED else Language.ENGLISH

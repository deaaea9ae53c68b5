"""Say what is wrong with a command line in the same form as every other error."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from pushspec.language import Language, language_in_force, say, template, translated
from pushspec.suggest import nearest

if TYPE_CHECKING:
    import click

_GUESS = re.compile(r"[. ]*\(?(Did you mean .*\?)\)?$")
_OF_CLICK = (
    template("invalid value for {where}: {message}"),
    template("invalid value: {message}"),
    template("missing argument {name}"),
    template("missing option {name}; choose from: {choices}"),
    template("missing option {name}"),
    template("missing command"),
    template("no such option {name}"),
    template("no such command {name}"),
    template("got unexpected extra argument ({names})"),
    template("got unexpected extra arguments ({names})"),
    template("option {name} requires an argument"),
    template("option {name} does not take a value"),
    template("could not open file {name}: {message}"),
    template("{value} is not a day such as 2026-12-01"),
    template("{value} is not one of {choices}"),
    template("{value} is not a valid {kind}"),
    template("{value} is not in the range {range}"),
    template("{kind} {name} does not exist"),
    template("{kind} {name} is a file"),
    template("{kind} {name} is a directory"),
    template("{kind} {name} is not readable"),
    template("{kind} {name} is not writable"),
    template("integer"),
    template("integer range"),
    template("float"),
    template("file"),
    template("directory"),
    template("path"),
    template("did you mean {names}?"),
)
"""What click says of a command line, in the form of our errors; finished texts, so they are taken apart."""


def usage_error_text(error: click.ClickException) -> str:
    """Return ``error: …`` and ``hint: …`` for what click found wrong."""
    message = " ".join(error.format_message().split())
    guess = _GUESS.search(message)
    hint = _guessed(error, guess[1]) if guess is not None else ""
    hint = _said(hint) if hint else _help_of(error)
    message = _lowered(message[: guess.start()] if guess is not None else message)
    message = re.sub(r"\. ([A-Z])", lambda found: f"; {found[1].lower()}", message).rstrip(".")
    text = say("error: {message}", message=_said(message))
    return f"{text}\n{say('hint: {hint}', hint=hint)}" if hint else text


def _guessed(error: click.ClickException, guess: str) -> str:
    """Return a guess of click; of options the nearest by its letters, as click counts the dashes, too."""
    names: list[str] | None = getattr(error, "possibilities", None)
    name: str | None = getattr(error, "option_name", None)
    if name is None or not names:
        return _lowered(guess).replace("one of: ", "")
    by_letters = {known.lstrip("-"): known for known in names}
    near = nearest(name.lstrip("-"), by_letters)
    return f"did you mean '{by_letters[near]}'?" if near else ""


def _lowered(text: str) -> str:
    return text[0].lower() + text[1:] if re.match("[A-Z][a-z]", text) else text


def _help_of(error: click.ClickException) -> str:
    context: click.Context | None = getattr(error, "ctx", None)
    return say("see `{command} --help`", command=context.command_path) if context is not None else ""


def _said(message: str) -> str:
    """Return a message of click in the language in force; one that nobody knows stays English."""
    if language_in_force() is Language.ENGLISH:
        return message
    for english, form in _forms():
        if found := form.fullmatch(message):
            values = {
                name: _said(value) if name in _INNER else value for name, value in found.groupdict().items()
            }
            return translated(english).format(**values)
    return message


_INNER = frozenset({"message", "kind"})
"""Values that are texts of click themselves."""


@cache
def _forms() -> list[tuple[str, re.Pattern[str]]]:
    """Return what click says with the pattern of what it makes of it."""
    names = re.compile(r"\\\{(\w+)\\\}")
    return [
        (text, re.compile(names.sub(r"(?P<\1>.+)", re.escape(text)), re.IGNORECASE)) for text in _OF_CLICK
    ]

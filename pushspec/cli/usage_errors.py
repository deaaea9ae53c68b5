"""Say what is wrong with a command line in the same form as every other error."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from pushspec.language import Language, language_in_force, say, template, translated

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
    hint = _said(_lowered(guess[1]).replace("one of: ", "")) if guess is not None else _help_of(error)
    message = _lowered(message[: guess.start()] if guess is not None else message)
    message = re.sub(r"\. ([A-Z])", lambda found: f"; {found[1].lower()}", message).rstrip(".")
    text = say("error: {message}", message=_said(message))
    return f"{text}\n{say('hint: {hint}', hint=hint)}" if hint else text


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

"""Say what is wrong with a command line in the same form as every other error."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click

_GUESS = re.compile(r"[. ]*\(?(Did you mean .*\?)\)?$")


def usage_error_text(error: click.ClickException) -> str:
    """Return ``error: …`` and ``hint: …`` for what click found wrong."""
    message = " ".join(error.format_message().split())
    guess = _GUESS.search(message)
    hint = _lowered(guess[1]).replace("one of: ", "") if guess is not None else _help_of(error)
    message = _lowered(message[: guess.start()] if guess is not None else message)
    message = re.sub(r"\. ([A-Z])", lambda found: f"; {found[1].lower()}", message).rstrip(".")
    return f"error: {message}" + (f"\nhint: {hint}" if hint else "")


def _lowered(text: str) -> str:
    return text[0].lower() + text[1:] if re.match("[A-Z][a-z]", text) else text


def _help_of(error: click.ClickException) -> str:
    context: click.Context | None = getattr(error, "ctx", None)
    return f"see `{context.command_path} --help`" if context is not None else ""

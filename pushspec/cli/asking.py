"""Ask a person on a terminal before something happens that nobody can undo."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from pushspec.cli.output import show_question
from pushspec.language import phrase

if TYPE_CHECKING:
    from pushspec.api.approval import Confirmable
    from pushspec.views.apply_question import Question
    from pushspec.views.commands import Typed


def is_seen() -> bool:
    """Return whether a person sees what is asked and can answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask(question: Question) -> None:
    """Go on if somebody says yes.

    Raises:
        click.Abort: They say anything else.
    """
    show_question(question.text)
    # click.confirm asks on stderr, which somebody may have sent to a file.
    if sys.stdin.readline().strip() not in question.yes:
        raise click.Abort


def confirmed(
    plan: Confirmable,
    question: Question,
    *,
    command: str,
    typed: Typed,
    digits: str | None,
    instead: str = "",
) -> str:
    """Return the digest of a plan once somebody confirmed it: by its digits, or by an answer on a terminal.

    Args:
        plan: The plan, as it was shown.
        question: What is asked.
        command: The command that asks.
        typed: What was typed after it.
        digits: The digits that confirm the plan, where somebody typed them.
        instead: What else confirms it where nobody can be asked, such as ``apply a saved plan, or``.

    Raises:
        RefusedError: The digits are those of another plan, or too few.
        UsageError: There are no digits, and nobody to ask.
        click.Abort: Somebody says no.
    """
    from pushspec.api.approval import LEAST_DIGITS, confirmed_digest
    from pushspec.errors import UsageError

    if digits is not None:
        return confirmed_digest(digits, plan, is_seen=is_seen())
    if not is_seen():
        again = typed.again(command, "--confirm", plan.digest[:LEAST_DIGITS])
        run = phrase("run: {command}", command=again)
        hint = phrase("{instead} {run}", instead=instead, run=run) if instead else run
        no_terminal = phrase("{command} asks for confirmation, and there is no terminal", command=command)
        raise UsageError(no_terminal, hint=hint)
    ask(question)
    return plan.digest

"""Ask a person on a terminal before something happens that nobody can undo."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from pushspec.cli.output import show

if TYPE_CHECKING:
    from pushspec.views.apply_question import Question


def is_seen() -> bool:
    """Return whether a person sees what is asked and can answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask(question: Question) -> None:
    """Go on if somebody says yes.

    Raises:
        click.Abort: They say anything else.
    """
    show(question.text)
    # click.confirm asks on stderr, which somebody may have sent to a file.
    if sys.stdin.readline().strip() not in question.yes:
        raise click.Abort

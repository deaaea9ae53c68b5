"""Print a command's result to stdout, or write it to a file."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any, TextIO

from pushspec.files import FileAccessError
from pushspec.language import phrase, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pushspec.views.tones import Tone

_WIDTH_WITHOUT_TERMINAL = 100
_UNBOUNDED = 1_000_000


def width() -> int:
    """Return how many columns a text view may use; a fixed number where there is no terminal."""
    if "COLUMNS" in os.environ or sys.stdout.isatty():
        return shutil.get_terminal_size((_WIDTH_WITHOUT_TERMINAL, 24)).columns
    return _WIDTH_WITHOUT_TERMINAL


def line_width() -> int:
    """Return how many columns a line of a list may use; any number where there is no terminal."""
    return width() if "COLUMNS" in os.environ or sys.stdout.isatty() else _UNBOUNDED


_STYLES: dict[str, dict[str, Any]] = {
    "bold": {"bold": True},
    "dim": {"dim": True},
    "good": {"fg": "green", "bold": True},
    "soon": {"fg": "cyan", "bold": True},
    "warning": {"fg": "yellow"},
    "error": {"fg": "red", "bold": True},
}


def paint(text: str, tone: Tone) -> str:
    """Return text in the colours of its tone on a terminal; the words alone say the same."""
    return _painted(sys.stdout, text, tone)


def paint_told(text: str, tone: Tone) -> str:
    """Return text in the colours of its tone where stderr is a terminal."""
    return _painted(sys.stderr, text, tone)


def _painted(stream: TextIO, text: str, tone: Tone) -> str:
    return text if "NO_COLOR" in os.environ or not stream.isatty() else coloured(text, tone)


def coloured(text: str, tone: Tone) -> str:
    """Return text with the escape sequences of its tone."""
    import click

    style = _STYLES.get(tone.value)
    return click.style(text, **style) if style is not None else text


_RUNNERS = ("GITHUB_ACTIONS", "GITEA_ACTIONS", "TF_BUILD")
"""Set by the CI services that read commands from a log."""


def show(text: str, *, is_commands: bool = False) -> None:
    """Write a result to stdout; characters that the console's encoding lacks become escapes.

    Args:
        text: The result.
        is_commands: It is meant for the CI runner; otherwise no line of it may be a command there.
    """
    text = text if is_commands else _harmless(text)
    with _unread_is_no_error(sys.stdout):
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()


def show_fitted(text: str) -> None:
    """Write a result whose lines fold at the terminal's width; elsewhere a line stays a line, for grep."""
    from pushspec.views.tones import marked
    from pushspec.views.wrapping import fitted

    show(marked(fitted(text, line_width()), paint))


def show_toned(text: str) -> None:
    """Write a result with the word ``everyone`` in the tone that it has in a plan."""
    from pushspec.views.tones import Tone, toned

    show(toned(text, Tone.PLAIN, paint))


def show_prose(text: str) -> None:
    """Write sentences, which fold before they become too long to read."""
    from pushspec.views.tones import marked

    show_toned(marked(_folded(text), paint))


def show_question(text: str) -> None:
    """Write what is asked, with the word ``everyone`` in the tone that it has in a plan."""
    show_toned(_folded(text))


def _folded(text: str) -> str:
    from pushspec.views.wrapping import PROSE, fitted

    return fitted(text, min(width(), PROSE))


def tell(text: str) -> None:
    """Write a line or more to stderr, where everything goes that is not the result."""
    import click

    from pushspec.views.tones import labelled

    text = "\n".join(labelled(line, paint_told) for line in text.split("\n"))
    with _unread_is_no_error(sys.stderr):
        click.echo(_harmless(text), err=True)


def tell_fitted(text: str) -> None:
    """Write to stderr as ``tell`` does; on a terminal the lines fold where it ends."""
    from pushspec.views.wrapping import fitted

    tell(fitted(text, told_width()))


def told_width() -> int:
    """Return how many columns a line on stderr may use; any number where that is no terminal."""
    return shutil.get_terminal_size().columns if sys.stderr.isatty() else _UNBOUNDED


def warn(warnings: Iterable[str]) -> None:
    """Tell warnings, each on a line of its own."""
    from pushspec.sanitize import printable
    from pushspec.views.recorded import said_anew

    for warning in warnings:
        tell_fitted(say("warning: {warning}", warning=printable(said_anew(warning))))


def note(notes: Iterable[str]) -> None:
    """Tell notes, each on a line of its own."""
    from pushspec.sanitize import printable
    from pushspec.views.recorded import said_anew

    for text in notes:
        tell_fitted(say("note: {note}", note=printable(said_anew(text))))


@contextlib.contextmanager
def _unread_is_no_error(stream: TextIO) -> Iterator[None]:
    """Let a stream whose reader went away, such as `| head` or a terminal, lead nowhere from then on.

    Raises:
        FileAccessError: The stream cannot take it, such as a file on a full disk; it leads nowhere, too.
    """
    try:
        yield
    except OSError as error:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        if error.errno not in {errno.EPIPE, errno.EIO}:
            raise FileAccessError(phrase("the standard output"), phrase("written"), error) from None


def _harmless(text: str) -> str:
    if not any(name in os.environ for name in _RUNNERS):
        return text
    from pushspec.sanitize import neutralize_ci_commands

    return neutralize_ci_commands(text)

"""What a plain YAML value loses without a word: its end to a comment, or a number its spelling."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pushspec.spec.positions import Branch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.serialization import Json
    from pushspec.spec.positions import KeyPath, Mark, Position

_COMMENT = re.compile(r"\s+#")


@dataclass(frozen=True, slots=True)
class Loss:
    """Where a plain value begins that is not all that its author wrote.

    Attributes:
        line: Counts from 0, as the parser does.
        column: Counts from 0.
        spelling: The number as it was written; empty where a comment ended a text.
        value: What is left.
    """

    line: int
    column: int
    spelling: str
    value: str


def mark_plain(event: Any, value: Json, lines: list[str]) -> Mark:  # noqa: ANN401 - PyYAML's parsers share no type
    """Return the mark of a plain scalar, a :class:`Loss` where its value is not what was written."""
    start: Mark = event.start_mark
    if isinstance(value, int | float) and not isinstance(value, bool):
        written: str = event.value
        return start if str(value) == written else Loss(start.line, start.column, written, str(value))
    # An empty value may be all comment; `null` and `true` are words, and nobody continues them.
    is_text = isinstance(value, str) or not event.value
    end: Mark = event.end_mark
    # A scalar that the text's end cuts off ends behind the last line.
    if is_text and end.line < len(lines) and _COMMENT.match(lines[end.line], end.column):
        return Loss(start.line, start.column, "", event.value)
    return start


def moved(position: Position, mark: Mark) -> Position:
    """Return the position of an alias: it begins where the alias stands, and holds what the anchor holds."""
    if isinstance(position, Branch):
        return Branch(mark, position.keys, position.children)
    return replace(position, line=mark.line, column=mark.column) if isinstance(position, Loss) else mark


def find_losses(position: Position, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Loss]]:
    """Yield every loss at or below a position with its path."""
    if isinstance(position, Loss):
        yield path, position
    elif isinstance(position, Branch):
        for step, child in position.children.items():
            yield from find_losses(child, (*path, step))

"""A YAML file with places: its value, and where each part of it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.problems import Level, Location, Problem
from pushspec.spec.losses import find_losses
from pushspec.spec.positions import find_mark
from pushspec.spec.source import UNSEEN_RULES, Source, read_source
from pushspec.spec.yaml_events import EventReading, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.serialization import Json
    from pushspec.spec.losses import Loss
    from pushspec.spec.positions import KeyPath, Position

_REPLACED = "\ufffd"


@dataclass(frozen=True, slots=True)
class Document:
    """The value of one YAML file, and the places of its parts.

    Attributes:
        value: Plain dicts with text keys, lists, str, int, finite float, bool and None.
    """

    value: Json
    _source: Source
    _positions: Position
    _unseen: tuple[Problem, ...] = ()

    @property
    def file(self) -> str:
        """The file's path relative to the project folder."""
        return self._source.file

    def locate(self, path: KeyPath, *, key: bool = False) -> Location:
        """Return the position of the value at ``path``, or with ``key`` of its key.

        A path that leads nowhere gives its nearest parent, at the key that opens it.
        """
        return place_of(self._source, find_mark(self._positions, path, key=key))

    def losses(self) -> Iterator[tuple[KeyPath, Loss]]:
        """Yield each plain value that is not all that was written, with its path."""
        return find_losses(self._positions)

    def problem(
        self,
        path: KeyPath,
        rule: str,
        message: str,
        *,
        hint: str = "",
        level: Level = Level.ERROR,
        key: bool = False,
    ) -> Problem:
        """Return a problem with the value at ``path``, or with ``key`` with its key.

        Of a text with a character that nobody sees, reading has told that already; whatever else seems wrong
        with it follows from that, so the problem returned is the same one again.
        """
        location = self.locate(path, key=key)
        if self._unseen and _REPLACED in _text_at(self.value, path, key=key):
            told = next((it for it in self._unseen if it.location >= location), None)
            if told is not None:
                return told
        return Problem(location, rule, message, hint, level)


def _text_at(value: Json, path: KeyPath, *, key: bool) -> str:
    """Return the text at a path, with ``key`` its key before it; empty for anything but a text."""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            value = None
    text = value if isinstance(value, str) else ""
    return f"{path[-1]}{text}" if key and path else text


def read_document(data: bytes, file: str) -> tuple[Document | None, list[Problem]]:
    """Read one YAML file; it never raises, whatever the bytes are.

    Args:
        data: The file's bytes; ``source.MAX_BYTES + 1`` of them are enough.
        file: Path relative to the project folder, for places.

    Returns:
        The document and its problems in file order. A document may come with errors, so that more can be
        checked in the same run; its value is trustworthy only without them. ``None``: nothing could be built.
    """
    source, problems = read_source(data, file)
    if source is None:
        return None, problems
    node = EventReading(source, problems).read()
    if problems:
        problems.sort(key=lambda problem: problem.sort_key)
    unseen = tuple(problem for problem in problems if problem.rule in UNSEEN_RULES)
    return None if node is None else Document(node[0], source, node[1], unseen), problems

"""YAML with places: one pass over the parser's events builds values and remembers the place of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import yaml

from pushspec.errors import message_of
from pushspec.problems import Level, Location, Problem
from pushspec.spec.aliases import MAX_DEPTH, AliasError, Anchors
from pushspec.spec.losses import find_losses, mark_plain, moved
from pushspec.spec.positions import Branch, KeyPath, Mark, Position, find_mark
from pushspec.spec.refusals import TOO_DEEP, explain_syntax
from pushspec.spec.scalars import UnusableNumberError, plain_value
from pushspec.spec.source import (
    MAX_PROBLEMS,
    Source,
    find_unseen,
    has_joiners,
    read_source,
    replace_unseen,
    unseen_problem,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.serialization import Json
    from pushspec.spec.losses import Loss

MAX_EVENTS = 20_000
"""Most parser events of one file, about one a value."""

MAX_SCALAR_CHARACTERS = 64 * 1024
"""Longest single text."""

# Events, not nodes: composing nodes recurses in C, and 5 000 open brackets kill the process.
_EventReader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

_Event = Any
"""An event of PyYAML, whose C parser and pure parser share no type."""

_KINDS = {
    yaml.MappingStartEvent: "a mapping",
    yaml.SequenceStartEvent: "a list",
    yaml.AliasEvent: "an alias",
    yaml.ScalarEvent: "a number or an empty value",
}


@dataclass(frozen=True, slots=True)
class Document:
    """The value of one YAML file, and the places of its parts.

    Attributes:
        value: Plain dicts with text keys, lists, str, int, finite float, bool and None.
    """

    value: Json
    _source: Source
    _positions: Position

    @property
    def file(self) -> str:
        """The file's path relative to the project folder."""
        return self._source.file

    def locate(self, path: KeyPath, *, key: bool = False) -> Location:
        """Return the position of the value at ``path``, or with ``key`` of its key.

        A path that leads nowhere gives its nearest parent, at the key that opens it.
        """
        return _locate(self._source, find_mark(self._positions, path, key=key))

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
        """Return a problem with the value at ``path``, or with ``key`` with its key."""
        return Problem(self.locate(path, key=key), rule, message, hint, level)


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
    document = _Reading(source, problems).read()
    if problems:
        problems.sort(key=lambda problem: problem.sort_key)
    return document, problems


def _locate(source: Source, mark: Mark) -> Location:
    return source.at(mark.line + 1, mark.column + 1)


def _syntax_problem(source: Source, error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    location = _locate(source, mark) if mark else Location(source.file, 1, 1)
    if not location.text and error.context_mark:
        # What was never closed is seen only at the end; it is reported where it began.
        location = _locate(source, error.context_mark)
    context, problem = error.context or "", error.problem or "not YAML"
    return Problem(location, *explain_syntax(context, problem, location.text, location.column))


class _StoppedError(Exception):
    """The file goes past a limit, and what is wrong has been reported."""


class _Reading:
    """One pass over one file."""

    def __init__(self, source: Source, problems: list[Problem]) -> None:
        self._source = source
        self._problems = problems
        self._text_is_clean = not any(problem.is_error for problem in problems)
        # The iterator counts in C, and ends early where a file has too many events.
        self._next = islice(iter(_EventReader(source.text).get_event, None), MAX_EVENTS).__next__
        # Only escapes and joiners can put into a value what the check of the whole text did not refuse.
        self._inspects_texts = (
            "\\" in source.text or len(source.text) > MAX_SCALAR_CHARACTERS or has_joiners(source.text)
        )
        self._commented_lines = source.lines if "#" in source.text else []
        self._anchors = Anchors()
        self._collection: Mark | None = None

    def read(self) -> Document | None:
        try:
            return self._document()
        except _StoppedError:
            return None
        except StopIteration:
            message = f"the file has more than {MAX_EVENTS} values, the most that are read"
            self._add(self._collection, "yaml-too-large", message, "split it into several files")
        except yaml.MarkedYAMLError as error:
            # With forbidden characters replaced, a syntax error may be their echo.
            if self._text_is_clean:
                self._problems.append(_syntax_problem(self._source, error))
        return None

    def _document(self) -> Document | None:
        self._next()
        start = self._next()
        if type(start) is yaml.StreamEndEvent:
            self._add(None, "yaml-empty", "the file is empty", "write a campaign or a project into it")
            return None
        if start.version or start.tags:
            hint = "delete the lines that begin with %"
            self._add(start.start_mark, "yaml-directive", "directives are not allowed", hint)
        value, places = self._node(self._next(), 1)
        self._next()
        after = self._next()
        if type(after) is not yaml.StreamEndEvent:
            hint = "give each document its own file"
            self._add(after.start_mark, "yaml-several-documents", "a second document begins here", hint)
        return Document(value, self._source, places)

    def _node(self, event: _Event, depth: int) -> tuple[Json, Position]:
        kind = type(event)
        if kind is yaml.AliasEvent:
            return self._alias(event, depth)
        if event.tag is not None:
            hint = f"delete {event.tag}; write text in quotes, numbers without"
            self._add(event.start_mark, "yaml-tag", "tags are not allowed", hint)
        if event.anchor is not None:
            return self._anchored(event, depth)
        if kind is yaml.ScalarEvent:
            return self._scalar(event)
        return self._collect(event, depth)

    def _collect(self, start: _Event, depth: int) -> tuple[Json, Position]:
        self._collection = start.start_mark
        if depth > MAX_DEPTH:
            self._add(start.start_mark, *TOO_DEEP)
            raise _StoppedError
        build = self._mapping if type(start) is yaml.MappingStartEvent else self._list
        return build(start, depth)

    def _mapping(self, start: _Event, depth: int) -> tuple[Json, Position]:
        value: dict[str, Json] = {}
        position = Branch(start.start_mark, {}, {})
        while type(event := self._next()) is not yaml.MappingEndEvent:
            key = self._key(event, depth)
            child, child_place = self._node(self._next(), depth + 1)
            if key in value:
                self._add_duplicate(key, event.start_mark, position.keys[key])
            elif key is not None:
                value[key] = child
                position.keys[key] = event.start_mark
                position.children[key] = child_place
        return value, position

    def _list(self, start: _Event, depth: int) -> tuple[Json, Position]:
        value: list[Json] = []
        position = Branch(start.start_mark, {}, {})
        while type(event := self._next()) is not yaml.SequenceEndEvent:
            child, position.children[len(value)] = self._node(event, depth + 1)
            value.append(child)
        return value, position

    def _key(self, event: _Event, depth: int) -> str | None:
        """Return the key, or None where its pair cannot be kept."""
        if type(event) is not yaml.ScalarEvent or event.tag or event.anchor:
            return self._odd_key(event, depth)
        key: str = event.value
        if self._inspects_texts:
            key = self._inspect(event, joiners=False)
        if not event.implicit[0]:
            return key
        if key == "<<":
            hint = "write the keys out; variants and vars share values between campaigns"
            self._add(event.start_mark, "yaml-merge-key", "merge keys are not allowed", hint)
            return None
        if not _is_text(key):
            what = f"the key {key} is not text" if key else "a key is missing before the colon"
            hint = (
                f'write it in quotes: "{key}"'
                if key
                else "write a key, or quote the text that holds the colon"
            )
            self._add(event.start_mark, "yaml-key", what, hint)
        return key

    def _odd_key(self, event: _Event, depth: int) -> str | None:
        key, _ = self._node(event, depth + 1)
        kind = type(event)
        if isinstance(key, str) and kind is yaml.ScalarEvent:
            return key
        hint = "write the key as text"
        if kind is yaml.MappingStartEvent and event.flow_style:
            hint = 'put a template in quotes: "{{ … }}"'
        self._add(event.start_mark, "yaml-key", f"{_KINDS[kind]} cannot be a key", hint)
        return None

    def _scalar(self, event: _Event) -> tuple[Json, Mark]:
        text = self._inspect(event, joiners=True) if self._inspects_texts else event.value
        if not event.implicit[0]:
            return text, event.start_mark
        try:
            value = plain_value(text)
        except UnusableNumberError as error:
            self._add(event.start_mark, "yaml-number", message_of(error), "if it is text, write it in quotes")
            return text, event.start_mark
        return value, mark_plain(event, value, self._commented_lines)

    def _inspect(self, event: _Event, *, joiners: bool) -> str:
        """Return the event's text without what only an escape can bring in, or only a key must not hold."""
        text: str = event.value
        if len(text) > MAX_SCALAR_CHARACTERS:
            message = f"a text of {len(text)} characters; the most is {MAX_SCALAR_CHARACTERS}"
            self._add(event.start_mark, "yaml-too-large", message, "shorten it")
        if unseen := find_unseen(text, joiners=joiners):
            self._append(unseen_problem(_locate(self._source, event.start_mark), unseen))
            return replace_unseen(text)
        return text

    def _anchored(self, event: _Event, depth: int) -> tuple[Json, Position]:
        name = event.anchor
        if name in self._anchors:
            self._add(event.start_mark, "yaml-alias", f"&{name} is defined twice", "give it another name")
        self._anchors.begin(name)
        is_scalar = type(event) is yaml.ScalarEvent
        node = self._scalar(event) if is_scalar else self._collect(event, depth)
        self._anchors.finish(name, *node)
        return node

    def _alias(self, event: _Event, depth: int) -> tuple[Json, Position]:
        try:
            anchored = self._anchors.resolve(event.anchor, depth)
        except AliasError as error:
            self._add(event.start_mark, error.rule, message_of(error), error.hint)
            if error.is_fatal:
                raise _StoppedError from None
            return None, event.start_mark
        return anchored.value, moved(anchored.position, event.start_mark)

    def _add_duplicate(self, key: str, mark: Mark, first: Mark) -> None:
        message = f"the key {key} is defined twice; the first is in line {first.line + 1}"
        self._add(mark, "yaml-duplicate-key", message, "delete one of the two")

    def _add(self, mark: Mark | None, rule: str, message: str, hint: str) -> None:
        location = _locate(self._source, mark) if mark else Location(self._source.file, 1, 1)
        self._append(Problem(location, rule, message, hint))

    def _append(self, problem: Problem) -> None:
        self._problems.append(problem)
        if len(self._problems) == MAX_PROBLEMS:
            message = f"the file has {MAX_PROBLEMS} problems or more; the rest is not shown"
            self._problems.append(Problem(problem.location, "yaml-too-many-problems", message))
            raise _StoppedError


@lru_cache(maxsize=1_024)  # campaigns have the same keys
def _is_text(plain: str) -> bool:
    try:
        return plain_value(plain) is plain
    except UnusableNumberError:
        return False

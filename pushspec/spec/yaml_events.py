"""One pass over the events of the YAML parser, which builds values and remembers the position of each."""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import yaml

from pushspec.errors import message_of
from pushspec.language import phrase
from pushspec.problems import Location, Problem
from pushspec.spec.aliases import MAX_DEPTH, AliasError, Anchors
from pushspec.spec.losses import mark_plain, moved
from pushspec.spec.positions import Branch
from pushspec.spec.refusals import TOO_DEEP, explain_syntax
from pushspec.spec.scalars import UnusableNumberError, plain_value
from pushspec.spec.source import MAX_PROBLEMS, find_unseen, has_joiners, replace_unseen, unseen_problem

if TYPE_CHECKING:
    from pushspec.serialization import Json
    from pushspec.spec.positions import Mark, Position
    from pushspec.spec.source import Source

MAX_EVENTS = 20_000
"""Most parser events of one file, about one a value."""

MAX_SCALAR_CHARACTERS = 64 * 1024
"""Longest single text."""

# Events, not nodes: composing nodes recurses in C, and 5 000 open brackets kill the process.
_EventReader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

_Event = Any
"""An event of PyYAML, whose C parser and pure parser share no type."""

_KINDS = {
    yaml.MappingStartEvent: phrase("a mapping"),
    yaml.SequenceStartEvent: phrase("a list"),
    yaml.AliasEvent: phrase("an alias"),
    yaml.ScalarEvent: phrase("a number or an empty value"),
}


def place_of(source: Source, mark: Mark) -> Location:
    """Return the place of a mark as people count it."""
    return source.at(mark.line + 1, mark.column + 1)


def _syntax_problem(source: Source, error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    location = place_of(source, mark) if mark else Location(source.file, 1, 1)
    if not location.text and error.context_mark:
        # What was never closed is seen only at the end; it is reported where it began.
        location = place_of(source, error.context_mark)
    context, problem = error.context or "", error.problem or phrase("not YAML")
    return Problem(location, *explain_syntax(context, problem, location.text, location.column))


class _StoppedError(Exception):
    """The file goes past a limit, and what is wrong has been reported."""


class EventReading:
    """One pass over the events of one file.

    Args:
        source: The file.
        problems: What is wrong with its text; what is wrong with its YAML is added.
    """

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

    def read(self) -> tuple[Json, Position] | None:
        """Return the value of the file and the positions of its parts; None where nothing could be built."""
        try:
            return self._document()
        except _StoppedError:
            return None
        except StopIteration:
            message = phrase("the file has more than {most} values, the most that are read", most=MAX_EVENTS)
            self._add(self._collection, "yaml-too-large", message, phrase("split it into several files"))
        except yaml.MarkedYAMLError as error:
            # With forbidden characters replaced, a syntax error may be their echo.
            if self._text_is_clean:
                self._problems.append(_syntax_problem(self._source, error))
        return None

    def _document(self) -> tuple[Json, Position] | None:
        self._next()
        start = self._next()
        if type(start) is yaml.StreamEndEvent:
            self._add(
                None,
                "yaml-empty",
                phrase("the file is empty"),
                phrase("write a campaign or a project into it"),
            )
            return None
        if start.version or start.tags:
            hint = phrase("delete the lines that begin with %")
            self._add(start.start_mark, "yaml-directive", phrase("directives are not allowed"), hint)
        node = self._node(self._next(), 1)
        self._next()
        after = self._next()
        if type(after) is not yaml.StreamEndEvent:
            hint = phrase("give each document its own file")
            self._add(
                after.start_mark, "yaml-several-documents", phrase("a second document begins here"), hint
            )
        return node

    def _node(self, event: _Event, depth: int) -> tuple[Json, Position]:
        kind = type(event)
        if kind is yaml.AliasEvent:
            return self._alias(event, depth)
        if event.tag is not None:
            # Not the tag itself: a password that begins with ! is one.
            hint = phrase("put a text that begins with ! in quotes; otherwise delete the tag")
            self._add(event.start_mark, "yaml-tag", phrase("tags are not allowed"), hint)
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
            hint = phrase("write the keys out; variants and vars share values between campaigns")
            self._add(event.start_mark, "yaml-merge-key", phrase("merge keys are not allowed"), hint)
            return None
        if not _is_text(key):
            what = (
                phrase("the key {key} is not text", key=key)
                if key
                else phrase("a key is missing before the colon")
            )
            hint = (
                phrase('write it in quotes: "{key}"', key=key)
                if key
                else phrase("write a key, or quote the text that holds the colon")
            )
            self._add(event.start_mark, "yaml-key", what, hint)
        return key

    def _odd_key(self, event: _Event, depth: int) -> str | None:
        key, _ = self._node(event, depth + 1)
        kind = type(event)
        if isinstance(key, str) and kind is yaml.ScalarEvent:
            return key
        hint = phrase("write the key as text")
        if kind is yaml.MappingStartEvent and event.flow_style:
            hint = phrase('put a template in quotes: "{{{{ … }}}}"')
        self._add(event.start_mark, "yaml-key", phrase("{kind} cannot be a key", kind=_KINDS[kind]), hint)
        return None

    def _scalar(self, event: _Event) -> tuple[Json, Mark]:
        text = self._inspect(event, joiners=True) if self._inspects_texts else event.value
        if not event.implicit[0]:
            return text, event.start_mark
        try:
            value = plain_value(text)
        except UnusableNumberError as error:
            self._add(
                event.start_mark,
                "yaml-number",
                message_of(error),
                phrase("if it is text, write it in quotes"),
            )
            return text, event.start_mark
        return value, mark_plain(event, value, self._commented_lines)

    def _inspect(self, event: _Event, *, joiners: bool) -> str:
        """Return the event's text without what only an escape can bring in, or only a key must not hold."""
        text: str = event.value
        if len(text) > MAX_SCALAR_CHARACTERS:
            message = phrase(
                "a text of {count} characters; the most is {most}",
                count=len(text),
                most=MAX_SCALAR_CHARACTERS,
            )
            self._add(event.start_mark, "yaml-too-large", message, phrase("shorten it"))
        if unseen := find_unseen(text, joiners=joiners):
            self._append(unseen_problem(place_of(self._source, event.start_mark), unseen))
            return replace_unseen(text)
        return text

    def _anchored(self, event: _Event, depth: int) -> tuple[Json, Position]:
        name = event.anchor
        if name in self._anchors:
            self._add(
                event.start_mark,
                "yaml-alias",
                phrase("the anchor is defined twice"),
                phrase("give it another name"),
            )
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
        message = phrase(
            "the key {key} is defined twice; the first is in line {line}", key=key, line=first.line + 1
        )
        self._add(mark, "yaml-duplicate-key", message, phrase("delete one of the two"))

    def _add(self, mark: Mark | None, rule: str, message: str, hint: str) -> None:
        location = place_of(self._source, mark) if mark else Location(self._source.file, 1, 1)
        self._append(Problem(location, rule, message, hint))

    def _append(self, problem: Problem) -> None:
        self._problems.append(problem)
        if len(self._problems) == MAX_PROBLEMS:
            message = phrase("the file has {most} problems or more; the rest is not shown", most=MAX_PROBLEMS)
            self._problems.append(Problem(problem.location, "yaml-too-many-problems", message))
            raise _StoppedError


@lru_cache(maxsize=1_024)  # campaigns have the same keys
def _is_text(plain: str) -> bool:
    try:
        return plain_value(plain) is plain
    except UnusableNumberError:
        return False

"""One object of a body while it is read back: fields are taken by name, and the rest is left over."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pushspec.serialization import Json

IS_NULL = phrase("is null, and a campaign sends only values: leave the field out")

Path = tuple[str | int, ...]


class Unread(NamedTuple):
    """What a body holds that people cannot write.

    Attributes:
        path: Its keys and indices from the top of the body.
        reason: Why, in words that follow the field's name.
    """

    path: Path
    reason: str


class Fields:
    """The fields of one object; all objects of a body share one list of what is left over."""

    def __init__(self, given: Mapping[str, Json], path: Path, unread: list[Unread]) -> None:
        self._given = dict(given)
        self._path = path
        self._unread = unread

    def __contains__(self, name: str) -> bool:
        return name in self._given

    def take(self, name: str) -> Json:
        """Return a field's value; None where it is missing, or null, which no campaign can send."""
        if name not in self._given:
            return None
        value = self._given.pop(name)
        if value is None:
            self.refuse(name, IS_NULL)
        return value

    def choose(self, name: str, meanings: Mapping[int | str, Json]) -> Json:
        """Return what a field's value means; None where it is missing or means nothing."""
        value = self.take(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | str) or value not in meanings:
            self.refuse(name, phrase("is none of {names}", names=", ".join(map(str, meanings))))
            return None
        return meanings[value]

    def drop(self, name: str, value: Json) -> None:
        """Take a field that holds a constant, which campaigns fill in by themselves."""
        if name in self._given and self._given.pop(name) != value:
            self.refuse(name, phrase("is not {value}, the only value that a campaign sends", value=value))

    def below(self, name: str) -> Fields | None:
        """Return the fields of an object; None where it is missing or no object."""
        value = self.take(name)
        return None if value is None else self._object(value, (*self._path, name))

    def each(self, name: str) -> list[Fields]:
        """Return the fields of each object of a list."""
        value = self.take(name)
        if value is not None and not isinstance(value, list):
            self.refuse(name, phrase("is no list"))
            return []
        items = [self._object(item, (*self._path, name, index)) for index, item in enumerate(value or [])]
        return [item for item in items if item is not None]

    def refuse(self, name: str, reason: str) -> None:
        """Note that a field has no place in a campaign."""
        self._unread.append(Unread((*self._path, name), reason))

    def finish(self, reason: str = phrase("has no place in a campaign")) -> None:
        """Note all that was not taken."""
        for name in self._given:
            self.refuse(name, reason)
        self._given = {}

    def _object(self, value: Json, path: Path) -> Fields | None:
        if isinstance(value, dict):
            return Fields(value, path, self._unread)
        self._unread.append(Unread(path, phrase("is no object")))
        return None

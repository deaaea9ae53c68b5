"""A lockfile in an object store: one object an append, created only if its name is free."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Literal

import obstore
from obstore.exceptions import AlreadyExistsError

from pushspec.errors import DamagedLockfileError
from pushspec.language import phrase
from pushspec.lockfile.stores import BrokenStoreError, SlotTakenError
from pushspec.lockfile.stores.buckets import FAILURES, BucketPlace, failure, open_bucket

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_READERS = 16
_PART = re.compile(r"[0-9]{12}\.jsonl")


class ObjectsStore:
    """Slots are the lines of the objects ``<prefix>/<first slot>.jsonl``; the names sort as the slots do.

    A retry inside the library would meet its own first try and report it as another's, so there is none: the
    journal reads back and tells the two apart.
    """

    def __init__(self, url: str) -> None:
        place = BucketPlace.of(url)
        self._where, self._prefix = place.where, place.folder
        self._mode: Literal["create", "overwrite"] = "overwrite" if place.scheme == "cos" else "create"
        self._store = open_bucket(place, create_only=True)
        self._starts: list[int] = []

    @property
    def where(self) -> str:
        """The URL, without credentials."""
        return self._where

    def read(self, first: int = 0) -> Iterator[bytes]:
        """Yield the lines of slot ``first`` and all later ones."""
        known = [start for start in self._starts if start <= first]
        since = known[-1] if known else 0
        try:
            starts = self._list(since)
            with ThreadPoolExecutor(_READERS) as readers:
                expected = since
                for start, data in zip(starts, readers.map(self._get, starts), strict=True):
                    lines = self._lines_of(start, data, expected)
                    expected += len(lines)
                    yield from lines[max(0, first - start) :]
        except FAILURES as error:
            raise failure(self._where, phrase("read"), error) from error
        self._starts = [*[start for start in known if start < since], *starts]

    def append(self, first: int, lines: Sequence[bytes]) -> None:
        """Create the object of slot ``first``; an object of that name refuses it."""
        try:
            self._create(self._name(first), b"".join(lines))
        except AlreadyExistsError:
            raise SlotTakenError(phrase("slot {first} is taken", first=first)) from None
        except FAILURES as error:
            raise failure(self._where, phrase("written"), error) from error
        self._starts.append(first)

    def probe(self) -> None:
        """Create the same object twice: the second time must be refused."""
        for _ in range(2):
            try:
                self._create(f"{self._prefix}.probe", b"")
            except AlreadyExistsError:
                return
            except FAILURES as error:
                raise failure(self._where, phrase("written"), error) from error
        raise BrokenStoreError(
            phrase("{where} created the same object twice: it ignores create-only writes", where=self._where),
            hint=phrase("choose another store: here, two runs could write at once"),
        )

    def close(self) -> None:
        """The library closes its connections by itself."""

    def _list(self, since: int) -> list[int]:
        # Offsets are exclusive; the name without its last character sorts just before the name.
        offset = self._name(since)[:-1] if since else None
        listing = obstore.list(self._store, prefix=f"{self._prefix}/", offset=offset)
        depth = self._name(since).strip("/").count("/")
        paths = (entry["path"] for page in listing for entry in page)
        # A console's mark of a folder, a copy in one below it, and a reader's notes are none of the lockfile.
        names = (path.rpartition("/")[2] for path in paths if path.count("/") == depth)
        return sorted(int(name.partition(".")[0]) for name in names if _PART.fullmatch(name))

    def _get(self, start: int) -> bytes:
        return bytes(obstore.get(self._store, self._name(start)).bytes())

    def _create(self, name: str, data: bytes) -> None:
        obstore.put(self._store, name, data, mode=self._mode, use_multipart=False)

    def _lines_of(self, start: int, data: bytes, expected: int) -> list[bytes]:
        if start != expected:
            raise DamagedLockfileError(
                phrase(
                    "{where} has no object of slot {expected}, and later ones",
                    where=self._where,
                    expected=expected,
                )
            )
        if not data.endswith(b"\n"):
            raise DamagedLockfileError(
                phrase(
                    "the object of slot {start} at {where} has lost its end", start=start, where=self._where
                )
            )
        return data.splitlines(keepends=True)

    def _name(self, first: int) -> str:
        return f"{self._prefix}/{first:012}.jsonl"

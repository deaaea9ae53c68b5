"""Lists in a bucket, one object each; a fetch that was interrupted goes on where it stopped."""

from __future__ import annotations

import hashlib
import os
import time
from typing import TYPE_CHECKING, TypeVar

import obstore
from obstore.exceptions import GenericError

from pushspec.audience.pinned.stores import ENDING, StoredList, is_plain, missing, untold
from pushspec.files import FileAccessError, keep_from_git, make_folder
from pushspec.language import phrase
from pushspec.lockfile.stores import StoreError
from pushspec.lockfile.stores.buckets import FAILURES, BucketPlace, failure, network_fault, open_bucket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pushspec.audience.pinned.pin import Pin
    from pushspec.audience.pinned.stores import OnBytes

_AT_ONCE = 8 << 20
"""Bytes of one request: what an interruption can cost."""
_ANOTHER_PART = ("NotPartial", "NoContentRange", "UnexpectedRange")
"""What the library says of an answer that is not the range it asked for."""
_PAUSES_S = (0.2, 0.5, 1.0)
"""Before each further try of what a broken connection took."""
_Answer = TypeVar("_Answer")


class ObjectLists:
    """A bucket, or a folder of one."""

    def __init__(self, url: str) -> None:
        place = BucketPlace.of(url)
        self._where, self._prefix = place.where, place.folder
        # A list that is written twice has the same content, so nothing has to be create-only here.
        self._store = open_bucket(place, create_only=False)

    @property
    def where(self) -> str:
        """The URL, without credentials."""
        return self._where

    def put(self, rows_sha256: str, file: Path) -> bool:
        """Upload a list, in parts where it is large."""
        try:
            if self._size(rows_sha256) is not None:
                return False
            obstore.put(self._store, self._name(rows_sha256), file)
        except FAILURES as error:
            raise failure(self._where, phrase("written"), error) from error
        return True

    def local(self, pin: Pin, cache: Path, on_bytes: OnBytes = untold) -> Path:
        """Fetch a list into the cache, from where an earlier fetch stopped."""
        make_folder(cache)
        keep_from_git(cache)
        target = cache / f"{pin.rows_sha256}{ENDING}"
        try:
            cache.chmod(0o700)
            size = _insistently(lambda: self._size(pin.rows_sha256))
            if size is None:
                raise missing(pin, self._where)
            if not is_plain(target):
                target.unlink(missing_ok=True)  # a link or a device that a tree carries
            self._fetch(pin, target, size, on_bytes)
            if _sha256(target) != pin.file_sha256:
                # Pieces of two uploads, or a damaged cache: once more, all of it.
                target.unlink()
                self._fetch(pin, target, size, on_bytes)
        except FAILURES as error:
            raise failure(self._where, phrase("read"), error) from error
        except OSError as error:
            raise FileAccessError(str(target), phrase("written"), error) from None
        return target

    def lists(self) -> Iterator[StoredList]:
        """Yield the objects."""
        try:
            entries = [
                entry for page in obstore.list(self._store, prefix=self._prefix or None) for entry in page
            ]
        except FAILURES as error:
            raise failure(self._where, phrase("read"), error) from error
        for entry in sorted(entries, key=lambda entry: entry["path"]):
            name = entry["path"].rpartition("/")[2]
            if entry["path"] == self._name(name.removesuffix(ENDING)):
                yield StoredList(name.removesuffix(ENDING), entry["size"])

    def remove(self, rows_sha256: str) -> None:
        """Delete the object."""
        try:
            obstore.delete(self._store, self._name(rows_sha256))
        except FAILURES as error:
            raise failure(self._where, phrase("changed"), error) from error

    def _size(self, rows_sha256: str) -> int | None:
        try:
            return obstore.head(self._store, self._name(rows_sha256))["size"]
        except FileNotFoundError:
            return None

    def _fetch(self, pin: Pin, target: Path, size: int, on_bytes: OnBytes) -> None:
        with target.open("ab") as file:
            os.fchmod(file.fileno(), 0o600)  # one of an earlier release may be open to others
            file.seek(0, 2)
            if file.tell() > size:
                file.truncate(0)
            missing_bytes = size - file.tell()
            while (start := file.tell()) < size:
                end = min(start + _AT_ONCE, size)
                piece = self._piece(pin.rows_sha256, start, end)
                file.write(piece)
                file.flush()
                on_bytes(pin.audience, len(piece), missing_bytes)

    def _piece(self, rows_sha256: str, start: int, end: int) -> bytes:
        """Return a part of an object, from a store that answers with that part or not at all.

        Raises:
            StoreError: It answers with the whole object, with another part, or with nothing.
        """
        try:
            name = self._name(rows_sha256)
            piece = bytes(_insistently(lambda: obstore.get_range(self._store, name, start=start, end=end)))
        except GenericError as error:
            if not any(sign in str(error) for sign in _ANOTHER_PART):
                raise
            piece = b""
        if len(piece) != end - start:
            raise StoreError(
                phrase(
                    "{where} does not answer with the part of a list that was asked for", where=self._where
                ),
                hint=phrase("it must support HTTP ranges: look at what stands between here and the bucket"),
            )
        return piece

    def _name(self, rows_sha256: str) -> str:
        return f"{self._prefix}/{rows_sha256}{ENDING}".lstrip("/")


def _insistently(read: Callable[[], _Answer]) -> _Answer:
    """Return what a read gives, tried again where the connection broke: a long fetch meets that once."""
    for pause in _PAUSES_S:
        try:
            return read()
        except GenericError as error:
            if network_fault(error) in {"", "Timeout"}:  # who waited for an answer has waited enough
                raise
        time.sleep(pause)
    return read()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

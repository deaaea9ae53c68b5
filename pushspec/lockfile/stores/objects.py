"""A lockfile in an object store: one object an append, created only if its name is free."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import from_url

from pushspec.lockfile.stores import BrokenStoreError, SlotTakenError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from obstore.store import ObjectStore

_READERS = 16


class ObjectsStore:
    """Slots are the lines of the objects ``<prefix>/<first slot>.jsonl``; the names sort as the slots do.

    A retry inside the library would meet its own first try and report it as another's, so there is none: the
    journal reads back and tells the two apart.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._where = f"{parts.scheme}://{parts.hostname}{parts.path}"
        self._prefix = parts.path.strip("/")
        # Endpoint, region and credentials come from the provider's own environment variables.
        self._store: ObjectStore = from_url(
            f"{parts.scheme}://{parts.netloc}", retry_config={"max_retries": 0}
        )
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
                for start, data in zip(starts, readers.map(self._get, starts), strict=True):
                    lines = data.splitlines(keepends=True)
                    yield from lines[max(0, first - start) :]
        except BaseError as error:
            raise StoreError(f"{self._where} cannot be read: {_cause(error)}") from error
        self._starts = [*[start for start in known if start < since], *starts]

    def append(self, first: int, lines: Sequence[bytes]) -> None:
        """Create the object of slot ``first``; an object of that name refuses it."""
        try:
            obstore.put(self._store, self._name(first), b"".join(lines), mode="create", use_multipart=False)
        except AlreadyExistsError:
            raise SlotTakenError(f"slot {first} is taken") from None
        except BaseError as error:
            raise StoreError(f"{self._where} cannot be written: {_cause(error)}") from error
        self._starts.append(first)

    def probe(self) -> None:
        """Create the same object twice: the second time must be refused."""
        for _ in range(2):
            try:
                obstore.put(self._store, f"{self._prefix}.probe", b"", mode="create", use_multipart=False)
            except AlreadyExistsError:
                return
            except BaseError as error:
                raise StoreError(f"{self._where} cannot be written: {_cause(error)}") from error
        raise BrokenStoreError(
            f"{self._where} created the same object twice: it ignores create-only writes",
            hint="Two runs could not be told apart here, so nothing is sent. Choose another store.",
        )

    def close(self) -> None:
        """The library closes its connections by itself."""

    def _list(self, since: int) -> list[int]:
        # Offsets are exclusive; the name without its last character sorts just before the name.
        offset = self._name(since)[:-1] if since else None
        listing = obstore.list(self._store, prefix=f"{self._prefix}/", offset=offset)
        paths = (entry["path"] for page in listing for entry in page)
        return sorted(int(path.rsplit("/", 1)[-1].removesuffix(".jsonl")) for path in paths)

    def _get(self, start: int) -> bytes:
        return bytes(obstore.get(self._store, self._name(start)).bytes())

    def _name(self, first: int) -> str:
        return f"{self._prefix}/{first:012}.jsonl"


def _cause(error: BaseError) -> str:
    # The library's own words hold URLs and headers.
    return type(error).__name__.removesuffix("Error")

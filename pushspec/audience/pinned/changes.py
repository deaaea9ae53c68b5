"""Who joined a list and who left it between two pulls, counted from both lists in one walk."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from typing import TYPE_CHECKING, NamedTuple

from pushspec.audience.pinned.list_file import fields_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class PeopleChange(NamedTuple):
    """How the people of a list differ from those of an earlier one.

    Attributes:
        added: How many are new.
        removed: How many are gone.
    """

    added: int
    removed: int


class NamedList(NamedTuple):
    """A stored list and the hash that names it."""

    file: Path
    rows_sha256: str


def people_change(before: NamedList, after: NamedList) -> PeopleChange | None:
    """Compare two lists, both ordered by account; None where one of them is not what its name says."""
    added = removed = 0
    try:
        old, new = accounts_of(before), accounts_of(after)
        one, other = next(old, None), next(new, None)
        while one is not None or other is not None:
            if one == other:
                one, other = next(old, None), next(new, None)
            elif other is None or (one is not None and one < other):
                removed, one = removed + 1, next(old, None)
            else:
                added, other = added + 1, next(new, None)
    except (ValueError, EOFError, OSError, zlib.error):  # damaged, or gone since it was found
        return None
    return PeopleChange(added, removed)


def accounts_of(stored: NamedList) -> Iterator[bytes]:
    """Yield the accounts of a list, in UTF-8.

    Raises:
        ValueError: At its end, where it is another list.
    """
    digest = hashlib.sha256()
    with gzip.open(stored.file, "rb") as lines:
        digest.update(lines.readline())
        for line in lines:
            digest.update(line)
            yield fields_of(line.decode().rstrip("\n"))[0].encode()
    if digest.hexdigest() != stored.rows_sha256:
        raise ValueError("another list")

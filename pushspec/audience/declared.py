"""Keep declared people on disk in the order of their accounts, so that a million of them take no memory."""

from __future__ import annotations

import marshal
import sqlite3
from typing import TYPE_CHECKING, Self

from pushspec.errors import UsageError, message_of
from pushspec.language import phrase
from pushspec.problems import Location
from pushspec.spec.people import DeclaredPerson

if TYPE_CHECKING:
    from collections.abc import Iterator

_CACHE_KIB = 16_384
_INSERT = "insert or ignore into people values (?, ?, ?, ?)"
_SCHEMA = """
    create table people (
        account blob primary key, source integer not null, line integer not null, said blob not null
    ) without rowid
"""


class DeclaredPeople:
    """All people files of a project together; iterating yields people in the order of their accounts.

    They are in a file without a name, which the system removes when the process ends, however it ends.

    Attributes:
        names: Attribute names that the app should have.
    """

    def __init__(self) -> None:
        self.names: dict[str, None] = {}
        self._count = 0
        # Files, with the columns that they are about: few, however many people they hold.
        self._sources: dict[tuple[str, frozenset[str], bool], int] = {}
        self._database = sqlite3.connect("", isolation_level=None)
        for setting in (f"cache_size = -{_CACHE_KIB}", "journal_mode = off", "synchronous = off"):
            self._database.execute(f"pragma {setting}").fetchall()
        self._database.execute(_SCHEMA)
        self._database.execute("begin")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget all of them."""
        self._database.close()

    def __len__(self) -> int:
        return self._count

    def add(self, person: DeclaredPerson) -> Location | None:
        """Keep a person; where the account was named before, keep that one and return its place.

        Raises:
            UsageError: There is no room for it.
        """
        kind = (person.location.file, person.columns, person.prune)
        source = self._sources.setdefault(kind, len(self._sources))
        account = person.account.encode("utf-8", "surrogatepass")  # broken ones are refused with their place
        said = marshal.dumps((person.tags, dict(person.attributes)))
        kept = self._run(_INSERT, (account, source, person.location.line, said)).rowcount
        self._count += kept
        return None if kept else self._place(account)

    def __iter__(self) -> Iterator[DeclaredPerson]:
        sources = list(self._sources)
        cursor = self._run("select * from people order by account")
        for account, source, line, said in cursor:
            tags, attributes = marshal.loads(said)  # noqa: S302 - this process wrote it
            file, columns, prune = sources[source]
            yield DeclaredPerson(
                account.decode("utf-8", "surrogatepass"),
                tags,
                attributes,
                columns,
                prune,
                Location(file, line),
            )

    def _place(self, account: bytes) -> Location:
        row = self._run("select source, line from people where account = ?", (account,)).fetchone()
        return Location(list(self._sources)[row[0]][0], row[1])

    def _run(self, statement: str, values: tuple[bytes | int, ...] = ()) -> sqlite3.Cursor:
        try:
            return self._database.execute(statement, values)
        except sqlite3.Error as error:
            raise UsageError(
                phrase(
                    "the declared people cannot be kept in the folder for temporary files: {error}",
                    error=message_of(error),
                ),
                hint=phrase("make room there, or name another folder by TMPDIR"),
            ) from None

"""Read people files and the csv files that they name, and check all of it before the service is asked."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from pushspec.audience.csv_rows import CsvTable
from pushspec.audience.declared import DeclaredPeople
from pushspec.audience.files import MAX_FILE_BYTES
from pushspec.audience.lines import lines_in
from pushspec.audience.rows import FormatError
from pushspec.language import phrase
from pushspec.paths import PathRefusedError, open_inside, read_inside
from pushspec.problems import Location, Problem
from pushspec.spec.account_form import account_fault
from pushspec.spec.document import read_document
from pushspec.spec.people import PEOPLE, DeclaredPerson, People
from pushspec.spec.source import MAX_BYTES
from pushspec.spec.validation import validate
from pushspec.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pushspec.spec.document import Document
    from pushspec.tencent.limits import Limits

_PEOPLE: TypeAdapter[People] = TypeAdapter(People)
_PLACEHOLDERS = {"apiVersion": "pushspec/v1", "kind": "People"}
_ACCOUNT, _TAGS = "user_id", "tags"


def people_files(root: Path) -> list[str]:
    """Return the people files of a project in a fixed order; those through a link are passed over."""
    folder = root / PEOPLE
    if folder.is_symlink() or not folder.is_dir():
        return []
    return sorted(f"{PEOPLE}/{it.name}" for it in folder.iterdir() if it.suffix in {".yaml", ".yml"})


def people_sources(root: Path) -> list[str]:
    """Return the people files of a project and the csv files that they name."""
    files = people_files(root)
    return [*files, *(named for file in files if (named := _named_file(root, file)) is not None)]


def _named_file(root: Path, file: str) -> str | None:
    try:
        document, _ = read_document(read_inside(root, file, max_bytes=MAX_BYTES), file)
    except PathRefusedError:
        return None
    written = document.value if document is not None else None
    named = written.get("file") if isinstance(written, dict) else None
    return named if isinstance(named, str) else None


def read_people(root: Path, limits: Limits) -> tuple[DeclaredPeople, list[Problem]]:
    """Read all people files of a project.

    Args:
        root: The project folder.
        limits: The limits of an environment.

    Returns:
        What they declare, of use only without errors, to be closed by ``with``; and what is wrong.

    Raises:
        UsageError: There is no room on the disk to keep them in order.
    """
    reader = _Reader(root, limits)
    try:
        for file in people_files(root):
            reader.read(file)
    except BaseException:  # goes on; only the database is closed
        reader.people.close()
        raise
    return reader.people, reader.problems


def people_problems(root: Path, limits: Limits) -> list[Problem]:
    """Return what is wrong with the people files of a project; see :func:`read_people`."""
    people, problems = read_people(root, limits)
    people.close()
    return problems


class _Reader:
    def __init__(self, root: Path, limits: Limits) -> None:
        self._root = root
        self._limits = limits
        self.people = DeclaredPeople()
        self.problems: list[Problem] = []

    def read(self, file: str) -> None:
        """Read one people file, and the csv file that it names."""
        try:
            document, problems = read_document(read_inside(self._root, file, max_bytes=MAX_BYTES), file)
        except PathRefusedError as refused:
            self.problems.append(Problem(Location(file), "unreadable-file", refused.reason, refused.hint))
            return
        self.problems += problems
        if document is None:
            return
        declared, refused_keys = validate(_PEOPLE, document.value, document, placeholders=_PLACEHOLDERS)
        self.problems += refused_keys
        if declared is None:
            return
        self.people.names |= dict.fromkeys(declared.attribute_names)
        self._check_names(document, declared)
        for person in chain(_written(document, declared), self._rows(document, declared)):
            self._add(person, declared)

    def _check_names(self, document: Document, declared: People) -> None:
        for index, name in enumerate(declared.attribute_names):
            limit = self._limits.attribute_name_bytes
            if limit.exceeded_by(name):
                message = phrase("the name {name} is over {value} bytes", name=name, value=limit.value)
                self.problems.append(document.problem(("attribute_names", index), "people-limit", message))
        most = self._limits.attributes_per_app.value
        if len(self.people.names) > most:
            message = phrase("an app has at most {most} attributes", most=most)
            self.problems.append(document.problem(("attribute_names",), "people-limit", message))

    def _rows(self, document: Document, declared: People) -> Iterator[DeclaredPerson]:
        if declared.file is None:
            return
        try:
            with open_inside(self._root, declared.file, max_bytes=MAX_FILE_BYTES) as data:
                yield from _csv_people(CsvTable(lines_in(data), _ACCOUNT), declared, declared.file)
        except PathRefusedError as refused:
            message = phrase("{file} cannot be read: {reason}", file=declared.file, reason=refused.reason)
            self.problems.append(document.problem(("file",), "people-file", message, hint=refused.hint))
        except FormatError as fault:
            self.problems.append(fault.problem(declared.file))

    def _add(self, person: DeclaredPerson, declared: People) -> None:
        before = self.people.add(person)
        if before is not None:
            other = f"{before.file}:{before.line}"
            self._refuse(
                person,
                "people-twice",
                phrase("the account stands in {other}, too", other=other),
                phrase("keep one of them"),
            )
        for rule, message, hint in _faults(person, declared.attribute_names, self._limits):
            self._refuse(person, rule, message, hint)

    def _refuse(self, person: DeclaredPerson, rule: str, message: str, hint: str) -> None:
        self.problems.append(Problem(person.location, rule, message, hint))


def _written(document: Document, declared: People) -> Iterator[DeclaredPerson]:
    """Yield the people of the file itself."""
    for account, person in declared.people.items():
        yield DeclaredPerson(
            account,
            person.tags,
            person.attributes or {},
            frozenset(declared.attribute_names if person.attributes is not None else ()),
            declared.prune,
            document.locate(("people", account), key=True),
        )


def _csv_people(table: CsvTable, declared: People, file: str) -> Iterator[DeclaredPerson]:
    """Yield a person for each row; an empty cell declares no value.

    Raises:
        FormatError: A column is missing, comes twice, or is no attribute.
    """
    _check_header(table, declared)
    places = {name: place for place, name in enumerate(table.header)}
    account_place, tags_place = places.pop(_ACCOUNT), places.pop(_TAGS, None)
    columns = frozenset(places)
    for lines, rows in table.chunks():
        for line, row in zip(lines, rows, strict=True):
            tags = None if tags_place is None else _tags_in(row[tags_place])
            values = {name: row[place] for name, place in places.items() if row[place]}
            yield DeclaredPerson(
                row[account_place], tags, values, columns, declared.prune, Location(file, line)
            )


def _tags_in(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, cell.split("|"))))


def _check_header(table: CsvTable, declared: People) -> None:
    header, line = table.header, table.header_line
    if _ACCOUNT not in header:
        raise FormatError("people-column", phrase("the file has no column {account}", account=_ACCOUNT), line)
    for place, name in enumerate(header):
        if name in header[:place]:
            raise FormatError("people-column", phrase("the column {name} comes twice", name=name), line)
        if name not in {_ACCOUNT, _TAGS, *declared.attribute_names}:
            hint = did_you_mean(name, [_TAGS, *declared.attribute_names]) or phrase(
                "add it to attribute_names"
            )
            raise FormatError(
                "people-column", phrase("the column {name} is no attribute", name=name), line, hint=hint
            )


def _faults(person: DeclaredPerson, names: tuple[str, ...], limits: Limits) -> Iterator[tuple[str, str, str]]:
    """Yield rule, message and hint of what is wrong with a person."""
    fault = account_fault(person.account, limits.registration_id_bytes)
    if fault is not None:
        yield "people-account", fault.message, fault.hint
    for name, value in person.attributes.items():
        if name not in names:
            yield (
                "people-attribute",
                phrase("{name} is not in attribute_names", name=name),
                did_you_mean(name, list(names)),
            )
        if limits.attribute_value_bytes.exceeded_by(value):
            most = limits.attribute_value_bytes.value
            yield "people-limit", phrase("the value of {name} is over {most} bytes", name=name, most=most), ""
    for tag in person.tags or ():
        if limits.tag_bytes.exceeded_by(tag):
            yield (
                "people-limit",
                phrase("a tag is over {value} bytes", value=limits.tag_bytes.value),
                "",
            )
    if len(person.tags or ()) > limits.tags_per_user.value:
        yield (
            "people-limit",
            phrase("a person has at most {value} tags", value=limits.tags_per_user.value),
            "",
        )

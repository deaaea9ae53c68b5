"""Declared people stay on disk, in the order of their accounts, and leave nothing behind."""

from __future__ import annotations

import resource
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pushspec.audience.declared import DeclaredPeople
from pushspec.audience.people import read_people
from pushspec.errors import UsageError
from pushspec.problems import Location
from pushspec.spec.people import DeclaredPerson
from pushspec.tencent.limits import Limits

if TYPE_CHECKING:
    from workbench import Project

COUNT = 6_000
MEGABYTE = 1 << 20


def person(
    account: str, *, line: int = 1, tags: tuple[str, ...] | None = ("vip",), **more: str
) -> DeclaredPerson:
    location = Location("people/a.csv", line)
    return DeclaredPerson(account, tags, more, frozenset(more), prune=False, location=location)


def test_people_come_back_as_they_were_declared_ordered_by_their_accounts() -> None:
    """Two files in another order make the same plan, and the same digest."""
    accounts = ["é", "Z", "a", "中", "👩", "a\0b", "\ud800"]
    people = [person(account, line=line, city=account) for line, account in enumerate(accounts)]
    people.append(person("b", tags=None))
    with DeclaredPeople() as declared:
        for it in people:
            assert declared.add(it) is None

        assert len(declared) == len(people)
        assert list(declared) == sorted(people, key=lambda it: it.account)


def test_the_second_place_of_an_account_gets_to_know_the_first() -> None:
    """The message names both, and the first one is kept."""
    with DeclaredPeople() as declared:
        declared.add(person("rong", line=7))

        assert declared.add(person("rong", line=9, tags=("other",))) == Location("people/a.csv", 7)
        assert list(declared) == [person("rong", line=7)]


def test_a_long_file_is_read_and_compared_without_holding_it(project: Project) -> None:
    """A million people are compared on the smallest runner."""
    yaml = "apiVersion: pushspec/v1\nkind: People\nattribute_names: [city]\nfile: people/a.csv\n"
    rows = "".join(f"p{number:08},vip,city {number}\n" for number in range(COUNT))
    project.write({"people/a.yaml": yaml, "people/a.csv": f"user_id,tags,city\n{rows}"})

    tracemalloc.start()
    try:
        declared, problems = read_people(project.root, Limits())
        with declared:
            read = sum(1 for _ in declared)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert (problems, read) == ([], COUNT)
    assert peak < 2 * MEGABYTE


def open_files() -> set[str]:
    """Return the files that this process has open; the system marks those without a name."""
    return {str(it.readlink()) for it in Path("/proc/self/fd").iterdir() if it.is_symlink()}


def spilling(declared: DeclaredPeople) -> None:
    """Declare more than is kept in memory."""
    for number in range(5_000):
        declared.add(person(f"p{number}", city="x" * 5_000))


def test_what_is_on_disk_has_no_name() -> None:
    """Accounts are never left in a folder for temporary files, not even by a kill."""
    before = open_files()
    with DeclaredPeople() as declared:
        spilling(declared)
        opened = open_files() - before

    assert opened
    assert all(name.endswith(" (deleted)") for name in opened)


def test_a_full_disk_says_where_to_make_room() -> None:
    """It is no bug of pushspec."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with DeclaredPeople() as declared:
        resource.setrlimit(resource.RLIMIT_FSIZE, (MEGABYTE, hard))
        try:
            with pytest.raises(UsageError, match="cannot be kept in the folder for temporary files"):
                spilling(declared)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

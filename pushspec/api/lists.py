"""The lists that pins name: where they lie, what is in them, and which nothing names any more."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pushspec.api.lockfile import read_lockfile
from pushspec.audience.pinned.list_file import ListDiffersError, fields_of, unpack
from pushspec.audience.pinned.opening import open_list_store
from pushspec.audience.pinned.pin import FOLDER, Pin, read_pin
from pushspec.audience.pinned.stores import FolderLists, cache_of
from pushspec.audience.spill import spill_folder
from pushspec.errors import SpecError
from pushspec.git import GitError, read_git
from pushspec.problems import Problem
from pushspec.serialization import sha256_hex

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pushspec.api.project import LoadedProject
    from pushspec.audience.pinned.stores import ListStore, StoredList
    from pushspec.spec.audience_load import AudienceSpec

_AT_ONCE = 10_000


def list_store(project: LoadedProject) -> ListStore:
    """Return where the environment's lists lie.

    Raises:
        UsageError: No store has that form.
        StoreError: It cannot be opened.
    """
    return open_list_store(project.environment.audience_store, project.root)


def probe_lists(project: LoadedProject) -> str:
    """Show that lists of the environment can be written, listed and removed, and return where they lie.

    Raises:
        PushspecError: One of these does not work.
    """
    store = list_store(project)
    name = sha256_hex(secrets.token_bytes())  # no list has it
    with spill_folder() as folder:
        (folder / name).touch()
        store.put(name, folder / name)
    for _ in store.lists():
        break
    store.remove(name)
    return store.where


def is_taken_by_git(store: ListStore, pin: Pin, environ: Mapping[str, str]) -> bool:
    """Whether git tracks a stored list, or would take it with ``git add``."""
    if not isinstance(store, FolderLists):
        return False
    path = store.path(pin.rows_sha256)
    listing = ("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", path.name)
    try:
        return bool(read_git(path.parent, *listing, environ=environ))
    except GitError:  # what it cannot read, it cannot take
        return False


def keep_list(store: ListStore, pin: Pin, file: Path, root: Path) -> None:
    """Store a list and look at it; one of its name that was spoilt is replaced, as only a pull can do.

    Raises:
        ListDiffersError: What lies there afterwards is another list.
        StoreError: The store cannot be reached.
        UsageError: The system refuses.
    """
    is_new = store.put(pin.rows_sha256, file)
    try:
        _verify(store, pin, root)
    except ListDiffersError:
        if is_new:
            raise
        store.remove(pin.rows_sha256)
        store.put(pin.rows_sha256, file)
        _verify(store, pin, root)


def _verify(store: ListStore, pin: Pin, root: Path) -> None:
    """Look whether a list lies in the store that the pin names; it need not be packed the same way.

    Raises:
        ListDiffersError: It is another one.
        StoreError: The store cannot be reached.
    """
    with store.local(pin, cache_of(root)).open("rb") as file:
        is_same_file = hashlib.file_digest(file, "sha256").hexdigest() == pin.file_sha256
    if not is_same_file:
        with open_list(store, pin, root):
            pass


@contextmanager
def open_list(store: ListStore, pin: Pin, root: Path) -> Iterator[Path]:
    """Return the content of a pinned list in a private file, all of it verified; it goes away with the block.

    Raises:
        ListMissingError: The store does not hold it.
        ListDiffersError: What lies there is another list.
        StoreError: The store cannot be reached.
    """
    stored = store.local(pin, cache_of(root))
    with spill_folder() as folder:
        content = folder / "list"
        with content.open("wb") as file:
            unpack(stored, file, pin)
        yield content


def samples(
    project: LoadedProject, pins: Sequence[tuple[AudienceSpec, Pin | Problem]], count: int
) -> Iterator[tuple[Sequence[str], list[list[str]]]]:
    """Yield the kept columns and the first people of each list, each person with those values.

    Raises:
        RefusedError: A list is not in its store, or is another one.
        StoreError: The store cannot be reached.
    """
    for _, pin in pins if count else ():
        if isinstance(pin, Pin):
            with open_list(list_store(project), pin, project.root) as content:
                yield pin.columns, _first(content, count)


def _first(content: Path, count: int) -> list[list[str]]:
    with content.open(encoding="utf-8", newline="\n") as lines:
        next(lines)
        return [fields_of(line.rstrip("\n")) for line, _ in zip(lines, range(count), strict=False)]


def unnamed_lists(project: LoadedProject) -> list[StoredList]:
    """Return the lists in the store that no pin of the project names, and no campaign that is under way.

    Raises:
        SpecError: A pin cannot be read, so nobody knows which list it names.
        StoreError: The store cannot be reached.
    """
    named: set[str] = set()
    for path in sorted((project.root / FOLDER).glob("*.pin.json")):
        audience, environment = path.name.removesuffix(".pin.json").split(".", 1)
        pin = read_pin(project.root, audience, environment)
        if isinstance(pin, Problem):
            raise SpecError([pin])
        named.add(pin.rows_sha256)
    for history in read_lockfile(project).campaigns.values():
        if history.end is None:
            named.update((history.begin.lists or {}).values())
    return [it for it in list_store(project).lists() if it.rows_sha256 not in named]


def remove_lists(project: LoadedProject, lists: Sequence[StoredList]) -> None:
    """Remove lists from the store, and what was fetched of any list."""
    store = list_store(project)
    for stored in lists:
        store.remove(stored.rows_sha256)
    for path in cache_of(project.root).glob("*"):
        path.unlink(missing_ok=True)


def list_accounts(store: ListStore, pin: Pin, root: Path) -> Iterator[Sequence[str]]:
    """Yield the accounts of a pinned list, some at once.

    Raises:
        RefusedError: The list is not in its store, or is another one.
        StoreError: The store cannot be reached.
    """
    with open_list(store, pin, root) as content, content.open(encoding="utf-8", newline="\n") as lines:
        next(lines)
        some: list[str] = []
        for line in lines:
            some.append(fields_of(line.rstrip("\n"))[0])
            if len(some) == _AT_ONCE:
                yield some
                some = []
        if some:
            yield some

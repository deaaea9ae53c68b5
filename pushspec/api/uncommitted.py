"""Tell which files of a campaign differ from the commit, so that nobody knows who wrote them."""

from __future__ import annotations

import hashlib
import re
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from pushspec.api.git_tree import blob_hash, committed_files, is_plain_file, known_files
from pushspec.api.used_files import ANY
from pushspec.approvals.repository import FOLDER
from pushspec.git import read_git
from pushspec.paths import PathRefusedError, open_inside
from pushspec.spec.project import PROJECT_FILE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

_LARGE_FILE = re.compile(rb"version https://git-lfs\.github\.com/spec/v1\noid sha256:([0-9a-f]{64})\n")
_ENCRYPTED = b"\0GITCRYPT\0"
_MOST_BYTES = 64 * 1024 * 1024
"""Of a committed file whose bytes are compared, not its hash alone."""
_CHUNK_BYTES = 1 << 20
_WRITTEN = {".yaml", ".yml", ".json"}
"""What people write; other files that git ignores are data, such as an export with people's names."""
_TEMPLATES = "templates"
_NO_DATA = (f"{FOLDER}/*", ".pushspec/*", "*.lock", PROJECT_FILE)
"""What no query reads, where nobody can tell which files it does."""


class Uncommitted:
    """Compares the files of a project with its commit, each once."""

    def __init__(self, root: Path) -> None:
        """Take the project folder, somewhere in a git work tree."""
        self._root = root
        self._known: dict[str, bool] = {}

    def among(self, patterns: Collection[str]) -> list[str]:
        """Return the files that match and are not as they were committed.

        Data that git ignores or keeps encrypted is passed over: nobody can tell its author, and the digest
        that people sign covers it.
        What a filter of git keeps in another form is compared where that tells enough.

        Args:
            patterns: Paths relative to the project; ``*`` stands for any text.
        """
        named = {it.replace("**", "*") for it in patterns} - {PROJECT_FILE}
        here = {*self._committed, *self._here, *self._ignored(named)}
        return sorted(name for name in here if _matches(name, named) and self._is_changed(name))

    @cached_property
    def _committed(self) -> dict[str, str]:
        return committed_files(self._root, "HEAD")

    @cached_property
    def _here(self) -> set[str]:
        return known_files(self._root)

    def _ignored(self, named: set[str]) -> Iterator[str]:
        """Yield what people wrote, ignored or not: an entry of .gitignore hides no template."""
        yield from (it for it in named if "*" not in it and _is_written(it))
        folder = self._root / _TEMPLATES
        if folder.is_dir() and not folder.is_symlink():
            yield from (path.relative_to(self._root).as_posix() for path in folder.rglob("*"))

    def _is_changed(self, name: str) -> bool:
        if name not in self._known:
            blob = self._committed.get(name)
            self._known[name] = (
                is_plain_file(self._root, name)
                if blob is None
                else blob_hash(self._root, name, len(blob)) != blob and not self._is_filtered(name, blob)
            )
        return self._known[name]

    def _is_filtered(self, name: str, blob: str) -> bool:
        """Whether a file says the same as its commit, which keeps it in another form."""
        size = int(read_git(self._root, "cat-file", "--batch-check=%(objectsize)", data=blob.encode()))
        if size > _MOST_BYTES:
            return False
        committed = read_git(self._root, "cat-file", "blob", blob)
        if committed.startswith(_ENCRYPTED):
            return not _is_written(name)
        try:
            with open_inside(self._root, name) as file:
                if pointer := _LARGE_FILE.match(committed):
                    return _sha256(file) == pointer[1].decode()
                here = file.read(2 * size + 1)
        except PathRefusedError:
            return False
        return here.replace(b"\r\n", b"\n") == committed.replace(b"\r\n", b"\n")


def _is_written(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix in _WRITTEN or path.parts[0] == _TEMPLATES


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def _matches(name: str, patterns: set[str]) -> bool:
    hits = [pattern for pattern in patterns if fnmatchcase(name, pattern)]
    return bool(hits) and (hits != [ANY] or not any(fnmatchcase(name, it) for it in _NO_DATA))

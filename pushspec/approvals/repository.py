"""Read statements, signatures and signers as bytes from commits, never from the work tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.approvals.count import Evidence
from pushspec.git import GitError, read_git

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "approvals"
STATEMENT = "statement.json"
SUFFIX = ".sig"
_DEFAULT_BRANCHES = ("refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/remotes/origin/master")
_MAX_BYTES = 1024 * 1024


def folder_of(campaign_key: str, environment: str) -> str:
    """Return where the approvals of a campaign lie, relative to the project."""
    return f"{FOLDER}/{campaign_key}/{environment}"


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit of the repository around a project.

    Attributes:
        root: The project folder.
        name: The commit's full hash.
        prefix: Where the project lies in the repository, as ``shop/``; empty at its root.
    """

    root: Path
    name: str
    prefix: str

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file of the project; None if the commit has none, or it is too large.

        Args:
            path: Relative to the project.
        """
        try:
            size = read_git(self.root, "cat-file", "-s", self._object(path))
            if int(size) > _MAX_BYTES:
                return None
            return read_git(self.root, "cat-file", "blob", self._object(path))
        except GitError:
            return None

    def evidence(self, campaign_key: str, environment: str) -> Evidence | None:
        """Return the approval's files of a campaign; None without a statement."""
        folder = folder_of(campaign_key, environment)
        statement = self.read(f"{folder}/{STATEMENT}")
        if statement is None:
            return None
        signatures = {
            name.removesuffix(SUFFIX): data
            for name in self._names(folder)
            if name.endswith(SUFFIX) and (data := self.read(f"{folder}/{name}")) is not None
        }
        return Evidence(statement, signatures)

    def _names(self, folder: str) -> list[str]:
        try:
            listed = read_git(self.root, "ls-tree", "--name-only", "-z", self._object(folder))
        except GitError:
            return []
        return [name.decode("utf-8", "replace") for name in listed.split(b"\0") if name]

    def _object(self, path: str) -> str:
        return f"{self.name}:{self.prefix}{path}"


def head(root: Path) -> Commit:
    """Return the commit that is checked out.

    Raises:
        GitError: There is no repository, or it has no commit.
    """
    return _commit(root, "HEAD")


def default_branch(root: Path) -> Commit | None:
    """Return the newest commit of the default branch that this clone knows; None if it knows none."""
    for name in _DEFAULT_BRANCHES:
        try:
            return _commit(root, name)
        except GitError:
            continue
    return None


def _commit(root: Path, name: str) -> Commit:
    found = read_git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    prefix = read_git(root, "rev-parse", "--show-prefix").decode().removesuffix("\n")
    return Commit(root, found.decode("ascii").strip(), prefix)

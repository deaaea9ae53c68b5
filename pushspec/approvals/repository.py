"""Read statements, signatures and signers as bytes from commits, never from the work tree."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from pushspec.approvals.count import MAX_FILE_BYTES, Evidence
from pushspec.git import GitError, read_git
from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

FOLDER = "approvals"
STATEMENT = "statement.json"
SUFFIX = ".sig"
_DEFAULT_BRANCHES = ("refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/remotes/origin/master")
_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


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

    @property
    def exists(self) -> bool:
        """Whether the clone has it; a shallow one lacks those before."""
        try:
            read_git(self.root, "cat-file", "-e", f"{self.name}^{{commit}}")
        except GitError:
            return False
        return True

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file of the project; None if the commit has none, or it is too large.

        Args:
            path: Relative to the project.
        """
        found = self._contents(self.name, "--", f"{self.prefix}{path}")
        return next(iter(found.values()), None)

    def size(self, path: str) -> int | None:
        """Return the bytes that a file of the project has, also where that is too many to read them."""
        found = self._blobs(self.name, "--", f"{self.prefix}{path}")
        return next((blob.size for blob in found.values()), None)

    def evidence(self, campaign_key: str, environment: str) -> Evidence | None:
        """Return the approval's files of a campaign; None without a statement."""
        blobs = self._blobs(f"{self.name}:{self.prefix}{folder_of(campaign_key, environment)}")
        if STATEMENT not in blobs:
            return None
        files = _read(self.root, _small(blobs))
        signatures = {name.removesuffix(SUFFIX): files.get(name) for name in blobs if name.endswith(SUFFIX)}
        return Evidence(files.get(STATEMENT), signatures)

    def _contents(self, *listed: str) -> dict[str, bytes]:
        """Return the files that ``git ls-tree`` lists, by name; none that is too large."""
        return _read(self.root, _small(self._blobs(*listed)))

    def _blobs(self, *listed: str) -> dict[str, _Blob]:
        try:
            return dict(_blobs(read_git(self.root, "ls-tree", "-l", "-z", "--full-tree", *listed)))
        except GitError:  # the commit has no such folder
            return {}


class _Blob(NamedTuple):
    """A file in a commit: git's hash of its content, and its size in bytes."""

    name: str
    size: int


def _blobs(listed: bytes) -> Iterator[tuple[str, _Blob]]:
    for entry in listed.split(b"\0"):
        about, _, path = entry.partition(b"\t")
        _, kind, name, size = about.split() if entry else (b"",) * 4
        if kind == b"blob":
            yield path.decode("utf-8", "replace"), _Blob(name.decode("ascii"), int(size))


def _small(blobs: Mapping[str, _Blob]) -> dict[str, _Blob]:
    return {path: blob for path, blob in blobs.items() if blob.size <= MAX_FILE_BYTES}


def _read(root: Path, blobs: Mapping[str, _Blob]) -> dict[str, bytes]:
    if not blobs:
        return {}
    asked = "".join(f"{blob.name}\n" for blob in blobs.values()).encode()
    output, at, contents = read_git(root, "cat-file", "--batch", data=asked), 0, {}
    for path, blob in blobs.items():
        begin = output.index(b"\n", at) + 1  # behind the line that git writes above each content
        at = begin + blob.size + 1
        contents[path] = output[begin : begin + blob.size]
    return contents


def head(root: Path) -> Commit:
    """Return the commit that is checked out.

    Raises:
        GitError: There is no repository, or it has no commit.
    """
    asked = ("--show-prefix", "--verify", "--quiet", "--end-of-options", "HEAD^{commit}")
    try:
        found = read_git(root, "rev-parse", *asked)
    except GitError:
        read_git(root, "rev-parse", "--git-dir")  # says why, where there is no repository that can be read
        raise GitError(
            phrase("the repository has no commit yet"),
            hint=phrase("commit the campaign and the signers file"),
        ) from None
    prefix, _, name = found.decode().removesuffix("\n").rpartition("\n")
    return Commit(root, name, prefix)


def committed_name(root: Path, path: str) -> str:
    """Return git's name of a project file's content in the commit that is checked out; empty without one.

    It takes one process of git, and none where no repository is around the project.

    Raises:
        GitError: There is no repository that can be read.
    """
    asked = f"HEAD:./{path}\n".encode()
    found = read_git(root, "cat-file", "--batch-check=%(objectname)", data=asked).removesuffix(b"\n")
    return "" if found.endswith(b" missing") else found.decode("ascii", "replace")


def ever_held(root: Path, path: str, word: bytes, commits: Iterable[str], *, name: str) -> bool:
    """Whether a file of the project held a word in a commit or on the default branch, where it differed.

    It takes one process of git while the file is everywhere as it is now, and else two.

    Args:
        root: The project folder.
        path: Relative to the project.
        word: The bytes to look for.
        commits: Hashes of commits; what is none is passed over.
        name: git's name of the file's content now.

    Raises:
        GitError: There is no repository that can be read.
    """
    places = [*_DEFAULT_BRANCHES, *sorted({it for it in commits if _HASH.fullmatch(it)})]
    asked = "".join(f"{place}:./{path}\n" for place in places).encode()
    found = read_git(root, "cat-file", "--batch-check=%(objectname) %(objectsize)", data=asked)
    told = (line.decode("utf-8", "replace").split(" ") for line in found.splitlines())
    sizes = {words[0]: words[1] for words in told if len(words) == 2 and words[1].isdigit()}
    others = {
        other: _Blob(other, int(size))
        for other, size in sizes.items()
        if other != name and int(size) <= MAX_FILE_BYTES
    }
    return any(word in content for content in _read(root, others).values())


def default_branch(checked_out: Commit) -> Commit | None:
    """Return the newest commit of the default branch that this clone knows; None if it knows none."""
    asked = "".join(f"{name}^{{commit}}\n" for name in _DEFAULT_BRANCHES).encode()
    found = read_git(checked_out.root, "cat-file", "--batch-check=%(objectname)", data=asked)
    known = (line.decode("ascii") for line in found.splitlines() if not line.endswith(b" missing"))
    name = next(known, None)
    return None if name is None else replace(checked_out, name=name)


def fork_of(checked_out: Commit, branch: Commit) -> str:
    """Return the newest commit that two commits share; empty where this clone knows none."""
    try:
        found = read_git(checked_out.root, "merge-base", "--end-of-options", checked_out.name, branch.name)
    except GitError:
        return ""
    return found.decode("ascii").strip()

"""Read a project as it was at another commit, and tell which of its files differ; git gives bytes alone."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, NamedTuple

from pushspec.errors import UsageError
from pushspec.git import GitError, read_git
from pushspec.language import phrase
from pushspec.paths import PathRefusedError, is_plain_path, open_inside
from pushspec.sanitize import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PLAIN_FILES = (b"100644", b"100755")
_CHUNK_BYTES = 1 << 20


class _Entry(NamedTuple):
    """A plain file of a commit: its path below the project, and the hash of its content."""

    name: str
    blob: str


def write_tree(root: Path, ref: str, into: Path) -> bool:
    """Write the plain files of a project at a commit.

    Links, submodules and names that no spec can open are left out. ``git archive`` would obey the attributes
    of the commit, which may hide files; this reads every blob.

    Args:
        root: The project folder, somewhere in a git work tree.
        ref: A commit, branch or tag.
        into: An empty folder.

    Returns:
        Whether the project folder exists in that commit.

    Raises:
        UsageError: This is no git repository, or it has no such commit.
    """
    tree = _tree(root, resolve(root, ref))
    if tree is None:
        return False
    for entry in _entries(root, tree):
        path = into / entry.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(read_git(root, "cat-file", "blob", entry.blob))
    return True


def resolve(root: Path, ref: str) -> str:
    """Return the commit that a name means.

    Raises:
        UsageError: This is no git repository, or it has no such commit.
    """
    is_shallow = read_git(root, "rev-parse", "--is-shallow-repository").strip() == b"true"
    try:
        commit = read_git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    except GitError:
        raise UsageError(
            phrase('git finds no commit "{ref}" here', ref=printable(ref, limit=100)),
            hint=phrase("this clone is shallow: in CI, check out with fetch-depth: 0") if is_shallow else "",
        ) from None
    return commit.decode().strip()


def changed_files(root: Path, ref: str) -> set[str]:
    """Return the files of a project that differ between a commit and the work tree, relative to the project.

    The bytes are compared as they are: a filter that git would run over the work tree, such as that of large
    files, is a program that the tree can choose. Files that git does not know yet count as changed.

    Raises:
        UsageError: This is no git repository, or it has no such commit.
    """
    kept, here = committed_files(root, ref), known_files(root)
    new = {name for name in here - kept.keys() if is_plain_file(root, name)}
    return new | {name for name, blob in kept.items() if blob_hash(root, name, len(blob)) != blob}


def committed_files(root: Path, ref: str) -> dict[str, str]:
    """Return the plain files of a project at a commit, relative to the project, with git's hash of each.

    Raises:
        UsageError: This is no git repository, or it has no such commit.
    """
    tree = _tree(root, resolve(root, ref))
    return {} if tree is None else dict(_entries(root, tree))


def known_files(root: Path) -> set[str]:
    """Return the files of a project that git tracks or would track, relative to the project.

    Raises:
        UsageError: This is no git repository.
    """
    listed = read_git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return {os.fsdecode(name) for name in listed.split(b"\0") if name}


def _tree(root: Path, commit: str) -> str | None:
    """Return the name of the project's folder in a commit; None where it has none."""
    prefix = os.fsdecode(read_git(root, "rev-parse", "--show-prefix").removesuffix(b"\n")).rstrip("/")
    tree = f"{commit}:{prefix}"
    try:
        read_git(root, "cat-file", "-e", tree)
    except GitError:
        return None
    return tree


def _entries(root: Path, tree: str) -> Iterator[_Entry]:
    for entry in read_git(root, "ls-tree", "-r", "-z", "--full-tree", tree).split(b"\0"):
        if entry:
            about, name = entry.split(b"\t", 1)
            mode, _, blob = about.split(b" ", 2)
            if mode in _PLAIN_FILES and is_plain_path(os.fsdecode(name)):
                yield _Entry(os.fsdecode(name), blob.decode())


def is_plain_file(root: Path, name: str) -> bool:
    """Whether a path of the project leads to a file that a spec can open."""
    try:
        open_inside(root, name).close()
    except PathRefusedError:
        return False
    return True


def blob_hash(root: Path, name: str, digits: int) -> str:
    """Return git's hash of a file as it lies there; empty where there is no plain file."""
    try:
        file = open_inside(root, name)
    except PathRefusedError:
        return ""
    is_sha256 = digits == hashlib.sha256().digest_size * 2
    digest = hashlib.sha256() if is_sha256 else hashlib.sha1()  # noqa: S324 - git's own name of an object
    with file:
        digest.update(b"blob %d\0" % os.fstat(file.fileno()).st_size)
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()

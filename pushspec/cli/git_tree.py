"""A project as it stood at another commit; git is asked for bytes and runs nothing of the project."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from pushspec.errors import UsageError
from pushspec.sanitize import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TIMEOUT_S = 60
_PLAIN_FILES = (b"100644", b"100755")


def write_tree(root: Path, ref: str, into: Path) -> bool:
    """Write the plain files of a project at a commit; links and submodules are left out.

    ``git archive`` would obey the attributes of the commit, which may hide files; this reads every blob.

    Args:
        root: The project folder, somewhere in a git work tree.
        ref: A commit, branch or tag.
        into: An empty folder.

    Returns:
        Whether the project folder exists in that commit.

    Raises:
        UsageError: This is no git repository, or it has no such commit.
    """
    commit = resolve(root, ref)
    prefix = _git(root, "rev-parse", "--show-prefix").decode().strip()
    tree = f"{commit}:{prefix}".rstrip("/")
    if prefix and not _exists(root, tree):
        return False
    for name, blob in _files(root, tree):
        path = into / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_git(root, "cat-file", "blob", blob))
    return True


def resolve(root: Path, ref: str) -> str:
    """Return the commit that a name means.

    Raises:
        UsageError: There is none.
    """
    try:
        return (
            _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
            .decode()
            .strip()
        )
    except subprocess.CalledProcessError:
        hint = "in CI, check out with fetch-depth: 0"
        raise UsageError(f'git knows no commit "{printable(ref, limit=100)}" here', hint=hint) from None


def changed_files(root: Path, ref: str) -> set[str]:
    """Return the files of a project that differ between a commit and the work tree, relative to the project.

    Files that git does not know yet count as changed.

    Raises:
        UsageError: There is no such commit.
    """
    commit = resolve(root, ref)
    differing = _git(root, "diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--relative", commit)
    untracked = _git(root, "ls-files", "-z", "--others", "--exclude-standard")
    return {name.decode() for name in (differing + untracked).split(b"\0") if name}


def _files(root: Path, tree: str) -> Iterator[tuple[str, str]]:
    for entry in _git(root, "ls-tree", "-r", "-z", "--full-tree", tree).split(b"\0"):
        if entry:
            about, name = entry.split(b"\t", 1)
            mode, _, blob = about.split(b" ", 2)
            if mode in _PLAIN_FILES:
                yield name.decode(), blob.decode()


def _exists(root: Path, tree: str) -> bool:
    try:
        _git(root, "cat-file", "-e", tree)
    except subprocess.CalledProcessError:
        return False
    return True


def _git(root: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - the arguments are ours; a name of the user's stands behind --end-of-options
            ["git", "-C", str(root), *arguments],  # noqa: S607 - git as the user has it
            capture_output=True,
            check=True,
            timeout=_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        raise UsageError("git could not be asked", hint="this needs git and a repository") from None
    return done.stdout

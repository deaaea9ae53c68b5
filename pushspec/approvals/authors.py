"""Find out from git who changed a campaign since it was last sent: they do not approve their own change.

Addresses are what people typed, so this guards against haste and not against lies.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from pushspec.git import GitError, read_git
from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

MOST_COMMITS = 20_000
_CO_AUTHOR = re.compile(r"^[ \t]*co-authored-by:[^\n]*<([^<>\n]+)>", re.IGNORECASE | re.MULTILINE)
_RENAMED = ("R", "C")


class HistoryError(Exception):
    """The authors cannot be told.

    Attributes:
        hint: What to do about it.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class _Change(NamedTuple):
    """One file that a commit changed, and the name it had before if it was renamed."""

    path: str
    before: str


def authors_since(
    root: Path,
    since: str,
    patterns: Collection[str],
    *,
    counts: Callable[[str, str], bool] = lambda _commit, _path: True,
) -> frozenset[str]:
    """Return the addresses of all authors and co-authors of commits that changed some files.

    A merge counts only for what differs from all its parents, so that pressing the merge button makes nobody
    an author.

    Args:
        root: The project folder.
        since: The commit after which changes count; empty for the whole history.
        patterns: The files, relative to the project; ``*`` stands for any text.
        counts: Says of a commit and a path that matched whether the change concerns the campaign.

    Returns:
        Addresses in lower case.

    Raises:
        HistoryError: The history is cut or too long, or ``since`` is no part of it.
    """
    _check_history(root, since)
    tracked = set(patterns)
    found: list[str] = []
    for commit, changes in _commits(root, since):
        hits = [change for change in changes if any(fnmatchcase(change.path, it) for it in tracked)]
        # Walked from the newest commit back, so that a file is followed under the name it had then.
        tracked |= {change.before for change in hits if change.before}
        if any(counts(commit, change.path) for change in hits):
            found.append(commit)
    return frozenset(address for commit in found for address in _addresses(root, commit))


def _check_history(root: Path, since: str) -> None:
    if read_git(root, "rev-parse", "--is-shallow-repository").strip() == b"true":
        raise HistoryError(
            phrase("this clone is shallow, so who wrote the change is unknown"), phrase("fetch-depth: 0")
        )
    if not since:
        return
    try:
        read_git(root, "merge-base", "--is-ancestor", "--end-of-options", since, "HEAD")
    except GitError:
        raise HistoryError(
            phrase("commit {since}, which was sent last, is not in this history", since=since[:12]),
            phrase("check out a branch that contains it; a squash or a forced push took it away"),
        ) from None


def _commits(root: Path, since: str) -> Iterator[tuple[str, list[_Change]]]:
    """Yield commits with their changed files, newest first; of a merge what differs from all its parents."""
    span = f"{since}..HEAD" if since else "HEAD"
    count = f"--max-count={MOST_COMMITS + 1}"
    listed = read_git(root, "rev-list", "--topo-order", count, "--end-of-options", span).split()
    if len(listed) > MOST_COMMITS:
        raise HistoryError(
            phrase("more than {most_commits:,} commits since the last send", most_commits=MOST_COMMITS),
            phrase("send it once, then approve"),
        )
    if not listed:
        return
    options = (
        "-r",
        "-c",
        "-M",
        "--root",
        "--name-status",
        "-z",
        "--relative",
        "--no-ext-diff",
        "--no-textconv",
    )
    output = read_git(root, "diff-tree", "--stdin", *options, data=b"\n".join(listed) + b"\n")
    yield from _parsed(output.decode("utf-8", "surrogateescape").split("\0"))


_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def _parsed(words: list[str]) -> Iterator[tuple[str, list[_Change]]]:
    commit, changes, at = "", list[_Change](), 0
    while at < len(words):
        word = words[at]
        if _HASH.fullmatch(word.strip()):
            if commit:
                yield commit, changes
            commit, changes, at = word.strip(), [], at + 1
        elif not word:
            at += 1
        elif word.strip().startswith(_RENAMED) and len(word.strip()) > 1 and word.strip()[1:].isdigit():
            changes.append(_Change(words[at + 2], words[at + 1]))
            at += 3
        else:
            changes.append(_Change(words[at + 1], ""))
            at += 2
    if commit:
        yield commit, changes


def _addresses(root: Path, commit: str) -> Iterator[str]:
    # Raw addresses: a .mailmap in the tree may rename them.
    said = read_git(root, "log", "--no-walk", "--no-mailmap", "--format=%ae%n%B", "--end-of-options", commit)
    address, _, message = said.decode("utf-8", "replace").partition("\n")
    yield address.strip().lower()
    yield from (match.strip().lower() for match in _CO_AUTHOR.findall(message))

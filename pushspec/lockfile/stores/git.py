"""A lockfile on a branch of the repository's own remote, appended by plain fast-forward pushes.

A push says which commit it found and is refused if another has come since: that is the whole lock. Nothing is
ever forced. All of it happens in a scratch repository: the clone stays untouched, and none of its settings
decides what runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.errors import DamagedLockfileError, message_of
from pushspec.git import GitError, reason_of
from pushspec.language import phrase
from pushspec.lockfile.stores import HollowLockfileError, SlotTakenError, StoreError
from pushspec.lockfile.stores.scratch_repository import ScratchRepository

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Sequence
    from pathlib import Path

REMOTE = "origin"
PUSHES_PER_MINUTE = 6
"""What GitHub recommends a repository to take at most
(https://docs.github.com/en/repositories/creating-and-managing-repositories/repository-limits)."""
_FILE = "lockfile.jsonl"
_SEEN = "refs/pushspec/seen"
_REASONS = (
    (
        b"unpacker error",
        phrase("the remote could not store it"),
        phrase("check whether its disk is full or read-only"),
    ),
    (
        b"[remote rejected]",
        phrase("the remote refused it"),
        phrase("allow pushes to that branch in its rules and hooks"),
    ),
    (b"denied", phrase("permission was denied"), phrase("allow this user or token to push to that branch")),
    (
        b"does not appear to be a git repository",
        phrase("there is no such remote"),
        phrase("correct its address until `git fetch {remote}` works", remote=REMOTE),
    ),
)


class GitStore:
    """Slots are the lines of one file on the branch; each append is one commit on the tip that was read."""

    def __init__(self, folder: Path, branch: str, *, remote: str = REMOTE, environment: str = "") -> None:
        self._folder = folder
        self._environment = environment
        self._branch = f"refs/heads/{branch}"
        self._remote = remote
        self._scratch: ScratchRepository | None = None
        self._tip = ""
        self._lines: list[bytes] = []
        self._is_believed = False

    @property
    def where(self) -> str:
        """Branch and remote."""
        return phrase(
            "branch {branch} of {remote}",
            branch=self._branch.removeprefix("refs/heads/"),
            remote=self._remote,
        )

    def read(self, first: int = 0) -> Iterator[bytes]:
        """Fetch the branch and yield its lines from slot ``first`` on."""
        self._fetch()
        if self._environment and self._tip and not self._lines:
            raise HollowLockfileError(self.where, self._environment)
        yield from self._lines[first:]

    def append(self, first: int, lines: Sequence[bytes]) -> None:
        """Commit the lines on the tip that was read, and push; a newer tip refuses it."""
        if first < len(self._lines):
            raise SlotTakenError(phrase("slot {first} is taken", first=first))
        if first > len(self._lines):
            raise StoreError(
                phrase("{where} was read to slot {lines} only", where=self.where, lines=len(self._lines))
            )
        commit = self._commit([*self._lines, *lines], f"{len(lines)} records from {first}")
        push = ("push", "--porcelain", "--no-verify", "--no-signed", "--", self._open().push_url)
        answer = self._git(*push, f"{commit}:{self._branch}")
        if answer.returncode != 0:
            if b"[rejected]" in answer.stdout:
                raise SlotTakenError(phrase("{where} has moved on", where=self.where))
            raise self._failure("pushed", answer)
        if not self._is_believed and self._remote_tip() != commit:
            raise StoreError(
                phrase("{where} took a push and does not show it", where=self.where),
                hint=phrase("the remote discards pushes or is a mirror that lags: use the repository itself"),
            )
        self._is_believed = True
        self._tip = commit
        self._lines.extend(lines)

    def probe(self) -> None:
        """Show that the remote answers; that it refuses a stale push is part of git's own protocol.

        That it keeps what it took is looked up after the first append.
        """
        self._remote_tip()

    def close(self) -> None:
        """Remove the scratch repository."""
        if self._scratch is not None:
            self._scratch.remove()
            self._scratch = None

    def _fetch(self) -> None:
        tip = self._remote_tip()
        if tip == self._tip:
            return
        if not tip:
            raise DamagedLockfileError(phrase("{where} has disappeared", where=self.where))
        # The plus updates our own note of what it saw; the remote is only read.
        fetch = ("fetch", "--quiet", "--no-tags", "--depth=1", "--", self._open().url)
        answer = self._git(*fetch, f"+{self._branch}:{_SEEN}")
        if answer.returncode != 0:
            raise self._failure("fetched", answer)
        self._take_over(self._must("rev-parse", _SEEN).decode().strip())

    def _remote_tip(self) -> str:
        """Return the commit that the remote shows; empty where the branch is not there."""
        answer = self._git("ls-remote", "--quiet", "--", self._open().url, self._branch)
        if answer.returncode != 0:
            raise self._failure(phrase("read"), answer)
        return answer.stdout.split()[0].decode() if answer.stdout.strip() else ""

    def _take_over(self, tip: str) -> None:
        lines = self._must("cat-file", "blob", f"{tip}:{_FILE}").splitlines(keepends=True)
        if lines[: len(self._lines)] != self._lines:
            raise DamagedLockfileError(
                phrase("{where} was rewritten: what was read there is gone", where=self.where)
            )
        self._tip, self._lines = tip, lines

    def _commit(self, lines: Sequence[bytes], message: str) -> str:
        blob = self._must("hash-object", "-w", "--stdin", data=b"".join(lines)).strip()
        tree = self._must("mktree", data=b"100644 blob " + blob + b"\t" + _FILE.encode() + b"\n").strip()
        parent = ["-p", self._tip] if self._tip else []
        return self._must("commit-tree", tree.decode(), *parent, "-m", message).decode().strip()

    def _must(self, *arguments: str, data: bytes = b"") -> bytes:
        answer = self._git(*arguments, data=data)
        if answer.returncode != 0:
            raise self._failure("used", answer)
        return answer.stdout

    def _git(self, *arguments: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        try:
            return self._open().run(*arguments, data=data)
        except GitError as error:
            raise StoreError(
                phrase("{where} cannot be reached: {error}", where=self.where, error=message_of(error)),
                hint=error.hint,
            ) from error

    def _open(self) -> ScratchRepository:
        if self._scratch is None:
            self._scratch = ScratchRepository(self._folder, self._remote, self.where)
        return self._scratch

    def _failure(self, done: str, answer: subprocess.CompletedProcess[bytes]) -> StoreError:
        words = answer.stdout + answer.stderr
        plain = (
            b"",
            self._open().without_address(reason_of(answer)),
            phrase("try `git fetch {remote}`", remote=self._remote),
        )
        _, reason, hint = next((known for known in _REASONS if known[0] in words), plain)
        return StoreError(
            phrase("{where} cannot be {done}: {reason}", where=self.where, done=done, reason=reason),
            hint=hint,
        )

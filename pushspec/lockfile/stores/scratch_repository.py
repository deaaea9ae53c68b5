"""Reach the remote of a clone from a repository of our own, where no setting of the clone runs anything."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from pushspec.errors import message_of
from pushspec.git import GitError, read_git, reason_of, remote_git
from pushspec.language import phrase
from pushspec.lockfile.stores import BrokenStoreError, StoreError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping, Sequence

_IDENTITY = {
    "GIT_AUTHOR_NAME": "pushspec",
    "GIT_AUTHOR_EMAIL": "pushspec@localhost",
    "GIT_COMMITTER_NAME": "pushspec",
    "GIT_COMMITTER_EMAIL": "pushspec@localhost",
}


class ScratchRepository:
    """A bare repository of our own, and the addresses of a clone's remote.

    Of the clone's own configuration it takes the two addresses and the headers that ``actions/checkout``
    leaves there for the code host, and nothing that could start a program.
    """

    def __init__(self, clone: Path, remote: str, where: str) -> None:
        self._clone, self._remote, self._where = clone, remote, where
        self._top = self._topmost_folder()
        self.url = self._address("url")
        self.push_url = self._setting(f"remote.{remote}.pushurl") or self.url
        self._check_elsewhere()
        self._environ = {**os.environ, **_IDENTITY, **_as_variables(self._headers(), os.environ)}
        self._folder = Path(tempfile.mkdtemp(prefix="pushspec-git-"))
        # Also where nobody closes the store: a plan only reads.
        self.remove = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        made = self.run("init", "--quiet", "--bare", "--template=")
        if made.returncode != 0:
            raise BrokenStoreError(
                phrase("git cannot make a scratch repository: {reason_of}", reason_of=reason_of(made))
            )

    def run(self, *arguments: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run git here, as a user in the clone's topmost folder."""
        return remote_git(self._folder, *arguments, data=data, cwd=self._top, environ=self._environ)

    def without_address(self, words: str) -> str:
        """Return git's words without the remote's addresses, which may hold a password."""
        for url in (self.push_url, self.url):
            words = words.replace(url, "the remote")
        return words

    def _topmost_folder(self) -> Path:
        try:
            return Path(os.fsdecode(read_git(self._clone, "rev-parse", "--show-toplevel").rstrip(b"\n")))
        except GitError as error:
            raise BrokenStoreError(
                phrase("{where} cannot be read: {error}", where=self._where, error=message_of(error)),
                hint=error.hint,
            ) from error

    def _address(self, key: str) -> str:
        url = self._setting(f"remote.{self._remote}.{key}")
        if not url:
            raise StoreError(
                phrase("{where} cannot be read: there is no such remote", where=self._where),
                hint=phrase("add it, and check that `git fetch {remote}` works", remote=self._remote),
            )
        return url

    def _setting(self, key: str) -> str:
        try:
            return os.fsdecode(read_git(self._clone, "config", "--null", "--get", key)).rstrip("\0")
        except GitError:
            return ""

    def _headers(self) -> list[tuple[str, str]]:
        pattern = r"^http\..*\.extraheader$"
        try:
            listed = read_git(
                self._clone, "config", "--local", "--includes", "--null", "--get-regexp", pattern
            )
        except GitError:  # there are none
            return []
        pairs = [os.fsdecode(entry).partition("\n") for entry in listed.split(b"\0") if entry]
        return [(key, value) for key, _, value in pairs]

    def _check_elsewhere(self) -> None:
        """Refuse the clone itself as its remote: it forgets with it, and its hooks are a stranger's."""
        own = self._top.resolve()
        for url in (self.url, self.push_url):
            if Path(os.path.realpath(own / url.removeprefix("file://"))) in {own, own / ".git"}:
                raise BrokenStoreError(
                    phrase("{where} is in the clone itself", where=self._where),
                    hint=phrase("set the address of {remote}", remote=self._remote),
                )


def _as_variables(settings: Sequence[tuple[str, str]], environ: Mapping[str, str]) -> dict[str, str]:
    """Return settings as git reads them from its environment, behind those that are there."""
    first = int(environ.get("GIT_CONFIG_COUNT") or 0)
    variables = {"GIT_CONFIG_COUNT": str(first + len(settings))} if settings else {}
    for number, (key, value) in enumerate(settings, start=first):
        variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return variables

"""Finished parts of a proof, kept in a folder, so that a proof that was stopped goes on where it was."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from multiprocessing.pool import Pool
    from pathlib import Path

    What = TypeVar("What")

_ROUND = 400
"""Parts between two looks at the clock; enough that no job waits for another."""


class ProveError(Exception):
    """The proof cannot go on; the message says why and what to do."""


class Kept:
    """What is kept of a proof: parts of each of its subjects, with the commit whose code they ran."""

    def __init__(
        self, folder: Path | None = None, *, project: Path | None = None, seconds: float = 0
    ) -> None:
        """Look at the code.

        Args:
            folder: Where results are kept; None keeps nothing.
            project: The git tree that is proved; needed with ``folder``.
            seconds: How long new parts are begun; 0 to the end.

        Raises:
            ProveError: The code has no commit.
        """
        self._folder, self._project = folder, project
        self._until = time.monotonic() + seconds if seconds else float("inf")
        self._head = _head(project) if folder is not None and project is not None else ""

    def parts(self, subject: str, uses: Collection[str]) -> Parts:
        """Return the parts of a subject; those of another commit count while none of their files is another.

        Args:
            subject: In a word, which names its file.
            uses: The files that its parts run, relative to the project.
        """
        if self._folder is None or self._project is None:
            return Parts(until=self._until)
        file = self._folder / f"{subject}.jsonl"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        commit, *records = list(
            itertools.takewhile(lambda record: record is not None, map(_read, lines))
        ) or [""]
        if commit and (changed := _changed(self._project, commit, self._head, uses)):
            print(f"{subject}: {changed} changed since {commit[:12]}, from the start", file=sys.stderr)
            commit = ""
        commit, records = (commit, records) if commit else (self._head, [])
        self._folder.mkdir(exist_ok=True)
        # Written again, without a last line that a killed proof left half written.
        file.write_text("".join(f"{json.dumps(record)}\n" for record in (commit, *records)), encoding="utf-8")
        return Parts(file, commit, dict(records), self._until)


class Parts:
    """Results of parts by name.

    Attributes:
        commit: The commit that they prove; empty where nothing is kept.
    """

    def __init__(
        self,
        file: Path | None = None,
        commit: str = "",
        results: Mapping[str, Any] | None = None,
        until: float = float("inf"),
    ) -> None:
        self.commit = commit
        self._file, self._results, self._until = file, dict(results or {}), until

    def finish(
        self,
        pool: Pool,
        play: Callable[[What], Any],
        parts: Mapping[str, What],
        *,
        noun: str,
        at_once: int = 1,
    ) -> dict[str, Any]:
        """Play the parts that are not finished, and return the results of all by name.

        Raises:
            ProveError: The time is over; what was finished is kept.
        """
        todo = [(name, what) for name, what in parts.items() if name not in self._results]
        while todo:
            if time.monotonic() > self._until:
                raise ProveError(f"the time is over; {len(todo):,} of {len(parts):,} {noun} are left")
            now, todo = todo[:_ROUND], todo[_ROUND:]
            for name, result in pool.imap_unordered(partial(_named, play), now, at_once):
                self._add(name, result)
            print(f"{len(parts) - len(todo):,} of {len(parts):,} {noun}", file=sys.stderr, flush=True)
        return {name: self._results[name] for name in parts}

    def _add(self, name: str, result: Any) -> None:
        self._results[name] = result
        if self._file is not None:
            with self._file.open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps([name, result])}\n")


def _named(play: Callable[[What], Any], part: tuple[str, What]) -> tuple[str, Any]:
    name, what = part
    return name, play(what)


def _read(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _head(project: Path) -> str:
    changed = _git(project, "status", "--porcelain", "--no-renames").splitlines()
    if any(not _is_document(line[3:]) for line in changed):
        raise ProveError(
            "the tree has changes that no commit holds; commit them, for the proof names a commit"
        )
    return _git(project, "rev-parse", "HEAD").strip()


def _changed(project: Path, proved: str, head: str, uses: Collection[str]) -> str:
    """Return a file that parts run and that is another one since; empty where none is."""
    changed = _git(project, "diff", "--name-only", "--no-renames", proved, head).splitlines()
    return next((name for name in changed if name in uses), "")


def _is_document(name: str) -> bool:
    return name.endswith(".md") or name.startswith("docs/")


def _git(project: Path, *arguments: str) -> str:
    ended = subprocess.run(["git", *arguments], cwd=project, capture_output=True, text=True)
    if ended.returncode:
        raise ProveError(f"git {arguments[0]}: {ended.stderr.strip()}")
    return ended.stdout

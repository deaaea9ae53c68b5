"""The project's git repository: what people commit, and what git therefore knows of a lockfile."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from oracle.history import Tree

_ENVIRON = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
}


@dataclass
class Repository:
    """A repository in the project's folder.

    Attributes:
        root: The folder.
        committed: Every content that a path had in a commit.
        head: What the last commit holds.
        unmerged: Paths that a merge left without a decision.
    """

    root: Path
    head: Tree = field(default_factory=dict)
    committed: dict[str, set[bytes]] = field(default_factory=dict)
    unmerged: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._git("init", "-q", "-b", "main")

    def commit(self, tree: Tree) -> None:
        """Commit everything, unless nothing changed or a merge waits for a decision."""
        if self.unmerged or tree == self.head:
            return
        self._git("add", "-A", "--", ".", ":!.pushspec")
        self._git("commit", "-q", "-m", "Change the project")
        self.head = tree
        for path, data in tree.items():
            self.committed.setdefault(path, set()).add(data)

    def leave_unmerged(self, path: str) -> None:
        """Leave a path as a merge does in which both sides changed it: three versions in the index."""
        blob = self._git("hash-object", "-w", "--", path).strip()
        self._git("rm", "-q", "--cached", "--ignore-unmatch", "--", path)
        stages = "".join(f"100644 {blob} {stage}\t{path}\n" for stage in (1, 2, 3))
        self._git("update-index", "--index-info", data=stages)
        self.unmerged.add(path)

    def _git(self, *arguments: str, data: str = "") -> str:
        command = ["git", *arguments]
        environ = {"PATH": os.environ["PATH"], **_ENVIRON}
        ended = subprocess.run(
            command, cwd=self.root, env=environ, input=data, capture_output=True, text=True, check=True
        )
        return ended.stdout

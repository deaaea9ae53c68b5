"""A real bare repository whose receiving end can be made to fail, to refuse or to lie."""

from __future__ import annotations

import subprocess
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_FORGET = """\
#!/bin/sh
while read -r old new ref; do
  case $old in *[!0]*) git update-ref "$ref" "$old";; *) git update-ref -d "$ref";; esac
done
"""
_REFUSE = "#!/bin/sh\necho 'this branch is protected' >&2\nexit 1\n"
_DIE = '#!/bin/sh\nrm -f "$0"\nkill -9 $PPID\n'
_DIE_WHEN_COMMITTED = '#!/bin/sh\n[ "$1" = committed ] || exit 0\nrm -f "$0"\nkill -9 $PPID\n'
_DIE_WHENEVER_COMMITTED = '#!/bin/sh\n[ "$1" = committed ] && kill -9 $PPID\nexit 0\n'


@dataclass(frozen=True)
class Remote:
    """A remote, made new in a folder."""

    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / "remote.git"

    def make(self) -> Remote:
        self._git("init", "--bare", "--quiet", "--initial-branch=main", str(self.path))
        self._git("config", "receive.denyNonFastForwards", "false", folder=self.path)
        return self

    def clone(self) -> Path:
        """Return a fresh clone, as a CI runner has it."""
        clone = self.folder / f"clone-{uuid.uuid4().hex}"
        self._git("init", "--quiet", str(clone))
        self._git("remote", "add", "origin", str(self.path), folder=clone)
        return clone

    def refuse(self) -> None:
        """Refuse every push, as a protected branch does."""
        self._hook("pre-receive", _REFUSE)

    def fill(self) -> None:
        """Take no pack, as a remote without room does."""
        self._git("config", "receive.maxInputSize", "1", folder=self.path)

    def forget(self) -> None:
        """Say yes to every push and keep none."""
        self._hook("post-receive", _FORGET)

    def die_before_updating(self) -> None:
        """Kill the receiving end of the next push when it has the commit and before it updates the branch."""
        self._hook("pre-receive", _DIE)

    def die_before_answering(self) -> None:
        """Kill the receiving end of the next push when the branch is updated and before it says so."""
        self._hook("reference-transaction", _DIE_WHEN_COMMITTED)

    def always_die_before_answering(self) -> None:
        """Kill the receiving end of every push when the branch is updated and before it says so."""
        self._hook("reference-transaction", _DIE_WHENEVER_COMMITTED)

    @property
    def is_to_die(self) -> bool:
        """Whether it waits for the next push to die in."""
        return any((self.path / "hooks" / name).exists() for name in ("pre-receive", "reference-transaction"))

    def _hook(self, name: str, script: str) -> None:
        _write_program(self.path / "hooks" / name, script)

    def _git(self, *arguments: str, folder: Path | None = None) -> None:
        subprocess.run(["git", *arguments], cwd=folder or self.folder, check=True, capture_output=True)


def _write_program(path: Path, script: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(script)
    path.chmod(0o755)

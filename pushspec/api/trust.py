"""Remember, outside the project, which remote lockfiles a user trusts, as ``direnv allow`` does.

A plan of somebody else's branch must not choose where a password goes. So a plan reads a remote place without
being told only where this user trusted exactly this place for exactly this folder; no file of the tree can
grant it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pushspec.errors import UsageError
from pushspec.files import FileAccessError, write_file
from pushspec.git import GitError, read_git
from pushspec.language import phrase
from pushspec.paths import PathRefusedError, open_plain
from pushspec.serialization import sha256_hex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pushspec.api.project import LoadedProject

_MAX_BYTES = 1 << 20
_BRANCH = "git+branch:"


class Trusted(NamedTuple):
    """One remote place that is trusted for one folder.

    Attributes:
        project: The project folder, every link resolved.
        place: ``lock`` of the environment; a branch has the SHA-256 of its remote's address behind it.
    """

    project: str
    place: str


def is_elsewhere(project: LoadedProject) -> bool:
    """Whether the lockfile lies outside the project folder: in a remote store, or in a file elsewhere."""
    return not project.keeps_lock_in_file or leads_outside(project.root, project.lock)


def leads_outside(root: Path, path: str) -> bool:
    """Whether a path of a project file, relative to its folder or absolute, lies outside that folder."""
    root = root.resolve()
    return not Path(os.path.normpath(root / path)).is_relative_to(root)


def trusted_place(project: LoadedProject) -> Trusted:
    """Return what there is to trust: the folder, and the place that its project file names now."""
    place = project.lock
    if place.startswith(_BRANCH):
        place = f"{place} at {_remote_of(project.root)}"
    return Trusted(str(project.root.resolve()), place)


def is_trusted(project: LoadedProject, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether this user trusts the place; a place that changed has to be trusted again."""
    return trusted_place(project) in read_trusted(environ, project.root)


def may_read(project: LoadedProject, *, online: bool, trusted: bool) -> bool:
    """Whether a plan reads the lockfile: it lies in the project, or this user said so, each place for itself.

    Args:
        project: The project, at the environment whose lockfile it is.
        online: All places are read.
        trusted: Those that this user trusts are.
    """
    return online or not is_elsewhere(project) or (trusted and is_trusted(project))


def read_trusted(environ: Mapping[str, str] = os.environ, root: Path | None = None) -> list[Trusted]:
    """Return what this user trusts; nothing where the list would lie in the project itself.

    Raises:
        UsageError: The list cannot be read.
    """
    path = _list_path(environ)
    if path is None or (root is not None and path.resolve().is_relative_to(root.resolve())):
        return []
    try:
        with os.fdopen(open_plain(path), "rb") as file:
            entries = json.loads(file.read(_MAX_BYTES))["trusted"]
        return [Trusted(str(entry["project"]), str(entry["place"])) for entry in entries]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise FileAccessError(str(path), phrase("read"), error) from None
    except (PathRefusedError, ValueError, KeyError, TypeError):
        raise UsageError(
            phrase("{path} is not a list of trusted places", path=path),
            hint=phrase("remove it and trust again"),
        ) from None


def grant(project: LoadedProject, environ: Mapping[str, str] = os.environ) -> Trusted:
    """Trust the place that the project file names now.

    Raises:
        UsageError: There is nothing to trust, or the list cannot be written.
    """
    if not is_elsewhere(project):
        raise UsageError(
            phrase(
                "{shown_lock} is inside the project: a plan reads it without trust",
                shown_lock=project.shown_lock,
            )
        )
    entry = trusted_place(project)
    _write(sorted({*read_trusted(environ), entry}), environ)
    return entry


def revoke(project: LoadedProject, environ: Mapping[str, str] = os.environ) -> int:
    """Trust no place of the project folder any more; return how many there were."""
    folder = str(project.root.resolve())
    trusted = read_trusted(environ)
    kept = [entry for entry in trusted if entry.project != folder]
    _write(kept, environ)
    return len(trusted) - len(kept)


def _write(trusted: list[Trusted], environ: Mapping[str, str]) -> None:
    entries = [entry._asdict() for entry in trusted]
    path = _list_path(environ)
    if path is None:
        raise UsageError(
            phrase("there is no folder to store trust in"), hint=phrase("set HOME or XDG_STATE_HOME")
        )
    write_file(path, json.dumps({"version": 1, "trusted": entries}, indent=2) + "\n")


def _list_path(environ: Mapping[str, str]) -> Path | None:
    """Return where the list is kept; None where the user has no folder for it."""
    # As the XDG base directory specification says, a relative path there counts as none.
    for folder in (Path(environ.get("XDG_STATE_HOME", "")), Path(environ.get("HOME", "")) / ".local/state"):
        if folder.is_absolute():
            return folder / "pushspec" / "trusted.json"
    return None


def _remote_of(root: Path) -> str:
    """Return the hash of the address of ``origin``, which may hold a password; empty where there is none."""
    try:
        return sha256_hex(read_git(root, "config", "--null", "--get", "remote.origin.url"))
    except GitError:
        return ""

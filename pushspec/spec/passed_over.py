"""Find files that look meant for pushspec and that it does not read, by their name or by their folder."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.paths import PathRefusedError, is_plain_path, read_inside
from pushspec.problems import Level, Location, Problem
from pushspec.spec.project import CAMPAIGNS, PROJECT_FILE
from pushspec.spec.source import MAX_BYTES
from pushspec.suggest import bare, slips

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SUFFIXES = (".yaml", ".yml")
_KINDS = {CAMPAIGNS: b"Campaign", "audiences": b"Audience", "people": b"People"}
"""What the files of each folder call themselves."""
_SLIPS = 2
"""So many letters may be wrong in a folder's name for it to be a slip of another one."""
_LOOKS_LIKE_YAML = re.compile(r"(?i)(\.(ya?ml|yalm|ymal)([._~ ()-]\w*)*|[ ,_-]ya?ml *)\Z")
_SAYS_KIND = re.compile(rb"""(?m)(?:^[ \t]*|[{,][ \t]*)["']?kind["']?[ \t]*:[ \t]*["']?(\w+)""")
_BEGINS = re.compile(
    rb"""(?:\xef\xbb\xbf)?(?:[ \t]*(?:#[^\n]*|---[ \t]*)?\r?\n)*+(?:---)?[ \t]*+"""
    rb"""(?:\{|["']?(?:apiVersion|kind|name|version|endpoint)["']?[ \t]*:)"""
)
"""The first words of such a file; a page of documentation that shows one begins with others."""


def passed_over(root: Path) -> list[Problem]:
    """Return a warning for each file that looks meant for pushspec and is not read."""
    problems = [*_misnamed(root), *_misplaced(root), *_in_like_folders(root)]
    problems += [
        _warning(
            name,
            phrase("this is a folder with the name of a campaign file"),
            phrase("a campaign is a file: rename the folder, or put the file in its place"),
        )
        for name in _folders_like_files(root)
    ]
    if (root / CAMPAIGNS).is_symlink():
        message = phrase("it is a symbolic link, so no campaign below it is read")
        hint = phrase("replace the link by the folder that it leads to, and commit that")
        problems.append(Problem(Location(CAMPAIGNS), "unreadable-file", message, hint))
    return problems


def files_below(root: Path, folder: str = CAMPAIGNS) -> Iterator[str]:
    """Yield every file at or below a folder of the project that has no dot before its name."""
    if (root / folder).is_symlink():  # it could lead anywhere, and the walk would name what lies there
        return
    for place, folders, files in os.walk(root / folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        relative = os.path.relpath(place, root).replace(os.sep, "/")
        yield from (f"{relative}/{name}" for name in files if name[0] != ".")


def _misnamed(root: Path) -> Iterator[Problem]:
    """Yield the files in the right folder that end in another way."""
    for name in sorted(files_below(root)):
        if not name.endswith(SUFFIXES) and (_looks_meant(name) or _says(root, name, _KINDS[CAMPAIGNS])):
            yield _warning(
                name,
                phrase("this looks like a campaign, but its name does not end in .yaml or .yml"),
                phrase("rename it, or move it out of campaigns/"),
            )
    for folder in ("audiences", "people"):
        for name in _names_in(root, folder):
            if not name.endswith(SUFFIXES) and (_looks_meant(name) or _says(root, name, _KINDS[folder])):
                yield _warning(
                    name,
                    phrase("this looks like a file for pushspec, but its name does not end in .yaml or .yml"),
                    phrase("rename it, or move it out of {folder}/", folder=folder),
                )


def _misplaced(root: Path) -> Iterator[Problem]:
    """Yield the campaigns beside the project file."""
    _, _, files = next(os.walk(root), ("", [], []))  # nothing of a folder that may be entered and not listed
    for name in sorted(files):
        may_be = name.endswith((*SUFFIXES, ".json")) or _looks_meant(name)
        if name[0] != "." and name != PROJECT_FILE and may_be and _says(root, name, _KINDS[CAMPAIGNS]):
            yield _warning(
                name,
                phrase("this is a campaign, but it does not lie below {campaigns}/", campaigns=CAMPAIGNS),
                phrase("move it there, or out of the project"),
            )


def _in_like_folders(root: Path) -> Iterator[Problem]:
    """Yield the files below a folder whose name is a slip of one that is read."""
    _, folders, _ = next(os.walk(root), ("", [], []))
    for folder in sorted(folders):
        meant = _meant_by(root, folder)
        for name in sorted(files_below(root, folder)) if meant else ():
            if _looks_meant(name) and (not is_plain_path(name) or _says(root, name, _KINDS[meant])):
                yield _warning(
                    name,
                    phrase(
                        "this file is not read: its folder is {folder!r}, not {meant!r}",
                        folder=folder,
                        meant=meant,
                    ),
                    phrase("move it to {meant}/, or rename the folder", meant=meant),
                )


def _meant_by(root: Path, folder: str) -> str:
    """Return the folder that a name is a slip of; empty for one that is right, or another word."""
    if folder in _KINDS or folder[0] == ".":
        return ""
    near = (it for it in _KINDS if slips(bare(folder), it) <= _SLIPS)
    return next((it for it in near if not _is_same(root / folder, root / it)), "")


def _is_same(folder: Path, other: Path) -> bool:
    """Whether the file system takes two names for one, as those of Windows and macOS do for another case."""
    try:
        return folder.samefile(other)
    except OSError:
        return False


def _warning(name: str, message: str, hint: str) -> Problem:
    return Problem(Location(name), "campaign-file-ignored", message, hint, Level.WARNING)


def _looks_meant(name: str) -> bool:
    return _LOOKS_LIKE_YAML.search(name) is not None


def _says(root: Path, name: str, kind: bytes) -> bool:
    """Whether a file calls itself this; what cannot be read does not, and no page that shows such a file."""
    try:
        data = read_inside(root, name, max_bytes=MAX_BYTES)
    except (OSError, PathRefusedError):
        return False
    return _BEGINS.match(data) is not None and kind in _SAYS_KIND.findall(data)


def _names_in(root: Path, folder: str) -> list[str]:
    place = root / folder
    if place.is_symlink() or not place.is_dir():
        return []
    return sorted(f"{folder}/{path.name}" for path in place.iterdir() if path.name[0] != ".")


def _folders_like_files(root: Path) -> list[str]:
    folders = (os.path.relpath(folder, root) for folder, _, _ in os.walk(root / CAMPAIGNS))
    return sorted(name.replace(os.sep, "/") for name in folders if name.endswith(SUFFIXES))

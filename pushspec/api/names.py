"""Names of campaigns and audiences: which the files of a project give, unrendered, and what can be one."""

from __future__ import annotations

import os
import re
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from pushspec.api.project import find_root
from pushspec.errors import PushspecError, UsageError
from pushspec.language import phrase
from pushspec.paths import read_inside
from pushspec.spec.audience_load import read_audiences
from pushspec.spec.campaign import NAME_MAX
from pushspec.spec.load import campaign_files
from pushspec.spec.refusals import NAME
from pushspec.spec.source import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NAME = re.compile(rb"^name: *[\"']?([a-z0-9-]{1,40})[\"']? *(?:#.*)?\r?$", re.MULTILINE)
_MOST_FILES = 2_000


def named_in_project(root: Path, names: Sequence[str]) -> list[str]:
    """Return names as they are, and paths of this machine as paths within the project.

    Args:
        root: The project folder, absolute.
        names: As people type them; a relative path is looked for in the project folder first.

    Raises:
        UsageError: A path leads out of the project.
    """
    return [_within(root, name) if _is_path_elsewhere(root, name) else name for name in names]


def _is_path_elsewhere(root: Path, name: str) -> bool:
    if Path(name).is_absolute():
        return True
    is_path = "/" in name or name.endswith((".yaml", ".yml"))
    return is_path and not (root / name).exists() and Path(name).exists()


def _within(root: Path, name: str) -> str:
    for path in (Path(os.path.abspath(name)), Path(name).resolve()):  # noqa: PTH100 - through no link
        if path.is_relative_to(root):
            return path.relative_to(root).as_posix()
    raise UsageError(
        phrase("{path} is not in the project {root}", path=name, root=str(root)),
        hint=phrase("-C FOLDER names another project"),
    )


def check_campaign_name(name: str) -> None:
    """Refuse what cannot be the name of a campaign.

    Raises:
        UsageError: It cannot.
    """
    if not re.fullmatch(NAME, name) or len(name) > NAME_MAX:
        raise UsageError(
            phrase("{name!r} cannot be a campaign's name", name=name),
            hint=phrase("use a to z, 0 to 9 and hyphens, at most {most}", most=NAME_MAX),
        )


def campaign_names(folder: str | os.PathLike[str]) -> dict[str, str]:
    """Return the file of each campaign by its name, as far as the files can be read.

    Args:
        folder: The project folder, or one below it.

    Raises:
        UsageError: There is no project.
    """
    root = find_root(folder)
    return dict(_named(root))


def audience_names(folder: str | os.PathLike[str]) -> Sequence[str]:
    """Return the names of the audience files that can be read.

    Args:
        folder: The project folder, or one below it.

    Raises:
        UsageError: There is no project.
    """
    found, _ = read_audiences(find_root(folder))
    return list(found)


def _named(root: Path) -> Iterator[tuple[str, str]]:
    for file in islice(campaign_files(root), _MOST_FILES):
        try:
            found = _NAME.search(read_inside(root, file, max_bytes=MAX_BYTES))
        except PushspecError:  # `validate` says what is wrong with it
            continue
        if found is not None:
            yield found[1].decode(), file

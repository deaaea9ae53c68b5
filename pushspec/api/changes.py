"""Which campaigns a change touches: their own file, or a file that they use."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pushspec.api.git_tree import changed_files
from pushspec.api.planning import read_specs
from pushspec.api.used_files import UsedFiles, any_file
from pushspec.spec.project import PROJECT_FILE

if TYPE_CHECKING:
    from collections.abc import Collection

    from pushspec.api.project import LoadedProject

_TEMPLATES = "templates/"


def changed_campaigns(project: LoadedProject, ref: str) -> frozenset[str]:
    """Return the campaign files that differ from a commit, or whose audience does.

    The project file and the templates concern every campaign, and so does any data that a query may read.

    Raises:
        UsageError: git knows no such commit.
    """
    changed = changed_files(project.root, ref)
    specs, _ = read_specs(project)
    if any(name == PROJECT_FILE or name.startswith(_TEMPLATES) for name in changed):
        return frozenset(spec.path for spec in specs)
    used = UsedFiles(project, any_file)
    return frozenset(
        spec.path for spec in specs if spec.path in changed or _uses(used.lists_of(spec.campaign), changed)
    )


def _uses(patterns: Collection[str], changed: set[str]) -> bool:
    return any(fnmatchcase(name, pattern.replace("**", "*")) for pattern in patterns for name in changed)

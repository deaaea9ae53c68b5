"""Find and read the files of a project, and collect the problems of all of them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from pushspec.language import phrase
from pushspec.paths import PathRefusedError, read_inside
from pushspec.problems import Level, Location, Problem
from pushspec.serialization import sha256_hex
from pushspec.spec.campaign import API_VERSION, NAME_MAX, Campaign
from pushspec.spec.document import Document, read_document
from pushspec.spec.plain_values import campaign_losses, project_losses
from pushspec.spec.project import PROJECT_FILE, Project
from pushspec.spec.source import MAX_BYTES
from pushspec.spec.validation import validate
from pushspec.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

CAMPAIGNS = "campaigns"
_SUFFIXES = (".yaml", ".yml")
_LOOKS_LIKE_YAML = re.compile(r"(?i)\.(ya?ml|yalm)([._~ ()-]\w*)*\Z")
_SAYS_CAMPAIGN = re.compile(rb"""(?m)^[ \t{]*["']?kind["']?[ \t]*:[ \t]*["']?Campaign\b""")
_PROJECT: TypeAdapter[Project] = TypeAdapter(Project)
_CAMPAIGN: TypeAdapter[Campaign] = TypeAdapter(Campaign)
_PLACEHOLDERS = {"apiVersion": API_VERSION, "kind": "Campaign", "version": 1}
"""Placeholders for wrong or missing keys while the rest of a file is checked; none for an endpoint."""


_NO_FILE = Problem(
    Location(CAMPAIGNS),
    "campaign-files-missing",
    phrase("the project has no campaign: no .yaml or .yml file lies below {campaigns}/", campaigns=CAMPAIGNS),
    phrase(
        "put campaigns into {campaigns}/ next to {project_file}; "
        "pushspec ignores names that begin with a dot",
        campaigns=CAMPAIGNS,
        project_file=PROJECT_FILE,
    ),
    Level.WARNING,
)


@dataclass(frozen=True, slots=True)
class ProjectSpec:
    """The project file and what it says."""

    root: Path
    project: Project
    document: Document


@dataclass(frozen=True, slots=True)
class CampaignSpec:
    """A campaign file and what it says.

    Attributes:
        campaign: What it says.
        document: The file, for places.
        sha256: SHA-256 of the file.
        is_whole: Nothing was wrong with it; otherwise it serves to find more problems and nothing else.
    """

    campaign: Campaign
    document: Document
    sha256: str
    is_whole: bool

    @property
    def path(self) -> str:
        """The file, relative to the project."""
        return self.document.file


def find_project(start: Path) -> Path | None:
    """Return the nearest folder at or above ``start`` with a project file."""
    return next((folder for folder in (start, *start.parents) if (folder / PROJECT_FILE).exists()), None)


def read_project(root: Path) -> tuple[ProjectSpec | None, list[Problem]]:
    """Read the project file of a folder."""
    document, _, problems = read_yaml(root, PROJECT_FILE)
    project = None
    if document is not None:
        project, refused = validate(_PROJECT, document.value, document)
        problems += [*refused, *project_losses(document)]
    if document is None or project is None or any(problem.is_error for problem in problems):
        return None, problems
    return ProjectSpec(root, project, document), problems


def campaign_files(root: Path) -> list[str]:
    """Return the campaign files of a project in a fixed order, as paths with forward slashes."""
    return sorted(name for name in _files_below(root) if name.endswith(_SUFFIXES))


def passed_over(root: Path) -> list[Problem]:
    """Return a warning for each file that looks like a campaign and is none by its name or its folder."""
    problems = [
        Problem(
            Location(name),
            "campaign-file-ignored",
            phrase("this looks like a campaign, but its name does not end in .yaml or .yml"),
            phrase("rename it, or move it out of campaigns/"),
            Level.WARNING,
        )
        for name in sorted(_files_below(root))
        if (_LOOKS_LIKE_YAML.search(name) and not name.endswith(_SUFFIXES))
        or (name.endswith(".json") and _says_campaign(root, name))
    ]
    problems += [
        Problem(
            Location(name),
            "campaign-file-ignored",
            phrase("this is a campaign, but it does not lie below {campaigns}/", campaigns=CAMPAIGNS),
            phrase("move it there, or out of the project"),
            Level.WARNING,
        )
        for name in sorted(_files_in_root(root))
        if _says_campaign(root, name)
    ]
    problems += [
        Problem(
            Location(name),
            "campaign-file-ignored",
            phrase("this looks like a file for pushspec, but its name does not end in .yaml or .yml"),
            phrase("rename it, or move it out of {folder}/", folder=name.partition("/")[0]),
            Level.WARNING,
        )
        for folder in ("audiences", "people")
        for name in _names_in(root, folder)
        if _LOOKS_LIKE_YAML.search(name) and not name.endswith(_SUFFIXES)
    ]
    problems += [
        Problem(
            Location(name),
            "campaign-file-ignored",
            phrase("this is a folder with the name of a campaign file"),
            phrase("a campaign is a file: rename the folder, or put the file in its place"),
            Level.WARNING,
        )
        for name in _folders_like_files(root)
    ]
    if (root / CAMPAIGNS).is_symlink():
        message = phrase("it is a symbolic link, so no campaign below it is read")
        hint = phrase("replace the link by the folder that it leads to, and commit that")
        problems.append(Problem(Location(CAMPAIGNS), "unreadable-file", message, hint))
    return problems


def _files_in_root(root: Path) -> Iterator[str]:
    _, _, files = next(os.walk(root), ("", [], []))  # nothing of a folder that may be entered and not listed
    names = (name for name in files if name[0] != "." and name != PROJECT_FILE)
    return (name for name in names if name.endswith((*_SUFFIXES, ".json")))


def _says_campaign(root: Path, name: str) -> bool:
    """Whether a file calls itself a campaign; what cannot be read does not."""
    try:
        return _SAYS_CAMPAIGN.search(read_inside(root, name, max_bytes=MAX_BYTES)) is not None
    except (OSError, PathRefusedError):
        return False


def _names_in(root: Path, folder: str) -> list[str]:
    place = root / folder
    if place.is_symlink() or not place.is_dir():
        return []
    return sorted(f"{folder}/{path.name}" for path in place.iterdir() if path.name[0] != ".")


def _folders_like_files(root: Path) -> list[str]:
    folders = (os.path.relpath(folder, root) for folder, _, _ in os.walk(root / CAMPAIGNS))
    return sorted(name.replace(os.sep, "/") for name in folders if name.endswith(_SUFFIXES))


def _files_below(root: Path) -> Iterator[str]:
    if (root / CAMPAIGNS).is_symlink():  # it could lead anywhere, and the walk would name what lies there
        return
    for folder, folders, files in os.walk(root / CAMPAIGNS):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        relative = os.path.relpath(folder, root).replace(os.sep, "/")
        yield from (f"{relative}/{name}" for name in files if name[0] != ".")


def read_campaigns(
    root: Path, files: Sequence[str], project: Project
) -> tuple[list[CampaignSpec], list[Problem]]:
    """Read campaign files; those with problems come back too, as far as they can be read, but not whole."""
    specs: list[CampaignSpec] = []
    problems = passed_over(root)
    if not files and not (root / CAMPAIGNS).is_symlink():
        problems.append(_NO_FILE)
    for file in files:
        spec, found = _read_campaign(root, file)
        problems += found
        if spec is not None:
            specs.append(spec)
    problems += _names_unique(specs)
    for spec in specs:
        problems += _environments_exist(spec, project)
    return specs, problems


def _read_campaign(root: Path, file: str) -> tuple[CampaignSpec | None, list[Problem]]:
    document, sha256, problems = read_yaml(root, file)
    return (None, problems) if document is None else _campaign(document, sha256, problems)


def read_campaign(data: bytes, file: str) -> tuple[CampaignSpec | None, list[Problem]]:
    """Read a campaign that lies in no file yet; ``file`` names it in the places of its problems."""
    document, problems = read_document(data, file)
    return (None, problems) if document is None else _campaign(document, sha256_hex(data), problems)


def _campaign(
    document: Document, sha256: str, problems: list[Problem]
) -> tuple[CampaignSpec | None, list[Problem]]:
    placeholders = {**_PLACEHOLDERS, "name": name_by_file(document.file)}
    campaign, refused = validate(_CAMPAIGN, document.value, document, placeholders=placeholders)
    problems = [*problems, *refused, *campaign_losses(document)]
    if campaign is None:
        return None, problems
    return CampaignSpec(
        campaign, document, sha256, is_whole=not any(problem.is_error for problem in problems)
    ), problems


def name_by_file(file: str) -> str:
    """Return the name that people will call a campaign by whose own is missing or wrong."""
    words = re.findall("[a-z0-9]+", PurePosixPath(file).stem.lower())
    return "-".join(words)[:NAME_MAX].strip("-") or "campaign"


def read_yaml(root: Path, file: str) -> tuple[Document | None, str, list[Problem]]:
    """Return a YAML file of the project, its SHA-256, and what is wrong; None where it cannot be read."""
    try:
        data = read_inside(root, file, max_bytes=MAX_BYTES)
    except PathRefusedError as refused:
        return None, "", [Problem(Location(file), "unreadable-file", refused.reason, refused.hint)]
    document, problems = read_document(data, file)
    return document, sha256_hex(data), problems


def _names_unique(specs: Iterable[CampaignSpec]) -> Iterator[Problem]:
    first: dict[str, CampaignSpec] = {}
    for spec in (spec for spec in specs if spec.is_whole):
        name = spec.campaign.name
        other = first.setdefault(name, spec)
        if other is not spec:
            yield spec.document.problem(
                ("name",),
                "name-not-unique",
                phrase("the name {name} is taken by {path}", name=name, path=other.path),
                hint=phrase("the lockfile identifies campaigns by name: rename one of the two"),
            )


def _environments_exist(spec: CampaignSpec, project: Project) -> Iterator[Problem]:
    for index, name in enumerate(spec.campaign.environments or ()):
        if name not in project.environments:
            yield spec.document.problem(
                ("environments", index),
                "unknown-environment",
                phrase("the project has no environment {name}", name=name),
                hint=did_you_mean(name, list(project.environments)),
            )

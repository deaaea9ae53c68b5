"""Find and read the files of a project, and collect the problems of all of them."""

from __future__ import annotations

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
from pushspec.spec.homes import campaign_home
from pushspec.spec.passed_over import SUFFIXES, files_below, passed_over
from pushspec.spec.plain_values import campaign_losses, project_losses
from pushspec.spec.project import CAMPAIGNS, PROJECT_FILE, Project
from pushspec.spec.source import MAX_BYTES
from pushspec.spec.validation import validate
from pushspec.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

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
    return sorted(name for name in files_below(root) if name.endswith(SUFFIXES))


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
    campaign, refused = validate(
        _CAMPAIGN, document.value, document, placeholders=placeholders, home=campaign_home
    )
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

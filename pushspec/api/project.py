"""Open a project at one of its environments; everything in the library starts here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from pushspec.disclosure import shown_address
from pushspec.errors import SpecError, UsageError
from pushspec.language import phrase
from pushspec.problems import Problem
from pushspec.spec.load import (
    ProjectSpec,
    campaign_files,
    find_project,
    read_campaigns,
    read_project,
    read_yaml,
)
from pushspec.spec.project import PROJECT_FILE
from pushspec.suggest import did_you_mean
from pushspec.text import listed
from pushspec.zones import zone_named

if TYPE_CHECKING:
    import os
    from datetime import tzinfo

    from pushspec.spec.project import Environment

__all__ = ["PROJECT_FILE", "LoadedProject", "find_root", "load_project", "read_project_at", "shown_place"]


@dataclass(frozen=True, slots=True)
class LoadedProject:
    """A project and one of its environments.

    Attributes:
        spec: The project file and where it lies.
        environment_name: The environment.
    """

    spec: ProjectSpec
    environment_name: str

    @property
    def name(self) -> str:
        """The project's name."""
        return self.spec.project.name

    @property
    def root(self) -> Path:
        """The project folder, absolute."""
        return self.spec.root

    @property
    def environment(self) -> Environment:
        """What the project file says of the environment."""
        return self.spec.project.environments[self.environment_name]

    @property
    def zone(self) -> tzinfo | None:
        """In which people read times; None for this machine's."""
        name = self.spec.project.timezone
        return zone_named(name) if name is not None else None

    @property
    def lock(self) -> str:
        """Where the environment's lockfile is kept, as the project file says it."""
        return self.environment.lock or f"pushspec.{self.environment_name}.lock"

    @property
    def shown_lock(self) -> str:
        """The same place as a message may show it: without a user or a secret."""
        return shown_place(self.lock)

    @property
    def keeps_lock_in_file(self) -> bool:
        """Whether the lockfile is a file of this machine, and no branch, bucket or database."""
        return ":" not in self.lock


_PASSWORD = re.compile(r"(?i)\b(?:ssl)?password\s*=")
"""In a connection string, which would be taken for the name of a file and shown as one."""
_LEADS_ELSEWHERE = ("host", "hostaddr", "port", "service")


def shown_place(lock: str) -> str:
    """Return the place of a lockfile as a message may show it: of a query only where it leads."""
    shown = shown_address(lock)
    if not lock.startswith(("postgresql:", "postgres:")):
        return shown
    # libpq connects to the host of the query, whatever the address before it says.
    query = dict(parse_qsl(urlsplit(lock).query))
    leads = [f"{key} {query[key]}" for key in _LEADS_ELSEWHERE if key in query]
    return f"{shown} ({shown_address(listed(leads))})" if leads else shown


def load_project(
    folder: str | os.PathLike[str] = ".", *, environment: str | None = None, reads_campaigns: bool = False
) -> LoadedProject:
    """Find and read the project file at or above a folder.

    Args:
        folder: The project folder, or one below it.
        environment: Which environment; the project's own default where it has one, or its only one.
        reads_campaigns: The caller reads the campaigns next, so where there is no such environment their
            problems are told in the same run.

    Raises:
        SpecError: The project file is wrong; it carries the problems.
        UsageError: There is no project, or no such environment, or its ``lock`` holds a password.
    """
    root = find_root(folder)
    spec, problems = read_project(root)
    if spec is None:
        raise SpecError([*problems, *_unknown_environment(root, environment)])
    if reads_campaigns and environment and environment not in spec.project.environments:
        unknown = _unknown_environment(root, environment)
        problems = read_campaigns(root, campaign_files(root), spec.project)[1]
        if any(problem.is_error for problem in problems):
            raise SpecError([*unknown, *problems])
    project = LoadedProject(spec, _environment_name(spec, environment))
    if project.keeps_lock_in_file and _PASSWORD.search(project.lock):
        raise UsageError(
            phrase("the lock holds a password"),
            hint=phrase("remove it, and use PGPASSWORD or the store's own credentials"),
        )
    return project


def _unknown_environment(root: Path, name: str | None) -> list[Problem]:
    """Return that the project file has no such environment, as far as it can be read."""
    document = read_yaml(root, PROJECT_FILE)[0]
    found = document.value.get("environments") if document and isinstance(document.value, dict) else None
    if name is None or document is None or not isinstance(found, dict) or not found or name in found:
        return []
    message = phrase("the project has no environment {name!r}", name=name)
    place = document.locate(("environments",), key=True)
    return [Problem(place, "unknown-environment", message, did_you_mean(name, list(map(str, found))))]


def read_project_at(folder: str | os.PathLike[str]) -> ProjectSpec:
    """Find and read the project file at or above a folder, whatever its environments.

    Raises:
        SpecError: The project file is wrong; it carries the problems.
        UsageError: There is no project.
    """
    spec, problems = read_project(find_root(folder))
    if spec is None:
        raise SpecError(problems)
    return spec


def zone_at(folder: str | os.PathLike[str]) -> tzinfo | None:
    """Return the zone in which people read times of the project at or above a folder; None for the machine's.

    Raises:
        SpecError: The project file is wrong.
        UsageError: There is no project.
    """
    name = read_project_at(folder).project.timezone
    return zone_named(name) if name is not None else None


def find_root(folder: str | os.PathLike[str]) -> Path:
    """Return the project folder at or above a folder.

    Raises:
        UsageError: There is none.
    """
    start = Path(folder).resolve()
    project = find_project(start)
    for place in (start, *start.parents):
        # A link is refused by whoever reads it, and one that leads nowhere hides no project further up.
        if place == project or (place / PROJECT_FILE).is_symlink():
            return place
    raise UsageError(
        phrase("there is no {project_file} here or above", project_file=PROJECT_FILE),
        hint=phrase("`pushspec init DIR` writes a new project"),
    )


def _environment_name(spec: ProjectSpec, environment: str | None) -> str:
    known = list(spec.project.environments)
    name = environment or spec.project.default_environment or (known[0] if len(known) == 1 else None)
    if name is None:
        raise UsageError(
            phrase("say which environment"), hint=phrase("--env one of {known}", known=", ".join(known))
        )
    if name not in known:
        raise UsageError(
            phrase("the project has no environment {name!r}", name=name), hint=did_you_mean(name, known)
        )
    return name

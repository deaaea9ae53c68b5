"""Find and read the audience files of a project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from pushspec.language import phrase
from pushspec.spec.audience_file import AudienceFile
from pushspec.spec.campaign import API_VERSION
from pushspec.spec.load import name_by_file, read_yaml
from pushspec.spec.validation import validate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pushspec.problems import Problem
    from pushspec.spec.document import Document

FOLDER = "audiences"
_SUFFIXES = (".yaml", ".yml")
_AUDIENCE: TypeAdapter[AudienceFile] = TypeAdapter(AudienceFile)


@dataclass(frozen=True, slots=True)
class AudienceSpec:
    """An audience file and what it says."""

    audience: AudienceFile
    document: Document

    @property
    def path(self) -> str:
        """The file, relative to the project."""
        return self.document.file

    @property
    def name(self) -> str:
        """What campaigns call it."""
        return self.audience.name


def read_audiences(root: Path) -> tuple[dict[str, AudienceSpec], list[Problem]]:
    """Return the audiences of a project by their names, in the order of the files; only sound ones."""
    specs: list[AudienceSpec] = []
    problems: list[Problem] = []
    for file in _files(root):
        spec, found = _read_audience(root, file)
        problems += found
        if spec is not None:
            specs.append(spec)
    problems += _names_unique(specs)
    return {spec.name: spec for spec in specs}, problems


def _files(root: Path) -> Sequence[str]:
    folder = root / FOLDER
    if folder.is_symlink() or not folder.is_dir():
        return ()
    names = sorted(path.name for path in folder.iterdir())
    return [f"{FOLDER}/{name}" for name in names if name.endswith(_SUFFIXES) and name[0] != "."]


def _read_audience(root: Path, file: str) -> tuple[AudienceSpec | None, list[Problem]]:
    document, _, problems = read_yaml(root, file)
    if document is None:
        return None, problems
    placeholders = {"apiVersion": API_VERSION, "kind": "Audience", "name": name_by_file(file)}
    audience, refused = validate(_AUDIENCE, document.value, document, placeholders=placeholders)
    problems += refused
    is_sound = audience is not None and not any(problem.is_error for problem in problems)
    return AudienceSpec(audience, document) if audience is not None and is_sound else None, problems


def _names_unique(specs: Sequence[AudienceSpec]) -> Iterator[Problem]:
    first: dict[str, AudienceSpec] = {}
    for spec in specs:
        other = first.setdefault(spec.name, spec)
        if other is not spec:
            message = phrase("the name {name} is taken by {path}", name=spec.name, path=other.path)
            yield spec.document.problem(
                ("name",), "name-not-unique", message, hint=phrase("rename one of the two")
            )

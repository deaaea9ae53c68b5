"""Find and read the audience files of a project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from pushspec.language import phrase
from pushspec.spec.audience_file import AudienceFile
from pushspec.spec.campaign import API_VERSION, UsedAudience
from pushspec.spec.load import name_by_file, read_yaml
from pushspec.spec.validation import validate
from pushspec.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pushspec.problems import Problem
    from pushspec.spec.document import Document

FOLDER = "audiences"
WRITE_ONE = phrase("write it into audiences/, kind: Audience")
"""What to do about an audience that no file defines."""
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
    files = _files(root)
    specs: list[AudienceSpec] = []
    problems: list[Problem] = []
    for file in files:
        spec, found = _read_audience(root, file)
        problems += found
        if spec is not None:
            specs.append(spec)
    problems += _names_unique(specs)
    by_name = {spec.name: spec for spec in specs}
    wrong = list(_circles(by_name))
    if len(specs) == len(files):  # else the name may stand in a file that cannot be read
        wrong += _unknown(by_name)
    unsound = {problem.location.file for problem in wrong}
    return {name: it for name, it in by_name.items() if it.path not in unsound}, [*problems, *wrong]


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


def _excluded(spec: AudienceSpec) -> list[tuple[int, str]]:
    """Return the audiences that one excludes, each with the number of its entry."""
    entries = enumerate(spec.audience.exclude)
    return [(index, entry.use) for index, entry in entries if isinstance(entry, UsedAudience)]


def _unknown(specs: Mapping[str, AudienceSpec]) -> Iterator[Problem]:
    for spec in specs.values():
        for index, name in _excluded(spec):
            if name not in specs:
                message = phrase("the project has no audience {name}", name=name)
                hint = did_you_mean(name, list(specs)) or WRITE_ONE
                yield spec.document.problem(("exclude", index, "use"), "audience-unknown", message, hint=hint)


def _circles(specs: Mapping[str, AudienceSpec]) -> Iterator[Problem]:
    """Yield the problem of each audience that excludes itself, directly or through others."""
    for spec in specs.values():
        for index, name in _excluded(spec):
            if way := _way(specs, name, spec.name):
                circle: str = spec.name
                for one in way:
                    circle = phrase("{names} excludes {name}", names=circle, name=one)
                place = ("exclude", index, "use")
                yield spec.document.problem(place, "audience-circle", circle, hint=phrase("remove one"))
                break


def _way(specs: Mapping[str, AudienceSpec], start: str, end: str) -> tuple[str, ...]:
    """Return the audiences from one to another, each excluding the next; empty where there is no way."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    for way in ways:
        if way[-1] == end:
            return way
        for _, name in _excluded(specs[way[-1]]) if way[-1] in specs else ():
            if name not in seen:
                seen.add(name)
                ways.append((*way, name))
    return ()

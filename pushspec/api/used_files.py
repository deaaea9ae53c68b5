"""Which files of a project decide who gets a campaign: lists, audiences with their pins, files of a query."""

from __future__ import annotations

from functools import cache, cached_property
from itertools import chain
from typing import TYPE_CHECKING

from pushspec.audience.people import people_sources
from pushspec.audience.pinned.pin import pin_path
from pushspec.audience.query import query_files
from pushspec.audience.rows import FormatError
from pushspec.spec.audience_load import read_audiences
from pushspec.spec.campaign import UsedAudience
from pushspec.spec.recipients import AudienceKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pushspec.api.project import LoadedProject
    from pushspec.spec.audience_file import AudienceFile
    from pushspec.spec.audience_load import AudienceSpec
    from pushspec.spec.campaign import Audience, Campaign

ANY = "*"
"""The pattern of all files."""
_BY_WHAT_PEOPLE_HAVE = {AudienceKind.TAGS, AudienceKind.ATTRIBUTES}


@cache
def files_of_query(sql: str) -> tuple[str, ...]:
    """Return the files and patterns that a query names; all of them where that cannot be told."""
    try:
        return query_files(sql)
    except FormatError:
        return (ANY,)


def any_file(_sql: str) -> tuple[str, ...]:
    """Return the pattern of all files, where it would take too long to parse every query."""
    return (ANY,)


class UsedFiles:
    """Tells of a project's campaigns which files decide who gets them; each file of its own is read once."""

    def __init__(self, project: LoadedProject, of_query: Callable[[str], tuple[str, ...]]) -> None:
        """Take the project, at an environment whose pins count, and what tells which files a query names."""
        self._project = project
        self._of_query = of_query

    def lists_of(self, campaign: Campaign) -> frozenset[str]:
        """Return the files and patterns that its lists come from, excluded lists included."""
        seen: set[str] = set()
        return frozenset(chain.from_iterable(self._of(audience, seen) for audience in campaign.audiences))

    def people_of(self, campaign: Campaign) -> frozenset[str]:
        """Return the files that declare who has a tag or an attribute, if it asks for these."""
        kinds = set(chain.from_iterable(audience.kinds for audience in campaign.audiences))
        return self._people if kinds & _BY_WHAT_PEOPLE_HAVE else frozenset()

    @cached_property
    def _audiences(self) -> Mapping[str, AudienceSpec]:
        return read_audiences(self._project.root)[0]

    @cached_property
    def _people(self) -> frozenset[str]:
        return frozenset(people_sources(self._project.root))

    def _of(self, audience: Audience, seen: set[str]) -> Iterator[str]:
        yield from audience.files
        if audience.sql is not None:
            yield from self._of_query(audience.sql)
        used = [audience.use] if audience.use is not None else []
        yield from self._of_used([*used, *_used_names(audience.exclude or ())], seen)

    def _of_used(self, names: Iterable[str], seen: set[str]) -> Iterator[str]:
        for name in names:
            if name in seen:
                continue
            seen.add(name)
            yield pin_path(name, self._project.environment_name)
            if name in self._audiences:
                yield self._audiences[name].path
                yield from self._of_file(self._audiences[name].audience, seen)

    def _of_file(self, audience: AudienceFile, seen: set[str]) -> Iterator[str]:
        if audience.file is not None:
            yield audience.file
        if audience.sql is not None and audience.source is None:
            yield from self._of_query(audience.sql)
        yield from (it for it in audience.exclude if isinstance(it, str))
        yield from self._of_used(_used_names(audience.exclude), seen)


def _used_names(excluded: Iterable[str | UsedAudience]) -> list[str]:
    return [it.use for it in excluded if isinstance(it, UsedAudience)]

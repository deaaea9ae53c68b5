"""Databases of an environment: connect to one, try each, and find audience files that name none."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pushspec.audience.rows import FormatError
from pushspec.audience.sources.opening import open_source
from pushspec.errors import CredentialsError, UsageError, message_of
from pushspec.language import phrase
from pushspec.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pushspec.api.project import LoadedProject
    from pushspec.audience.sources.source import Source
    from pushspec.problems import Problem
    from pushspec.spec.audience_load import AudienceSpec
    from pushspec.spec.project import Environment

_PROBE_S = 30
_ADD = phrase("add it to `sources` of an environment in pushspec.yaml")


@contextmanager
def connected_source(
    project: LoadedProject, name: str, environ: Mapping[str, str], *, most_s: int | None = None
) -> Iterator[Source]:
    """Connect to a source of the environment.

    Args:
        project: The project, at the environment.
        name: The source.
        environ: Environment variables; only the one that the project file names is read.
        most_s: How long a query may take, where that is shorter than the source's own time limit.

    Raises:
        UsageError: The environment has no source of that name.
        CredentialsError: The variable with its address is not set.
        FormatError: It cannot be reached.
    """
    settings = project.environment.sources.get(name)
    if settings is None:
        hint = did_you_mean(name, list(project.environment.sources))
        raise UsageError(
            phrase(
                "the environment {environment_name} has no source {name}",
                environment_name=project.environment_name,
                name=name,
            ),
            hint=hint or _ADD,
        )
    url = environ.get(settings.url.env, "").strip()
    if not url:
        message = phrase("the environment variable {env} is not set", env=settings.url.env)
        raise CredentialsError(message, hint=phrase("set it to the address of the source {name}", name=name))
    seconds = settings.timeout if most_s is None else min(settings.timeout, most_s)
    with open_source(url, project.root, seconds) as source:
        yield source


def probe_source(project: LoadedProject, name: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """Return why a source of the environment does not answer a query, and what to do; empty where it does."""
    try:
        with connected_source(project, name, environ, most_s=_PROBE_S) as source:
            source.columns("select 1 as one")
    except (FormatError, CredentialsError) as error:
        return message_of(error), error.hint
    return "", ""


def unknown_sources(specs: Iterable[AudienceSpec], environments: Iterable[Environment]) -> list[Problem]:
    """Return the problem of each audience file whose source no environment has."""
    known = sorted({name for environment in environments for name in environment.sources})
    return [
        spec.document.problem(
            ("source",),
            "audience-source",
            phrase("no environment has a source {source}", source=spec.audience.source),
            hint=did_you_mean(spec.audience.source, known) or _ADD,
        )
        for spec in specs
        if spec.audience.source is not None and spec.audience.source not in known
    ]

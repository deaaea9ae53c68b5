"""Build a plan from a project's files: read, select, render, check, compile, in that order."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from pushspec.api.approvals import ApprovalReader
from pushspec.api.lockfile import read_lockfile
from pushspec.api.names import named_in_project
from pushspec.api.project import LoadedProject, load_project, read_project_at
from pushspec.api.sources import unknown_sources
from pushspec.api.testers import testers_problems
from pushspec.api.trust import is_elsewhere, leads_outside, may_read
from pushspec.api.unread_folders import unread_folders
from pushspec.audience.people import people_problems
from pushspec.audience.pinned.stores import untold
from pushspec.clock import utc_now
from pushspec.errors import MissingLockfileError, SpecError, UsageError, message_of
from pushspec.language import phrase
from pushspec.lockfile.state import LockState
from pushspec.lockfile.stores import StoreError
from pushspec.plan.build import Plan, assemble_plan
from pushspec.plan.compile import compile_campaigns
from pushspec.plan.selection import select, split_states
from pushspec.plan.standstill import under_freeze
from pushspec.spec.audience_load import read_audiences
from pushspec.spec.load import campaign_files, read_campaigns
from pushspec.spec.templates import Renderer
from pushspec.suggest import did_you_mean
from pushspec.text import few_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from pushspec.audience.pinned.stores import OnBytes
    from pushspec.plan.compiled import CompiledCampaign
    from pushspec.plan.states import CampaignState
    from pushspec.problems import Problem
    from pushspec.spec.load import CampaignSpec, ProjectSpec

_UNKNOWN = phrase("every campaign shows as unsent and today's quota as unused")


def build_plan(
    project: LoadedProject,
    *,
    now: datetime | None = None,
    names: Sequence[str] = (),
    selectors: Sequence[str] = (),
    files: Collection[str] | None = None,
    state: LockState | None = None,
    state_required: bool = False,
    online: bool = False,
    trusted: bool = False,
    fetch: bool = False,
    on_bytes: OnBytes = untold,
) -> Plan:
    """Read, check and plan the campaigns of a project; only files and the lockfile are read.

    Args:
        project: The project, at one of its environments.
        now: The moment to judge windows and quotas by, aware; this moment when left out.
        names: Names, globs, files or folders of campaigns; none for all.
        selectors: As ``--select`` takes them, such as ``label:team=growth`` or ``state:waiting``.
        files: Only the campaigns of these files; None for all.
        state: What the lockfile says, where it was read already.
        state_required: A lockfile that is missing or cannot be read is an error, not a note in the plan.
        online: A lockfile outside the project folder is read, too. The project file that names its place may
            be a stranger's, so without this or ``state_required`` the plan says that it was not read.
        trusted: One whose place this user trusts is read, too.
        fetch: Pinned lists are fetched from where they lie, as ``online`` and ``state_required`` do, too;
            otherwise the sizes of a campaign whose list is not in the project folder are estimates.
        on_bytes: Is told how the fetch of a list comes on.

    Raises:
        SpecError: A file is wrong; it carries the problems of all files.
        UsageError: A name or selector matches no campaign.
        LockError: The lockfile is damaged or foreign, or missing or out of reach though required.
    """
    of_files, states = split_states(selectors)
    with _read(project, names, of_files, files) as source:
        note, is_lockfile_lost = "", False
        if state is None:
            known = read_state(project, required=state_required, online=online, trusted=trusted)
            state, note, is_lockfile_lost = known
        fetch = fetch or online or state_required
        plan, problems = assemble_plan(
            project.spec if fetch else _with_own_lists(project.spec),
            project.environment_name,
            source.chosen,
            state,
            source.renderer,
            now=now or utc_now(),
            problems=source.problems,
            project_names=source.names,
            states=states,
            lock_note=note,
            is_lockfile_lost=is_lockfile_lost,
            approvals_of=ApprovalReader(project, state, now or utc_now()).of,
            fetch=fetch,
            on_bytes=on_bytes,
            is_whole=not names and not selectors and files is None,
        )
    if plan is None:
        raise SpecError(problems)
    return under_freeze(plan, project.spec.project.frozen or state.frozen_reason)


def compile_project(
    project: LoadedProject,
    *,
    names: Sequence[str] = (),
    selectors: Sequence[str] = (),
    fetch: bool = False,
    reads_lists: bool = True,
) -> list[CompiledCampaign]:
    """Return what the campaigns would send, whatever the lockfile says.

    Args:
        project: The project, at one of its environments.
        names: Names, globs, files or folders of campaigns; none for all.
        selectors: As ``--select`` takes them, but for states.
        fetch: Pinned lists are fetched from where they lie.
        reads_lists: Those in the project folder are read; without, pins alone tell of all of them.

    Raises:
        SpecError: A file is wrong; it carries the problems of all files.
        UsageError: A name or selector matches no campaign.
    """
    with _read(project, names, selectors) as source:
        compiled, found = compile_campaigns(
            project.spec if fetch else _with_own_lists(project.spec),
            project.environment_name,
            source.chosen,
            source.renderer,
            fetch=fetch,
            reads_lists=reads_lists,
        )
    _refuse_errors([*source.problems, *found])
    return compiled


def check_project(
    folder: Path, environment: str | None = None, *, names: Sequence[str] = ()
) -> list[Problem]:
    """Return the problems of files in every environment, each once; nothing is planned.

    Args:
        folder: The project folder, or one below it.
        environment: Which environment must exist; any when left out.
        names: Names, globs, files or folders of campaigns; none for all.

    Raises:
        UsageError: There is no project, no such environment, or a name matches no campaign.
    """
    try:
        name = environment or next(iter(read_project_at(folder).project.environments))
        project = load_project(folder, environment=name, reads_campaigns=True)
        environments = list(project.spec.project.environments)
        with _read(project, names) as source:
            audiences, wrong = read_audiences(project.root)
            sources = unknown_sources(audiences.values(), project.spec.project.environments.values())
            problems = [*source.problems, *wrong, *sources]
            own = _with_own_lists(project.spec)
            for name in environments:
                problems += compile_campaigns(own, name, source.chosen, source.renderer)[1]
                problems += testers_problems(project.spec, name)
            if not names:
                for name in environments:
                    limits = project.spec.project.environments[name].limits
                    problems += people_problems(project.root, limits)
    except SpecError as error:
        return list(error.problems)
    others = set(campaign_files(project.root)) - {spec.path for spec in source.chosen} if names else set()
    found = dict.fromkeys(problem for problem in problems if problem.location.file not in others)
    return sorted(found, key=lambda problem: problem.sort_key)


def read_specs(project: LoadedProject) -> tuple[list[CampaignSpec], list[Problem]]:
    """Read every campaign file of the project."""
    specs, problems = read_campaigns(project.root, campaign_files(project.root), project.spec.project)
    return specs, [*unread_folders(project.root), *problems]


def in_any_state(
    project: LoadedProject, names: Sequence[str], selectors: Sequence[str]
) -> tuple[frozenset[CampaignState], int]:
    """Return the states that selectors ask for, and how many campaigns there are whatever their state."""
    of_files, states = split_states(selectors)
    chosen = select(read_specs(project)[0], named_in_project(project.root, names), of_files)
    return states or frozenset(), len(chosen)


@dataclass(frozen=True, slots=True)
class _Source:
    """The campaign files of a project as they were read.

    Attributes:
        renderer: Renders their templates.
        names: The names of all of them.
        chosen: Those that a command is about.
        problems: What is wrong with any of them.
    """

    renderer: Renderer
    names: frozenset[str]
    chosen: list[CampaignSpec]
    problems: list[Problem]


@contextmanager
def _read(
    project: LoadedProject,
    names: Sequence[str] = (),
    selectors: Sequence[str] = (),
    files: Collection[str] | None = None,
) -> Iterator[_Source]:
    """Read the campaign files while the renderer starts, and keep it for this block."""
    with Renderer(project.root) as renderer:
        renderer.start()
        specs, problems = read_specs(project)
        chosen = _select(specs, problems, named_in_project(project.root, names), selectors)
        yield _Source(
            renderer,
            frozenset(spec.campaign.name for spec in specs),
            [spec for spec in chosen if files is None or spec.path in files],
            problems,
        )


def _select(
    specs: list[CampaignSpec], problems: list[Problem], names: Sequence[str], selectors: Sequence[str]
) -> list[CampaignSpec]:
    try:
        return select(specs, names, selectors)
    except UsageError as error:
        # The campaign that was meant may be in a file that cannot be read: its problems say more.
        _refuse_errors(problems)
        if error.hint:
            raise
        raise UsageError(error.message, hint=_selecting_hint(specs, names, selectors)) from None


def _selecting_hint(specs: list[CampaignSpec], names: Sequence[str], selectors: Sequence[str]) -> str:
    """Return what the campaigns have of the kind of the first selector that none of them matches."""
    chosen = specs
    for number, selector in enumerate(selectors):
        try:
            chosen = select(specs, names, selectors[: number + 1])
        except UsageError:
            kind, _, wanted = selector.partition(":")
            return _known_hint(wanted, {value for spec in chosen for value in _of_kind(spec, kind)}, kind)
    return ""


def _known_hint(wanted: str, known: Collection[str], kind: str) -> str:
    if known:
        return did_you_mean(wanted, known)
    return phrase("no campaign has an owner") if kind == "owner" else phrase("no campaign has a label")


def _of_kind(spec: CampaignSpec, kind: str) -> Iterator[str]:
    """Yield what a campaign has of what a selector names: labels, its owner or its endpoint."""
    campaign = spec.campaign
    if kind == "label":
        yield from (f"{key}={value}" for key, value in campaign.labels.items())
    elif kind == "owner" and campaign.owner:
        yield campaign.owner
    elif kind == "endpoint":
        yield campaign.endpoint.value


def _with_own_lists(spec: ProjectSpec) -> ProjectSpec:
    """Return a project whose pinned lists are read in its own folder only, as its lockfile is.

    The file may be a stranger's, and name any folder of the machine.
    """
    environments = {
        name: environment.model_copy(update={"audience_store": None})
        if _is_folder_elsewhere(spec.root, environment.audience_store)
        else environment
        for name, environment in spec.project.environments.items()
    }
    return replace(spec, project=spec.project.model_copy(update={"environments": environments}))


def _is_folder_elsewhere(root: Path, place: str | None) -> bool:
    """Whether lists lie in a folder outside the project; an absolute path may get there by a link."""
    if place is None or urlsplit(place).scheme:
        return False
    return place.startswith("/") or leads_outside(root, place)


def _refuse_errors(problems: Sequence[Problem]) -> None:
    if any(problem.is_error for problem in problems):
        raise SpecError(problems)


class KnownState(NamedTuple):
    """What a plan may know of the lockfile.

    Attributes:
        state: What it says, as far as it was read.
        note: Why that is not all; empty where it is.
        is_lockfile_lost: Whether it was to be read, and could not.
    """

    state: LockState
    note: str
    is_lockfile_lost: bool = False


def read_state(project: LoadedProject, *, required: bool, online: bool, trusted: bool = False) -> KnownState:
    """Return what a plan may know of the lockfile.

    Args:
        project: The project, at one of its environments.
        required: A lockfile that is missing or cannot be read is an error.
        online: A lockfile outside the project folder is read, too.
        trusted: One whose place this user trusts is.

    Raises:
        LockError: The lockfile is damaged or foreign, or missing or out of reach though required.
    """
    reads = partial(may_read, online=online or required, trusted=trusted)
    place = project.shown_lock
    if not reads(project):
        note = phrase("{place} was not read (--online reads it), so {unknown}", place=place, unknown=_UNKNOWN)
        return KnownState(LockState(), note)
    try:
        state = read_lockfile(project, may_read=reads)
    except StoreError as error:
        if required or not is_elsewhere(project):
            raise
        note = phrase(
            "the lockfile could not be read, so {unknown}: {error}", unknown=_UNKNOWN, error=message_of(error)
        )
        return KnownState(LockState(), note, is_lockfile_lost=True)
    if state.header is not None or project.environment.sandbox:
        return KnownState(state, _uncounted(state))
    missing = MissingLockfileError(project.environment_name, place)
    if required:
        raise missing
    note = phrase(
        "{missing}, so {unknown}; {hint}", missing=missing.message, unknown=_UNKNOWN, hint=missing.hint
    )
    return KnownState(state, note)


def _uncounted(state: LockState) -> str:
    if not state.uncounted:
        return ""
    names = few_text(state.uncounted, len(state.uncounted))
    return phrase(
        "the lockfile of {names}, which shares the app, was not read (--online reads it), "
        "so the day may have fewer pushes left than shown; apply counts them before it sends",
        names=names,
    )

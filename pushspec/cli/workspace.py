"""What every command starts from: the project around it, one environment, its campaigns and its lockfile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pushspec.errors import LockError, SpecError, UsageError
from pushspec.lockfile.reading import other_lockfiles, read_lock
from pushspec.lockfile.state import LockState
from pushspec.lockfile.stores import StoreError, open_store
from pushspec.plan.build import Plan, build_plan
from pushspec.plan.selection import select
from pushspec.spec.load import ProjectSpec, campaign_files, find_project, read_campaigns, read_project
from pushspec.spec.project import PROJECT_FILE
from pushspec.spec.refusals import did_you_mean
from pushspec.spec.templates import Renderer

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from pathlib import Path

    from pushspec.lockfile.stores import Store
    from pushspec.problems import Problem
    from pushspec.spec.load import CampaignSpec
    from pushspec.spec.project import Environment


@dataclass(frozen=True, slots=True)
class Workspace:
    """A project and one of its environments."""

    spec: ProjectSpec
    environment_name: str

    @property
    def environment(self) -> Environment:
        """The environment."""
        return self.spec.project.environments[self.environment_name]

    @property
    def lock(self) -> str:
        """Where its lockfile is kept."""
        return self.environment.lock or f"pushspec.{self.environment_name}.lock"

    def store(self) -> Store:
        """Open the place of the lockfile."""
        return open_store(self.lock, root=self.spec.root)

    def lock_state(self) -> LockState:
        """Read the lockfile.

        Raises:
            LockError: It cannot be read, belongs to another app or environment, or is not the only one.
        """
        state = read_lock(self.store())
        check_belongs(state, self)
        check_alone(state, self)
        return state


def open_workspace(folder: Path, environment: str | None) -> Workspace:
    """Find and read the project at or above a folder.

    Raises:
        UsageError: There is no project, or no such environment.
        SpecError: The project file is wrong.
    """
    root = find_project(folder.resolve())
    if root is None:
        raise UsageError(
            f"there is no {PROJECT_FILE} here or above", hint="`pushspec init DIR` writes a new project"
        )
    spec, problems = read_project(root)
    if spec is None:
        raise SpecError(problems)
    known = list(spec.project.environments)
    name = environment or spec.project.default_environment or (known[0] if len(known) == 1 else None)
    if name is None:
        raise UsageError("say which environment", hint=f"--env one of {', '.join(known)}")
    if name not in known:
        raise UsageError(f"the project has no environment {name!r}", hint=did_you_mean(name, known))
    return Workspace(spec, name)


def read_specs(workspace: Workspace) -> tuple[list[CampaignSpec], list[Problem]]:
    """Read every campaign file of the project."""
    root = workspace.spec.root
    return read_campaigns(root, campaign_files(root), workspace.spec.project)


def check_belongs(state: LockState, workspace: Workspace) -> None:
    """Refuse a lockfile that moved, or of another app or environment: it says what was sent elsewhere."""
    if state.moved_to:
        raise LockError(
            f"the lockfile {workspace.lock} moved to {state.moved_to}",
            hint=f"set `lock` of environment {workspace.environment_name} to that place",
        )
    header = state.header
    if header is None:
        return
    belongs, wanted = (
        (header.sdk_app_id, header.environment),
        (
            workspace.environment.app_id,
            workspace.environment_name,
        ),
    )
    if belongs != wanted:
        raise LockError(
            f"the lockfile {workspace.lock} belongs to app {belongs[0]}, environment {belongs[1]}; "
            f"this is app {wanted[0]}, environment {wanted[1]}",
            hint="set lock: to a place of its own",
        )


def check_alone(state: LockState, workspace: Workspace) -> None:
    """Refuse a second lockfile of the environment: what the first one knows as sent would be sent again."""
    app_id, name = workspace.environment.app_id, workspace.environment_name
    other = next(other_lockfiles(workspace.spec.root, state, sdk_app_id=app_id, environment=name), None)
    if other is not None:
        raise LockError(
            f"environment {name} has another lockfile: {other.name} knows what was sent, "
            f"and {workspace.lock} does not",
            hint=f"set lock: {other.name} and carry it over with `pushspec lock move`, or remove that file",
        )


def make_plan(
    workspace: Workspace,
    *,
    now: datetime,
    names: Sequence[str] = (),
    selectors: Sequence[str] = (),
    files: Collection[str] | None = None,
    state: LockState | None = None,
    state_required: bool = False,
    offline: bool = False,
) -> Plan:
    """Read, check and plan the campaigns of a workspace.

    Args:
        workspace: Where.
        now: The moment to judge windows and quotas by.
        names: Names, globs or files; none for all.
        selectors: As ``--select`` takes them.
        files: Only the campaigns of these files; None for all.
        state: What the lockfile says, where it was read already.
        state_required: A lockfile that cannot be read is an error, not a note in the plan.
        offline: A lockfile that is not a file of this machine is not read: the project file that names its
            place may be a stranger's.

    Raises:
        SpecError: A file is wrong; it holds the problems of all files.
        LockError: The lockfile is damaged or foreign, or out of reach though required.
    """
    with Renderer(workspace.spec.root) as renderer:
        renderer.start()
        specs, problems = read_specs(workspace)
        chosen = select(specs, names, selectors) if specs or not problems else []
        chosen = [spec for spec in chosen if files is None or spec.path in files]
        note = ""
        if state is None:
            state, note = _read_state(workspace, required=state_required, offline=offline)
        plan, found = build_plan(
            workspace.spec,
            workspace.environment_name,
            chosen,
            state,
            renderer,
            now=now,
            project_names=frozenset(spec.campaign.name for spec in specs),
            lock_note=note,
        )
    problems += found
    if plan is None or any(problem.is_error for problem in problems):
        raise SpecError(problems)
    return replace(plan, warnings=tuple(sorted(problems, key=lambda problem: problem.sort_key)))


_UNKNOWN = "everything shows as unsent and no call of today as used"


def _read_state(workspace: Workspace, *, required: bool, offline: bool) -> tuple[LockState, str]:
    is_remote = ":" in workspace.lock
    if offline and is_remote:
        return LockState(), f"offline: {workspace.lock} was not read, so {_UNKNOWN}"
    try:
        state = workspace.lock_state()
    except StoreError as error:
        if required or not is_remote:
            raise
        return LockState(), f"the lockfile could not be read, so {_UNKNOWN}: {error}"
    is_new = is_remote and state.header is None
    return state, f"there is no lockfile at {workspace.lock} yet, so {_UNKNOWN}" if is_new else ""

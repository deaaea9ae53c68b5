"""The lockfile of a project's environment: read, checked that it is the right one, and opened for writing."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from pushspec.clock import utc_now
from pushspec.errors import LockError
from pushspec.lockfile.reading import other_lockfiles, read_lock
from pushspec.lockfile.stores import open_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pushspec.api.project import LoadedProject
    from pushspec.lockfile.journal import Journal
    from pushspec.lockfile.state import LockState
    from pushspec.lockfile.stores import Store

_TOKEN_BYTES = 8


def read_lockfile(project: LoadedProject) -> LockState:
    """Return what the lockfile of the project's environment says; nothing is written.

    Returns:
        The state; an empty one where there is no lockfile yet.

    Raises:
        LockError: It cannot be read, belongs to another app or environment, or is not the only one.
    """
    state = read_lock(store_of(project))
    _check_belongs(state, project)
    _check_alone(state, project)
    return state


def store_of(project: LoadedProject) -> Store:
    """Return the place of the environment's lockfile; nothing is read yet."""
    return open_store(project.lock, root=project.root)


def open_journal(
    project: LoadedProject, store: Store | None = None, *, now: Callable[[], datetime] = utc_now
) -> Journal:
    """Return the environment's lockfile for writing; nothing is read or written yet.

    Args:
        project: Whose lockfile.
        store: Where it is kept; its own place when left out.
        now: The wall clock.
    """
    from pushspec import __version__
    from pushspec.lockfile.journal import Journal, Runtime

    return Journal(
        store or store_of(project),
        sdk_app_id=project.environment.app_id,
        environment=project.environment_name,
        runtime=Runtime(
            now=now, token=lambda: secrets.token_hex(_TOKEN_BYTES), pause=time.sleep, tool=__version__
        ),
    )


def _check_belongs(state: LockState, project: LoadedProject) -> None:
    """Refuse a lockfile that moved, or of another app or environment: it says what was sent elsewhere."""
    if state.moved_to:
        raise LockError(
            f"the lockfile {project.lock} moved to {state.moved_to}",
            hint=f"set `lock` of environment {project.environment_name} to that place",
        )
    header = state.header
    if header is None:
        return
    belongs = (header.sdk_app_id, header.environment)
    wanted = (project.environment.app_id, project.environment_name)
    if belongs != wanted:
        raise LockError(
            f"the lockfile {project.lock} belongs to app {belongs[0]}, environment {belongs[1]}; "
            f"this is app {wanted[0]}, environment {wanted[1]}",
            hint="set lock: to a place of its own",
        )


def _check_alone(state: LockState, project: LoadedProject) -> None:
    """Refuse a second lockfile of the environment: what the first one knows as sent would be sent again."""
    app_id, name = project.environment.app_id, project.environment_name
    other = next(other_lockfiles(project.root, state, sdk_app_id=app_id, environment=name), None)
    if other is not None:
        raise LockError(
            f"environment {name} has another lockfile: {other.name} knows what was sent, "
            f"and {project.lock} does not",
            hint=f"set lock: {other.name} and carry it over with `pushspec lock move`, or remove that file",
        )

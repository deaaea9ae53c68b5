"""The lockfile of a project's environment: read, checked that it is the right one, and opened for writing."""

from __future__ import annotations

import os
import secrets
import time
from typing import TYPE_CHECKING

from pushspec.api.project import LoadedProject
from pushspec.clock import utc_now
from pushspec.disclosure import shown_address
from pushspec.errors import LockError
from pushspec.files import make_folder
from pushspec.language import phrase
from pushspec.lockfile.git_history import check_git_history
from pushspec.lockfile.process import this_process
from pushspec.lockfile.reading import read_lock, read_records, refused_accounts
from pushspec.lockfile.status import status_of
from pushspec.lockfile.stores import HollowLockfileError, open_store
from pushspec.lockfile.strays import stray_lockfiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from pushspec.lockfile.histories import Attempt
    from pushspec.lockfile.journal import Journal
    from pushspec.lockfile.reading import RefusedAccount
    from pushspec.lockfile.records import AnyRecord
    from pushspec.lockfile.state import LockState
    from pushspec.lockfile.status import Status
    from pushspec.lockfile.stores import Store

_TOKEN_BYTES = 8


def read_lockfile(
    project: LoadedProject, *, may_read: Callable[[LoadedProject], bool] = lambda _: True
) -> LockState:
    """Return what the lockfile of the project's environment says; nothing is written.

    Args:
        project: The project, at one of its environments.
        may_read: Whether to read the lockfile of another environment of the app, whose pushes count, too.

    Returns:
        The state; an empty one where there is no lockfile yet.

    Raises:
        LockError: It cannot be read, belongs to another app or environment, or is not the only one.
    """
    try:
        state = read_lock(store_of(project))
    except HollowLockfileError:
        check_alone(project)  # where git or another file knows what it held, that says how to bring it back
        raise
    _check_belongs(state, project)
    check_alone(project)
    siblings = _siblings(project)
    state.uncounted = tuple(other.environment_name for other in siblings if not may_read(other))
    state.pushes_elsewhere = _pushes_of(other for other in siblings if may_read(other))
    return state


def pushes_elsewhere(project: LoadedProject) -> list[Attempt]:
    """Return the pushes that other environments of the app tried: the day's quota is the app's.

    Raises:
        LockError: One of their lockfiles cannot be read, so nobody knows what is left of the day.
    """
    return _pushes_of(_siblings(project))


def _pushes_of(projects: Iterable[LoadedProject]) -> list[Attempt]:
    tried: list[Attempt] = []
    for project in projects:
        state = read_lock(store_of(project))
        if state.header is not None and state.header.sdk_app_id == project.environment.app_id:
            tried += state.own_pushes
    return tried


def _siblings(project: LoadedProject) -> list[LoadedProject]:
    """Return the project at the other environments of its app that keep a lockfile of their own."""
    if project.environment.sandbox:
        return []
    app_id = project.environment.app_id
    by_lock = {other.lock: other for other in _everywhere(project) if other.environment.app_id == app_id}
    return [
        other for other in by_lock.values() if other.lock != project.lock and not other.environment.sandbox
    ]


def _everywhere(project: LoadedProject) -> list[LoadedProject]:
    """Return the project at each of its environments."""
    return [LoadedProject(project.spec, name) for name in project.spec.project.environments]


def read_lockfile_records(project: LoadedProject) -> Iterator[AnyRecord]:
    """Yield every record of the lockfile, oldest first.

    Raises:
        LockError: It cannot be read.
    """
    return read_records(store_of(project))


def read_refused_accounts(project: LoadedProject) -> Iterator[RefusedAccount]:
    """Yield the accounts that the service refused; the state holds only their number by code.

    Raises:
        LockError: The lockfile cannot be read.
    """
    return refused_accounts(store_of(project))


def read_status(project: LoadedProject, *, now: datetime) -> Status:
    """Return the status of the environment, doubts first.

    Raises:
        LockError: As :func:`read_lockfile` does.
    """
    return status_of(read_lockfile(project), now)


def store_of(project: LoadedProject) -> Store:
    """Return the place of the environment's lockfile; nothing is read yet.

    One that is there and holds no record is damaged, except the sandbox's.
    """
    environment = "" if project.environment.sandbox else project.environment_name
    return open_store(project.lock, root=project.root, environment=environment)


def open_journal(
    project: LoadedProject,
    store: Store | None = None,
    *,
    now: Callable[[], datetime] = utc_now,
    must_exist: bool | None = None,
) -> Journal:
    """Return the environment's lockfile for writing; nothing is read or written yet.

    A missing one is refused, except the sandbox's, which records nothing that reached a phone.

    Args:
        project: Whose lockfile.
        store: Where it is kept; its own place when left out.
        now: The wall clock.
        must_exist: Whether a missing one is refused; None for the rule above.
    """
    from pushspec import __version__
    from pushspec.lockfile.journal import Journal, Runtime

    return Journal(
        store or store_of(project),
        sdk_app_id=project.environment.app_id,
        environment=project.environment_name,
        runtime=Runtime(
            now=now,
            token=lambda: secrets.token_hex(_TOKEN_BYTES),
            pause=time.sleep,
            tool=__version__,
            process=this_process(),
        ),
        must_exist=not project.environment.sandbox if must_exist is None else must_exist,
    )


def begin_lockfile(project: LoadedProject) -> None:
    """Begin the lockfile of the project's environment: its header, and nothing else.

    Only somebody who knows that nothing was ever sent from the environment may do that. A file's folder is
    made where it is missing. One without a record is what somebody left who died at this, so it is begun.

    Raises:
        LockError: There is one already, another one of the app may know of sends, or it cannot be written.
        UsageError: The file's folder cannot be made.
    """
    store = open_store(project.lock, root=project.root)
    if project.keeps_lock_in_file:
        make_folder((project.root / project.lock).parent)
    _check_belongs(read_lock(store), project)
    check_alone(project)
    open_journal(project, store, must_exist=False).begin()


def _check_belongs(state: LockState, project: LoadedProject) -> None:
    """Refuse a lockfile that moved, or of another app or environment: it says what was sent elsewhere."""
    if state.moved_to:
        raise LockError(
            phrase(
                "the lockfile {shown_lock} moved to {shown_address}",
                shown_lock=project.shown_lock,
                shown_address=shown_address(state.moved_to),
            ),
            hint=phrase(
                "set `lock` of environment {environment_name} to that place",
                environment_name=project.environment_name,
            ),
        )
    header = state.header
    if header is None:
        return
    belongs = (header.sdk_app_id, header.environment)
    wanted = (project.environment.app_id, project.environment_name)
    if belongs != wanted:
        raise LockError(
            phrase(
                "the lockfile {shown_lock} belongs to app {app}, environment {environment}; "
                "this is app {here}, environment {here_environment}",
                shown_lock=project.shown_lock,
                app=belongs[0],
                environment=belongs[1],
                here=wanted[0],
                here_environment=wanted[1],
            ),
            hint=phrase("give this environment its own lock:"),
        )


def check_before_move(project: LoadedProject, to: str) -> None:
    """Refuse to carry a lockfile that no other command would take: its new place would forget its past.

    Raises:
        LockError: As :func:`read_lockfile` does.
    """
    _check_belongs(read_lock(store_of(project)), project)
    # What an earlier move that broke off left at the new place is how the lockfile began.
    check_alone(project, apart_from=[project.root / to] if ":" not in to else [])


def check_alone(project: LoadedProject, *, apart_from: Iterable[Path] = ()) -> None:
    """Refuse what knows of sends that the lockfile does not: another lockfile of the app, or git.

    The sandbox's own lockfile is no record of anything that reached a phone.

    Args:
        project: Whose lockfile.
        apart_from: Files that may be lockfiles of the app, too.

    Raises:
        LockError: There is such a file, or such a copy in git.
    """
    if project.environment.sandbox:
        return
    app_id = project.environment.app_id
    own, others = _lockfiles(project)
    folders = {project.root, *(file.parent for file in (*own, *others))}
    strays = stray_lockfiles(folders, own=[*own, *apart_from], others=others, sdk_app_id=app_id)
    if (stray := next(strays, None)) is not None:
        raise LockError(
            phrase(
                "{name} is a lockfile of app {app_id} that no environment of the app names: "
                "it may record sends that {shown_lock} lacks",
                name=os.path.relpath(stray.path, project.root),
                app_id=app_id,
                shown_lock=project.shown_lock,
            ),
            hint=_way_out(stray.environment, project),
        )
    if project.keeps_lock_in_file:
        check_git_history(project.root, project.lock, sdk_app_id=app_id)


def _lockfiles(project: LoadedProject) -> tuple[list[Path], list[Path]]:
    """Return the lockfiles of the app's environments that are files, and those of the project's others."""
    own: list[Path] = []
    others: list[Path] = []
    for other in _everywhere(project):
        if other.keeps_lock_in_file:
            is_own = not other.environment.sandbox and other.environment.app_id == project.environment.app_id
            (own if is_own else others).append(other.root / other.lock)
    return own, others


def _way_out(environment: str, project: LoadedProject) -> str:
    if environment and environment not in project.spec.project.environments:
        return phrase(
            "if {environment} was renamed, restore its name; if the file is an old copy, remove it",
            environment=environment,
        )
    return phrase(
        "if it holds more, set lock: to it and use `pushspec lock move`; if it is an old copy, remove it"
    )

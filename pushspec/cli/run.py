"""Run one apply on this terminal: its signals, its progress, its summary."""

from __future__ import annotations

import contextlib
import gc
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from pushspec.api.lockfile import open_journal, read_lockfile
from pushspec.api.running import apply_plan
from pushspec.api.stopping import StopSignal
from pushspec.cli.output import show_prose, tell
from pushspec.cli.provenance import provenance
from pushspec.cli.signals import Interruption, stopped_unsent
from pushspec.clock import utc_now
from pushspec.errors import HeldLockError, LockError
from pushspec.exit_codes import ExitCode
from pushspec.language import phrase, say
from pushspec.views.run_text import first_text, last_text, run_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import tzinfo

    from pushspec import Journal, LockState, RunResult, SavedPlan
    from pushspec.api.project import LoadedProject
    from pushspec.cli.progress import ProgressLines
    from pushspec.views.commands import Typed
    from pushspec.views.left_over import LeftOver

_OBJECTS_BETWEEN_COLLECTIONS = 10_000


def run_approved(
    project: LoadedProject,
    *,
    approval: str | SavedPlan,
    names: Sequence[str],
    selectors: Sequence[str],
    typed: Typed,
    max_duration_s: float | None,
    max_in_doubt: int,
    lock_timeout_s: float,
    progress: ProgressLines,
    applied: Collection[str] | None = None,
    left: LeftOver | None = None,
) -> RunResult:
    """Apply an approved plan, heed signals, and say how it went and what to do next.

    Raises:
        click.exceptions.Exit: Somebody stopped it before anything was sent; the user knows.
        PushspecError: As ``apply_plan`` does.
    """
    # Each call leaves some sixty objects in a cycle around its request, which holds all of its accounts.
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    journal, stop = open_journal(project), StopSignal()
    interruption = _interruption(typed, journal, progress, project.zone)
    progress.around_planning = _breaking_off(interruption)
    with interruption.heeded():
        with interruption.calling(stop.set), _waiting_given_up(interruption):
            result = apply_plan(
                project,
                approval=approval,
                names=names,
                selectors=selectors,
                max_duration_s=max_duration_s,
                max_in_doubt=max_in_doubt,
                lock_timeout_s=lock_timeout_s,
                environ=os.environ,
                provenance=provenance(project.root),
                reporter=progress,
                stop=stop,
                journal=journal,
            )
        progress.finish()
        state = _state_after(result, journal, project)
        show_prose(run_text(result, state, project, utc_now(), typed, applied, left))
    return result


def _interruption(
    typed: Typed, journal: Journal, progress: ProgressLines, zone: tzinfo | None
) -> Interruption:
    def first(name: str) -> str:
        progress.stop_told()
        return first_text(name, progress.under_way)

    return Interruption(
        first_text=first,
        last_text=lambda why: last_text(
            why, journal, typed, sent=progress.sent, under_way=progress.under_way, zone=zone
        ),
    )


@contextmanager
def _breaking_off(interruption: Interruption) -> Iterator[None]:
    with stopped_unsent(), interruption.at_once():
        yield


@contextmanager
def _waiting_given_up(interruption: Interruption) -> Iterator[None]:
    """Let a stop while the run waits for the lock end it as any stop before the first call does."""
    try:
        yield
    except HeldLockError:
        if not interruption.is_asked:
            raise
        tell(say("Stopped. {what}", what=phrase("Nothing was sent.")))
        raise click.exceptions.Exit(ExitCode.INTERRUPTED) from None


def _state_after(result: RunResult, journal: Journal, project: LoadedProject) -> LockState | None:
    """Return what the lockfile says now: as this run left it, or read again where that is not known."""
    if result.error is None:
        return journal.state
    with contextlib.suppress(LockError):
        return read_lockfile(project)
    return None

"""One run under the lock, as the command line makes it: lockfile, service, signals, and its last words."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

import anyio

from pushspec.apply.clock import SystemClock
from pushspec.apply.engine import apply_calls
from pushspec.cli.journal import now, open_journal
from pushspec.cli.output import show
from pushspec.cli.progress import ProgressLines
from pushspec.cli.provenance import provenance
from pushspec.cli.run_text import first_text, last_text, run_text
from pushspec.cli.service import open_service
from pushspec.cli.signals import Interruption, stopped_unsent
from pushspec.errors import LockError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pushspec.apply.result import RunResult
    from pushspec.apply.run import RunOptions
    from pushspec.cli.workspace import Workspace
    from pushspec.lockfile.journal import Journal
    from pushspec.lockfile.state import LockState
    from pushspec.plan.calls import CampaignCalls

    Choose = Callable[[LockState], Sequence[CampaignCalls]]


def send_calls(workspace: Workspace, choose: Choose, *, options: RunOptions, plan_digest: str) -> RunResult:
    """Take the lock, send what ``choose`` returns, and say how it went and what to do next.

    Args:
        workspace: Where.
        choose: Plans again under the lock and returns what is due, or refuses.
        options: The bounds of the run.
        plan_digest: Digest of the plan that was approved.

    Raises:
        click.exceptions.Exit: Somebody stopped it before anything was sent; that was said.
        PushspecError: As ``apply_calls`` and ``open_service`` do.
    """
    journal, progress = open_journal(workspace), ProgressLines()
    interruption = Interruption(
        first_text=lambda name: first_text(name, progress),
        last_text=lambda why: last_text(why, progress, journal, workspace),
    )

    def choose_or_stop(state: LockState) -> Sequence[CampaignCalls]:
        with stopped_unsent(), interruption.at_once():
            return choose(state)

    async def send() -> RunResult:
        stop, loop = anyio.Event(), asyncio.get_running_loop()
        with interruption.calling(lambda: loop.call_soon_threadsafe(stop.set)):
            async with open_service(workspace, now) as service:
                return await apply_calls(
                    choose_or_stop,
                    journal=journal,
                    sender=service,
                    clock=SystemClock(now, time.monotonic),
                    options=options,
                    provenance=provenance(workspace.spec.root, plan_digest),
                    reporter=progress,
                    stop=stop,
                )

    with interruption.heeded():
        result = anyio.run(send)
        show(run_text(result, _state_after(result, journal, workspace), workspace, now()))
    return result


def _state_after(result: RunResult, journal: Journal, workspace: Workspace) -> LockState | None:
    """Return what the lockfile says now: as this run left it, or read anew where that is not known."""
    if result.error is None:
        return journal.state
    with contextlib.suppress(LockError):
        return workspace.lock_state()
    return None

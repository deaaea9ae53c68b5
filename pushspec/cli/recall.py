"""``pushspec recall``: take back what was sent, as far as the service can."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from pushspec.cli import completing, options
from pushspec.cli.asking import confirmed
from pushspec.language import phrase, say

if TYPE_CHECKING:
    from pathlib import Path

    from pushspec.api.project import LoadedProject
    from pushspec.api.recalling import AnyRecallOutcome, RecallPlan, RecallStep
    from pushspec.exit_codes import ExitCode
    from pushspec.views.commands import Typed


@click.command()
@click.argument("name", shell_complete=completing.names)
@options.project
@options.environment
@click.option("--confirm", metavar="DIGEST", help="Recall without asking, if the plan still has this digest.")
def command(name: str, folder: Path, environment: str | None, confirm: str | None) -> int:
    """Take back what was sent, as far as the service can.

    NAME is a campaign's name, for its highest version that went out, or name@2. Shows a plan first: which
    calls, until when, what each phone maker undoes and what stays. On a terminal it asks; elsewhere it
    requires --confirm. Running it again settles what is unknown and takes nothing back twice.
    """
    from pushspec.api.project import load_project
    from pushspec.api.recalling import plan_recall
    from pushspec.cli.output import show_prose
    from pushspec.cli.signals import stopped_unsent
    from pushspec.clock import utc_now
    from pushspec.views.commands import Typed
    from pushspec.views.recall_text import recall_plan_text, recall_question

    project = load_project(folder, environment=environment)
    typed = Typed(folder, environment or "")
    with stopped_unsent(phrase("No request was made.")):
        now = utc_now()
        plan = plan_recall(project, name, now=now)
        typed = replace(typed, names=[plan.key])
        show_prose(recall_plan_text(plan, project, typed, now))
        if not plan.steps:
            return _nothing_to_do(plan)
        question = recall_question(plan, project.environment_name)
        digest = confirmed(plan, question, command="recall", typed=typed, digits=confirm)
    return _take_back(project, plan, digest, typed)


def _nothing_to_do(plan: RecallPlan) -> int:
    """Say why no request is made, and end with what that means."""
    from pushspec.cli.output import show
    from pushspec.exit_codes import Ending, decide

    show(say("Nothing to take back: no request was made.\n"))
    is_left = bool(plan.too_late or plan.unnamed)
    return decide(
        Ending(
            is_in_doubt=bool(plan.doubted or plan.unsettled),
            is_incomplete=is_left,
            has_sent=bool(plan.taken_back),
        )
    )


def _take_back(project: LoadedProject, plan: RecallPlan, digest: str, typed: Typed) -> ExitCode:
    """Carry out the plan, heed signals, and say how it went."""
    from pushspec.api.recalling import exit_code_of, take_back
    from pushspec.api.stopping import StopSignal
    from pushspec.cli.output import show_prose
    from pushspec.cli.provenance import provenance
    from pushspec.cli.signals import Interruption
    from pushspec.views.recall_text import recall_result_text

    stop, lines = StopSignal(), _Lines()
    interruption = Interruption(
        first_text=lambda name: say(
            "Stopping ({name}): no new requests. A second signal stops at once.", name=name
        ),
        last_text=lambda why: say("{why}: what was under way is unknown; recall again settles it.", why=why),
    )
    with interruption.heeded(), interruption.calling(stop.set):
        result = take_back(
            project,
            plan.key,
            digest=digest,
            holder=provenance(project.root).holder,
            reporter=lines,
            environ=os.environ,
            stop=stop,
        )
        show_prose(recall_result_text(result, plan, project, typed))
    return exit_code_of(result, from_some=lines.from_some)


class _Lines:
    """Shows what became of each call; a place that takes no more text stops nothing.

    Attributes:
        from_some: Whether the service took anything back from anybody.
    """

    def __init__(self) -> None:
        self.from_some = False

    def settled(self, step: RecallStep, outcome: AnyRecallOutcome) -> None:
        """Show one call."""
        from pushspec.cli.output import show_prose
        from pushspec.views.recall_text import recall_step_text

        self.from_some |= outcome.taken_back > 0
        with contextlib.suppress(OSError):
            show_prose(recall_step_text(step, outcome))

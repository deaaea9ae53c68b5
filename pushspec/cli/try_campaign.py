"""``pushspec try``: see a campaign on the testers' own phones before anybody else does."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from pushspec.cli import completing, options
from pushspec.cli.asking import confirmed
from pushspec.language import say

if TYPE_CHECKING:
    from pathlib import Path

    from pushspec.api.trying import TryResult


@click.command()
@click.argument("name", shell_complete=completing.names)
@options.project
@options.environment
@click.option(
    "--to", metavar="ACCOUNTS", help="Who gets it, separated by commas, instead of the environment's testers."
)
@click.option("--confirm", metavar="DIGEST", help="Send without asking, if the content has this digest.")
@click.option("--no-trace", is_flag=True, help="Do not follow it to the testers' devices.")
def command(
    name: str, folder: Path, environment: str | None, to: str | None, confirm: str | None, *, no_trace: bool
) -> int:
    """Send what a campaign says to its testers first.

    NAME is a campaign. Only the environment's testers get it, under keys of its own, and pushspec follows it
    to their phones. A try never counts as the send. On a terminal it asks; elsewhere it requires --confirm
    with the digest of the content. A freeze stops it; window and quiet hours do not.
    """
    from pushspec.api.project import load_project
    from pushspec.api.trying import TRACE_S, prepare_try, send_try
    from pushspec.cli.output import show, show_prose, tell
    from pushspec.cli.provenance import provenance
    from pushspec.cli.signals import breaking_off
    from pushspec.clock import SystemClock
    from pushspec.exit_codes import Ending, decide
    from pushspec.views.commands import Typed
    from pushspec.views.tried import can_be_followed, next_line, question_to_try, result_text, trial_text

    project = load_project(folder, environment=environment)
    named = tuple(account.strip() for account in to.split(",")) if to is not None else ()
    trial = prepare_try(project, name, to=named)
    show_prose(trial_text(trial, project.environment_name))
    again = [*(["--to", to] if to is not None else []), *(["--no-trace"] if no_trace else [])]
    typed = Typed(folder, project.environment_name, [name], options=again)
    digest = confirmed(
        trial,
        question_to_try(trial, project.environment_name),
        command="try",
        typed=typed,
        digits=confirm,
    )
    if not no_trace and any(can_be_followed(it.call) for it in trial.calls):
        tell(say("Following it for up to {minutes:.0f} min; --no-trace skips this.", minutes=TRACE_S / 60))
    sent: list[TryResult] = []
    try:
        with breaking_off():
            result = send_try(
                project,
                name,
                digest=digest,
                to=named,
                trace_s=0 if no_trace else TRACE_S,
                clock=SystemClock(),
                environ=os.environ,
                provenance=provenance(project.root),
                on_sent=sent.append,
            )
    except KeyboardInterrupt:  # what testers have already is said; only the following ends
        show_prose("".join(map(result_text, sent)))
        raise
    show_prose(result_text(result))
    show(next_line(result, typed))
    return decide(
        Ending(
            is_in_doubt=result.is_in_doubt,
            are_credentials_refused=result.are_credentials_refused,
            has_sent=result.has_sent,
            is_incomplete=not result.is_sent,
        )
    )

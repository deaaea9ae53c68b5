"""``pushspec apply``: send what the plan shows, each call once."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pushspec.cli import options
from pushspec.cli.journal import now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.apply.result import RunResult
    from pushspec.lockfile.state import LockState
    from pushspec.plan.build import Plan
    from pushspec.plan.calls import CampaignCalls
    from pushspec.plan.saved import SavedPlan

_LEAST_DIGITS = 8
_DURATIONS = {"s": 1, "m": 60, "h": 3_600}


class _Duration(click.ParamType[float]):
    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        from pushspec.tencent.exchange import TOTAL_S

        text = str(value)
        if not re.fullmatch("[0-9]{1,6}[smh]", text):
            self.fail(f"{text!r} is not a duration such as 90s, 20m or 5h", param, ctx)
        seconds = float(int(text[:-1]) * _DURATIONS[text[-1]])
        if seconds <= TOTAL_S:
            self.fail(f"{text!r} is too short: one call alone may take {TOTAL_S:g} s", param, ctx)
        return seconds


@click.command()
@options.names
@options.project
@options.environment
@options.selectors
@click.option("--confirm", metavar="DIGEST", help="Send without asking, if the plan still has this digest.")
@click.option("--max-duration", type=_Duration(), help="Stop taking new calls after this long, such as 5h.")
@click.option(
    "--max-in-doubt",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="For listed accounts: calls of a campaign that may be in doubt before the run stops.",
)
def command(
    names: tuple[str, ...],
    folder: Path,
    environment: str | None,
    selectors: tuple[str, ...],
    confirm: str | None,
    max_duration: float | None,
    max_in_doubt: int,
) -> int:
    """Send what the plan shows, each call once.

    NAMES are campaign names, globs or files, or one saved plan; none for all. Asks on a terminal; elsewhere
    it needs a saved plan or --confirm. Applying again sends nothing that was sent.
    """
    from pushspec.cli.signals import stopped_unsent
    from pushspec.cli.workspace import make_plan, open_workspace

    saved = _saved_plan(names)
    if saved is not None:
        environment, names, selectors = environment or saved.environment, saved.names, saved.selectors
    workspace = open_workspace(folder, environment)
    with stopped_unsent():
        plan = make_plan(workspace, now=now(), names=names, selectors=selectors, state_required=True)
        approval = _Approval(saved, confirm, plan.digest)
        if not _is_approved(plan, approval):
            return _exit_without_sending(plan)
        from pushspec.apply.run import RunOptions
        from pushspec.cli.sending import send_calls

    def choose(state: LockState) -> Sequence[CampaignCalls]:
        # Planned anew under the lock, from the files as they are now: what was approved is what is sent.
        fresh = make_plan(workspace, now=now(), names=names, selectors=selectors, state=state)
        approval.hold(fresh)
        return [campaign.calls for campaign in fresh.campaigns if campaign.is_open]

    run_options = RunOptions(
        limits=workspace.environment.limits,
        quota_day_starts=workspace.environment.quota_day_start,
        max_in_doubt=max_in_doubt,
        max_duration_s=max_duration,
    )
    return _exit_code(send_calls(workspace, choose, options=run_options, plan_digest=plan.digest), plan)


@dataclass(frozen=True, slots=True)
class _Approval:
    """What somebody said yes to."""

    saved: SavedPlan | None
    confirmed: str | None
    shown: str

    def hold(self, plan: Plan) -> None:
        """Refuse a plan that is not the approved one."""
        from pushspec.errors import RefusedError
        from pushspec.plan.saved import require_match

        if self.saved is not None:
            require_match(self.saved, plan)
            return
        approved = self.confirmed.lower() if self.confirmed is not None else self.shown
        if len(approved) < _LEAST_DIGITS or not plan.digest.startswith(approved):
            raise RefusedError(
                f"the plan has digest {plan.short_digest}, not {approved[:12]}, which was approved",
                hint="look at `pushspec plan` and confirm what it shows now",
            )


def _saved_plan(names: Sequence[str]) -> SavedPlan | None:
    from pushspec.errors import UsageError
    from pushspec.plan.saved import MAX_BYTES, read_saved_plan

    if not any(name.endswith(".json") for name in names):
        return None
    if len(names) > 1:
        raise UsageError("a saved plan stands alone", hint="it names its campaigns itself")
    try:
        with Path(names[0]).open("rb") as file:
            return read_saved_plan(file.read(MAX_BYTES), now=now())
    except OSError as error:
        raise UsageError(f"the saved plan {names[0]} cannot be read: {error.strerror}") from None


def _is_approved(plan: Plan, approval: _Approval) -> bool:
    """Show a plan and have it approved; ``False`` if there is nothing to send."""
    from pushspec.cli.output import paint, show, width
    from pushspec.views.plan_text import plan_text

    show(plan_text(plan, width=width(), paint=paint))
    if not plan.due:
        if approval.saved is not None:
            approval.hold(plan)
        show(_nothing_to_send(plan))
        return False
    if approval.saved is None and approval.confirmed is None:
        _ask(plan)
    approval.hold(plan)
    return True


def _nothing_to_send(plan: Plan) -> str:
    if not plan.is_in_doubt:
        return "Nothing to send.\n"
    return f"Nothing to send. For what is in doubt: pushspec status -e {plan.environment_name}\n"


def _ask(plan: Plan) -> None:
    """Ask on a terminal; elsewhere refuse, for nobody could have said yes."""
    from pushspec.cli.output import show
    from pushspec.errors import UsageError
    from pushspec.text import counted

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "apply asks before it sends, and there is no terminal",
            hint=f"apply a saved plan, or say --confirm {plan.short_digest}",
        )
    calls = sum(len(campaign.progress.remaining) for campaign in plan.due)
    what = f"{counted(len(plan.due), 'campaign')} ({counted(calls, 'call')})"
    show(f"Send {what} to {plan.environment_name}? A push cannot be taken back [y/N]: ")
    # click.confirm asks on stderr, which somebody may have sent to a file.
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise click.Abort


def _exit_without_sending(plan: Plan) -> int:
    from pushspec.errors import InDoubtError, RefusedError

    if plan.is_in_doubt:
        return InDoubtError.exit_code
    return RefusedError.exit_code if any(campaign.state.is_refused for campaign in plan.campaigns) else 0


def _exit_code(result: RunResult, plan: Plan) -> int:
    """Return the run's code, or the plan's own where the run went well and campaigns were held back."""
    from pushspec.apply.result import PARTIAL_EXIT

    held_back = _exit_without_sending(plan)
    if result.exit_code or not held_back:
        return result.exit_code
    from pushspec.errors import InDoubtError

    return held_back if held_back == InDoubtError.exit_code or not result.sent else PARTIAL_EXIT

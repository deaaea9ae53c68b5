"""Commands as people paste them into a shell: whole, and quoted."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from pushspec.plan.states import CampaignState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pushspec.plan.build import Plan


def command_text(
    word: str,
    folder: Path,
    environment: str,
    *,
    names: Sequence[str] = (),
    selectors: Sequence[str] = (),
    more: Sequence[str] = (),
) -> str:
    """Return a command about some campaigns.

    Args:
        word: Which command, such as ``apply``.
        folder: The project folder as it was given, or the one in which the command is typed.
        environment: The environment; empty where it was left to the project.
        names: As they were typed.
        selectors: As ``--select`` takes them.
        more: What else it is given, such as ``--confirm`` and its digits.
    """
    words = ["pushspec", word, *names]
    if environment:
        words += ["-e", environment]
    if folder.parts:
        words += ["-C", str(folder)]
    words += [word for selector in selectors for word in ("--select", selector)]
    return shlex.join([*words, *more])


def next_steps(
    plan: Plan,
    folder: Path,
    *,
    names: Sequence[str] = (),
    selectors: Sequence[str] = (),
    saved: Path | None = None,
) -> Iterator[str]:
    """Yield the commands that come after a plan, ready to paste; none where nothing is left to type.

    Args:
        plan: The plan that was shown.
        folder: The project folder as it was given.
        names: Names of campaigns, as they were typed.
        selectors: As ``--select`` takes them.
        saved: Where the plan was saved.
    """
    environment = plan.environment_name
    if plan.is_in_doubt:
        yield command_text("status", folder, environment)
    if plan.in_state(CampaignState.FROZEN):
        yield f'{command_text("freeze", folder, environment, more=["--off"])} "WHY"'
    if plan.due and saved is not None:
        yield shlex.join(["pushspec", "apply", str(saved)])
    elif plan.due:
        yield command_text("apply", folder, environment, names=names, selectors=selectors)

"""Explain a task in doubt: what is known, what the service shows, when it settles, what a person can say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.lockfile.status import task_resolvable_at
from pushspec.sanitize import printable
from pushspec.timestamps import in_zone, local_text, zoned_text
from pushspec.views.tasks import PAST, task_outcome_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import tzinfo

    from pushspec.api.task_doubts import ResolvedTask
    from pushspec.lockfile.histories import TaskHistory
    from pushspec.lockfile.records import SettledTask
    from pushspec.views.commands import Typed


_LABEL = 11


def task_doubts_lines(
    tasks: Sequence[TaskHistory], told: Mapping[str, str], *, typed: Typed, zone: tzinfo | None
) -> Iterator[str]:
    """Yield the facts of each task in doubt, and after them once what to do.

    Args:
        tasks: At least one.
        told: What the service told of them, by key; empty where it was not asked.
        typed: What was typed; every command that is shown names the same project and environment.
        zone: In which people read times; None for this machine's.
    """
    for task in tasks:
        yield from _facts(task, told.get(task.key, ""), zone)
        yield ""
    yield from _what_to_do(tasks, typed)


def _facts(task: TaskHistory, told: str, zone: tzinfo | None) -> Iterator[str]:
    yield f"? {task.key} is IN DOUBT: whether its task was {PAST[task.action]}"
    about = task.held or task.wanted
    if about is not None:
        named = f"{about.number}, " if about.number else ""
        yield _fact("task", f"{named}for {zoned_text(about.due_at, zone)}, by {task.endpoint}")
    yield _fact("when", local_text(task.intended_at, zone, seconds=True))
    yield _fact("seen", printable(task.text) or "the run is gone, and wrote no outcome")
    if told:
        yield _fact("service", in_zone(printable(told), zone))
    until = local_text(task_resolvable_at(task), zone, seconds=True)
    yield _fact("settles", f"`status`, `resolve` or `apply` after {until} finds out for certain")


def _what_to_do(tasks: Sequence[TaskHistory], typed: Typed) -> Iterator[str]:
    first = tasks[0]
    resolve = f"{typed.about('resolve', first.key if len(tasks) == 1 else 'KEY')} --as"
    number = " --task-id NUMBER" if any(task.action == "create" for task in tasks) else ""
    yield (
        "What to do: nothing, if you can wait; each of these commands asks the service. "
        "Or say what the console's list of scheduled tasks shows:"
    )
    yield f"  it was {PAST[first.action] if len(tasks) == 1 else 'done'}"
    yield f'    {resolve} done{number} --why "HOW YOU KNOW"'
    yield "  it was not, and its request can no longer arrive"
    yield f'    {resolve} not-done --why "HOW YOU KNOW"'


def settled_task_lines(settled: Mapping[str, SettledTask]) -> Iterator[str]:
    """Yield the tasks in doubt that the service's word settled just now."""
    for key, record in settled.items():
        yield f"  = {key} was in doubt and is settled: {printable(task_outcome_text(record))}"


def task_doubt_json(task: TaskHistory, told: Mapping[str, str]) -> dict[str, object]:
    """Return a task in doubt for programs."""
    return {
        "key": task.key,
        "action": task.action,
        "number": task.held.number if task.held is not None else None,
        "intended_at": task.intended_at.isoformat(),
        "not_after": task.not_after.isoformat(),
        "resolvable_at": task_resolvable_at(task).isoformat(),
        "text": task.text,
        "told": told.get(task.key),
    }


def resolved_task_text(resolved: ResolvedTask, by: str, doubted: Sequence[str], typed: Typed) -> str:
    """Return the text for a settled task: who settled it, as what, and what comes next."""
    task = resolved.task
    who = "the service's word settled" if resolved.by_service else f"{printable(by)} settled"
    number = f" {task.held.number}" if task.held is not None else ""
    still = f"Still in doubt: {', '.join(doubted)}" if doubted else "Nothing else is in doubt."
    return (
        f"{who} {task.key}: its task{number} is {task.state}.\n"
        f"The next apply does what is left: {typed.about('apply')}\n{still}\n"
    )


def _fact(label: str, text: str) -> str:
    return f"  {label:<{_LABEL}}{text}"

"""Explain a task in doubt: what is known, what the service shows, when it settles, what a person can say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import set_cell_size

from pushspec.language import phrase, said, say
from pushspec.lockfile.status import task_resolvable_at
from pushspec.sanitize import printable
from pushspec.text import listed
from pushspec.timestamps import in_zone, local_text, zoned_text
from pushspec.views.recorded import outcome_said
from pushspec.views.tasks import PAST, task_outcome_text, task_state_name

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
    yield say("? {key} is IN DOUBT: whether its task was {past}", key=task.key, past=PAST[task.action])
    about = task.held or task.wanted
    if about is not None:
        named = f"{about.number}, " if about.number else ""
        yield _fact(
            say("task"),
            say(
                "{number}for {due_at}, by {endpoint}",
                number=named,
                due_at=zoned_text(about.due_at, zone),
                endpoint=task.endpoint,
            ),
        )
    yield _fact(say("when"), local_text(task.intended_at, zone, seconds=True))
    yield _fact(
        say("seen"), printable(outcome_said(task.text)) or say("the run is gone, and wrote no outcome")
    )
    if told:
        yield _fact(say("service"), in_zone(printable(said(told)), zone))
    until = local_text(task_resolvable_at(task), zone, seconds=True)
    yield _fact(
        say("settles"), say("`status`, `resolve` or `apply` after {until} finds out for certain", until=until)
    )


def _what_to_do(tasks: Sequence[TaskHistory], typed: Typed) -> Iterator[str]:
    first = tasks[0]
    resolve = f"{typed.about('resolve', first.key if len(tasks) == 1 else 'KEY')} --as"
    number = " --task-id NUMBER" if any(task.action == "create" for task in tasks) else ""
    yield (
        say(
            "What to do: nothing, if you can wait; each of these commands asks the service. "
            "Or say what the console's list of scheduled tasks shows:"
        )
    )
    how = say("HOW YOU KNOW")
    yield say("  it was {past}", past=PAST[first.action] if len(tasks) == 1 else phrase("done"))
    yield f'    {resolve} done{number} --why "{how}"'
    yield say("  it was not, and its request can no longer arrive")
    yield f'    {resolve} not-done --why "{how}"'


def settled_task_lines(settled: Mapping[str, SettledTask]) -> Iterator[str]:
    """Yield the tasks in doubt that the service's word settled just now."""
    for key, record in settled.items():
        yield say(
            "  = {key} was in doubt and is settled: {outcome}",
            key=key,
            outcome=printable(task_outcome_text(record)),
        )


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
    who = say("the service's word settled") if resolved.by_service else say("{by} settled", by=printable(by))
    number = f" {task.held.number}" if task.held is not None else ""
    still = (
        say("Still in doubt: {keys}", keys=listed(doubted)) if doubted else say("Nothing else is in doubt.")
    )
    state = task_state_name(task.state)
    settled = say(
        "{who} {key}: its task{number} is {state}.", who=who, key=task.key, number=number, state=state
    )
    left = say("The next apply does what is left: {command}", command=typed.about("apply"))
    return f"{settled}\n{left}\n{still}\n"


def _fact(label: str, text: str) -> str:
    return f"  {set_cell_size(label, _LABEL)}{text}"

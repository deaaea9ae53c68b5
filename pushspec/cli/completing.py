"""Complete words on Tab: names, environments, keys in doubt and codes, in bounded time, never an error."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import click

    Completer = Callable[[click.Context, click.Parameter, str], list[str]]

VARIABLE = "_PUSHSPEC_COMPLETE"
"""Set by the script of ``pushspec completion`` when somebody presses Tab."""
_MOST_WORK_S = 2.0
_MOST_S = 10.0
"""A busy machine may take longer than the work itself; somebody waits."""


def complete(root: click.Command) -> int:
    """Answer the shell's question, print nothing else, and give up after two seconds of work."""
    from click.shell_completion import shell_complete

    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    limits = (
        (signal.SIGPROF, signal.ITIMER_PROF, _MOST_WORK_S),
        (signal.SIGALRM, signal.ITIMER_REAL, _MOST_S),
    )
    for number, timer, seconds in limits:
        signal.signal(number, _give_up)
        signal.setitimer(timer, seconds)
    try:
        return shell_complete(root, {}, "pushspec", VARIABLE, os.environ[VARIABLE])
    except Exception:  # noqa: BLE001 - a broken project file must not print into the line that is typed
        return 1
    finally:
        for _, timer, _ in limits:
            signal.setitimer(timer, 0)  # while Python winds up nobody handles a signal, and it would kill


def _give_up(number: int, frame: object) -> None:
    del number, frame
    os._exit(1)  # an exception could be caught on its way, and nothing is left half done


def _completer(find: Callable[[click.Context], Iterable[object]]) -> Completer:
    """Return what click calls on Tab; where the project cannot be read, nothing completes."""

    def completions(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
        del parameter
        from pushspec.errors import PushspecError

        try:
            words = sorted(map(str, find(context)))
        except (PushspecError, OSError):
            return []
        return [word for word in words if word.startswith(begun)]

    return completions


def _folder(context: click.Context) -> Path:
    found: Path = context.params.get("folder") or Path(os.environ.get("PUSHSPEC_PROJECT") or ".")
    return found


def _names(context: click.Context) -> Iterable[str]:
    from pushspec.api.names import campaign_names

    return set(campaign_names(_folder(context))) - set(context.params.get("names") or ())


def _audiences(context: click.Context) -> Iterable[str]:
    from pushspec.api.names import audience_names

    return set(audience_names(_folder(context))) - set(context.params.get("names") or ())


def _environments(context: click.Context) -> Iterable[str]:
    from pushspec.api.project import read_project_at

    return read_project_at(_folder(context)).project.environments


def _doubts(context: click.Context) -> Iterable[str]:
    from pushspec.api.lockfile import read_lockfile
    from pushspec.api.project import load_project
    from pushspec.api.trust import is_elsewhere
    from pushspec.clock import utc_now

    project = load_project(_folder(context), environment=context.params.get("environment"))
    if is_elsewhere(project):  # a Tab connects to nothing
        return ()
    state = read_lockfile(project, may_read=lambda _: False)
    now = utc_now()
    calls, tasks = state.in_doubt(now), state.tasks_in_doubt(now)
    return [*(call.key for call in calls), *(task.key for task in tasks)]


def _explained(context: click.Context) -> Iterable[int | str]:
    del context
    from pushspec.api.codes import known_codes
    from pushspec.api.rules import known_rules

    return [*known_codes(), *known_rules()]


def _commands(context: click.Context) -> Iterable[str]:
    import click

    root = context.find_root()
    return root.command.list_commands(root) if isinstance(root.command, click.Group) else ()


names = _completer(_names)
audiences = _completer(_audiences)
environments = _completer(_environments)
doubts = _completer(_doubts)
explained = _completer(_explained)
commands = _completer(_commands)

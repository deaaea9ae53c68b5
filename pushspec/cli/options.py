"""Options that several commands share."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import click

from pushspec.cli import completing
from pushspec.cli.languages import speak_for
from pushspec.language import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushspec.cli.results import Report

F = TypeVar("F", bound="Callable[..., Any]")


class Given:
    """What the command line was given that its errors need, too.

    Attributes:
        folder: The project folder.
    """

    def __init__(self) -> None:
        """Begin where the command is typed."""
        self.folder = Path()


def _remember(ctx: click.Context, _option: click.Parameter, folder: Path) -> Path:
    if isinstance(ctx.obj, Given):
        ctx.obj.folder = folder
    return folder


project = click.option(
    "-C",
    "--project",
    "folder",
    envvar="PUSHSPEC_PROJECT",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    callback=_remember,
    help="Folder of the project, or one below it.",
)
environment = click.option(
    "-e",
    "--env",
    "--environment",
    "environment",
    envvar="PUSHSPEC_ENV",
    shell_complete=completing.environments,
    help="Environment to use; default: the project's default.",
)


class Words(click.ParamType[str]):
    """A name or a reason that the lockfile keeps; an empty one is most often a variable that is not set."""

    name = "text"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text as it was typed."""
        text = str(value)
        if not text.strip():
            self.fail(say("it is empty, and the lockfile keeps it for whoever asks later"), param, ctx)
        return text


class Duration(click.ParamType[float]):
    """A time such as ``20m``, in seconds."""

    name = "duration"
    _SECONDS: ClassVar = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
    _EXAMPLES: ClassVar = {"s": "90s", "m": "20m", "h": "5h", "d": "7d"}

    def __init__(self, units: str, *, least_s: float = 0) -> None:
        """Take the letters of the units that make sense, and the shortest time that does."""
        self._units = units
        self._least_s = least_s

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return seconds."""
        text = str(value)
        if not re.fullmatch(f"[0-9]{{1,6}}[{self._units}]", text):
            *others, last = (self._EXAMPLES[unit] for unit in self._units)
            self.fail(
                say(
                    "{text!r} is not a duration such as {others} or {last}",
                    text=text,
                    others=", ".join(others),
                    last=last,
                ),
                param,
                ctx,
            )
        seconds = float(int(text[:-1]) * self._SECONDS[text[-1]])
        if seconds < self._least_s:
            self.fail(
                say("{text!r} is too short: at least {least:g}s", text=text, least=self._least_s), param, ctx
            )
        return seconds


names = click.argument("names", nargs=-1, shell_complete=completing.names)
audiences = click.argument("names", nargs=-1, shell_complete=completing.audiences)
selectors = click.option(
    "--select",
    "selectors",
    envvar="PUSHSPEC_SELECT",
    multiple=True,
    metavar="KIND:VALUE",
    help="Only campaigns with label:KEY=VALUE, owner:NAME, endpoint:PATH or state:STATE; all must match.",
)


def formats(*choices: str, of: str) -> Callable[[F], F]:
    """Return ``--format`` of a command with these choices, the first as the default."""
    return click.option(
        "--format",
        "form",
        envvar=f"PUSHSPEC_{of.upper()}_FORMAT",
        callback=_in_its_language,
        type=click.Choice(choices),
        default=choices[0],
        show_default=True,
        help="Output format.",
    )


def _in_its_language(context: click.Context, parameter: click.Parameter, form: str) -> str:
    """Keep forms that programs read in English."""
    del parameter
    speak_for(context, form)
    return form


def _with_forms(
    context: click.Context, parameter: click.Parameter, paths: tuple[Path, ...]
) -> tuple[Report, ...]:
    """Give each file the form of its ending, before anything is read or asked."""
    del parameter
    from pushspec.cli.results import Report, form_of_file

    types = (it.type for it in context.command.params if it.name == "form")
    known = next(it.choices for it in types if isinstance(it, click.Choice))
    return tuple(Report(path, form_of_file(path, known)) for path in paths)


reports = click.option(
    "--report",
    "--out",
    "reports",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_with_forms,
    help="Also write the result to a file, in the form of its ending, such as .md; may be repeated.",
)
max_characters = click.option(
    "--max-characters",
    type=click.IntRange(min=2_000),
    default=65_536,
    show_default=True,
    help="Maximum length of the Markdown; a GitHub comment takes no more.",
)
changed_since = click.option(
    "--changed-since",
    metavar="REF",
    help="Only campaigns whose files, or the files they use, differ from a commit.",
)
online = click.option(
    "--online",
    envvar="PUSHSPEC_ONLINE",
    is_flag=True,
    help="Also read a lockfile outside the project folder.",
)

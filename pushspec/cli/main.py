"""The command line: finds the command, runs it, and turns every early stop into its exit code."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from typing import TYPE_CHECKING

import click

from pushspec import __version__
from pushspec.cli.completing import VARIABLE, complete
from pushspec.cli.help_text import HelpContext, with_spoken_help
from pushspec.cli.languages import language_of, option_first
from pushspec.cli.options import Given
from pushspec.cli.signals import interrupt_on_signals, stop_is_heeded, was_interrupted
from pushspec.exit_codes import ExitCode
from pushspec.language import Language, language_in_force, phrase, say, speaking
from pushspec.suggest import nearest

if TYPE_CHECKING:
    from datetime import tzinfo
    from pathlib import Path

    from pushspec.errors import PushspecError

GROUPS: dict[str, dict[str, str]] = {
    "Write": {
        "init": "Create a project that runs on the sandbox.",
        "new": "Write a campaign file to fill in.",
        "import": "Turn a request into a campaign that sends the same.",
        "fmt": "Format files, keeping comments.",
        "validate": "Check every file of the project.",
        "schema": "Print the JSON Schema of a file format.",
    },
    "Review": {
        "plan": "Show every call that apply would make, and what it costs.",
        "calendar": "Show sent and planned campaigns, week by week.",
        "diff": "Compare what two commits would send.",
        "preview": "Show campaigns as phones display them, in each language.",
        "approve": "Sign what a campaign would send.",
        "approvals": "Show who approved which campaign, and whether it counts.",
    },
    "Send": {
        "try": "Send what a campaign says to its testers first.",
        "apply": "Send what the plan shows, each call once.",
        "stop": "Stop one campaign until somebody continues it.",
        "continue": "Open the next gate of a campaign, also after a stop.",
        "recall": "Take back what was sent, as far as the service can.",
        "freeze": "Stop every apply, or allow them again.",
    },
    "Look": {
        "status": "Show what was sent, what is in doubt, and who holds the lock.",
        "report": "Show how many people campaigns reached, and why not the others.",
        "show": "Show what the lockfile records about a campaign.",
        "log": "Show the lockfile's records, newest last.",
        "explain": "Explain an error code or a rule name.",
    },
    "Settle": {
        "resolve": "Settle a call in doubt, with a reason and a name.",
        "unlock": "Take the lock from a run that died.",
        "lock": "Begin a lockfile, check it, or move it to another store.",
    },
    "Around": {
        "audience": "Pull lists of people, and show what their pins say.",
        "notify": "Send a test notice to every target.",
        "callbacks": "Receive, count and export the service's callbacks.",
        "people": "Bring tags and attributes of people to what files declare.",
        "doctor": "Check an environment before its first send.",
        "sandbox": "Run and inspect the local sandbox.",
        "trust": "Trust the remote lockfile that this project names.",
        "completion": "Print the script that completes commands and names in a shell.",
        "help": "Show the help of pushspec or of a command.",
        "version": "Show the version of pushspec.",
    },
}
"""Every command with its summary, so that --help reads no other module; a test holds both together."""
COMMANDS: dict[str, str] = {name: summary for group in GROUPS.values() for name, summary in group.items()}
_MODULES = {"import": "import_request", "continue": "continue_campaign", "try": "try_campaign"}
"""Modules of commands whose names Python keeps for itself."""

_OBJECTS_BETWEEN_COLLECTIONS = 200_000


class _Commands(click.Group):
    """Loads a command's module when the command is used."""

    context_class = HelpContext

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"pushspec.cli.{_MODULES.get(cmd_name, cmd_name)}")
        command: click.Command = module.command
        return with_spoken_help(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            near = nearest(args[0], COMMANDS)
            ctx.fail(f"No such command {args[0]!r}." + (f" Did you mean {near!r}?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        longest = max(map(len, COMMANDS))
        for title, commands in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(f"{name:<{longest}}", summary) for name, summary in commands.items()])


@click.group(
    cls=_Commands,
    context_settings={
        "auto_envvar_prefix": "PUSHSPEC",
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
    },
)
@click.version_option(__version__, "-V", "--version", prog_name="pushspec")
@click.option(
    "--lang",
    type=click.Choice([it.value for it in Language]),
    expose_value=False,
    help="Language of what people read; default: the locale's, or English. Also after the command.",
)
def root() -> None:
    """Push as code: campaigns in YAML, planned, reviewed, and sent once."""


def main() -> None:
    """Run the command line and exit with one of the codes of ``docs/exit-codes.md``."""
    # A command makes many objects that live to its end, and few cycles; looking for them takes a tenth of it.
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    if VARIABLE in os.environ:
        sys.exit(complete(root))
    interrupt_on_signals()
    sys.exit(run(sys.argv[1:]) if _streams_are_open() else ExitCode.USAGE)


def _streams_are_open() -> bool:
    """Give closed streams a place, lest the next file that is opened takes their number; say so of stdout."""
    is_open = sys.stdout is not None
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", encoding="utf-8"))
    if not is_open:
        click.echo(
            "error: the standard output is closed\nhint: leave it open, or send it to /dev/null", err=True
        )
    return is_open


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    arguments = option_first(arguments)
    with speaking(language_of(arguments, os.environ)):
        return _run(arguments)


def _run(arguments: list[str]) -> int:
    given = Given()
    try:
        with speaking(language_in_force()):  # a command with a result for programs changes it
            result = root.main(arguments, prog_name="pushspec", standalone_mode=False, obj=given)
    except click.ClickException as error:
        return _refuse(error)
    except (click.Abort, KeyboardInterrupt):
        return _stopped()
    except Exception as error:  # noqa: BLE001 - the one place that may catch everything
        return _stopped() if was_interrupted() else _report(error, given.folder)
    except BaseExceptionGroup:  # a Ctrl-C among tasks; what else ends a process is not held up
        if not was_interrupted():
            raise
        return _stopped()
    return result if isinstance(result, int) else 0


def _refuse(error: click.ClickException) -> int:
    from click.exceptions import NoArgsIsHelpError

    from pushspec.cli.output import tell_fitted
    from pushspec.cli.usage_errors import usage_error_text
    from pushspec.sanitize import printable

    if isinstance(error, NoArgsIsHelpError):
        error.show()
    else:
        tell_fitted("\n".join(printable(line) for line in usage_error_text(error).split("\n")))
    return error.exit_code


def _stopped() -> int:
    stop_is_heeded()
    click.echo(say("Stopped."), err=True)
    return ExitCode.INTERRUPTED


def _report(error: Exception, folder: Path) -> int:
    from pushspec.cli.output import tell, tell_fitted, told_width
    from pushspec.errors import PushspecError, SpecError
    from pushspec.sanitize import printable
    from pushspec.timestamps import in_zone

    if isinstance(error, SpecError):
        from pushspec.cli.output import paint_told
        from pushspec.views.commands import Typed
        from pushspec.views.problems import problems_text, tally

        command = Typed(folder).about("validate", "--all")
        found = problems_text(error.problems, command=command, paint=paint_told, width=told_width())
        tell(found + tally(error.problems))
        return error.exit_code
    if isinstance(error, PushspecError):
        from pushspec.views.commands import named_in
        from pushspec.views.recorded import said_anew

        zone = _zone_of(folder)
        message = in_zone(printable(said_anew(error.message)), zone, is_named=False)
        tell_fitted(say("error: {message}", message=message))
        if error.hint:
            hint = in_zone(printable(said_anew(named_in(error.hint, folder))), zone, is_named=False)
            tell_fitted(say("hint: {hint}", hint=hint))
        return error.exit_code
    if isinstance(error, OSError):
        return _report(_fault_of(error), folder)
    return _report_bug(error)


def _zone_of(folder: Path) -> tzinfo | None:
    """Return the zone in which the project's people read times; None for this machine's."""
    from pushspec.api.project import zone_at
    from pushspec.errors import PushspecError

    try:
        return zone_at(folder)
    except (PushspecError, OSError):  # the error that is told says more than this one
        return None


def _fault_of(error: OSError) -> PushspecError:
    from pathlib import Path

    from pushspec.errors import UsageError
    from pushspec.files import FileAccessError

    try:
        Path.cwd()
    except OSError:
        hint = phrase("change to a folder that is there")
        return UsageError(phrase("the current folder was removed"), hint=hint)
    what = str(error.filename) if error.filename else phrase("a file that pushspec needs")
    return FileAccessError(what, phrase("used"), error)


def _report_bug(error: Exception) -> int:
    """Say that this is our mistake, and where, without values that could hold a secret."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}")
        trace = trace.tb_next
    where = f"{type(error).__name__} at {' < '.join(reversed(frames[-4:]))}"
    click.echo(say("error: a bug in pushspec: {where}", where=where), err=True)
    click.echo(
        say("hint: run `pushspec status` to see what the lockfile records; please report this line"), err=True
    )
    return ExitCode.BUG

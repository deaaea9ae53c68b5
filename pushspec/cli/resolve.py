"""``pushspec resolve``: settle a call in doubt."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pushspec.cli import completing, options

if TYPE_CHECKING:
    from pushspec.api.evidence import Findings
    from pushspec.api.operating import Statement
    from pushspec.api.project import LoadedProject
    from pushspec.views.commands import Typed


@click.command()
@click.argument("key", shell_complete=completing.doubts)
@options.project
@options.environment
@click.option(
    "--as",
    "verdict",
    envvar="PUSHSPEC_RESOLVE_AS",
    type=click.Choice(["sent", "not-sent", "abandoned", "done", "not-done"]),
    required=True,
    help=(
        "What happened to the call; only after not-sent does an apply send it. "
        "Of a task at the service: whether what was asked for was done."
    ),
)
@click.option("--why", type=options.Words(), required=True, help="How you know; the lockfile keeps it.")
@click.option("--by", type=options.Words(), help="Who decides; default: your user name.")
@click.option(
    "--task-id",
    help="The TaskId that the console or a callback shows for it; the number of a task that was made.",
)
@click.option("--msg-key", help="The key of the message, for openim/batchsendmsg.")
@click.option(
    "--evidence",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file that proves it; the lockfile keeps its SHA-256.",
)
@click.option("--offline", is_flag=True, help="Look for no evidence first: ask nobody, read no callbacks.")
def command(
    key: str,
    folder: Path,
    environment: str | None,
    verdict: str,
    why: str,
    by: str | None,
    task_id: str | None,
    msg_key: str | None,
    evidence: Path | None,
    *,
    offline: bool,
) -> None:
    """Settle a call in doubt, with a reason and a name.

    KEY is the call, or that of a task, as `pushspec status` shows it. First it shows what callbacks and the
    service know of the call. Nothing is sent now; the next apply sends a call that you settle as not-sent.
    What the service shows of a task settles it before your word does.
    """
    from pushspec.api.operating import Resolution, ServiceIds, Statement, resolve
    from pushspec.api.project import load_project
    from pushspec.api.task_doubts import is_about_task
    from pushspec.cli.output import show_prose, tell
    from pushspec.cli.provenance import person
    from pushspec.clock import utc_now
    from pushspec.serialization import sha256_hex
    from pushspec.views.commands import Typed
    from pushspec.views.doubt import evidence_lines
    from pushspec.views.run_text import settled_text
    from pushspec.views.status import settled_lines
    from pushspec.views.wrapping import PROSE, fitted

    project = load_project(folder, environment=environment)
    statement = Statement(
        key=key,
        verdict=Resolution(verdict.replace("-", "_")),
        by=by or person(),
        why=why,
        evidence_sha256=sha256_hex(_read(evidence)) if evidence is not None else "",
        ids=ServiceIds(task_id=task_id, msg_key=msg_key),
    )
    typed = Typed(folder, project.environment_name)
    if is_about_task(project, statement):
        _settle_task(project, statement, typed, offline=offline)
        return
    if not offline:
        findings = _look_for_evidence(project, key)
        for line in evidence_lines(findings.evidence.get(key), zone=project.zone):
            tell(fitted(line, PROSE))
        if key in findings.settled and statement.verdict is Resolution.SENT:
            show_prose("\n".join(settled_lines(findings)) + "\n")
            return
    settled = resolve(project, statement, now=utc_now())
    show_prose(settled_text(settled.call, statement.by, settled.doubted, project, typed))


def _settle_task(project: LoadedProject, statement: Statement, typed: Typed, *, offline: bool) -> None:
    """Settle a task: the service is asked first, unless nobody is to be asked."""
    from pushspec.api.lockfile import read_lockfile
    from pushspec.api.task_doubts import resolve_task
    from pushspec.cli.output import note, show_prose
    from pushspec.clock import SystemClock
    from pushspec.views.task_doubt import resolved_task_text

    clock = SystemClock()
    resolved = resolve_task(project, statement, clock=clock, environ=None if offline else os.environ)
    note(resolved.warnings)
    doubted = [task.key for task in read_lockfile(project).tasks_in_doubt(clock.now())]
    show_prose(resolved_task_text(resolved, statement.by, doubted, typed))


def _look_for_evidence(project: LoadedProject, key: str) -> Findings:
    """Gather evidence on a call, settle it if that is proved, and tell what could not be asked."""
    from pushspec.api.evidence import gather_evidence, settle_proved
    from pushspec.api.lockfile import read_lockfile
    from pushspec.cli.output import note
    from pushspec.clock import SystemClock

    clock, state = SystemClock(), read_lockfile(project)
    found = gather_evidence(project, state, clock=clock, environ=os.environ, key=key)
    findings = settle_proved(project, found, clock=clock)
    note(findings.warnings)
    return findings


def _read(path: Path) -> bytes:
    from pushspec.files import FileAccessError
    from pushspec.language import phrase
    from pushspec.paths import open_plain

    try:
        with os.fdopen(open_plain(path), "rb") as file:
            return file.read()
    except OSError as error:
        raise FileAccessError(str(path), phrase("read"), error) from None

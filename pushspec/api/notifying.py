"""Tell the environment's targets what was recorded, after it is durable, and without holding up a send."""

from __future__ import annotations

import contextlib
import queue
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from pushspec.api.call_keys import campaign_of
from pushspec.api.run_notices import run_notices
from pushspec.api.stopping import StopSignal
from pushspec.language import phrase
from pushspec.lockfile.records import Conflict, End, Frozen, Gate, TaskUnknown, Unknown, utc_text
from pushspec.notify.event import Event, EventKind
from pushspec.notify.sending import LONGEST_S, deliver
from pushspec.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from pushspec.api.project import LoadedProject
    from pushspec.lockfile.records import Record
    from pushspec.lockfile.state import LockState

HURRIED_S = 0.5
"""How long notices are waited for after a stop: whoever pressed Ctrl-C waits for no chat."""


@dataclass(frozen=True, slots=True)
class _Target:
    name: str
    url: str
    on: frozenset[EventKind]


class Notices:
    """The notices of one command; use it as a context, which waits for them at its end.

    It waits at most five seconds, and half a second once somebody asked for a stop.

    Attributes:
        failures: What could not be told, in words that hold no address.
    """

    def __init__(
        self,
        project: LoadedProject,
        environ: Mapping[str, str],
        *,
        now: Callable[[], datetime],
        stop: StopSignal | None = None,
    ) -> None:
        """Read the targets' addresses from the variables that the project file names, and no others."""
        self._now = now
        self._stop = stop or StopSignal()
        # Its put may be called by a signal handler, in the middle of a get.
        self._ends: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.failures: list[str] = []
        self._project = project
        self._targets = tuple(self._read_targets(environ))
        self._written: list[Record] = []
        self._waiting: queue.Queue[Event | None] = queue.Queue()
        self._teller = threading.Thread(target=self._tell_all, daemon=True)

    def __enter__(self) -> Self:
        """Begin to tell."""
        if self._targets:
            self._teller.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for what is still to be told."""
        if not self._targets:
            return
        self._waiting.put(None)
        with self._stop.waking(lambda: self._ends.put(None)), contextlib.suppress(queue.Empty):
            self._ends.get(timeout=LONGEST_S)
        if self._stop.is_set():
            self._teller.join(HURRIED_S)
        if self._teller.is_alive():
            self.failures.append(
                phrase("notices: not all were told before the stop")
                if self._stop.is_set()
                else phrase("notices: not all were told within 5 s")
            )

    def heard(self, record: Record) -> None:
        """Tell of a record that is durable; it returns at once."""
        if not self._targets:
            return
        self._written.append(record)
        event = event_of(record, self._project, self._now())
        if event is not None:
            self._waiting.put(event)

    def run_ended(self, state: LockState) -> None:
        """Tell what the run did to hours and to tasks, a line for each campaign; it returns at once."""
        for notice in run_notices(self._written, state, self._now()):
            self._waiting.put(_event(notice.kind, self._project, notice.text, self._now(), notice.campaign))

    def _read_targets(self, environ: Mapping[str, str]) -> Iterator[_Target]:
        for number, target in enumerate(self._project.environment.notify):
            name, url = f"notify[{number}]", environ.get(target.url.env, "").strip()
            if url:
                yield _Target(name, url, frozenset(EventKind(kind) for kind in target.on))
            else:
                self.failures.append(
                    phrase(
                        "{name}: the environment variable {variable} is not set",
                        name=name,
                        variable=target.url.env,
                    )
                )

    def _tell_all(self) -> None:
        while (event := self._waiting.get()) is not None:
            for target in self._targets:
                if event.event in target.on:
                    self._tell(target, event)
        self._ends.put(None)

    def _tell(self, target: _Target, event: Event) -> None:
        done = deliver(target.url, event.model_dump(mode="json"))
        if done.why:
            self.failures.append(
                phrase("{target}, {kind}: {why}", target=target.name, kind=done.kind, why=done.why)
            )


def test_targets(
    project: LoadedProject, environ: Mapping[str, str], *, now: datetime
) -> list[tuple[str, str]]:
    """Send a test event to every target, and return each with why it was not taken; empty where it was."""
    said = f"This is a test of pushspec for {project.environment_name}. Nothing was sent."
    event = _event(EventKind.TEST, project, said, now)
    results: list[tuple[str, str]] = []
    for number, target in enumerate(project.environment.notify):
        name, url = f"notify[{number}]", environ.get(target.url.env, "").strip()
        if not url:
            results.append(
                (name, phrase("the environment variable {variable} is not set", variable=target.url.env))
            )
            continue
        done = deliver(url, event.model_dump(mode="json"))
        results.append((f"{name}, {done.kind}", done.why))
    return results


def event_of(record: Record, project: LoadedProject, now: datetime) -> Event | None:
    """Return the event that a record is; None for one that people need not hear of."""
    found = _told(record)
    if found is None:
        return None
    kind, campaign, key, text = found
    return _event(kind, project, text, now, campaign, key)


def _event(
    kind: EventKind, project: LoadedProject, text: str, now: datetime, campaign: str = "", key: str = ""
) -> Event:
    return Event(
        event=kind,
        project=project.name,
        environment=project.environment_name,
        campaign=campaign,
        key=key,
        text=text,
        at=utc_text(now),
    )


def _told(record: Record) -> tuple[EventKind, str, str, str] | None:
    match record:
        case Gate():
            kind = EventKind.BLOCKED if record.verdict == "stopped" else EventKind.STAGE
            return kind, record.campaign, "", f"{record.campaign}: {_gate_text(record)}: {record.why}"
        case Unknown():
            text = f"{record.key} is in doubt: {record.text}; pushspec status says how to settle it"
            return EventKind.IN_DOUBT, campaign_of(record.key), record.key, text
        case TaskUnknown():
            text = f"whether the task of {record.key} is as it should be is in doubt: {record.text}"
            return EventKind.IN_DOUBT, campaign_of(record.key), record.key, f"{text}; the next apply asks"
        case Conflict():
            text = f"{record.key}: evidence against the record: {record.why}"
            return EventKind.BLOCKED, campaign_of(record.key), record.key, text
        case Frozen():
            what = "frozen" if record.frozen else "released"
            return EventKind.BLOCKED, "", "", f"{what} by {record.by}: {record.why}"
        case End():
            return EventKind.END, record.campaign, "", f"{record.campaign} is finished: {_totals(record)}"
        case _:
            return None


def _gate_text(record: Gate) -> str:
    by = f" by {record.by}" if record.by else ""
    if record.verdict == "stopped":
        return f"stopped{by}" if record.by else f"stopped after stage {record.stage}"
    if record.verdict == "opened":
        return f"stage {record.opens} opened{by}" if record.opens else f"goes on{by}"
    until = f", may open {utc_text(record.opens_at)[:16]} UTC" if record.opens_at is not None else ""
    return f"stage {record.opens} waits{until}"


def _totals(record: End) -> str:
    refused = f", {counted(record.refused_accounts, 'account')} refused" if record.refused_accounts else ""
    return f"{counted(record.sent, 'call')} sent, {record.refused} refused{refused}"


def tell_now(
    project: LoadedProject,
    environ: Mapping[str, str],
    records: Sequence[Record],
    *,
    now: Callable[[], datetime],
) -> list[str]:
    """Tell of records that no run wrote, and return what could not be told."""
    with Notices(project, environ, now=now) as notices:
        for record in records:
            notices.heard(record)
    return notices.failures

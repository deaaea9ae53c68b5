"""Tell the environment's targets what was recorded, after it is durable, and without holding up a send."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Self

from pushspec.api.call_keys import campaign_of
from pushspec.api.recorded import gate_phrase, outcome_phrase, resolved_phrase
from pushspec.api.run_notices import run_notices
from pushspec.api.stopping import StopSignal
from pushspec.language import language_in_force, phrase
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


class _Notice(NamedTuple):
    """An event, whose text is English, and what chats say in the language in force."""

    event: Event
    text: str


@dataclass(frozen=True, slots=True)
class _Target:
    name: str
    variable: str
    url: str
    on: frozenset[EventKind]


@dataclass(frozen=True, slots=True, eq=False)
class _Teller:
    """A target and the notices that wait for it: one that is slow keeps no other from hearing."""

    target: _Target
    waiting: queue.SimpleQueue[_Notice | None] = field(default_factory=queue.SimpleQueue)


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
        self._language = language_in_force()  # the thread that tells does not inherit it
        # Its put may be called by a signal handler, in the middle of a get.
        self._ends: queue.SimpleQueue[_Teller | None] = queue.SimpleQueue()
        self.failures: list[str] = []
        self._project = project
        self._tellers = tuple(map(_Teller, self._read_targets(environ)))
        self._written: list[Record] = []

    def __enter__(self) -> Self:
        """Begin to tell."""
        for teller in self._tellers:
            threading.Thread(target=self._tell_all, args=(teller,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for what is still to be told."""
        for teller in self._tellers:
            teller.waiting.put(None)
        late = self._wait()
        if late and self._stop.is_set():
            self.failures.append(phrase("notices: not all were told before the stop"))
            return
        for teller in self._tellers:
            if teller in late:
                self.failures.append(
                    phrase(
                        "{name} ({variable}): not all was told within 5 s",
                        name=teller.target.name,
                        variable=teller.target.variable,
                    )
                )

    def heard(self, record: Record) -> None:
        """Tell of a record that is durable; it returns at once."""
        if not self._tellers:
            return
        self._written.append(record)
        notice = _notice_of(record, self._project, self._now())
        if notice is not None:
            self._put(notice)

    def run_ended(self, state: LockState) -> None:
        """Tell what the run did to hours and to tasks, a line for each campaign; it returns at once."""
        for notice in run_notices(self._written, state, self._now()):
            self._put(_notice(notice.kind, self._project, notice.text, self._now(), notice.campaign))

    def _put(self, notice: _Notice) -> None:
        for teller in self._tellers:
            if notice.event.event in teller.target.on:
                teller.waiting.put(notice)

    def _wait(self) -> set[_Teller]:
        """Return whose notices were not all told in time; a stop makes that time short."""
        left, ends_at = set(self._tellers), time.monotonic() + LONGEST_S
        with self._stop.waking(lambda: self._ends.put(None)), contextlib.suppress(queue.Empty):
            while left:
                ended = self._ends.get(timeout=max(0.0, ends_at - time.monotonic()))
                if ended is None:
                    ends_at = min(ends_at, time.monotonic() + HURRIED_S)
                else:
                    left.discard(ended)
        return left

    def _read_targets(self, environ: Mapping[str, str]) -> Iterator[_Target]:
        for number, target in enumerate(self._project.environment.notify):
            name, url = f"notify[{number}]", environ.get(target.url.env, "").strip()
            if url:
                on = frozenset(EventKind(kind) for kind in target.on)
                yield _Target(name, target.url.env, url, on)
            else:
                self.failures.append(
                    phrase(
                        "{name}: the environment variable {variable} is not set",
                        name=name,
                        variable=target.url.env,
                    )
                )

    def _tell_all(self, teller: _Teller) -> None:
        while (notice := teller.waiting.get()) is not None:
            self._tell(teller.target, notice)
        self._ends.put(teller)

    def _tell(self, target: _Target, notice: _Notice) -> None:
        done = deliver(target.url, notice.event.model_dump(mode="json"), notice.text, self._language)
        if done.why:
            self.failures.append(
                phrase("{target}, {kind}: {why}", target=target.name, kind=done.kind, why=done.why)
            )


def test_targets(
    project: LoadedProject, environ: Mapping[str, str], *, now: datetime
) -> list[tuple[str, str]]:
    """Send a test event to every target, and return each with why it was not taken; empty where it was."""
    text = phrase(
        "This is a test of pushspec for {environment}. Nothing was sent.",
        environment=project.environment_name,
    )
    event, _ = _notice(EventKind.TEST, project, text, now)
    results: list[tuple[str, str]] = []
    for number, target in enumerate(project.environment.notify):
        name, url = f"notify[{number}]", environ.get(target.url.env, "").strip()
        if not url:
            results.append(
                (name, phrase("the environment variable {variable} is not set", variable=target.url.env))
            )
            continue
        done = deliver(url, event.model_dump(mode="json"), text, language_in_force())
        results.append((f"{name}, {done.kind}", done.why))
    return results


def _notice_of(record: Record, project: LoadedProject, now: datetime) -> _Notice | None:
    """Return the notice that a record is; None for one that people need not hear of."""
    found = _told(record)
    if found is None:
        return None
    kind, campaign, key, text = found
    return _notice(kind, project, text, now, campaign, key)


def _notice(
    kind: EventKind, project: LoadedProject, text: str, now: datetime, campaign: str = "", key: str = ""
) -> _Notice:
    event = Event(
        event=kind,
        project=project.name,
        environment=project.environment_name,
        campaign=campaign,
        key=key,
        text=str(text),
        at=utc_text(now),
    )
    return _Notice(event, text)


def _told(record: Record) -> tuple[EventKind, str, str, str] | None:
    match record:
        case Gate():
            kind = EventKind.BLOCKED if record.verdict == "stopped" else EventKind.STAGE
            text = phrase(
                "{campaign}: {verdict}: {why}",
                campaign=record.campaign,
                verdict=_gate_text(record),
                why=gate_phrase(record),
            )
            return kind, record.campaign, "", text
        case Unknown():
            text = phrase(
                "{key} is in doubt: {text}; pushspec status says how to settle it",
                key=record.key,
                text=outcome_phrase(record.text, record.code),
            )
            return EventKind.IN_DOUBT, campaign_of(record.key), record.key, text
        case TaskUnknown():
            text = phrase(
                "whether the task of {key} is as it should be is in doubt: {text}; the next apply asks",
                key=record.key,
                text=outcome_phrase(record.text),
            )
            return EventKind.IN_DOUBT, campaign_of(record.key), record.key, text
        case Conflict():
            text = phrase(
                "{key}: evidence against the record: {why}", key=record.key, why=resolved_phrase(record)
            )
            return EventKind.BLOCKED, campaign_of(record.key), record.key, text
        case Frozen():
            return EventKind.BLOCKED, "", "", _freeze_text(record)
        case End():
            text = phrase(
                "{campaign} is finished: {totals}", campaign=record.campaign, totals=_totals(record)
            )
            return EventKind.END, record.campaign, "", text
        case _:
            return None


def _freeze_text(record: Frozen) -> str:
    if record.frozen:
        return phrase("frozen by {by}: {why}", by=record.by, why=record.why)
    return phrase("released by {by}: {why}", by=record.by, why=record.why)


def _gate_text(record: Gate) -> str:
    by = phrase(" by {by}", by=record.by) if record.by else ""
    if record.verdict == "stopped":
        return (
            phrase("stopped{by}", by=by)
            if record.by
            else phrase("stopped after stage {stage}", stage=record.stage)
        )
    if record.verdict == "opened":
        return (
            phrase("stage {opens} opened{by}", opens=record.opens, by=by)
            if record.opens
            else phrase("goes on{by}", by=by)
        )
    if record.opens_at is None:
        return phrase("stage {opens} waits", opens=record.opens)
    return phrase(
        "stage {opens} waits, may open {minute} UTC",
        opens=record.opens,
        minute=utc_text(record.opens_at)[:16],
    )


def _totals(record: End) -> str:
    refused = (
        phrase(", {accounts} refused", accounts=counted(record.refused_accounts, "account"))
        if record.refused_accounts
        else ""
    )
    return phrase(
        "{calls} sent, {refused} refused{accounts}",
        calls=counted(record.sent, "call"),
        refused=record.refused,
        accounts=refused,
    )


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

"""Evidence that a call without an outcome went out: what it takes to prove that, and what is only a hint.

Callbacks can be forged for some minutes by whoever reads one URL in a log, and may name the task of somebody
else's push. So a callback alone proves nothing: six things must hold together. Two of them are out of a
forger's reach: what the service counts for the task, and the callbacks that it posts of the task itself, for
which it gets some time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.lockfile.histories import CallState
from pushspec.operate.resolve_task import TaskEvidence
from pushspec.serialization import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from pushspec.lockfile.histories import CallHistory
    from pushspec.lockfile.state import LockState
    from pushspec.tencent.callbacks import CallbackEvent

PATIENCE = timedelta(minutes=5)
"""How long after a call's deadline nothing is settled, so that the service's own callbacks have come."""
BY = "pushspec"
"""Who settles what is proved."""

_AGAINST_THE_RECORD = frozenset({CallState.NOT_SENT, CallState.REFUSED, CallState.ABANDONED})


@dataclass(frozen=True, slots=True)
class Sighting:
    """A task that callbacks tell of and the lockfile does not know, seen as an attempt of one call.

    Attributes:
        key: The call.
        task_id: The task.
        account: A person of the task.
        began_at: When it began, as the callback says; None where it does not.
        is_alone: Its ``DataId`` belongs to this call alone.
        names_account: The files prove that the call named the person.
        is_in_time: It began between the call's intent and deadline.
        has_waited: The service has had time to post callbacks of its own, see :data:`PATIENCE`.
        named: How many people the call named; 0 where it named nobody.
        is_undisputed: No callback of the task carries another ``DataId``, or none: those of a push that
            somebody made in the console carry none.
        known_by: How the service itself knows the task: ``statistics``, ``trace`` of the callback's person,
            ``tester``, which is the trace of one whom the call may have reached, or empty.
        counted: How many people the service counts for the task; None where it does not say.
        waits_until: When :data:`PATIENCE` has passed.
    """

    key: str
    task_id: str
    account: str
    began_at: datetime | None
    is_alone: bool
    names_account: bool
    is_in_time: bool
    has_waited: bool
    named: int
    is_undisputed: bool = False
    known_by: str = ""
    counted: int | None = None
    waits_until: datetime | None = None

    @property
    def is_proof(self) -> bool:
        """Whether all six hold: then the call was sent, and this is its task.

        A trace is no such word: a push to one person of the call, made in the console, is traced as well.
        """
        return self.may_be_proof and self.is_counted and self.has_waited

    @property
    def may_be_proof(self) -> bool:
        """Whether only the service's own word and some time are missing, if anything."""
        return self.is_alone and self.is_undisputed and self.names_account and self.is_in_time

    @property
    def is_counted(self) -> bool:
        """Whether the service counts as many people for the task as the call named."""
        return self.counted is not None and self.counted == self.named

    @property
    def missing(self) -> tuple[str, ...]:
        """What it lacks to be a proof, in words."""
        conditions = {
            phrase("its DataId belongs to this call alone"): self.is_alone,
            phrase("all callbacks of the task carry it"): self.is_undisputed,
            phrase("the files prove that the call named its person"): self.names_account,
            phrase("it began between intent and deadline"): self.is_in_time,
            phrase("the service counts as many people for the task as the call named"): self.is_counted,
            phrase("five minutes have passed since the call's deadline"): self.has_waited,
        }
        return tuple(words for words, holds in conditions.items() if not holds)

    @property
    def why(self) -> str:
        """The grounds of a proof, for the lockfile."""
        return phrase(
            "callbacks with the DataId of this call alone, for a person in it, of a task "
            "that began between intent and deadline and for which the service counts as "
            "many people as the call named"
        )

    @property
    def sha256(self) -> str:
        """SHA-256 of what was seen, without the person, so that it can be held against the callbacks."""
        began = self.began_at.isoformat() if self.began_at is not None else None
        return digest_of([self.key, self.task_id, began, self.counted])


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one call beside the lockfile.

    Attributes:
        sightings: Tasks that may be an attempt of it.
        people_in_window: People in all pushes of the app that began between intent and deadline, as the
            service counts them; None where it was not asked or did not say.
    """

    sightings: tuple[Sighting, ...] = ()
    people_in_window: int | None = None

    @property
    def proof(self) -> Sighting | None:
        """The one sighting that proves the call sent; None where there is none, or more than one."""
        proofs = [sighting for sighting in self.sightings if sighting.is_proof]
        return proofs[0] if len(proofs) == 1 else None


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found out about calls without a certain outcome.

    Attributes:
        evidence: By the call's key.
        settled: Keys that a proof settled as sent, with the task.
        contradicted: Keys whose record a proof contradicts.
        warnings: What could not be asked, read or recorded.
        drift: How tasks at the service differ from what was made, in words, by ``name@version``.
        tasks: What the service told of tasks in doubt.
    """

    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    settled: Mapping[str, str] = field(default_factory=dict)
    contradicted: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    drift: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tasks: TaskEvidence = field(default_factory=TaskEvidence)


def calls_to_look_at(state: LockState, now: datetime) -> list[CallHistory]:
    """Return the calls that evidence can say something new about: those in doubt, and those not sent."""
    against = (
        call
        for _, call in sorted(state.calls.items())
        if call.state in _AGAINST_THE_RECORD and call.data_id is not None and not call.was_taken
    )
    return [*state.in_doubt(now), *against]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the lockfile holds against which a callback is checked.

    Attributes:
        tasks: Tasks that it knows, of any call and of any try.
        data_ids: How many calls carry each ``DataId``.
        seen: Evidence against the record that a person has seen already.
        now: When it is looked at.
    """

    tasks: frozenset[str | None]
    data_ids: Mapping[str | None, int]
    seen: frozenset[tuple[str, str | None]]
    now: datetime

    @staticmethod
    def of(state: LockState, now: datetime) -> Ledger:
        """Return the ledger of a lockfile."""
        calls = state.calls.values()
        tries = (tried for tries in state.tries.values() for tried in tries.values())
        return Ledger(
            tasks=frozenset(
                [*(call.ids.task_id for call in calls), *(tried.task_id for tried in tries)],
            ),
            data_ids=Counter(call.data_id for call in calls),
            seen=frozenset(state.evidence_seen),
            now=now,
        )


def sightings_of(
    ledger: Ledger,
    call: CallHistory,
    events: Iterable[CallbackEvent],
    *,
    names: Callable[[str], bool],
    data_ids_of: Callable[[str], AbstractSet[str]],
) -> tuple[Sighting, ...]:
    """Return the tasks of a call's callbacks that the lockfile does not know, each once.

    Args:
        ledger: What the lockfile knows.
        call: The call.
        events: Callbacks with its ``DataId``.
        names: Tells whether the files prove that the call named a person.
        data_ids_of: Returns each ``DataId`` that callbacks of a task carry, the empty one for those without.
    """
    best: dict[str, Sighting] = {}
    for event in events:
        before = best.get(event.task)
        is_known = event.task in ledger.tasks or (call.key, event.task) in ledger.seen
        if is_known or (before is not None and before.names_account):
            continue
        seen = _sighting(ledger, call, event.task, event.account, event.task_at)
        seen = replace(seen, names_account=seen.is_in_time and names(event.account))
        if before is None or seen.names_account:
            best[event.task] = seen
    return tuple(
        replace(sighting, is_undisputed=data_ids_of(task) == {call.data_id})
        for task, sighting in best.items()
    )


def unknown_tasks(
    ledger: Ledger, call: CallHistory, begun: Iterable[tuple[str, str, int]]
) -> tuple[Sighting, ...]:
    """Return the tasks that began in time and that the lockfile does not know.

    The endpoint of such a call carries no ``DataId``, so nothing ties a task to it: they are hints.

    Args:
        ledger: What the lockfile knows.
        call: A call in doubt.
        begun: Tasks that callbacks tell of, each with a person and its beginning in Unix seconds.
    """
    return tuple(
        _sighting(ledger, call, task, account, began_at)
        for task, account, began_at in begun
        if task not in ledger.tasks
    )


def window_of(call: CallHistory) -> tuple[int, int]:
    """Return intent and deadline of a call's last attempt in Unix seconds; callbacks know no fractions."""
    return int(call.intended_at.timestamp()), int(call.not_after.timestamp())


def _sighting(ledger: Ledger, call: CallHistory, task: str, account: str, began_s: int | None) -> Sighting:
    since, until = window_of(call)
    return Sighting(
        key=call.key,
        task_id=task,
        account=account,
        began_at=_instant(began_s),
        is_alone=call.data_id is not None and ledger.data_ids.get(call.data_id) == 1,
        names_account=False,
        has_waited=ledger.now > call.not_after + PATIENCE,
        waits_until=call.not_after + PATIENCE,
        named=call.accounts,
        is_in_time=began_s is not None and since <= began_s <= until,
    )


def _instant(seconds: int | None) -> datetime | None:
    """Return an instant; a forged callback may name one that no calendar has."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None

"""A store, a client, a signer and a screen that name the steps of a run, so that it can die at each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pushspec.apply.run import SilentReporter
from pushspec.lockfile.histories import CallState
from simulation.crashpoints import CrashPoint
from simulation.fate import READING, WRITING, Doing, Moment, doing
from simulation.service import subject_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pushspec.apply.classify import CallOutcome
    from pushspec.lockfile.stores import Store
    from pushspec.plan.calls import Call
    from pushspec.plan.recall_steps import RecallStep
    from pushspec.tencent.client import Client
    from pushspec.tencent.exchange import Exchange, Gate
    from simulation.fate import Fate

_OUTCOMES = {"sent", "not_sent", "unknown", "recalled", "not_recalled", "recall_unknown"}


class MortalStore:
    """A store whose work is named by the records that it is about."""

    def __init__(self, store: Store, fate: Fate) -> None:
        self._store = store
        self._fate = fate
        self.where = store.where
        self.close = store.close

    def read(self, first: int = 0) -> Iterator[bytes]:
        with doing(Doing(("log",))):
            self._fate.step("about to be read", Moment.BEFORE)
            lines = list(self._store.read(first))
            self._fate.step("read", Moment.BEFORE)
        yield from lines

    def probe(self) -> None:
        with doing(Doing(("probe",))):
            self._store.probe()
            self._fate.step("over", Moment.BEFORE)

    def append(self, first: int, lines: Sequence[bytes]) -> None:
        with doing(_writing([json.loads(line) for line in lines])):
            self._fate.step("about to be written", Moment.BEFORE)
            self._store.append(first, lines)
            self._fate.step("acknowledged", Moment.KNOWN)


def _kind(record: Mapping[str, Any]) -> str:
    if record["record"] == "tried":
        return "intent" if record["step"] == "intended" else "outcome"
    kind = str(record["record"])
    return "outcome" if kind in _OUTCOMES else kind.removeprefix("recall_")


def _writing(records: Sequence[Mapping[str, Any]]) -> Doing:
    kinds = [_kind(one) for one in records]
    names = [one.get("key") or one.get("campaign") or "" for one in records]
    subjects = [f"{kind} {name}".strip() for kind, name in zip(kinds, names, strict=True)]
    wanted = [number for number, kind in enumerate(kinds) if kind != "header"]
    return Doing(tuple(subjects[number] for number in wanted), WRITING.get(kinds[wanted[0]], READING))


class MortalSender:
    """The real client with steps before connecting, around the gate, and after the answer."""

    def __init__(self, client: Client, fate: Fate, key_of: Mapping[int, str]) -> None:
        self._client = client
        self._fate = fate
        self._key_of = key_of

    async def send(self, path: str, payload: bytes, gate: Gate) -> Exchange:
        pass_through = gate.pass_through

        def pass_slowly() -> None:
            self._fate.step("before the gate", CrashPoint.C10)
            pass_through()
            self._fate.step("behind the gate", CrashPoint.C10)

        gate.pass_through = pass_slowly  # type: ignore[method-assign] # a step on each side
        with doing(Doing((self._subject(json.loads(payload)),))):
            self._fate.step("before connecting", CrashPoint.C9)
            exchange = await self._client.send(path, payload, gate)
            self._fate.step("answer read", CrashPoint.C15)
        return exchange

    def _subject(self, body: Mapping[str, Any]) -> str:
        """Return the call that a request makes, or what it takes back."""
        if "MsgRandom" in body:
            return self._key_of[body["MsgRandom"]]
        return " ".join(("recall of", *subject_of(body)))


class MortalReporter(SilentReporter):
    """A screen that writes what it shows of ids into a file, with steps around it."""

    def __init__(self, fate: Fate, shown: Path) -> None:
        self._fate = fate
        self._shown = shown

    def calling(self, call: Call, attempt: int) -> None:
        with doing(Doing((call.key,))):
            self._fate.step("announced", CrashPoint.C9)

    def settled(self, call: Call, attempt: int, outcome: CallOutcome) -> None:
        with doing(Doing((call.key,))):
            self._fate.step("about to be shown", CrashPoint.C18)
            if outcome.state is CallState.SENT:
                with open(self._shown, "a") as file:  # noqa: PTH123 - Path.open has steps in it
                    file.write(f"{call.key} {outcome.ids.name}\n")
            self._fate.step("shown", CrashPoint.C19)


class MortalRecallReporter:
    """A screen on which a recall is shown, with steps around it."""

    def __init__(self, fate: Fate) -> None:
        self._fate = fate

    def settled(self, step: RecallStep, outcome: object) -> None:
        """Show what became of a call."""
        del outcome
        with doing(Doing((step.call.key,))):
            self._fate.step("about to be shown", CrashPoint.C18)
            self._fate.step("shown", CrashPoint.C19)


def signing(sign: Callable[[], str], fate: Fate) -> Callable[[], str]:
    """Return the signer with a step before and after it."""

    def signing_slowly() -> str:
        fate.step("signature ended", CrashPoint.C25)
        signature = sign()
        fate.step("signature renewed", CrashPoint.C25)
        return signature

    return signing_slowly

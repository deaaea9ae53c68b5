"""One app, one lockfile, any number of applies: what most tests of the engine need."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio

from pushspec.apply.engine import apply_calls
from pushspec.apply.run import Provenance, RunOptions, RunSetup
from pushspec.lockfile.journal import Journal, Runtime
from pushspec.lockfile.reading import read_lock, read_records
from pushspec.tencent.limits import Limits
from simulation.calls import APP
from simulation.loop import VirtualClock, at_once, run_virtually
from simulation.service import Notes, ScriptedSender
from simulation.store import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from pushspec.apply.result import RunResult
    from pushspec.lockfile.records import AnyRecord, Record
    from pushspec.lockfile.state import LockState
    from pushspec.lockfile.stores import Store
    from pushspec.plan.calls import CampaignCalls

_TOKENS = itertools.count()
_IN_EVERY_RECORD = {"record", "seq", "journal", "epoch", "run", "nonce", "at"}


def token() -> str:
    """Return another 16 hex digits each time."""
    return f"{next(_TOKENS):016x}"


def said(record: Record) -> dict[str, Any]:
    """Return what a record says besides what all records say."""
    return record.model_dump(exclude=_IN_EVERY_RECORD)


@dataclass
class World:
    """Everything outside the engine; use it inside :func:`in_world`."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    store: Store = field(default_factory=MemoryStore)
    sender: ScriptedSender = field(init=False)
    options: RunOptions = field(default_factory=lambda: RunOptions(Limits()))
    notes: Notes = field(default_factory=Notes)
    environment: str = "prod"

    def __post_init__(self) -> None:
        self.sender = ScriptedSender(self.clock)

    def journal(self, store: Store | None = None) -> Journal:
        runtime = Runtime(now=self.clock.now, token=token, pause=lambda _s: None, tool="pushspec test")
        return Journal(store or self.store, sdk_app_id=APP, environment=self.environment, runtime=runtime)

    async def apply(
        self,
        *campaigns: CampaignCalls,
        journal: Journal | None = None,
        stop: anyio.Event | None = None,
        choose: Callable[[LockState], Sequence[CampaignCalls]] | None = None,
    ) -> RunResult:
        return await apply_calls(
            choose or (lambda _state: campaigns),
            RunSetup(
                journal=journal or self.journal(),
                sender=self.sender,
                clock=self.clock,
                options=self.options,
                provenance=Provenance(
                    holder="ada@build-7", plan_digest="d" * 64, commit="c0ffee", actor="ada"
                ),
                reporter=self.notes,
                in_thread=at_once,
            ),
            stop or anyio.Event(),
        )

    def records(self) -> list[AnyRecord]:
        return list(read_records(self.store))

    def state(self) -> LockState:
        return read_lock(self.store)

    @property
    def memory(self) -> MemoryStore:
        assert isinstance(self.store, MemoryStore)
        return self.store


def in_world(story: Callable[[World], Awaitable[None]], world: World | None = None) -> World:
    """Let a story happen in virtual time and return the world it leaves."""
    there = world or World()

    async def main() -> None:
        await story(there)

    run_virtually(main)
    return there

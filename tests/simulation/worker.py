"""A real process that applies on a real lockfile over real sockets, and that meets something on the way.

Run as a program it forks one child for each job on its standard input, since starting Python takes far longer
than applying.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import json
import logging
import os
import random
import secrets
import signal
import socket
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from pushspec.apply.engine import apply_calls
from pushspec.apply.run import Provenance, RunOptions, RunSetup, SilentReporter
from pushspec.apply.trial import send_trial
from pushspec.clock import SystemClock
from pushspec.errors import InDoubtError, PushspecError
from pushspec.lockfile.histories import CallState
from pushspec.lockfile.journal import Journal, Runtime
from pushspec.lockfile.process import this_process
from pushspec.lockfile.records import OutcomeRecord, RecallOutcome, Record
from pushspec.lockfile.stores import open_store
from pushspec.operate.recall import RecallSetup, recall_calls
from pushspec.operate.resolve import Resolution, Statement, resolve
from pushspec.operate.steering import stop_campaign
from pushspec.plan.recall import assemble_recall
from pushspec.spec.project import Environment
from pushspec.tencent.answers import ServiceIds
from pushspec.tencent.client import Client
from pushspec.tencent.codes import TOO_SOON, meaning_of
from pushspec.tencent.endpoints import EndpointName
from pushspec.tencent.limits import Limits
from pushspec.tencent.usersig import LIFE_S, Signer
from simulation.calls import APP, campaign_calls
from simulation.crashpoints import CrashPoint
from simulation.fate import KILL, Fate, WallClock
from simulation.mortal import MortalRecallReporter, MortalReporter, MortalSender, MortalStore, signing
from simulation.stages import STAGED, STAGED_KEY, go_on
from simulation.tries import keys_of_tries, make_try
from simulation.tripwires import make_mortal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractContextManager

    from pushspec.apply.run import Reporter
    from pushspec.lockfile.state import LockState
    from pushspec.plan.calls import CampaignCalls
    from pushspec.plan.recall import RecallPlan

ANSWER_WITHIN_S = 0.4
_HASTE = 50
"""How much faster the run's steady clock goes, so that pauses between attempts and renewals are short."""

CAMPAIGNS: tuple[CampaignCalls, ...] = (
    campaign_calls("listed", endpoint=EndpointName.BATCHSENDMSG, parts=[["a"], ["b"]]),
    campaign_calls("everyone"),
)
TRIED = "everyone@1"
"""The campaign that is tried."""

KEYS = tuple(call.key for campaign in CAMPAIGNS for call in campaign.calls())
KEY_OF = keys_of_tries(CAMPAIGNS) | {
    call.msg_random: call.key for campaign in (*CAMPAIGNS, STAGED) for call in campaign.calls()
}


@dataclass(frozen=True)
class Job:
    """One run of a command: apply, unless a field says resolve, recall, try, continue or stop.

    Attributes:
        lock: The lockfile, as in the project file.
        root: The project folder.
        base_url: The service.
        desk: A folder for the files ``clock`` (seconds to add to the wall clock), ``shown`` and ``steps``.
        ahead_s: How far the run's clock is ahead, so that the lease of a dead run is over.
        at: The step at which something happens; empty to live undisturbed.
        blow: What happens there; see ``simulation.fate``.
        key: The call to resolve.
        recall: The campaign to take back, as ``name@version``.
        trial: The campaign to try, in the same form.
        steer: A person's word on the campaign in stages: ``opened`` or ``stopped``.
        is_staged: Whether that campaign is applied, instead of the others.
        verdict: What a person says of it.
        said_id: The id that the service gave it.
        is_mortal: Whether there are steps around the system calls.
        answer_within_s: How long it waits for an answer.
    """

    lock: str
    root: str
    base_url: str
    desk: str
    ahead_s: float = 0
    at: str = ""
    blow: str = KILL
    key: str = ""
    recall: str = ""
    trial: str = ""
    steer: str = ""
    is_staged: bool = False
    verdict: str = ""
    said_id: str | None = None
    is_mortal: bool = True
    answer_within_s: float = ANSWER_WITHIN_S


class HastyClock(SystemClock):
    """The machine's clock, with less patience."""

    async def wait(self, event: anyio.Event, seconds: float) -> bool:
        return await super().wait(event, seconds / _HASTE)


async def run(job: Job) -> int:
    """Do a job and return its exit code."""
    clock = WallClock(job.ahead_s, Path(job.desk, "clock"))
    fate = Fate(job.at, job.blow, clock, CrashPoint.C24 if job.key else None)
    if job.is_mortal:
        make_mortal(fate, with_sql="postgresql" in job.lock)
    return await _do(job, fate)


async def _do(job: Job, fate: Fate) -> int:
    # To the very end, as the command line: a store that clears up is no moment to die of a signal.
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        return await _heeding(job, fate, signals)


async def _heeding(job: Job, fate: Fate, signals: AsyncIterator[signal.Signals]) -> int:
    clock = fate.clock
    runtime = Runtime(
        now=clock.now,
        token=partial(secrets.token_hex, 8),
        pause=lambda seconds: time.sleep(seconds / _HASTE),
        tool="worker",
        process=this_process(),
    )
    store = MortalStore(open_store(job.lock, root=Path(job.root)), fate)
    journal = Journal(store, sdk_app_id=APP, environment="prod", runtime=runtime)
    try:
        if job.recall:
            return await _recall(job, journal, fate)
        if job.trial:
            return await _try(job, journal, fate)
        if job.steer:
            _steer(job, journal, clock.now())
        elif job.key:
            _resolve(job, journal, clock.now())
        else:
            return await _apply_until_told(job, journal, fate, signals)
    except PushspecError as error:
        return type(error).exit_code
    finally:
        store.close()
        fate.write_down(Path(job.desk, "steps"))
    return 0


def _resolve(job: Job, journal: Journal, now: datetime) -> None:
    statement = Statement(job.key, Resolution(job.verdict), by="eve", why="looked")
    name = "msg_key" if job.key.startswith("listed") else "task_id"
    resolve(journal, replace(statement, ids=ServiceIds(**{name: job.said_id})), now=now)


def _steer(job: Job, journal: Journal, now: datetime) -> None:
    if job.steer == "stopped":
        stop_campaign(journal, STAGED_KEY, by="eve", why="price")
    else:
        go_on(journal, now)


async def _try(job: Job, journal: Journal, fate: Fate) -> int:
    campaign = next(it for it in CAMPAIGNS if it.campaign_key == job.trial)
    async with _client(job, fate) as client:
        setup = _setup(client, journal, fate, SilentReporter())
        _, calls = await send_trial(partial(make_try, campaign), setup)
    return 0 if all(call.outcome.state is CallState.SENT for call in calls) else InDoubtError.exit_code


async def _apply_until_told(
    job: Job, journal: Journal, fate: Fate, signals: AsyncIterator[signal.Signals]
) -> int:
    """Apply, and stop cleanly at a signal, as the command line does."""
    stop, code = anyio.Event(), 0

    async def heed_signals() -> None:
        async for _ in signals:
            stop.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(heed_signals)
        try:
            code = await _apply(job, journal, fate, stop)
        except PushspecError as error:
            code = type(error).exit_code
        tasks.cancel_scope.cancel()
    return code


def _client(job: Job, fate: Fate) -> Client:
    sign = Signer(sdk_app_id=APP, identifier="administrator", key="k", now=_aging(fate.clock))
    return Client(
        base_url=job.base_url,
        sdk_app_id=APP,
        identifier="administrator",
        sign=signing(sign, fate),
        now=fate.clock.now,
        random32=partial(random.getrandbits, 32),
        total_s=job.answer_within_s,
    )


async def _recall(job: Job, journal: Journal, fate: Fate) -> int:
    environment = Environment(sdk_app_id=APP, region="singapore")
    campaign = next(it for it in CAMPAIGNS if it.campaign_key == job.recall)
    now = fate.clock.now

    def choose(state: LockState) -> RecallPlan:
        begin = state.campaigns[job.recall].begin
        return assemble_recall(begin, state, environment, Lists(campaign), environment_name="prod", now=now())

    async with _client(job, fate) as client:
        setup = RecallSetup(
            journal=journal,
            sender=MortalSender(client, fate, KEY_OF),
            clock=HastyClock(now, lambda: time.monotonic() * _HASTE),
            limits=environment.limits,
            holder=f"worker {os.getpid()}",
            plan_digest="d",
            reporter=MortalRecallReporter(fate),
        )
        return (await recall_calls(choose, setup, anyio.Event())).exit_code


@dataclass(frozen=True)
class Lists:
    """Who got a campaign, as its files say; nobody was refused."""

    calls: CampaignCalls
    refused: dict[str, frozenset[str]] = field(default_factory=dict)


async def _apply(job: Job, journal: Journal, fate: Fate, stop: anyio.Event) -> int:
    chosen = (STAGED,) if job.is_staged else CAMPAIGNS
    async with _client(job, fate) as client:
        setup = _setup(client, journal, fate, MortalReporter(fate, Path(job.desk, "shown")))
        return (await apply_calls(lambda _state: chosen, setup, stop)).exit_code


def _setup(client: Client, journal: Journal, fate: Fate, reporter: Reporter) -> RunSetup:
    return RunSetup(
        journal=journal,
        sender=MortalSender(client, fate, KEY_OF),
        clock=HastyClock(fate.clock.now, lambda: time.monotonic() * _HASTE),
        options=RunOptions(Limits().with_overrides({"push_interval_s": 0})),
        provenance=Provenance(holder=f"worker {os.getpid()}", plan_digest="d"),
        reporter=reporter,
    )


class _aging:  # noqa: N801 - it stands for a function
    """A clock on which each signature has ended when the next one is needed."""

    def __init__(self, clock: WallClock) -> None:
        self._clock = clock
        self._asked = 0

    def __call__(self) -> datetime:
        self._asked += 1
        return self._clock.now() + timedelta(seconds=self._asked * LIFE_S)


def main() -> None:
    """Fork a child for each job on standard input; wake a stopped one by its process id."""
    logging.disable()  # psycopg tells of the errors that are made here on purpose
    _warm_up()
    with _planted(*sys.argv[1:]):
        _obey()


def _obey() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        if "wake" in order:
            child = order["wake"]
            os.kill(child, signal.SIGCONT)
        else:
            child = os.fork()
            if child == 0:
                gc.disable()
                os._exit(anyio.run(run, Job(**order)))
        print(_fate_of(child), flush=True)


def _planted(name: str = "") -> AbstractContextManager[None]:
    if not name:
        return contextlib.nullcontext()
    from simulation import planted, planted_recalls, planted_tries

    bugs = (*planted.BUGS, *planted_recalls.BUGS, *planted_tries.BUGS)
    return next(bug for bug in bugs if bug.name == name).planted()


def _warm_up() -> None:
    """Load and build here, once, what every child would load and build for itself."""
    for kind in (Record, OutcomeRecord, RecallOutcome):
        for record in kind.__subclasses__():
            record.model_rebuild(force=True)
    if importlib.util.find_spec("sniffio") is None:
        sys.modules["sniffio"] = None  # type: ignore[assignment] # else httpcore looks for it at each request
    meaning_of(TOO_SOON, "")
    with contextlib.suppress(ImportError):
        importlib.import_module("pushspec.lockfile.stores.postgresql")
    with tempfile.TemporaryDirectory() as desk, socket.socket() as closed:
        Path(desk, "clock").write_text("0")
        closed.bind(("127.0.0.1", 0))  # and nobody listens
        job = Job("warm.lock", desk, f"http://127.0.0.1:{closed.getsockname()[1]}", desk)
        anyio.run(_do, job, Fate("", KILL, WallClock(0, Path(desk, "clock"))))
    gc.freeze()


def _fate_of(child: int) -> str:
    status = os.waitpid(child, os.WUNTRACED)[1]
    return f"stopped {child}" if os.WIFSTOPPED(status) else str(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()

"""A real process that applies on a real lockfile over real sockets, and that kills itself where it is told.

Run as a program it forks one child for each job on its standard input, since starting Python takes far longer
than applying.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio

from pushspec.apply.clock import SystemClock
from pushspec.apply.engine import apply_calls
from pushspec.apply.rules import Provenance, Rules
from pushspec.errors import PushspecError
from pushspec.lockfile.journal import Journal, Surroundings
from pushspec.lockfile.stores import Store, open_store
from pushspec.tencent.client import Client
from pushspec.tencent.endpoints import EndpointName
from pushspec.tencent.limits import Limits
from pushspec.tencent.usersig import Signer
from simulation.calls import APP, campaign_calls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pushspec.apply.classify import Outcome
    from pushspec.plan.calls import Call, CampaignCalls
    from pushspec.tencent.exchange import Exchange, Gate

ANSWER_WITHIN_S = 0.5
CAMPAIGNS: tuple[CampaignCalls, ...] = (
    campaign_calls("listed", endpoint=EndpointName.BATCHSENDMSG, parts=[["a"], ["b"]]),
    campaign_calls("everyone"),
)
KEY_OF = {call.msg_random: call.key for campaign in CAMPAIGNS for call in campaign.calls()}


@dataclass(frozen=True)
class Job:
    """One run of apply.

    Attributes:
        lock: The lockfile, as in the project file.
        root: The project folder.
        base_url: The service.
        ahead_s: How far the run's clock is ahead, so that the lease of a dead run is over.
        die_at: The step at which the process kills itself; ``None`` to live.
    """

    lock: str
    root: str
    base_url: str
    ahead_s: float = 0
    die_at: int | None = None


class Fate:
    """Counts steps and kills this very process at one of them, as ``kill -9`` does."""

    def __init__(self, die_at: int | None) -> None:
        self._left = die_at

    def step(self) -> None:
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        if self._left is not None:
            self._left -= 1

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with a step before and one after it."""

        def stepping(*arguments: Any, **options: Any) -> Any:
            self.step()
            result = function(*arguments, **options)
            self.step()
            return result

        return stepping


class MortalStore:
    """A store with a step before and after everything."""

    def __init__(self, store: Store, fate: Fate) -> None:
        self._store = store
        self._fate = fate
        self.where = store.where
        self.probe = fate.around(store.probe)
        self.close = store.close

    def read(self, first: int = 0) -> Iterator[bytes]:
        self._fate.step()
        yield from self._store.read(first)
        self._fate.step()

    def append(self, first: int, lines: Sequence[bytes]) -> None:
        self._fate.around(self._store.append)(first, lines)


class MortalSender:
    """The real client with a step before connecting, at the gate, behind it, and after the answer."""

    def __init__(self, client: Client, fate: Fate) -> None:
        self._client = client
        self._fate = fate

    async def send(self, path: str, payload: bytes, gate: Gate) -> Exchange:
        gate.pass_through = self._fate.around(gate.pass_through)  # type: ignore[method-assign] # a step on each side
        self._fate.step()
        exchange = await self._client.send(path, payload, gate)
        self._fate.step()
        return exchange


class MortalReporter:
    """Prints nothing, but may die before and after what it would print."""

    def __init__(self, fate: Fate) -> None:
        self._fate = fate

    def waiting(self, until: datetime, why: str) -> None:
        """Nothing to show."""

    def calling(self, call: Call, attempt: int) -> None:
        self._fate.step()

    def settled(self, call: Call, attempt: int, outcome: Outcome) -> None:
        self._fate.step()

    def blocked(self, campaign_key: str, why: str) -> None:
        """Nothing to show."""

    def stopping(self, why: str) -> None:
        """Nothing to show."""


def _make_mortal(fate: Fate) -> None:
    """Let the process die around each write and sync of a file, and in the middle of a write."""
    write, fsync, run = os.write, os.fsync, subprocess.run

    def torn(descriptor: int, data: bytes) -> int:
        fate.step()
        half = write(descriptor, bytes(data)[: len(data) // 2])
        fate.step()
        return half + write(descriptor, bytes(data)[half:])

    os.write = torn  # type: ignore[assignment] # called with bytes only here
    os.fsync = fate.around(fsync)
    subprocess.run = fate.around(run)


async def apply(job: Job) -> int:
    """Run apply and return its exit code."""
    fate = Fate(job.die_at)
    if job.die_at is not None:
        _make_mortal(fate)

    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=job.ahead_s)

    around = Surroundings(now=now, token=partial(secrets.token_hex, 8), pause=time.sleep, tool="worker")
    store = MortalStore(open_store(job.lock, root=Path(job.root)), fate)
    limits = Limits().with_overrides({"push_interval_s": 0})
    async with Client(
        base_url=job.base_url,
        sdk_app_id=APP,
        identifier="administrator",
        sign=Signer(sdk_app_id=APP, identifier="administrator", key="k", now=now),
        now=now,
        random32=partial(random.getrandbits, 32),
        total_s=ANSWER_WITHIN_S,
    ) as client:
        try:
            result = await apply_calls(
                lambda _state: CAMPAIGNS,
                journal=Journal(store, sdk_app_id=APP, environment="prod", around=around),
                sender=MortalSender(client, fate),
                clock=SystemClock(now, time.monotonic),
                rules=Rules(limits),
                provenance=Provenance(holder=f"worker {os.getpid()}", plan_digest="d"),
                reporter=MortalReporter(fate),
                stop=anyio.Event(),
            )
        except PushspecError as error:
            return type(error).exit_code
        finally:
            store.close()
    return result.exit_code


class Nursery:
    """Starts processes for jobs and tells how each one ended."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "simulation.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        )

    def run(self, job: Job) -> int:
        """Return the exit code of a job's process; minus the signal for one that was killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(job)) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def main() -> None:
    """Fork a child for each job on standard input."""
    for line in sys.stdin:
        job = Job(**json.loads(line))
        child = os.fork()
        if child == 0:
            os._exit(anyio.run(apply, job))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()

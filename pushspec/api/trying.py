"""Try a campaign on the testers' own phones before anybody else gets it, and follow it to their devices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import anyio

from pushspec.api.lockfile import check_alone, open_journal
from pushspec.api.own_loop import run_in_own_loop
from pushspec.api.planning import compile_project
from pushspec.api.service import open_service
from pushspec.api.testers import read_testers
from pushspec.api.written_freeze import WrittenFreeze
from pushspec.apply.run import RunOptions, RunSetup, SilentReporter
from pushspec.apply.trial import send_trial
from pushspec.errors import (
    CredentialsError,
    NoAnswerError,
    OperationRefusedError,
    PushspecError,
    RefusedError,
    ServiceError,
    UsageError,
    message_of,
)
from pushspec.language import phrase
from pushspec.lockfile.histories import CallState
from pushspec.lockfile.records import Close, Tried
from pushspec.operate.report_person import DeviceStory, device_story
from pushspec.plan.trial import Trial, make_trial, next_number
from pushspec.tencent.codes import Remedy, meanings_of
from pushspec.tencent.operations.asking import Asker
from pushspec.tencent.operations.statistics import ask_trace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pushspec.api.project import LoadedProject
    from pushspec.apply.run import Provenance, Reporter
    from pushspec.apply.trial import TriedCall
    from pushspec.clock import Clock
    from pushspec.lockfile.journal import Journal
    from pushspec.lockfile.state import LockState
    from pushspec.plan.compiled import CompiledCampaign
    from pushspec.plan.trial import Testers
    from pushspec.tencent.exchange import Sender

__all__ = ["TesterTrace", "Trial", "TryResult", "prepare_try", "send_try"]

TRACE_S = 120.0
"""How long a try is followed at most."""
_LOOK_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class TesterTrace:
    """The way of one call to one tester.

    Attributes:
        key: The call.
        account: The tester.
        devices: The way to each device; none where the service named none.
        is_known: False where the service could not be asked.
        why: Why not, in words.
        is_final: Whether asking again would tell nothing else.
    """

    key: str
    account: str
    devices: tuple[DeviceStory, ...]
    is_known: bool = True
    why: str = ""
    is_final: bool = False

    @property
    def has_arrived(self) -> bool:
        """Whether every device was reached, or will not be."""
        return bool(self.devices) and all(_is_settled(device) for device in self.devices)

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to wait for."""
        return self.is_final or self.has_arrived


@dataclass(frozen=True, slots=True)
class TryResult:
    """What a try did.

    Attributes:
        trial: What was tried.
        calls: What became of each call.
        traces: The way to each tester; empty where nobody asked for it.
        is_followed: Whether somebody asked for it.
    """

    trial: Trial
    calls: tuple[TriedCall, ...]
    traces: tuple[TesterTrace, ...] = ()
    is_followed: bool = False

    @property
    def is_sent(self) -> bool:
        """Whether the service took every call, and every tester."""
        return all(it.outcome.state is CallState.SENT and not it.outcome.refused for it in self.calls)

    @property
    def has_sent(self) -> bool:
        """Whether the service took a call."""
        return any(it.outcome.state is CallState.SENT for it in self.calls)

    @property
    def are_credentials_refused(self) -> bool:
        """Whether the service did not accept the signature, or its administrator."""
        return any(it.outcome.is_credentials_trouble for it in self.calls)

    @property
    def is_in_doubt(self) -> bool:
        """Whether nobody knows of a call whether it left."""
        return any(it.outcome.state is CallState.IN_DOUBT for it in self.calls)


def prepare_try(project: LoadedProject, name: str, *, to: Sequence[str] = (), number: int = 1) -> Trial:
    """Return the try of a campaign as the files are now; nothing is sent.

    Args:
        project: The project, at the environment.
        name: The campaign.
        to: Who gets it, instead of the environment's testers.
        number: Which try of the campaign it is.

    Raises:
        SpecError: A file is wrong.
        UsageError: The name means no campaign or several, or there are no testers, or too many.
    """
    return _trial(project, _one(project, name), read_testers(project, to), number)


def send_try(
    project: LoadedProject,
    name: str,
    *,
    digest: str,
    to: Sequence[str] = (),
    trace_s: float = TRACE_S,
    clock: Clock,
    environ: Mapping[str, str],
    provenance: Provenance,
    reporter: Reporter | None = None,
    on_sent: Callable[[TryResult], None] | None = None,
) -> TryResult:
    """Send a try and follow it.

    Args:
        project: The project, at the environment.
        name: The campaign.
        digest: What somebody confirmed; anything else is refused.
        to: Who gets it, instead of the environment's testers.
        trace_s: How long to follow it to the testers' devices; 0 to ask nothing.
        clock: Tells the time and waits.
        environ: Where the secret is read.
        provenance: Who tries it.
        reporter: Is told what it waits for.
        on_sent: Is told what was sent, before it is followed; somebody may stop that.

    Raises:
        RefusedError: It is frozen, or the content is not the one that was confirmed; nothing was sent.
        SpecError: A file is wrong; nothing was sent.
        LockError: A run holds the lock, or the lockfile cannot be written.
        CredentialsError: The secret is missing.
    """
    if project.spec.project.frozen:
        raise RefusedError(
            phrase("frozen: {frozen}", frozen=project.spec.project.frozen),
            hint=phrase("a freeze stops a try, too"),
        )
    testers = read_testers(project, to)
    journal = open_journal(project, now=clock.now)
    setup = partial(
        RunSetup,
        journal=journal,
        clock=clock,
        options=RunOptions(limits=project.environment.limits, frozen=WrittenFreeze(project.root)),
        provenance=provenance,
        reporter=reporter or SilentReporter(),
    )

    async def run() -> TryResult:
        async with open_service(project, now=clock.now, environ=environ) as service:
            choose = partial(_confirmed, project, name, testers, digest)
            trial, calls = await send_trial(choose, setup(sender=service))
            result = TryResult(trial, tuple(calls))
            if on_sent is not None:
                on_sent(result)
            if trace_s:
                traces = await _follow(result, service, project, clock, trace_s)
                result = replace(result, traces=traces, is_followed=True)
        return result

    result = run_in_own_loop(run())
    if result.traces:
        _record_traces(journal, result, provenance)
    return result


def _confirmed(project: LoadedProject, name: str, testers: Testers, digest: str, state: LockState) -> Trial:
    """Return the try as it is now, under the lock, if it is still the one that was confirmed."""
    check_alone(project)
    campaign = _one(project, name)
    trial = _trial(project, campaign, testers, next_number(state, campaign.calls.campaign_key))
    if trial.digest != digest:
        raise RefusedError(
            phrase("{campaign_key} changed after it was confirmed", campaign_key=trial.campaign_key),
            hint=phrase("run `pushspec try {name}` again", name=name),
        )
    return trial


def _one(project: LoadedProject, name: str) -> CompiledCampaign:
    found = compile_project(project, names=[name])
    if len(found) != 1:
        raise UsageError(
            phrase("{name} means {found} campaigns", name=name, found=len(found)),
            hint=phrase("try one at a time"),
        )
    return found[0]


def _trial(project: LoadedProject, campaign: CompiledCampaign, testers: Testers, number: int) -> Trial:
    environment = project.environment
    return make_trial(
        campaign, testers, number=number, sender=environment.identifier, app_id=environment.app_id
    )


async def _follow(
    result: TryResult, service: Sender, project: LoadedProject, clock: Clock, trace_s: float
) -> tuple[TesterTrace, ...]:
    """Ask for the way to each tester until every device was reached or cannot be, or the time is over."""
    asker = Asker(service, limits=project.environment.limits, clock=clock)
    ends_at = clock.monotonic() + trace_s
    to_browsers = {it.trial.call.key for it in result.calls if it.trial.call.endpoint.to_browsers}
    unasked = phrase("not asked: the time to follow it was over")
    traces = {
        (key, account): TesterTrace(key, account, (), is_known=False, why=unasked)
        for key, _, account in _asked(result)
    }
    while True:
        for key, task_id, account in _asked(result):
            before = traces[key, account]
            if not before.is_over and clock.monotonic() < ends_at:
                now = await _look(asker, key, task_id, account, is_browser=key in to_browsers)
                # What a device did stays true where the service only cannot be asked again.
                traces[key, account] = now if now.is_known or not before.is_known else before
        left_s = ends_at - clock.monotonic()
        if left_s <= 0 or all(trace.is_over for trace in traces.values()):
            return tuple(traces.values())
        await clock.wait(anyio.Event(), min(_LOOK_EVERY_S, left_s))


def _asked(result: TryResult) -> list[tuple[str, str, str]]:
    """Return call, task and tester of each way that the service can be asked for."""
    found = []
    for tried in result.calls:
        refused = {account for who in tried.outcome.refused.values() for account in who}
        task_id = tried.outcome.ids.task_id
        if task_id is not None:
            call = tried.trial.call
            found += [(call.key, task_id, account) for account in call.accounts if account not in refused]
    return found


async def _look(asker: Asker, key: str, task_id: str, account: str, *, is_browser: bool) -> TesterTrace:
    try:
        devices = await ask_trace(asker, task_id, account)
    except (ServiceError, CredentialsError) as error:  # the try is sent: this alone can undo nothing
        is_final = not _may_pass(error)
        return TesterTrace(key, account, (), is_known=False, why=message_of(error), is_final=is_final)
    return TesterTrace(key, account, tuple(device_story(it, is_browser=is_browser) for it in devices))


def _may_pass(error: PushspecError) -> bool:
    """Whether the service may answer the same question later: it was busy, failed inside, or was not heard.

    A code that leaves a push in doubt does no harm here, for a question changes nothing.
    """
    if isinstance(error, OperationRefusedError):
        return any(row.remedy in {Remedy.WAIT, Remedy.ASK} for row in meanings_of(error.code))
    return isinstance(error, NoAnswerError) and error.case != "wrong_shape"


def _is_settled(device: DeviceStory) -> bool:
    """Whether a device was reached, or something that the service names keeps it from that."""
    return is_reached(device) or any(step.is_done is False and step.advice for step in device.steps)


def is_reached(device: DeviceStory) -> bool:
    """Whether the push reached a device."""
    return any(step.name == "reached" and step.is_done for step in device.steps)


def _record_traces(journal: Journal, result: TryResult, provenance: Provenance) -> None:
    """Record on how many devices each call arrived; the lock is taken for it, and left at once.

    A call of which the service told nothing has no number, and none is made up.
    """
    counted: dict[str, list[DeviceStory]] = {}
    for trace in result.traces:
        if trace.is_known:
            counted.setdefault(trace.key, []).extend(trace.devices)
    if not counted:
        return
    records = [
        _traced(journal.state.tries[result.trial.campaign_key][key], devices)
        for key, devices in counted.items()
    ]
    with journal.held(holder=provenance.holder, purpose="try", close=Close(why="tried")):
        journal.append(*records)


def _traced(record: Tried, devices: Sequence[DeviceStory]) -> Tried:
    reached = sum(map(is_reached, devices))
    return record.model_copy(update={"step": "traced", "devices": len(devices), "reached": reached})

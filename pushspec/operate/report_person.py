"""The way of a push to one person as a story: how far it came, where it stopped, and what helps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.lockfile.histories import CallState
from pushspec.tencent.codes import meaning_of
from pushspec.tencent.losses import loss_reason
from pushspec.tencent.operations.statistics import OFFLINE, ONLINE, PLATFORMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pushspec.lockfile.histories import CallHistory
    from pushspec.tencent.callbacks import CallbackEvent
    from pushspec.tencent.operations.statistics import DeviceTrace, Step


@dataclass(frozen=True, slots=True)
class StoryStep:
    """One step on the way.

    Attributes:
        name: Which one, in a word for programs.
        text: What happened, or did not.
        is_done: Whether it happened; None where nobody knows.
        advice: What helps; empty where nothing has to.
        at: When, as the service wrote it, without a zone; empty where it does not say.
    """

    name: str
    text: str
    is_done: bool | None
    advice: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class DeviceStory:
    """The way to one device; its token is never part of it.

    Attributes:
        platform: The phone maker; None for a running app or an unknown one.
        channel: ``offline``, ``online``, or a number as text; None where it is not told.
        device: Model, system and SDK, as far as the service tells.
        steps: In their order; those that were not told are missing.
    """

    platform: str | None
    channel: str | None
    device: str
    steps: tuple[StoryStep, ...]


@dataclass(frozen=True, slots=True)
class PersonStory:
    """What became of a campaign for one person.

    Attributes:
        account: The person.
        campaign: ``name@version``.
        call: The call that named them; None where it is not known.
        task_id: Its task; None where there is none.
        steps: What is known before any phone.
        devices: The way to each device.
        warnings: What could not be asked.
        is_learnt: False where the service was asked and its answer could not be used.
    """

    account: str
    campaign: str
    call: str | None
    task_id: str | None
    steps: tuple[StoryStep, ...]
    devices: tuple[DeviceStory, ...] = ()
    warnings: tuple[str, ...] = ()
    is_learnt: bool = True


def named_step(account: str, key: str | None, *, is_certain: bool, is_listed: bool) -> StoryStep:
    """Return whether a person was meant.

    Args:
        account: The person.
        key: The call that named them; None where none is known to.
        is_certain: Whether the files prove that.
        is_listed: Whether the campaign names accounts; otherwise only the service knows who gets it.
    """
    if key is not None:
        return StoryStep("named", f"{account} was named in {key}", is_done=True)
    if not is_listed:
        text = f"only the service knows whether {account} belongs to this audience"
        return StoryStep("named", text, is_done=None)
    if is_certain:
        advice = "compare the campaign's accounts and exclude: with the person's id, letter by letter"
        return StoryStep("named", f"no call named {account}", is_done=False, advice=advice)
    text = f"the files no longer tell which call named {account}, or whether any did"
    return StoryStep("named", text, is_done=None)


def refused_step(account: str, code: int, endpoint: str) -> StoryStep:
    """Return why the service refused a person in its answer to the send."""
    row = meaning_of(code, endpoint)
    why = f": {row.meaning}" if row is not None else ""
    return StoryStep(
        "accepted",
        f"the service refused {account} with {code}{why}",
        is_done=False,
        advice=f"pushspec explain {code} says what to do",
    )


def call_step(call: CallHistory, state: CallState) -> StoryStep:
    """Return what became of the call that named a person."""
    if state is CallState.SENT:
        return StoryStep("accepted", f"the service took {call.key}", is_done=True)
    if state in {CallState.IN_DOUBT, CallState.INTENDED}:
        text = f"nobody knows whether {call.key} went out"
        return StoryStep("accepted", text, is_done=None, advice="pushspec status says how to settle it")
    text = f"{call.key} was {state}: {call.text}" if call.text else f"{call.key} was {state}"
    advice = "it reached nobody; pushspec plan says what is left"
    return StoryStep("accepted", text, is_done=False, advice=advice)


def no_device_step(account: str) -> StoryStep:
    """Return what it means that a trace names no device."""
    return StoryStep(
        "device",
        f"the service has no trace of this task for {account}",
        is_done=None,
        advice="check that the person logged in on a phone with the push SDK within the last 30 days",
    )


def device_story(trace: DeviceTrace) -> DeviceStory:
    """Return the way to one device."""
    parts = (
        trace.model,
        trace.system,
        trace.system_version,
        trace.sdk_version and f"SDK {trace.sdk_version}",
    )
    channel = {OFFLINE: "offline", ONLINE: "online", None: None}.get(trace.event, str(trace.event))
    platform = None if trace.platform is None else PLATFORMS.get(trace.platform, str(trace.platform))
    return DeviceStory(
        platform=platform or None,
        channel=channel,
        device=", ".join(part for part in parts if part),
        steps=tuple(_device_steps(trace)),
    )


def _device_steps(trace: DeviceTrace) -> Iterator[StoryStep]:
    commit, offline, online = trace.commit, trace.offline, trace.online
    told: Sequence[tuple[str, str, Step | None]] = (
        ("accepted", "accepted by the service", commit.accepted if commit else None),
        ("handed_over", "handed to the phone maker", offline.prepared if offline else None),
        ("taken", "taken by the phone maker", offline.channel if offline else None),
        ("reached", "reached the phone", offline.device if offline else None),
        ("reached", "reached the running app", online.device if online else None),
        ("opened", "opened", offline.opened if offline else None),
    )
    yield from (_device_step(name, text, step) for name, text, step in told if step is not None)


def _device_step(name: str, text: str, step: Step) -> StoryStep:
    is_done = {1: True, 0: False}.get(step.status) if step.status is not None else None
    if is_done:
        return StoryStep(name, text, is_done=True, at=step.at or "")
    if step.code:
        reason = loss_reason(str(step.code), step.text or "")
        words = f"not {text}: {step.text or reason.meaning} ({step.code})"
        return StoryStep(name, words, is_done=False, advice=reason.advice)
    if is_done is None:
        return StoryStep(name, f"{text}: the service does not say", is_done=None)
    return StoryStep(name, f"not {text}", is_done=False)


_STAGES = {
    1: ("handed_over", "handed to a channel"),
    2: ("reached", "reached the phone"),
    3: ("opened", "opened"),
}


def callback_steps(events: Sequence[CallbackEvent]) -> tuple[StoryStep, ...]:
    """Return what callbacks said about a person, by stage; they are hints and no proof."""
    steps = []
    for stage, (name, text) in _STAGES.items():
        its = [event for event in events if event.stage == stage]
        if any(event.code == 0 for event in its):
            steps.append(StoryStep(name, f"a callback says: {text}", is_done=True))
        elif its:
            reason = loss_reason(str(its[0].code), its[0].text)
            words = f"a callback says: not {text}: {its[0].text or reason.meaning} ({its[0].code})"
            steps.append(StoryStep(name, words, is_done=False, advice=reason.advice))
    return tuple(steps)

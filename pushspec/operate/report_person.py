"""The way of a push to one person as a story: how far it came, where it stopped, and what helps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.language import phrase
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
        return StoryStep(
            "named", phrase("{account} was named in {key}", account=account, key=key), is_done=True
        )
    if not is_listed:
        text = phrase("only the service knows whether {account} belongs to this audience", account=account)
        return StoryStep("named", text, is_done=None)
    if is_certain:
        advice = phrase("compare the campaign's accounts and exclude: with the person's id, letter by letter")
        return StoryStep(
            "named", phrase("no call named {account}", account=account), is_done=False, advice=advice
        )
    text = phrase("the files no longer tell which call named {account}, or whether any did", account=account)
    return StoryStep("named", text, is_done=None)


def refused_step(account: str, code: int, endpoint: str) -> StoryStep:
    """Return why the service refused a person in its answer to the send."""
    row = meaning_of(code, endpoint)
    why = f": {row.meaning}" if row is not None else ""
    return StoryStep(
        "accepted",
        phrase("the service refused {account} with {code}{why}", account=account, code=code, why=why),
        is_done=False,
        advice=phrase("pushspec explain {code} says what to do", code=code),
    )


def call_step(call: CallHistory, state: CallState) -> StoryStep:
    """Return what became of the call that named a person."""
    if state is CallState.SENT:
        return StoryStep("accepted", phrase("the service took {key}", key=call.key), is_done=True)
    if state in {CallState.IN_DOUBT, CallState.INTENDED}:
        text = phrase("nobody knows whether {key} went out", key=call.key)
        return StoryStep(
            "accepted", text, is_done=None, advice=phrase("pushspec status says how to settle it")
        )
    text = (
        phrase("{key} was {state}: {text}", key=call.key, state=state, text=call.text)
        if call.text
        else phrase("{key} was {state}", key=call.key, state=state)
    )
    advice = phrase("it reached nobody; pushspec plan says what is left")
    return StoryStep("accepted", text, is_done=False, advice=advice)


def no_device_step(account: str) -> StoryStep:
    """Return what it means that a trace names no device."""
    return StoryStep(
        "device",
        phrase("the service has no trace of this task for {account}", account=account),
        is_done=None,
        advice=phrase("check that the person logged in on a phone with the push SDK within the last 30 days"),
    )


def device_story(trace: DeviceTrace, *, is_browser: bool = False) -> DeviceStory:
    """Return the way to one device.

    Args:
        trace: What the service tells of it.
        is_browser: It was pushed to browsers, which are no phones.
    """
    parts = (
        trace.model,
        trace.system,
        trace.system_version,
        trace.sdk_version and phrase("SDK {sdk_version}", sdk_version=trace.sdk_version),
    )
    channel = {OFFLINE: "offline", ONLINE: "online", None: None}.get(trace.event, str(trace.event))
    platform = None if trace.platform is None else PLATFORMS.get(trace.platform, str(trace.platform))
    return DeviceStory(
        platform=platform or None,
        channel=channel,
        device=", ".join(part for part in parts if part),
        steps=tuple(_device_steps(trace, is_browser=is_browser)),
    )


def _device_steps(trace: DeviceTrace, *, is_browser: bool) -> Iterator[StoryStep]:
    reached = phrase("reached the browser") if is_browser else phrase("reached the phone")
    commit, offline, online = trace.commit, trace.offline, trace.online
    told: Sequence[tuple[str, str, Step | None]] = (
        ("accepted", phrase("accepted by the service"), commit.accepted if commit else None),
        ("handed_over", phrase("handed to the phone maker"), offline.prepared if offline else None),
        ("taken", phrase("taken by the phone maker"), offline.channel if offline else None),
        ("reached", reached, offline.device if offline else None),
        ("reached", phrase("reached the running app"), online.device if online else None),
        ("opened", "opened", offline.opened if offline else None),
    )
    yield from (_device_step(name, text, step) for name, text, step in told if step is not None)


def _device_step(name: str, text: str, step: Step) -> StoryStep:
    is_done = {1: True, 0: False}.get(step.status) if step.status is not None else None
    if is_done:
        return StoryStep(name, text, is_done=True, at=step.at or "")
    if step.code:
        reason = loss_reason(str(step.code), step.text or "")
        words = phrase(
            "not {text}: {reason} ({code})", text=text, reason=step.text or reason.meaning, code=step.code
        )
        return StoryStep(name, words, is_done=False, advice=reason.advice)
    if is_done is None:
        return StoryStep(name, phrase("{text}: the service does not say", text=text), is_done=None)
    return StoryStep(name, phrase("not {text}", text=text), is_done=False)


_STAGES = {
    1: ("handed_over", phrase("handed to a channel")),
    2: ("reached", phrase("reached the phone")),
    3: ("opened", "opened"),
}


def callback_steps(events: Sequence[CallbackEvent]) -> tuple[StoryStep, ...]:
    """Return what callbacks said about a person, by stage; they are hints and no proof."""
    steps = []
    for stage, (name, text) in _STAGES.items():
        its = [event for event in events if event.stage == stage]
        if any(event.code == 0 for event in its):
            steps.append(StoryStep(name, phrase("a callback says: {text}", text=text), is_done=True))
        elif its:
            reason = loss_reason(str(its[0].code), its[0].text)
            words = phrase(
                "a callback says: not {text}: {reason} ({code})",
                text=text,
                reason=its[0].text or reason.meaning,
                code=its[0].code,
            )
            steps.append(StoryStep(name, words, is_done=False, advice=reason.advice))
    return tuple(steps)

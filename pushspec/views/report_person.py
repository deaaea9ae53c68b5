"""The way of a push to one person, as text and as JSON; a device's token is in neither."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from pushspec.language import said, say
from pushspec.sanitize import printable
from pushspec.tencent.makers import MAKERS
from pushspec.views.json_text import json_text
from pushspec.views.recorded import said_anew
from pushspec.views.wrapping import hanging

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.api.report_person import DeviceStory, PersonStory, StoryStep

FORMAT_VERSION = 1
_MARKS = {True: "✓", False: "✗", None: "?"}
_NOT_YET = "–"
"""Of a step that did not happen and needs nobody, such as opening it."""


def person_text(story: PersonStory, *, width: int) -> str:
    """Return the story of one person, a line a step."""
    return "\n".join(_lines(story, width)) + "\n"


def _lines(story: PersonStory, width: int) -> Iterator[str]:
    yield say("{campaign} for {account}", campaign=story.campaign, account=printable(story.account))
    given: set[str] = set()
    for step in story.steps:
        yield from _step(step, width, given)
    for device in story.devices:
        yield from hanging(printable(_device_text(device)), width, first="  ")
        for step in device.steps:
            yield from _step(step, width, given, indent="  ")
    for warning in story.warnings:
        yield from hanging(printable(said_anew(warning)), width, first="  ? ")


def _step(step: StoryStep, width: int, given: set[str], *, indent: str = "") -> Iterator[str]:
    """Yield a step, and its advice unless a step before has given it: one reason may end several steps."""
    at = say(", {at} (zone not stated)", at=step.at) if step.at else ""
    mark = _NOT_YET if step.is_done is False and not step.advice else _MARKS[step.is_done]
    yield from hanging(printable(f"{said_anew(step.text)}{at}"), width, first=f"{indent}  {mark} ")
    if step.advice and step.advice not in given:
        given.add(step.advice)
        yield from hanging(said(step.advice), width, first=f"{indent}    → ")


def _device_text(device: DeviceStory) -> str:
    maker = MAKERS.get(device.platform or "", device.platform or "")
    words = [maker, device.channel or "", device.device]
    return " · ".join(word for word in words if word) or say("a device")


def person_json(story: PersonStory) -> str:
    """Return the story of one person as JSON; ``is_done`` is null where nobody knows."""
    return json_text({"format_version": FORMAT_VERSION, **asdict(story)})

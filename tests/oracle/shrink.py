"""Makes a failing history small, and tells it so that people can read it."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from oracle.history import Apply, Change, History, as_yaml, from_yaml
from oracle.play import broken_promise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oracle.history import Step
    from oracle.judge import BrokenPromiseError

_KEPT = frozenset(
    {
        "apiVersion",
        "kind",
        "name",
        "version",
        "endpoint",
        "environments",
        "sdk_app_id",
        "base_url",
        "secret_key",
    }
)


def shrink(history: History, broken: BrokenPromiseError) -> History:
    """Return a small history that breaks the same promise: what does not matter is taken out."""
    smaller = True
    while smaller:
        smaller = False
        for candidate in _smaller(history):
            if _breaks(candidate, broken):
                history, smaller = candidate, True
                break
    return history


def _breaks(history: History, broken: BrokenPromiseError) -> bool:
    try:
        found = broken_promise(history)
    except Exception:  # noqa: BLE001 - a file that the reference cannot read is no smaller history
        return False
    return found is not None and _sort_of(found) == _sort_of(broken)


def _sort_of(broken: BrokenPromiseError) -> tuple[str, list[str]]:
    """Return what a smaller history has to keep: the promise, and what a refusal named as wrong."""
    return broken.kind, re.findall(r"(?m)^error: [^\d]*|error\[.*?\]", str(broken))


def _smaller(history: History) -> Iterator[History]:
    if history.in_git:
        yield replace(history, in_git=False)
    for place in reversed(range(len(history.steps))):
        yield replace(history, steps=history.steps[:place] + history.steps[place + 1 :])
    for path in history.files:
        if path != "pushspec.yaml":
            yield replace(
                history, files={other: data for other, data in history.files.items() if other != path}
            )
    for place, step in enumerate(history.steps):
        for simpler in _simpler_step(step):
            yield replace(history, steps=(*history.steps[:place], simpler, *history.steps[place + 1 :]))
    for path, data in history.files.items():
        for smaller in _simpler_file(path, data):
            yield replace(history, files={**history.files, path: smaller})


def _simpler_step(step: Step) -> Iterator[Step]:
    if isinstance(step, Change):
        for place in range(len(step.edits)):
            yield Change(step.edits[:place] + step.edits[place + 1 :])
    if isinstance(step, Apply):
        plain = Apply(step.environment)
        for place in range(len(step.meanwhile)):
            yield replace(step, meanwhile=step.meanwhile[:place] + step.meanwhile[place + 1 :])
        for name in (field.name for field in fields(Apply) if field.name != "environment"):
            if getattr(step, name) != getattr(plain, name):
                yield replace(step, **{name: getattr(plain, name)})


def _simpler_file(path: str, data: bytes) -> Iterator[bytes]:
    if path.endswith(".yaml"):
        yield from map(as_yaml, _without_keys(from_yaml(data)))
        return
    lines = data.splitlines(keepends=True)
    if len(lines) > 1:
        for place in range(len(lines)):
            yield b"".join(lines[:place] + lines[place + 1 :])


def _without_keys(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for key, inner in value.items():
        if key not in _KEPT:
            yield {name: other for name, other in value.items() if name != key}
        if isinstance(inner, dict):
            for smaller in _without_keys(inner):
                yield {**value, key: smaller}
        if isinstance(inner, list) and len(inner) > 1:
            for place in range(len(inner)):
                yield {**value, key: inner[:place] + inner[place + 1 :]}


def story(history: History) -> str:
    """Return a history as text."""
    files = [
        f"--- {path}\n{data.decode('utf-8', 'backslashreplace')}" for path, data in history.files.items()
    ]
    where = ", in git" if history.in_git else ""
    return "\n".join([*files, f"--- what happens{where}", *(f"  {step}" for step in history.steps)])

"""An account's inbox as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushspec.sandbox.rendering import message_text

if TYPE_CHECKING:
    from collections.abc import Iterator


def inbox_text(inbox: dict[str, Any]) -> str:
    """Return what :meth:`pushspec.sandbox.app.SandboxApp.inbox` found, a line for each thing."""
    return "".join(f"{_visible(line)}\n" for line in _lines(inbox))


def _lines(inbox: dict[str, Any]) -> Iterator[str]:
    labels = [*inbox["tags"], *(f"{name}={value}" for name, value in inbox["attributes"].items())]
    marks = ", ".join(labels) or "no tags"
    yield f"{inbox['account']} · {inbox['kind']} · {inbox['unread']} unread · {marks}"
    for device in inbox["devices"]:
        yield f"  {device['vendor_name']} {device['model']} · {device['language']} · {device['status']}"
        for shown in device["notifications"]:
            yield f"    {_state(shown):9} {shown.get('title', '')} | {shown.get('desc', '')}"
    for message in inbox["messages"]:
        yield f"  message from {message['from']} · {message['state']} · {message_text(message['body'])}"


def _state(shown: dict[str, Any]) -> str:
    return "recalled" if shown.get("overwritten") else str(shown["state"])


def _visible(line: str) -> str:
    # A push may hold anything, and a terminal obeys control characters.
    return "".join(letter if letter.isprintable() or letter == " " else "�" for letter in line)

"""Rules on the chat message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.serialization import wire_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.problems import Problem
    from pushspec.spec.rules.context import Rule, RuleContext


def message_empty(context: RuleContext) -> Iterator[Problem]:
    """A message has at least one element, and a text says something."""
    message, path = context.content.message, context.content.message_path
    if message is not None and not message:
        yield context.problem(
            path,
            "message-empty",
            phrase("the message has no element"),
            phrase("add one such as - text: hello"),
        )
    for index, element in enumerate(message or ()):
        if element.text is not None and not element.text.strip():
            yield context.problem((*path, index, "text"), "message-empty", phrase("the text is empty"))


def message_custom_elements(context: RuleContext) -> Iterator[Problem]:
    """The service takes one custom element a message."""
    limit, path = context.limits.custom_elements, context.content.message_path
    custom = [
        index for index, element in enumerate(context.content.message or ()) if element.custom is not None
    ]
    for index in custom[limit.value :]:
        yield context.problem(
            (*path, index, "custom"),
            "message-custom-elements",
            phrase(
                "the message has {custom} custom elements; the service takes {limit}",
                custom=len(custom),
                limit=limit.value,
            ),
            phrase("put both into the data of one"),
            key=True,
        )


def message_bytes(context: RuleContext) -> Iterator[Problem]:
    """A whole message stays below the service's limit."""
    message, limit = context.content.message, context.limits.message_bytes
    if message is None:
        return
    size = len(wire_json([element.to_wire() for element in message]))
    if size > limit.value:
        yield context.problem(
            context.content.message_path,
            "message-bytes",
            phrase(
                "the message is {size:,} bytes; the service takes {limit:,}", size=size, limit=limit.value
            ),
            phrase("link to long content instead of sending it"),
            key=True,
        )


def custom_without_text(context: RuleContext) -> Iterator[Problem]:
    """A lone custom element shows nothing on a lock screen unless a text is given for it."""
    match context.content.message:
        case (element,) if element.custom is not None and not element.custom.desc:
            notification = context.content.notification
        case _:
            return
    if notification is not None and (notification.desc or notification.enabled is False):
        return
    yield context.warning(
        context.content.message_path,
        "custom-without-text",
        phrase("a lone custom element without a text makes no notification"),
        phrase("set notification.desc, or notification.enabled: false if that is meant"),
    )


RULES: tuple[Rule, ...] = (message_empty, message_custom_elements, message_bytes, custom_without_text)

"""Policies on what people read: forbidden words, links, and texts that were never finished."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pushspec.language import phrase
from pushspec.plan.policies.context import Finding
from pushspec.spec.content import collect_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pushspec.plan.policies.context import PolicyContext
    from pushspec.spec.content import Content
    from pushspec.spec.validation import KeyPath

_SHOWN = frozenset({"title", "desc", "sub_title", "text"})
"""Keys whose texts a person reads; the others carry data."""

# Slashes both ways, and escaped ones: what a browser takes for a link counts as one, inside JSON text too.
_LINK = re.compile(r"https?:[\\/]{2,}([^\s<>\"'\\]+)", re.IGNORECASE)

_PLACEHOLDER = re.compile(
    r"lorem ipsum|\b(?:todo|tbd|fixme|placeholder|asdf|x{3,})\b"
    r"|\{[{%#]|[}%#]\}"  # a template that was not rendered
    r"|\$\{\w*\}|\{[A-Za-z_][\w.]*\}|(?<![\w%])%(?:\d+\$)?[sd@](?!\w)",  # other languages' templates
    re.IGNORECASE,
)
_TEST = re.compile(r"\btest(?:ing|s)?\b|测试|測試|テスト", re.IGNORECASE)
_JOINERS = re.compile("[\u200c\u200d\ufe0f]")


def forbidden_words(context: PolicyContext) -> Iterator[Finding]:
    """No shown text holds a word that the project forbids, whatever its case or width."""
    words = {word: _word(word) for word in context.policy.forbidden_words}
    for path, text in _shown(context):
        plain = _plain(text)
        yield from (Finding(f"“{word}”", path) for word, pattern in words.items() if pattern.search(plain))


def _word(word: str) -> re.Pattern[str]:
    """Return a pattern that finds a word, and not the letters inside a longer one of the same script."""
    plain = _plain(word)
    before = r"(?<![a-z0-9])" if re.match("[a-z0-9]", plain) else ""
    after = r"(?![a-z0-9])" if re.search("[a-z0-9]$", plain) else ""
    return re.compile(before + re.escape(plain) + after)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", _JOINERS.sub("", text)).casefold()


def allowed_link_hosts(context: PolicyContext) -> Iterator[Finding]:
    """Every link, data for the app included, leads to a host of the project's list or one below it."""
    allowed = context.policy.allowed_link_hosts
    if allowed is None:
        return
    for path, text in _texts(context):
        for match in _LINK.finditer(text):
            host = _host(match[1])
            if not any(host == name or host.endswith(f".{name}") for name in map(str.lower, allowed)):
                yield Finding(phrase("a link leads to {host}", host=host or match[0]), path)


def _host(rest: str) -> str:
    try:
        return (urlsplit(f"//{rest}").hostname or "").rstrip(".")
    except ValueError:  # a bracket that is never closed
        return ""


def placeholder_text(context: PolicyContext) -> Iterator[Finding]:
    """No shown text was left unfinished: lorem ipsum, TODO, or a template that nobody rendered."""
    yield from _matches(_PLACEHOLDER, _shown(context))


def test_text(context: PolicyContext) -> Iterator[Finding]:
    """A shown text that speaks of a test may be one that was meant for fewer eyes."""
    yield from _matches(_TEST, _shown(context))


def _matches(pattern: re.Pattern[str], texts: Iterable[tuple[KeyPath, str]]) -> Iterator[Finding]:
    for path, text in texts:
        match = pattern.search(text)
        if match is not None:
            yield Finding(
                phrase("“{match}” in {place}", match=match[0], place=".".join(map(str, path))), path
            )


def _shown(context: PolicyContext) -> Iterator[tuple[KeyPath, str]]:
    return ((path, text) for path, text in _texts(context) if str(path[-1]).lower() in _SHOWN)


def _texts(context: PolicyContext) -> list[tuple[KeyPath, str]]:
    found: list[tuple[KeyPath, str]] = []
    for content in context.campaign.contents.values():
        _collect_content(content, found)
    if context.spec.recall is not None:
        collect_texts(context.spec.recall.model_dump(), ("recall",), found)
    return found


def _collect_content(content: Content, found: list[tuple[KeyPath, str]]) -> None:
    if content.notification is not None:
        collect_texts(content.notification.model_dump(), content.notification_path, found)
    if content.web is not None:
        collect_texts(content.web.model_dump(), content.web_path, found)
    collect_texts(content.page_message, content.message_path, found)
    for index, element in enumerate(content.message or ()):
        collect_texts(element.model_dump(), (*content.message_path, index), found)
    found += [(("delivery", name), text) for name, text in content.delivery.items()]

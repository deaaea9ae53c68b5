"""Rules on what browsers show.

Source: https://trtc.io/zh/document/80440, whose samples have a title, a text, JSON and an address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pushspec.language import phrase
from pushspec.spec.rules.notification import is_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.problems import Problem
    from pushspec.spec.rules.context import Rule, RuleContext


def web_silent(context: RuleContext) -> Iterator[Problem]:
    """A notification without words says nothing."""
    web = context.content.web
    if web is not None and not (web.title or web.desc):
        yield context.warning(
            context.content.web_path,
            "web-silent",
            phrase("web has neither title nor desc"),
            phrase("browsers would show an empty notification; add a title"),
        )


def web_ext(context: RuleContext) -> Iterator[Problem]:
    """The page reads ``ext`` as JSON."""
    web = context.content.web
    if web is not None and web.ext is not None and not is_json(web.ext):
        yield context.warning(
            (*context.content.web_path, "ext"),
            "ext-not-json",
            phrase("ext is not JSON, which its page asks for"),
            phrase("write a mapping"),
        )


def web_url(context: RuleContext) -> Iterator[Problem]:
    """A click opens a whole address, not a path or a script."""
    web = context.content.web
    if web is None or web.url is None:
        return
    try:
        parts = urlsplit(web.url)
        is_whole = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:  # a bracket that is never closed
        is_whole = False
    if not is_whole:
        yield context.problem(
            (*context.content.web_path, "url"),
            "web-url",
            phrase("url is no address that a browser can open"),
            phrase("begin it with https:// and the host"),
        )


RULES: tuple[Rule, ...] = (web_silent, web_ext, web_url)

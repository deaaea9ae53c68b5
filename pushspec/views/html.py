"""HTML as nested calls: every text is escaped, every hidden character written out, nothing is fetched."""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape
from typing import TYPE_CHECKING

from pushspec.language import language_in_force, said
from pushspec.sanitize import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


_EMPTY = frozenset({"br"})
_CODE = re.compile(r"`([^`\n]+)`")


class Html(str):
    """Markup that is ready; any other string is a text, and escaped wherever it goes."""

    __slots__ = ()


def text(value: str) -> Html:
    """Return a text of any origin; its line breaks stay, its direction cannot affect the text around it."""
    lines = "\n".join(printable(line) for line in said(value).split("\n"))
    return Html(f"<bdi>{escape(lines)}</bdi>")


def prose(value: str) -> Html:
    """Return a sentence of ours as :func:`text` does, what stands between backticks as code."""
    parts = _CODE.split("\n".join(printable(line) for line in said(value).split("\n")))
    return Html(
        f"<bdi>{''.join(_part(part, is_code=place % 2 == 1) for place, part in enumerate(parts))}</bdi>"
    )


def _part(words: str, *, is_code: bool) -> str:
    return f"<code>{escape(words)}</code>" if is_code else escape(words)


def tag(name: str, *children: str, class_: str = "", attributes: Mapping[str, str] | None = None) -> Html:
    """Return an element; phrases in it are said in the language in force.

    Args:
        name: Its name.
        children: What is in it.
        class_: Its class.
        attributes: Its other attributes, none of which may load anything.
    """
    given = ({"class": class_} if class_ else {}) | dict(attributes or {})
    written = "".join(f' {key}="{escape(printable(value))}"' for key, value in given.items())
    if name in _EMPTY:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{''.join(_child(child) for child in children)}</{name}>")


def join(parts: Iterable[Html]) -> Html:
    """Return parts one after the other."""
    return Html("\n".join(parts))


def page(title: str, style: str, body: Html) -> str:
    """Return a whole page that runs no script and asks no server for anything."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        f'<!doctype html>\n<html lang="{language_in_force()}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(printable(said(title)))}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _child(child: str) -> str:
    return child if isinstance(child, Html) else escape(printable(said(child)))

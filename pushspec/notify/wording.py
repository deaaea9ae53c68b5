"""Make a text harmless for chats, and short: it wakes nobody, leads nowhere, and is cut at a character."""

from __future__ import annotations

from pushspec.language import say
from pushspec.sanitize import printable

MOST_BYTES = 1_500
"""Short enough for every target: WeCom takes 2,048 bytes, and the title comes on top."""

# Each stands for a mention, a link or markup in some chat: @all, <!channel>, <@U1>, [text](address), *bold*,
# `code`, #channel, ~struck~, |cells|, &lt;. Their full-width forms read the same and mean nothing.
_HARMLESS = str.maketrans({char: chr(ord(char) + 0xFEE0) for char in "@<>[]()*`#~|&_"})


def harmless(text: str) -> str:
    """Return a text that no chat takes for a mention, a link or markup."""
    return printable(text).translate(_HARMLESS).replace("://", "：//").replace("www.", "www．")


def shortened(text: str, most: int = MOST_BYTES) -> str:
    """Return a text of at most so many bytes in UTF-8, cut at a character, that says where the rest is."""
    data = text.encode()
    if len(data) <= most:
        return text
    ending = say("… (the rest: pushspec log)")
    return data[: most - len(ending.encode())].decode("utf-8", "ignore") + ending

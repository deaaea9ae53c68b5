"""A request as people paste it: a body with or without comments, under a URL, or in a curl line.

Of a URL only the endpoint is read; its signature, which is a password, goes nowhere.
"""

from __future__ import annotations

import codecs
import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

from pushspec.errors import message_of
from pushspec.language import phrase
from pushspec.spec.sample_json import Sample, SampleError, read_sample

if TYPE_CHECKING:
    from pushspec.serialization import Json

_ENDPOINT = re.compile(r"/v4/([a-z_]+/[a-z_]+)")
_CURL = re.compile(r"\s*(?:[$>#]\s*)?curl(?:\.exe)?\s")
_ANSI_C = re.compile(r"\$'((?:[^'\\]|\\.)*)'")
_DATA = ("--data", "--data-raw", "--data-binary", "--data-ascii", "--json")


class Pasted(NamedTuple):
    """A request that was read.

    Attributes:
        endpoint: The path of its URL without ``v4/``; None where there is no URL.
        sample: The body.
        is_whole: Its places are those of the file; a shell's quoting moves them.
    """

    endpoint: str | None
    sample: Sample
    is_whole: bool

    @property
    def body(self) -> dict[str, Json]:
        """The body's fields."""
        return self.sample.value


def read_pasted(text: str) -> Pasted:
    """Read a request.

    Raises:
        SampleError: There is no body, no body that can be read, or more than one.
    """
    if _CURL.match(text):
        return _read_curl(text)
    start = text.find("{")
    sample = _read_body(text, start)
    more = text.find("{", sample.end)
    if more >= 0:
        raise SampleError(phrase("a second body begins here"), more, phrase("import one request at a time"))
    return Pasted(_endpoint_in(text[:start]), sample, is_whole=True)


def _read_curl(text: str) -> Pasted:
    words = _shell_words(text)
    data = _data_of(words)
    endpoint = _endpoint_in("\n".join(word for word in words if data not in word))
    at = text.find(data)
    if at >= 0:  # the shell changes nothing in it, so it has a place in the file
        return Pasted(endpoint, _read_body(text[: at + len(data)], text.find("{", at)), is_whole=True)
    try:
        return Pasted(endpoint, _read_body(data, data.find("{")), is_whole=False)
    except SampleError as error:
        raise SampleError(
            phrase("the body of the curl line: {error}", error=message_of(error)), None, error.hint
        ) from None


def _read_body(text: str, start: int) -> Sample:
    if start < 0:
        raise SampleError(phrase("there is no JSON body, which begins with {{"), None)
    return read_sample(text, start)


def _endpoint_in(text: str) -> str | None:
    url = _ENDPOINT.search(text)
    return url[1] if url is not None else None


def _shell_words(text: str) -> list[str]:
    quoted = _ANSI_C.sub(lambda found: shlex.quote(_unescaped(found[1])), text)
    try:
        return shlex.split(quoted)
    except ValueError:
        raise SampleError(phrase("the curl line has a quote that does not end"), None) from None


def _data_of(words: list[str]) -> str:
    """Return the body of a curl line.

    Raises:
        SampleError: It has none, or has it in another file.
    """
    for word, following in zip(words, [*words[1:], ""], strict=True):
        option, equals, value = word.partition("=")
        if option in _DATA:
            return _inline(value if equals else following)
        if word.startswith("-d"):
            return _inline(word.removeprefix("-d") or following)
    raise SampleError(phrase("the curl line has no --data"), None)


def _inline(data: str) -> str:
    if data.startswith("@"):
        raise SampleError(
            phrase("the body is in the file {data}", data=data[1:]),
            None,
            phrase("import that file, with --endpoint"),
        )
    return data


def _unescaped(text: str) -> str:
    """Return what a shell makes of ``$'…'``; browsers copy requests in this form."""
    escaped = re.sub(r"[^\x00-\x7f]", lambda found: f"\\U{ord(found[0]):08x}", text)
    try:
        return codecs.decode(escaped, "unicode_escape").encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeError:
        raise SampleError(phrase("the curl line has an escape that no shell knows"), None) from None

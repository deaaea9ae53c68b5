"""The body of an answer, read within a bound, whatever it is packed in."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.tencent.answers import AnswerError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ANSWER_BYTES = 1_048_576
"""A longer answer, unpacked, is not read to its end, and not believed."""

_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
_ZLIB_FIRST_BYTE = 0x78
"""What the service's way of saying deflate begins with; some servers leave the header out."""


async def read_bounded(chunks: AsyncIterator[bytes], encoding: str) -> bytes:
    """Return a body, unpacked where a server or proxy packed it though we asked for ``identity``.

    Raises:
        AnswerError: It is too long, packed in an unknown way, or not whole.
    """
    packing = encoding.strip().lower()
    if packing in {"", "identity"}:
        return await _plain(chunks)
    if packing in {"gzip", "x-gzip", "deflate"}:
        return await _unpacked(chunks, is_gzip=packing != "deflate")
    raise AnswerError("unknown_encoding", phrase("the answer is packed in a way that pushspec does not read"))


async def _plain(chunks: AsyncIterator[bytes]) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        _check_length(body)
    return bytes(body)


async def _unpacked(chunks: AsyncIterator[bytes], *, is_gzip: bool) -> bytes:
    body = bytearray()
    unpack = None
    try:
        async for chunk in chunks:
            if unpack is None and chunk:
                deflate = _ZLIB if chunk[0] == _ZLIB_FIRST_BYTE else _RAW
                unpack = zlib.decompressobj(_GZIP if is_gzip else deflate)
            if unpack is not None:
                # Never more than one byte above the bound is unpacked, however small the rest is packed.
                body += unpack.decompress(chunk, ANSWER_BYTES + 1 - len(body))
                _check_length(body)
    except zlib.error as error:
        raise AnswerError("broken_encoding", phrase("the packed answer is damaged")) from error
    if unpack is None or not unpack.eof or unpack.unused_data:
        raise AnswerError("broken_encoding", phrase("the packed answer is not whole"))
    return bytes(body)


def _check_length(body: bytearray) -> None:
    if len(body) > ANSWER_BYTES:
        raise AnswerError(
            "answer_too_long", phrase("the answer is longer than {most} bytes", most=ANSWER_BYTES)
        )

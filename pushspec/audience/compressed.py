"""Bytes of compressed files: gzip and zstd, whole or refused, never more than a bound."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from importlib import import_module
from typing import TYPE_CHECKING

from pushspec.audience.rows import FormatError
from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from typing_extensions import Buffer

MAX_BYTES = 4 * 1024**3
"""Most bytes that a file may grow to; a few kilobytes can hold terabytes of zeros."""

SUFFIXES = (".gz", ".zst")


def plain_name(file: str) -> str:
    """Return the name without the suffix of a compression."""
    return next((file.removesuffix(suffix) for suffix in SUFFIXES if file.endswith(suffix)), file)


def decompressed(file: str, data: BinaryIO) -> BinaryIO:
    """Return the bytes that a file stands for, as its name says.

    Members and frames in a row are one file; one that is cut, or followed by other bytes, is refused.

    Raises:
        FormatError: Reading from it raises it where the file is damaged.
    """
    if file.endswith(".gz"):
        return io.BufferedReader(_Bounded(gzip.GzipFile(fileobj=data), (OSError, EOFError, zlib.error)))
    if file.endswith(".zst"):
        return io.BufferedReader(_zstd(data))
    return data


def _zstd(data: BinaryIO) -> _Bounded:
    try:
        zstd = import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    except ImportError:
        message = phrase("reading .zst files takes the package backports.zstd, which is not installed")
        raise FormatError(
            "audience-format", message, hint=phrase("pip install 'pushspec[audience]'")
        ) from None
    return _Bounded(zstd.ZstdFile(data), (zstd.ZstdError, EOFError))


class _Bounded(io.RawIOBase):
    """A stream that ends with an error where it is damaged or grows too long."""

    def __init__(self, stream: io.BufferedIOBase, faults: tuple[type[Exception], ...]) -> None:
        self._read: Callable[[int], bytes] = stream.read
        self._faults = faults
        self._left = MAX_BYTES

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: Buffer) -> int:
        """Read into a buffer and return the count of bytes."""
        view = memoryview(buffer).cast("B")
        try:
            block = self._read(len(view))
        except self._faults:
            hint = phrase("export it again, or copy it again")
            raise FormatError(
                "audience-format", phrase("the compressed file is damaged or cut"), hint=hint
            ) from None
        self._left -= len(block)
        if self._left < 0:
            hint = phrase("split the file")
            raise FormatError(
                "audience-format",
                phrase("it grows beyond {max_bytes:,} bytes", max_bytes=MAX_BYTES),
                hint=hint,
            )
        view[: len(block)] = block
        return len(block)

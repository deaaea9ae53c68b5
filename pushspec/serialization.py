"""The only serialisers: bytes for the wire, and bytes for hashes."""

from __future__ import annotations

import hashlib
import json
from typing import Any

Json = Any
"""A value that JSON can carry; its shape is checked where it comes in, by pydantic."""


_WIRE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_CANONICAL = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=True)


def wire_json(value: Json) -> bytes:
    """Return ``value`` as it goes to the service: compact UTF-8, keys in the order they were put."""
    return _WIRE.encode(value).encode("utf-8")


def canonical_json(value: Json) -> bytes:
    """Return ``value`` with sorted keys, so that equal values have equal bytes."""
    return _CANONICAL.encode(value).encode("utf-8")


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of ``data`` in hex."""
    return hashlib.sha256(data).hexdigest()


def digest_of(value: Json) -> str:
    """Return the SHA-256 of the canonical JSON of ``value`` in hex."""
    return sha256_hex(canonical_json(value))

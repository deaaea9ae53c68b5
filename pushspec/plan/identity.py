"""The permanent identity of a call: its key, random number and DataId."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pushspec.serialization import digest_of
from pushspec.tencent.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DATA_ID = Limits().data_id_bytes
_HASH_CHARS = 12


def call_key(
    name: str,
    version: int,
    *,
    variant: str | None = None,
    stage: str | None = None,
    part: int | None = None,
) -> str:
    """Return ``name@version[/variant][/stage][#part]``; parts are counted from 1."""
    key = f"{name}@{version}"
    if variant is not None:
        key += f"/{variant}"
    if stage is not None:
        key += f"/{stage}"
    if part is not None:
        key += f"#{part}"
    return key


def msg_random(sdk_app_id: int, key: str, *, probe: int = 0) -> int:
    """Return the unsigned 32-bit number that permanently belongs to this call.

    Args:
        sdk_app_id: The app.
        key: The call's key.
        probe: 0 at first; one more for each earlier call of the plan that has the same number.
    """
    text = f"{sdk_app_id}\n{key}" if probe == 0 else f"{sdk_app_id}\n{key}\n{probe}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def unique_msg_randoms(sdk_app_id: int, keys: Iterable[str]) -> Iterator[int]:
    """Yield a number for each key, no two alike: the service takes two alike in one second for one push."""
    taken: set[int] = set()
    for key in keys:
        probe = 0
        while (number := msg_random(sdk_app_id, key, probe=probe)) in taken:
            probe += 1
        taken.add(number)
        yield number


def data_id(key: str) -> str:
    """Return the ``DataId`` of a call: the key where it fits 64 bytes, else its head and a hash.

    It is the same for every attempt; their TaskIds tell attempts apart. Lockfiles of earlier versions hold
    ids that end in ``!2``, ``!3`` and so on for later attempts.
    """
    if not _DATA_ID.exceeded_by(key):
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()[:_HASH_CHARS]
    head = key.encode()[: _DATA_ID.value - len(digest) - 1].decode("utf-8", "ignore")
    return f"{head}~{digest}"


def pending_digest(
    sdk_app_id: int, environment: str, location: str, pending: Iterable[tuple[str, str]]
) -> str:
    """Return the digest of a plan: SHA-256 over all that it would send, now or in its window.

    Args:
        sdk_app_id: The app.
        environment: The environment's name.
        location: Where its service is.
        pending: ``name@version`` and digest of each campaign that is to be sent, in the order of sending.
    """
    return digest_of(
        {
            "app": sdk_app_id,
            "environment": environment,
            "place": location,
            "pending": [list(pair) for pair in pending],
        }
    )

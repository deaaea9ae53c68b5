"""Keep what a lockfile knows of very many calls in little memory; readers see the same as ever."""

from __future__ import annotations

import struct
from array import array
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pushspec.lockfile.histories import Attempt, CallHistory, CallState
from pushspec.tencent.answers import ServiceIds

if TYPE_CHECKING:
    from collections.abc import Iterator

_EPOCH = datetime.fromtimestamp(0, UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIXED = struct.Struct("<HBIH32sq3I")
"""Place, attempts, random number, accounts, hash of the bytes, an instant, and three as time after it."""
_NAMES = 4
_NO_DATA_ID = "-"


class CallLedger(MutableMapping[str, CallHistory]):
    """Calls by key, in the order first set.

    A call that was sent is kept as bytes, a fifth of its size, and made again when it is read. A run to
    millions has tens of thousands of them, and hardly looks at one again. What would not come back exactly
    as it was is kept as it is, and so is every call that is not sent.
    """

    def __init__(self) -> None:
        self._calls: dict[str, CallHistory | bytes] = {}
        self._places: list[tuple[str, str]] = []
        self._numbers: dict[tuple[str, str], int] = {}

    def __getitem__(self, key: str) -> CallHistory:
        kept = self._calls[key]
        return self._unpack(key, kept) if isinstance(kept, bytes) else kept

    def __setitem__(self, key: str, call: CallHistory) -> None:
        self._calls[key] = self._pack(key, call) or call

    def __delitem__(self, key: str) -> None:
        del self._calls[key]

    def __contains__(self, key: object) -> bool:
        return key in self._calls

    def __iter__(self) -> Iterator[str]:
        return iter(self._calls)

    def __len__(self) -> int:
        return len(self._calls)

    def _pack(self, key: str, call: CallHistory) -> bytes | None:
        """Return a sent call as bytes; None for any other, and for one that they would not tell exactly."""
        if call.state is not CallState.SENT or call.settled_at is None or call.sent_at is None:
            return None
        intended_at = _as_number(call.intended_at)
        later = (
            _as_number(instant) - intended_at for instant in (call.not_after, call.settled_at, call.sent_at)
        )
        # Nearly every call carries its own key, and many no other name than one: then nothing is kept.
        data_id = {key: "", None: _NO_DATA_ID}.get(call.data_id, call.data_id)
        names = [name or "" for name in (call.ids.task_id, call.ids.msg_key, call.ids.msg_id, data_id)]
        try:
            fixed = _FIXED.pack(
                self._number_of(call.campaign, call.endpoint),
                call.attempts,
                call.msg_random,
                call.accounts,
                bytes.fromhex(call.payload_sha256),
                intended_at,
                *later,
            )
            refused = (f"{code} {count}" for code, count in call.refused.items())
            packed = fixed + "\n".join([*names, *refused]).rstrip("\n").encode()
            return packed if self._unpack(key, packed) == call else None
        except (ValueError, struct.error):
            return None

    def _unpack(self, key: str, packed: bytes) -> CallHistory:
        place, attempts, msg_random, accounts, payload, first, *later = _FIXED.unpack_from(packed)
        told = packed[_FIXED.size :].decode().split("\n")
        task_id, msg_key, msg_id, data_id, *refused = told + [""] * (_NAMES - len(told))
        campaign, endpoint = self._places[place]
        not_after, settled_at, sent_at = (_as_instant(first + after) for after in later)
        return CallHistory(
            key=key,
            campaign=campaign,
            endpoint=endpoint,
            state=CallState.SENT,
            attempts=attempts,
            msg_random=msg_random,
            payload_sha256=payload.hex(),
            accounts=accounts,
            intended_at=_as_instant(first),
            not_after=not_after,
            data_id={"": key, _NO_DATA_ID: None}.get(data_id, data_id),
            settled_at=settled_at,
            sent_at=sent_at,
            ids=ServiceIds(task_id or None, msg_key or None, msg_id or None),
            refused={int(code): int(count) for code, count in map(str.split, refused)},
        )

    def _number_of(self, campaign: str, endpoint: str) -> int:
        """Return the number of a place, the same each time: its names are kept once for all its calls."""
        place = (campaign, endpoint)
        if place not in self._numbers:
            self._numbers[place] = len(self._places)
            self._places.append(place)
        return self._numbers[place]


@dataclass(slots=True)
class AttemptLog:
    """Attempts in the order written; an object for each would be seven times as large."""

    _keys: list[str] = field(default_factory=list)
    _instants: array[int] = field(default_factory=lambda: array("q"))
    _weights: array[int] = field(default_factory=lambda: array("Q"))

    def add(self, key: str, at: datetime, weight: int) -> None:
        """Add the newest."""
        self._keys.append(key)
        self._instants.append(_as_number(at))
        self._weights.append(weight)

    def __iter__(self) -> Iterator[Attempt]:
        return map(Attempt, self._keys, map(_as_instant, self._instants), self._weights)

    def __len__(self) -> int:
        return len(self._keys)


def _as_number(instant: datetime) -> int:
    """Return an instant as microseconds, which tell it exactly."""
    return (instant - _EPOCH) // _MICROSECOND


def _as_instant(number: int) -> datetime:
    return _EPOCH + timedelta(microseconds=number)

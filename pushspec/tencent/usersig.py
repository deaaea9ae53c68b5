"""The signature in each request's URL: UserSig version 2.0, made for one short life at a time.

Facts: https://www.tencentcloud.com/document/product/1047/34385.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import zlib
from typing import TYPE_CHECKING

from pushspec.serialization import wire_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

LIFE_S = 900
"""How long a signature is valid. It travels in URLs, so it lives minutes instead of the advised months."""

_RENEW_BEFORE_END_S = 300
_SWAP = bytes.maketrans(b"+/=", b"*-_")


def make_usersig(*, sdk_app_id: int, identifier: str, key: str, at: datetime, life_s: int = LIFE_S) -> str:
    """Return a UserSig for an administrator.

    Args:
        sdk_app_id: The app.
        identifier: The administrator's account.
        key: The app's secret as the console shows it, used as text.
        at: From when it is valid.
        life_s: For how many seconds.
    """
    fields = {
        "TLS.identifier": identifier,
        "TLS.sdkappid": sdk_app_id,
        "TLS.time": int(at.timestamp()),
        "TLS.expire": life_s,
    }
    text = "".join(f"{name}:{value}\n" for name, value in fields.items())
    mac = hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()
    signed = {"TLS.ver": "2.0", **fields, "TLS.sig": base64.b64encode(mac).decode()}
    return base64.b64encode(zlib.compress(wire_json(signed))).translate(_SWAP).decode()


class Signer:
    """Makes signatures when they are needed, and a new one well before the old one ends."""

    def __init__(self, *, sdk_app_id: int, identifier: str, key: str, now: Callable[[], datetime]) -> None:
        self._sdk_app_id = sdk_app_id
        self._identifier = identifier
        self._key = key
        self._now = now
        self._usersig = ""
        self._made_at: datetime | None = None

    def __repr__(self) -> str:
        return f"Signer({self._sdk_app_id}, {self._identifier!r})"

    def __call__(self) -> str:
        """Return a signature with at least five minutes left, by this machine's clock."""
        now = self._now()
        if self._made_at is None or not self._is_fresh((now - self._made_at).total_seconds()):
            self._usersig = make_usersig(
                sdk_app_id=self._sdk_app_id, identifier=self._identifier, key=self._key, at=now
            )
            self._made_at = now
        return self._usersig

    @staticmethod
    def _is_fresh(age_s: float) -> bool:
        return 0 <= age_s < LIFE_S - _RENEW_BEFORE_END_S

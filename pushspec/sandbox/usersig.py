"""Check a UserSig of version 2, in the order in which the vendor's own library does, and make one.

Source: https://tencentcloud.com/document/product/1047/34385 and the vendor's Go library (2024-11-19).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import zlib
from dataclasses import dataclass

from pushspec.sandbox.answers import Refusal

_FROM_URL = str.maketrans("*-_", "+/=")
_TO_URL = str.maketrans("+/=", "*-_")
_MAX_BYTES = 4096


@dataclass(frozen=True, slots=True)
class UserSig:
    """The fields of a signature, not yet believed."""

    sdk_app_id: int
    identifier: str
    time: int
    expire: int
    userbuf: str
    sig: str

    @property
    def signed_text(self) -> bytes:
        """What the signature was made over."""
        text = (
            f"TLS.identifier:{self.identifier}\nTLS.sdkappid:{self.sdk_app_id}\n"
            f"TLS.time:{self.time}\nTLS.expire:{self.expire}\n"
        )
        return (text + (f"TLS.userbuf:{self.userbuf}\n" if self.userbuf else "")).encode("utf-8")


def decode(usersig: str) -> UserSig:
    """Take a signature apart.

    Raises:
        Refusal: 70003, it is malformed.
    """
    try:
        packed = base64.b64decode(usersig.translate(_FROM_URL), validate=True)
        fields = json.loads(zlib.decompressobj().decompress(packed, _MAX_BYTES))
        decoded = UserSig(
            fields["TLS.sdkappid"],
            fields["TLS.identifier"],
            fields["TLS.time"],
            fields["TLS.expire"],
            fields.get("TLS.userbuf", ""),
            fields["TLS.sig"],
        )
    except (binascii.Error, zlib.error, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Refusal(70003, "UserSig is malformed") from None
    _check_types(fields, decoded)
    return decoded


def sign(*, sdk_app_id: int, identifier: str, secret_key: str, now: float, expire_s: int = 86_400) -> str:
    """Return a signature that :func:`verify` takes, for tests that call the sandbox themselves."""
    unsigned = UserSig(sdk_app_id, identifier, int(now), expire_s, "", "")
    fields = {
        "TLS.ver": "2.0",
        "TLS.identifier": identifier,
        "TLS.sdkappid": sdk_app_id,
        "TLS.expire": expire_s,
        "TLS.time": unsigned.time,
        "TLS.sig": _signature(unsigned, secret_key),
    }
    packed = base64.b64encode(zlib.compress(json.dumps(fields).encode()))
    return packed.decode().translate(_TO_URL)


def _signature(signed: UserSig, secret_key: str) -> str:
    return base64.b64encode(hmac.digest(secret_key.encode(), signed.signed_text, hashlib.sha256)).decode()


def verify(signed: UserSig, *, sdk_app_id: int, identifier: str, secret_key: str, now: float) -> None:
    """Check a signature against the request it came with.

    Args:
        signed: The decoded signature.
        sdk_app_id: ``sdkappid`` of the query.
        identifier: ``identifier`` of the query.
        secret_key: The app's key, used as plain text.
        now: Unix seconds.

    Raises:
        Refusal: 70014, 70013, 70001 or 70009, whichever is found first.
    """
    if signed.sdk_app_id != sdk_app_id:
        raise Refusal(70014, "the SDKAppID is not the one that was signed")
    if signed.identifier != identifier:
        raise Refusal(70013, "the identifier is not the one that was signed")
    if now > signed.time + signed.expire:
        raise Refusal(70001, "UserSig has expired")
    if not hmac.compare_digest(_signature(signed, secret_key).encode(), signed.sig.encode()):
        raise Refusal(70009, "the signature is wrong, probably made with another app's key")


def _check_types(fields: dict[str, object], decoded: UserSig) -> None:
    numbers = (decoded.sdk_app_id, decoded.time, decoded.expire)
    texts = (decoded.identifier, decoded.userbuf, decoded.sig)
    if not all(type(number) is int for number in numbers) or not all(type(text) is str for text in texts):
        raise Refusal(70003, "UserSig is malformed")
    if fields.get("TLS.ver") != "2.0":
        raise Refusal(70003, "UserSig is not of version 2.0")

"""The signature: right to the last bit, short-lived, and never shown."""

from __future__ import annotations

import base64
import json
import zlib
from datetime import UTC, datetime, timedelta

from pushspec.tencent.usersig import LIFE_S, Signer, make_usersig

KEY = "0123456789abcdef" * 4
AT = datetime.fromtimestamp(1700000000, UTC)


def opened(usersig: str) -> dict[str, object]:
    document = json.loads(zlib.decompress(base64.b64decode(usersig.translate(str.maketrans("*-_", "+/=")))))
    assert isinstance(document, dict)
    return document


def test_the_signature_is_the_documented_one() -> None:
    """Computed once with the vendor's own library; the fields count, not the compressed bytes."""
    usersig = make_usersig(sdk_app_id=1400000000, identifier="administrator", key=KEY, at=AT, life_s=86400)

    assert opened(usersig) == {
        "TLS.ver": "2.0",
        "TLS.identifier": "administrator",
        "TLS.sdkappid": 1400000000,
        "TLS.time": 1700000000,
        "TLS.expire": 86400,
        "TLS.sig": "9awWeUL8MxxbBn8dhB0Jvuo0JKIh4dNCLkGIX4n5fd0=",
    }


def test_a_signature_needs_no_escaping_in_a_url() -> None:
    """The vendor's own alphabet replaces what URLs reserve."""
    usersig = make_usersig(sdk_app_id=1, identifier="a", key=KEY, at=AT)
    assert not set(usersig) & set("+/=%")


def test_a_signature_is_renewed_well_before_it_ends() -> None:
    """A run of hours must not meet 70001 in the middle."""
    now = [AT]
    sign = Signer(sdk_app_id=1400000000, identifier="administrator", key=KEY, now=lambda: now[0])

    first = sign()
    now[0] += timedelta(minutes=9)
    assert sign() == first
    now[0] += timedelta(minutes=2)
    assert opened(sign())["TLS.time"] == 1700000000 + 11 * 60
    assert LIFE_S <= 15 * 60


def test_a_clock_that_was_set_back_gets_a_new_signature() -> None:
    """A signature from the future may be refused."""
    now = [AT]
    sign = Signer(sdk_app_id=1400000000, identifier="administrator", key=KEY, now=lambda: now[0])
    sign()
    now[0] -= timedelta(hours=1)
    assert opened(sign())["TLS.time"] == 1700000000 - 3600


def test_the_key_is_not_shown() -> None:
    """A signer lands in tracebacks and debuggers."""
    assert KEY not in repr(Signer(sdk_app_id=1, identifier="a", key=KEY, now=lambda: AT))

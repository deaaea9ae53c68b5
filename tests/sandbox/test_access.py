"""Who may call at all: method, path, query string and signature.

Source: https://trtc.io/document/34620 (requests) and https://trtc.io/document/34348 (codes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pushspec.sandbox import usersig
from pushspec.sandbox.answers import Refusal
from sandbox.kit import START, batch, push

if TYPE_CHECKING:
    from sandbox.kit import Caller

VECTOR = (
    "eJyrVgrxCdYrSy1SslIy0jNQ0gHzM1NS80oy0zLBwokpuZl5mcUlRYkl*UVQBcUp2YkFBZkpSlaGJgZQAJFJrSjILEpVsrIwM4EJ"
    "lWTmAgUMzVEVFmemAw23TCwPTw31sfCtqEhyyrNIyXAy8CorzTfw8vbMMEnxc-bJdveMMMkzTUsxsFWqBQDFLzPV"
)
VECTOR_KEY = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sdkappid": None}, 60012),
        ({"sdkappid": ""}, 60012),
        ({"sdkappid": None, "SdkAppid": "1400000000"}, 60012),
        ({"sdkappid": "x"}, 60025),
        ({"identifier": None}, 60025),
        ({"usersig": None}, 60025),
        ({"usersig": ""}, 60025),
        ({"contenttype": None}, 60025),
        ({"contenttype": "JSON"}, 60025),
        ({"random": None}, 60002),
        ({"random": "4294967296"}, 60002),
        ({"random": "-1"}, 60002),
        ({"sdkappid": "1400000001"}, 70020),
        ({"usersig": "nonsense"}, 70003),
    ],
)
def test_a_wrong_url_is_refused_with_its_documented_code(
    sandbox: Caller, changes: dict[str, str | None], code: int
) -> None:
    """A client that builds the URL wrongly must learn which part is wrong."""
    assert sandbox.code("timpush/push", push(), **changes) == code


def test_a_right_url_is_let_in(sandbox: Caller) -> None:
    """The case beside all the refusals."""
    assert sandbox.code("timpush/push", push()) == 0


def test_a_parameter_that_stands_twice_is_refused(sandbox: Caller) -> None:
    """Two values for one name would leave open which one counts (60002)."""
    params = "&".join(f"{name}={value}" for name, value in sandbox.query().items())

    answer = sandbox.request("POST", f"/v4/timpush/push?{params}&random=8", content="{}")

    assert answer.json()["ErrorCode"] == 60002


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_post_is_a_call(sandbox: Caller, method: str) -> None:
    """The service answers 60002 with HTTP status 200 to another method."""
    answer = sandbox.request(method, "/v4/timpush/push", params=sandbox.query())

    assert (answer.status_code, answer.json()["ErrorCode"]) == (200, 60002)


def test_an_unknown_path_is_refused(sandbox: Caller) -> None:
    """A misspelt endpoint must not look like success (60009)."""
    assert sandbox.code("timpush/puhs", push()) == 60009


def test_a_signature_of_another_key_is_refused(sandbox: Caller) -> None:
    """70009 is what someone with another app's key sees."""
    forged = usersig.sign(sdk_app_id=1400000000, identifier="administrator", secret_key="other", now=START)

    assert sandbox.code("timpush/push", push(), usersig=forged) == 70009


def test_an_expired_signature_is_refused(sandbox: Caller) -> None:
    """70001: a signature lives as long as it says, and not a second longer."""
    old = usersig.sign(
        sdk_app_id=1400000000,
        identifier="administrator",
        secret_key=sandbox.settings.secret_key,
        now=START - 901,
        expire_s=900,
    )

    assert sandbox.code("timpush/push", push(), usersig=old) == 70001


def test_a_signature_must_be_made_for_this_caller_and_app(sandbox: Caller) -> None:
    """70013 and 70014 keep one app's or account's signature from serving another."""
    other = usersig.sign(
        sdk_app_id=1400000000, identifier="rong", secret_key=sandbox.settings.secret_key, now=START
    )
    elsewhere = usersig.sign(
        sdk_app_id=1400000001, identifier="administrator", secret_key=sandbox.settings.secret_key, now=START
    )

    assert sandbox.code("timpush/push", push(), usersig=other) == 70013
    assert sandbox.code("timpush/push", push(), usersig=elsewhere) == 70014


def test_wrong_signatures_too_often_block_for_a_minute(sandbox: Caller) -> None:
    """70050 asks for a minute's wait, even of a caller who then signs rightly."""
    for _ in range(20):
        assert sandbox.code("timpush/push", push(), usersig="nonsense") == 70003

    assert sandbox.code("timpush/push", push()) == 70050


@pytest.mark.parametrize(
    ("endpoint", "code"), [("timpush/batch", 90009), ("im_open_login_svc/account_check", 60010)]
)
def test_only_an_administrator_may_call(sandbox: Caller, endpoint: str, code: int) -> None:
    """The sends say 90009, endpoints whose pages do not list that say 60010."""
    assert sandbox.code(endpoint, batch(), identifier="rong") == code


def test_the_vendors_vector_is_read_and_verified() -> None:
    """A signature that the vendor's own library made (made-up key) passes, and ends when it says."""
    signed = usersig.decode(VECTOR)

    usersig.verify(
        signed, sdk_app_id=1400000000, identifier="administrator", secret_key=VECTOR_KEY, now=1_700_086_400
    )
    with pytest.raises(Refusal, match="expired"):
        usersig.verify(
            signed,
            sdk_app_id=1400000000,
            identifier="administrator",
            secret_key=VECTOR_KEY,
            now=1_700_086_401,
        )


def test_a_signature_that_unpacks_to_a_flood_is_malformed() -> None:
    """A few bytes that unpack to megabytes must not cost memory."""
    import base64
    import zlib

    bomb = base64.b64encode(zlib.compress(b'{"a":"' + b"x" * 10_000_000 + b'"}')).decode()

    with pytest.raises(Refusal, match="malformed"):
        usersig.decode(bomb.translate(str.maketrans("+/=", "*-_")))

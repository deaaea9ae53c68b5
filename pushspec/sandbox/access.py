"""The access layer: who calls, and is the URL right, before any endpoint looks at the body.

Source: https://trtc.io/document/34620 and the error codes of https://trtc.io/document/34348.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pushspec.sandbox import usersig
from pushspec.sandbox.answers import Refusal

if TYPE_CHECKING:
    from pushspec.sandbox.settings import SandboxSettings

_UINT32_MAX = 2**32 - 1
_NEEDED = ("identifier", "usersig", "contenttype")
_WRONG_SIGNATURES_ALLOWED = 20
_BLOCKED_FOR_S = 60
_REMEMBERED = 256


class Access:
    """Lets calls of the app's administrators in."""

    def __init__(self, settings: SandboxSettings) -> None:
        self._settings = settings
        self._decoded: dict[str, usersig.UserSig] = {}
        self._verified: set[tuple[str, str]] = set()
        self._failures: deque[float] = deque(maxlen=_WRONG_SIGNATURES_ALLOWED)

    def admit(self, method: str, query: bytes, *, not_admin_code: int) -> str:
        """Check method and query string and return the caller.

        Args:
            method: The HTTP method.
            query: The raw query string.
            not_admin_code: 90009 or 60010, whichever the endpoint's page lists.

        Raises:
            Refusal: With the code of the first fault.
        """
        if method != "POST":
            raise Refusal(60002, f"the method is POST, not {method}")
        parameters = _parse(query)
        self._check_url(parameters)
        identifier = parameters["identifier"]
        self._check_signature(identifier, parameters["usersig"])
        if identifier not in self._settings.admins:
            raise Refusal(not_admin_code, f"{identifier} is not an administrator of the app")
        return identifier

    def _check_url(self, parameters: dict[str, str]) -> None:
        if not parameters.get("sdkappid"):
            raise Refusal(60012, "the URL has no sdkappid (names are case-sensitive)")
        for name in _NEEDED:
            if not parameters.get(name):
                raise Refusal(60025, f"the URL has no {name} (names are case-sensitive)")
        if parameters["contenttype"] != "json":
            raise Refusal(60025, "contenttype must be json")
        if not _is_number(parameters["sdkappid"]):
            raise Refusal(60025, "sdkappid is not a number")
        number = parameters.get("random", "")
        if not _is_number(number) or int(number) > _UINT32_MAX:
            raise Refusal(60002, "random must be a number from 0 to 4294967295")
        if int(parameters["sdkappid"]) != self._settings.sdk_app_id:
            raise Refusal(70020, "there is no such app at this site")

    def _check_signature(self, identifier: str, text: str) -> None:
        now = self._settings.clock.wall()
        if (identifier, text) in self._verified:
            signed = self._decoded[text]
            if now <= signed.time + signed.expire:
                return
        self._refuse_if_blocked(now)
        try:
            signed = usersig.decode(text)
            usersig.verify(
                signed,
                sdk_app_id=self._settings.sdk_app_id,
                identifier=identifier,
                secret_key=self._settings.secret_key,
                now=now,
            )
        except Refusal:
            self._failures.append(now)
            raise
        self._remember(identifier, text, signed)

    def _refuse_if_blocked(self, now: float) -> None:
        # How many failures the service allows is not documented; the minute it then waits is.
        full = len(self._failures) == _WRONG_SIGNATURES_ALLOWED
        if full and now - self._failures[0] < _BLOCKED_FOR_S and now - self._failures[-1] < _BLOCKED_FOR_S:
            raise Refusal(70050, "wrong signatures came too often, wait a minute")

    def _remember(self, identifier: str, text: str, signed: usersig.UserSig) -> None:
        if len(self._decoded) >= _REMEMBERED:
            self._decoded.clear()
            self._verified.clear()
        self._decoded[text] = signed
        self._verified.add((identifier, text))


def _parse(query: bytes) -> dict[str, str]:
    parameters: dict[str, str] = {}
    try:
        for pair in query.decode("ascii").split("&"):
            name, _, value = pair.partition("=")
            if name in parameters:
                raise Refusal(60002, f"the query parameter {name} is given twice")
            parameters[name] = unquote(value, errors="strict") if "%" in value else value
    except UnicodeDecodeError:
        raise Refusal(60002, "the query string cannot be read") from None
    return parameters


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()

"""A sandbox that runs on a port of this machine, as a test sees it: its address, and its control path."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

from pushspec.sandbox.usersig import sign

if TYPE_CHECKING:
    from pushspec.sandbox.faults import Fault

_PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class RemoteSandbox:
    """A running sandbox.

    Attributes:
        base_url: Where clients send to.
        sdk_app_id: The app it stands for.
        identifier: The app's administrator.
        secret_key: The key that UserSigs are signed with.
    """

    base_url: str
    sdk_app_id: int
    identifier: str
    secret_key: str = field(repr=False)

    def query(self) -> dict[str, str]:
        """Return the query parameters of a call, signed now."""
        signature = sign(
            sdk_app_id=self.sdk_app_id,
            identifier=self.identifier,
            secret_key=self.secret_key,
            now=time.time(),
        )
        return {
            "sdkappid": str(self.sdk_app_id),
            "identifier": self.identifier,
            "usersig": signature,
            "random": "1",
            "contenttype": "json",
        }

    def call(self, endpoint: str, body: dict[str, Any]) -> dict[str, Any]:
        """Call the REST interface: ``call("timpush/batch", {...})``."""
        return self._ask("POST", f"/v4/{endpoint}?{urlencode(self.query())}", body)

    def inbox(self, account: str) -> dict[str, Any]:
        """Return all that an account got: ``devices`` with ``notifications``, and ``messages``.

        Raises:
            LookupError: There is no such account.
        """
        return self._ask("GET", f"/sandbox/inbox/{quote(account)}")

    def titles(self, account: str, vendor: str | None = None) -> list[str]:
        """Return the titles that an account's devices show, newest first, as their vendors cut them.

        Args:
            account: Whose devices.
            vendor: Only devices of this vendor: ``apns``, ``oppo``, ``huawei`` and so on.

        Raises:
            LookupError: There is no such account.
        """
        return [
            shown["title"]
            for device in self.inbox(account)["devices"]
            if vendor in {None, device["vendor"]}
            for shown in device["notifications"]
            if shown["state"] != "lost"
        ]

    def calls(self) -> list[dict[str, Any]]:
        """Return the calls it has answered, oldest first."""
        found: list[dict[str, Any]] = self._ask("GET", "/sandbox/calls?limit=500")["calls"]
        return found

    def play(self, *faults: Fault) -> None:
        """Put faults in force instead of those before; without any, all goes well again."""
        self._ask("PUT", "/sandbox/faults", {"faults": [fault.to_json() for fault in faults]})

    def advance(self, seconds: float) -> None:
        """Move its clock forward."""
        self._ask("POST", "/sandbox/clock", {"advance": seconds})

    def lose(self, account: str, reason: str) -> None:
        """Lose pushes to a person from now on.

        Args:
            account: Whose devices.
            reason: ``no_certificate``, ``no_token``, ``bad_registration``, ``unregistered`` or
                ``out_of_reach``; ``none`` makes them reachable again.

        Raises:
            LookupError: There is no such account or reason.
        """
        self._ask("PUT", f"/sandbox/losses/{quote(account)}", {"reason": reason})

    def delay(self, **delays: float) -> None:
        """Make statistics and callbacks late: ``statistics_s``, ``callbacks_s``, ``callback_copies``."""
        self._ask("PUT", "/sandbox/delays", delays)

    def edit_scheduled(self, task: int, **changes: Any) -> None:  # noqa: ANN401 - JSON
        """Change a scheduled push as somebody in the console would: ``SchedAt``, ``Content``."""
        self._ask("PATCH", f"/sandbox/scheduled/{task}", changes)

    def delete_scheduled(self, task: int) -> None:
        """Delete a scheduled push as somebody in the console would."""
        self._ask("DELETE", f"/sandbox/scheduled/{task}")

    def seed(self, count: int, *, seed: int = 1, prefix: str = "crowd") -> int:
        """Add made-up people and return how many were new."""
        added: int = self._ask("POST", "/sandbox/seed", {"count": count, "seed": seed, "prefix": prefix})[
            "added"
        ]
        return added

    def reset(self) -> None:
        """Reset the sandbox to its example accounts."""
        self._ask("POST", "/sandbox/reset", {})

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        # The sandbox is on this machine, so a proxy of the environment must not get the request.
        opener = build_opener(ProxyHandler({}))
        request = Request(  # noqa: S310 - always our own loopback address
            self.base_url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Connection": "close"},
        )
        try:
            with opener.open(request, timeout=_PATIENCE_S) as answer:
                value: dict[str, Any] = json.load(answer)
                return value
        except HTTPError as error:
            with error:
                text = error.read().decode("utf-8", "replace")
            raise LookupError(f"{method} {path.partition('?')[0]}: {error.code} {text}") from None

"""A sandbox for tests: called over ASGI, with a clock that is moved by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio
import httpx

from pushspec.sandbox.usersig import sign

if TYPE_CHECKING:
    from pushspec.sandbox.app import SandboxApp
    from pushspec.sandbox.settings import SandboxSettings

START = 1_800_000_000.0
"""Where the clocks of tests begin: 2027-01-15 08:00:00 UTC."""

Body = dict[str, Any]


def text(words: str = "hi") -> Body:
    """Return a text element of a message."""
    return {"MsgType": "TIMTextElem", "MsgContent": {"Text": words}}


def push(**fields: Any) -> Body:
    """Return a body of timpush/push that is right, changed by ``fields``; ``None`` takes a field away."""
    return _changed({"MsgRandom": 1, "OfflinePushInfo": {"Title": "t", "Desc": "d"}}, fields)


def im_push(**fields: Any) -> Body:
    """Return a body of all_member_push/im_push that is right, changed by ``fields``."""
    return _changed({"MsgRandom": 1, "MsgBody": [text()], "MsgLifeTime": 60}, fields)


def batch(**fields: Any) -> Body:
    """Return a body of timpush/batch that is right, changed by ``fields``."""
    right = {
        "From_Account": "administrator",
        "To_Account": ["rong"],
        "MsgRandom": 1,
        "OfflinePushInfo": {"Title": "t", "Desc": "d"},
    }
    return _changed(right, fields)


def batchsendmsg(**fields: Any) -> Body:
    """Return a body of openim/batchsendmsg that is right, changed by ``fields``."""
    return _changed({"To_Account": ["rong"], "MsgRandom": 1, "MsgBody": [text()]}, fields)


def webpush(**fields: Any) -> Body:
    """Return a body of timpush/webpush that is right, changed by ``fields``."""
    return _changed({"MsgRandom": 1, "WebInfo": {"Title": "t", "Desc": "d"}}, fields)


def webbatch(**fields: Any) -> Body:
    """Return a body of timpush/webbatch that is right, changed by ``fields``."""
    right = {"From_Account": "administrator", "To_Account": ["ada"], "WebInfo": {"Title": "t", "Desc": "d"}}
    return _changed({"MsgRandom": 1, **right}, fields)


def sendmsg(**fields: Any) -> Body:
    """Return a body of openim/sendmsg that is right, changed by ``fields``."""
    return _changed({"To_Account": "rong", "MsgRandom": 1, "MsgBody": [text()]}, fields)


def _changed(right: Body, fields: Body) -> Body:
    return {name: value for name, value in {**right, **fields}.items() if value is not None}


@dataclass(frozen=True)
class Caller:
    """Calls a sandbox that lives in this process."""

    app: SandboxApp
    settings: SandboxSettings

    def query(self, **changes: str | None) -> dict[str, str]:
        """Return the parameters of a call, signed, changed by ``changes``; ``None`` takes one away."""
        signature = sign(
            sdk_app_id=self.settings.sdk_app_id,
            identifier=changes.get("identifier") or "administrator",
            secret_key=self.settings.secret_key,
            now=self.settings.clock.wall(),
        )
        right: dict[str, str | None] = {
            "sdkappid": str(self.settings.sdk_app_id),
            "identifier": "administrator",
            "usersig": signature,
            "random": "7",
            "contenttype": "json",
        }
        return {name: value for name, value in (right | changes).items() if value is not None}

    def request(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        content: bytes | str | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Make one HTTP request."""

        async def go() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, path, params=params, content=content, headers=headers)

        return anyio.run(go)

    def call(self, endpoint: str, body: Body | bytes, **query: str | None) -> Body:
        """Call the REST interface and return its answer."""
        content = body if isinstance(body, bytes) else json.dumps(body)
        answer = self.request("POST", f"/v4/{endpoint}", params=self.query(**query), content=content)
        assert answer.status_code == 200
        found: Body = answer.json()
        return found

    def code(self, endpoint: str, body: Body | bytes, **query: str | None) -> int:
        """Call the REST interface and return the ``ErrorCode``."""
        answer = self.call(endpoint, body, **query)
        assert (answer["ActionStatus"] == "FAIL") == (answer["ErrorCode"] != 0)
        code: int = answer["ErrorCode"]
        return code

    def control(self, method: str, path: str, body: Body | None = None) -> Body:
        """Use the control path."""
        content = None if body is None else json.dumps(body)
        answer = self.request(method, f"/sandbox/{path}", content=content)
        found: Body = answer.json()
        return found

    def wait(self, seconds: float) -> None:
        """Move the clock."""
        self.settings.clock.advance(seconds)

    def send(self, endpoint: str, body: Body) -> str:
        """Send something that goes through, a while after the last; return its TaskId or MsgKey."""
        self.wait(2)
        answer = self.call(endpoint, body)
        assert answer["ErrorCode"] == 0, answer
        name: str = answer.get("TaskId") or answer["MsgKey"]
        return name

    def notifications(self, account: str, device: int = 0) -> list[Body]:
        """Return what a device of an account shows, newest first."""
        found = self.app.sandbox.inbox(account)
        assert found is not None
        shown: list[Body] = found["devices"][device]["notifications"]
        return shown

    def messages(self, account: str) -> list[Body]:
        """Return the chat history of an account, newest first."""
        found = self.app.sandbox.inbox(account)
        assert found is not None
        messages: list[Body] = found["messages"]
        return messages

    def device(self, account: str, place: int = 0) -> Body:
        """Return a device of an account."""
        found = self.app.sandbox.inbox(account)
        assert found is not None
        device: Body = found["devices"][place]
        return device

"""The process that sends one notice: it reads a request as JSON, sends it, and writes what became of it.

It is a process of its own because the library that knows the chats writes addresses into its logs and errors,
and waits as long as it likes: here nobody reads the former, and the parent ends the latter.
"""

from __future__ import annotations

import json
import logging
import sys
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pushspec.language import packed, phrase

_ANSWER_BYTES = 65_536
_CODES = ("errcode", "code", "StatusCode")
"""Where chats that answer 200 say that they refused: DingTalk and WeCom first, Feishu in the others."""
_WEBHOOK_S = 4.0
_WHY = 1_000


def main() -> None:
    """Send the notice that standard input describes, and say on standard output what became of it."""
    logging.disable(logging.CRITICAL)
    request = json.load(sys.stdin)
    try:
        outcome = deliver(request["url"], request["title"], request["text"], request["event"])
    except Exception as error:  # noqa: BLE001 - told by its type alone: its text may hold the secret address
        outcome = {
            "kind": kind_of(request["url"]),
            "why": phrase("it failed ({kind})", kind=type(error).__name__),
        }
    json.dump({"kind": outcome["kind"], "why": packed(outcome["why"], _WHY)}, sys.stdout)


def deliver(url: str, title: str, text: str, event: dict[str, Any]) -> dict[str, str]:
    """Send a notice, and return the target's kind and why it was not taken; empty where it was."""
    kind = kind_of(url)
    if kind == "webhook":
        return {"kind": kind, "why": _post(url, event)}
    try:
        import apprise
    except ImportError:
        return {"kind": kind, "why": phrase('it needs an extra: pip install "pushspec[notify]"')}
    target = apprise.Apprise.instantiate(_native(url), suppress_exceptions=True)
    if target is None:
        return {"kind": kind, "why": phrase("its address is none that Apprise knows")}
    answers = _recorded()
    is_taken = bool(target.notify(body=text, title=title, body_format="text"))
    whys = [why for status, body in answers if (why := refusal_of(status, body))]
    if whys or is_taken:
        return {"kind": kind, "why": whys[0] if whys else ""}
    return {"kind": kind, "why": phrase("no connection, or its address is not complete")}


def kind_of(url: str) -> str:
    """Return what kind of target an address is, in a word that says nothing else of it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "unknown"
    hosts = {
        "open.feishu.cn": "feishu",
        "open.larksuite.com": "feishu",
        "oapi.dingtalk.com": "dingtalk",
        "qyapi.weixin.qq.com": "wecom",
        "hooks.slack.com": "slack",
    }
    if parts.scheme not in {"http", "https"}:
        known = {"wecombot": "wecom", "workflows": "teams", "workflow": "teams", "msteams": "teams"}
        return known.get(parts.scheme, parts.scheme if parts.scheme.isalnum() else "unknown")
    host = parts.hostname or ""
    is_teams = host.endswith((".logic.azure.com", ".powerplatform.com", ".webhook.office.com"))
    return hosts.get(host, "teams" if is_teams else "webhook")


def _native(url: str) -> str:
    """Return an address in the form of the library, of chats whose own form it does not read."""
    parts = urlsplit(url)
    if parts.hostname in {"open.feishu.cn", "open.larksuite.com"}:
        return f"feishu://{parts.path.rpartition('/')[2]}"
    if parts.hostname == "oapi.dingtalk.com":
        return f"dingtalk://{parse_qs(parts.query).get('access_token', [''])[0]}"
    return url


def _recorded() -> list[tuple[int, bytes]]:
    """Remember from now on what targets answer; the library itself believes a status of 200 alone."""
    import requests

    answers: list[tuple[int, bytes]] = []
    send = requests.Session.send

    def recorded(
        self: requests.Session, request: requests.PreparedRequest, **how: object
    ) -> requests.Response:
        response = send(self, request, **{**how, "allow_redirects": False})
        answers.append((response.status_code, response.content[:_ANSWER_BYTES]))
        return response

    requests.Session.send = recorded  # type: ignore[method-assign] # this process sends one notice and ends
    return answers


def refusal_of(status: int, body: bytes) -> str:
    """Return why a target refused, by its status and its own code; empty where it did not."""
    if not 200 <= status < 300:
        return phrase("it answered HTTP {status}", status=status)
    try:
        said = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(said, dict):
        return ""
    code = next((said[name] for name in _CODES if isinstance(said.get(name), int) and said[name]), None)
    if code is not None:
        return phrase("it answered HTTP {status}, code {code}", status=status, code=code)
    return phrase("it answered HTTP {status}, not ok", status=status) if said.get("ok") is False else ""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        del args, kwargs


def _post(url: str, event: dict[str, Any]) -> str:
    """Post an event to a webhook, without proxy and redirect, and return why it was not taken."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "pushspec"}
    request = urllib.request.Request(url, json.dumps(event).encode(), headers, method="POST")  # noqa: S310 - http or https, as kind_of says
    try:
        with opener.open(request, timeout=_WEBHOOK_S) as answer:
            return refusal_of(answer.status, answer.read(_ANSWER_BYTES))
    except urllib.error.HTTPError as error:
        return refusal_of(error.code, b"")
    except TimeoutError:  # connecting in vain is an error of the opener's own
        return phrase("no answer within {seconds:.0f} s", seconds=_WEBHOOK_S)
    except OSError:
        return phrase("no connection")


if __name__ == "__main__":
    main()

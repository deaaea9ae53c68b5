"""The control path: what a test or the page asks the sandbox itself, under ``/sandbox/``.

Only pages of the sandbox's own address may use it: a web page that a developer happens to have open must not
be able to reset a sandbox or read its inbox.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from pushspec.sandbox.answers import Refusal
from pushspec.sandbox.faults import Fault, FaultKind
from pushspec.sandbox.service import NO_SUCH_PATH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from pushspec.sandbox.sandbox import Sandbox

_LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "::1", "sandbox", "testserver"})
_MAX_LISTED = 500
_LISTED = 60
_BETWEEN_EVENTS_S = 0.15


def create_control(sandbox: Sandbox) -> ASGIApp:
    """Return the control path and the page of a sandbox as an ASGI app."""
    from pushspec.sandbox.page import page_routes

    control = Control(sandbox)
    routes = [
        Route("/sandbox/state", control.state),
        Route("/sandbox/accounts", control.accounts),
        Route("/sandbox/most", control.most),
        Route("/sandbox/inbox/{account:path}", control.inbox),
        Route("/sandbox/groups/{vendor}", control.group),
        Route("/sandbox/calls", control.calls),
        Route("/sandbox/campaigns", control.campaigns),
        Route("/sandbox/clock", control.clock, methods=["GET", "POST"]),
        Route("/sandbox/faults", control.faults, methods=["GET", "PUT"]),
        Route("/sandbox/delays", control.delays, methods=["GET", "PUT"]),
        Route("/sandbox/losses/{account:path}", control.loss, methods=["PUT"]),
        Route("/sandbox/scheduled", control.scheduled),
        Route("/sandbox/scheduled/{task:int}", control.change_scheduled, methods=["PATCH", "DELETE"]),
        Route("/sandbox/devices/{device:int}", control.device, methods=["PATCH"]),
        Route("/sandbox/devices/{device:int}/open", control.open_app, methods=["POST"]),
        Route("/sandbox/notifications/{delivery:int}/click", control.click, methods=["POST"]),
        Route("/sandbox/seed", control.seed, methods=["POST"]),
        Route("/sandbox/reset", control.reset, methods=["POST"]),
        Route("/sandbox/events", control.events),
        *page_routes(),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(OwnPagesOnly)],
        exception_handlers={ValueError: _wrong, KeyError: _wrong, Refusal: _wrong, HTTPException: _refused},
    )


class OwnPagesOnly:
    """Turns away requests that a foreign web page makes, and names that are not of this machine."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        headers = dict(scope.get("headers", ()))
        host, origin = (
            headers.get(b"host", b"").decode("latin-1"),
            headers.get(b"origin", b"").decode("latin-1"),
        )
        foreign = bool(origin) and urlsplit(origin).netloc != host
        if foreign or urlsplit(f"//{host}").hostname not in _LOCAL_NAMES:
            response = JSONResponse({"error": "only the sandbox's own page may do this"}, status_code=403)
            await response(scope, receive, send)
        else:
            await self._app(scope, receive, send)


class Control:
    """Answers the control path."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._state = sandbox.state

    async def state(self, request: Request) -> JSONResponse:
        """Return app, clock, gauges, pushes, groups and faults."""
        del request
        self._sandbox.tick(accounts=_MAX_LISTED)
        return JSONResponse(self._sandbox.snapshot())

    async def accounts(self, request: Request) -> JSONResponse:
        """Return accounts by part of their name (``search``)."""
        return JSONResponse(
            {"accounts": self._state.overview.people(request.query_params.get("search", ""), _limit(request))}
        )

    async def most(self, request: Request) -> JSONResponse:
        """Return the account that got most, on which the page opens; empty where nobody got anything."""
        del request
        return JSONResponse({"account": self._state.overview.got_most()})

    async def inbox(self, request: Request) -> JSONResponse:
        """Return what an account got."""
        found = self._sandbox.inbox(request.path_params["account"], limit=_limit(request))
        return _missing("account") if found is None else JSONResponse({"format_version": 1, **found})

    async def group(self, request: Request) -> JSONResponse:
        """Return what the devices of one vendor show."""
        vendor = request.path_params["vendor"]
        names = self._state.overview.accounts_with(vendor, _limit(request))
        inboxes = [self._sandbox.inbox(name, limit=_limit(request)) for name in names]
        devices = [
            {**device, "account": found["account"], "nick": found["nick"]}
            for found in inboxes
            if found is not None
            for device in found["devices"]
            if device["vendor"] == vendor
        ]
        return JSONResponse({"vendor": vendor, "devices": devices})

    async def calls(self, request: Request) -> JSONResponse:
        """Return the calls after a number (``after``), each with the meaning of its code."""
        after = int(request.query_params.get("after", "0"))
        found = self._state.calls.since(after, _limit(request))
        return JSONResponse({"calls": [{**call, **_meaning(call)} for call in found]})

    async def campaigns(self, request: Request) -> JSONResponse:
        """Return the campaigns of the project that is served, or why they cannot be planned."""
        del request
        read = self._state.settings.campaigns
        if read is None:
            return JSONResponse({"campaigns": [], "problem": "", "problem_zh": ""})
        try:
            rows = await asyncio.to_thread(read)
        except ValueError as error:
            english, chinese = map(str, (error.args[0], error.args[-1]))
            return JSONResponse({"campaigns": [], "problem": english, "problem_zh": chinese})
        return JSONResponse({"campaigns": rows, "problem": "", "problem_zh": ""})

    async def clock(self, request: Request) -> JSONResponse:
        """Return the time; move it with ``{"advance": seconds}``, or change its ``speed``."""
        clock = self._state.settings.clock
        if request.method == "POST":
            wanted = await _json(request)
            if "speed" in wanted:
                clock.run_at(float(wanted["speed"]))
            if "advance" in wanted:
                clock.advance(float(wanted["advance"]))
            self._sandbox.tick()
            self._sandbox.changes.ring()
        return JSONResponse({"now": clock.now(), "speed": clock.speed})

    async def faults(self, request: Request) -> JSONResponse:
        """Return the rules in force, or put others in force."""
        faults = self._sandbox.service.faults
        if request.method == "PUT":
            wanted = await _json(request)
            faults.replace(tuple(Fault.from_json(rule) for rule in wanted["faults"]))
            self._sandbox.changes.ring()
        return JSONResponse({"faults": [rule.to_json() for rule in faults.rules], "kinds": list(FaultKind)})

    async def delays(self, request: Request) -> JSONResponse:
        """Return how late statistics and callbacks are, or change it."""
        delays = self._state.settings.delays
        if request.method == "PUT":
            delays.change(await _json(request))
        return JSONResponse(asdict(delays))

    async def loss(self, request: Request) -> JSONResponse:
        """Lose pushes to a person for a reason (``{"reason": "no_token"}``), from now on."""
        name = request.path_params["account"]
        found = self._state.accounts.find([name])
        if name not in found:
            return _missing("account")
        now = self._state.settings.clock.now()
        self._state.devices.lose(found[name], str((await _json(request)).get("reason")), now)
        return self._changed()

    async def scheduled(self, request: Request) -> JSONResponse:
        """Return the scheduled pushes that wait."""
        del request
        return JSONResponse({"scheduled": self._sandbox.snapshot()["scheduled"]})

    async def change_scheduled(self, request: Request) -> JSONResponse:
        """Edit (``SchedAt``, ``Content``) or delete a scheduled push, as somebody in the console would."""
        number = request.path_params["task"]
        changes = await _json(request) if request.method == "PATCH" else None
        self._sandbox.edit_in_console(number, changes)
        return self._changed()

    async def device(self, request: Request) -> JSONResponse:
        """Change a device: its status, language and so on."""
        known = self._sandbox.change_device(request.path_params["device"], await _json(request))
        return self._changed() if known else _missing("device")

    async def open_app(self, request: Request) -> JSONResponse:
        """Open the app on a device: everything is read."""
        self._state.devices.open_app(request.path_params["device"])
        return self._changed()

    async def click(self, request: Request) -> JSONResponse:
        """Tap a notification."""
        if not self._sandbox.click(request.path_params["delivery"]):
            return _missing("notification to tap")
        return self._changed()

    async def seed(self, request: Request) -> JSONResponse:
        """Add generated people: ``{"count": 1000, "seed": 1, "prefix": "crowd"}``."""
        wanted = await _json(request)
        added = self._sandbox.seed(
            int(wanted.get("count", _LISTED)),
            seed=int(wanted.get("seed", 1)),
            prefix=str(wanted.get("prefix", "crowd")),
        )
        self._sandbox.changes.ring()
        return JSONResponse({"added": added})

    async def reset(self, request: Request) -> JSONResponse:
        """Reset the sandbox to its example accounts."""
        del request
        self._sandbox.reset()
        return self._changed()

    async def events(self, request: Request) -> StreamingResponse:
        """Stream server-sent events: one whenever there is something new to see."""
        del request
        return StreamingResponse(
            self._stream(), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )

    async def _stream(self) -> AsyncIterator[str]:
        async for changed in self._sandbox.changes.listen():
            if changed:
                yield f"event: changed\ndata: {json.dumps(self._state.overview.marks())}\n\n"
                await asyncio.sleep(_BETWEEN_EVENTS_S)
            else:
                yield ": still here\n\n"

    def _changed(self) -> JSONResponse:
        self._sandbox.changes.ring()
        return JSONResponse({"done": True})


def _limit(request: Request) -> int:
    return min(max(1, int(request.query_params.get("limit", _LISTED))), _MAX_LISTED)


def _meaning(call: dict[str, Any]) -> dict[str, Any]:
    from pushspec.sandbox.endpoints.sends import SENDS
    from pushspec.tencent.codes import meaning_of

    found = meaning_of(call["code"], call["path"]) if call["code"] else None
    if found is None:
        return {"meaning": "", "meaning_zh": "", "advice": "", "advice_zh": ""}
    # The advice is about pushes: whoever raised a version for a refused recall would send again.
    is_send = call["path"] in SENDS
    return {
        "meaning": found.meaning,
        "meaning_zh": found.zh,
        "advice": found.advised.advice if is_send else "",
        "advice_zh": found.advised.zh_advice if is_send else "",
        "source": found.source,
    }


async def _json(request: Request) -> dict[str, Any]:
    value = await request.json()
    if not isinstance(value, dict):
        raise ValueError("the body is not a JSON object")  # noqa: TRY004 - answered as 400 with its text
    return value


def _missing(what: str) -> JSONResponse:
    return JSONResponse({"error": f"no such {what}"}, status_code=404)


def _refused(request: Request, error: Exception) -> JSONResponse:
    """Answer an unknown path or method as the service does, in JSON."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    info = f"there is no {request.method} {request.url.path}"
    return JSONResponse({**Refusal(NO_SUCH_PATH, info).body, "error": info}, status_code=status)


def _wrong(request: Request, error: Exception) -> JSONResponse:
    del request
    return JSONResponse({"error": str(error)}, status_code=400)

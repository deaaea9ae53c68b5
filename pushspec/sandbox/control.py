"""The control path: what a test or the page asks the sandbox itself, under ``/sandbox/``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from pushspec.sandbox.app import SandboxApp


def create_control(app: SandboxApp) -> ASGIApp:
    """Return the control path of a sandbox as an ASGI app."""
    control = Control(app)
    return Starlette(
        routes=[
            Route("/sandbox/inbox/{account}", control.inbox),
        ]
    )


class Control:
    """Answers the control path."""

    def __init__(self, app: SandboxApp) -> None:
        self._app = app

    async def inbox(self, request: Request) -> JSONResponse:
        """Return what an account got."""
        found = self._app.inbox(request.path_params["account"])
        return _missing("account") if found is None else JSONResponse(found)


def _missing(what: str) -> JSONResponse:
    return JSONResponse({"error": f"no such {what}"}, status_code=404)

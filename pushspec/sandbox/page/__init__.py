"""The page: one document, a few modules and styles, all from this folder; nothing comes from elsewhere."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
# Pushes hold text and URLs of strangers: the page may load nothing but itself, and run nothing inline.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def page_routes() -> list[Route]:
    """Return the routes of the page."""
    return [Route("/", _index), Route("/page/{name}", _file)]


async def _index(request: Request) -> Response:
    del request
    return _answer("index.html")


async def _file(request: Request) -> Response:
    return _answer(request.path_params["name"])


def _answer(name: str) -> Response:
    suffix = name[name.rfind(".") :]
    found = files(__name__).joinpath(name) if "/" not in name and suffix in _TYPES else None
    if found is None or not found.is_file():
        return Response("no such file", status_code=404, media_type="text/plain")
    return Response(found.read_bytes(), media_type=_TYPES[suffix], headers=_HEADERS)

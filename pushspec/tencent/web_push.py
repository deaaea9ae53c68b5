"""What a browser push shows: each field under the name people write and the name the service reads.

Sources: https://trtc.io/zh/document/80440 (everyone, tags) and https://trtc.io/zh/document/80441 (accounts).
"""

from __future__ import annotations

from pydantic import ConfigDict, TypeAdapter

from pushspec.serialization import Json
from pushspec.tencent.model import JsonText, WireModel, wire


class Web(WireModel):
    """``WebInfo``: what the browser's notification shows, and where a click leads."""

    title: str | None = wire("Title")
    desc: str | None = wire("Desc")
    ext: JsonText | None = wire("Ext", "Data for the page, best as a mapping.")
    url: str | None = wire("URL", "The page that a click opens.")


WEB: TypeAdapter[Web] = TypeAdapter(Web)
"""Validates a campaign's ``web``."""

PAGE_MESSAGE: TypeAdapter[dict[str, Json]] = TypeAdapter(
    dict[str, Json], config=ConfigDict(strict=True, defer_build=True)
)
"""Validates the ``message`` of a browser push; the pages call it an object and name no field of it."""

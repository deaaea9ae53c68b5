"""How people read an instant, everywhere: ``2026-11-02 10:00 +08:00``; machines read RFC 3339."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def instant_text(instant: datetime, *, seconds: bool = False) -> str:
    """Return an instant in the zone that it carries, such as the one that an author wrote.

    Args:
        instant: Aware.
        seconds: Show them.

    Returns:
        Date, time and offset; ``UTC`` instead of an offset of zero.
    """
    offset = instant.strftime("%z")
    zone = f"{offset[:3]}:{offset[3:5]}" if instant.utcoffset() != timedelta(0) else "UTC"
    return f"{instant:%Y-%m-%d %H:%M}{f':{instant:%S}' if seconds else ''} {zone}"


def local_text(instant: datetime, *, seconds: bool = False) -> str:
    """Return an instant that a machine wrote down, in the time zone of this one, as ``instant_text`` does."""
    return instant_text(instant.astimezone(), seconds=seconds)

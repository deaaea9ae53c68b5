"""An audience as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.text import counted

if TYPE_CHECKING:
    from pushspec.spec.campaign import Audience


def audience_text(audience: Audience, *, account_count: int = 0) -> str:
    """Return an audience as one reads it aloud: ``tags any [A, B]``, ``3 accounts``, ``everyone``."""
    if audience.tags is not None:
        tags = audience.tags
        lists = (("any", tags.any), ("all", tags.all), ("not", tags.not_))
        return "tags " + " ".join(
            f"{name} [{', '.join(given)}]" for name, given in lists if given is not None
        )
    if audience.attributes is not None:
        attributes = audience.attributes
        pairs = (("any", attributes.any), ("all", attributes.all))
        return "attributes " + " ".join(
            f"{name} [{', '.join(f'{key}={value}' for key, value in given.items())}]"
            for name, given in pairs
            if given is not None
        )
    if audience.everyone:
        return "everyone"
    origin = f" from {audience.file}" if audience.file is not None else ""
    return f"{counted(account_count, 'account')}{origin}"

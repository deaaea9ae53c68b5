"""What an error code of the service means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.errors import UsageError
from pushspec.language import phrase
from pushspec.tencent.codes import known_codes, meanings_of

if TYPE_CHECKING:
    from pushspec.tencent.codes import Code

__all__ = ["explain_code", "known_codes"]


def explain_code(code: int) -> tuple[Code, ...]:
    """Return what a code means, one entry for each endpoint that means something else by it.

    Raises:
        UsageError: The vendor's pages do not know it.
    """
    found = meanings_of(code)
    if not found:
        near = min(known_codes(), key=lambda known: abs(known - code))
        raise UsageError(
            phrase("the vendor's documentation does not list {code}", code=code),
            hint=phrase("the nearest known code is {near}", near=near),
        )
    return found

"""What the service can be asked for besides sending; a plan names it without loading what asks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that the service can be asked for.

    Attributes:
        path: Where, without ``v4/``.
        limit: Name of the limit on its calls; operations with the same limit share its pace.
        source: The vendor's page.
    """

    path: str
    limit: str
    source: str

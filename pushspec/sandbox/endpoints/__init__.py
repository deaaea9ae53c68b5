"""What each endpoint does once access has been checked, one module a family, and the table of them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.sandbox.endpoints import sends

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushspec.sandbox.answers import Body
    from pushspec.sandbox.state import State

_NOT_ADMIN_PUSH, _NOT_ADMIN_REST = 90009, 60010


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path of the REST interface.

    Attributes:
        answer: Does the work: the app, the path without ``v4/``, the caller, the raw body.
        calls_per_second: Its own limit; ``None`` where another kind of limit binds it.
        not_admin_code: What it says to a caller who is no administrator.
    """

    answer: Callable[[State, str, str, bytes], Body]
    calls_per_second: int | None = None
    not_admin_code: int = _NOT_ADMIN_PUSH


ENDPOINTS: dict[str, Endpoint] = {name: Endpoint(sends.send) for name in sends.SENDS}
"""Every path without ``v4/``."""

"""What somebody said yes to, held against the plan that would be sent."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pushspec.errors import RefusedError, UsageError
from pushspec.paths import open_plain
from pushspec.plan.build import SHORT_DIGEST
from pushspec.plan.saved import MAX_BYTES, SavedPlan, read_saved_plan, require_match

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pushspec.plan.build import Plan

_LEAST_DIGITS = 8


def require_approved(approval: str | SavedPlan, plan: Plan) -> None:
    """Refuse a plan that is not the approved one.

    Args:
        approval: The whole digest of the plan that was approved, or that plan as it was saved.
        plan: What would be sent now.

    Raises:
        RefusedError: It is another plan.
    """
    if isinstance(approval, SavedPlan):
        require_match(approval, plan)
    elif approval.lower() != plan.digest:
        raise _is_another(approval, plan)


def confirmed_digest(typed: str, plan: Plan) -> str:
    """Return the whole digest of a plan that somebody confirmed by its first digits.

    Raises:
        RefusedError: It is another plan, or the digits are too few to tell.
    """
    if len(typed) < _LEAST_DIGITS or not plan.digest.startswith(typed.lower()):
        raise _is_another(typed, plan)
    return plan.digest


def load_saved_plan(path: Path, *, now: datetime) -> SavedPlan:
    """Read the file that ``plan -o`` wrote.

    Raises:
        UsageError: The file cannot be read.
        RefusedError: It is no plan, was edited, or is too old.
    """
    try:
        with os.fdopen(open_plain(path), "rb") as file:
            data = file.read(MAX_BYTES)
    except OSError as error:
        raise UsageError(f"the saved plan {path} cannot be read: {error.strerror}") from None
    return read_saved_plan(data, now=now)


def _is_another(approved: str, plan: Plan) -> RefusedError:
    return RefusedError(
        f"the plan has digest {plan.short_digest}, not {approved[:SHORT_DIGEST].lower()}, which was approved",
        hint="look at `pushspec plan` and confirm what it shows now",
    )

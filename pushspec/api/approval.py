"""Compare the plan that would be sent with the one that was approved."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pushspec.errors import RefusedError, UsageError
from pushspec.language import phrase
from pushspec.paths import open_plain
from pushspec.plan.build import SHORT_DIGEST
from pushspec.plan.saved import SavedPlan, read_saved_plan, require_match, saved_plan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pushspec.plan.build import Plan

__all__ = [
    "LEAST_DIGITS",
    "confirmed_digest",
    "given_approval",
    "least_digits",
    "load_saved_plan",
    "require_approved",
    "saved_plan",
    "saved_plan_among",
]

LEAST_DIGITS = 32
"""Of a digest that is typed where nobody looks at the plan: fewer can be met by trying."""
_MAX_BYTES = 16 * 1024 * 1024
_LEAST_DIGITS_SEEN = SHORT_DIGEST
"""Of a digest that is typed on a terminal, which shows the plan."""


class Confirmable(Protocol):
    """What somebody confirms by its digest: a plan, a recall, a try."""

    @property
    def digest(self) -> str:
        """The whole digest, in hex."""


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


def given_approval(plan: Plan, *, saved: SavedPlan | None, is_signed: bool) -> str | SavedPlan | None:
    """Return what approves a plan before anybody is asked; None where a person has to confirm it.

    Args:
        plan: What would be sent now.
        saved: The plan as it was saved, where somebody applies that.
        is_signed: The approvals in the commit are confirmation enough.

    Raises:
        RefusedError: It is another plan than the saved one, or a campaign leaves that nobody had to approve.
    """
    if saved is not None:
        require_match(saved, plan)
        return saved
    if is_signed:
        _require_signed(plan)
        return plan.digest
    return None


def least_digits(*, is_seen: bool) -> int:
    """Return how many digits of a digest confirm it; fewer where a person sees what has that digest."""
    return _LEAST_DIGITS_SEEN if is_seen else LEAST_DIGITS


def confirmed_digest(typed: str, plan: Confirmable, *, is_seen: bool = False) -> str:
    """Return the whole digest of a plan that somebody confirmed by its first digits.

    Args:
        typed: The digits.
        plan: What would be sent now.
        is_seen: A person sees the plan on a terminal, so that fewer digits tell it from others.

    Raises:
        RefusedError: It is another plan, or the digits are too few to tell.
    """
    if not plan.digest.startswith(typed.lower()):
        raise _is_another(typed, plan)
    least = least_digits(is_seen=is_seen)
    if len(typed) < least:
        raise RefusedError(
            phrase(
                "{typed} digits of the digest do not confirm it: at least {least} do",
                typed=len(typed),
                least=least,
            ),
            hint=phrase("use: --confirm {digest}", digest=plan.digest[:least]),
        )
    return plan.digest


def _require_signed(plan: Plan) -> None:
    """Refuse a plan with a campaign that would leave although no rule asked anybody to approve it.

    Campaigns that lack an approval are blocked and do not leave anyway.

    Raises:
        RefusedError: It names them.
    """
    unasked = [
        campaign.key
        for campaign in plan.due
        if campaign.approvals is None or not campaign.approvals.needed or not campaign.approvals.is_enough
    ]
    if unasked:
        raise RefusedError(
            phrase("no rule asks anybody to approve {unasked}", unasked=", ".join(unasked)),
            hint=phrase("add a rule to approvals in pushspec.yaml, or confirm the plan"),
        )


def saved_plan_among(names: Sequence[str], *, now: datetime) -> SavedPlan | None:
    """Return the saved plan that somebody names in place of campaigns; None where they name campaigns.

    Raises:
        UsageError: It stands beside other names, or cannot be read.
        RefusedError: It is no plan, was edited, or is too old.
    """
    if not any(name.endswith(".json") for name in names):
        return None
    if len(names) > 1:
        raise UsageError(
            phrase("a saved plan cannot be combined with other names"),
            hint=phrase("the plan names its campaigns"),
        )
    return load_saved_plan(Path(names[0]), now=now)


def load_saved_plan(path: Path, *, now: datetime) -> SavedPlan:
    """Read the file that ``plan -o`` wrote.

    Raises:
        UsageError: The file cannot be read.
        RefusedError: It is no plan, was edited, or is too old.
    """
    try:
        with os.fdopen(open_plain(path), "rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(
            phrase("cannot read the saved plan {path}: {strerror}", path=path, strerror=error.strerror)
        ) from None
    if len(data) > _MAX_BYTES:
        message = phrase("the file has more than {most} bytes, the most that is read", most=_MAX_BYTES)
        raise RefusedError(message, hint=phrase("make it with `plan -o`"))
    return read_saved_plan(data, now=now)


def _is_another(approved: str, plan: Confirmable) -> RefusedError:
    now, then = plan.digest[:SHORT_DIGEST], approved[:SHORT_DIGEST].lower()
    return RefusedError(
        phrase("the digest is {now}, not {then}, which was approved", now=now, then=then),
        hint=phrase("look at it again and confirm the digest that is shown now"),
    )

"""What the policy says is missing: how many, of whom, and what does not count."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from pushspec.approvals.count import Approval, Approvals
from pushspec.plan.policies.approvals import approval_rules, approvals, missing_text
from pushspec.views.plan_wording import approval_text

if TYPE_CHECKING:
    from pushspec.plan.policies.context import PolicyContext

PEOPLE = ("ada@acme.com", "lin@acme.com", "mia@acme.com", "zoe@acme.com", "yan@acme.com")


def found(people: int, needed: int, missing: int, refused: int = 0, **more: Any) -> Approvals:
    refusals = tuple(Approval(f"{n}@acme.com", counts=False, why=f"why {n}") for n in range(refused))
    good = Approval("good@acme.com", counts=True)
    return Approvals((good, *refusals), people, needed, PEOPLE[:missing], **more)


@pytest.mark.parametrize(
    ("approvals", "says"),
    [
        (found(1, 3, 1), "1 of 3 approved; 2 more of ada@acme.com"),
        (found(0, 1, 3), "0 of 1 approved; 1 more of ada@acme.com, lin@acme.com, mia@acme.com"),
        (found(0, 1, 4), "0 of 1 approved; 1 more of ada@acme.com, lin@acme.com, mia@acme.com, 1 other"),
        (found(0, 1, 5), "0 of 1 approved; 1 more of ada@acme.com, lin@acme.com, mia@acme.com, 2 others"),
        (found(0, 2, 0), "0 of 2 approved; nobody else may approve"),
        (
            found(0, 1, 1, refused=2),
            "0 of 1 approved; 1 more of ada@acme.com; "
            + "; ".join(f"{n}@acme.com does not count: why {n}" for n in range(2)),
        ),
        (found(0, 1, 1, why="no signers file", hint="add one"), "no signers file: add one"),
        (found(0, 1, 1, why="no signers file"), "no signers file"),
    ],
)
def test_what_is_missing_is_told_in_one_line(approvals: Approvals, says: str) -> None:
    """Who reads it knows whom to ask, and why a signature that is there did not help."""
    assert missing_text(approvals) == says


def test_three_refused_signatures_are_told_and_no_more() -> None:
    """Anybody who may push can add a hundred."""
    told = missing_text(found(0, 1, 1, refused=4))

    assert "2@acme.com does not count" in told
    assert "3@acme.com" not in told


def told(approvals_found: Approvals | None) -> tuple[list[str], list[str]]:
    context = cast("PolicyContext", SimpleNamespace(approvals=approvals_found))
    return [it.message for it in approvals(context)], [it.message for it in approval_rules(context)]


@pytest.mark.parametrize(
    ("approvals_found", "blocking", "warned"),
    [
        (None, [], []),
        (found(2, 2, 0), [], []),
        (found(3, 2, 0, warnings=("line 2 does not count",)), [], ["line 2 does not count"]),
        (found(2, 2, 0, why="shallow clone"), ["shallow clone"], []),
        (found(1, 2, 1), ["1 of 2 approved; 1 more of ada@acme.com"], []),
    ],
)
def test_too_few_approvals_block_and_warnings_warn(
    approvals_found: Approvals | None, blocking: list[str], warned: list[str]
) -> None:
    """As many as asked for are enough, unless nobody's can count; a project without a rule hears nothing."""
    assert told(approvals_found) == (blocking, warned)


def test_a_plan_says_more_once() -> None:
    """Three of those who could still approve are named, and the others counted."""
    assert approval_text(found(0, 1, 5)).endswith(
        "; 1 more of ada@acme.com, lin@acme.com, mia@acme.com, 2 others"
    )
    assert approval_text(found(0, 1, 2)).endswith("; 1 more of ada@acme.com, lin@acme.com")

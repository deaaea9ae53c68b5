"""What the doctor makes of numbers."""

from __future__ import annotations

import pytest

from pushspec.operate.doctor import Finding, Health, is_well, quota_finding
from pushspec.plan.quota import QuotaImpact


@pytest.mark.parametrize(
    ("used", "health"),
    [(0, Health.OK), (79, Health.OK), (80, Health.WARNING), (99, Health.WARNING), (100, Health.WRONG)],
)
def test_a_day_is_judged_before_it_is_used_up(used: int, health: Health) -> None:
    """The warning comes while there is something left to plan with."""
    quota = QuotaImpact(used=used, planned=0, limit=100, included=100)

    assert quota_finding(quota, room="later").health is health


@pytest.mark.parametrize(
    ("healths", "expected"),
    [
        ([Health.OK, Health.WARNING, Health.NOT_CHECKED], True),
        ([Health.OK, Health.WRONG, Health.OK], False),
    ],
)
def test_one_wrong_finding_is_enough(healths: list[Health], *, expected: bool) -> None:
    """The exit code comes from the lines that are shown."""
    assert is_well(Finding("x", health, "x") for health in healths) is expected

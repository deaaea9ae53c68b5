"""What a plan says that it costs: calls beyond the edition, and the time that the service takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from workbench import COUNTED_PROJECT

from pushspec.plan.quota import QuotaImpact

if TYPE_CHECKING:
    from workbench import Project

MESSAGE = "[{text: Hi}]"


@pytest.mark.parametrize(
    ("used", "planned", "paid"), [(99, 1, 0), (99, 2, 1), (100, 9, 5), (105, 5, 5), (0, 200, 5)]
)
def test_nobody_pays_for_calls_that_the_day_does_not_allow(used: int, planned: int, paid: int) -> None:
    """What goes beyond the day's limit is not sent, and so costs nothing."""
    impact = QuotaImpact(used=used, planned=planned, limit=105, included=100)

    assert impact.paid_calls == paid
    assert impact.price == (
        f"{paid} beyond the included 100, 10 USD (20 CNY in China) a day each" if paid else "no extra cost"
    )


@pytest.mark.parametrize(
    ("keys", "seconds"),
    [
        ({"message": MESSAGE}, 6_000),
        ({"message": MESSAGE, "delivery": "{history: false}"}, None),
        ({}, None),
        ({"endpoint": "all_member_push/im_push", "notification": "", "message": MESSAGE}, None),
    ],
    ids=["stored", "for those online only", "no message", "im_push"],
)
def test_only_what_is_stored_takes_the_service_hours(
    folder: Project, keys: dict[str, str], seconds: float | None
) -> None:
    """200 users a second: a plan that promises an hour too much or too little is not believed again."""
    folder.add(**keys)

    assert folder.campaign().fan_out_s == seconds


def test_without_a_population_nobody_knows_how_long_it_takes(folder: Project) -> None:
    """A guess would be read as a promise."""
    folder.write({"pushspec.yaml": COUNTED_PROJECT.replace(", population: 1200000", "")})
    folder.add(message=MESSAGE)

    assert folder.campaign().fan_out_s is None

"""Rules on a task at the service: which campaigns it can hold, and what nobody could hold it to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.tencent.task_bodies import SCHEDULABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.problems import Problem
    from pushspec.spec.rules.context import Rule, RuleContext


def task_endpoint(context: RuleContext) -> Iterator[Problem]:
    """The service holds tasks of two endpoints; the vendor's pages name no others."""
    schedule = context.campaign.schedule
    if schedule is None or schedule.at is None or context.endpoint.name in SCHEDULABLE:
        return
    yield context.problem(
        ("schedule", "by"),
        "schedule-by-service",
        phrase(
            "the service keeps no task for {name}: no page of the vendor offers one",
            name=context.endpoint.name,
        ),
        phrase(
            "use {schedulable}, or not_before and an apply that runs then",
            schedulable=" or ".join(SCHEDULABLE),
        ),
        key=True,
    )


def task_rollout(context: RuleContext) -> Iterator[Problem]:
    """The service sends a task whole: no gate of pushspec is asked then."""
    schedule = context.campaign.schedule
    if schedule is None or schedule.at is None or not context.campaign.rollout:
        return
    yield context.problem(
        ("rollout",),
        "schedule-by-service",
        phrase("the service sends a task whole at its time, and no gate between stages is asked then"),
        phrase("leave out rollout, or schedule it with not_before"),
        key=True,
    )


def task_pace(context: RuleContext) -> Iterator[Problem]:
    """The service sends all tasks of a campaign at once, whatever pace the project keeps for itself."""
    schedule, pace = context.campaign.schedule, context.limits.users_per_second
    if schedule is None or schedule.at is None or pace is None or not context.endpoint.to_accounts:
        return
    yield context.problem(
        ("schedule", "by"),
        "schedule-by-service",
        phrase(
            "the service sends all accounts at once, and the project's pace is {pace:,} users a second",
            pace=pace,
        ),
        phrase("use not_before and an apply that runs then, or take pace from the environment"),
        key=True,
    )


RULES: tuple[Rule, ...] = (task_endpoint, task_rollout, task_pace)

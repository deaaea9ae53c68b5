"""Check campaigns beyond the shape of their files: one function per rule, one module per subject.

To add a rule, write a function that takes a :class:`~pushspec.spec.rules.context.RuleContext` and yields
problems, put it into its module's ``RULES``, and add its name to ``docs/rules.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.spec.rules import (
    audience,
    conditions,
    envelope,
    local,
    message,
    notification,
    recall,
    rollout,
    schedule,
    shares,
    web,
    xiaomi,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.problems import Problem
    from pushspec.spec.rules.context import RuleContext

RULES = (
    *envelope.RULES,
    *audience.RULES,
    *conditions.RULES,
    *shares.RULES,
    *notification.RULES,
    *message.RULES,
    *recall.RULES,
    *web.RULES,
    *xiaomi.RULES,
    *rollout.RULES,
    *schedule.RULES,
    *local.RULES,
)


def check(context: RuleContext) -> Iterator[Problem]:
    """Yield every problem that the rules find."""
    for rule in RULES:
        yield from rule(context)

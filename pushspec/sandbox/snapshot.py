"""Everything the page shows at a glance: app, clock, gauges, pushes under way, groups, faults."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pushspec.sandbox.endpoints.sends import PUSHES, quota_used
from pushspec.sandbox.settings import PUBLIC_SECRET_KEY

if TYPE_CHECKING:
    from pushspec.sandbox.faults import Faults
    from pushspec.sandbox.state import State
    from pushspec.sandbox.store.scheduled import Scheduled

_PUSHES_LISTED = 100


def snapshot(state: State, faults: Faults) -> dict[str, Any]:
    """Return the state of a sandbox as JSON; the key only where everyone may know it."""
    settings, now = state.settings, state.settings.clock.now()
    population = state.overview.population()
    return {
        "app": {
            "sdk_app_id": settings.sdk_app_id,
            "identifier": settings.admins[0],
            "secret_key": PUBLIC_SECRET_KEY if settings.secret_key == PUBLIC_SECRET_KEY else "",
            "accounts": population["accounts"],
            "project": settings.project,
        },
        "clock": {"now": now, "speed": settings.clock.speed},
        "gauges": _gauges(state, now),
        "pushes": state.overview.tasks(_PUSHES_LISTED),
        "scheduled": [_scheduled(task) for task in state.scheduled.pending_and_failed()],
        "groups": population["groups"],
        "faults": [rule.to_json() for rule in faults.rules],
        "callbacks": {
            "url": settings.callback_url,
            "newest": [
                {"command": each.command, "events": each.events, "result": each.result}
                for each in state.callbacks.posted
            ],
        },
        "marks": state.overview.marks(),
    }


def _gauges(state: State, now: float) -> list[dict[str, Any]]:
    limits = state.settings.limits
    last = state.tasks.last_start(PUSHES)
    wait_s = 0.0 if last is None else max(0.0, limits.push_interval_s.value - (now - last))
    gauges = [
        {
            "name": "pushes a day",
            "used": quota_used(state, now),
            "limit": limits.push_calls_per_day.value,
            "wait_s": wait_s,
        }
    ]
    for endpoint, rows in state.rates.usage(now).items():
        if endpoint in {"timpush/batch", "openim/batchsendmsg"}:
            gauges += [
                {"name": f"{endpoint} {words}", "used": used, "limit": limit, "wait_s": 0.0}
                for words, (used, limit) in rows.items()
            ]
    return gauges


def _scheduled(task: Scheduled) -> dict[str, Any]:
    return {
        "task_id": task.id,
        "type": task.type,
        "due_at": task.due_at,
        "title": task.title,
        "desc": task.desc,
        "condition": json.dumps(task.content["Condition"]) if "Condition" in task.content else "",
        "accounts": len(task.content.get("To_Account", ())),
        "error": task.error,
    }

"""Reports over time: what still moves, what the service has forgotten, and what callbacks say beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pushspec.api.project import load_project
from pushspec.api.report import CallbackCounts, CampaignReport, ReportOptions, make_report
from pushspec.clock import utc_now
from pushspec.web.sqlite import SqliteCallbackStore
from pushspec.web.store import Post

if TYPE_CHECKING:
    from collections.abc import Callable

    import anyio

    from cli.kit import PushService, Received, ServedProject

    CampaignText = Callable[..., str]

COUNTS, LOSSES = (f"/v4/timpush/all_member_push_{name}" for name in ("statistics", "loss"))
HOUR = timedelta(hours=1)


@dataclass
class QuickClock:
    """A clock on which waiting takes no time: it is set forward instead."""

    ahead: timedelta = timedelta()
    waited_s: float = 0
    begun: datetime = field(default_factory=utc_now)

    def now(self) -> datetime:
        return self.begun + self.ahead + timedelta(seconds=self.waited_s)

    def monotonic(self) -> float:
        return self.waited_s

    async def wait(self, event: anyio.Event, seconds: float) -> bool:
        self.waited_s += seconds
        return event.is_set()


@pytest.fixture
def sent(project: ServedProject, campaign: CampaignText) -> ServedProject:
    """Send ``hello@1`` to two people."""
    listed = campaign(endpoint="timpush/batch", audience="{accounts: [a, b]}", **{"from": "x"})
    project.write({"campaigns/hello.yaml": listed})
    project.apply().assert_ok()
    return project


def report(project: ServedProject, clock: QuickClock, **options: Any) -> CampaignReport:
    """Return the report of ``hello``."""
    made = make_report(
        load_project(project.root),
        ReportOptions(names=("hello",), **options),
        clock=clock,
        environ={"PUSH_SECRET": "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"},
    )
    return made.campaigns[0]


def telling(reached: Callable[[], int]) -> Callable[[Received], dict[str, Any] | int]:
    """Return a service that counts so many of two people as reached, and none as lost."""

    def answer(request: Received) -> dict[str, Any] | int:
        tasks = request.body.get("TaskID", [])
        if request.path == COUNTS:
            counts = {"TotalCount": 2, "SentCount": 2, "DeliveredCount": reached(), "ClickCount": 0}
            return {"Results": [{"TaskID": task, **counts} for task in tasks]}
        losses: dict[str, Any] = {"ReadyToSendLoss": [], "PostSendDeliveredLoss": []}
        return {"Results": [{"TaskID": task, **losses} for task in tasks]}

    return answer


def asked(push_service: PushService) -> list[str]:
    return [request.path for request in push_service.asked if request.path in {COUNTS, LOSSES}]


def test_a_report_that_waits_looks_until_nothing_moves(
    sent: ServedProject, push_service: PushService
) -> None:
    """The job after a merge posts the numbers once they are complete."""
    reached = iter([0, 1, 2])
    push_service.answer = telling(lambda: next(reached))

    found = report(sent, clock := QuickClock(), wait_s=1800)

    assert (found.summary.counts.reached, found.summary.is_settled) == (2, True)
    assert clock.waited_s < 120


def test_a_report_waits_no_longer_than_it_was_told(sent: ServedProject, push_service: PushService) -> None:
    """Some numbers never become complete, and a pipeline has an end."""
    push_service.answer = telling(lambda: 1)

    found = report(sent, clock := QuickClock(), wait_s=300)

    assert found.summary.is_settled is False
    assert 300 <= clock.waited_s < 320


def test_numbers_that_stay_for_an_hour_are_complete(sent: ServedProject, push_service: PushService) -> None:
    """The vendor names no time after which counts stop moving."""
    push_service.answer = telling(lambda: 1)

    settled = [
        report(sent, QuickClock(ahead)).summary.is_settled for ahead in (0 * HOUR, 0.5 * HOUR, 1.1 * HOUR)
    ]

    assert settled == [False, False, True]


@pytest.mark.parametrize(
    ("days", "paths"),
    [
        (6.99, [COUNTS, LOSSES]),
        (7.01, [COUNTS]),
        (29.99, [COUNTS]),
        (30.01, []),
    ],
)
def test_nothing_is_asked_beyond_the_services_ranges(
    sent: ServedProject, push_service: PushService, days: float, paths: list[str]
) -> None:
    """It refuses longer ones; what is out of reach is named."""
    push_service.answer = telling(lambda: 1)
    push_service.asked.clear()

    found = report(sent, QuickClock(timedelta(days=days)))

    assert asked(push_service) == paths
    for request in push_service.asked:
        span = request.body["EndTime"] - request.body["StartTime"]
        assert 0 < span <= (30 if request.path == COUNTS else 7) * 86_400
    is_forgotten = any("has forgotten" in words for words in found.not_told)
    assert is_forgotten is (days > 30)


def test_losses_that_were_recorded_stay_beside_newer_counts(
    sent: ServedProject, push_service: PushService
) -> None:
    """Losses reach back 7 days only; the counts of the tenth day must not take them away."""
    answer = telling(lambda: 1)
    item = {"ErrCode": "410", "ErrCount": 1, "ErrInfo": "unregistered device"}

    def with_a_loss(request: Received) -> dict[str, Any] | int:
        told = answer(request)
        if request.path == LOSSES and isinstance(told, dict):
            told["Results"][0]["PostSendDeliveredLoss"] = [item]
        return told

    push_service.answer = with_a_loss
    report(sent, QuickClock())
    push_service.answer = telling(lambda: 2)

    counts = report(sent, QuickClock(timedelta(days=10))).summary.counts

    assert (counts.reached, counts.lost) == (2, 1)


def post(*events: dict[str, Any]) -> Post:
    return Post(7.5, "ab" * 32, json.dumps({"Events": list(events)}).encode())


def event(account: str, stage: int, task: str = "task-1") -> dict[str, Any]:
    return {
        "CallbackCommand": "Push.AllMemberPush",
        "EventType": 1,
        "TaskId": task,
        "To_Account": account,
        "PushStage": stage,
        "PushPlatform": 3,
        "EventTime": 5,
        "TaskTime": 4,
    }


def test_statistics_win_over_callbacks_and_both_are_shown(
    sent: ServedProject, push_service: PushService
) -> None:
    """Callbacks may be missing, so they say "at least" and stand beside the counts."""
    sent.configure("callbacks: {token: {env: TOKEN}}")
    with SqliteCallbackStore(sent.root / ".pushspec" / "callbacks.db") as store:
        store.append([post(event("a", 3), event("a", 1), event("a", 1)), post(event("b", 1, "other"))])
    push_service.answer = telling(lambda: 2)

    found = report(sent, QuickClock())

    assert found.summary.counts.reached == 2
    assert found.summary.callbacks == CallbackCounts(sent=1, reached=1, opened=1)
    said = sent.run("report", "hello", "--recorded").assert_ok().out
    assert "callbacks say at least: sent 1, reached 1, opened 1" in said


def test_a_project_without_callbacks_gets_no_store(sent: ServedProject, push_service: PushService) -> None:
    """A report looks; it makes nothing beside the numbers."""
    sent.configure("callbacks: {token: {env: TOKEN}}")
    push_service.answer = telling(lambda: 2)

    report(sent, QuickClock())

    assert not (sent.root / ".pushspec").exists()

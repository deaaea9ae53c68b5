"""How many questions a look takes: at most what the tasks need, and few of a service that knows none."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from simulation.loop import START, VirtualClock, run_virtually

from pushspec.operate.report_asking import Look, Task, look, questions
from pushspec.tencent.exchange import Exchange, Gate
from pushspec.tencent.limits import Limits
from pushspec.tencent.operations.asking import Asker

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Service:
    """Answers a question about some tasks, and remembers which they were."""

    answer: Callable[[list[str]], dict[str, Any] | None]
    clock: VirtualClock = field(default_factory=VirtualClock)
    asked: list[list[str]] = field(default_factory=list)

    async def send(self, path: str, payload: bytes, gate: Gate) -> Exchange:
        """Take a request through its gate, as a sender does."""
        del path
        gate.pass_through()
        tasks = json.loads(payload)["TaskID"]
        self.asked.append(tasks)
        told = self.answer(tasks)
        now = self.clock.now()
        if told is None:
            return Exchange("timeout", "no complete answer within 6 s", gate.left_at, now)
        plain = {"ActionStatus": "FAIL" if told.get("ErrorCode") else "OK", "ErrorCode": 0, "ErrorInfo": ""}
        return Exchange("answered", "", gate.left_at, now, status=200, body=json.dumps(plain | told).encode())


def looked(service: Service, count: int) -> Look:
    """Look at so many tasks in virtual time."""
    tasks = [Task(f"k{number}", f"t{number}", START - timedelta(hours=1)) for number in range(count)]

    async def main() -> Look:
        asker = Asker(service, limits=Limits(), clock=service.clock)
        return await look(asker, tasks, limits=Limits(), now=service.clock.now)

    return run_virtually(main)


def test_a_look_takes_as_many_questions_as_it_said() -> None:
    """Counts and losses of 100 tasks: 40 questions, at one a second."""
    service = Service(lambda _: {"Results": []})
    tasks = [Task(f"k{number}", f"t{number}", START - timedelta(hours=1)) for number in range(100)]

    looked(service, 100)

    assert len(service.asked) == questions(tasks, limits=Limits(), now=START) == 40


@pytest.mark.parametrize(
    ("answer", "most"), [(lambda _: None, 4), (lambda _: {"ErrorCode": 90049}, 2 * (10 + 2))]
)
def test_a_service_that_knows_no_task_is_not_asked_about_thousands(
    answer: Callable[[list[str]], dict[str, Any] | None], most: int
) -> None:
    """20,000 questions are five hours, and the answer would be the same."""
    service = Service(answer)

    found = looked(service, 5_000)

    assert len(service.asked) <= most
    assert found.told == {}
    assert found.failures


def test_one_task_that_is_refused_takes_none_of_the_others_away() -> None:
    """It is asked about alone, and so are the four beside it."""
    service = Service(
        lambda tasks: (
            {"ErrorCode": 90049}
            if "t7" in tasks
            else {"Results": [{"TaskID": task, "SentCount": 1} for task in tasks]}
        )
    )

    found = looked(service, 20)

    assert set(found.told) == {f"k{number}" for number in range(20)} - {"k7"}

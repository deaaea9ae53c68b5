"""Comparing many people: how far it is, and that only differences are kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import anyio
import pytest
from simulation.loop import VirtualClock, run_virtually

from pushspec.errors import NoAnswerError, OperationRefusedError
from pushspec.problems import Location
from pushspec.reconcile.people_service import PeopleService
from pushspec.spec.people import DeclaredPerson
from pushspec.tencent.exchange import Exchange, Gate
from pushspec.tencent.limits import Limits
from pushspec.tencent.operations.asking import Asker

if TYPE_CHECKING:
    from pushspec.reconcile.people import PeoplePlan

PEOPLE = tuple(
    DeclaredPerson(
        f"p{number:05}", ("vip",), {}, frozenset(), prune=False, location=Location("people/a.yaml")
    )
    for number in range(10_000)
)
LATENCY_S = 2.0


class Service:
    """Everybody but one has the tag; it stops answering after so many calls."""

    def __init__(
        self, clock: VirtualClock, answers: int = 1_000, refusals: int = 0, code: int = 60007
    ) -> None:
        self._clock = clock
        self._answers = answers
        self._refusals = refusals
        self._code = code
        self.asked = 0

    async def send(self, path: str, payload: bytes, gate: Gate) -> Exchange:
        assert path == "/v4/timpush/get_tag"
        self.asked += 1
        is_refused = self.asked <= self._refusals
        gate.pass_through()
        accounts = json.loads(payload)["To_Account"]
        await anyio.sleep(LATENCY_S)
        told = [{"To_Account": it, "Tags": ["vip"] if it != "p00007" else []} for it in accounts]
        good = {"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "", "UserTags": told}
        if is_refused:
            good |= {"ActionStatus": "FAIL", "ErrorCode": self._code}
        is_well = self.asked <= self._answers
        status, body = (200, json.dumps(good).encode()) if is_well else (502, b"")
        return Exchange("answered", "", gate.left_at, self._clock.now(), status, body)


def compare(
    answers: int = 1_000, *, refusals: int = 0, code: int = 60007
) -> tuple[PeoplePlan | None, Service, list[str]]:
    """Compare in virtual time; return the plan, the service, and what was said meanwhile."""
    clock = VirtualClock()
    service, said = Service(clock, answers, refusals, code), list[str]()

    async def main() -> PeoplePlan | None:
        asker = Asker(service, limits=Limits(), clock=clock)
        people = PeopleService(asker, limits=Limits(), clock=clock, telling=said.append)
        try:
            return await people.compare(PEOPLE, (), count=len(PEOPLE), environment="prod", app_id=1)
        except (NoAnswerError, OperationRefusedError):
            return None

    return run_virtually(main), service, said


def test_progress_says_how_fast_it_goes_and_how_long_the_rest_takes() -> None:
    """Sixteen calls of a hundred people at once, two seconds each."""
    plan, service, said = compare()

    assert plan is not None
    assert service.asked == 100
    assert (plan.unchanged, [change.account for change in plan.changes]) == (9_999, ["p00007"])
    assert said == [
        "compared 3,300 of 10,000 people, 550 a second, 12 s left",
        "compared 8,100 of 10,000 people, 675 a second, 3 s left",
    ]


def test_an_answer_that_is_none_ends_it_soon() -> None:
    """What was begun ends, and nothing new begins."""
    plan, service, _ = compare(answers=20)

    assert plan is None
    assert service.asked <= 20 + 16


@pytest.mark.parametrize("code", [60007, 60018])
def test_a_service_that_is_too_busy_is_asked_again(code: int) -> None:
    """A hundred calls a second may meet those of another process; the comparison does not begin anew."""
    plan, service, _ = compare(refusals=10, code=code)

    assert plan is not None
    assert plan.unchanged == 9_999
    assert service.asked == 110


@pytest.mark.parametrize(("code", "most"), [(60007, 16 * 4), (90018, 16)])
def test_a_refusal_that_stays_ends_it(code: int, most: int) -> None:
    """Four times each where waiting may help, and once where it cannot."""
    plan, service, _ = compare(refusals=1_000_000, code=code)

    assert plan is None
    assert service.asked <= most

"""What one run leaves in the lockfile and tells whoever started it, in full."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from simulation.calls import accounts, campaign_calls
from simulation.loop import START, at_once
from simulation.service import fail, ok
from simulation.world import World, in_world, said

from pushspec.apply.engine import apply_calls
from pushspec.apply.result import RunResult, Stop
from pushspec.apply.run import Provenance, RunOptions, RunSetup
from pushspec.errors import LockError, RefusedError
from pushspec.lockfile.records import Conflict
from pushspec.tencent.endpoints import ENDPOINTS, EndpointName
from pushspec.tencent.limits import Limits
from pushspec.tencent.pacing import MOST_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Sequence


def all_said(world: World, kind: str) -> list[dict[str, Any]]:
    """Return what the records of a kind say besides what all records say."""
    return [said(record) for record in world.records() if record.record == kind]


def test_the_lock_says_who_took_it_for_which_plan() -> None:
    """A colleague who is kept out knows whom to ask."""

    async def story(world: World) -> None:
        await world.apply(campaign_calls())

    (opening,) = all_said(in_world(story), "open")
    assert (opening["holder"], opening["plan_digest"]) == ("ada@build-7", "d" * 64)


def test_what_is_frozen_before_the_first_call_is_all_of_the_campaign() -> None:
    """A later plan is compared with it, and a person reads there what went out, from where, by whom."""
    campaign = campaign_calls(
        "vip", version=3, endpoint=EndpointName.BATCH, parts=[accounts(2)], not_before=START, not_after=START
    )

    async def story(world: World) -> None:
        await apply_calls(
            lambda _state: [campaign],
            RunSetup(
                journal=world.journal(),
                sender=world.sender,
                clock=world.clock,
                options=world.options,
                provenance=Provenance(
                    "ada", "d", commit="c0ffee", actor="ada", run_url="https://ci.example/7"
                ),
                reporter=world.notes,
                in_thread=at_once,
            ),
            anyio.Event(),
        )

    (begin,) = all_said(in_world(story), "begin")
    assert begin == {
        "campaign": "vip@3",
        "name": "vip",
        "version": 3,
        "digest": campaign.digest,
        "endpoint": "timpush/batch",
        "audience": campaign.audience,
        "contents": {key: dict(content) for key, content in campaign.contents.items()},
        "accounts": 2,
        "accounts_sha256": campaign.accounts_sha256,
        "calls": 1,
        "spec": "campaigns/vip.yaml",
        "spec_sha256": "0" * 64,
        "not_before": "2026-11-21T02:00:00.000000Z",
        "not_after": "2026-11-21T02:00:00.000000Z",
        "approved_by": None,
        "statement_sha256": None,
        "reviewed_by": None,
        "salt": None,
        "shares": None,
        "list_sha256": None,
        "lists": None,
        "parts": None,
        "texts": None,
        "contents_sha256": None,
        "recall": None,
        "hours": None,
        "zone_data": None,
        "location": "singapore",
        "commit": "c0ffee",
        "actor": "ada",
        "run_url": "https://ci.example/7",
    }


def test_a_run_tells_and_records_what_became_of_each_call() -> None:
    """The numbers of the screen, of the lockfile and of the exit code are the same."""
    errors = [{"To_Account": name, "ErrorCode": 70107} for name in ("user00000", "user00001")]
    campaign = campaign_calls(endpoint=EndpointName.BATCH, parts=[accounts(3, first=3 * n) for n in range(4)])
    answers: list[bytes | str] = [ok("timpush/batch", 0, ErrorList=errors), fail(90057), "silent", b""]
    results: list[RunResult] = []

    async def story(world: World) -> None:
        world.sender.script = lambda number, _body: answers[number]
        world.options = RunOptions(Limits(), max_in_doubt=1)
        results.append(await world.apply(campaign))

    world = in_world(story)
    assert results == [
        RunResult(
            stop=Stop.DONE,
            text="",
            sent=2,
            refused=1,
            not_sent=0,
            in_doubt=1,
            left=0,
            refused_accounts=2,
            doubts=("hello@1#3",),
            conflicts=(),
            error=None,
        )
    ]
    assert all_said(world, "close") == [
        {"why": "done", "sent": 2, "refused": 1, "not_sent": 0, "in_doubt": 1}
    ]
    assert all_said(world, "end") == []


def test_the_end_of_a_campaign_has_its_totals_once() -> None:
    """Refused accounts of a call that was refused as a whole count too; a second run adds nothing."""
    errors = [{"To_Account": name, "ErrorCode": 70107} for name in ("user00000", "user00001")]
    campaign = campaign_calls(endpoint=EndpointName.BATCH, parts=[accounts(3, first=3 * n) for n in range(3)])
    answers = [ok("timpush/batch", 0, ErrorList=errors), fail(90057), b""]

    async def story(world: World) -> None:
        world.sender.script = lambda number, _body: answers[number]
        await world.apply(campaign)
        again = await world.apply(campaign)
        assert (again.left, again.refused_accounts) == (0, 0)

    (end,) = all_said(in_world(story), "end")
    assert end == {"campaign": "hello@1", "sent": 2, "refused": 1, "abandoned": 0, "refused_accounts": 2}


def test_evidence_against_the_record_is_told_by_every_run() -> None:
    """Exit 5 until a person has settled it."""

    async def story(world: World) -> None:
        world.sender.script = lambda _number, _body: fail(90020)
        await world.apply(campaign_calls())
        journal = world.journal()
        journal.take(holder="eve")
        journal.append(Conflict(key="hello@1", by="eve", why="seen"))
        await anyio.sleep(61)
        result = await world.apply(campaign_calls("other"))
        assert (result.exit_code, len(result.conflicts)) == (5, 1)

    in_world(story)


def test_a_run_that_refuses_says_so_when_it_leaves_the_lock() -> None:
    """The log shows that somebody tried, and that nothing was sent."""

    async def story(world: World) -> None:
        def refuse(_state: object) -> Sequence[Any]:
            raise RefusedError("the plan changed")

        with pytest.raises(RefusedError):
            await world.apply(choose=refuse)

    expected = [{"why": "refused", "sent": 0, "refused": 0, "not_sent": 0, "in_doubt": 0}]
    assert all_said(in_world(story), "close") == expected


@pytest.mark.parametrize("text", ["other", "hi"])
def test_only_the_same_bytes_to_the_same_people_in_the_same_parts_go_on(text: str) -> None:
    """A list that was cut in other places could reach somebody twice."""
    parts = [accounts(4)] if text == "hi" else [accounts(2), accounts(2, first=2)]

    async def story(world: World) -> None:
        world.sender.script = lambda _number, _body: "silent"
        await world.apply(
            campaign_calls(endpoint=EndpointName.BATCH, parts=[accounts(2), accounts(2, first=2)])
        )
        with pytest.raises(RefusedError, match="hello@1 was started"):
            await world.apply(campaign_calls(text=text, endpoint=EndpointName.BATCH, parts=parts))

    in_world(story)


def test_a_lock_that_cannot_be_left_is_told_with_its_cause() -> None:
    """Everything was sent; the next run waits for the lease, and whoever waits should know why."""

    async def story(world: World) -> None:
        def refuse(_first: int, lines: Sequence[bytes]) -> None:
            if b'"close"' in lines[0]:
                raise LockError("disk full")

        world.memory.before_append = refuse
        result = await world.apply(campaign_calls())
        assert (result.stop, result.sent, result.exit_code) == (Stop.LOCK, 1, 8)
        assert result.text == "the lock could not be released: disk full"
        assert isinstance(result.error, LockError)

    in_world(story)


def test_a_call_is_tried_four_times_with_growing_pauses() -> None:
    """Two, four and eight seconds, each shown with its end; then the service counts as out of reach."""

    async def story(world: World) -> None:
        world.sender.script = lambda _number, _body: "unreachable"
        result = await world.apply(campaign_calls())
        assert (result.stop, result.text) == (Stop.NO_CONNECTION, "hello@1: connect_failed")

    world = in_world(story)
    assert world.notes.called == [f"hello@1!{number}" for number in (1, 2, 3, 4)]
    times = [record.at for record in world.records() if record.record == "intent"]
    pauses = [round((later - earlier).total_seconds()) for earlier, later in pairwise(times)]
    assert pauses == [2, 4, 8]
    ends = [until for until, why in world.notes.waits if why == "hello@1: connect_failed"]
    assert [round((end - time).total_seconds()) for end, time in zip(ends, times, strict=False)] == [2, 4, 8]


def test_the_lease_is_renewed_every_twenty_seconds() -> None:
    """A lease of a minute survives two renewals that fail."""

    async def story(world: World) -> None:
        world.sender.latency_s = 65
        await world.apply(campaign_calls())

    renewals = [record.at for record in in_world(story).records() if record.record == "renew"]
    assert [(at - START).total_seconds() for at in renewals] == [20, 40, 60]


def test_calls_of_a_list_leave_at_the_same_time_as_far_as_the_rate_allows() -> None:
    """A list of a million accounts would take days one call after the other."""
    campaign = campaign_calls(
        endpoint=EndpointName.BATCHSENDMSG, parts=[accounts(1, first=number) for number in range(10)]
    )

    async def story(world: World) -> None:
        world.sender.latency_s = 5
        await world.apply(campaign)

    assert {arrival.at_s for arrival in in_world(story).sender.arrivals} == {0.01}


def _refused(_number: int, body: dict[str, Any]) -> bytes:
    """Answer that the request was taken, and that none of its people exists."""
    found = [{"To_Account": account, "ErrorCode": 70107} for account in body["To_Account"]]
    return ok("openim/timpush", 0, TaskId="task0", ErrorList=found)


@pytest.mark.parametrize("endpoint", [it.name for it in ENDPOINTS.values() if it.to_accounts])
@pytest.mark.parametrize(("people", "calls"), [(20, 1), (19, 2), (1, 20)])
def test_a_list_that_is_refused_stops_before_its_next_part(
    endpoint: EndpointName, people: int, calls: int
) -> None:
    """The rate would let a dozen parts leave before the first answer: up to 6,000 people."""
    parts = [accounts(people, first=people * number) for number in range(40)]

    async def story(world: World) -> None:
        world.sender.latency_s, world.sender.script = 5, _refused
        result = await world.apply(campaign_calls(endpoint=endpoint, parts=parts))
        assert result.mostly_refused == ("hello@1",)

    assert len(in_world(story).sender.arrivals) == calls


def test_small_parts_leave_together_once_enough_of_the_list_is_known() -> None:
    """Where each person gets a text of their own, one call after the other would take days, too."""
    parts = [accounts(1, first=number) for number in range(400)]

    async def story(world: World) -> None:
        world.sender.latency_s = 5
        await world.apply(campaign_calls(endpoint=EndpointName.BATCHSENDMSG, parts=parts))

    arrivals = in_world(story).sender.arrivals
    assert len(arrivals) == 400
    at_once = Counter(round(arrival.at_s) for arrival in arrivals)
    assert list(at_once.values())[:2] == [20, 21]
    assert max(at_once.values()) == MOST_AT_ONCE


def test_a_list_whose_refusals_are_allowed_waits_for_no_answer() -> None:
    """An exception with a reason lifts the policy, and what it costs."""
    parts = [accounts(100, first=100 * number) for number in range(10)]

    async def story(world: World) -> None:
        world.sender.latency_s, world.sender.script = 5, _refused
        await world.apply(campaign_calls(endpoint=EndpointName.BATCHSENDMSG, parts=parts, max_refused=None))

    assert {arrival.at_s for arrival in in_world(story).sender.arrivals} == {0.01}

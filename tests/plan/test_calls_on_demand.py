"""A call is made when it is shown or sent: no plan walks a list of a million accounts for its calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulation.calls import campaign_calls
from simulation.world import World, in_world
from story import Story, sent
from workbench import PROJECT

from pushspec.lockfile.state import LockState
from pushspec.plan import calls
from pushspec.plan.calls import Call
from pushspec.tencent import bodies
from pushspec.tencent.endpoints import EndpointName
from pushspec.views.plan_html import plan_html
from pushspec.views.plan_json import plan_json
from pushspec.views.plan_markdown import plan_markdown
from pushspec.views.plan_text import plan_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench import Project

    from pushspec.plan.build import Plan

NEWS = """\
apiVersion: pushspec/v1
kind: Campaign
name: news
version: 1
endpoint: timpush/batch
from: administrator
audience: {file: people.txt}
notification: {title: News, desc: For many}
"""
ACCOUNTS, CALLS = 2_001, 67


@pytest.fixture
def many(project: Project) -> Project:
    """A project with one campaign of many parts."""
    environment = "sandbox: {sandbox: true, edition: free}"
    return project.write(
        {
            "pushspec.yaml": PROJECT.replace("sandbox: {sandbox: true}", environment),
            "people.txt": "\n".join(f"user{number}" for number in range(ACCOUNTS)),
            "campaigns/news.yaml": NEWS,
        }
    )


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The key of every call that is made from now on."""
    keys: list[str] = []
    initialize = Call.__init__

    def noted(call: Call, *arguments: Any, **fields: Any) -> None:
        initialize(call, *arguments, **fields)
        keys.append(call.key)

    monkeypatch.setattr(Call, "__init__", noted)
    return keys


@pytest.mark.parametrize(
    ("show", "shown"),
    [
        (lambda plan: plan_text(plan, width=120), []),
        (lambda plan: plan_text(plan, width=120, with_bodies=True), ["news@1#1"]),
        (plan_json, ["news@1#1", "news@1#67"]),
        (lambda plan: plan_markdown(plan, limit=60_000), ["news@1#1"]),
        (plan_html, ["news@1#1"]),
    ],
    ids=["text", "bodies", "json", "markdown", "html"],
)
def test_a_plan_makes_the_calls_that_it_shows(
    many: Project, made: list[str], show: Callable[[Plan], str], shown: list[str]
) -> None:
    """Time and memory of a plan do not grow with bodies that nobody sees."""
    plan = many.plan(state=LockState())

    assert made == []
    show(plan)
    assert made == shown


def test_a_campaign_that_was_begun_is_planned_without_calls(many: Project, made: list[str]) -> None:
    """What is left of it, its pace and its parts are known from the cut."""
    (planned,) = many.plan(state=LockState()).campaigns
    begun = Story().begun(planned).tried(planned.sending.call(0), sent("news@1#1"))
    made.clear()

    plan = many.plan(state=begun.state)

    (campaign,) = plan.campaigns
    assert campaign.reason == f"1 of {CALLS} calls are done"
    assert made == []
    assert [call.key for call in campaign.ends_of_remaining()] == ["news@1#2", "news@1#67"]


def test_an_apply_makes_each_call_once(many: Project, made: list[str]) -> None:
    """Its checks before the first record come from the cut, too; a second apply makes none."""
    (campaign,) = many.plan(state=LockState()).campaigns
    sendings = [campaign.sending]

    async def story(world: World) -> None:
        result = await world.apply(choose=lambda _state: sendings)
        assert (result.sent, result.left) == (CALLS, 0)
        assert (await world.apply(choose=lambda _state: sendings)).sent == 0

    world = in_world(story)

    assert sorted(made) == sorted(campaign.sending.table.keys)
    assert len(world.sender.arrivals) == CALLS
    (again,) = many.plan(state=world.state()).campaigns
    assert (again.state, again.progress.remaining) == ("sent", ())


@given(
    st.lists(st.lists(st.text('ab"\\é中', min_size=1, max_size=9), min_size=1, max_size=4), max_size=5),
    st.sampled_from(EndpointName),
)
def test_the_largest_body_is_known_from_the_cut(parts: list[list[str]], endpoint: EndpointName) -> None:
    """Its size is exact: escapes, letters of several bytes, and keys too long for a DataId included."""
    campaign = campaign_calls("b" * 63, version=10**6, endpoint=endpoint, parts=parts)

    assert campaign.largest_body() == max(len(call.body) for call in campaign.calls())


def test_the_largest_body_is_known_without_composing_each(
    many: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bodies whose numbers are as long are as large; composing each took a fifth of a plan."""
    composed: list[int] = []
    measure = bodies.body_bytes

    def counted(*arguments: Any, **fields: Any) -> int:
        composed.append(measure(*arguments, **fields))
        return composed[-1]

    monkeypatch.setattr(calls, "body_bytes", counted)
    many.write({"people.txt": "\n".join(f"user{number:06}" for number in range(ACCOUNTS))})
    (campaign,) = many.plan(state=LockState()).campaigns

    assert campaign.payload_bytes == max(composed) == max(len(call.body) for call in campaign.sending.calls())
    assert len(composed) < CALLS / 4  # a few lengths of keys, numbers and lists


def test_the_size_that_a_plan_tells_is_that_of_its_largest_body(many: Project) -> None:
    """The limit is the service's, and counts the bytes that leave."""
    (campaign,) = many.plan(state=LockState()).campaigns

    assert campaign.payload_bytes == max(len(call.body) for call in campaign.calls())
    assert campaign.sending.account_count == ACCOUNTS

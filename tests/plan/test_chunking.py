"""How lists of accounts become calls: nobody is lost, nobody is asked twice, no call is too large."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from story import Story, sent
from workbench import PROJECT

from pushspec.lockfile.records import End
from pushspec.lockfile.state import LockState
from pushspec.plan.chunking import most_accounts, split_accounts
from pushspec.plan.states import CampaignState
from pushspec.serialization import wire_json
from pushspec.tencent.endpoints import ENDPOINTS, EndpointName
from pushspec.tencent.limits import Edition, limits_for

if TYPE_CHECKING:
    from workbench import Project

    from pushspec.plan.planned import PlannedCampaign
    from pushspec.tencent.endpoints import Endpoint

ACCOUNTS = st.lists(st.text("ab_-7é", min_size=1, max_size=32), unique=True, min_size=1, max_size=120)
BATCH, SEND = ENDPOINTS[EndpointName.BATCH], ENDPOINTS[EndpointName.BATCHSENDMSG]


@given(ACCOUNTS, st.integers(1, 50), st.sampled_from([BATCH, SEND]))
def test_the_parts_are_the_whole_list_in_its_order(
    accounts: list[str], most: int, endpoint: Endpoint
) -> None:
    """A lost account gets no push; an account in two parts gets two."""
    limits = limits_for(Edition.STANDARD, {"accounts_per_call": most})

    parts = split_accounts(accounts, {"a": 1}, endpoint, limits)

    assert [account for start, stop, _ in parts for account in accounts[start:stop]] == accounts
    assert all(0 < stop - start <= most for start, stop, _ in parts)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=8))
def test_the_size_of_a_part_is_that_of_its_list_in_the_body(accounts: list[str]) -> None:
    """A size that is too small lets a call through that the service refuses."""
    parts = split_accounts(accounts, {"a": 1}, BATCH, limits_for(Edition.STANDARD))

    written = json.dumps(accounts, ensure_ascii=False, separators=(",", ":")).encode()
    assert [size for *_, size in parts] == [len(written)]


@given(
    ACCOUNTS,
    st.sampled_from([BATCH, SEND]),
    st.sampled_from(Edition),
    st.integers(1, 700),
    st.integers(1, 50),
)
def test_no_call_is_larger_than_a_period_of_its_rate(
    accounts: list[str], endpoint: Endpoint, edition: Edition, users: int, calls: int
) -> None:
    """A call above the users of one second passes that window all alone, and no waiting mends it."""
    limits = limits_for(
        edition,
        {
            "batch_users_per_second": users,
            "batchsendmsg_messages_per_minute": users,
            "batch_calls_per_second": calls,
        },
    )

    parts = split_accounts(accounts, {"a": 1}, endpoint, limits)

    assert all(0 < stop - start <= users for start, stop, _ in parts)
    assert [account for start, stop, _ in parts for account in accounts[start:stop]] == accounts


@pytest.mark.parametrize(
    ("edition", "most"), [(Edition.FREE, 30), (Edition.STANDARD, 500), (Edition.ADVANCED, 400)]
)
def test_each_edition_has_parts_that_fill_its_seconds(edition: Edition, most: int) -> None:
    """Of 800 users a second, parts of 500 would leave 300 unused."""
    limits = limits_for(edition)
    assert most_accounts(BATCH, limits) == most
    assert limits.batch_users_per_second.value % most == 0
    assert most_accounts(SEND, limits) == 500


def test_a_small_number_of_accounts_a_call_stays_what_the_project_says() -> None:
    """Where the calls are the tighter reading, smaller parts would only make it slower."""
    for most in (1, 2, 3, 7, 100):
        assert most_accounts(BATCH, limits_for(Edition.STANDARD, {"accounts_per_call": most})) == most


@given(ACCOUNTS, st.integers(120, 600))
def test_no_body_of_batchsendmsg_is_larger_than_the_service_takes(accounts: list[str], most: int) -> None:
    """Long ids fill a body before there are 500 of them; the service answers 93000."""
    limits = limits_for(Edition.STANDARD, {"batchsendmsg_body_bytes": most})
    content: dict[str, list[str]] = {"MsgBody": []}

    for start, stop, _ in split_accounts(accounts, content, SEND, limits):
        body = {"To_Account": accounts[start:stop], "MsgRandom": 4_294_967_295, **content}
        assert len(wire_json(body)) <= most


def test_a_content_without_room_for_anybody_is_refused() -> None:
    """An endless split would never end."""
    limits = limits_for(Edition.STANDARD, {"batchsendmsg_body_bytes": 100})

    with pytest.raises(ValueError, match="not even one account"):
        split_accounts(["rong"], {"MsgBody": "x" * 100}, SEND, limits)


SALE = """\
apiVersion: pushspec/v1
kind: Campaign
name: sale
version: 3
endpoint: timpush/batch
from: admin
audience: {file: people.txt}
notification: {title: Hi, desc: There}
"""


def _people(project: Project, count: int, *, edition: str = "standard") -> Project:
    environment = f"sandbox: {{sandbox: true, edition: {edition}}}"
    return project.write(
        {
            "pushspec.yaml": PROJECT.replace("sandbox: {sandbox: true}", environment),
            "people.txt": "\n".join(f"user{number}" for number in range(count)),
            "campaigns/sale.yaml": SALE,
        }
    )


def test_more_than_500_accounts_become_several_calls(project: Project) -> None:
    """The service takes 500 a call."""
    names = [f"user{number}" for number in range(1_201)]

    calls = _people(project, 1_201).plan_json()["campaigns"][0]["calls"]

    assert [call["key"] for call in calls] == ["sale@3#1", "sale@3#2", "sale@3#3"]
    assert [len(call["body"]["To_Account"]) for call in calls] == [500, 500, 201]
    assert [name for call in calls for name in call["body"]["To_Account"]] == names
    assert [call["body"]["DataId"] for call in calls] == [call["key"] for call in calls]


def test_the_free_edition_gets_small_parts_and_the_plan_says_why(project: Project) -> None:
    """Thirty-four calls where one expects three look like a mistake."""
    _people(project, 1_001, edition="free")

    calls = project.plan_json()["campaigns"][0]["calls"]
    text = project.run("plan").assert_ok().out

    assert [len(call["body"]["To_Account"]) for call in calls] == [30] * 33 + [11]
    assert "30 accounts a call at most, for batch_users_per_second is 30" in text
    assert "accounts a call at most" in project.run("plan", "--format", "markdown").out


def test_the_standard_edition_needs_no_explanation(project: Project) -> None:
    """What everybody expects is not explained."""
    assert "a call at most" not in _people(project, 1_001).run("plan").assert_ok().out


def _half_sent(project: Project, *, ended: bool = False) -> LockState:
    """Return the lockfile's state after the first of the parts, or all of them, were sent."""
    (planned,) = project.plan(state=LockState()).campaigns
    story = Story().begun(planned)
    contents = {key: dict(content) for key, content in planned.sending.contents.items()}
    story.records[-1] = story.records[-1].model_copy(update={"contents": contents})
    calls = list(planned.remaining_calls())
    for call in calls if ended else calls[:1]:
        story = story.tried(call, sent(call.key))
    if ended:
        story = story.then(
            End(campaign="sale@3", sent=len(calls), refused=0, abandoned=0, refused_accounts=0)
        )
    return story.state


def _planned(project: Project, state: LockState) -> PlannedCampaign:
    (planned,) = project.plan(state=state).campaigns
    return planned


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("standard", "free", "was split into 3 calls of ≤ 500 accounts; the current limits give 34 of ≤ 30"),
        (
            "standard",
            "advanced",
            "was split into 3 calls of ≤ 500 accounts; the current limits give 3 of ≤ 400",
        ),
        ("free", "standard", "was split into 34 calls of ≤ 30 accounts; the current limits give 3 of ≤ 500"),
    ],
)
def test_a_campaign_begun_with_other_parts_is_refused(
    project: Project, before: str, after: str, words: str
) -> None:
    """Cut anew, its second part would hold people of the first, who have it already."""
    state = _half_sent(_people(project, 1_001, edition=before))

    planned = _planned(_people(project, 1_001, edition=after), state)

    assert planned.state is CampaignState.CHANGED
    assert planned.reason == f"{words}; restore edition, limits and pace to finish it"
    assert not planned.is_open
    assert _planned(_people(project, 1_001, edition=before), state).state is CampaignState.SEND


def test_a_finished_campaign_stays_sent_when_the_edition_changes(project: Project) -> None:
    """An upgrade must not turn every campaign of the past into a changed one."""
    state = _half_sent(_people(project, 1_001), ended=True)

    planned = _planned(_people(project, 1_001, edition="advanced"), state)

    assert planned.state is CampaignState.SENT
    assert list(planned.remaining_calls()) == []
    assert not planned.is_open


def test_other_words_or_people_are_a_change_whatever_the_parts(project: Project) -> None:
    """Only what is the same but for its parts is told to put the edition back."""
    state = _half_sent(_people(project, 1_001), ended=True)

    planned = _planned(_people(project, 1_002, edition="free"), state)

    assert planned.state is CampaignState.CHANGED
    assert "raise version" in planned.reason

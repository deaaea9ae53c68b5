"""How lists of accounts become calls: nobody is lost, nobody is asked twice, no call is too large."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushspec.canonical import wire_json
from pushspec.plan.parts import split_accounts
from pushspec.tencent.endpoints import ENDPOINTS, EndpointName
from pushspec.tencent.limits import Edition, limits_for

if TYPE_CHECKING:
    from workbench import Project

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

    assert [account for start, stop in parts for account in accounts[start:stop]] == accounts
    assert all(0 < stop - start <= most for start, stop in parts)


@given(ACCOUNTS, st.integers(120, 600))
def test_no_body_of_batchsendmsg_is_larger_than_the_service_takes(accounts: list[str], most: int) -> None:
    """Long ids fill a body before there are 500 of them; the service answers 93000."""
    limits = limits_for(Edition.STANDARD, {"batchsendmsg_body_bytes": most})
    content: dict[str, list[str]] = {"MsgBody": []}

    for start, stop in split_accounts(accounts, content, SEND, limits):
        body = {"To_Account": accounts[start:stop], "MsgRandom": 4_294_967_295, **content}
        assert len(wire_json(body)) <= most


def test_a_content_without_room_for_anybody_is_refused() -> None:
    """An endless split would never end."""
    limits = limits_for(Edition.STANDARD, {"batchsendmsg_body_bytes": 100})

    with pytest.raises(ValueError, match="not even one account"):
        split_accounts(["rong"], {"MsgBody": "x" * 100}, SEND, limits)


def test_more_than_500_accounts_become_several_calls(project: Project) -> None:
    """The service takes 500 a call."""
    names = [f"user{number}" for number in range(1_201)]
    project.write(
        {
            "people.txt": "\n".join(names),
            "campaigns/a.yaml": "apiVersion: pushspec/v1\nkind: Campaign\nname: sale\nversion: 3\n"
            "endpoint: timpush/batch\nfrom: admin\naudience: {file: people.txt}\n"
            "notification: {title: Hi, desc: There}\n",
        }
    )

    calls = project.plan_json()["campaigns"][0]["calls"]

    assert [call["key"] for call in calls] == ["sale@3#1", "sale@3#2", "sale@3#3"]
    assert [len(call["body"]["To_Account"]) for call in calls] == [500, 500, 201]
    assert [name for call in calls for name in call["body"]["To_Account"]] == names
    assert [call["body"]["DataId"] for call in calls] == [call["key"] for call in calls]

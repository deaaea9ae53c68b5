"""Every code that the vendor documents for an endpoint of the sandbox can be provoked, and a test does so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pushspec.tencent.codes import known_codes, meanings_of
from sandbox import test_access, test_afterwards, test_people, test_sends
from sandbox.provoked import FAULTS
from sandbox.test_people import ACCOUNT_FAULTS, TAG_FAULTS

if TYPE_CHECKING:
    from sandbox.kit import Caller

AREAS = {
    "timpush/push",
    "all_member_push/im_push",
    "timpush/batch",
    "openim/batchsendmsg",
    "timpush/revoke",
    "withdraw",
    "tags",
    "accounts",
    "scheduled",
}
BY_BODY = {fault.code for fault in FAULTS} | {row[0] for row in (*TAG_FAULTS, *ACCOUNT_FAULTS)}
BY_WHAT_HAPPENED = {
    20022: test_afterwards.test_refused_withdrawals,
    20023: test_afterwards.test_refused_withdrawals,
    90009: test_access.test_only_an_administrator_may_call,
    90024: test_sends.test_pushes_must_be_more_than_a_second_apart,
    90035: test_people.test_a_tag_serves_one_kind_of_account,
    90047: test_sends.test_the_day_has_so_many_pushes,
    90048: test_sends.test_the_code_of_an_unknown_account_can_be_chosen,
    90049: test_afterwards.test_refused_recalls,
    90050: test_afterwards.test_refused_recalls,
    90051: test_afterwards.test_refused_recalls,
    90052: test_afterwards.test_refused_recalls,
    90053: test_afterwards.test_refused_recalls,
    90054: test_afterwards.test_refused_withdrawals,
    90104: test_afterwards.test_wrong_parameters_of_scheduled_pushes,
    90107: test_afterwards.test_a_pending_task_can_be_changed_listed_and_deleted,
    70398: test_people.test_settings_of_the_app_bound_its_accounts,
    70399: test_people.test_a_deleted_account_is_gone_and_stays_away_for_three_months,
    71000: test_people.test_settings_of_the_app_bound_its_accounts,
}
BY_SETTING = {90045: "test_pushes_need_the_push_feature"}
INNER = {90055, 90992, 90994, 90995, 91000}
"""Errors inside the service, which no caller can cause; 93000, the body's size, comes before 90055."""


def documented() -> set[int]:
    """Return the codes that the table has for the sandbox's endpoints."""
    return {code for code in known_codes() if any(row.scope & AREAS for row in meanings_of(code))}


def test_every_documented_code_is_provoked() -> None:
    """A code that the sandbox cannot give is one that users first meet in production."""
    assert documented() - BY_BODY - set(BY_WHAT_HAPPENED) - set(BY_SETTING) == INNER


@pytest.mark.parametrize("code", sorted(INNER))
def test_inner_errors_are_played_on_demand(sandbox: Caller, code: int) -> None:
    """By a fault rule, so that each of them can be rehearsed all the same."""
    sandbox.control("PUT", "faults", {"faults": [{"kind": "error", "code": code}]})

    assert sandbox.code("timpush/push", {"MsgRandom": 1}) == code

"""Tags, attributes and accounts: what the endpoints around the sends do and refuse.

Sources: https://trtc.io/document/67821 (tags), https://trtc.io/document/60563 (attributes),
https://tencentcloud.com/document/product/1047/34954 (accounts).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pushspec.sandbox.seeding import registration_id
from sandbox.kit import batchsendmsg

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.kit import Body, Caller

TOO_LONG = "股" * 17
ADD = {"UserTags": [{"To_Account": "rong", "Tags": ["a", "b"]}]}
VISITOR = registration_id("visitor")


def tags_of(caller: Caller, account: str) -> list[str]:
    """Return an account's tags as the service tells them."""
    (found,) = caller.call("timpush/get_tag", {"To_Account": [account]})["UserTags"]
    tags: list[str] = found["Tags"]
    return tags


@pytest.mark.parametrize(
    ("add", "get", "remove", "clear"),
    [
        ("timpush/add_tag", "timpush/get_tag", "timpush/remove_tag", "timpush/clear_all_tags"),
        (
            "all_member_push/im_add_tag",
            "all_member_push/im_get_tag",
            "all_member_push/im_remove_tag",
            "all_member_push/im_remove_all_tags",
        ),
    ],
)
def test_tags_come_and_go_in_both_generations(
    sandbox: Caller, add: str, get: str, remove: str, clear: str
) -> None:
    """The legacy names differ, and name the clearing call differently."""
    assert sandbox.code(add, {"UserTags": [{"To_Account": "jared", "Tags": ["new", "beta"]}]}) == 0
    assert sandbox.call(get, {"To_Account": ["jared"]})["UserTags"] == [
        {"To_Account": "jared", "Tags": ["beta", "new"]}
    ]

    assert sandbox.code(remove, {"UserTags": [{"To_Account": "jared", "Tags": ["beta"]}]}) == 0
    assert tags_of(sandbox, "jared") == ["new"]

    assert sandbox.code(clear, {"To_Account": ["jared"]}) == 0
    assert tags_of(sandbox, "jared") == []


def test_replace_overwrites_the_whole_set(sandbox: Caller) -> None:
    """The only declarative write of the interface (https://trtc.io/document/67821); up to 100 tags."""
    many = [f"t{n}" for n in range(100)]

    assert (
        sandbox.code("timpush/add_tag", {"Replace": 1, "UserTags": [{"To_Account": "rong", "Tags": many}]})
        == 0
    )

    assert tags_of(sandbox, "rong") == sorted(many)


def test_unknown_accounts_are_listed_by_the_newer_generation(sandbox: Caller) -> None:
    """ActionStatus OK with an ErrorList: the others got their tags."""
    body = {"UserTags": [{"To_Account": name, "Tags": ["x"]} for name in ("ghost", "jared")]}

    answer = sandbox.call("timpush/add_tag", body)

    assert (answer["ActionStatus"], answer["ErrorCode"]) == ("OK", 0)
    assert [(each["To_Account"], each["ErrorCode"]) for each in answer["ErrorList"]] == [("ghost", 70107)]
    assert "x" in tags_of(sandbox, "jared")


def test_the_legacy_generation_has_no_error_list(sandbox: Caller) -> None:
    """So one unknown account, or a RegistrationID, refuses the whole call, and nothing of it stays."""
    body = {"UserTags": [{"To_Account": name, "Tags": ["x"]} for name in ("jared", "ghost")]}

    assert sandbox.code("all_member_push/im_add_tag", body) == 70107
    assert sandbox.code("all_member_push/im_get_tag", {"To_Account": [VISITOR]}) == 70107
    assert "x" not in tags_of(sandbox, "jared")


TAG_FAULTS: list[tuple[int, str, Any]] = [
    (90001, "add_tag", b"{"),
    (90001, "add_tag", {}),
    (90001, "add_tag", {"UserTags": []}),
    (90001, "add_tag", {"UserTags": ["rong"]}),
    (90001, "add_tag", {"UserTags": [{"To_Account": 5, "Tags": ["a"]}]}),
    (90001, "add_tag", {"UserTags": [{"To_Account": "rong", "Tags": "a"}]}),
    (90001, "add_tag", {"UserTags": [{"To_Account": "rong", "Tags": [""]}]}),
    (90001, "add_tag", {**ADD, "Replace": 2}),
    (90018, "add_tag", {"UserTags": [{"To_Account": f"u{n}", "Tags": ["a"]} for n in range(101)]}),
    (90032, "add_tag", {"UserTags": [{"To_Account": "rong", "Tags": [str(n) for n in range(11)]}]}),
    (90034, "add_tag", {"UserTags": [{"To_Account": "rong", "Tags": [TOO_LONG]}]}),
    (90018, "get_tag", {"To_Account": [f"u{n}" for n in range(101)]}),
    (90001, "get_tag", {"To_Account": "rong"}),
    (90018, "clear_all_tags", {"To_Account": [f"u{n}" for n in range(101)]}),
    (90001, "remove_tag", {"UserTags": [{"To_Account": "rong"}]}),
    (90001, "set_attr_name", {"AttrNames": {}}),
    (90033, "set_attr_name", {"AttrNames": {"10": "x"}}),
    (90033, "set_attr_name", {"AttrNames": {"5": TOO_LONG}}),
    (90033, "set_attr_name", {"AttrNames": {"5": "city"}}),
    (90033, "set_attr_name", {"AttrNames": {"5": "x"}, "AttrTypes": {"5": 2}}),
    (90033, "set_attr_name", {"AttrNames": {"1": "city"}, "AttrTypes": {"1": 1}}),
    (90001, "get_attr_name", b""),
    (90001, "get_attr", {}),
    (90018, "get_attr", {"To_Account": [f"u{n}" for n in range(101)]}),
    (90033, "set_attr", {"UserAttrs": [{"To_Account": "rong", "Attrs": {"shoe": "42"}}]}),
    (90033, "set_attr", {"UserAttrs": [{"To_Account": "rong", "Attrs": {"city": TOO_LONG}}]}),
    (90001, "set_attr", {"UserAttrs": [{"To_Account": "rong", "Attrs": ["city"]}]}),
    (90018, "set_attr", {"UserAttrs": [{"To_Account": f"u{n}", "Attrs": {"city": "x"}} for n in range(101)]}),
    (90033, "remove_attr", {"UserAttrs": [{"To_Account": "rong", "Attrs": ["shoe"]}]}),
    (90001, "remove_attr", {"UserAttrs": [{"To_Account": "rong", "Attrs": []}]}),
]


@pytest.mark.parametrize(("code", "name", "body"), TAG_FAULTS)
def test_faults_have_the_codes_of_their_pages(sandbox: Caller, code: int, name: str, body: Any) -> None:
    """90018 too many accounts, 90032 and 90034 tags, 90033 attributes: https://trtc.io/document/60563."""
    assert sandbox.code(f"timpush/{name}", body) == code


def test_a_tag_serves_one_kind_of_account(sandbox: Caller) -> None:
    """90035 for the other kind, account by account (https://trtc.io/document/67821)."""
    body = {"UserTags": [{"To_Account": VISITOR, "Tags": ["vip"]}]}

    answer = sandbox.call("timpush/add_tag", body)

    assert [each["ErrorCode"] for each in answer["ErrorList"]] == [90035]


def test_an_attribute_serves_one_kind_of_account(sandbox: Caller) -> None:
    """AttrTypes says which, and it never changes (https://trtc.io/document/60563)."""
    assert sandbox.code("timpush/set_attr_name", {"AttrNames": {"5": "shop"}, "AttrTypes": {"5": 1}}) == 0
    body = {"UserAttrs": [{"To_Account": name, "Attrs": {"shop": "9"}} for name in ("rong", VISITOR)]}

    answer = sandbox.call("timpush/set_attr", body)

    assert [(each["To_Account"], each["ErrorCode"]) for each in answer["ErrorList"]] == [("rong", 90035)]
    found = sandbox.call("timpush/get_attr", {"To_Account": [VISITOR]})["UserAttrs"]
    assert found == [{"To_Account": VISITOR, "Attrs": {"shop": "9"}}]


def test_a_user_has_at_most_100_tags(sandbox: Caller) -> None:
    """Ten a call, a hundred in all."""
    sandbox.call("im_open_login_svc/account_import", {"UserID": "fresh"})
    for first in range(0, 100, 10):
        tags = [f"t{first + n:02}" for n in range(10)]
        sandbox.call("timpush/add_tag", {"UserTags": [{"To_Account": "fresh", "Tags": tags}]})

    answer = sandbox.call("timpush/add_tag", {"UserTags": [{"To_Account": "fresh", "Tags": ["one more"]}]})

    assert answer["ErrorList"][0]["ErrorCode"] == 90032


def test_attributes_are_named_set_read_and_removed(sandbox: Caller) -> None:
    """The whole life of an attribute, in the legacy generation too."""
    assert sandbox.code("timpush/set_attr_name", {"AttrNames": {"2": "shoe"}}) == 0
    names = sandbox.call("timpush/get_attr_name", {})
    assert names["AttrNames"] == {"0": "会员等级", "1": "city", "2": "shoe"}
    assert names["AttrTypes"] == {"0": 0, "1": 0, "2": 0}
    assert "AttrTypes" not in sandbox.call("all_member_push/im_get_attr_name", {})

    body = {"UserAttrs": [{"To_Account": "rong", "Attrs": {"shoe": "42"}}]}
    assert sandbox.code("all_member_push/im_set_attr", body) == 0
    found = sandbox.call("timpush/get_attr", {"To_Account": ["rong"]})["UserAttrs"][0]["Attrs"]
    assert found == {"会员等级": "超白金会员", "city": "深圳", "shoe": "42"}

    removed = {"UserAttrs": [{"To_Account": "rong", "Attrs": ["shoe", "city"]}]}
    assert sandbox.code("timpush/remove_attr", removed) == 0
    assert sandbox.call("timpush/get_attr", {"To_Account": ["rong"]})["UserAttrs"][0]["Attrs"] == {
        "会员等级": "超白金会员"
    }


def test_two_slots_can_swap_names_in_one_call(sandbox: Caller) -> None:
    """A name may move, as long as no two slots end with the same one."""
    assert sandbox.code("timpush/set_attr_name", {"AttrNames": {"0": "city", "1": "会员等级"}}) == 0

    assert sandbox.call("timpush/get_attr_name", {})["AttrNames"] == {"0": "city", "1": "会员等级"}


def test_imported_accounts_exist(sandbox: Caller) -> None:
    """Importing twice changes nothing but nick and face (https://tencentcloud.com/document/product/1047/34954)."""
    assert sandbox.code("im_open_login_svc/account_import", {"UserID": "new1", "Nick": "N"}) == 0
    answer = sandbox.call("im_open_login_svc/multiaccount_import", {"Accounts": ["new2", "x" * 33]})
    assert answer["FailAccounts"] == ["x" * 33]
    listed = {"AccountList": [{"UserID": "new1", "Nick": "M"}, {"UserID": "new3"}]}
    assert sandbox.call("im_open_login_svc/multiaccount_import", listed)["FailAccounts"] == []

    items = {"CheckItem": [{"UserID": name} for name in ("new1", "new2", "new3", "ghost")]}
    found = sandbox.call("im_open_login_svc/account_check", items)["ResultItem"]

    states = {each["UserID"]: each["AccountStatus"] for each in found}
    assert states == {"new1": "Imported", "new2": "Imported", "new3": "Imported", "ghost": "NotImported"}
    assert sandbox.code("openim/batchsendmsg", batchsendmsg(To_Account=["new3"])) == 0


def test_a_deleted_account_is_gone_and_stays_away_for_three_months(sandbox: Caller) -> None:
    """70107 for an unknown one, 70399 for coming back too early (https://trtc.io/document/34348)."""
    answer = sandbox.call(
        "im_open_login_svc/account_delete", {"DeleteItem": [{"UserID": "rong"}, {"UserID": "ghost"}]}
    )
    assert [each["ResultCode"] for each in answer["ResultItem"]] == [0, 70107]
    assert sandbox.code("openim/batchsendmsg", batchsendmsg()) == 90012
    assert sandbox.app.sandbox.inbox("rong") is None

    assert sandbox.code("im_open_login_svc/account_import", {"UserID": "rong"}) == 70399
    sandbox.wait(90 * 86_400)
    assert sandbox.code("im_open_login_svc/account_import", {"UserID": "rong"}) == 0


def test_settings_of_the_app_bound_its_accounts(sandbox_with: Callable[..., Caller]) -> None:
    """70398 a full app, 71000 deleting switched off (https://trtc.io/document/34348)."""
    caller = sandbox_with(account_quota=10, deletion_enabled=False)

    assert caller.code("im_open_login_svc/account_import", {"UserID": "new1"}) == 70398
    assert caller.code("im_open_login_svc/account_delete", {"DeleteItem": [{"UserID": "rong"}]}) == 71000


ACCOUNT_FAULTS: list[tuple[int, str, Any]] = [
    (60003, "im_open_login_svc/account_import", b"{"),
    (70402, "im_open_login_svc/account_import", {}),
    (70402, "im_open_login_svc/account_import", {"UserID": "x" * 33}),
    (70402, "im_open_login_svc/account_import", {"UserID": "x", "Nick": 1}),
    (70402, "im_open_login_svc/multiaccount_import", {}),
    (70402, "im_open_login_svc/multiaccount_import", {"Accounts": [f"u{n}" for n in range(101)]}),
    (70402, "im_open_login_svc/account_check", {"CheckItem": ["rong"]}),
    (70402, "im_open_login_svc/account_delete", {"DeleteItem": [{}]}),
    (70402, "openim/query_online_status", {"To_Account": [f"u{n}" for n in range(501)]}),
]


@pytest.mark.parametrize(("code", "endpoint", "body"), ACCOUNT_FAULTS)
def test_wrong_parameters_of_account_calls(
    sandbox: Caller, code: int, endpoint: str, body: Body | bytes
) -> None:
    """70402 is the public code of a wrong parameter, 60003 of a body that is no JSON."""
    assert sandbox.code(endpoint, body) == code


def test_online_status_follows_the_devices(sandbox: Caller) -> None:
    """One device online is enough; 7 days unseen is offline (https://tencentcloud.com/document/product/1047/35477)."""
    names = ["jared", "rong", "ghost"]

    answer = sandbox.call("openim/query_online_status", {"To_Account": names, "IsNeedDetail": 1})

    assert [(each["To_Account"], each["Status"]) for each in answer["QueryResult"]] == [
        ("jared", "Online"),
        ("rong", "PushOnline"),
    ]
    assert answer["QueryResult"][1]["Detail"] == [
        {"Platform": "Android", "Status": "PushOnline"},
        {"Platform": "iOS", "Status": "PushOnline"},
    ]
    assert [each["ErrorCode"] for each in answer["ErrorList"]] == [70107]
    sandbox.wait(8 * 86_400)
    later = sandbox.call("openim/query_online_status", {"To_Account": ["jared"]})
    assert later["QueryResult"][0]["Status"] == "Offline"


def test_calls_around_the_sends_have_rates_too(sandbox: Caller) -> None:
    """100 a second for tags (https://cloud.tencent.com/document/product/269/137903): 60007."""
    codes = [sandbox.code("timpush/get_attr_name", {}) for _ in range(101)]

    assert codes == [0] * 100 + [60007]

"""Which campaigns others are compared with: what somebody may have got, and what may still leave."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from story import Story, not_sent, sent
from workbench import COUNTED_PROJECT, FRIDAY

from pushspec.lockfile.records import Resolved, Unknown

if TYPE_CHECKING:
    from workbench import Project

    from pushspec.lockfile.state import LockState

EARLIER = FRIDAY - timedelta(hours=3)
TO_FOUR = {"endpoint": "timpush/batch", "from_": "news", "audience": "{accounts: [a, b, c, d]}"}
SENT = "list@1 (begun 2026-11-20 01:00 UTC)"
NO_SUCH_ACCOUNT = "70107"


def first_call(folder: Project, fate: str, *, limit: int = 2) -> LockState:
    """Return the state after the first call of the campaign ``list``, to so many people, met its fate."""
    limits = f"true, limits: {{accounts_per_call: {limit}}},"
    folder.write({"pushspec.yaml": COUNTED_PROJECT.replace("true,", limits)})
    planned = folder.add("list", title="One", **TO_FOUR).campaign("list")
    call = next(iter(planned.calls()))
    story = Story(EARLIER).begun(planned)
    match fate:
        case "intended":
            story.tried(call, None)
        case "sent":
            story.tried(call, sent(call.key))
        case "wholly refused":
            story.tried(call, sent(call.key, {NO_SUCH_ACCOUNT: list(call.accounts)}))
        case "refused":
            story.tried(call, not_sent(call.key, 60004))
        case "abandoned" | "in doubt":
            story.tried(call, Unknown(key=call.key, attempt=1, case="timeout"))
    if fate == "abandoned":
        story.then(Resolved(key=call.key, attempt=1, verdict="abandoned", by="ada", why="late"))
    return story.state


@pytest.mark.parametrize(
    ("fate", "limit", "name"),
    [
        ("not tried", 2, "list@1"),
        ("intended", 2, SENT),
        ("sent", 2, SENT),
        ("in doubt", 2, SENT),
        ("wholly refused", 2, "list@1"),
        ("refused", 2, "list@1"),
        ("refused", 4, "list@1"),
        ("abandoned", 2, "list@1"),
    ],
)
def test_a_campaign_that_was_begun_is_compared_as_sent_once_somebody_may_have_got_it(
    fate: str, limit: int, name: str, folder: Project
) -> None:
    """Until then its rest is what will leave, and nobody hears of it twice."""
    state = first_call(folder, fate, limit=limit)
    folder.add("other", title="Other", **TO_FOUR)

    result = folder.policy_result("same-people", "other", state=state)

    assert result is not None
    assert result.message == f"the same people (one list of accounts) get {name} and other@1 within a day"


@pytest.mark.parametrize("fate", ["wholly refused", "abandoned"])
def test_a_campaign_of_which_nothing_is_left_meets_nobody(fate: str, folder: Project) -> None:
    """The service refused everybody, or a person gave it up: no phone shows it."""
    state = first_call(folder, fate, limit=4)
    folder.add("other", title="One", **TO_FOUR)

    assert folder.campaign("other", state=state).policy_results == ()


def test_a_campaign_whose_window_is_over_meets_nobody(folder: Project) -> None:
    """It will not leave."""
    folder.add("a", title="Same", schedule='{not_after: "2026-11-20T11:00:00+08:00"}')

    assert folder.add("b", title="Same").campaign("b").policy_results == ()


def test_silent_pushes_have_no_text_to_repeat(folder: Project) -> None:
    """Data for the app, without a word that anybody reads."""
    silent = {"notification": "{ext: data}"}
    folder.add("a", **silent).add("b", audience="{tags: {any: [B]}}", **silent)

    assert folder.campaign("b").policy_results == ()


CITIES = "[{name: a, audience: {tags: {any: [A]}}}, {name: b, audience: {tags: {any: [B]}}}]"
SOME = "[{name: a, audience: {tags: {any: [A]}}}, {name: b, audience: {everyone: true}}]"


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"audience": "", "variants": CITIES}, "tag B"),
        ({"audience": "", "variants": SOME}, "part of everyone"),
        ({"audience": "{tags: {any: [A], not: [B]}}"}, ""),
        ({"audience": "{attributes: {all: {city: B}}}"}, ""),
    ],
    ids=["variants", "a variant to everyone", "but for the tag", "an attribute of that name"],
)
def test_whom_a_campaign_reaches_is_read_from_all_of_its_conditions(
    keys: dict[str, str], says: str, folder: Project
) -> None:
    """Somebody with the tag B gets each of its variants that may reach them."""
    folder.add("one", title="One", **keys).add("other", title="Two", audience="{tags: {any: [B]}}")

    result = folder.policy_result("same-people", "other")

    assert (result.message if result is not None else "").partition(") get")[0] == (
        f"the same people ({says}" if says else ""
    )


def test_a_list_is_known_however_it_is_cut(folder: Project) -> None:
    """Another name cuts other parts, and somebody would get both texts."""
    people = ", ".join(f"u{number}" for number in range(40))
    parts = TO_FOUR | {
        "audience": f"{{accounts: [{people}]}}",
        "variants": "[{name: a, share: 30%}, {name: b, share: 30%}]",
    }
    state = folder.add("spring", **parts).sent(at=EARLIER)
    (folder.root / "campaigns/spring.yaml").unlink()

    assert folder.add("easter", **parts).policy_result("repeat", "easter", state=state) is not None


@pytest.mark.parametrize("is_sent", [False, True])
@pytest.mark.parametrize(("accounts", "says"), [("a, b, c, d", True), ("a, b, c", False)])
def test_two_lists_are_the_same_people_where_both_name_the_same(
    accounts: str, says: bool, is_sent: bool, folder: Project
) -> None:
    """Who is in one of two lists of other people is not warned about by chance."""
    folder.add("one", title="One", **TO_FOUR)
    state = folder.sent(at=EARLIER) if is_sent else None
    folder.add("other", title="Other", **TO_FOUR | {"audience": f"{{accounts: [{accounts}]}}"})

    assert (folder.policy_result("same-people", "other", state=state) is not None) is says

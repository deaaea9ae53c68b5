"""Who is in which stage, and what a stage makes of the calls: each person in exactly one."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pushspec.errors import SpecError
from pushspec.plan.slices import slices
from pushspec.spec.campaign import Audience, Campaign

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench import Project

    from pushspec.plan.slices import Slice

NAMES = st.from_regex(r"[a-z0-9]{1,12}", fullmatch=True)
ACCOUNTS = st.lists(
    st.from_regex(r"p[a-zA-Z0-9_@.-]{0,15}", fullmatch=True), min_size=1, max_size=80, unique=True
)
"""They begin with a letter: ``0.`` or ``1E5`` is a number that a spreadsheet has changed, and refused."""


def campaign(name: str, rollout: list[dict[str, Any]]) -> Campaign:
    return Campaign.model_validate(
        {
            "apiVersion": "pushspec/v1",
            "kind": "Campaign",
            "name": name,
            "version": 1,
            "endpoint": "timpush/batch",
            "rollout": rollout,
        }
    )


def cut(name: str, rollout: list[dict[str, Any]], accounts: Sequence[str]) -> list[Slice]:
    audience = Audience.model_validate({"accounts": list(accounts)})
    return list(slices(campaign(name, rollout), audience, accounts))


def stage_by_hand(salt: str, account: str, shares: Sequence[str]) -> int:
    """Return the stage of a person by the published rule, in fractions: no code of the product's own."""
    digest = hashlib.sha256(f"{salt}:rollout\n{account}".encode()).digest()
    place, total = Fraction(int.from_bytes(digest[:8], "big"), 2**64), Fraction(0)
    for number, share in enumerate(shares):
        total += Fraction(share.removesuffix("%")) / 100
        if place < total:
            return number
    return len(shares)


@st.composite
def rollouts(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return two to five stages whose shares leave something for the rest, or add up to everybody."""
    thousandths = draw(st.lists(st.integers(1, 30_000), min_size=1, max_size=4))
    while sum(thousandths) >= 100_000:
        thousandths.pop()
    shares = [f"{number // 1000}.{number % 1000:03}%" for number in thousandths]
    left = 100_000 - sum(thousandths)
    if draw(st.booleans()):
        shares.append(f"{left // 1000}.{left % 1000:03}%" if left < 100_000 else "100%")
        return [{"stage": f"s{number}", "share": share} for number, share in enumerate(shares)]
    return [
        *({"stage": f"s{number}", "share": share} for number, share in enumerate(shares)),
        {"stage": "rest"},
    ]


@settings(max_examples=150)
@given(NAMES, rollouts(), ACCOUNTS)
def test_everybody_is_in_exactly_one_stage(
    name: str, rollout: list[dict[str, Any]], accounts: list[str]
) -> None:
    """Over salts, sizes and shares; the stage is the one that the published rule names, and order stays."""
    found = cut(name, rollout, accounts)
    shares = [stage["share"] for stage in rollout if "share" in stage]

    assert sorted(account for piece in found for account in piece.accounts) == sorted(accounts)
    for piece in found:
        by_hand = [it for it in accounts if stage_by_hand(name, it, shares) == piece.stage]
        assert list(piece.accounts) == by_hand


def test_the_highest_point_is_in_the_last_stage() -> None:
    """Doubles make the highest points 1.0, and whoever has them falls out."""
    found = cut("sale", [{"stage": "a", "share": "99.999%"}, {"stage": "b", "share": "0.001%"}], ["x"] * 1)

    assert sum(len(piece.accounts) for piece in found) == 1


def test_the_first_of_two_campaigns_are_others() -> None:
    """All cut with one hash, the same people would always be first: they overlap by chance only."""
    people = [f"user{number}" for number in range(20_000)]
    stages = [{"stage": "canary", "share": "10%"}, {"stage": "rest"}]
    first, second = (set(cut(name, stages, people)[0].accounts) for name in ("spring", "summer"))

    assert 1_850 < len(first) < 2_150
    assert 150 < len(first & second) < 250


def file(**keys: str) -> str:
    lines = {
        "apiVersion": "pushspec/v1",
        "kind": "Campaign",
        "name": "sale",
        "version": "1",
        "endpoint": "timpush/batch",
        "from": "news",
        "audience": "{file: people.csv, column: user, personalize: [lang]}",
        "notification": "{title: 'Hi {{ user.lang }}', desc: There}",
        "rollout": "[{stage: canary, share: 20%}, {stage: rest}]",
    } | keys
    return "".join(f"{key}: {value}\n" for key, value in lines.items())


def people(count: int) -> str:
    return "user,lang\n" + "".join(f"u{number},{('en', 'zh', 'de')[number % 3]}\n" for number in range(count))


def calls_of(project: Project) -> list[dict[str, Any]]:
    return list(project.plan_json()["campaigns"][0]["calls"])


def test_stages_and_personal_texts_go_together(project: Project) -> None:
    """All of a stage leaves before the next, whatever text people get; everybody is named once."""
    project.write({"campaigns/sale.yaml": file(), "people.csv": people(120)})
    calls = calls_of(project)
    keys = [call["key"] for call in calls]

    assert keys == [
        "sale@1/canary#1",
        "sale@1/canary#2",
        "sale@1/canary#3",
        "sale@1/rest#1",
        "sale@1/rest#2",
        "sale@1/rest#3",
    ]
    named = [account for call in calls for account in call["body"]["To_Account"]]
    assert sorted(named) == sorted(f"u{number}" for number in range(120))
    for call in calls:
        languages = {("en", "zh", "de")[int(account[1:]) % 3] for account in call["body"]["To_Account"]}
        assert {call["body"]["OfflinePushInfo"]["Title"]} == {f"Hi {language}" for language in languages}


def test_variants_are_each_cut_and_stages_bear_their_names(project: Project) -> None:
    """sale@1/en/canary: the stage stands behind the variant, and all canaries leave first."""
    variants = "[{name: en, audience: {file: en.csv}}, {name: zh, audience: {file: zh.csv}}]"
    one, other = ("".join(f"{language}{number}\n" for number in range(60)) for language in ("en", "zh"))
    text = file(variants=variants, notification="{title: Hi, desc: There}").replace(
        "audience: {file: people.csv, column: user, personalize: [lang]}\n", ""
    )
    project.write({"campaigns/sale.yaml": text, "en.csv": "user\n" + one, "zh.csv": "user\n" + other})
    calls = calls_of(project)

    assert [call["key"] for call in calls] == [
        "sale@1/en/canary",
        "sale@1/zh/canary",
        "sale@1/en/rest",
        "sale@1/zh/rest",
    ]
    named = [account for call in calls for account in call["body"]["To_Account"]]
    assert len(named) == len(set(named)) == 120


@pytest.mark.parametrize(
    ("tags", "canary", "rest"),
    [
        ("{any: [vip]}", {"TagsAnd": ["vip", "staff"]}, {"TagsOr": ["vip"], "TagsNot": ["staff"]}),
        ("{all: [vip]}", {"TagsAnd": ["vip", "staff"]}, {"TagsOr": ["vip"], "TagsNot": ["staff"]}),
        (
            "{all: [vip, new]}",
            {"TagsAnd": ["vip", "new", "staff"]},
            {"TagsAnd": ["vip", "new"], "TagsNot": ["staff"]},
        ),
    ],
)
def test_a_condition_is_cut_by_a_tag(
    project: Project, tags: str, canary: dict[str, Any], rest: dict[str, Any]
) -> None:
    """Those who have the tag first; the others get what everybody got before, and nobody gets both."""
    text = file(
        endpoint="timpush/push",
        audience=f"{{tags: {tags}}}",
        notification="{title: Hi, desc: There}",
        rollout="[{stage: canary, tag: staff, hold: 1h}, {stage: rest}]",
    )
    project.write({"campaigns/sale.yaml": text})

    assert [(call["key"], call["body"]["Condition"]) for call in calls_of(project)] == [
        ("sale@1/canary", canary),
        ("sale@1/rest", rest),
    ]


CHANGES = {
    "a name": ("canary", "first"),
    "a share": ("share: 20%", "share: 21%"),
    "the hold": ("hold: 1h", "hold: 2h"),
    "a condition": ("< 5%", "< 6%"),
    "how many": ("min_count: 10", "min_count: 11"),
    "how long": ("max_wait: 6h", "max_wait: 7h"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_decides_who_gets_what_when_is_in_the_digest(project: Project, what: str) -> None:
    """An approval of other stages or conditions counts for nothing."""
    gate = "hold: 1h, continue_if: {refused: '< 5%'}, min_count: 10, max_wait: 6h"
    stages = f"[{{stage: canary, share: 20%, {gate}}}, {{stage: rest}}]"
    project.write({"people.csv": people(120), "campaigns/sale.yaml": file(rollout=stages)})
    before = project.plan_json()["campaigns"][0]["digest"]

    project.write({"campaigns/sale.yaml": file(rollout=stages.replace(*CHANGES[what]))})

    assert project.plan_json()["campaigns"][0]["digest"] != before


def test_a_campaign_without_stages_has_the_digest_it_always_had(project: Project) -> None:
    """Lockfiles of yesterday fit today."""
    project.write(
        {"campaigns/sale.yaml": file(rollout="[]").replace("rollout: []\n", ""), "people.csv": people(6)}
    )
    plan = project.plan_json()["campaigns"][0]

    assert plan["rollout"] is None
    assert [call["key"] for call in plan["calls"]] == ["sale@1#1", "sale@1#2", "sale@1#3"]
    assert "rollout" not in json.dumps(plan["calls"])


@st.composite
def cuts(draw: st.DrawFn, most: int) -> list[int]:
    """Return some percentages of at least 10 each, and together less than 100."""
    shares = draw(st.lists(st.integers(10, 60), min_size=1, max_size=most))
    while sum(shares) >= 100:
        shares.pop()
    return shares


def place_by_hand(salt: str, account: str, percents: Sequence[int]) -> int:
    """Return which share a person falls into; the number of shares for none of them."""
    point = int.from_bytes(hashlib.sha256(f"{salt}\n{account}".encode()).digest()[:8], "big")
    ends = [sum(percents[: number + 1]) for number in range(len(percents))]
    return next((number for number, end in enumerate(ends) if point * 100 < end * 2**64), len(percents))


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(salt=NAMES, held=st.integers(1, 40), arms=cuts(3), stages=cuts(3), accounts=ACCOUNTS)
def test_with_arms_stages_and_a_holdout_everybody_is_in_exactly_one_place(
    folder: Project, salt: str, held: int, arms: list[int], stages: list[int], accounts: list[str]
) -> None:
    """Held out, in no arm, or in one stage of one arm: by the published rule, over the calls themselves."""
    people = [*accounts, *(f"more{number}" for number in range(60))]
    variants = ", ".join(f"{{name: v{number}, share: {share}%}}" for number, share in enumerate(arms))
    rollout = ", ".join(f"{{stage: s{number}, share: {share}%}}" for number, share in enumerate(stages))
    folder.write(
        {
            "pushspec.yaml": f"{folder.text}holdout: {{share: {held}%, salt: {salt!r}}}\n",
            "people.csv": "user,lang\n" + "".join(f"{one},en\n" for one in people),
            "campaigns/sale.yaml": file(
                salt=repr(salt), variants=f"[{variants}]", rollout=f"[{rollout}, {{stage: rest}}]"
            ),
        }
    )
    expected: dict[str, list[str]] = {}
    for one in people:
        arm = place_by_hand(salt, one, arms)
        if place_by_hand(f"holdout:{salt}", one, [held]) == 1 and arm < len(arms):
            number = place_by_hand(f"{salt}:rollout", one, stages)
            stage = f"s{number}" if number < len(stages) else "rest"
            expected.setdefault(f"sale@1/v{arm}/{stage}", []).append(one)

    names = {key.split("/")[place] for key in expected for place in (1, 2)}
    if len(names) < len(arms) + len(stages) + 1:  # nobody is in an arm or a stage, which is an error
        with pytest.raises(SpecError):
            folder.plan()
        return
    found: dict[str, list[str]] = {}
    for call in folder.campaign().calls():
        found.setdefault(call.key.partition("#")[0], []).extend(call.accounts)
    assert found == expected

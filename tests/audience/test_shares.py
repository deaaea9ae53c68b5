"""Who falls into which share: as published, alike everywhere, and by one salt without regard to another."""

from __future__ import annotations

import hashlib
import re
from decimal import Decimal, localcontext
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

import pushspec
from pushspec.audience.accounts import AccountGroup, AccountList
from pushspec.audience.arms import cut_arms
from pushspec.audience.shares import SPACE, Cut, arm_salt, holdout_salt, point, rollout_salt
from pushspec.lockfile.lines import crc_of, decode_all, encode
from pushspec.lockfile.records import Begin
from pushspec.spec.shares import Holdout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench import Project

PAGE = (Path(pushspec.__file__).parent.parent / "docs" / "audiences.md").read_text(encoding="utf-8")
VECTOR = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| `([0-9a-f]{16})` \| ([a-z ]+) \|$", PAGE, re.MULTILINE)
PLACES = ["the first", "the second", "the third", "none"]
THIRDS = ("25", "33.333", "1.5")
PEOPLE = [f"user-{number}" for number in range(2_000)]
GUESTS = [f"guest{number:03d}" for number in range(1, 41)]
"""People whom the sandbox knows."""

SALTS = st.text(
    st.characters(codec="utf-8", exclude_characters=":\n", exclude_categories=("C", "Z")),
    min_size=1,
    max_size=20,
)

BATCH = """\
apiVersion: pushspec/v1
kind: Campaign
name: sale
version: 1
endpoint: timpush/batch
from: admin
notification: {title: Hi, desc: There}
"""
ARMS = "variants: [{name: a, share: 45%}, {name: b, share: 45%, vars: {x: y}}]\n"


def expected(salt: str, account: str, percents: tuple[str, ...] = THIRDS) -> tuple[str, int]:
    """Return a person's point and share, written from docs/audiences.md and from nothing else."""
    digits = hashlib.sha256(salt.encode("utf-8") + bytes([10]) + account.encode("utf-8")).hexdigest()[:16]
    total = 0
    for number, percent in enumerate(percents):
        total += round(float(percent) * 1000)
        if int(digits, 16) * 100_000 < total * 2**64:
            return digits, number
    return digits, len(percents)


def shares_of(*percents: str) -> list[Decimal]:
    return [Decimal(percent) / 100 for percent in percents]


@pytest.mark.parametrize(("salt", "account", "digits", "place"), VECTOR)
def test_the_published_vector_holds(salt: str, account: str, digits: str, place: str) -> None:
    """A warehouse that follows the page finds the same people."""
    assert expected(salt, account) == (digits, PLACES.index(place))
    assert Cut(salt, shares_of(*THIRDS)).place(account) == PLACES.index(place)


def test_the_vector_reaches_every_share() -> None:
    """A vector that always says the same shows nothing."""
    assert {place for *_, place in VECTOR} == set(PLACES)


@settings(max_examples=40)
@given(SALTS, st.text(min_size=1, max_size=20), st.lists(st.integers(1, 30_000), min_size=1, max_size=3))
def test_any_cut_is_as_the_page_says(salt: str, account: str, thousandths: list[int]) -> None:
    """Whole numbers only: a float would move people at the edges."""
    assume(all(one < "\ud800" or one > "\udfff" for one in account))
    percents = tuple(f"{number / 1000:.3f}" for number in thousandths)

    assert Cut(salt, shares_of(*percents)).place(account) == expected(salt, account, percents)[1]


def test_shares_of_a_tenth_take_everybody() -> None:
    """Ten times 0.1 is less than 1 in floats, and somebody would get nothing."""
    cut = Cut("sale", shares_of(*["10"] * 10))

    assert cut.ends[-1] == SPACE
    assert {cut.place(account) for account in PEOPLE} == set(range(10))


@pytest.mark.parametrize(
    ("shares", "count", "sizes"),
    [
        (["0.25", "0.333"], 1_000, [250, 333, 417]),
        (["0.45", "0.55"], 1_000, [450, 550, 0]),
        (["0.001", "0.5"], 10, [1, 5, 5]),
    ],
    ids=["a rest", "no rest", "a small share has somebody"],
)
def test_a_list_that_is_not_at_hand_has_shares_of_about_its_size(
    shares: list[str], count: int, sizes: list[int]
) -> None:
    """An approver reads these counts before anybody has the list."""
    assert Cut("spring:", [Decimal(share) for share in shares]).about(count) == sizes


def test_a_person_at_the_very_end_of_a_share_falls_into_the_next() -> None:
    """Intervals are half open, so that each point belongs to one share."""
    with localcontext(prec=100):
        at, beyond = (Decimal(point("sale", "rong") + more) / SPACE for more in (0, Decimal("0.5")))

    assert Cut("sale", [at]).place("rong") == 1
    assert Cut("sale", [beyond]).place("rong") == 0


@settings(max_examples=40)
@given(SALTS, SALTS, SALTS)
def test_no_salts_make_two_cuts_alike(one: str, other: str, held: str) -> None:
    """Else a stage would hold the people of one arm only."""
    assume(held != "rollout")

    assert len({arm_salt(one), rollout_salt(other), holdout_salt(held)}) == 3


def test_the_one_salt_that_would_is_refused() -> None:
    """A campaign may be named ``holdout``, and its stages are cut by ``holdout:rollout``."""
    with pytest.raises(ValueError, match="salt"):
        TypeAdapter(Holdout).validate_python({"share": "5%", "salt": "rollout"})


@settings(max_examples=10)
@given(SALTS)
def test_cuts_by_different_salts_are_independent(salt: str) -> None:
    """What halves the list by one salt halves each half by the other, within six standard deviations."""
    assume(salt != "other" and salt != "rollout")
    salts = (arm_salt(salt), rollout_salt(salt), holdout_salt(salt), arm_salt("other"))
    halves = {one: Cut(one, shares_of("50")) for one in salts}

    for one, other in combinations(salts, 2):
        both = sum(halves[one].place(name) == halves[other].place(name) == 0 for name in PEOPLE)
        assert abs(both - len(PEOPLE) / 4) < 6 * (len(PEOPLE) * 3 / 16) ** 0.5


@given(
    st.lists(st.integers(1, 33_333), min_size=1, max_size=3),
    st.lists(st.text("abc", min_size=1), unique=True),
)
def test_nobody_is_in_two_arms_and_nobody_is_lost(thousandths: list[int], accounts: list[str]) -> None:
    """Two pushes to one person spoil a test, and a lost one is not held out on purpose."""
    shares = {str(index): (f"{it}", Decimal(it) / 100_000) for index, it in enumerate(thousandths)}
    whole = AccountList((AccountGroup({"lang": "en"}, accounts),), 0, 0)

    arms = cut_arms(whole, "sale", shares)

    taken = [account for arm in arms.lists for account in arm]
    assert len(taken) == len(set(taken)) == len(accounts) - arms.held_out
    assert set(taken) <= set(accounts)
    assert all(list(arm) == [one for one in accounts if one in set(arm)] for arm in arms.lists)


def written(
    project: Project, text: str, *, holdout: str = "", version: int = 1, people: Sequence[str] = PEOPLE[:1000]
) -> dict[str, Any]:
    """Return the plan of a campaign to some people."""
    settings_ = (project.root / "pushspec.yaml").read_text("utf-8").split("holdout:")[0]
    campaign = BATCH.replace("version: 1", f"version: {version}") + "audience: {file: people.csv}\n" + text
    project.write(
        {
            "people.csv": "user_id\n" + "".join(f"{name}\n" for name in people),
            "campaigns/sale.yaml": campaign,
            "pushspec.yaml": settings_ + holdout,
        }
    )
    found: dict[str, Any] = project.plan_json()["campaigns"][0]
    return found


def named(campaign: dict[str, Any]) -> dict[str, set[str]]:
    """Return who gets which variant."""
    people: dict[str, set[str]] = {}
    for call in campaign["calls"]:
        variant = call["key"].partition("/")[2].partition("#")[0]
        people.setdefault(variant, set()).update(call["body"]["To_Account"])
    return people


def test_each_variant_gets_its_share_and_the_rest_gets_nothing(project: Project) -> None:
    """A test needs people that nothing was sent to."""
    campaign = written(project, ARMS)

    split = [expected("sale", name, ("45", "45"))[1] for name in PEOPLE[:1000]]
    assert named(campaign) == {
        "a": {name for name, place in zip(PEOPLE, split, strict=False) if place == 0},
        "b": {name for name, place in zip(PEOPLE, split, strict=False) if place == 1},
    }
    assert campaign["held_out"] == split.count(2)
    assert campaign["arms"] == [
        {"variant": "a", "share": "45%", "accounts": split.count(0)},
        {"variant": "b", "share": "45%", "accounts": split.count(1)},
    ]


def test_the_plan_says_how_many_fall_into_each_share(project: Project) -> None:
    """A reviewer sees the sizes before anything leaves."""
    campaign = written(project, ARMS + "salt: spring\n")

    sizes = [arm["accounts"] for arm in campaign["arms"]]
    shown = f"shares by salt spring: a 45% {sizes[0]}, b 45% {sizes[1]}, held out {campaign['held_out']}"
    assert shown in project.run("plan").assert_ok().out
    assert shown in project.run("plan", "--format", "markdown").assert_ok().out


def test_the_salt_decides_who_and_the_version_does_not(project: Project) -> None:
    """The same people stay on the same side from one send to the next."""
    first, second = named(written(project, ARMS)), named(written(project, ARMS, version=2))
    other = named(written(project, ARMS + "salt: other\n"))

    assert first == second != other


def test_the_holdout_is_in_no_list(project: Project) -> None:
    """People who never get a push are what pushes are measured against."""
    campaign = written(project, "", holdout="holdout: {share: 5%, salt: '2026'}\n")

    held = {name for name in PEOPLE[:1000] if expected("holdout:2026", name, ("5",))[1] == 0}
    assert named(campaign)[""] == set(PEOPLE[:1000]) - held
    assert campaign["holdout"] == len(held) > 0
    assert f"holdout: {len(held)} accounts left out" in project.run("plan").assert_ok().out


def test_the_holdout_is_taken_out_before_the_list_is_cut(project: Project) -> None:
    """The shares are of those who can get it at all."""
    campaign = written(project, ARMS, holdout="holdout: {share: 20%, salt: '2026'}\n")

    people = [name for name in PEOPLE[:1000] if expected("holdout:2026", name, ("20",))[1] == 1]
    assert named(campaign)["a"] == {name for name in people if expected("sale", name, ("45",))[1] == 0}
    assert sum(arm["accounts"] for arm in campaign["arms"]) + campaign["held_out"] == len(people)


def test_a_campaign_may_reach_the_holdout_in_the_open(project: Project) -> None:
    """Whose flight is cancelled must hear of it, and a reviewer must see that."""
    lifted = "exceptions: [{policy: holdout, reason: cancelled flight}]\n"
    campaign = written(project, lifted, holdout="holdout: {share: 5%, salt: '2026'}\n")

    assert len(named(campaign)[""]) == 1000
    assert (
        "lifted: holdout (the project's holdout of 5% gets it, too): cancelled flight"
        in project.run("plan").out
    )


def test_a_list_of_held_out_people_is_an_error(project: Project) -> None:
    """Nobody is never everybody."""
    settings_ = (project.root / "pushspec.yaml").read_text("utf-8")
    project.write(
        {
            "pushspec.yaml": settings_ + "holdout: {share: 100%, salt: '2026'}\n",
            "campaigns/sale.yaml": BATCH + "audience: {accounts: [rong]}\n",
        }
    )

    outcome = project.run("plan")

    assert outcome.code == 1
    assert "nobody is left to send to: the project's holdout takes all 1" in outcome.err


@pytest.mark.parametrize("salt", ["", "salt: spring\n"])
@pytest.mark.parametrize("kind", ["file", "pinned", "pinned elsewhere"])
def test_a_renamed_campaign_is_known_by_the_list_that_it_cuts(project: Project, kind: str, salt: str) -> None:
    """The name decides who is in which arm: under a new one, half of them would get the other text, too."""
    halves = ARMS.replace("45%", "50%") + salt
    written(project, halves, people=GUESTS)
    campaign = project.root / "campaigns" / "sale.yaml"
    if kind != "file":
        text = re.sub(r"(?m)^audience: .*$", "audience: {use: gold}", campaign.read_text())
        gold = "apiVersion: pushspec/v1\nkind: Audience\nname: gold\nfile: gold.txt\n"
        project.write(
            {"audiences/gold.yaml": gold, "gold.txt": "\n".join(GUESTS) + "\n", "campaigns/sale.yaml": text}
        )
        project.run("audience", "pull").assert_ok()
    project.run("apply", "--confirm", project.plan_json()["digest"]).assert_ok()
    sent = arrived(project)
    project.write({"campaigns/spring.yaml": campaign.read_text().replace("name: sale", "name: spring")})
    campaign.unlink()
    if kind == "pinned elsewhere":
        next(project.root.glob(".pushspec/audiences/*.gz")).unlink()

    planned = project.run("plan")
    applied = project.run("apply", "--confirm", project.plan_json()["digest"])

    assert (planned.code, applied.code) == (6, 6)
    assert "was it renamed?" in " ".join((planned.out + planned.err).split())
    assert arrived(project) == sent


def test_a_begin_of_an_older_version_still_reads(project: Project) -> None:
    """It keeps no hash of the whole list."""
    written(project, ARMS, people=GUESTS)
    project.run("apply", "--confirm", project.plan_json()["digest"]).assert_ok()
    lockfile, written_again, crc = project.root / "pushspec.sandbox.lock", b"", 0
    for record in decode_all(lockfile.read_bytes().splitlines(keepends=True)):
        older = record.model_copy(update={"list_sha256": None}) if isinstance(record, Begin) else record
        line = encode(older, previous_crc=crc)
        written_again, crc = written_again + line, crc_of(line)
    assert lockfile.read_bytes().count(b"list_sha256") == 1
    assert b"list_sha256" not in written_again

    lockfile.write_bytes(written_again)

    assert project.run("plan", "--detailed-exitcode").code == 0
    assert "sale@1" in project.run("status").assert_ok().out


def arrived(project: Project) -> list[str]:
    """Return what some of the people got."""
    return [
        project.run("sandbox", "inbox", one, "--format", "json").assert_ok().out for one in GUESTS[:40:13]
    ]


def test_shares_are_sent_once_and_remembered(project: Project) -> None:
    """The lockfile knows the shares, so that a later plan can count who would change sides."""
    written(project, ARMS, people=GUESTS)
    digest = project.plan_json()["digest"]
    project.run("apply", "--confirm", digest).assert_ok()

    assert project.run("plan", "--detailed-exitcode").code == 0
    assert (
        '"salt":"sale","shares":{"a":"45%","b":"45%"}' in (project.root / "pushspec.sandbox.lock").read_text()
    )

    same = written(project, ARMS, version=2, people=GUESTS)
    other = written(
        project,
        ARMS.replace("a, share: 45%", "a, share: 60%").replace("b, share: 45%", "b, share: 40%"),
        version=2,
        people=GUESTS,
    )
    turned = written(
        project, ARMS.replace("name: a", "name: c").replace("name: b", "name: a"), version=2, people=GUESTS
    )

    before, after = (
        [expected("sale", name, new)[1] for name in GUESTS] for new in (("45", "45"), ("60", "40"))
    )
    moved = sum(map(int.__ne__, before, after))
    was = "sale@1 with the salt sale had a 45%, b 45%"
    assert warnings(same) == []
    assert warnings(other) == [f"{was}; {moved} accounts of 40 change their share"]
    assert warnings(turned) == [f"{was}; {len(GUESTS) - before.count(2)} accounts of 40 change their share"]


def test_one_person_who_changes_sides_is_told_as_one(project: Project) -> None:
    """A few thousandths more for an arm may move nobody, and soon somebody."""
    written(project, ARMS, people=GUESTS)
    project.run("apply", "--confirm", project.plan_json()["digest"]).assert_ok()
    before = [expected("sale", name, ("45", "45"))[1] for name in GUESTS]

    def moved(share: str) -> int:
        return sum(map(int.__ne__, before, (expected("sale", name, (share, "45"))[1] for name in GUESTS)))

    share = next(share for share in (f"45.{part:03d}" for part in range(1, 1_000)) if moved(share) == 1)
    other = written(project, ARMS.replace("a, share: 45%", f"a, share: {share}%"), version=2, people=GUESTS)

    (warning,) = warnings(other)
    assert warning.endswith("; 1 account of 40 changes its share")


def warnings(campaign: dict[str, Any]) -> list[str]:
    return [it["message"] for it in campaign["policies"] if it["policy"] == "shares-changed"]

"""Campaigns that send to a pinned list: exactly its people, named nowhere, or nobody at all."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from pushspec import apply_plan, load_project

if TYPE_CHECKING:
    from simulation.places import ObjectsPlace, Place
    from workbench import Outcome, Project

GOLD = "apiVersion: pushspec/v1\nkind: Audience\nname: gold\nfile: people.csv\ncolumn: id\nkeep: [lang]\n"
OUT = "apiVersion: pushspec/v1\nkind: Audience\nname: out\nfile: gone.txt\n"
CAMPAIGN = """\
apiVersion: pushspec/v1
kind: Campaign
name: sale
version: 1
endpoint: timpush/batch
from: admin
notification: {title: Hi, desc: There}
"""
KNOWN = [f"guest{number:03d}" for number in range(1, 11)]
CANARIES = ["canary-1", "canary-2", "canary-3"]
"""People whom the sandbox does not know, so that it refuses them."""
PIN = "audiences/gold.sandbox.pin.json"
USE = "audience: {use: gold}\n"


def people(*accounts: str) -> str:
    return "id,lang\n" + "".join(f"{one},{'en' if one[-1] in '13579' else 'zh'}\n" for one in accounts)


@pytest.fixture
def pinned(project: Project) -> Project:
    """A project with a pulled list of ten people and three canaries, and a campaign to them."""
    project.write(
        {
            "audiences/gold.yaml": GOLD,
            "people.csv": people(*KNOWN, *CANARIES),
            "campaigns/sale.yaml": CAMPAIGN + USE,
        }
    )
    project.run("audience", "pull").assert_ok()
    return project


def change(project: Project, use: str, *, version: int = 1) -> Project:
    text = CAMPAIGN.replace("version: 1", f"version: {version}") + use
    return project.write({"campaigns/sale.yaml": text})


def elsewhere(project: Project) -> None:
    """Take the lists away, as on a machine that has the repository and nothing else."""
    (project.root / ".pushspec/audiences").rename(project.root / "elsewhere")


def apply(project: Project, digest: str = "") -> Outcome:
    """Apply a plan; the sandbox refuses the canaries."""
    outcome = project.run("apply", "--confirm", digest or project.plan_json()["digest"])
    assert outcome.code in {0, 7}, outcome.out + outcome.err
    return outcome


def named(project: Project) -> dict[str, list[str]]:
    """Return who gets which text, from the plan itself."""
    found: dict[str, list[str]] = {}
    for campaign in project.plan().campaigns:
        for call in campaign.calls():
            text = f"{call.key.partition('#')[0]} {call.fields()['OfflinePushInfo']['Title']}"
            found.setdefault(text, []).extend(call.accounts)
    return found


def test_the_people_of_the_list_get_it_once(pinned: Project) -> None:
    """Ordered by the bytes of their accounts, so that every machine makes the same calls."""
    assert named(pinned) == {"sale@1 Hi": sorted(KNOWN + CANARIES)}

    apply(pinned)

    assert pinned.run("plan", "--detailed-exitcode").code == 0
    assert pinned.plan_json()["campaigns"][0]["state"] == "sent"


def test_the_lockfile_keeps_who_was_refused_as_hashes(pinned: Project) -> None:
    """So that the same person is found again by whoever asks for them by name."""
    apply(pinned)

    records = [json.loads(line) for line in (pinned.root / "pushspec.sandbox.lock").read_text().splitlines()]
    refused = [
        one for it in records if it["record"] == "sent" for listed in it["refused"].values() for one in listed
    ]
    (begin,) = (it for it in records if it["record"] == "begin")
    assert len(refused) == len(set(refused)) == 3
    assert all(one.startswith("hmac-sha256:") for one in refused)
    assert begin["lists"] == {"gold": json.loads((pinned.root / PIN).read_text())["rows_sha256"]}


def test_kept_columns_personalize(pinned: Project) -> None:
    """Rows with the same value share their calls."""
    text = CAMPAIGN.replace("title: Hi", "title: 'Hi {{ user.lang }}'")
    pinned.write({"campaigns/sale.yaml": text + "audience: {use: gold, personalize: [lang]}\n"})
    pinned.run("audience", "pull").assert_ok()

    odd = [one for one in sorted(KNOWN + CANARIES) if one[-1] in "13579"]
    assert named(pinned)["sale@1 Hi en"] == odd
    assert len(named(pinned)["sale@1 Hi zh"]) == 13 - len(odd)


def test_the_campaign_excludes_files_and_audiences(pinned: Project) -> None:
    """Who left yesterday is left out today, whatever day the list is of."""
    pinned.write({"audiences/out.yaml": OUT, "gone.txt": "guest001\nnobody\n", "more.txt": "guest002\n"})
    pinned.run("audience", "pull", "out").assert_ok()
    change(pinned, "audience: {use: gold, exclude: [more.txt, {use: out}]}\n")

    assert named(pinned)["sale@1 Hi"] == sorted([*KNOWN[2:], *CANARIES])
    assert "1 of 2 entries of the audience out is in the audience" in pinned.run("plan").assert_ok().out


def test_an_exclusion_that_just_misses_names_nobody(pinned: Project) -> None:
    """The pair that almost matches would tell who is in the list."""
    pinned.write({"more.txt": "GUEST001\nguest002\n"})
    change(pinned, "audience: {use: gold, exclude: [more.txt]}\n")

    out = " ".join(pinned.run("plan").out.split())

    assert "1 more differs by zeros, case or width alone" in out
    assert "guest001" not in out


@pytest.mark.parametrize("excluded", ["lost.txt", "{use: lost}"])
def test_what_an_audience_file_excludes_has_to_find_somebody(pinned: Project, excluded: str) -> None:
    """A list that lost its zeros leaves nobody out, wherever it is written."""
    lost = "apiVersion: pushspec/v1\nkind: Audience\nname: lost\nfile: lost.txt\n"
    pinned.write({"lost.txt": "7\n", "audiences/lost.yaml": lost})
    pinned.write({"audiences/gold.yaml": GOLD + f"exclude: [{excluded}]\n"})
    pinned.run("audience", "pull").assert_ok()

    plan = pinned.run("plan")

    assert plan.code == 6, plan.out + plan.err
    assert "exclude-without-effect" in plan.err
    assert re.search(r"gold: 0 of 1 entry of .*lost", " ".join(plan.out.split()))


@pytest.mark.parametrize(("excluded", "code"), [("guest001", 0), ("nobody", 6)])
@pytest.mark.parametrize("entry", ["{use: out}", "gone.txt"])
def test_the_campaign_may_exclude_what_the_pull_left_out(
    pinned: Project, entry: str, excluded: str, code: int
) -> None:
    """Whom the pull left out is no longer there to be found; what found nobody in either names nobody."""
    pinned.write(
        {
            "audiences/out.yaml": OUT,
            "gone.txt": f"{excluded}\n",
            "audiences/gold.yaml": f"{GOLD}exclude: [{entry}]\n",
        }
    )
    pinned.run("audience", "pull").assert_ok()
    change(pinned, f"audience: {{use: gold, exclude: [{entry}]}}\n")

    plan = pinned.run("plan")

    assert plan.code == code, plan.out + plan.err
    assert ("exclude-without-effect" in plan.out + plan.err) == bool(code)


@pytest.mark.parametrize("entry", ["{use: out}", "gone.txt"])
def test_what_campaign_and_pull_both_exclude_to_no_effect_is_said_once(pinned: Project, entry: str) -> None:
    """It is one list that lost its zeros, and it is mended in one place."""
    pinned.write(
        {
            "audiences/out.yaml": OUT,
            "gone.txt": "nobody\n",
            "audiences/gold.yaml": f"{GOLD}exclude: [{entry}]\n",
        }
    )
    pinned.run("audience", "pull").assert_ok()
    change(pinned, f"audience: {{use: gold, exclude: [{entry}]}}\n")

    (planned,) = pinned.plan().campaigns

    (said,) = (it.message for it in planned.policy_results if it.policy == "exclude-without-effect")
    assert said.startswith("gold: 0 of 1 entry of ")


def test_an_audience_may_be_excluded_from_listed_accounts(pinned: Project) -> None:
    """The pinned list of those who left holds for small campaigns, too."""
    change(pinned, "audience: {accounts: [guest001, lin], exclude: [{use: gold}]}\n")

    assert named(pinned) == {"sale@1 Hi": ["lin"]}


def test_texts_of_a_few_people_count_where_the_list_is_elsewhere(pinned: Project) -> None:
    """The pin does not say which texts they are; that there are so many, it does."""
    text = CAMPAIGN.replace("title: Hi", "title: 'Hi {{ user.lang }}'")
    pinned.write({"campaigns/sale.yaml": text + "audience: {use: gold, personalize: [lang]}\n"})
    pinned.write({"people.csv": people(*KNOWN, *CANARIES) + "pierre,fr\nlin,ms\n"})
    pinned.run("audience", "pull").assert_ok()
    pinned.policy("{max_texts: 3}")
    here = pinned.policy_result("max-texts")
    elsewhere(pinned)

    assert here is not None
    assert here.message == "4 different texts, 3 allowed"
    assert pinned.policy_result("max-texts") == here


def test_an_exclusion_is_judged_once_both_lists_are_at_hand(pinned: Project) -> None:
    """Nobody can tell before whom it leaves out, so that nothing is said of it."""
    pinned.write({"audiences/out.yaml": OUT, "gone.txt": "nobody\n"})
    pinned.run("audience", "pull").assert_ok()
    change(pinned, "audience: {use: gold, exclude: [{use: out}]}\n")
    here = pinned.policy_result("exclude-without-effect")
    elsewhere(pinned)

    assert here is not None
    assert here.message.startswith("0 of 1 entry of the audience out")
    assert pinned.policy_result("exclude-without-effect") is None


def test_shares_cut_a_pinned_list(pinned: Project) -> None:
    """Each of its people is in one arm, or in none."""
    change(pinned, USE + "variants: [{name: a, share: 40%}, {name: b, share: 40%}]\n")

    arms = named(pinned)

    taken = arms["sale@1/a Hi"] + arms["sale@1/b Hi"]
    assert len(taken) == len(set(taken)) < 13
    assert set(taken) < {*KNOWN, *CANARIES}


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({PIN: None}, "error[pin-missing]"),
        ({PIN: "{}"}, "error[pin-damaged]"),
        (
            {"audiences/gold.yaml": GOLD + "exclude: [x.txt]\n"},
            "error[pin-stale]: audiences/gold.yaml changed after",
        ),
        ({"audiences/gold.yaml": None}, "error[audience-unknown]: the project has no audience gold"),
        ({"campaigns/sale.yaml": CAMPAIGN + "audience: {use: silver}\n"}, "error[audience-unknown]"),
        (
            {"campaigns/sale.yaml": CAMPAIGN + "audience: {use: gold, personalize: [tier]}\n"},
            "error[audience-column]: the list of gold keeps lang, not tier",
        ),
        (
            {"campaigns/sale.yaml": CAMPAIGN + "audience: {use: gold, personalize: [lang]}\n"},
            "error[pin-columns]: the pin of gold does not tell how lang are spread",
        ),
        ({"campaigns/sale.yaml": CAMPAIGN + "audience: {use: gold, column: id}\n"}, "error[audience-option]"),
        (
            {"campaigns/sale.yaml": CAMPAIGN + "audience: {accounts: [a], exclude: [{use: silver}]}\n"},
            "silver",
        ),
    ],
)
def test_a_pin_that_does_not_fit_stops_the_plan(
    pinned: Project, files: dict[str, str | None], says: str
) -> None:
    """Nobody has reviewed another list."""
    for name, text in files.items():
        if text is None:
            (pinned.root / name).unlink()
        else:
            pinned.write({name: text})

    outcome = pinned.run("plan")

    assert outcome.code == 1, outcome.out
    assert says in outcome.err


def test_what_a_list_excludes_must_be_as_it_was(pinned: Project) -> None:
    """Forgetting a person is an exclusion, and the old list still holds them."""
    pinned.write(
        {"audiences/gold.yaml": GOLD + "exclude: [gone.txt, {use: out}]\n", "gone.txt": "guest001\n"}
    )
    pinned.write({"audiences/out.yaml": OUT.replace("gone", "left"), "left.txt": "guest002\n"})
    pinned.run("audience", "pull").assert_ok()
    pinned.run("plan").assert_ok()

    pinned.write({"left.txt": "guest002\nguest003\n"})
    pinned.run("audience", "pull", "out").assert_ok()
    assert "error[pin-stale]: the pin of out changed after" in pinned.run("plan").err

    pinned.run("audience", "pull").assert_ok()
    pinned.write({"gone.txt": "guest001\nguest004\n"})
    assert "error[pin-stale]: gone.txt changed after" in pinned.run("plan").err


def test_ids_that_the_endpoint_cannot_take_stop_the_plan(pinned: Project) -> None:
    """The service would refuse them one by one."""
    pinned.write({"audiences/gold.yaml": GOLD + "ids: registration\n", "people.csv": people("a" * 36)})
    pinned.run("audience", "pull").assert_ok()
    text = CAMPAIGN.replace("timpush/batch", "openim/batchsendmsg").replace(
        "notification:", "message: [{text: hi}]\nnotification:"
    )
    pinned.write({"campaigns/sale.yaml": text + USE})

    assert "an account of gold is 36 bytes; the service takes 32" in pinned.run("plan").err


def stored(project: Project) -> Any:
    return next(project.root.glob(".pushspec/audiences/*.gz"))


def test_another_list_in_the_store_is_not_sent_to(pinned: Project) -> None:
    """Whoever can write to the store must not choose who gets a push."""
    digest = pinned.plan_json()["digest"]
    stored(pinned).write_bytes(stored(pinned).read_bytes()[:-4])

    for outcome in (pinned.run("plan", "--online"), pinned.run("apply", "--confirm", digest)):
        assert outcome.code == 6
        assert "is not the one of the pin: it was cut off" in outcome.err
    assert not (pinned.root / "pushspec.sandbox.lock").exists()


def test_without_its_list_a_campaign_is_never_sent(pinned: Project) -> None:
    """The plan is rendered from the pin; whom it goes to, only the list tells."""
    digest = pinned.plan_json()["digest"]
    stored(pinned).unlink()

    applied = pinned.run("apply", "--confirm", digest)

    assert pinned.plan_json()["digest"] == digest
    assert applied.code == 6
    assert "does not hold the list of gold" in applied.err


@pytest.fixture
def in_bucket(
    pinned: Project, objects_place: Place, monkeypatch: pytest.MonkeyPatch
) -> tuple[ObjectsPlace, str]:
    """A bucket that has the list, which is no longer on this disk, and the plan's digest while it was."""
    place = cast("ObjectsPlace", objects_place)
    monkeypatch.setenv("AWS_TIMEOUT", "2s")
    settings = (pinned.root / "pushspec.yaml").read_text()
    url = place.address()[0]
    pinned.write({"pushspec.yaml": settings.replace("true}", f"true, audience_store: '{url}'}}")})
    pinned.run("audience", "pull").assert_ok()
    digest = pinned.plan_json()["digest"]
    pinned.run("audience", "prune").assert_ok()
    return place, digest


def test_a_list_in_a_bucket_is_fetched_by_apply_and_by_plan_online(
    pinned: Project, in_bucket: tuple[ObjectsPlace, str]
) -> None:
    """A plan of a stranger's pull request opens no connection; a runner in CI has no folder."""
    place, digest = in_bucket
    place.proxy.seen.clear()

    assert pinned.plan_json()["digest"] == digest
    assert place.proxy.seen == []
    assert pinned.plan_json("--online")["digest"] == digest
    assert place.proxy.seen
    pinned.run("audience", "prune").assert_ok()
    apply(pinned, digest)
    assert pinned.plan_json()["campaigns"][0]["state"] == "sent"


def test_the_library_fetches_a_list_where_it_applies(
    pinned: Project, in_bucket: tuple[ObjectsPlace, str]
) -> None:
    """A service that has the digest alone plans nothing before, and has no list on its disk."""
    _, digest = in_bucket

    apply_plan(load_project(pinned.root), approval=digest)

    assert pinned.plan_json()["campaigns"][0]["state"] == "sent"


@pytest.mark.parametrize(
    ("use", "days", "what"),
    [(USE, 8, "list"), ("audience: {accounts: [lin], exclude: [{use: gold}]}\n", 2, "excluded list")],
)
def test_an_old_list_blocks_its_campaign(pinned: Project, use: str, days: int, what: str) -> None:
    """It still holds who left since."""
    change(pinned, use)
    pulled_at = datetime.fromisoformat(json.loads((pinned.root / PIN).read_text())["pulled_at"])

    (young,) = pinned.plan(now=pulled_at + timedelta(days=days - 1)).campaigns
    (old,) = pinned.plan(now=pulled_at + timedelta(days=days)).campaigns

    assert [it.message for it in young.policy_results if it.policy == "pin-age"] == []
    (result,) = (it for it in old.policy_results if it.policy == "pin-age")
    assert result.blocks
    assert result.message.startswith(f"the {what} of gold is {days} d 0 h old")


@pytest.mark.parametrize(
    ("use", "allowed"),
    [
        (USE, "max_pin_age: 2d"),
        ("audience: {accounts: [lin], exclude: [{use: gold}]}\n", "max_exclusion_age: 12h"),
    ],
)
def test_a_project_says_how_old_a_list_may_be(pinned: Project, use: str, allowed: str) -> None:
    """Two days for whom it sends to, half a day for who left: to the second, and each its own setting."""
    pinned.policy(f"{{{allowed}}}")
    change(pinned, use)
    span = timedelta(days=2) if "pin" in allowed else timedelta(hours=12)
    pulled_at = datetime.fromisoformat(json.loads((pinned.root / PIN).read_text())["pulled_at"])

    (young,) = pinned.plan(now=pulled_at + span).campaigns
    (old,) = pinned.plan(now=pulled_at + span + timedelta(seconds=1)).campaigns

    assert [it.message for it in young.policy_results if it.policy == "pin-age"] == []
    assert [it.blocks for it in old.policy_results if it.policy == "pin-age"] == [True]


@pytest.mark.parametrize(
    ("use", "days"), [(USE, 7), ("audience: {accounts: [lin], exclude: [{use: gold}]}\n", 1)]
)
def test_a_list_must_be_young_when_the_service_sends_it(pinned: Project, use: str, days: int) -> None:
    """A task fixes its people when it is made: pulled today, the list is old on the day of ``at``."""
    pulled_at = datetime.fromisoformat(json.loads((pinned.root / PIN).read_text())["pulled_at"])
    found = []
    for hours in (-1, 1):
        at = (pulled_at + timedelta(days=days, hours=hours)).replace(microsecond=0)
        change(pinned, f'{use}schedule: {{at: "{at.isoformat()}", by: service}}\n')
        (campaign,) = pinned.plan(now=pulled_at + timedelta(minutes=1)).campaigns
        found.append([it.blocks for it in campaign.policy_results if it.policy == "pin-age"])

    assert found == [[], [True]]


def test_an_old_list_may_be_sent_to_in_the_open(pinned: Project) -> None:
    """A notice of last month's outage goes to last month's customers."""
    change(pinned, USE + "exceptions: [{policy: pin-age, reason: those of the outage}]\n")

    (old,) = pinned.plan(now=pinned.now + timedelta(days=30)).campaigns

    (result,) = (it for it in old.policy_results if it.policy == "pin-age")
    assert not result.blocks


def test_a_task_at_the_service_is_judged_by_the_age_at_which_it_is_sent(pinned: Project) -> None:
    """It fixes its people when it is made, and sends to them up to a week later."""
    pulled_at = pinned.now
    at = (pulled_at + timedelta(days=6, minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    change(pinned, USE + f"schedule: {{at: {at}, by: service}}\n")

    (fresh,) = pinned.plan(now=pulled_at).campaigns
    pinned.policy("{max_pin_age: 5d}")
    (old,) = pinned.plan(now=pulled_at).campaigns

    assert [it.message for it in fresh.policy_results if it.policy == "pin-age"] == []
    assert [it.message for it in old.policy_results if it.policy == "pin-age"] == [
        "the list of gold is 6 d 0 h old, 5 d 0 h allowed; run `pushspec audience pull gold -e sandbox`"
    ]


def test_a_new_pull_is_another_plan(pinned: Project) -> None:
    """What was approved is one list, and what was sent stays what was sent."""
    digest = pinned.plan_json()["digest"]
    pinned.write({"people.csv": people(*KNOWN)})
    pinned.run("audience", "pull").assert_ok()
    assert pinned.run("apply", "--confirm", digest).code == 6

    apply(pinned)
    pinned.write({"people.csv": people(*KNOWN[1:])})
    pinned.run("audience", "pull").assert_ok()
    assert pinned.plan_json()["campaigns"][0]["state"] == "changed"


def test_prune_keeps_the_list_of_a_campaign_under_way(pinned: Project) -> None:
    """It can be finished only with the people that it began with."""
    settings = (pinned.root / "pushspec.yaml").read_text()
    fault = settings.replace("true}", "true, faults: [{kind: no_answer}]}")
    pinned.write({"pushspec.yaml": fault})
    assert pinned.run("apply", "--confirm", pinned.plan_json()["digest"]).code == 5
    began = stored(pinned)
    pinned.write({"people.csv": people(*KNOWN)})
    pinned.run("audience", "pull").assert_ok()

    assert pinned.run("audience", "prune").assert_ok().out == "0 lists removed\n"
    assert began.exists()


def test_a_check_of_people_counts_those_of_a_pinned_list_and_names_none(pinned: Project) -> None:
    """It asks about all of them, so it would be a way to read the list."""
    text = pinned.run("people", "check", "sale")
    told = pinned.run("people", "check", "sale", "--format", "json")

    assert (text.code, told.code) == (1, 1)
    assert text.out == "sale: the service knows 10 people\n  it does not know 3 people\n"
    assert json.loads(told.out)["unknown_count"] == len(CANARIES)
    assert not [name for name in (*KNOWN, *CANARIES) if name in text.out + text.err + told.out + told.err]


def test_each_person_of_a_list_that_keeps_zones_has_their_hour(project: Project) -> None:
    """The column is kept, and no message shows what few people have."""
    zones = ["Asia/Tokyo", "Europe/Berlin", ""]
    rows = "".join(f"{one},{zones[place % 3]}\n" for place, one in enumerate(KNOWN))
    schedule = "schedule: {local: '2026-12-01T10:00', timezone_column: tz, default: Asia/Shanghai}\n"
    definition = GOLD.replace("lang", "tz")
    project.write({"audiences/gold.yaml": definition, "people.csv": f"id,tz\n{rows}"})
    change(project, USE + schedule)
    project.run("audience", "pull").assert_ok()

    assert {key: len(people) for key, people in named(project).items()} == {
        "sale@1/UTC+0900 Hi": 4,
        "sale@1/UTC+0800 Hi": 3,
        "sale@1/UTC+0100 Hi": 3,
    }

    change(project, USE + schedule.replace("column: tz", "column: zone"))
    refused = project.run("plan")
    assert "the list of gold keeps tz, not zone" in refused.err
    assert "campaigns/sale.yaml:9" in refused.err

    project.write({"people.csv": f"id,tz\n{rows.replace('Asia/Tokyo', 'canary-1')}"})
    change(project, USE + schedule)
    project.run("audience", "pull").assert_ok()
    refused = project.run("plan")
    assert "a value of tz, that of 4 accounts, is no zone" in refused.err
    assert "canary-1" not in refused.err


def test_a_campaign_under_way_is_finished_with_the_people_it_began_with(pinned: Project) -> None:
    """Its source is another one meanwhile: who came since gets nothing, and nobody gets it twice."""
    change(pinned, USE + "rollout: [{stage: first, share: 50%}, {stage: rest}]\n")
    apply(pinned)
    pin = (pinned.root / PIN).read_text()
    pinned.write({"people.csv": people(*KNOWN[5:], "late-1", "late-2")})

    unpulled = pinned.plan_json()["campaigns"][0]
    pinned.run("audience", "pull").assert_ok()
    pulled = pinned.plan_json()["campaigns"][0]
    pinned.write({PIN: pin})
    apply(pinned)

    assert (unpulled["state"], pulled["state"]) == ("send", "changed")
    lines = (pinned.root / "pushspec.sandbox.lock").read_text().splitlines()
    intents = [it for it in map(json.loads, lines) if it["record"] == "intent"]
    assert sum(it["accounts"] for it in intents) == len(KNOWN) + len(CANARIES)
    assert pinned.plan_json()["campaigns"][0]["state"] == "sent"


@pytest.mark.parametrize("is_pulled", [False, True])
def test_who_leaves_while_a_campaign_is_under_way_gets_nothing(pinned: Project, *, is_pulled: bool) -> None:
    """The stages that are left would still name them; what was approved has become another campaign."""
    pinned.write({"audiences/out.yaml": OUT, "gone.txt": "guest001\n", "more.txt": "guest002\n"})
    pinned.run("audience", "pull", "out").assert_ok()
    stages = "rollout: [{stage: first, share: 50%}, {stage: rest}]\n"
    change(pinned, "audience: {use: gold, exclude: [more.txt, {use: out}]}\n" + stages)
    apply(pinned)
    before = (pinned.root / "pushspec.sandbox.lock").read_text().count('"record": "intent"')

    if is_pulled:
        pinned.write({"gone.txt": "".join(f"{one}\n" for one in KNOWN[:9])})
        pinned.run("audience", "pull", "out").assert_ok()
    else:
        pinned.write({"more.txt": "".join(f"{one}\n" for one in KNOWN[1:9])})
    planned = pinned.plan_json()
    outcome = pinned.run("apply", "--confirm", planned["digest"])

    assert (planned["campaigns"][0]["state"], outcome.code) == ("changed", 6)
    assert (pinned.root / "pushspec.sandbox.lock").read_text().count('"record": "intent"') == before

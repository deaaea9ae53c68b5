"""A plan of a pinned campaign is rendered from the pin alone: no list, no socket, the same digest."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workbench import Project

STRACE = shutil.which("strace")
GOLD = (
    "apiVersion: pushspec/v1\nkind: Audience\nname: gold\nfile: people.csv\ncolumn: id\nkeep: [lang, tier]\n"
)
OUT = "apiVersion: pushspec/v1\nkind: Audience\nname: out\nfile: gone.txt\n"
PIN = "audiences/gold.sandbox.pin.json"
CAMPAIGN = """\
apiVersion: pushspec/v1
kind: Campaign
name: sale
version: 1
endpoint: timpush/batch
from: admin
"""
TITLE = "notification: {title: 'Hi {{ user.lang }}{{ greeting }}', desc: There}\nvars: {greeting: '!'}\n"
PERSONAL = TITLE + "audience: {use: gold, personalize: [lang]}\n"
PLAIN = "notification: {title: Hi, desc: There}\n"
USE = PLAIN + "audience: {use: gold}\n"
MANY = [f"guest{number:03d}" for number in range(1, 1001)]


def people(few: int = 3) -> str:
    """Return six hundred who read English, four hundred Chinese, and a few with a language of their own."""
    rows = [f"{one},{'en' if place < 600 else 'zh'},a\n" for place, one in enumerate(MANY)]
    return "id,lang,tier\n" + "".join(rows) + "".join(f"rare{n},lang-of-{n},a\n" for n in range(few))


@pytest.fixture
def pinned(project: Project) -> Project:
    project.write(
        {
            "audiences/gold.yaml": GOLD,
            "audiences/out.yaml": OUT,
            "people.csv": people(),
            "gone.txt": "guest001\nguest777\nelse\n",
            "more.txt": "guest002\n",
            "campaigns/sale.yaml": CAMPAIGN + PERSONAL,
            # No list is too old: a process of its own goes by the clock of this machine.
            "pushspec.yaml": project.text + "policy: {max_refused: 100%, max_pin_age: 36500d}\n",
        }
    )
    project.run("audience", "pull").assert_ok()
    return project


def campaign_of(project: Project) -> Any:
    (campaign,) = project.plan_json()["campaigns"]
    return campaign


def without_lists(project: Project, act: Callable[[], Any]) -> Any:
    """Return what an act gives on a machine that has the repository and nothing else."""
    store, aside = project.root / ".pushspec" / "audiences", project.root.parent / "aside"
    store.rename(aside)
    try:
        return act()
    finally:
        aside.rename(store)


STAGES = "rollout: [{stage: canary, share: 10%}, {stage: rest}]\n"
ARMS = "variants: [{name: a, share: 40%, vars: {greeting: '?'}}, {name: b, share: 40%}]\n"
HOLDOUT = "holdout: {share: 5%, salt: '2026'}\n"


@pytest.mark.parametrize(
    ("campaign", "project_keys"),
    [
        (USE, ""),
        (USE, HOLDOUT),
        (PERSONAL, ""),
        (PERSONAL + STAGES, HOLDOUT),
        (PERSONAL + ARMS, ""),
        (PLAIN + "audience: {use: gold, exclude: [more.txt, {use: out}]}\n", ""),
        (PLAIN + "audience: {file: people.csv, column: id, exclude: [more.txt, {use: out}]}\n", HOLDOUT),
        (
            TITLE + "audience: {file: people.csv, column: id, personalize: [lang], exclude: [{use: out}]}\n",
            "",
        ),
        (PLAIN + "audience: {accounts: [guest001, lin], exclude: [{use: out}]}\n", ""),
    ],
)
def test_the_digest_does_not_depend_on_whether_the_list_is_at_hand(
    pinned: Project, campaign: str, project_keys: str
) -> None:
    """Who approves on a laptop without the list approves what a runner with the list sends."""
    settings = (pinned.root / "pushspec.yaml").read_text()
    pinned.write({"pushspec.yaml": settings + project_keys, "campaigns/sale.yaml": CAMPAIGN + campaign})
    exact = campaign_of(pinned)

    about = without_lists(pinned, lambda: campaign_of(pinned))

    assert about["digest"] == exact["digest"]
    assert abs(about["accounts"] - exact["accounts"]) < 100
    assert not exact["is_about"]


CHANGES: list[tuple[str, dict[str, str]]] = [
    ("a text", {"campaigns/sale.yaml": CAMPAIGN + PERSONAL.replace("There", "Where")}),
    ("a variable", {"campaigns/sale.yaml": CAMPAIGN + PERSONAL.replace("'!'", "'?'")}),
    ("columns", {"campaigns/sale.yaml": CAMPAIGN + PERSONAL.replace("[lang]", "[lang, tier]")}),
    (
        "an exclusion",
        {"campaigns/sale.yaml": CAMPAIGN + PERSONAL.replace("gold,", "gold, exclude: [more.txt],")},
    ),
    (
        "an excluded list",
        {"campaigns/sale.yaml": CAMPAIGN + PERSONAL.replace("gold,", "gold, exclude: [{use: out}],")},
    ),
    ("the list", {"people.csv": people() + "new,en,a\n"}),
    ("people swapped", {"people.csv": people().replace("guest001", "guest0x1")}),
    ("a stage", {"campaigns/sale.yaml": CAMPAIGN + PERSONAL + STAGES}),
    ("shares", {"campaigns/sale.yaml": CAMPAIGN + PERSONAL + ARMS}),
]


@pytest.mark.parametrize("files", [files for _, files in CHANGES], ids=[name for name, _ in CHANGES])
def test_the_digest_covers_all_that_decides_who_gets_what(pinned: Project, files: dict[str, str]) -> None:
    """An approval is for these people and these texts."""
    before = without_lists(pinned, lambda: campaign_of(pinned)["digest"])
    pinned.write(files)
    pinned.run("audience", "pull").assert_ok()

    assert without_lists(pinned, lambda: campaign_of(pinned)["digest"]) != before


def test_the_digest_covers_an_exclusion_whose_file_changed(pinned: Project) -> None:
    """Its path stayed, and other people are left out."""
    text = CAMPAIGN + PERSONAL.replace("gold,", "gold, exclude: [more.txt],")
    pinned.write({"campaigns/sale.yaml": text})
    before = without_lists(pinned, lambda: campaign_of(pinned)["digest"])
    pinned.write({"more.txt": "guest003\n"})

    assert without_lists(pinned, lambda: campaign_of(pinned)["digest"]) != before


HIDDEN = """\
notification:
  title: '{% if user.lang == "lang-of-1" %}A{% include "a.txt" %}{% endif %}B'
  desc: D
"""


@pytest.mark.parametrize(
    "files",
    [
        {
            "campaigns/sale.yaml": CAMPAIGN
            + HIDDEN.replace("A{", "C{")
            + "audience: {use: gold, personalize: [lang]}\n"
        },
        {"templates/a.txt": "other"},
    ],
)
def test_the_digest_covers_texts_that_the_pin_does_not_show(pinned: Project, files: dict[str, str]) -> None:
    """A handful of people must not get what nobody approved."""
    text = CAMPAIGN + HIDDEN + "audience: {use: gold, personalize: [lang]}\n"
    pinned.write({"campaigns/sale.yaml": text, "templates/a.txt": "one"})
    before = without_lists(pinned, lambda: campaign_of(pinned)["digest"])
    pinned.write(files)

    assert without_lists(pinned, lambda: campaign_of(pinned)["digest"]) != before


def test_limits_that_cut_the_calls_otherwise_are_another_digest(pinned: Project) -> None:
    """A campaign under way would send its second half to some of the first."""
    before = campaign_of(pinned)["digest"]
    settings = (pinned.root / "pushspec.yaml").read_text()
    pinned.write({"pushspec.yaml": settings.replace("true}", "true, limits: {accounts_per_call: 100}}")})

    assert campaign_of(pinned)["digest"] != before


def test_the_plan_shows_texts_of_many_and_counts_those_of_few(pinned: Project) -> None:
    """A language that one person speaks would tell who is in the list."""
    pin = (pinned.root / "audiences/gold.sandbox.pin.json").read_text()
    (spread,) = json.loads(pin)["combinations"]
    about = without_lists(pinned, lambda: campaign_of(pinned))
    text = without_lists(pinned, lambda: pinned.run("plan", "sale").assert_ok().out)

    assert spread == {
        "columns": ["lang"],
        "shown": [{"values": ["en"], "count": 600}, {"values": ["zh"], "count": 400}],
        "hidden": 3,
        "hidden_accounts": 3,
    }
    assert "lang-of" not in pin + text
    assert {call["body"]["OfflinePushInfo"]["Title"] for call in about["calls"]} == {"Hi en!", "Hi zh!"}
    assert (about["accounts"], about["hidden_texts"], about["is_about"]) == (1003, 3, True)
    assert about["call_count"] == campaign_of(pinned)["call_count"]
    assert all("To_Account" not in call["body"] and call["bytes"] is None for call in about["calls"])
    assert "3 more texts, each of a few people, are shown with the list" in text
    assert "about 1,003 accounts" in text
    assert {call["body"]["OfflinePushInfo"]["Title"] for call in campaign_of(pinned)["calls"]} > {
        "Hi lang-of-1!"
    }


def test_sizes_that_the_pin_tells_are_exact(pinned: Project) -> None:
    """Nothing cuts the list, so its count is that of the pin."""
    pinned.write({"campaigns/sale.yaml": CAMPAIGN + USE})
    exact = campaign_of(pinned)

    about = without_lists(pinned, lambda: campaign_of(pinned))

    assert (about["accounts"], about["call_count"], about["is_about"]) == (1003, exact["call_count"], False)


def test_a_list_of_which_its_pin_tells_all_stays_unopened(pinned: Project) -> None:
    """Ten million rows are read for nothing: sizes, parts and digest are the same."""
    pinned.write({"campaigns/sale.yaml": CAMPAIGN + USE})
    online = pinned.run("plan", "--online").assert_ok().out
    digest = pinned.plan_json()["digest"]
    list_of(pinned).write_bytes(b"no list")

    plans = [pinned.run("plan", *words) for words in ((), ("-o", "plan.json"))]

    assert plans[0].assert_ok().out == online
    assert plans[1].assert_ok().code == 0
    refused = [
        pinned.run(*command)
        for command in (
            ("plan", "--online"),
            ("plan", "sale"),
            ("plan", "--format", "json"),
            ("apply", "plan.json"),
            ("apply", "--confirm", digest),
        )
    ]
    assert [it.code for it in refused] == [6] * len(refused)
    assert all("is not the one of the pin: it is damaged" in it.err for it in refused)


@pytest.mark.parametrize(
    ("campaign", "project_keys"),
    [
        (USE, HOLDOUT),
        (USE + STAGES, ""),
        (USE + ARMS, ""),
        (PERSONAL, ""),
        (PLAIN + "audience: {use: gold, exclude: [more.txt]}\n", ""),
    ],
)
def test_a_list_that_says_more_than_its_pin_is_read(
    pinned: Project, campaign: str, project_keys: str
) -> None:
    """Whoever has the list sees exact sizes, and that it is another one."""
    settings = (pinned.root / "pushspec.yaml").read_text()
    pinned.write({"pushspec.yaml": settings + project_keys, "campaigns/sale.yaml": CAMPAIGN + campaign})
    list_of(pinned).write_bytes(b"no list")

    assert "is not the one of the pin: it is damaged" in pinned.run("plan").err


def test_shares_and_stages_are_about_their_size(pinned: Project) -> None:
    """Whether somebody falls into a share, only an account can tell."""
    pinned.write({"campaigns/sale.yaml": CAMPAIGN + PERSONAL + ARMS + STAGES})
    exact = campaign_of(pinned)

    about = without_lists(pinned, lambda: campaign_of(pinned))

    assert [arm["variant"] for arm in about["arms"]] == ["a", "b"]
    assert all(
        abs(a["accounts"] - b["accounts"]) < 50 for a, b in zip(about["arms"], exact["arms"], strict=True)
    )
    assert [stage["stage"] for stage in about["rollout"]["stages"]] == ["canary", "rest"]
    assert abs(about["rollout"]["stages"][0]["accounts"] - exact["rollout"]["stages"][0]["accounts"]) < 50


FORMS = (
    (("plan", "--format", "markdown"), "sends 1 campaign in {}2 calls."),
    (("plan", "--format", "markdown"), "`sale@1#1` and {}1 call like it"),
    (("plan", "--format", "markdown"), "24 hours ({}2 requests"),
    (("plan", "--format", "html"), "24 hours ({}2 requests"),
    (("calendar",), "accounts of gold · {}2 calls"),
    (("calendar", "--format", "markdown"), ", {}2 calls`"),
    (("calendar", "--format", "html"), " · {}2\u00a0calls"),
    (("calendar", "--format", "ics"), "\\; {}2 calls"),
)


@pytest.mark.parametrize(("command", "words"), FORMS)
def test_every_form_says_that_a_size_is_an_estimate(
    pinned: Project, command: tuple[str, ...], words: str
) -> None:
    """How many calls there are hangs on who the holdout takes, and a reviewer's machine has no list."""
    settings = (pinned.root / "pushspec.yaml").read_text()
    pinned.write({"pushspec.yaml": settings + HOLDOUT, "campaigns/sale.yaml": CAMPAIGN + USE})

    def told() -> str:
        folded = pinned.run(*command).assert_ok().out
        return folded.replace("\r\n ", "").replace("about\u00a0", "about ")

    assert words.format("about ") in without_lists(pinned, told)
    assert words.format("") in told()


def test_what_a_campaign_excludes_is_counted_once_the_list_is_at_hand(pinned: Project) -> None:
    """An exclusion without effect is a policy, and nobody can tell yet."""
    text = PLAIN + "audience: {use: gold, exclude: [more.txt, {use: out}]}\n"
    pinned.write({"campaigns/sale.yaml": CAMPAIGN + text})

    about = without_lists(pinned, lambda: campaign_of(pinned))

    assert [(it["entries"], it["found"]) for it in about["exclusions"]] == [(1, None), (3, None)]
    assert [(it["entries"], it["found"]) for it in campaign_of(pinned)["exclusions"]] == [(1, 1), (3, 2)]
    assert about["state"] == "send"


def test_an_empty_value_that_a_text_needs_is_an_error_from_the_pin(pinned: Project) -> None:
    """Whoever reviews the pull request sees it, and not the run at night."""
    pinned.write({"people.csv": people() + "".join(f"none{n},,a\n" for n in range(7))})
    pinned.run("audience", "pull").assert_ok()

    outcome = without_lists(pinned, lambda: pinned.run("plan"))

    assert outcome.code == 1
    assert "error[personal-empty]: lang is empty for 7 accounts" in outcome.err


@pytest.mark.parametrize("strace", [STRACE] if STRACE else [])
def test_a_plan_from_a_pin_opens_no_socket_and_needs_no_secret(
    pinned: Project, strace: str, tmp_path: Path
) -> None:
    """A plan of a stranger's pull request has no secret, and the runner has no list."""
    digest = pinned.plan_json()["digest"]
    in_a_bucket(pinned)
    trace = tmp_path / "trace"
    command = [strace, "-f", "-qq", "-e", "trace=connect,bind,sendto,sendmsg", "-o", str(trace)]

    ran = subprocess.run(
        [*command, sys.executable, "-m", "pushspec", "plan", "--format", "json"],
        cwd=pinned.root,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        capture_output=True,
        check=True,
        timeout=60,
    )

    assert json.loads(ran.stdout)["digest"] == digest
    assert [line for line in trace.read_text().splitlines() if "AF_INET" in line] == []


def in_a_bucket(project: Project) -> None:
    """Move the lists to a bucket that is out of reach."""
    shutil.rmtree(project.root / ".pushspec" / "audiences")
    settings = (project.root / "pushspec.yaml").read_text()
    place = "true, audience_store: 's3://bucket/lists'}"
    project.write({"pushspec.yaml": settings.replace("true}", place)})


def list_of(project: Project) -> Path:
    """Return the file of the list."""
    pin = json.loads((project.root / PIN).read_text())
    return project.root / ".pushspec/audiences" / f"{pin['rows_sha256']}.list.gz"


@pytest.mark.parametrize("at", ["audiences", "lists"])
@pytest.mark.parametrize("leads_to", ["an endless device", "the list itself, outside"])
def test_a_link_in_the_place_of_a_list_leads_nowhere(
    pinned: Project, tmp_path: Path, at: str, leads_to: str
) -> None:
    """git carries links; a plan of a stranger's tree reads no device without end and nothing outside."""
    name = list_of(pinned).name
    outside = list_of(pinned).rename(tmp_path / name)
    if at == "lists":
        in_a_bucket(pinned)
    place = pinned.root / ".pushspec" / at / name
    place.parent.mkdir(exist_ok=True)
    place.symlink_to("/dev/zero" if "device" in leads_to else outside)

    done = subprocess.run(
        [sys.executable, "-m", "pushspec", "plan"],
        cwd=pinned.root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "a pinned list is not on this machine" in done.stdout


@pytest.mark.parametrize("place", ["../LISTS", "../of:ours/../LISTS", "PARENT/LISTS", "PARENT/TREE/link"])
@pytest.mark.parametrize("command", ["plan", "validate", "preview", "calendar"])
@pytest.mark.parametrize("strace", [STRACE] if STRACE else [])
def test_offline_commands_open_no_list_outside_the_project(
    pinned: Project, strace: str, command: str, place: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A stranger's project file may name any folder; a plan that may look there shows exact sizes."""
    outside = pinned.root.with_name(f"{pinned.root.name}-lists")
    (pinned.root / ".pushspec" / "audiences").rename(outside)
    (pinned.root / "link").symlink_to(outside)
    outside.with_name("of:ours").mkdir(exist_ok=True)
    place = place.replace("PARENT", str(outside.parent)).replace("TREE", pinned.root.name)
    place = place.replace("LISTS", outside.name)
    settings = (pinned.root / "pushspec.yaml").read_text()
    pinned.write({"pushspec.yaml": settings.replace("true}", f"true, audience_store: '{place}'}}")})
    trace = tmp_path_factory.mktemp("trace") / "calls"

    subprocess.run(
        [
            *(strace, "-f", "-qq", "-y", "-e", "trace=file", "-o", str(trace)),
            *(sys.executable, "-m", "pushspec", command),
        ],
        cwd=pinned.root,
        capture_output=True,
        check=True,
        timeout=60,
    )

    looked_for = [line for line in trace.read_text().splitlines() if ".list.gz" in line]
    assert [line for line in looked_for if "/.pushspec/audiences/" not in line] == []
    assert "a pinned list is not on this machine" in pinned.run("plan").out
    assert "a pinned list is not on this machine" not in pinned.run("plan", "--online").out


@pytest.mark.parametrize(("folder", "store"), [("audiences", "folder"), ("lists", "bucket")])
def test_a_linked_folder_of_lists_is_refused(
    pinned: Project, tmp_path: Path, folder: str, store: str
) -> None:
    """Else a list would be read, and a fetched one written, wherever a tree wants."""
    if store == "bucket":
        in_a_bucket(pinned)
    place = pinned.root / ".pushspec" / folder
    if place.exists():
        place.rename(tmp_path / "outside")
    place.symlink_to(tmp_path / "outside")

    done = pinned.run("plan")

    assert (done.code, "it goes through a symbolic link" in done.err) == (1, True)


@pytest.mark.parametrize(
    "command",
    ["validate", "preview", "calendar", "plan --format markdown", "plan --format html", "plan --bodies"],
)
def test_every_view_does_without_the_list(pinned: Project, command: str) -> None:
    """What a reviewer looks at needs no more than the repository."""
    in_a_bucket(pinned)

    shown = pinned.run(*command.split()).assert_ok()

    assert "lang-of" not in shown.out


def test_what_was_approved_without_the_list_is_sent_with_it(pinned: Project) -> None:
    """The digest of the pull request is the one that apply takes."""
    text = PERSONAL.replace("gold,", "gold, exclude: [more.txt, {use: out}],") + ARMS
    pinned.write({"campaigns/sale.yaml": CAMPAIGN + text})
    digest = without_lists(pinned, lambda: pinned.plan_json()["digest"])

    applied = pinned.run("apply", "--confirm", digest)

    assert "stale" not in applied.err
    assert campaign_of(pinned)["state"] == "sent"
    assert without_lists(pinned, lambda: campaign_of(pinned))["state"] == "sent"


def test_a_rollout_under_way_is_planned_without_its_list(pinned: Project) -> None:
    """Its begin says how many calls each stage makes, so that what is left is exact."""
    pinned.write({"campaigns/sale.yaml": CAMPAIGN + PERSONAL + STAGES.replace("10%", "10%, hold: 30m")})
    pinned.run("apply", "--confirm", pinned.plan_json()["digest"])
    exact = campaign_of(pinned)

    known = without_lists(pinned, lambda: campaign_of(pinned))

    keys = ("state", "reason", "digest", "accounts", "call_count", "is_about", "rollout", "since")
    assert {key: known[key] for key in keys} == {key: exact[key] for key in keys}
    assert known["state"] == "waiting"


def zoned(project: Project, campaign: str) -> Project:
    """Let the list say that most are in two zones, some in none, and a few in zones that the pin hides."""
    zones = ["Etc/UTC"] * 600 + ["Etc/GMT+5"] * 390 + [""] * 10
    rows = [f"{one},{'en' if place < 700 else 'zh'},{zones[place]}\n" for place, one in enumerate(MANY)]
    rare = [f"rare{place},en,{zone}\n" for place, zone in enumerate(("Etc/GMT+9", "Etc/GMT-9"))]
    definition = GOLD.replace("tier", "tz")
    files = {"audiences/gold.yaml": definition, "people.csv": "id,lang,tz\n" + "".join([*rows, *rare])}
    project.write(files | {"campaigns/sale.yaml": CAMPAIGN + campaign})
    project.run("audience", "pull").assert_ok()
    return project


def hours(begins: datetime) -> str:
    local, until = (f"{moment:%Y-%m-%dT%H:%M}" for moment in (begins, begins + timedelta(hours=1)))
    keys = f"local: '{local}', local_until: '{until}', timezone_column: tz, default: Etc/UTC"
    return f"schedule: {{{keys}}}\n"


@pytest.mark.parametrize("campaign", [USE, PERSONAL, PERSONAL + ARMS])
def test_the_digest_of_local_hours_does_not_depend_on_the_list_either(pinned: Project, campaign: str) -> None:
    """Also where the pin hides in which zones a few people are."""
    zoned(pinned, campaign + hours(datetime(2027, 3, 14, 2, 30)))  # noqa: DTZ001 - on each person's clock
    exact = campaign_of(pinned)

    about = without_lists(pinned, lambda: campaign_of(pinned))

    assert about["digest"] == exact["digest"]
    assert (about["is_about"], exact["is_about"]) == (True, False)
    names = [hour["name"] for hour in exact["local_hours"]["hours"]]
    assert names == ["UTC+0900", "UTC+0000", "UTC-0500", "UTC-0900"]
    assert [hour["name"] for hour in about["local_hours"]["hours"]] == ["UTC+0000", "UTC-0500"]


def test_hours_under_way_are_planned_without_their_list(pinned: Project) -> None:
    """The begin says which hours there are and how many calls each makes."""
    zoned(pinned, PERSONAL + hours(pinned.now - timedelta(minutes=30)))
    pinned.run("apply", "--confirm", pinned.plan_json()["digest"])
    exact = campaign_of(pinned)

    known = without_lists(pinned, lambda: campaign_of(pinned))

    keys = ("state", "reason", "digest", "accounts", "call_count", "is_about")
    assert {key: known[key] for key in keys} == {key: exact[key] for key in keys}
    assert known["state"] == "waiting"
    states = [
        [(hour["name"], hour["state"], hour["calls_left"]) for hour in view["local_hours"]["hours"]]
        for view in (known, exact)
    ]
    assert states[0] == states[1]
    assert {state for _, state, _ in states[0]} == {"expired", "sent", "waiting"}
    shown = without_lists(pinned, lambda: pinned.run("plan")).assert_ok().out
    assert "UTC-0900: 1 account, 1 call: " in shown


def test_who_joined_and_left_is_counted_where_both_lists_are_at_hand(pinned: Project) -> None:
    """The same count may hide that half of the people are others."""
    pinned.write({"campaigns/sale.yaml": CAMPAIGN + USE})
    pinned.run("apply", "--confirm", pinned.plan_json()["digest"])
    rows_sha256 = json.loads((pinned.root / PIN).read_text())["rows_sha256"]
    rows = people().replace("guest001,", "a\\b,").replace("guest002,", "鱼,")
    pinned.write({"people.csv": rows.replace("guest003,en,a\n", "")})
    pinned.write({"campaigns/sale.yaml": (CAMPAIGN + USE).replace("version: 1", "version: 2")})
    assert "list gold" not in pinned.run("plan", "sale").out, "nobody joined a list that is the same"
    pinned.run("audience", "pull").assert_ok()

    known = campaign_of(pinned)["since"]["changes"]
    unknown = without_lists(pinned, lambda: campaign_of(pinned)["since"]["changes"])

    assert "2 accounts joined, 3 left" in [it["note"] for it in known if it["field"] == "list gold"]
    assert [it for it in unknown if it["field"] == "list gold"] == []
    assert "list gold: 2 accounts joined, 3 left" in " ".join(pinned.run("plan", "sale").out.split())
    before = pinned.root / ".pushspec" / "audiences" / f"{rows_sha256}.list.gz"
    before.write_bytes(gzip.compress(b"account\tlang\ttier\nmallory\ten\ta\n"))
    assert "list gold" not in pinned.run("plan", "sale").out


def test_texts_that_the_pin_only_counts_are_texts_of_the_policy(pinned: Project) -> None:
    """A text for nearly every reader is refused where it is reviewed, and not first where it is sent."""
    settings = (
        (pinned.root / "pushspec.yaml").read_text().replace("{max_refused", "{max_texts: 4, max_refused")
    )
    pinned.write({"pushspec.yaml": settings})

    about = without_lists(pinned, lambda: campaign_of(pinned))

    assert about["state"] == "blocked"
    assert about["reason"] == campaign_of(pinned)["reason"] == "max-texts (5 different texts, 4 allowed)"


def git(project: Project, *arguments: str) -> None:
    identity = ("-c", "user.name=ada", "-c", "user.email=ada@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=project.root, check=True, capture_output=True)


def test_two_commits_are_compared_by_their_pins(pinned: Project) -> None:
    """A checked-out commit has no lists, and the list of now must not look like a change."""
    pinned.write({".gitignore": ".pushspec/\n"})
    git(pinned, "init", "-q")
    git(pinned, "add", "-A")
    git(pinned, "commit", "-q", "-m", "one")
    same = pinned.run("diff", "--base", "HEAD").assert_ok().out
    text = CAMPAIGN + PERSONAL.replace("There", "Where").replace("gold,", "gold, exclude: [more.txt],")
    pinned.write({"people.csv": people() + "new,en,a\n", "campaigns/sale.yaml": text})
    pinned.run("audience", "pull").assert_ok()

    other = pinned.run("diff", "--base", "HEAD").assert_ok().out

    assert "no change in what would be sent" in same
    assert "audience  1,003 accounts of gold → about 1,004 accounts of gold: 1 account more" in " ".join(
        other.replace("about 1,003", "1,003").split(" ")
    )
    assert other.count("OfflinePushInfo.Desc  There → Where") == 2


@pytest.mark.parametrize(
    ("old", "new"), [("T02:30", "T02:31"), ("T03:30", "T03:31"), ("Etc/UTC", "Asia/Tokyo")]
)
def test_the_digest_covers_the_hours_of_a_list(pinned: Project, old: str, new: str) -> None:
    """An approval of ten in the morning is none of eleven, though the list is the same."""
    schedule = hours(datetime(2027, 3, 14, 2, 30))  # noqa: DTZ001 - on each person's clock
    zoned(pinned, USE + schedule)
    digest = campaign_of(pinned)["digest"]
    changed = schedule.replace(old, new)
    pinned.write({"campaigns/sale.yaml": CAMPAIGN + USE + changed})

    assert changed != schedule
    assert campaign_of(pinned)["digest"] != digest


@pytest.mark.parametrize("is_at_hand", [True, False])
@pytest.mark.parametrize("personal", ["", ", personalize: [lang]"])
def test_a_plan_says_whom_the_pull_left_out_as_of_a_file(
    pinned: Project, personal: str, *, is_at_hand: bool
) -> None:
    """Whoever approves a list has to see that it names people twice and whom it leaves out, pinned or not."""
    listed = f"audience: {{file: people.csv, column: id, exclude: [gone.txt]{personal}}}\n"
    by_name = f"audience: {{use: gold{personal}}}\n"
    text = CAMPAIGN + (TITLE if personal else PLAIN)
    pinned.write(
        {"people.csv": people() + "guest005,en,a\nguest006,en,a\n", "campaigns/sale.yaml": text + listed}
    )
    of_file = {it: pinned.run("plan", "--format", it).out for it in ("text", "markdown", "html")}
    figures = ("accounts", "duplicates", "excluded", "exclusions")
    expected = {it: campaign_of(pinned)[it] for it in figures}
    pinned.write(
        {"audiences/gold.yaml": GOLD + "exclude: [gone.txt]\n", "campaigns/sale.yaml": text + by_name}
    )
    pinned.run("audience", "pull").assert_ok()

    def views() -> dict[str, str]:
        return {it: pinned.run("plan", "--format", it).out for it in of_file}

    found = views() if is_at_hand else without_lists(pinned, views)
    campaign = campaign_of(pinned) if is_at_hand else without_lists(pinned, lambda: campaign_of(pinned))

    for words in (
        "2 accounts named twice",
        "2 of 3 entries of gone.txt are in the audience, 2 people left out",
    ):
        assert {it: words in " ".join(shown.split()) for it, shown in of_file.items()} == dict.fromkeys(
            found, True
        )
        assert {it: words in " ".join(shown.split()) for it, shown in found.items()} == dict.fromkeys(
            found, True
        )
    assert {it: campaign[it] for it in figures} == expected


def test_what_pull_and_campaign_leave_out_is_added_up(pinned: Project) -> None:
    """The campaign's own entries come on top, and one that both have is one."""
    use = "audience: {use: gold, exclude: [more.txt, gone.txt]}\n"
    pinned.write(
        {"audiences/gold.yaml": GOLD + "exclude: [gone.txt]\n", "campaigns/sale.yaml": CAMPAIGN + PLAIN + use}
    )
    pinned.run("audience", "pull").assert_ok()

    campaign = campaign_of(pinned)

    assert (campaign["accounts"], campaign["excluded"]) == (1_000, 3)
    assert [(it["path"], it["entries"], it["found"]) for it in campaign["exclusions"]] == [
        ("gone.txt", 3, 2),
        ("more.txt", 1, 1),
    ]

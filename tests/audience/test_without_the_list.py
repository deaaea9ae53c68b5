"""Every view of campaigns with a pinned list works where the list is not: in CI, and for who reviews."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from workbench import Outcome, Project

GOLD = "apiVersion: pushspec/v1\nkind: Audience\nname: gold\nfile: people.csv\ncolumn: id\nkeep: [lang, tz]\n"
OUT = "apiVersion: pushspec/v1\nkind: Audience\nname: out\nfile: gone.txt\n"
PEOPLE = "id,lang,tz\n" + "".join(
    f"p{number:03d},{'en' if number % 3 else 'zh'},{'Asia/Tokyo' if number % 2 else 'Europe/Paris'}\n"
    for number in range(1, 401)
)
RARE = "rong,la,Europe/Rome\n"
HEAD = """\
apiVersion: pushspec/v1
kind: Campaign
name: sale
endpoint: timpush/batch
from: admin
"""
ARM_A = "{name: a, share: 50%, vars: {mark: '!'}}"
ARM_B = "{name: b, share: 30%, vars: {mark: '?'}}"
ARMS = f"variants: [{ARM_A}, {ARM_B}]\n"
OTHER_ARMS = ARMS.replace("50%", "40%")
TURNED_ARMS = f"variants: [{ARM_B}, {ARM_A}]\n"
TEXT = "notification: {title: 'Hi{{ mark }}', desc: There}\nvars: {mark: ''}\n"
HI = "notification: {title: 'Hi {{ user.lang }}{{ mark }}', desc: There}\nvars: {mark: ''}\n"
USE = TEXT + "audience: {use: gold}\n"
PERSONAL = HI + "audience: {use: gold, personalize: [lang]}\n"
POLICY = "policy: {max_pin_age: 36500d, max_exclusion_age: 36500d}\n"
HOLDOUT = "holdout: {share: 20%, salt: '2026'}\n"
EXCLUDE = TEXT + "audience: {use: gold, exclude: [more.txt, {use: out}]}\n"
HOURS = "schedule: {local: '2099-12-02T10:00', timezone_column: tz, local_until: '2099-12-02T12:00'}\n"
STAGES = "rollout: [{stage: canary, share: 10%, hold: 1h}, {stage: rest}]\n"
TASK = "schedule: {at: '2099-12-02T10:00+08:00', by: service}\n"
OWN_LISTS = TEXT + "variants: [{name: a, audience: {use: gold}}, {name: b, audience: {use: out}}]\n"
FILE = TEXT + "audience: {file: people.csv, column: id, exclude: [{use: out}]}\n"

CAMPAIGNS = {
    "other shares": USE + OTHER_ARMS,
    "another order of variants": USE + TURNED_ARMS,
    "other shares of texts": PERSONAL + OTHER_ARMS,
    "other shares and a holdout": USE + OTHER_ARMS + HOLDOUT,
    "other shares in stages": PERSONAL + OTHER_ARMS + STAGES + HOLDOUT,
    "other shares without some": EXCLUDE + OTHER_ARMS,
    "other shares of a file without a list": FILE + OTHER_ARMS,
    "no shares any more": USE,
    "a holdout": PERSONAL + HOLDOUT,
    "an exclusion of its own": EXCLUDE,
    "local hours": PERSONAL + HOURS,
    "local hours and all the rest": EXCLUDE.replace("gold,", "gold, personalize: [lang],")
    + OTHER_ARMS
    + HOURS
    + HOLDOUT,
    "a task of the service": USE + TASK + OTHER_ARMS,
    "a task of texts": PERSONAL + TASK + HOLDOUT,
    "lists of its variants": OWN_LISTS,
}
VIEWS = [
    "plan",
    "plan sale --bodies",
    "plan --format json",
    "plan --format markdown",
    "plan --format html",
    "plan --format github",
    "plan --format sarif",
    "plan --report plan.html --report plan.md -o saved.json",
    "calendar",
    "calendar --format markdown",
    "calendar --format html",
    "calendar --format ics",
    "validate",
    "preview",
    "status",
    "status --format json",
    "show sale",
    "report sale@1",
]


@pytest.fixture
def seeded(project: Project) -> Project:
    """A project with a list of people whom the sandbox knows."""
    project.write(
        {
            "audiences/gold.yaml": GOLD,
            "audiences/out.yaml": OUT,
            "people.csv": PEOPLE + RARE,
            "gone.txt": "p001\np077\n",
            "more.txt": "p002\n",
        }
    )
    write_campaign(project, USE, version=1)
    project.run("sandbox", "seed", "--count", "400", "--prefix", "p").assert_ok()
    project.run("audience", "pull").assert_ok()
    return project


@pytest.fixture
def begun(seeded: Project) -> Project:
    """A project whose list was sent to in shares."""
    write_campaign(seeded, USE + ARMS, version=1)
    seeded.run("apply", "--confirm", seeded.plan_json()["digest"]).assert_ok()
    return seeded


def write_campaign(project: Project, campaign: str, version: int = 2) -> None:
    """Write the campaign; a holdout in it is the project's."""
    holdout = HOLDOUT if HOLDOUT in campaign else ""
    text = f"{HEAD}version: {version}\n{campaign.replace(HOLDOUT, '')}"
    project.write({"pushspec.yaml": project.text + POLICY + holdout, "campaigns/sale.yaml": text})


def take_list_away(project: Project) -> None:
    """Leave what a clone of the repository has."""
    shutil.rmtree(project.root / ".pushspec" / "audiences")


def warning_of(outcome: Outcome) -> list[tuple[str, int, int]]:
    """Return how many of how many people the plan says change sides, and whether that is an estimate."""
    text = " ".join(outcome.out.split())
    found = re.findall(r"a 50%, b 30%; (about )?(\d+) accounts of (\d+) change", text)
    return [(about, int(number), int(whole)) for about, number, whole in found]


@pytest.mark.parametrize("campaign", CAMPAIGNS.values(), ids=list(CAMPAIGNS))
def test_each_view_works_without_the_list_and_none_has_another_digest(begun: Project, campaign: str) -> None:
    """An arm of a share, a stage or an hour is about so many people, and nobody asks who they are."""
    write_campaign(begun, campaign)
    begun.run("audience", "pull").assert_ok()  # the same list; its pin counts the columns of the campaign
    digest = begun.plan_json()["digest"]
    take_list_away(begun)

    outcomes = {view: begun.run(*view.split()) for view in VIEWS}

    assert [(view, it.err) for view, it in outcomes.items() if it.code != 0] == []
    assert begun.plan_json()["digest"] == digest


@pytest.mark.parametrize(
    "campaign", [USE + OTHER_ARMS, USE + TURNED_ARMS, EXCLUDE + OTHER_ARMS, FILE + OTHER_ARMS]
)
def test_about_so_many_change_sides_where_nobody_can_tell_who(begun: Project, campaign: str) -> None:
    """Who reviews in CI is warned of broken tests as who has the list is."""
    write_campaign(begun, campaign)
    ((is_about, moved, _),) = warning_of(begun.run("plan"))
    take_list_away(begun)

    ((about, estimate, _),) = warning_of(begun.run("plan"))

    assert (is_about, about) == ("", "about ")
    assert moved > 30
    assert abs(estimate - moved) < 30


def test_an_estimate_counts_no_one_where_nothing_moves(begun: Project) -> None:
    """A share that is written otherwise is the same share."""
    write_campaign(begun, USE + ARMS.replace("50%", "50.0%"))
    take_list_away(begun)

    assert warning_of(begun.run("plan")) == [("about ", 0, 401)]


RENAMED = {
    "a holdout": USE + HOLDOUT,
    "an exclusion": EXCLUDE,
    "texts of few": PERSONAL,
    "stages": USE + STAGES,
    "shares and a holdout": USE + ARMS + HOLDOUT,
    "a file without a list": FILE,
    "a list that its pin tells": USE,
}


@pytest.mark.parametrize("campaign", RENAMED.values(), ids=list(RENAMED))
def test_a_renamed_campaign_is_blocked_with_the_list_and_without(seeded: Project, campaign: str) -> None:
    """A review does not pass what apply, which has the list, refuses."""
    renamed_is_blocked(seeded, campaign)


def test_a_renamed_campaign_of_texts_that_the_pin_tells_is_blocked(seeded: Project) -> None:
    """All sizes are known then, and still nobody can tell who is in the list."""
    seeded.write({"people.csv": PEOPLE})

    renamed_is_blocked(seeded, PERSONAL)


def renamed_is_blocked(seeded: Project, campaign: str) -> None:
    """Send a campaign, rename it, and see that it is blocked at its name."""
    write_campaign(seeded, campaign)
    seeded.run("audience", "pull").assert_ok()
    seeded.run("apply", "--confirm", seeded.plan_json()["digest"]).assert_ok()
    file = seeded.root / "campaigns/sale.yaml"
    seeded.write({"campaigns/other.yaml": file.read_text().replace("name: sale", "name: other")})
    file.unlink()
    exact = seeded.run("plan")
    digest = seeded.plan_json()["digest"]
    take_list_away(seeded)

    about = seeded.run("plan")

    assert (exact.code, about.code) == (6, 6)
    for outcome in (exact, about):
        assert re.search(
            r"repeat \(the same text went to (people of )?the same (people|list) as sale@2",
            " ".join(outcome.out.split()),
        )
    assert "file=campaigns/other.yaml,line=3,col=1" in seeded.run("plan", "--format", "github").out
    assert seeded.plan_json()["digest"] == digest


@pytest.mark.parametrize(
    "changed",
    [EXCLUDE.replace("There", "Where"), USE.replace("{use: gold", "{use: gold, exclude: [{use: out}]")],
    ids=["another text", "another list"],
)
def test_another_campaign_without_the_list_is_no_repeat(seeded: Project, changed: str) -> None:
    """Only what was said before to the same lists may be a campaign that was renamed."""
    write_campaign(seeded, USE + HOLDOUT if "Where" not in changed else EXCLUDE)
    seeded.run("apply", "--confirm", seeded.plan_json()["digest"]).assert_ok()
    write_campaign(seeded, changed)
    file = seeded.root / "campaigns/sale.yaml"
    file.write_text(file.read_text().replace("name: sale", "name: other"))
    take_list_away(seeded)

    assert seeded.run("plan").code == 0


def test_the_list_tells_that_a_renamed_campaign_goes_to_others(seeded: Project) -> None:
    """Only it knows whom an exclusion leaves out; without it, the same words may come twice."""
    write_campaign(seeded, USE)
    seeded.run("apply", "--confirm", seeded.plan_json()["digest"]).assert_ok()
    write_campaign(seeded, EXCLUDE.replace(", {use: out}", ""))
    file = seeded.root / "campaigns/sale.yaml"
    file.write_text(file.read_text().replace("name: sale", "name: other"))

    exact = seeded.run("plan")
    take_list_away(seeded)

    assert (exact.code, seeded.run("plan").code) == (0, 6)


def test_a_campaign_that_still_has_its_name_is_no_repeat(begun: Project) -> None:
    """The next version may say the same to the same list."""
    write_campaign(begun, USE + HOLDOUT, version=2)
    begun.run("apply", "--confirm", begun.plan_json()["digest"]).assert_ok()
    write_campaign(begun, USE + HOLDOUT, version=3)
    take_list_away(begun)

    assert begun.run("plan").code == 0


@pytest.mark.parametrize("view", ["plan", "plan --format markdown", "plan --format html"])
def test_a_plan_says_which_policy_only_the_list_can_judge(begun: Project, view: str) -> None:
    """Who approves in CI knows that apply may still refuse."""
    write_campaign(begun, EXCLUDE)
    said = "policy exclude-without-effect is judged once every list is at hand"
    exact = " ".join(begun.run(*view.split()).assert_ok().out.split())
    take_list_away(begun)

    assert said not in exact
    assert said in " ".join(begun.run(*view.split()).assert_ok().out.split())

    lifted = EXCLUDE + "exceptions: [{policy: exclude-without-effect, reason: checked}]\n"
    write_campaign(begun, lifted)
    assert said not in " ".join(begun.run(*view.split()).assert_ok().out.split())


def test_every_number_that_only_the_list_can_tell_is_about(begun: Project) -> None:
    """Nobody takes an estimate for a count."""
    write_campaign(begun, PERSONAL + ARMS + HOLDOUT)
    begun.run("audience", "pull").assert_ok()
    exact = " ".join(begun.run("plan").out.split())
    take_list_away(begun)

    text = " ".join(begun.run("plan").out.split())

    assert "about" not in exact
    assert re.search(r"about \d+ calls", text)
    assert "holdout: about 80 accounts left out" in text
    assert re.search(r"sale: a 50% about \d+, b 30% about \d+, held out about \d+", text)
    assert re.search(r"about \d+ calls outside the day", begun.run("plan", "--format", "html").out)
    assert re.search(r"about \d+ bytes", begun.run("plan", "sale").out)


def test_calls_whose_texts_nobody_can_tell_are_between_no_others(seeded: Project) -> None:
    """Values of few people each are not in the pin."""
    rows = "".join(f"p{number:03d},lang{number},UTC\n" for number in range(1, 8))
    seeded.write({"people.csv": "id,lang,tz\n" + rows})
    write_campaign(seeded, PERSONAL)
    (seeded.root / "audiences/gold.sandbox.pin.json").unlink()  # the list shrinks a lot
    seeded.run("audience", "pull").assert_ok()
    take_list_away(seeded)

    text = seeded.run("plan", "sale").assert_ok().out

    assert "about 7 calls, whose texts are shown with the list" in " ".join(text.split())
    assert "between" not in text


@pytest.mark.parametrize(
    ("cut", "line"),
    [
        (STAGES, r"stage canary: about \d+ accounts \(10%\), about \d+ calls?"),
        (HOLDOUT + HOURS, r"Asia/Tokyo, about \d+ accounts, about \d+ calls?:"),
    ],
)
def test_stages_and_hours_are_about_so_many_people(begun: Project, cut: str, line: str) -> None:
    """Whom a share or a zone has, only the list tells."""
    write_campaign(begun, PERSONAL + cut)
    begun.run("audience", "pull").assert_ok()
    take_list_away(begun)

    assert re.search(line, " ".join(begun.run("plan", "sale").assert_ok().out.split()))

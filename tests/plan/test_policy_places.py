"""Where the findings of each policy point: to the key of the campaign file that has to be looked at.

A row expects text of the file itself, which stands at the line and the column that the reader is told.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from story import Story, sent
from workbench import COUNTED_PROJECT, FRIDAY

from pushspec.lockfile.records import Gate
from pushspec.spec.policy import PolicyName
from pushspec.views.plan_problems import plan_problems

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench import Project

    from pushspec.lockfile.state import LockState
    from pushspec.plan.planned import PlannedCampaign

    Keys = dict[str, str]

TOP = "apiVersion: "
"""The first key of a file: nothing that stands in it is to be looked at."""


def to(count: int = 1, **keys: str) -> Keys:
    """Return the keys of a campaign to so many listed accounts."""
    accounts = ", ".join(f"guest{number}" for number in range(count))
    return {"endpoint": "timpush/batch", "from_": "news", "audience": f"{{accounts: [{accounts}]}}"} | keys


def zoned(schedule: str) -> Keys:
    """Return the keys of a campaign to the people of five zones, each at an hour of their own."""
    return to(audience="{file: zoned.csv, column: id}", schedule=f"{{{schedule}, timezone_column: tz}}")


def staged(canary: str) -> Keys:
    return to(200, rollout=f"[{{stage: canary, share: 50%{canary}}}, {{stage: rest}}]")


def half_refused(story: Story, planned: PlannedCampaign) -> None:
    first = next(iter(planned.calls()))
    story.begun(planned).tried(first, sent(first.key, {"70107": list(first.accounts)}))


def stopped(story: Story, planned: PlannedCampaign) -> None:
    story.then(Gate(campaign=planned.key, stage="", verdict="stopped", by="ada", why="wrong price"))


@dataclass(frozen=True)
class Row:
    """A campaign that breaks a policy.

    Attributes:
        policy: The policy.
        points_at: What stands in the file at the place of the finding.
        keys: The keys of its file.
        asks: What the project asks for.
        project: More lines of the project file.
        environment: What the project file says of the environment.
        before: The keys of what left two days before, under the same name unless they give another.
        beside: The keys of another campaign of the plan.
        happened: Tells the lockfile's story what became of the campaign itself.
        now: The moment of the plan.
        is_committed: Whether the project is a repository with one commit.
    """

    policy: str
    points_at: str
    keys: Keys = field(default_factory=dict)
    asks: str = ""
    project: str = ""
    environment: str = ""
    before: Keys | None = None
    beside: Keys | None = None
    happened: Callable[[Story, PlannedCampaign], object] | None = None
    now: datetime = FRIDAY
    is_committed: bool = False


QUIET = 'quiet_hours: {from: "22:00", to: "08:00", timezone: Asia/Shanghai}'
BLACKOUT = "blackout_dates: [2026-12-02], timezone: Asia/Shanghai"
EVENING = datetime.fromisoformat("2026-11-20T21:59:30+08:00")
LATER = {"title": "Another", "schedule": '{not_before: "2026-12-02T10:00:00+08:00"}'}
APPROVALS = "approvals: {rules: [{people: 1}]}"
WEB = "{title: Sale, desc: Today, url: 'https://example.com/'}"
TO_BROWSERS = {"endpoint": "timpush/webpush", "notification": "", "web": WEB}
CHAT = to(endpoint="openim/batchsendmsg", notification="", message="[{text: Hi hate}]")
SIDE = "{{name: {0}, audience: {{accounts: [{0}]}}, notification: {{title: Sale {0}, desc: Now}}}}"
VARIED = to(audience="", notification="", variants=f"[{SIDE.format('a')}, {SIDE.format('b')}]")
MARKED = {"notification": "{title: Sale, android: {oppo: {category: MARKETING}}}"}
CALLED = {"delivery": "{marketing: true}"}
ONE_A_DAY = "limits: {oppo_marketing: 1}"
ROWS = [
    Row("require", TOP, asks="require: [owner]"),
    Row("require", TOP, asks="require: [tried]"),
    Row("everyone", "audience: {everyone", {"audience": "{everyone: true}"}),
    Row("max-accounts", "audience: {accounts", to(3), "max_accounts: 2"),
    Row(
        "max-texts",
        "audience: {file",
        to(audience="{file: zoned.csv, column: id, personalize: [tz]}", title="{{ user.tz }}"),
        "max_texts: 4",
    ),
    Row("exclude-without-effect", "exclude: [", to(audience="{accounts: [a], exclude: [unsubscribed.csv]}")),
    Row("exclude-without-effect", "audience: {use", to(audience="{use: gold}")),
    Row("max-push-calls-per-day", TOP, {}, "max_push_calls_per_day: 0"),
    Row(
        "max-refused",
        "audience: {accounts",
        to(40),
        environment="limits: {accounts_per_call: 20}",
        happened=half_refused,
    ),
    Row("quiet-hours", TOP, {}, QUIET, now=EVENING + timedelta(hours=1)),
    Row("quiet-hours", "schedule: {not_b", {"schedule": '{not_before: "2026-11-20T23:00:00+08:00"}'}, QUIET),
    Row(
        "quiet-hours",
        "schedule: {not_a",
        to(90, schedule='{not_after: "2026-12-02T10:00:00+08:00"}'),
        QUIET,
        environment="pace: {users_per_second: 1}",
        now=EVENING,
    ),
    Row("quiet-hours", "schedule: {local", zoned("local: '2026-12-02T23:00'"), QUIET),
    Row("blackout-dates", "schedule: {not_b", LATER, BLACKOUT),
    Row("blackout-dates", "schedule: {local", zoned("local: '2026-12-02T10:00'"), BLACKOUT),
    Row("allowed-senders", "from: ops", to(from_="ops"), "allowed_senders: [news]"),
    Row("forbidden-words", "desc: hate", {"desc": "hate"}, "forbidden_words: [hate]"),
    Row("forbidden-words", "desc: hate", {"recall": "{title: So, desc: hate}"}, "forbidden_words: [hate]"),
    Row("forbidden-words", "desc: Today", TO_BROWSERS, "forbidden_words: [today]"),
    Row("forbidden-words", "text: Hi", CHAT, "forbidden_words: [hate]"),
    Row(
        "forbidden-words",
        "Title: hate",
        TO_BROWSERS | {"message": "{data: {Title: hate}}"},
        "forbidden_words: [hate]",
    ),
    Row(
        "allowed-link-hosts",
        "ext: https",
        {"notification": "{title: Sale, ext: https://evil.example}"},
        "allowed_link_hosts: [example.com]",
    ),
    Row(
        "allowed-link-hosts",
        "custom_data: https",
        CHAT | {"delivery": "{custom_data: https://evil.example}"},
        "allowed_link_hosts: [example.com]",
    ),
    Row("placeholder-text", "desc: TODO", {"desc": "TODO"}),
    Row("test-text", 'title: "A test', {"title": "A test"}),
    Row("version-lowered", "version: 1", before={"version": "2", "title": "Other"}),
    Row("repeat", "name: sale", before={"name_": "winter"}),
    Row("same-text", "notification: ", {"version": "2"}, before={}),
    Row("same-text", "message: ", CHAT | {"version": "2"}, before=CHAT),
    Row("same-text", "web: ", TO_BROWSERS | {"version": "2"}, before=TO_BROWSERS),
    Row("same-text", "variants: ", VARIED | {"version": "2"}, before=VARIED),
    Row("same-people", "audience: {tags", beside={"title": "Another"}),
    Row("marketing-cap", "notification: ", MARKED, environment=ONE_A_DAY, beside=MARKED),
    Row(
        "marketing-cap",
        "notification: ",
        MARKED | {"delivery": "{marketing: false}"},
        environment=ONE_A_DAY,
        beside=MARKED,
    ),
    Row("marketing-cap", "marketing: true", CALLED, environment=ONE_A_DAY, beside=CALLED),
    Row("git-pushes", TOP, to(30), environment='lock: "git+branch:lock", pace: {users_per_second: 1}'),
    Row("pace", "audience: {tags", environment="pace: {users_per_second: 1}"),
    Row(
        "local-hours",
        "local: '2026-11-20T10:00'",
        zoned("local: '2026-11-20T10:00'"),
    ),
    Row(
        "local-hours",
        "local_until: ",
        zoned("local: '2026-12-02T10:00', local_until: '2026-12-02T10:01'"),
        environment="pace: {users_per_second: 1}",
    ),
    Row("holdout", "audience: {tags", project="holdout: {share: 5%, salt: '2026'}"),
    Row(
        "holdout",
        "audience: {accounts",
        to(40, exceptions="[{policy: holdout, reason: cancelled}]"),
        project="holdout: {share: 5%, salt: '2026'}",
    ),
    Row(
        "shares-changed",
        "variants: ",
        to(40, version="2", variants="[{name: a, share: 40%}, {name: b, share: 60%}]"),
        before=to(40, variants="[{name: a, share: 50%}, {name: b, share: 50%}]"),
    ),
    Row("pin-age", "audience: {use", to(audience="{use: gold}"), now=FRIDAY + timedelta(days=8)),
    Row("growth", "audience: {acc", to(201, version="2"), before=to(100)),
    Row("shrinkage", "audience: {acc", to(49, version="2"), before=to(100)),
    Row(
        "population-share", "audience: {acc", to(9), "max_population_share: 60%", environment="population: 9"
    ),
    Row("approvals", TOP, project=APPROVALS),
    Row("approval-rules", TOP, project=APPROVALS, is_committed=True),
    Row("rollout", TOP, happened=stopped),
    Row("rollout", "rollout: ", staged(""), happened=stopped),
    Row(
        "rollout-time",
        "schedule: {not_a",
        staged(", hold: 1h") | {"schedule": '{not_after: "2026-11-20T05:00:00Z"}'},
    ),
    Row("rollout-time", "rollout: ", staged(", hold: 24h")),
    Row("rollout-time", "local: '2026-12-02", zoned("local: '2026-12-02T10:00'")),
    Row("rollout-evidence", "rollout: ", staged(", continue_if: {opened: '> 1%'}")),
    Row("rollout-evidence", "rollout: ", staged(", continue_if: {lost: '< 1%'}")),
]


@pytest.mark.parametrize("row", [pytest.param(row, id=f"{row.policy}: {row.points_at}") for row in ROWS])
def test_a_finding_points_at_what_has_to_be_looked_at(row: Row, folder: Project) -> None:
    """The remark stands beside that line in a pull request."""
    state = _written(row, folder)
    plan = folder.plan(now=row.now, state=state)
    file = (folder.root / "campaigns/sale.yaml").read_text(encoding="utf-8").splitlines()

    places = [it.location for it in plan_problems(plan) if it.rule == row.policy]

    found = [file[it.line - 1][it.column - 1 :] for it in places if it.file == "campaigns/sale.yaml"]
    assert found
    assert {text[: len(row.points_at)] for text in found} == {row.points_at}


def test_every_policy_has_a_row() -> None:
    """What points nowhere is shown at the top of the file, where nobody finds what to mend."""
    assert {row.policy for row in ROWS} == set(PolicyName)


def _written(row: Row, folder: Project) -> LockState | None:
    """Write the row's files, and return what the lockfile knows."""
    cities = "Shanghai", "Tokyo", "Kolkata", "Dubai", "Jakarta"
    zones = [f"Asia/{city}" for city in cities for _ in range(70)]
    environment = f"sandbox: true, {row.environment}" if row.environment else "sandbox: true"
    text = COUNTED_PROJECT.replace("sandbox: true, population: 1200000", environment)
    gold = (
        "apiVersion: pushspec/v1\nkind: Audience\nname: gold\nfile: gold.txt\nexclude: [unsubscribed.csv]\n"
    )
    folder.write(
        {
            "pushspec.yaml": f"{text}policy: {{{row.asks}}}\n{row.project}\n",
            "zoned.csv": "id,tz\n" + "".join(f"u{number},{zone}\n" for number, zone in enumerate(zones)),
            "gold.txt": "guest1\n",
        }
    )
    if "use: gold" in row.keys.get("audience", ""):
        folder.write({"audiences/gold.yaml": gold})
        folder.run("audience", "pull").assert_ok()
    state = None
    if row.before is not None:
        state = folder.add(**row.before).sent(at=FRIDAY - timedelta(days=2))
    folder.add(**row.keys)
    if row.happened is not None:
        story = Story(row.now - timedelta(hours=1))
        row.happened(story, folder.campaign(now=row.now))
        state = story.state
    if row.beside is not None:
        folder.add("beside", **row.beside)
    if row.is_committed:
        _commit(folder)
    return state


def _commit(folder: Project) -> None:
    git = ["git", "-c", "user.name=ada", "-c", "user.email=ada@acme.com"]
    folder.write({"approvals/signers": "no line of a signers file\n"})
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "Start"]):
        subprocess.run([*git, *words], cwd=folder.root, check=True)

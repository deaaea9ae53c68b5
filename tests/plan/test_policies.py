"""Policies: each is triggered, each is lifted only in the open, and each has its page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from story import Story, sent
from workbench import COUNTED_PROJECT, FRIDAY, PROJECT

from pushspec.api.approvals import ApprovalReader
from pushspec.approvals.count import Approvals
from pushspec.errors import SpecError
from pushspec.lockfile.records import Gate, Tried
from pushspec.plan.policies import POLICIES
from pushspec.plan.policies.context import Finding
from pushspec.plan.states import CampaignState
from pushspec.plan.trial import content_digest
from pushspec.problems import Level
from pushspec.spec.policy import PolicyName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Project

    from pushspec.plan.planned import PlannedCampaign
    from pushspec.plan.policies.context import PolicyContext

DOCS = Path(__file__).parents[2] / "docs" / "policies.md"
SHANGHAI_NIGHT = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """A campaign that breaks a policy, and one that keeps to it."""

    policy: str
    breaking: dict[str, str]
    keeping: dict[str, str]
    says: str
    now: datetime = FRIDAY


QUIET = '{quiet_hours: {from: "22:00", to: "08:00", timezone: Asia/Shanghai}}'
EVERYONE = {"audience": "{everyone: true}"}
LISTED = {"endpoint": "timpush/batch", "from_": "news"}
CASES = {
    "require": Case("{require: [owner]}", {}, {"owner": "growth"}, "owner is missing"),
    "everyone": Case("{}", EVERYONE, {}, "it goes to every user of the app (1,200,000)"),
    "max-accounts": Case(
        "{max_accounts: 2}",
        {"endpoint": "timpush/batch", "from_": "news", "audience": "{accounts: [a, b, c]}"},
        {"endpoint": "timpush/batch", "from_": "news", "audience": "{accounts: [a, b]}"},
        "3 accounts, 2 allowed",
    ),
    "max-texts": Case(
        "{max_texts: 1}",
        LISTED | {"variants": "[{name: a, audience: {accounts: [x]}}, {name: b, audience: {accounts: [y]}}]"},
        LISTED | {"audience": "{accounts: [x, y]}"},
        "2 different texts, 1 allowed",
    ),
    "exclude-without-effect": Case(
        "{}",
        LISTED | {"audience": "{accounts: ['0012345', '0098765'], exclude: [unsubscribed.csv]}"},
        LISTED | {"audience": "{accounts: ['12345', '0098765'], exclude: [unsubscribed.csv]}"},
        "0 of 1 entry of unsubscribed.csv are in the audience, 0 people left out; "
        "1 more differs by zeros, case or width alone",
    ),
    "max-push-calls-per-day": Case(
        "{max_push_calls_per_day: 0}",
        {},
        {"endpoint": "timpush/batch", "from_": "news", "audience": "{accounts: [a, b]}"},
        "0 of 0 calls of the day are used, 1 needed",
    ),
    "holdout": Case(
        "{}\nholdout: {share: 5%, salt: '2026'}",
        {},
        LISTED | {"audience": "{accounts: [a, b]}"},
        "only the service knows who gets it, so the project's holdout of 5% gets it, too",
    ),
    "quiet-hours": Case(
        '{quiet_hours: {from: "22:00", to: "08:00", timezone: Asia/Shanghai}}',
        {"schedule": '{not_before: "2026-11-21T07:59:00+08:00"}'},
        {"schedule": '{not_before: "2026-11-21T08:00:00+08:00"}'},
        "22:00–08:00 Asia/Shanghai",
    ),
    "blackout-dates": Case(
        "{blackout_dates: [2026-12-13], timezone: Asia/Shanghai}",
        {"schedule": '{not_before: "2026-12-12T16:00:00Z"}'},
        {"schedule": '{not_before: "2026-12-12T15:59:00Z"}'},
        "nothing is sent on 2026-12-13 (Asia/Shanghai)",
    ),
    "allowed-senders": Case(
        "{allowed_senders: [news]}", {"from_": "someone"}, {"from_": "news"}, "someone is not one of news"
    ),
    "forbidden-words": Case(
        "{forbidden_words: [最低价, hate]}",
        {"notification": "{title: 全网 最低价!}"},
        {"notification": "{title: whatever}"},
        "“最低价”",
    ),
    "allowed-link-hosts": Case(
        "{allowed_link_hosts: [example.com]}",
        {"notification": "{title: Sale, ext: {url: https://example.com.evil.example/}}"},
        {"notification": "{title: Sale, ext: {url: https://shop.example.com/}}"},
        "a link leads to example.com.evil.example",
    ),
    "placeholder-text": Case(
        "{}",
        {"notification": "{title: Lorem ipsum dolor}"},
        {"notification": "{title: 50% off}"},
        "“Lorem ipsum” in notification.title",
    ),
    "test-text": Case(
        "{}",
        {"notification": "{title: 测试一下}"},
        {"notification": "{title: The latest}"},
        "“测试” in notification.title",
    ),
}


def test_every_policy_has_a_function_a_page_and_a_test() -> None:
    """A policy that nobody can look up is a wall without a door."""
    anchors = set(re.findall(r"^## ([a-z-]+)$", DOCS.read_text(encoding="utf-8"), re.MULTILINE))
    tested = set(CASES) | {
        "max-refused",
        "version-lowered",
        "repeat",
        "same-text",
        "same-people",
        "marketing-cap",
        "git-pushes",
        "shares-changed",
        "local-hours",
        *FROM_SIZES,
        *FROM_ENVIRONMENT,
        *FROM_PULL,
        *FROM_ROLLOUT,
        *FROM_GIT,
    }

    assert set(POLICIES) == set(PolicyName) == anchors == tested


@pytest.mark.parametrize("name", list(CASES))
def test_a_campaign_that_breaks_a_policy_is_told_by_its_name(name: str, folder: Project) -> None:
    """The name is what the docs explain and what an exception would have to say."""
    case = CASES[name]
    folder.policy(case.policy).add(**case.breaking)

    result = folder.policy_result(name, now=case.now)

    assert result is not None
    assert (result.message, result.own) == (case.says, case.says)
    assert result.level is POLICIES[PolicyName(name)][0]


@pytest.mark.parametrize("name", list(CASES))
def test_a_campaign_that_keeps_to_a_policy_hears_nothing(name: str, folder: Project) -> None:
    """A guard that cries wolf is switched off."""
    case = CASES[name]
    folder.policy(case.policy).add(**case.keeping)

    assert folder.policy_result(name, now=case.now) is None


FROM_HISTORY = {"max-refused", "version-lowered"}
"""Policies that judge what was sent; ``tests/field`` breaks and lifts them through the command line."""
FROM_ENVIRONMENT = {"pace"}
"""The policy on what an environment sets; ``tests/plan/test_own_pace.py`` breaks and lifts it."""
FROM_PULL = {"pin-age"}
"""The policy on pinned lists; ``tests/audience/test_pinned_campaigns.py`` breaks and lifts it."""
FROM_SIZES = {"growth", "shrinkage", "population-share"}
"""Policies on sizes of lists; ``tests/plan/test_list_sizes.py`` breaks and lifts them."""
FROM_GIT = {"approvals", "approval-rules"}
"""Policies that judge commits; ``tests/cli/test_approvals.py`` breaks them. No campaign can lift them."""
FROM_ROLLOUT = {"rollout", "rollout-time", "rollout-evidence"}
"""Policies on stages; ``tests/cli/test_rollout.py`` breaks them. A person, and no file, lifts ``rollout``."""


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, (level, _) in POLICIES.items()
        if level is Level.ERROR
        and name not in FROM_HISTORY | FROM_ENVIRONMENT | FROM_PULL | FROM_SIZES | FROM_GIT | FROM_ROLLOUT
    ],
)
def test_an_error_blocks_and_an_exception_with_a_reason_lifts_it(name: str, folder: Project) -> None:
    """What is lifted stays visible: the reason is part of the plan."""
    state = None
    if name == "repeat":
        state = folder.add("aaa").sent(at=FRIDAY - timedelta(days=2))
        (folder.root / "campaigns" / "aaa.yaml").unlink()
        folder.add()
    else:
        folder.policy(CASES[name].policy).add(**CASES[name].breaking)
    file = folder.root / "campaigns" / "sale.yaml"
    blocked = folder.campaign(state=state)

    exception = f"exceptions: [{{policy: {name}, reason: agreed with legal}}]\n"
    file.write_text(file.read_text(encoding="utf-8") + exception, encoding="utf-8")
    lifted = folder.campaign(state=state)

    assert blocked.state is CampaignState.BLOCKED
    assert name in blocked.reason
    assert lifted.state in {CampaignState.SEND, CampaignState.WAITING}
    assert [it.exception for it in lifted.policy_results if it.policy == name] == ["agreed with legal"]


def test_an_exception_needs_a_policy_that_exists_and_a_reason(folder: Project) -> None:
    """A misspelt exception would lift nothing, an empty reason would say nothing."""
    folder.add(exceptions='[{policy: quiet-hour, reason: "x"}, {policy: repeat, reason: " "}]')

    with pytest.raises(SpecError) as caught:
        folder.plan()

    assert [problem.rule for problem in caught.value.problems] == ["not-a-choice", "wrong-form"]
    assert "did you mean 'quiet-hours'?" in caught.value.problems[0].hint


def test_a_project_may_weigh_a_policy_otherwise(folder: Project) -> None:
    """Some teams never push to everyone; for others it is the daily work."""
    folder.policy("{levels: {everyone: error}}").add(**EVERYONE)

    assert folder.campaign().state is CampaignState.BLOCKED


@pytest.mark.parametrize("key", ["description", "owner", "labels", "environments", "from", "recall"])
def test_every_key_that_may_be_required_is_looked_for(key: str, folder: Project) -> None:
    """A requirement that is never checked is worse than none."""
    values = {"labels": "{a: b}", "environments": "[sandbox]", "recall": "{title: Sorry}"}
    folder.policy(f"{{require: [{key}]}}").add("with", **{key: values.get(key, "x")}).add("without")

    assert folder.policy_result("require", "with") is None
    assert folder.policy_result("require", "without") is not None


@pytest.mark.parametrize("key", ["not_before", "not_after"])
def test_a_window_may_be_required(key: str, folder: Project) -> None:
    """A push without an end may leave at any time after its approval."""
    folder.policy(f"{{require: [{key}]}}")
    folder.add("with", schedule=f'{{{key}: "2026-12-01T10:00:00+08:00"}}').add("without")

    assert folder.policy_result("require", "with") is None
    assert folder.policy_result("require", "without") is not None


@pytest.mark.parametrize("key", ["not_before", "not_after"])
@pytest.mark.parametrize(
    "schedule",
    ['{at: "2026-12-01T10:00:00+08:00", by: service}', "{local: '2026-12-01T10:00', default: Asia/Shanghai}"],
)
def test_what_leaves_at_a_moment_or_in_each_hour_needs_no_window(
    key: str, schedule: str, folder: Project
) -> None:
    """It can leave neither earlier nor later than that; a window beside it would be an error."""
    folder.policy(f"{{require: [{key}, owner]}}")
    folder.add(**LISTED, audience="{accounts: [a]}", schedule=schedule)

    result = folder.policy_result("require")

    assert result is not None
    assert result.message == "owner is missing", "what a time does not give is still asked for"


def test_all_that_is_missing_is_named(folder: Project) -> None:
    """Whoever writes one key must not learn of the next one only then."""
    folder.policy("{require: [tried, owner, not_after]}").add(schedule='{not_before: "2026-12-01T10:00:00Z"}')

    assert [it.message for it in folder.campaign().policy_results] == [
        "it was not tried as it is now; pushspec try sale -e sandbox sends it to the testers",
        "owner is missing",
        "not_after is missing",
    ]


def tried_whole(planned: PlannedCampaign) -> Tried:
    """Return the record of a try of all that a campaign says."""
    return Tried(
        campaign=planned.key,
        key=f"{planned.key}!try1",
        content_sha256=content_digest(planned.sending),
        step="sent",
        endpoint="timpush/batch",
        accounts=1,
        calls=1,
        payload_sha256="p",
        by="ada",
    )


def test_the_last_try_is_told_while_there_is_something_to_send(folder: Project) -> None:
    """Whoever confirms wants to know that somebody saw it; of what has left that is history."""
    planned = folder.add().campaign()
    story = Story(FRIDAY).then(tried_whole(planned))
    told = folder.campaign(state=story.state).last_try
    (call,) = planned.remaining_calls()

    assert told is not None
    assert told.by == "ada"
    assert folder.campaign(state=story.begun(planned).tried(call, sent(call.key)).state).last_try is None


def test_what_is_over_is_judged_by_nothing(folder: Project) -> None:
    """Nobody adds an owner to a campaign that can leave no more."""
    folder.policy("{require: [owner]}").add(schedule='{not_after: "2026-11-19T10:00:00Z"}')

    assert folder.campaign().state is CampaignState.EXPIRED
    assert folder.campaign().policy_results == ()


def test_what_was_tried_as_it_is_may_leave_and_so_may_the_rest_of_what_was_begun(folder: Project) -> None:
    """Another text needs another look, and half a list waits for none."""
    folder.policy("{require: [tried]}").add(**LISTED, audience="{accounts: [a, b]}")
    planned = folder.campaign()
    tried = tried_whole(planned)
    other = tried.model_copy(update={"content_sha256": "another"})

    def is_held(story: Story) -> bool:
        return folder.policy_result("require", state=story.state) is not None

    assert is_held(Story(FRIDAY))
    assert is_held(Story(FRIDAY).then(other))
    assert not is_held(Story(FRIDAY).then(tried))
    assert not is_held(Story(FRIDAY).begun(planned))


@pytest.mark.parametrize(
    ("moment", "is_quiet"),
    [
        ("2026-11-20T21:59:59+08:00", False),
        ("2026-11-20T22:00:00+08:00", True),
        ("2026-11-21T07:59:59+08:00", True),
        ("2026-11-21T08:00:00+08:00", False),
        ("2026-11-20T22:00:00+00:00", True),  # six in the morning over there
    ],
)
def test_quiet_hours_are_those_of_their_time_zone(moment: str, is_quiet: bool, folder: Project) -> None:
    """The machine that applies is seldom where the people are."""
    folder.policy('{quiet_hours: {from: "22:00", to: "08:00", timezone: Asia/Shanghai}}').add()

    assert (folder.policy_result("quiet-hours", now=datetime.fromisoformat(moment)) is not None) is is_quiet


@pytest.mark.parametrize(
    ("policy", "schedule", "now", "passes_at"),
    [
        (QUIET, None, "2026-11-20T23:00:00+08:00", "2026-11-21T08:00:00+08:00"),
        (QUIET, None, "2026-11-21T03:00:00+08:00", "2026-11-21T08:00:00+08:00"),
        (
            QUIET,
            '{not_before: "2026-11-20T20:00:00+08:00"}',
            "2026-11-20T23:00:00+08:00",
            "2026-11-21T08:00:00+08:00",
        ),
        # A night and the blackout day behind it.
        (
            QUIET[:-1] + ", blackout_dates: [2026-11-21]}",
            None,
            "2026-11-20T23:00:00+08:00",
            "2026-11-22T08:00:00+08:00",
        ),
        (
            "{blackout_dates: [2026-11-20, 2026-11-21], timezone: Asia/Shanghai}",
            None,
            "2026-11-20T12:00:00+08:00",
            "2026-11-22T00:00:00+08:00",
        ),
        # Its author chose the night, or its window ends with it: somebody has to look.
        (QUIET, '{not_before: "2026-11-20T23:30:00+08:00"}', "2026-11-20T23:00:00+08:00", None),
        (QUIET, '{not_after: "2026-11-21T08:00:00+08:00"}', "2026-11-20T23:00:00+08:00", None),
        (QUIET[:-1] + ", forbidden_words: [Hello]}", None, "2026-11-20T23:00:00+08:00", None),
        # A warning holds nothing back.
        (
            QUIET[:-1] + ", forbidden_words: [Hello], levels: {forbidden-words: warning}}",
            None,
            "2026-11-20T23:00:00+08:00",
            "2026-11-21T08:00:00+08:00",
        ),
    ],
)
def test_what_only_the_hour_forbids_fails_no_plan(
    folder: Project, policy: str, schedule: str | None, now: str, passes_at: str | None
) -> None:
    """The first run after the hours sends it, and the plan says when."""
    folder.policy(policy).add(title="Hello", **({"schedule": schedule} if schedule is not None else {}))
    plan = folder.plan(now=datetime.fromisoformat(now))

    (campaign,) = plan.campaigns

    assert campaign.state is CampaignState.BLOCKED
    assert (bool(plan.refused), bool(plan.held_back)) == (passes_at is None, passes_at is None)
    said = campaign.reason.partition("may leave from ")[2].removesuffix(" on")
    assert said == ("" if passes_at is None else f"{passes_at[:10]} {passes_at[11:16]} +08:00")


def _found(finding: Finding, _: PolicyContext) -> Iterator[Finding]:
    yield finding


def test_what_waits_for_two_things_waits_for_the_later_one(
    folder: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is told a moment at which it would be held back again."""
    for name, hours in ((PolicyName.QUIET_HOURS, 5), (PolicyName.BLACKOUT_DATES, 3), (PolicyName.PIN_AGE, 4)):
        found = Finding("not yet", passes_at=FRIDAY + timedelta(hours=hours))
        monkeypatch.setitem(POLICIES, name, (Level.ERROR, partial(_found, found)))

    assert folder.add().campaign().passes_at == FRIDAY + timedelta(hours=5)


def test_what_the_quota_of_the_day_holds_back_waits_for_no_policy(folder: Project) -> None:
    """Policies that object to nothing cannot say when it may leave."""
    limits = folder.text.replace("true,", "true, limits: {push_calls_per_day: 1},")
    folder.write({"pushspec.yaml": limits}).add("a").add("b", title="B")

    planned = folder.campaign("b")

    assert planned.state is CampaignState.BLOCKED
    assert planned.passes_at is None
    assert planned.reason.startswith("quota ")


def test_quiet_hours_follow_summer_time(folder: Project) -> None:
    """Eight in the morning in Berlin is another moment in July than in January."""
    folder.policy('{quiet_hours: {from: "22:00", to: "08:00", timezone: Europe/Berlin}}').add()

    assert folder.policy_result("quiet-hours", now=datetime(2026, 7, 1, 6, 30, tzinfo=UTC)) is None
    assert folder.policy_result("quiet-hours", now=datetime(2027, 1, 1, 6, 30, tzinfo=UTC)) is not None


def test_a_long_list_may_not_run_into_the_quiet_hours(folder: Project) -> None:
    """What begins at 21:59 and takes ten minutes wakes people."""
    folder.policy('{quiet_hours: {from: "22:00", to: "08:00", timezone: Asia/Shanghai}}')
    folder.write({"audiences/all.txt": "".join(f"user{number}\n" for number in range(60_000))})
    folder.add(endpoint="timpush/batch", from_="news", audience="{file: audiences/all.txt}")

    early = folder.policy_result("quiet-hours", now=datetime.fromisoformat("2026-11-20T21:50:00+08:00"))
    late = folder.policy_result("quiet-hours", now=datetime.fromisoformat("2026-11-20T21:59:00+08:00"))

    assert early is None
    assert late is not None
    assert late.message.endswith("sending takes 2 min and would run into them")
    assert late.passes_at == datetime.fromisoformat("2026-11-21T08:00:00+08:00"), (
        "the first run then sends it"
    )


def test_a_list_that_takes_seconds_may_run_into_the_quiet_hours_too(folder: Project) -> None:
    """A time of “0 min” would look like a mistake of the guard."""
    folder.policy(QUIET).write({"audiences/all.txt": "".join(f"user{number}\n" for number in range(6_000))})
    folder.add(endpoint="timpush/batch", from_="news", audience="{file: audiences/all.txt}")

    late = folder.policy_result("quiet-hours", now=datetime.fromisoformat("2026-11-20T21:59:55+08:00"))

    assert late is not None
    assert late.message.endswith("sending takes 11 s and would run into them")


def test_a_list_that_runs_over_midnight_meets_the_blackout_dates_of_both_days(folder: Project) -> None:
    """Each day is told once, with the moment at which the last of them is over."""
    folder.policy("{blackout_dates: [2026-11-20, 2026-11-21], timezone: Asia/Shanghai}")
    folder.write({"audiences/all.txt": "".join(f"user{number}\n" for number in range(60_000))})
    folder.add(endpoint="timpush/batch", from_="news", audience="{file: audiences/all.txt}")

    found = folder.campaign(now=datetime.fromisoformat("2026-11-20T23:58:50+08:00")).policy_results

    over = datetime.fromisoformat("2026-11-22T00:00:00+08:00")
    assert [(it.message, it.passes_at) for it in found] == [
        ("nothing is sent on 2026-11-20 (Asia/Shanghai)", over),
        ("nothing is sent on 2026-11-21 (Asia/Shanghai)", over),
    ]


def test_a_task_at_the_service_takes_no_time_to_leave(folder: Project) -> None:
    """The service sends all of it at once, whatever the list is, so only that moment has to be allowed."""
    quiet = QUIET[:-1] + ", blackout_dates: [2026-11-20, 2026-11-22]}"
    folder.policy(quiet).write({"all.txt": "".join(f"user{number}\n" for number in range(60_000))})
    at = '{at: "2026-11-21T21:59:59+08:00", by: service}'
    folder.add(endpoint="timpush/batch", from_="news", audience="{file: all.txt}", schedule=at)

    assert folder.campaign().policy_results == ()


def test_quiet_hours_hold_for_what_waits(folder: Project) -> None:
    """A reviewer learns by day that the window opens at night."""
    folder.policy('{quiet_hours: {from: "22:00", to: "08:00", timezone: Asia/Shanghai}}')
    folder.add(schedule='{not_before: "2026-12-01T23:00:00+08:00"}')

    assert folder.campaign().state is CampaignState.BLOCKED


@pytest.mark.parametrize(
    ("hold", "schedule", "says"),
    [
        ("23h", "", ""),
        ("24h", "", "a plan saved now is good for 1 d 0 h"),
        ("1h", '{not_after: "2026-11-20T05:00:01Z"}', ""),
        ("1h", '{not_after: "2026-11-20T05:00:00Z"}', "and the window ends 2026-11-20 05:00 UTC"),
    ],
)
def test_the_last_stage_opens_while_something_still_lets_it_leave(
    hold: str, schedule: str, says: str, folder: Project
) -> None:
    """Half of the people would get it, and nobody would learn why the others did not."""
    stages = f"[{{stage: canary, share: 50%, hold: {hold}}}, {{stage: rest}}]"
    people = "{accounts: [a, b, c, d, e, f, g, h]}"
    folder.add(audience=people, rollout=stages, schedule=schedule, **LISTED)

    result = folder.policy_result("rollout-time")

    assert (result.message if result is not None else "").endswith(says)
    assert (result is not None) == bool(says)
    assert result is None or result.path == (("schedule",) if schedule else ("rollout",))


STAGES = "[{stage: a, share: 50%, hold: 20h}, {stage: b, share: 30%, hold: 4h}, {stage: c}]"
PEOPLE = f"{{accounts: [{', '.join(f'u{number}' for number in range(40))}]}}"


def test_the_holds_that_are_still_to_come_count_from_when_it_leaves(folder: Project) -> None:
    """Once a gate has opened, the hold before it delays nothing any more."""
    folder.add(**LISTED, audience=PEOPLE, rollout=STAGES)
    begins = f"the last stage opens at {FRIDAY + timedelta(hours=24):%Y-%m-%d %H:%M} UTC at the earliest"
    first = folder.policy_result("rollout-time")
    opened = Gate(campaign="sale@1", stage="a", verdict="opened", opens="b", by="ada", why="looks well")
    later = folder.policy_result("rollout-time", state=Story(FRIDAY).then(opened).state)
    folder.add(
        **LISTED, audience=PEOPLE, rollout=STAGES, schedule='{not_before: "2026-11-22T10:00:00+02:00"}'
    )
    waiting = folder.policy_result("rollout-time")

    assert first is not None
    assert first.message == f"{begins}; a plan saved now is good for 1 d 0 h"
    assert later is None
    assert waiting is not None
    assert waiting.message.startswith(
        "the last stage opens at 2026-11-23 10:00 +02:00 at the earliest; a plan"
    )


def test_of_hours_the_last_one_is_told(folder: Project) -> None:
    """Those in the west get it last, a day after the first ones."""
    folder.write({"people.csv": "id,tz\na,Asia/Tokyo\nb,America/New_York\nc,Europe/Berlin\n"})
    schedule = "{local: '2026-11-21T10:00', timezone_column: tz}"
    folder.add(**LISTED, audience="{file: people.csv, column: id}", schedule=schedule)

    result = folder.policy_result("rollout-time")

    assert result is not None
    assert result.message == (
        "the last hour opens at 2026-11-21 15:00 UTC at the earliest; a plan saved now is good for 1 d 0 h"
    )


@pytest.mark.parametrize(("minutes", "is_told"), [(59, True), (60, True), (61, False)])
def test_approvals_last_until_the_last_stage_opens(
    minutes: int, is_told: bool, folder: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A yes that ends before has to be asked for again, with half of the list sent."""
    ends = FRIDAY + timedelta(minutes=minutes)
    approved = Approvals(found=(), people=1, needed=1, missing=(), expires_at=ends)
    monkeypatch.setattr(ApprovalReader, "of", lambda *_: approved)
    stages = "[{stage: canary, share: 50%, hold: 1h}, {stage: rest}]"
    folder.add(**LISTED, audience=PEOPLE, rollout=stages)

    result = folder.policy_result("rollout-time")

    assert (result is not None) is is_told
    assert result is None or result.message.endswith(
        f"at the earliest, and the approval ends 2026-11-20T0{4 + minutes // 60}:{minutes % 60:02}:00Z"
    )


LISTED_PUSHES = "; no page says that the service counts pushes to listed accounts"


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("refused: '< 5%'", []),
        ("opened: '>= 1%'", ["nothing tells when everybody has opened who will"]),
        ("lost: '< 3%'", [f"lost are known once{LISTED_PUSHES}"]),
        ("reached: '> 5%', lost: '< 3%'", [f"lost and reached are known once{LISTED_PUSHES}"]),
        (
            "opened: '>= 1%', reached: '> 5%'",
            ["nothing tells when everybody has opened who will", f"reached are known once{LISTED_PUSHES}"],
        ),
    ],
)
def test_a_condition_that_nothing_tells_about_is_pointed_out(
    condition: str, says: list[str], folder: Project
) -> None:
    """What every answer tells is known at once; for the rest somebody has to schedule a report."""
    people = ", ".join(f"u{number}" for number in range(200))
    stages = f"[{{stage: canary, share: 50%, continue_if: {{{condition}}}}}, {{stage: rest}}]"
    folder.add(**LISTED, audience=f"{{accounts: [{people}]}}", rollout=stages)

    found = [it.message for it in folder.campaign().policy_results if it.policy == "rollout-evidence"]

    report = " pushspec report has recorded that everybody was reached or lost"
    assert [message.replace(report, "").partition(":")[0] for message in found] == says


def test_numbers_of_a_push_to_a_tag_are_those_of_the_service(folder: Project) -> None:
    """It counts them by its own pages, so that a report is all that is needed."""
    stages = "[{stage: canary, tag: staff, continue_if: {lost: '< 3%'}}, {stage: rest}]"
    folder.add(rollout=stages)

    result = folder.policy_result("rollout-evidence")

    assert result is not None
    assert result.message.endswith("that everybody was reached or lost")


def test_everyone_counts_as_the_population(folder: Project) -> None:
    """A cap on accounts that a push to all users slips past would be no cap."""
    folder.policy("{max_accounts: 1000000}").add(**EVERYONE)

    result = folder.policy_result("max-accounts")

    assert result is not None
    assert result.message == "1,200,000 accounts, 1,000,000 allowed"


def test_of_an_app_whose_users_nobody_counted_everyone_has_no_number(folder: Project) -> None:
    """Nothing is shown that nobody knows, and nothing blocks because of it."""
    folder.write({"pushspec.yaml": f"{PROJECT}policy: {{max_accounts: 1}}\n"}).add(**EVERYONE)

    assert [(it.policy, it.message) for it in folder.campaign().policy_results] == [
        ("everyone", "it goes to every user of the app")
    ]


def test_a_push_without_a_sender_names_no_wrong_one(folder: Project) -> None:
    """The service sends it in the administrator's name, which shows nowhere."""
    assert folder.policy("{allowed_senders: [news]}").add().policy_result("allowed-senders") is None


@pytest.mark.parametrize(
    ("accounts", "is_told"),
    [
        (["12345", "0098765"], False),
        (["12345", "0098765", "0011"], True),
        (["0012345"], True),
        (["12345"], False),
    ],
    ids=["one found, one missed", "one found, two missed", "none found, one missed", "one found"],
)
def test_an_exclude_misses_no_more_people_than_it_names(
    accounts: list[str], is_told: bool, folder: Project
) -> None:
    """A list that lost its zeros leaves out a few by chance, and pushes to all others."""
    folder.write({"out.csv": "user_id\n12345\n98765\n11\n"})
    audience = f"{{accounts: {[*accounts, 'rong']}, exclude: [out.csv]}}"

    result = folder.add(**LISTED, audience=audience).policy_result("exclude-without-effect")

    assert (result is not None) is is_told


def test_the_cap_on_calls_is_for_pushes_that_spend_some(folder: Project) -> None:
    """A list takes none of them, also on a day that has spent too many; a task takes one on its own day."""
    state = folder.add("a").add("b", title="B").sent(at=FRIDAY - timedelta(hours=1))
    folder.policy("{max_push_calls_per_day: 1}").add("list", **LISTED, audience="{accounts: [a]}")
    at = '{at: "2026-11-20T13:00:00+08:00", by: service}'
    folder.add("task", title="At one", schedule=at)

    assert folder.policy_result("max-push-calls-per-day", "list", state=state) is None
    result = folder.policy_result("max-push-calls-per-day", "task", state=state)
    assert result is not None
    assert result.message == "2 of 1 calls of the day are used, 1 needed"


def test_the_cap_on_calls_counts_campaigns_in_the_order_of_sending(folder: Project) -> None:
    """Two of three may go; which ones must not depend on chance."""
    folder.policy("{max_push_calls_per_day: 2}")
    for name in ("c", "a", "b"):
        folder.add(name, title=f"News {name}")

    states = {campaign.name: campaign.state for campaign in folder.plan().campaigns}

    assert states == {"a": CampaignState.SEND, "b": CampaignState.SEND, "c": CampaignState.BLOCKED}


def test_the_cap_on_calls_leaves_tomorrow_alone(folder: Project) -> None:
    """A campaign of next week does not spend today's calls."""
    folder.policy("{max_push_calls_per_day: 1}").add("first")
    folder.add("later", title="Other", schedule='{not_before: "2026-12-01T10:00:00+08:00"}')

    assert folder.campaign("later").state is CampaignState.WAITING
    assert folder.policy_result("max-push-calls-per-day", "later") is None


def test_the_cap_on_calls_asks_of_a_task_what_leaves_on_its_own_day(folder: Project) -> None:
    """A day that is spent says nothing about the next Monday."""
    state = folder.add("a").sent(at=FRIDAY - timedelta(hours=1))
    folder.policy("{max_push_calls_per_day: 1}")
    folder.add("today", title="One", schedule='{at: "2026-11-20T13:00:00+08:00", by: service}')
    folder.add("monday", title="Two", schedule='{at: "2026-11-23T13:00:00+08:00", by: service}')

    assert folder.policy_result("max-push-calls-per-day", "today", state=state) is not None
    assert folder.policy_result("max-push-calls-per-day", "monday", state=state) is None


def test_nobody_is_asked_to_approve_what_has_left(folder: Project) -> None:
    """Who reads "0 of 1 approved" beside a sent campaign would look for somebody to ask."""
    folder.write({"pushspec.yaml": f"{folder.text}approvals: {{rules: [{{people: 1}}]}}\n"})
    state = folder.add().sent(at=FRIDAY - timedelta(hours=1))

    assert folder.campaign().approvals is not None
    assert folder.campaign(state=state).approvals is None


@pytest.mark.parametrize(
    ("word", "text", "is_found"),
    [
        ("hate", "I HATE this", True),
        ("hate", "whatever", False),
        ("ｈａｔｅ", "hate", True),
        ("hate", "hate", True),
        ("最低价", "全网最低价", True),
        ("best", "best!", True),
        ("c++", "we love C++", True),
        ("c++", "only C here", False),
        ("++c", "x++c", True),
        ("c++", "c++x", True),
        ("hate", "hater", False),
        ("1hate", "11hate", False),
        ("最低价", "A最低价B", True),
        ("hate", "h\u200cate", True),
    ],
)
def test_a_forbidden_word_is_found_as_people_read_it(
    word: str, text: str, is_found: bool, folder: Project
) -> None:
    """Full width, capitals and a neighbouring comma hide nothing; letters inside a word are no word."""
    folder.policy(f'{{forbidden_words: ["{word}"]}}').add(notification=f'{{title: "{text}"}}')

    assert (folder.policy_result("forbidden-words") is not None) is is_found


@pytest.mark.parametrize(
    ("keys", "is_shown"),
    [
        ({"notification": "{title: Hate}"}, True),
        ({"notification": "{title: Sale, desc: Hate}"}, True),
        ({"notification": "{title: Sale, apns: {sub_title: Hate}}"}, True),
        ({"notification": "{title: Sale, languages: {zh-hant: {title: Hate}}}"}, True),
        ({"notification": "{title: Sale, ext: Hate}"}, False),
        ({"notification": "{title: Sale}", "message": "[{text: Hate}]"}, True),
        ({"notification": "{title: Sale}", "recall": "{title: Hate}"}, True),
        (LISTED | {"audience": "{accounts: [a]}", "delivery": "{data_id: hate}"}, False),
    ],
)
def test_a_forbidden_word_is_looked_for_where_people_read(
    keys: dict[str, str], is_shown: bool, folder: Project
) -> None:
    """Data for the app has words of its own."""
    folder.policy("{forbidden_words: [hate]}").add(**keys)

    assert (folder.policy_result("forbidden-words") is not None) is is_shown


@pytest.mark.parametrize(
    ("link", "says"),
    [
        ("https://EXAMPLE.com/a", None),
        ("https://shop.example.com", None),
        ("https://example.com./a", None),
        ("https://example.com:8443/a", None),
        ("https://badexample.com", "a link leads to badexample.com"),
        ("https://[broken", "a link leads to https://[broken"),
        ("https://:80", "a link leads to https://:80"),
    ],
)
def test_a_link_leads_to_its_host_however_it_is_written(link: str, says: str | None, folder: Project) -> None:
    """Capitals and a dot at the end change no host; what has none is shown as it stands."""
    folder.policy("{allowed_link_hosts: [other.example, Example.COM]}")
    folder.add(notification=f"{{title: Sale, ext: '{link}'}}")

    result = folder.policy_result("allowed-link-hosts")

    assert (result.message if result is not None else None) == says


@pytest.mark.parametrize(
    "notification",
    [
        "{title: Sale, desc: See http://evil.example/x}",
        "{title: Sale, desc: See HTTPS://EVIL.EXAMPLE}",
        '{title: Sale, desc: "https://example.com@evil.example/"}',
        r'{title: Sale, ext: "{\"u\": \"https:\\/\\/evil.example\"}"}',
        "{title: Sale, android: {huawei: {image: https://evil.example/a.png}}}",
        "{title: Sale, languages: {zh-hant: {title: 去 https://evil.example。}}}",
        '{title: Sale, desc: "https://[broken"}',
    ],
)
def test_a_link_is_found_wherever_it_hides(notification: str, folder: Project) -> None:
    """Phishing through a push reaches every user with the app's own name on it."""
    folder.policy("{allowed_link_hosts: [example.com]}").add(notification=notification)

    assert folder.campaign().state is CampaignState.BLOCKED


@pytest.mark.parametrize(
    "text",
    [
        "TODO: title",
        "Hello {name}",
        "Hello ${name}",
        "Hello %s",
        "Hi %1$s!",
        "xxx",
        "{{ '{{' }} name }}",
        "{% raw %}{{ name }}{% endraw %}",
    ],
)
def test_an_unfinished_text_never_leaves(text: str, folder: Project) -> None:
    """“Dear {name}” to a million people cannot be taken back."""
    folder.add(title=text)

    assert folder.campaign().state is CampaignState.BLOCKED


@pytest.mark.parametrize("text", ["100% sure", "Save 20%!", "todos los días", "a {b c}", "Xoxo"])
def test_ordinary_text_is_no_placeholder(text: str, folder: Project) -> None:
    """The guard must not stand in the way of ordinary words."""
    folder.add(title=text)

    assert folder.policy_result("placeholder-text") is None


def test_of_many_findings_none_is_left_out_in_silence(folder: Project) -> None:
    """Whoever mends the ten that they see must not believe that these were all."""
    words = [f"word{number:02}" for number in range(13)]
    folder.policy(f"{{forbidden_words: [{', '.join(words)}]}}").add(title=" ".join(words), desc="word00")

    (campaign,) = folder.plan().campaigns

    found = [it.message for it in campaign.policy_results]
    assert found == [*(f"“{word}”" for word in words[:10]), "and 4 more"]  # the first of them stands twice
    assert campaign.reason.endswith("; forbidden-words (and 4 more)")


@pytest.mark.parametrize(("count", "more"), [(9, []), (10, []), (11, ["and 1 more"])])
def test_what_is_left_out_waits_for_what_the_others_wait_for(
    count: int, more: list[str], folder: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its place and its end are those of the policy; no group has the name of what is not told."""
    over = FRIDAY + timedelta(hours=3)
    found = [Finding(f"{number}", ("audience",), "one of us", over, True) for number in range(count)]
    monkeypatch.setitem(POLICIES, PolicyName.EVERYONE, (Level.ERROR, lambda _: iter(found)))

    results = folder.add().campaign().policy_results

    told = [(f"{number}", "one of us", True) for number in range(min(count, 10))]
    assert [(it.message, it.own, it.is_of_group) for it in results] == [
        *told,
        *((text, text, False) for text in more),
    ]
    assert {(it.path, it.passes_at) for it in results} == {(("audience",), over)}


def test_a_renamed_campaign_is_not_sent_again(folder: Project) -> None:
    """The lockfile knows calls by name; a new name must not be a way to send twice."""
    state = folder.add("spring-sale").sent(at=FRIDAY - timedelta(days=2))
    (folder.root / "campaigns" / "spring-sale.yaml").unlink()
    folder.add("sale-of-spring")

    result = folder.policy_result("repeat", "sale-of-spring", state=state)

    assert result is not None
    assert result.message == (
        "the same text went to the same people as spring-sale@1 (begun 2026-11-18 04:00 UTC); was it renamed?"
    )
    assert folder.campaign("sale-of-spring", state=state).state is CampaignState.BLOCKED


def test_the_rest_of_a_version_is_no_lower_one(folder: Project) -> None:
    """A run that died half way is finished by the next one."""
    limits = folder.text.replace("true,", "true, limits: {accounts_per_call: 1},")
    folder.write({"pushspec.yaml": limits}).add(**LISTED, audience="{accounts: [a, b]}", version="2")
    planned = folder.campaign()
    call = next(iter(planned.calls()))
    state = Story(FRIDAY - timedelta(hours=1)).begun(planned).tried(call, sent(call.key)).state

    assert folder.campaign(state=state).state is CampaignState.SEND
    assert folder.policy_result("version-lowered", state=state) is None


@pytest.mark.parametrize(("text", "is_stopped"), [("Hi", True), ("Good morning", False)])
def test_a_renamed_chat_message_is_not_sent_again(folder: Project, text: str, is_stopped: bool) -> None:
    """A message without a notification says what it says in its body alone."""
    chat = {"endpoint": "openim/batchsendmsg", "notification": "", "audience": "{accounts: [rong]}"}
    state = folder.add("hi", message="[{text: Hi}]", **chat).sent(at=FRIDAY - timedelta(days=2))
    (folder.root / "campaigns" / "hi.yaml").unlink()
    folder.add("hi-again", message=f"[{{text: {text}}}]", **chat)

    planned = folder.campaign("hi-again", state=state)

    assert (planned.state is CampaignState.BLOCKED) == is_stopped
    assert (folder.policy_result("repeat", "hi-again", state=state) is not None) == is_stopped


def test_a_copied_campaign_is_pointed_out(folder: Project) -> None:
    """Two files that say the same to the same people are seldom meant; both stand in the plan to be seen."""
    folder.add("a").add("b")

    result = folder.policy_result("same-text", "b")

    assert folder.policy_result("same-text", "a") is None
    assert result is not None
    assert result.message == "a@1 and b@1 have the same text for the same people"


def test_a_new_version_with_the_old_text_is_pointed_out(folder: Project) -> None:
    """Raising the version is how one sends again, so it is a warning and no wall."""
    state = folder.add().sent(at=FRIDAY - timedelta(days=2))
    folder.add(version="2")

    result = folder.policy_result("same-text", state=state)

    assert result is not None
    assert result.message == (
        "sale@1 (begun 2026-11-18 04:00 UTC) and sale@2 have the same text for the same people"
    )
    assert folder.campaign(state=state).state is CampaignState.SEND


def test_the_same_text_to_others_is_pointed_out(folder: Project) -> None:
    """Often right, as for a second city; sometimes a text that was copied and not changed."""
    folder.add("a", title="Sale", audience="{tags: {any: [A]}}")
    folder.add("b", title="Sale", audience="{tags: {any: [B]}}")

    assert folder.policy_result("same-text", "a") is None
    assert folder.policy_result("same-text", "b") is not None


def _alike(folder: Project, count: int, **keys: str) -> dict[str, list[str]]:
    """Return what the policies say of campaigns that are alike, by campaign."""
    for number in range(count):
        folder.add(f"spring-{number:03}", **keys)
    campaigns = folder.plan().campaigns
    return {it.key: [result.message for result in it.policy_results] for it in campaigns}


def test_of_many_alike_each_hears_of_its_group_once(folder: Project) -> None:
    """A remark a pair would be ten thousand of them, and nobody would read one."""
    found = _alike(folder, 150)

    some = "spring-000@1, spring-001@1, spring-002@1 and 147 more"
    text, people = (
        f"{some} have the same text for the same people",
        f"the same people (tag A) get {some} within a day",
    )
    assert found.pop("spring-000@1") == [people]
    assert len(found) == 149
    assert all(messages == [text, people] for messages in found.values())


def test_a_push_to_everyone_is_one_remark_for_all_that_it_meets(folder: Project) -> None:
    """A hundred cities and one push to all are one thing to notice, not a hundred."""
    folder.add("all-hands", title="All", audience="{everyone: true}")
    for number in range(9):
        folder.add(f"city-{number}", title=f"City {number}", audience=f"{{tags: {{any: [T{number}]}}}}")

    said = {
        result.message
        for campaign in folder.plan().campaigns
        for result in campaign.policy_results
        if result.policy == "same-people"
    }

    assert said == {
        "the same people (part of everyone) get all-hands@1 within a day",
        "the same people (part of everyone) get all-hands@1, city-0@1, city-1@1 and 7 more within a day",
    }


def test_a_text_for_two_cities_and_its_copies_are_told_apart(folder: Project) -> None:
    """A copy for the same people is a slip; the same words for others are often meant."""
    for name, tag in (("a1", "A"), ("a2", "A"), ("b1", "B")):
        folder.add(name, audience=f"{{tags: {{any: [{tag}]}}}}")

    said = {
        campaign.name: [it.message for it in campaign.policy_results if it.policy == "same-text"]
        for campaign in folder.plan().campaigns
    }

    every = "a1@1, a2@1 and b1@1 have the same text"
    assert said == {
        "a1": [],
        "a2": ["a1@1 and a2@1 have the same text for the same people", every],
        "b1": [every],
    }


def test_what_was_begun_and_not_sent_is_compared_too(folder: Project) -> None:
    """A run that died before its first call leaves a campaign that leaves with the next one."""
    state = folder.add("a").sent()
    state.calls.clear()
    state.keys_of.clear()
    folder.add("b")

    assert folder.policy_result("same-text", "a", state=state) is None
    assert folder.policy_result("same-text", "b", state=state) is not None


def test_an_old_text_may_come_back(folder: Project) -> None:
    """Last year's greeting is no repeat; the project says how far back to look."""
    state = folder.add().sent(at=FRIDAY - timedelta(days=8))
    (folder.root / "campaigns" / "sale.yaml").unlink()
    folder.add("greeting")

    assert folder.policy_result("repeat", "greeting", state=state) is None
    folder.policy("{same_text_days: 30}")
    assert folder.policy_result("repeat", "greeting", state=state) is not None


@pytest.mark.parametrize(("seconds", "is_repeat"), [(0, True), (1, False)])
def test_a_text_of_seven_days_ago_is_the_same_to_the_second(
    seconds: int, is_repeat: bool, folder: Project
) -> None:
    """As long as the project says, and no longer."""
    state = folder.add().sent(at=FRIDAY - timedelta(days=7, seconds=seconds))
    (folder.root / "campaigns" / "sale.yaml").unlink()
    folder.add("greeting")

    assert (folder.policy_result("repeat", "greeting", state=state) is not None) is is_repeat


@pytest.mark.parametrize(
    ("one", "other", "shared", "names"),
    [
        ("{tags: {any: [A, B]}}", "{tags: {all: [B, C]}}", "tag B", "one@1 and other@1"),
        ("{tags: {any: [A]}}", "{everyone: true}", "part of everyone", "other@1"),
        ("{everyone: true}", "{tags: {any: [A]}}", "part of everyone", "one@1 and other@1"),
        ("{everyone: true}", "{everyone: true}", "everyone", "one@1 and other@1"),
        (
            "{attributes: {all: {city: 深圳}}}",
            "{attributes: {any: {city: 深圳, vip: yes}}}",
            "city=深圳",
            "one@1 and other@1",
        ),
        ("{tags: {any: [A]}}", "{tags: {any: [B]}}", "", ""),
        ("{attributes: {all: {city: A}}}", "{tags: {any: [A]}}", "", ""),
    ],
)
def test_two_campaigns_that_meet_within_a_day_are_pointed_out(
    one: str, other: str, shared: str, names: str, folder: Project
) -> None:
    """A person has one phone, whichever tag reached it."""
    folder.add("one", title="One", audience=one).add("other", title="Other", audience=other)

    result = folder.policy_result("same-people", "one")

    assert (result.message if result else "") == (
        f"the same people ({shared}) get {names} within a day" if shared else ""
    )


def test_campaigns_on_different_days_do_not_meet(folder: Project) -> None:
    """The day counts from when each one leaves, not from when it is planned."""
    folder.add("one", title="One")
    folder.add("other", title="Other", schedule='{not_before: "2026-11-25T10:00:00+08:00"}')

    assert folder.policy_result("same-people", "one") is None


@pytest.mark.parametrize(("hours", "said"), [(4, {"same-people"}), (23, {"same-people"}), (24, set())])
def test_what_is_no_repeat_to_the_project_still_meets_within_a_day(
    hours: int, said: set[str], folder: Project
) -> None:
    """How far back a text counts is the project's to say; a day of a person's phone is not."""
    state = folder.policy("{same_text_days: 0}").add().sent(at=FRIDAY - timedelta(hours=hours))
    folder.add(version="2")

    assert {it.policy for it in folder.campaign(state=state).policy_results} == said


def test_what_was_sent_this_morning_meets_too(folder: Project) -> None:
    """People do not know that the pushes came from two runs."""
    state = folder.add("morning", title="Morning").sent(at=FRIDAY - timedelta(hours=4))
    folder.add("noon", title="Noon")

    assert folder.policy_result("same-people", "noon", state=state) is not None
    assert folder.campaign("morning", state=state).policy_results == ()


def test_what_was_sent_in_one_run_is_dated_once(folder: Project) -> None:
    """The same time behind each of three names hides the names."""
    for name in ("a", "b", "c"):
        folder.add(name, title=name)
    state = folder.sent(at=FRIDAY - timedelta(hours=4))
    folder.add("noon", title="Noon")

    result = folder.policy_result("same-people", "noon", state=state)

    assert result is not None
    assert result.own == (
        "the same people (tag A) get a@1, b@1 and c@1 (begun 2026-11-20 00:00 UTC) within a day, too"
    )


@pytest.mark.parametrize(
    ("hours", "says"),
    [
        ((4, 4, 3), "a@1, b@1 (begun 2026-11-20 00:00 UTC) and c@1 (begun 2026-11-20 01:00 UTC)"),
        ((4, 3, 3), "a@1 (begun 2026-11-20 00:00 UTC), b@1 and c@1 (begun 2026-11-20 01:00 UTC)"),
    ],
)
def test_what_was_sent_at_several_times_is_dated_by_each_of_them(
    hours: tuple[int, ...], says: str, folder: Project
) -> None:
    """A time stands for the names before it, up to the time before."""
    names = "a", "b", "c"
    for name in names:
        folder.add(name, title=name)
    plan = folder.plan()
    story = Story(FRIDAY - timedelta(hours=5))
    for campaign, before in zip(plan.campaigns, hours, strict=True):
        story.at = FRIDAY - timedelta(hours=before)
        story.begun(campaign)
        for call in campaign.sending.calls():
            story.tried(call, sent(call.key, at=story.at))
    folder.add("noon", title="Noon")

    result = folder.policy_result("same-people", "noon", state=story.state)

    assert result is not None
    assert result.own == f"the same people (tag A) get {says} within a day, too"


def test_only_what_was_sent_has_a_time_also_where_the_clock_of_its_machine_is_ahead(folder: Project) -> None:
    """It then stands behind what leaves now, and the time behind its own name."""
    state = folder.add("ahead", title="Ahead").sent(at=FRIDAY + timedelta(seconds=5))
    folder.add("noon", title="Noon").add("one", title="One")

    result = folder.policy_result("same-people", "one", state=state)

    assert result is not None
    assert result.message == (
        "the same people (tag A) get noon@1, one@1 and ahead@1 (begun 2026-11-20 04:00 UTC) within a day"
    )


MARKETING = "{title: %s, android: {huawei: {category: MARKETING}, honor: {importance: LOW}}}"


def test_the_third_marketing_push_of_a_day_is_pointed_out(folder: Project) -> None:
    """The vendor drops it without a word, and nobody would know why half the phones stayed silent."""
    for name in ("a", "b"):
        folder.add(name, notification=MARKETING % name)
    assert folder.policy_result("marketing-cap", "b") is None

    folder.add("c", notification=MARKETING % "c")
    results = [it.message for it in folder.campaign("c").policy_results if it.policy == "marketing-cap"]

    assert results == [
        f"{vendor} shows 2 marketing pushes a day; a@1, b@1 and c@1 leave within a day"
        for vendor in ("Honor", "Huawei")
    ]


def test_a_push_that_is_called_marketing_counts_for_every_maker(folder: Project) -> None:
    """`marketing: true` makes the service apply the caps, whatever the makers' own fields say."""
    for name in ("a", "b", "c"):
        folder.add(name, title=name, delivery="{marketing: true}")

    results = [it.message for it in folder.campaign("c").policy_results if it.policy == "marketing-cap"]

    assert [result.split()[0] for result in results] == ["Honor", "Huawei", "OPPO", "vivo"]
    assert all("shows 2 marketing pushes a day" in result for result in results)


def test_a_push_to_everyone_counts_what_a_part_of_them_gets(folder: Project) -> None:
    """The phones of a tag get that, too, and it is the third one for them."""
    for name in ("a", "b"):
        folder.add(name, notification=MARKETING % name)
    folder.add("c", notification=MARKETING % "c", **EVERYONE)

    result = folder.policy_result("marketing-cap", "c")

    assert result is not None
    assert result.own == "Honor shows 2 marketing pushes a day; a@1 and b@1 leave within a day, too"
    assert result.is_of_group, "its message names it, so that no view has to"


def test_service_messages_have_no_cap(folder: Project) -> None:
    """A delivery notice is no marketing, however many there are."""
    for name in ("a", "b", "c"):
        folder.add(name, notification=f"{{title: {name}, android: {{huawei: {{category: EXPRESS}}}}}}")

    assert folder.policy_result("marketing-cap", "c") is None


def test_a_verdict_knows_its_place_in_the_file(folder: Project) -> None:
    """A reviewer sees the remark beside the line that it is about."""
    folder.add(**EVERYONE)
    campaign = folder.campaign()
    result = next(it for it in campaign.policy_results if it.policy == "everyone")

    assert campaign.spec.document.locate(result.path, key=True).text.startswith("audience:")


def test_everything_that_blocks_is_named(folder: Project) -> None:
    """Whoever fixes one reason must not learn of the next one only then."""
    folder.policy("{require: [owner], allowed_senders: [ops]}").add(from_="admin")

    campaign = folder.campaign()

    assert campaign.state is CampaignState.BLOCKED
    assert campaign.reason == "require (owner is missing); allowed-senders (admin is not one of ops)"


def test_the_project_file_names_no_unknown_policy(folder: Project) -> None:
    """A misspelt policy would guard nothing."""
    folder.write(
        {"pushspec.yaml": f"{COUNTED_PROJECT}policy: {{require: [ownr], levels: {{repeet: error}}}}\n"}
    )

    with pytest.raises(SpecError) as caught:
        folder.plan()

    assert len(caught.value.problems) == 2

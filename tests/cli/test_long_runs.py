"""Runs that a day, or a CI job, is too short for: they stop in time, say when to go on, and go on there."""

from __future__ import annotations

import re
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

import pytest
from workbench import Project

from cli.kit import PushService, Received, ServedProject

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    CampaignText = Callable[..., str]

INSTANT = r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? (UTC|[+-]\d\d:\d\d)"


@dataclass
class Machine:
    """A machine whose clock goes on as it should, from wherever a test has put it."""

    ahead: timedelta = timedelta()

    def now(self, zone: tzinfo) -> datetime:
        return datetime.now(UTC).astimezone(zone) + self.ahead


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """The clock of the command line, by which the embedded sandbox goes, too."""
    machine = Machine()
    monkeypatch.setattr("pushspec.clock.datetime", machine)
    return machine


def pushes_of(names: str, project: Project, campaign: CampaignText, environment: str) -> ServedProject:
    """Return a project of one push a letter, on the embedded sandbox with three a day."""
    text = f"""\
apiVersion: pushspec/v1
kind: Project
name: acme-push
environments:
  sandbox: {{sandbox: true, limits: {{push_calls_per_day: 3}}{environment}}}
"""
    served = ServedProject(project.root)
    served.write({"pushspec.yaml": text} | {f"campaigns/{name}.yaml": campaign(name) for name in names})
    return served


@pytest.mark.parametrize("day", ["", ", quota_day_starts: '00:00+08:00'"], ids=["24 hours", "a stated day"])
def test_what_a_day_has_no_room_for_goes_out_the_next_day(
    project: ServedProject, campaign: CampaignText, machine: Machine, day: str
) -> None:
    """What fits is sent, the rest says when, and the same command finishes it; nobody picks by hand."""
    pushes = pushes_of("abcde", project, campaign, day)
    begun = datetime.now(UTC)

    first = pushes.apply()
    again = pushes.apply()

    assert (first.code, again.code) == (7, 6), first.err
    assert "quota (3 of 3 calls of the day are used, 1 needed; room from " in " ".join(first.out.split())
    assert "3 calls sent" in first.out
    assert pushes.states() == dict(zip("abcde", ["sent"] * 3 + ["blocked"] * 2, strict=True))

    machine.ahead = timedelta(days=1, minutes=2) + (datetime.now(UTC) - begun)
    assert pushes.states() == dict(zip("abcde", ["sent"] * 3 + ["send"] * 2, strict=True))
    next_day = pushes.apply()

    assert next_day.code == 0, next_day.out + next_day.err
    assert "2 calls sent" in next_day.out
    assert pushes.run("plan", "--detailed-exitcode").code == 0
    records = pushes.lockfile("sandbox")
    assert Counter(record["key"] for record in records if record["record"] == "intent") == Counter(
        {f"{name}@1": 1 for name in "abcde"}
    )


def test_pushes_that_the_night_overtakes_stay_until_the_morning(
    project: ServedProject, push_service: PushService, campaign: CampaignText, machine: Machine
) -> None:
    """The plan saw them leave by day. What is late stays, says why, and the same command sends it later."""
    text = (project.root / "pushspec.yaml").read_text()
    soon, morning = (datetime.now(UTC) + timedelta(hours=hours) for hours in (1, 9))
    hours = f'{{from: "{soon:%H:%M}", to: "{morning:%H:%M}", timezone: UTC}}'
    project.write({"pushspec.yaml": f"{text}policy: {{quiet_hours: {hours}}}\n"})
    lifted = campaign("d", exceptions="[{policy: quiet-hours, reason: flight change}]")
    project.write({f"campaigns/{name}.yaml": campaign(name) for name in "abc"} | {"campaigns/d.yaml": lifted})

    def answer(_: Received) -> dict[str, Any]:
        if len(push_service.received) == 2:
            machine.ahead = timedelta(hours=1, minutes=1)
            push_service.ahead_s = machine.ahead.total_seconds()
        return {}

    push_service.answer = answer

    night = project.apply()

    assert night.code == 7, night.out
    assert f"! c@1 quiet-hours ({soon:%H:%M}–{morning:%H:%M} UTC)" in " ".join(night.out.split())
    assert "3 calls sent" in night.out
    assert project.states() == {"a": "sent", "b": "sent", "c": "blocked", "d": "sent"}
    machine.ahead = timedelta(hours=10)
    push_service.ahead_s = machine.ahead.total_seconds()
    assert project.apply().code == 0
    assert len(push_service.received) == 4
    assert project.states() == dict.fromkeys("abcd", "sent")


def test_a_night_of_scheduled_runs_is_not_red(
    project: ServedProject, push_service: PushService, campaign: CampaignText, machine: Machine
) -> None:
    """Every 15 minutes, a run would fail until the morning over something that nobody has to do."""
    text = (project.root / "pushspec.yaml").read_text()
    began, morning = (datetime.now(UTC) + timedelta(hours=hours) for hours in (-1, 7))
    hours = f'{{from: "{began:%H:%M}", to: "{morning:%H:%M}", timezone: UTC}}'
    project.write({"pushspec.yaml": f"{text}policy: {{quiet_hours: {hours}}}\n"})
    project.write({"campaigns/a.yaml": campaign("a")})

    planned, night = project.run("plan"), project.apply()

    assert (planned.code, night.code) == (0, 0), night.out + night.err
    told = planned.out.replace("1 call", "")  # its column stands where the reason folds
    assert f"may leave from {morning:%Y-%m-%d %H:%M} on" in " ".join(told.split())
    assert "a@1" in night.out
    assert push_service.received == []
    machine.ahead = timedelta(hours=8)
    push_service.ahead_s = machine.ahead.total_seconds()
    assert project.apply().code == 0
    assert project.states() == {"a": "sent"}


def test_a_quota_that_ends_in_the_middle_of_a_run_says_when_more_can_go(
    project: ServedProject, campaign: CampaignText, machine: Machine
) -> None:
    """A push that came too soon was tried again: both attempts count, and the plan could not know."""
    pushes = pushes_of("abc", project, campaign, ", faults: [{kind: error, code: 90024, calls: [2]}]")

    stopped = pushes.apply()

    assert stopped.code == 7
    said = " ".join(stopped.out.split())  # the line folds, in the middle of an instant, too
    assert re.search(rf"the day's pushes are used up; the next are free from {INSTANT} on", said)
    assert pushes.states()["c"] == "blocked"

    machine.ahead = timedelta(days=1, minutes=2)
    assert pushes.apply().code == 0
    assert pushes.states()["c"] == "sent"


def test_the_services_own_count_of_the_day_is_believed(
    project: ServedProject, push_service: PushService, campaign: CampaignText
) -> None:
    """Somebody has sent from the console: 90047 ends the run, and a later one takes up the same campaign."""
    push_service.answer = lambda _: {"ErrorCode": 90047} if len(push_service.received) == 2 else {}
    project.write({f"campaigns/{name}.yaml": campaign(name) for name in "abc"})

    stopped = project.apply()

    assert stopped.code == 7
    assert "90047" in stopped.out
    assert "the day's pushes are used up" in stopped.out
    assert len(push_service.received) == 2
    assert project.apply().code == 0
    assert set(project.states().values()) == {"sent"}
    assert len(push_service.received) == 4


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=ada", "-c", "user.email=ada@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def listed(project: ServedProject, campaign: CampaignText, tmp_path: Path) -> Callable[[], ServedProject]:
    """Return a function that checks out a repository anew: four parts to send, the lock on a branch."""
    text = (project.root / "pushspec.yaml").read_text()
    lock = "    edition: free\n    lock: git+branch:pushspec/lock/test\n    secret_key"
    remote, author = tmp_path / "remote.git", tmp_path / "author"
    git(tmp_path, "init", "-q", "--bare", "-b", "main", str(remote))
    git(tmp_path, "clone", "-q", str(remote), str(author))
    Project(author).write(
        {
            "pushspec.yaml": text.replace("    secret_key", lock),
            "people.txt": "\n".join(f"user{number}" for number in range(110)),
            "campaigns/sale.yaml": campaign(
                "sale",
                endpoint="timpush/batch",
                audience="{file: people.txt}",
                **{"from": "administrator"},
            ),
        }
    )
    Project(author).run("lock", "init").assert_ok()
    git(author, "add", "-A")
    git(author, "commit", "-q", "-m", "sale")
    git(author, "push", "-q", "origin", "HEAD:main")

    def checkout() -> ServedProject:
        folder = tmp_path / f"runner-{len(list(tmp_path.glob('runner-*')))}"
        git(tmp_path, "clone", "-q", "-b", "main", str(remote), str(folder))
        return ServedProject(folder)

    return checkout


class SteadyClock:
    """The steady clock of a run, which can be moved on."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead_s


@pytest.fixture
def an_hour_a_call(push_service: PushService, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each answer take an hour, so that a run of ninety minutes begins two."""
    clock = SteadyClock()
    monkeypatch.setattr("pushspec.clock.time", clock)

    def take_long(request: Received) -> dict[str, Any]:
        del request
        clock.ahead_s += 3600
        return {}

    push_service.answer = take_long


@pytest.mark.usefixtures("an_hour_a_call")
def test_the_next_ci_run_goes_on_with_the_next_part(
    listed: Callable[[], ServedProject], push_service: PushService
) -> None:
    """The runner is gone with all its files; what is left stands on the lock's branch alone."""
    one = listed()
    plan = one.root.parent / "plan.json"
    one.run("plan", "-o", str(plan)).assert_ok()

    stopped = one.run("apply", str(plan), "--max-duration", "90m")
    sent_by_one = len(push_service.received)
    finished = listed().run("apply", str(plan))

    assert (stopped.code, finished.code) == (7, 0), stopped.err + finished.err
    assert sent_by_one == 2
    assert "another call might not end within --max-duration" in stopped.out
    assert "Next: pushspec apply" in stopped.out
    # In a narrow terminal the row goes on below its own end.
    assert re.search(rf"\({sent_by_one} of 4 calls\s+(2 calls\s+)?are done\)", finished.out)
    told = Counter(name for request in push_service.received for name in request.body["To_Account"])
    assert told == Counter({f"user{number}": 1 for number in range(110)})
    assert sorted(request.body["DataId"] for request in push_service.received) == [
        f"sale@1#{part}" for part in range(1, 5)
    ]
    assert listed().run("plan", "--detailed-exitcode").code == 0


def test_a_wait_is_shown_with_its_end(listed: Callable[[], ServedProject], push_service: PushService) -> None:
    """A line that stands still looks like a hang; it says until when, with the zone, and fits a terminal."""
    checkout = listed()

    outcome = checkout.apply("--max-duration", "30s")

    assert outcome.code == 0, outcome.err
    waits = [line for line in outcome.err.splitlines() if "waiting until" in line]
    assert waits
    assert all(
        re.fullmatch(rf"  … waiting until {INSTANT}: the service's rate limit", wait) for wait in waits
    )
    assert max(map(len, outcome.err.splitlines())) <= 80
    assert len(push_service.received) == 4


@pytest.mark.usefixtures("an_hour_a_call")
def test_an_edition_that_changes_in_the_middle_stops_the_campaign(
    listed: Callable[[], ServedProject], push_service: PushService
) -> None:
    """Cut into other parts, people of the first would get it again; raising the version would do the same."""
    checkout = listed()
    assert checkout.apply("--max-duration", "90m").code == 7
    sent = len(push_service.received)
    text = (checkout.root / "pushspec.yaml").read_text()
    checkout.write({"pushspec.yaml": text.replace("edition: free", "edition: standard")})

    refused = checkout.run("apply", "--confirm", checkout.plan_json()["digest"])

    assert refused.code == 6
    words = " ".join(refused.out.split())
    assert "was split into 4 calls of ≤ 30 accounts; the current limits give 1 of ≤ 110" in words
    assert "restore edition, limits and pace to finish it" in words
    assert len(push_service.received) == sent
    checkout.write({"pushspec.yaml": text})
    assert checkout.apply().code == 0
    assert len(push_service.received) == 4


@pytest.mark.parametrize("duration", ["5h", "90m", "30s", "007s"])
def test_a_duration_is_a_number_and_a_unit(
    project: ServedProject, push_service: PushService, campaign: CampaignText, duration: str
) -> None:
    """As CI files write their own limits."""
    project.write({"campaigns/hello.yaml": campaign()})
    assert project.apply("--max-duration", duration).code == 0
    assert len(push_service.received) == 1


@pytest.mark.parametrize(
    "duration", ["", "5", "h", "1h30m", "-5m", "5 h", "5d", "1.5h", "²s", "0s", "6s", "9" * 30 + "h"]
)
def test_a_duration_that_cannot_be_kept_is_refused_at_once(
    project: ServedProject, push_service: PushService, campaign: CampaignText, duration: str
) -> None:
    """A wrong one, or one too short for a single call, is a mistake on the command line."""
    project.write({"campaigns/hello.yaml": campaign()})

    outcome = project.apply(f"--max-duration={duration}")

    assert outcome.code == 2
    assert "--max-duration" in outcome.err
    assert push_service.received == []

"""What ``plan`` reads, and what it leaves alone."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from workbench import CAMPAIGN

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.kit import PushService, ServedProject

_NOWHERE = "postgresql://pushspec@127.0.0.1:1/locks"
_OUT_OF_REACH = {
    _NOWHERE: "nothing answers there",
    "git+branch:pushspec/lock/test": "branch pushspec/lock/test of origin cannot be read",
    "s3://locks/test": "s3://locks/test cannot be read",
    "az://locks/test": "az://locks/test cannot be opened",
}
"""Locks in places that do not answer, and what is said of each."""
_AWS = {
    "AWS_ENDPOINT": "http://127.0.0.1:1",
    "AWS_ALLOW_HTTP": "true",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
}


def _locked_elsewhere(project: ServedProject, lock: str = _NOWHERE) -> None:
    project.keep_lock_at(lock)


@pytest.fixture(params=list(_OUT_OF_REACH))
def lost_lock(
    request: pytest.FixtureRequest,
    project: ServedProject,
    campaign: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """A project with one campaign, whose lockfile cannot be reached."""
    lock: str = request.param
    for name, value in _AWS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    for arguments in (["init", "--quiet"], ["remote", "add", "origin", str(project.root / "nowhere.git")]):
        subprocess.run(["git", *arguments], cwd=project.root, check=True)
    _locked_elsewhere(project, lock)
    project.write({"campaigns/hello.yaml": campaign()})
    return lock


def test_a_lockfile_out_of_reach_is_noted_in_the_plan(project: ServedProject, lost_lock: str) -> None:
    """A reviewer must not take "to send" for "never sent", nor "0 used today" for a count."""
    note = "the lockfile could not be read, so every campaign shows as unsent and today's quota as unused: "

    outcome = project.run("plan")

    assert outcome.code == 8
    assert outcome.err.splitlines()[-1].startswith("Exit code 8: the lockfile could not be read.")
    shown = " ".join(outcome.out.split())
    assert f"note {note}" in shown
    assert _OUT_OF_REACH[lost_lock] in shown
    assert project.run("plan", "--detailed-exitcode").code == 8
    assert project.run("calendar", "--online").code == 8
    assert project.run("plan", "--offline").code == 0  # nobody asked for it
    assert project.plan_json()["lock_note"].startswith(note)
    assert project.run("plan", "--format", "markdown").out.count(f"🛑 `{note}") == 1
    assert f"::warning title=lockfile-unread,file=pushspec.yaml::{note}" in (
        project.run("plan", "--format", "github").out
    )


def test_nothing_is_sent_while_the_lockfile_is_out_of_reach(
    project: ServedProject, lost_lock: str, push_service: PushService
) -> None:
    """What was sent already cannot be known, so the right digest and a saved plan are refused alike."""
    digest = project.plan_json("-o", "plan.json")["digest"]

    confirmed = project.run("apply", "--confirm", digest)
    saved = project.run("apply", "plan.json")

    assert (confirmed.code, saved.code) == (8, 8)
    assert _OUT_OF_REACH[lost_lock] in confirmed.err
    assert push_service.received == []


def test_offline_no_place_elsewhere_is_asked(project: ServedProject, campaign: Callable[..., str]) -> None:
    """The project file of a pull request is a stranger's, and so is the address of its lockfile."""
    _locked_elsewhere(project)
    project.write({"campaigns/hello.yaml": campaign()})

    outcome = project.run("plan", "--offline")

    assert outcome.code == 0
    assert "postgresql://127.0.0.1:1/locks was not read" in outcome.out


def test_a_password_in_the_lock_is_an_error_and_not_shown(project: ServedProject) -> None:
    """It would stand in git, in the plan and in the lockfile."""
    project.configure("lock: postgresql://ada:hunter2@db.example.com/locks")

    outcome = project.run("plan")

    assert outcome.code == 1
    assert "error[literal-secret]: lock holds a password" in outcome.err
    assert "hunter2" not in outcome.out + outcome.err


def test_a_missing_audience_is_told_beside_a_template_that_fails(
    project: ServedProject, campaign: Callable[..., str]
) -> None:
    """Every problem in one run: mending one must not bring up another."""
    project.write({"campaigns/hello.yaml": campaign(audience=None, notification="{title: '{{ nobody }}'}")})

    outcome = project.run("plan")

    assert "error[audience-missing]" in outcome.err
    assert "error[template-undefined]" in outcome.err


@pytest.mark.parametrize("files", [{}, {"campaigns/notes.txt": "", "campaigns/.hello.yaml": ""}])
def test_a_project_without_a_campaign_file_is_warned(project: ServedProject, files: dict[str, str]) -> None:
    """A folder with another name, or none, must not look like a plan in which all is sent."""
    project.write(files)

    plan, check = project.run("plan"), project.run("validate")

    for outcome, told in ((plan, plan.err), (check, check.out)):
        assert outcome.code == 0
        assert "campaigns: warning[campaign-files-missing]: the project has no campaign" in told
        assert "hint: put campaigns into campaigns/ next to pushspec.yaml" in told
    assert check.out.endswith("1 warning\n")
    assert "campaign-files-missing" in project.run("plan", "--format", "github").out


def test_a_plan_names_the_way_to_the_service(project: ServedProject) -> None:
    """Whoever approves it sees through whom it goes; the address may hold a password and is not shown."""
    project.write(
        {
            "pushspec.yaml": (
                "apiVersion: pushspec/v1\nkind: Project\nname: acme\nenvironments:\n"
                "  prod:\n    sdk_app_id: 1400123456\n    region: singapore\n    secret_key: {env: KEY}\n"
                "    network: {proxy: {env: CORP_PROXY}, ca_file: certs/corp.pem}\n"
            )
        }
    )

    for view in ("text", "markdown", "html"):
        shown = " ".join(project.run("plan", "-e", "prod", "--format", view).out.split())
        assert "by the proxy in CORP_PROXY · trusts only certs/corp.pem" in shown


def _blocked(campaign: Callable[..., str], name: str) -> str:
    return campaign(name, notification="{title: TODO title}")


def test_a_plan_with_a_blocked_campaign_ends_with_6_and_the_rest_is_sent(
    project: ServedProject, campaign: Callable[..., str], push_service: PushService
) -> None:
    """A pull request is red while it is cheap, and one campaign does not hold up the others."""
    project.write({"campaigns/a.yaml": campaign("a"), "campaigns/b.yaml": _blocked(campaign, "b")})

    planned = project.run("plan", "--detailed-exitcode", "-o", "plan.json")
    applied = project.run("apply", "plan.json")

    assert planned.code == 6
    assert planned.err.splitlines()[-1] == "Exit code 6: b@1 is blocked by placeholder-text"
    assert applied.code == 7, applied.err
    assert len(push_service.received) == 1


def test_a_plan_that_ends_with_4_says_so(project: ServedProject, campaign: Callable[..., str]) -> None:
    """A red job names its cause in its last line; without the option the plan is green and silent."""
    project.write({"campaigns/a.yaml": campaign("a")})

    assert (project.run("plan").code, project.run("plan").err) == (0, "")
    planned = project.run("plan", "--detailed-exitcode")
    assert (planned.code, planned.err) == (4, "Exit code 4: sends are pending\n")


def test_a_plan_of_a_campaign_that_changed_after_it_was_sent_ends_with_6(
    project: ServedProject, campaign: Callable[..., str], push_service: PushService
) -> None:
    """The review is where somebody learns that the edit reaches nobody."""
    del push_service
    project.write({"campaigns/a.yaml": campaign("a")})
    project.apply().assert_ok()
    project.write({"campaigns/a.yaml": campaign("a", notification="{title: Other}")})

    outcome = project.run("plan", "--format", "json")

    assert outcome.code == 6
    assert outcome.err.splitlines()[-1] == "Exit code 6: a@1 was changed after it was sent"


def test_a_plan_beside_a_doubt_ends_with_5(
    project: ServedProject, campaign: Callable[..., str], push_service: PushService
) -> None:
    """Somebody has to look before anything else, whatever else is wrong."""
    push_service.answer = lambda _: 502
    project.write({"campaigns/a.yaml": campaign("a")})
    project.apply()
    project.write({"campaigns/b.yaml": _blocked(campaign, "b")})

    outcome = project.run("plan")

    assert outcome.code == 5
    assert outcome.err.splitlines()[-1] == (
        "Exit code 5: a call is in doubt. See it: pushspec status -e test"
    )


def test_what_time_or_a_thaw_lets_through_does_not_fail_a_plan(
    project: ServedProject, campaign: Callable[..., str]
) -> None:
    """A campaign that waits, has expired, is frozen or finds no quota left today needs no change."""
    project.configure("limits: {push_calls_per_day: 1}")
    little = (project.root / "pushspec.yaml").read_text()
    project.write(
        {
            "campaigns/a.yaml": campaign("a"),
            "campaigns/full.yaml": campaign("full", notification="{title: More}"),
            "campaigns/late.yaml": campaign("late", schedule="{not_after: '2026-01-01T00:00:00Z'}"),
            "campaigns/soon.yaml": campaign("soon", schedule="{not_before: '2126-01-01T00:00:00Z'}"),
        }
    )

    open_plan, states = project.run("plan"), project.states()
    frozen = project.write({"pushspec.yaml": little + "frozen: incident 12\n"}).run("plan")

    assert states == {"a": "send", "full": "blocked", "late": "expired", "soon": "waiting"}
    assert (open_plan.code, frozen.code) == (0, 0), open_plan.err + frozen.err
    assert "Exit code" not in open_plan.err + frozen.err
    assert "incident 12" in frozen.out


def test_many_campaigns_that_phones_cut_are_a_few_lines(project: ServedProject) -> None:
    """Fifty campaigns with long texts would bury what is blocked; `validate` still lists each."""
    names = [f"c{number:02}" for number in range(12)]
    for number, name in enumerate(names):
        text = CAMPAIGN.replace("name: hello", f"name: {name}").replace(
            "A word to all", "word " * (20 + number)
        )
        project.write({f"campaigns/{name}.yaml": text})

    shown, checked = project.run("plan"), project.run("validate")

    assert "cut        c00@1, c01@1, c02@1 and 9 more: pushspec preview NAME" in shown.out
    assert " shows: " not in shown.out
    assert shown.err.count("warning[") == 3
    assert "and 9 more of desc-cut: `pushspec validate --all -e test` shows all" in shown.err
    assert checked.out.count("warning[desc-cut]") == len(names)
    assert "OPPO shows: " in project.run("plan", "c03").out


@pytest.mark.parametrize("command", ["plan", "apply", "validate", "preview"])
def test_an_unknown_environment_hides_no_other_error(
    project: ServedProject, campaign: Callable[..., str], command: str
) -> None:
    """All of them in one run: each with its place, and the environment with those that there are."""
    asked = (command, "-e", "NOPE")
    project.write({"campaigns/a.yaml": campaign("a")})
    alone = project.run(*asked)
    assert (alone.code, alone.err) == (
        2,
        "error: the project has no environment 'NOPE'\nhint: known: sandbox, test\n",
    )

    project.write({"campaigns/b.yaml": campaign("b", audiense="{everyone: true}")})
    beside = project.run(*asked)
    assert beside.code == 1
    both = beside.out + beside.err
    assert "campaigns/b.yaml:8:1: error[unknown-key]: the file has no key 'audiense'" in both
    assert "pushspec.yaml:5:1: error[unknown-environment]: the project has no environment 'NOPE'" in both
    assert "hint: known: sandbox, test" in both

    project.write({"pushspec.yaml": (project.root / "pushspec.yaml").read_text() + "enviroment: test\n"})
    beside = project.run(*asked)
    assert beside.code == 1
    both = beside.out + beside.err
    assert "error[unknown-key]: the file has no key 'enviroment'" in both
    assert "pushspec.yaml:5:1: error[unknown-environment]: the project has no environment 'NOPE'" in both

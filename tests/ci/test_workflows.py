"""The workflows that ``init`` writes, run as written: a stranger sees a plan, an approval sends once."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest
from workflows import load_workflow
from workflows.repository import CAMPAIGN, Repository, pull_request

from pushspec.sandbox.settings import PUBLIC_SECRET_KEY

TEMPLATES = resources.files("pushspec.cli") / "templates"
WORKFLOW = (TEMPLATES / "init" / "workflow.yml").read_text(encoding="utf-8")
COMMENT = (TEMPLATES / "init" / "comment.yml").read_text(encoding="utf-8")
GITLAB = (TEMPLATES / "gitlab-ci.yml").read_text(encoding="utf-8")
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("head", ["acme/pushes", "stranger/pushes"])
def test_a_pull_request_shows_its_plan_without_secrets(head: str, repository: Repository) -> None:
    """A fork's run has no secret and no right to write, and its reviewer still sees everything."""
    base = repository.add("old")
    sha = repository.add("new")

    run = repository.run("pull_request", sha, payload=pull_request(head, base))
    jobs = run.start()

    assert {name: job.result for name, job in jobs.items()} == {
        "review": "success",
        "report": "skipped",
        "plan": "skipped",
        "apply": "skipped",
    }, jobs["review"].log
    assert "🆕 **new@1** is new: `everyone`" in jobs["review"].summary
    assert "## Push plan: 2 to send" in jobs["review"].summary
    assert "::warning title=everyone,file=campaigns/new.yaml,line=7,col=1::" in jobs["review"].log
    assert (run.scratch / "artifacts" / "pushspec-review" / "review.md").is_file()
    assert repository.sent() == []
    assert not repository.was_locked


def test_a_mistake_in_a_pull_request_fails_it_and_marks_the_line(repository: Repository) -> None:
    """The check is red before anybody looks."""
    base = repository.add("fine")
    repository.write(
        "campaigns/wrong.yaml", CAMPAIGN.format(name="wrong").replace("everyone: true", "tags: {}")
    )
    sha = repository.merge()

    review = repository.run("pull_request", sha, payload=pull_request("a/b", base)).start()["review"]

    assert review.result == "failure"
    assert re.search(r"^::error title=[\w-]+,file=campaigns/wrong\.yaml,line=7", review.log, re.MULTILINE)


def test_a_blocked_campaign_fails_the_check_after_its_plan_is_kept(repository: Repository) -> None:
    """The comment is made of the artifact, so a red run leaves one, too."""
    base = repository.add("fine")
    repository.block("wrong")
    sha = repository.merge()

    run = repository.run("pull_request", sha, payload=pull_request("a/b", base))
    review = run.start()["review"]

    assert review.result == "failure"
    assert "Exit code 6: wrong@1 is blocked by placeholder-text" in review.log
    kept = (run.scratch / "artifacts" / "pushspec-review" / "review.md").read_text(encoding="utf-8")
    assert "## Push plan: 1 to send, 1 blocked" in kept
    assert kept in review.summary


def test_what_is_not_blocked_is_sent_after_its_approval(repository: Repository) -> None:
    """The plan's job is red, and one campaign in the way does not stop the others."""
    repository.block("wrong")

    run = repository.push(repository.add("fine"), approved=True)

    assert run.jobs["plan"].result == "failure"
    assert run.jobs["plan"].outputs == {"pending": "true"}
    assert repository.sent() == ["Hello from fine"]


def test_only_a_blocked_campaign_asks_for_no_approval(repository: Repository) -> None:
    """There is nothing to approve."""
    repository.block("wrong")

    run = repository.push(repository.merge(), approved=True)

    assert run.jobs["plan"].result == "failure"
    assert run.jobs["apply"].result == "skipped"


def test_nothing_is_sent_before_somebody_approved(repository: Repository) -> None:
    """The plan is ready, the job waits, and so does the push."""
    run = repository.push(repository.add("hello"), approved=False)

    assert run.jobs["plan"].result == "success"
    assert run.jobs["apply"].result == "waiting"
    assert repository.sent() == []


def test_merge_approve_apply_and_never_again(repository: Repository) -> None:
    """Once is the promise: not on the next push, not on a re-run, not on a re-run of an old run."""
    first = repository.push(repository.add("hello"), approved=True)
    assert first.jobs["apply"].result == "success", first.jobs["apply"].log
    assert repository.sent() == ["Hello from hello"]
    assert [record["record"] for record in repository.records()].count("sent") == 1

    second = repository.push(repository.add("later"), approved=True)
    assert second.jobs["apply"].result == "success", second.jobs["apply"].log
    assert repository.sent() == ["Hello from hello", "Hello from later"]

    third = repository.push(second.sha, approved=True)
    assert third.jobs["plan"].outputs == {"pending": ""}
    assert third.jobs["apply"].result == "skipped"

    first.rerun("apply")
    second.rerun("apply")
    first.start()
    assert repository.sent() == ["Hello from hello", "Hello from later"]


def test_a_scheduled_run_sends_what_is_due_after_its_approval(repository: Repository) -> None:
    """What waited for its window leaves without a commit, and not without a person."""
    sha = repository.add("due")

    waiting = repository.push(sha, approved=False, event="schedule")
    assert waiting.jobs["apply"].result == "waiting"

    approved = repository.push(sha, approved=True, event="schedule")
    assert approved.jobs["apply"].result == "success", approved.jobs["apply"].log
    assert repository.sent() == ["Hello from due"]


def test_a_stage_that_asks_for_numbers_goes_on_after_a_report(repository: Repository) -> None:
    """The plan has no secret to ask with, so the schedule's report records what its gate looks at."""
    sha = repository.add_in_stages("sale")
    repository.push(sha, approved=True)
    canary = len(repository.sent())

    blind = repository.push(sha, approved=True, event="schedule")
    reported = repository.push(sha, approved=True, event="schedule", PUSHSPEC_REPORT="1")

    assert (blind.jobs["report"].result, blind.jobs["apply"].result) == ("skipped", "skipped")
    assert "sale@1" in reported.jobs["report"].summary, reported.jobs["report"].log
    assert reported.jobs["apply"].result == "success", reported.jobs["plan"].log
    assert len(repository.sent()) > canary
    assert repository.push(sha, approved=True).jobs["apply"].result == "skipped"


def test_a_report_that_fails_stops_no_plan(repository: Repository) -> None:
    """Other campaigns need none of its numbers."""
    sha = repository.add("due")
    run = repository.run("schedule", sha, approved=True)
    run.variables["PUSHSPEC_REPORT"] = "1"
    repository.push(sha, approved=True)
    repository.add("later")

    jobs = run.start()

    assert jobs["report"].result == "failure"
    assert "TIM_SECRET_KEY" in jobs["report"].log
    assert jobs["plan"].result == "success"


def test_the_approval_binds_the_plan_that_was_shown(repository: Repository) -> None:
    """A plan that was exchanged between the approval and the send is refused."""
    run = repository.push(repository.add("hello"), approved=False)
    artifact = run.scratch / "artifacts" / "pushspec-plan" / "plan.json"
    plan = json.loads(artifact.read_text(encoding="utf-8"))
    plan["campaigns"][0]["digest"] = "0" * 64
    artifact.write_text(json.dumps(plan), encoding="utf-8")

    run.approved = True
    run.secrets = {"TIM_SECRET_KEY": PUBLIC_SECRET_KEY}
    apply = run.rerun("apply")

    assert apply.result == "failure"
    assert "changed after it was made" in apply.log
    assert repository.sent() == []


def test_the_log_holds_no_secret(repository: Repository) -> None:
    """Logs of public repositories are public."""
    run = repository.push(repository.add("hello"), approved=True)

    for job in run.jobs.values():
        assert PUBLIC_SECRET_KEY not in job.log + job.summary


def test_a_project_that_did_not_switch_on_sending_sends_nothing(repository: Repository) -> None:
    """The workflow is there from the first day, the secrets are not."""
    run = repository.run("push", repository.add("hello"), approved=True)
    run.variables = {}

    assert {job.result for job in run.start().values()} == {"skipped"}


WORKFLOWS = {
    "init/workflow.yml": WORKFLOW,
    "init/comment.yml": COMMENT,
    **{str(path.relative_to(ROOT)): path.read_text() for path in (ROOT / ".github").rglob("*.yml")},
    "action.yml": (ROOT / "action.yml").read_text(encoding="utf-8"),
}


@pytest.mark.parametrize("name", list(WORKFLOWS))
def test_every_action_is_pinned_to_a_commit(name: str) -> None:
    """A tag can be moved to other code by whoever takes over an account."""
    for line in re.findall(r"uses: .*", WORKFLOWS[name]):
        assert re.fullmatch(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


@pytest.mark.parametrize("name", [name for name in WORKFLOWS if name != "action.yml"])
def test_nothing_is_allowed_but_what_a_job_says(name: str) -> None:
    """Least permissions: none on top, few in each job; no trigger that mixes strangers and secrets."""
    workflow = load_workflow(WORKFLOWS[name])

    assert workflow["permissions"] == {}
    assert "pull_request_target" not in workflow["on"]
    for job in workflow["jobs"].values():
        assert job["permissions"]
        assert "timeout-minutes" in job
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout"):
                assert step["with"]["persist-credentials"] is False


def test_secrets_are_read_in_the_last_step_of_protected_jobs() -> None:
    """What runs before the approval could not send if it wanted to; a report must be switched on."""
    workflow = load_workflow(WORKFLOW)
    jobs = workflow["jobs"]

    assert WORKFLOW.count("secrets.") == 2
    assert (jobs["apply"]["environment"], jobs["report"]["environment"]) == ("pushspec", "pushspec-report")
    for name in ("apply", "report"):
        assert "secrets.TIM_SECRET_KEY" in str(jobs[name]["steps"][-1]["env"])
    assert "github.event_name == 'schedule'" in jobs["report"]["if"]
    assert "vars.PUSHSPEC_REPORT != ''" in jobs["report"]["if"]
    assert jobs["report"]["steps"][-1]["run"].startswith("pushspec report ")
    writers = [name for name, job in jobs.items() if "write" in job["permissions"].values()]
    assert writers == ["report", "apply"]


def test_two_sends_never_run_at_once_and_none_is_cancelled() -> None:
    """A send that is cut off half way leaves a doubt behind."""
    apply = load_workflow(WORKFLOW)["jobs"]["apply"]

    assert apply["concurrency"] == {"group": "pushspec-apply", "cancel-in-progress": False}
    assert apply["steps"][-1]["run"].startswith("exec pushspec apply")


@pytest.mark.parametrize("name", ["init/workflow.yml", "gitlab-ci.yml", "action.yml"])
def test_a_module_that_a_pull_request_brings_does_not_run(name: str, tmp_path: Path) -> None:
    """`python -m pip` runs a pip.py of the folder that it is started in, which a stranger filled."""
    text = {"init/workflow.yml": WORKFLOW, "gitlab-ci.yml": GITLAB}.get(name) or (ROOT / name).read_text(
        "utf-8"
    )
    calls = re.findall(r"\bpython3? +((?:-[A-Z] +)*)-m +(\w+)", text)
    assert calls

    for flags, module in calls:
        (tmp_path / f"{module}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
        command = [sys.executable, *flags.split(), "-m", module, "--help"]
        subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)

    assert not (tmp_path / "ran").exists()


def test_the_comment_runs_nothing_of_thepull_request() -> None:
    """It is the one place with a right to write that a stranger can set off."""
    workflow = load_workflow(COMMENT)

    job = workflow["jobs"]["comment"]
    assert job["permissions"] == {"actions": "read", "pull-requests": "write"}
    assert [step.get("uses", "").partition("@")[0] for step in job["steps"]] == [
        "actions/download-artifact",
        "",
    ]
    assert "${{" not in job["steps"][1]["run"]
    assert "review.md" in job["steps"][1]["run"]


def test_gitlab_does_the_same() -> None:
    """One apply at a time, never cancelled, by hand, from the default branch, in a protected environment."""
    template = load_workflow(GITLAB)

    apply = template["pushspec-apply"]
    assert apply["rules"][0]["when"] == "manual"
    assert (apply["resource_group"], apply["interruptible"]) == ("pushspec-apply", False)
    assert apply["environment"] == "pushspec"
    assert "TIM_SECRET_KEY" not in str(template)
    assert "exec pushspec apply" in apply["script"][-1]

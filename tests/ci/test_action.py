"""The composite action, run as written: inputs are honoured, outputs set, and no text is shell code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from workflows import action_as_workflow, load_workflow
from workflows.repository import CAMPAIGN, pull_request

from pushspec.sandbox.settings import PUBLIC_SECRET_KEY

if TYPE_CHECKING:
    from workflows import Job, Run
    from workflows.repository import Repository

ROOT = Path(__file__).parents[2]
ACTION = (ROOT / "action.yml").read_text(encoding="utf-8")


def use(repository: Repository, sha: str, *, event: str = "push", payload: Any = None, **inputs: str) -> Run:
    """Return a finished run of the action with these inputs; the others have their defaults."""
    declared = load_workflow(ACTION)["inputs"]
    named = {name.replace("_", "-"): value for name, value in inputs.items()}
    assert named.keys() <= declared.keys()
    run = repository.run(
        event,
        sha,
        workflow=action_as_workflow(ACTION),
        payload=payload or {},
        inputs={name: str(spec.get("default", "")) for name, spec in declared.items()} | named,
        environ={"GITHUB_ACTION_PATH": str(ROOT), "TIM_SECRET_KEY": PUBLIC_SECRET_KEY},
    )
    run.start()
    return run


def job(run: Run) -> Job:
    """Return the only job of a run of the action."""
    return run.jobs["action"]


def test_review_shows_a_pull_request_and_hands_on_its_markdown(repository: Repository) -> None:
    """What a workflow posts is in the file that the output names."""
    base = repository.add("old")
    sha = repository.add("new")

    run = use(
        repository,
        sha,
        event="pull_request",
        payload=pull_request("acme/pushes", base),
        command="review",
        base=base,
    )

    assert job(run).result == "success", job(run).log
    assert job(run).outputs == {"pending": "", "markdown": "pushspec.md", "exit-code": "0"}
    assert "🆕 **new@1** is new: `everyone`" in job(run).summary
    assert "::warning title=everyone,file=campaigns/new.yaml,line=7,col=1::" in job(run).log
    assert repository.sent() == []


def test_review_of_a_fork_asks_no_lockfile(repository: Repository) -> None:
    """A stranger's project file may name any place, and the runner must not go there."""
    sha = repository.add("hello")
    repository.push(sha, approved=True)

    own, fork = (
        job(use(repository, sha, event="pull_request", payload=pull_request(head, sha), command="review"))
        for head in ("acme/pushes", "stranger/pushes")
    )

    assert "## Push plan: 1 sent" in own.summary
    assert "## Push plan: 1 to send" in fork.summary


def test_plan_and_apply_send_once(repository: Repository) -> None:
    """The output tells a workflow whether there is anything to approve."""
    sha = repository.add("hello")

    planned = use(repository, sha, command="plan", plan="approved.json")
    saved = Path(planned.scratch / "action-1" / "tree" / "approved.json")
    applied = use(repository, sha, command="apply", plan=str(saved), max_duration="10m")
    again = use(repository, sha, command="plan")

    assert job(planned).outputs == {"pending": "true", "markdown": "pushspec.md", "exit-code": "0"}
    assert job(applied).result == "success", job(applied).log
    assert repository.sent() == ["Hello from hello"]
    assert job(again).outputs == {"pending": "", "markdown": "pushspec.md", "exit-code": "0"}


def test_a_blocked_campaign_fails_review_and_plan_and_the_rest_is_sent(repository: Repository) -> None:
    """The check is red while it is cheap, its reviewers see the plan, and the saved plan still holds."""
    repository.block("wrong")
    base = sha = repository.add("fine")

    reviewed = job(use(repository, sha, event="pull_request", command="review", base=base))
    planned = use(repository, sha, command="plan", plan="approved.json")
    saved = Path(planned.scratch / "action-1" / "tree" / "approved.json")
    applied = use(repository, sha, command="apply", plan=str(saved))

    assert (reviewed.result, job(planned).result) == ("failure", "failure")
    assert reviewed.outputs == {"pending": "", "markdown": "pushspec.md", "exit-code": "6"}
    assert job(planned).outputs == {"pending": "true", "markdown": "pushspec.md", "exit-code": "6"}
    for shown in (reviewed.summary, job(planned).summary):
        assert "## Push plan: 1 to send, 1 blocked" in shown
    assert "Exit code 6: wrong@1 is blocked by placeholder-text" in job(planned).log
    assert job(applied).result == "failure"  # 7: what is blocked was not sent
    assert repository.sent() == ["Hello from fine"]


def test_the_project_and_the_environment_are_the_ones_asked_for(repository: Repository) -> None:
    """A repository may hold more than one project, a project more than one environment."""
    repository.write("pushes/pushspec.yaml", (repository.clone / "pushspec.yaml").read_text())
    repository.write("pushes/campaigns/inner.yaml", CAMPAIGN.format(name="inner"))
    sha = repository.merge()

    inner = job(use(repository, sha, command="plan", project="pushes"))
    unknown = job(use(repository, sha, command="plan", environment="staging"))

    assert "inner@1" in inner.summary
    assert unknown.result == "failure"
    assert "staging" in unknown.log


def test_the_action_installs_what_is_pinned(repository: Repository) -> None:
    """Code that a registry exchanged must not run beside the key of the app."""
    log = job(use(repository, repository.add("hello"), command="plan")).log

    assert f"install --quiet --require-hashes -r {ROOT}/requirements/action.txt" in log
    assert f"install --quiet --no-deps --no-build-isolation {ROOT}" in log


@pytest.mark.parametrize("name", ["command", "project", "environment", "base", "plan", "max-duration"])
def test_no_input_is_run_by_the_shell(name: str, repository: Repository) -> None:
    """The name of a branch or an environment can be any text, and whoever chooses it is not always known."""
    hostile = """x'"; touch PWNED; $(touch PWNED) `touch PWNED` #"""
    command = {"base": "review", "max-duration": "apply"}.get(name, "plan")

    run = use(repository, repository.add("hello"), **{"command": command, name.replace("-", "_"): hostile})

    assert job(run).result == ("success" if name == "plan" else "failure")  # any text may name a file
    assert not list(run.scratch.rglob("PWNED"))


def test_no_name_of_a_file_is_run_by_the_shell_or_the_runner(repository: Repository) -> None:
    """A pull request names its files, and a log line may be a command to the runner."""
    names = ("$(touch PWNED).yaml", "a; touch PWNED.yaml", "::stop-commands::x.yaml")
    for number, name in enumerate(names):
        repository.write(f"campaigns/{name}", CAMPAIGN.format(name=f"c{number}"))
    repository.write("campaigns/\n::error::mine.yaml", "nott: [")
    base = sha = repository.merge()

    run = use(
        repository, sha, event="pull_request", payload=pull_request("a/b", base), command="review", base=base
    )

    assert not list(run.scratch.rglob("PWNED*"))
    assert "\n::error::mine" not in job(run).log
    assert "\n::stop-commands" not in job(run).log


def test_a_link_that_a_pull_request_brings_is_not_written_through(repository: Repository) -> None:
    """The script writes under a known name, and whatever lies behind a link of that name is another's."""
    outside = repository.folder / "outside"
    outside.write_text("mine")
    (repository.clone / "pushspec.md").symlink_to(outside)
    sha = repository.add("new")

    run = use(repository, sha, command="plan")

    assert job(run).result == "success", job(run).log
    assert outside.read_text() == "mine"

"""The GitLab template, its script lines run as written: merge requests show the plan, main sends it once."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from workflows import load_workflow

from pushspec.sandbox.settings import PUBLIC_SECRET_KEY

if TYPE_CHECKING:
    from workflows.repository import Repository

TEMPLATE = (resources.files("pushspec.cli") / "templates" / "gitlab-ci.yml").read_text(encoding="utf-8")
PUSH_URL = "https://gitlab.example/acme/pushes.git"


class Pipeline:
    """The jobs of one pipeline on a commit; each has a clone of its own, and the files that it is handed."""

    def __init__(self, repository: Repository, sha: str, name: str = "pipeline") -> None:
        self._repository, self._sha = repository, sha
        self.folder = repository.folder / name
        self.folder.mkdir()

    def run(
        self, job: str, *, files: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the script of a job with the artifacts of another, in one shell as GitLab does."""
        tree = self.tree(job)
        remote = str(self._repository.remote)
        subprocess.run(["git", "clone", "-q", remote, str(tree)], check=True)
        subprocess.run(["git", "-C", str(tree), "checkout", "-q", self._sha], check=True)
        if files is not None:
            shutil.copy(files, tree)
        # The one edge of the network: the address that the script pushes to is the bare remote.
        (self.folder / ".gitconfig").write_text(f'[url "{remote}"]\n\tinsteadOf = {PUSH_URL}\n')
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", "\n".join(load_workflow(TEMPLATE)[job]["script"])],
            cwd=tree,
            env=self._environ() | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    def send(self, plan: Path) -> subprocess.CompletedProcess[str]:
        """Run the apply job, after somebody pressed its button, with this saved plan."""
        shutil.rmtree(self.tree("pushspec-apply"), ignore_errors=True)
        return self.run(
            "pushspec-apply", files=plan, TIM_SECRET_KEY=PUBLIC_SECRET_KEY, PUSHSPEC_TOKEN="a-token"
        )

    def report(self) -> subprocess.CompletedProcess[str]:
        """Run the report job of a pipeline that the clock began."""
        return self.run("pushspec-report", TIM_SECRET_KEY=PUBLIC_SECRET_KEY, PUSHSPEC_TOKEN="a-token")

    def tree(self, job: str) -> Path:
        return self.folder / job

    def _environ(self) -> dict[str, str]:
        return {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "HOME": str(self.folder),
            "CI": "true",
            "GITLAB_CI": "true",
            "CI_SERVER_HOST": "gitlab.example",
            "CI_PROJECT_PATH": "acme/pushes",
            "PUSHSPEC_ENV": "prod",
            **load_workflow(TEMPLATE)[".pushspec"]["variables"],
        }


def test_a_merge_request_shows_its_plan(repository: Repository) -> None:
    """Its reviewers open a page, and nothing was sent or locked for it."""
    base = repository.add("old")
    pipeline = Pipeline(repository, repository.add("new"))

    review = pipeline.run("pushspec-review", CI_MERGE_REQUEST_DIFF_BASE_SHA=base)

    assert review.returncode == 0, review.stderr
    text = (pipeline.tree("pushspec-review") / "review.md").read_text(encoding="utf-8")
    assert "🆕 **new@1** is new: `everyone`" in text
    assert "## Push plan: 2 to send" in text
    for name in load_workflow(TEMPLATE)["pushspec-review"]["artifacts"]["paths"]:
        assert (pipeline.tree("pushspec-review") / name).stat().st_size
    assert repository.sent() == []
    assert not repository.was_locked


def test_main_sends_the_saved_plan_once(repository: Repository) -> None:
    """The button pressed twice, or a pipeline run again, sends nothing more."""
    sha = repository.add("hello")
    pipeline = Pipeline(repository, sha)
    planned = pipeline.run("pushspec-plan")
    assert planned.returncode == 0, planned.stderr
    assert repository.sent() == []
    plan = pipeline.tree("pushspec-plan") / "plan.json"

    first = pipeline.send(plan)
    second = pipeline.send(plan)
    later = Pipeline(repository, sha, "later")
    replanned = later.run("pushspec-plan")
    third = later.send(later.tree("pushspec-plan") / "plan.json")

    assert first.returncode == 0, first.stderr
    assert [record["record"] for record in repository.records()].count("sent") == 1
    assert second.returncode == 6
    assert "already applied" in second.stderr
    assert (replanned.returncode, third.returncode) == (0, 0), replanned.stderr + third.stderr
    assert repository.sent() == ["Hello from hello"]


def test_a_blocked_campaign_fails_its_jobs_and_the_others_are_sent(repository: Repository) -> None:
    """The merge request is red; the default branch shows a warning and may send the rest."""
    base = repository.add("old")
    repository.block("wrong")
    pipeline = Pipeline(repository, repository.add("fine"))

    review = pipeline.run("pushspec-review", CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    planned = pipeline.run("pushspec-plan")
    sent = pipeline.send(pipeline.tree("pushspec-plan") / "plan.json")

    assert (review.returncode, planned.returncode, sent.returncode) == (6, 6, 7), review.stderr
    for job in ("pushspec-review", "pushspec-plan"):
        artifacts = load_workflow(TEMPLATE)[job]["artifacts"]
        assert artifacts["when"] == "always"
        for name in artifacts["paths"]:
            assert (pipeline.tree(job) / name).stat().st_size
    assert load_workflow(TEMPLATE)["pushspec-plan"]["allow_failure"] == {"exit_codes": [5, 6]}
    assert repository.sent() == ["Hello from fine", "Hello from old"]


def test_a_stage_that_asks_for_numbers_goes_on_after_a_report(repository: Repository) -> None:
    """Its gate stays closed until a job that has the secret recorded what became of the first stage."""
    sha = repository.add_in_stages("sale")
    first, later = Pipeline(repository, sha), Pipeline(repository, sha, "later")
    first.run("pushspec-plan")
    first.send(first.tree("pushspec-plan") / "plan.json")
    canary = len(repository.sent())

    reported = later.report()
    later.run("pushspec-plan")
    sent = later.send(later.tree("pushspec-plan") / "plan.json")

    assert (reported.returncode, sent.returncode) == (0, 0), reported.stderr + sent.stderr
    assert len(repository.sent()) == canary + 1


def test_the_logs_hold_neither_secret_nor_token(repository: Repository) -> None:
    """Masking is a setting, and somebody forgets it."""
    pipeline = Pipeline(repository, repository.add("hello"))
    pipeline.run("pushspec-plan")

    done = pipeline.send(pipeline.tree("pushspec-plan") / "plan.json")

    assert done.returncode == 0, done.stderr
    for secret in (PUBLIC_SECRET_KEY, "a-token"):
        assert secret not in done.stdout + done.stderr
    assert "a-token" not in (pipeline.tree("pushspec-apply") / ".git" / "config").read_text()


@pytest.mark.parametrize("job", ["pushspec-apply", "pushspec-report"])
def test_git_gets_the_token_from_the_environment(tmp_path: Path, job: str) -> None:
    """What the job exports makes git answer with the token, and writes it nowhere."""
    exports = [line for line in load_workflow(TEMPLATE)[job]["script"] if line.startswith("export")]

    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", "\n".join([*exports, "git credential fill"])],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PUSHSPEC_TOKEN": "a-token"},
        input="protocol=https\nhost=gitlab.example\n\n",
        capture_output=True,
        text=True,
    )

    assert "password=a-token" in done.stdout


@pytest.mark.parametrize("name", ["gitlab-ci.yml", "init/workflow.yml"])
def test_no_template_installs_a_bare_name(name: str) -> None:
    """No index has a release yet: whoever registers the name would run beside the secrets."""
    text = (resources.files("pushspec.cli") / "templates" / name).read_text(encoding="utf-8")
    installed = re.findall(r"pip install (.*)", text)

    assert installed
    assert all('"pushspec @ $PUSHSPEC_ARCHIVE"' in what for what in installed)
    assert "pushspec==" not in text


ARCHIVE = "https://example.com/pushspec.tar.gz"
HASH = "0123456789abcdef" * 4


def _installs(name: str) -> list[str]:
    """Return the script of each step that installs pushspec."""
    jobs = load_workflow((resources.files("pushspec.cli") / "templates" / name).read_text(encoding="utf-8"))
    if name == "gitlab-ci.yml":
        return ["\n".join(line for line in jobs[".pushspec"]["before_script"] if "apt-get" not in line)]
    steps = [step.get("run", "") for job in jobs["jobs"].values() for step in job["steps"]]
    return [script for script in steps if "pip install" in script]


@pytest.mark.parametrize("name", ["gitlab-ci.yml", "init/workflow.yml"])
@pytest.mark.parametrize(
    ("archive", "is_taken"),
    [
        (f"{ARCHIVE}#sha256={HASH}", True),
        (ARCHIVE, False),
        (f"{ARCHIVE}#sha256=", False),
        (f"{ARCHIVE}#sha256={HASH[:-1]}", False),
        (f"{ARCHIVE}#sha256={HASH[:-1]}g", False),
        (f"{ARCHIVE}#md5={HASH[:32]}", False),
        (f"http://example.com/p.whl#sha256={HASH}", False),
        (f"git+https://example.com/p@{HASH[:40]}", True),
        ("git+https://example.com/p@main", False),
        (f"git+https://example.com/p@main#sha256={HASH}", False),
        ("pushspec", False),
        ("", False),
    ],
)
def test_a_template_installs_nothing_without_its_hash(
    tmp_path: Path, name: str, archive: str, is_taken: bool
) -> None:
    """What runs beside the secrets is the very archive that somebody looked at."""
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "$@" > "$0.log"\n')
    python.chmod(0o755)
    scripts = _installs(name)
    assert len(scripts) == (1 if name == "gitlab-ci.yml" else 4)

    for script in scripts:
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script],
            env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "PUSHSPEC_ARCHIVE": archive},
            capture_output=True,
            text=True,
        )
        assert (done.returncode == 0) is is_taken
        assert (tmp_path / "python.log").exists() is is_taken
        assert is_taken or "PUSHSPEC_ARCHIVE must be" in done.stderr

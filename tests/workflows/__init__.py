"""A small runner of GitHub workflow files: jobs, conditions, artifacts and steps, against a local remote.

It runs each ``run`` step as written, with bash; it knows the actions that our workflows use, and approvals.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_PYTHON = """\
#!/bin/sh
# What is installed in a test is the pushspec under test.
[ "$1 $2 $3 $4" = "-I -m pip install" ] && exit 0
if [ "$1 $2 $3" = "-I -m venv" ]; then
  mkdir -p "$4/bin"
  printf '#!/bin/sh\\necho "pip $*"\\n' > "$4/bin/pip"
  ln -s "$0" "$4/bin/python"
  chmod +x "$4/bin/pip"
  exit 0
fi
exec "{python}" "$@"
"""
_SHELLS = {None: ["bash", "-e"], "bash": ["bash", "-eo", "pipefail"]}  # as GitHub runs steps
REVIEWED = "pushspec"
"""The environment that has reviewers; no other has."""
_TOKEN = re.compile(r"'[^']*'|&&|\|\||==|!=|[()]|[\w.-]+|\S")


def load_workflow(text: str) -> dict[str, Any]:
    """Return a workflow; YAML 1.1 reads its key ``on`` as true, so it is read as text here."""
    workflow: dict[str, Any] = yaml.load(text, Loader=_Loader)
    return workflow


def action_as_workflow(text: str) -> dict[str, Any]:
    """Return a workflow whose only job checks out the repository and does the steps of a composite action."""
    action = load_workflow(text)
    outputs = {name: output["value"] for name, output in action["outputs"].items()}
    steps = [{"uses": "actions/checkout@test"}, *action["runs"]["steps"]]
    return {"jobs": {"action": {"outputs": outputs, "steps": steps}}}


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers = {  # noqa: RUF012 - as yaml has it
        letter: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:bool" or letter in "tTfF"]
        for letter, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


@dataclass
class Job:
    """What became of a job.

    Attributes:
        result: ``success``, ``failure``, ``skipped`` or ``waiting`` for an approval.
        log: All that its steps printed.
        summary: What they wrote for the page of the run.
        outputs: Its outputs.
    """

    result: str
    log: str = ""
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)


@dataclass
class Run:
    """One run of a workflow: an event on a commit, with its artifacts.

    Attributes:
        workflow: The workflow file.
        remote: The bare repository.
        scratch: A folder for its work trees and artifacts.
        event: Its name, such as ``push``.
        sha: The commit.
        payload: ``github.event``.
        variables: ``vars``.
        secrets: ``secrets``.
        approved: Whether somebody approved the environment that has reviewers.
        inputs: ``inputs`` of an action.
        environ: More variables of every step, such as the address of a service that stands in for another.
        tools: More programs of the runner, by name: the text of each script.
    """

    workflow: dict[str, Any]
    remote: Path
    scratch: Path
    event: str
    sha: str
    payload: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    approved: bool = False
    inputs: dict[str, str] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)
    tools: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    attempt: int = 0

    def start(self) -> dict[str, Job]:
        """Run every job in its order."""
        self.attempt += 1
        self.jobs = {}
        for name, spec in self.workflow["jobs"].items():  # written in the order of their needs
            self.jobs[name] = self._job(name, spec)
        return self.jobs

    def rerun(self, name: str) -> Job:
        """Run one job again, with the artifacts that are there."""
        self.attempt += 1
        self.jobs[name] = self._job(name, self.workflow["jobs"][name])
        return self.jobs[name]

    def _job(self, name: str, spec: dict[str, Any]) -> Job:
        needs = [spec["needs"]] if isinstance(spec.get("needs"), str) else spec.get("needs", [])
        condition = spec.get("if", "")
        # A condition that asks for the status itself is not joined with `success()`.
        is_needed = "cancelled()" in condition or all(self.jobs[need].result == "success" for need in needs)
        if not is_needed or not self._holds(condition or None, {}):
            return Job("skipped")
        if spec.get("environment") == REVIEWED and not self.approved:
            return Job("waiting")
        return _JobRun(self, name, spec).result()

    def _holds(self, condition: str | None, steps: dict[str, Any]) -> bool:
        return condition is None or bool(self.evaluate(condition, steps, secrets=False))

    def evaluate(self, expression: str, steps: dict[str, Any], *, secrets: bool) -> Any:
        """Return the value of an expression of the workflow language."""
        context = {
            "github": {
                "event_name": self.event,
                "event": self.payload,
                "ref": "refs/heads/main" if self.event != "pull_request" else "refs/pull/1/merge",
                "repository": "acme/pushes",
                "token": "a-token",
            },
            "vars": self.variables,
            "inputs": self.inputs,
            "secrets": self.secrets if secrets else {},
            "needs": {name: {"outputs": job.outputs} for name, job in self.jobs.items()},
            "steps": steps,
        }
        # No run of a test is cancelled.
        expression = expression.removeprefix("${{").removesuffix("}}").replace("cancelled()", "'false' == ''")
        words = {"&&": "and", "||": "or", "!": "not", "==": "==", "!=": "!=", "(": "(", ")": ")"}
        source = " ".join(
            words.get(token) or (token if token.startswith("'") else f"look({token!r})")
            for token in _TOKEN.findall(expression)
        )
        return eval(source, {"look": lambda path: _look(context, path)})

    def fill(self, text: str, steps: dict[str, Any]) -> str:
        """Return a text with every ``${{ … }}`` filled in."""
        return re.sub(
            r"\$\{\{(.*?)\}\}",
            lambda match: str(self.evaluate(match[1], steps, secrets=True) or ""),
            str(text),
        )


def _look(context: Any, path: str) -> Any:
    for step in path.split("."):
        context = context.get(step, "") if isinstance(context, dict) else ""
    return context


class _JobRun:
    """The steps of one job, in a work tree of its own."""

    def __init__(self, run: Run, name: str, spec: dict[str, Any]) -> None:
        self._run, self._spec = run, spec
        self._folder = run.scratch / f"{name}-{run.attempt}"
        self._tree = self._folder / "tree"
        self._tree.mkdir(parents=True)
        self._steps: dict[str, Any] = {}
        self._job = Job("success")

    def result(self) -> Job:
        for step in self._spec["steps"]:
            if self._run._holds(step.get("if"), self._steps) and not self._step(step):
                self._job.result = "failure"
                break
        self._job.summary = self._written("summary")
        self._job.outputs = {
            name: self._run.fill(value, self._steps) for name, value in self._spec.get("outputs", {}).items()
        }
        return self._job

    def _step(self, step: dict[str, Any]) -> bool:
        if "run" in step:
            return self._bash(step)
        action = step["uses"].partition("@")[0]
        given = {name: self._run.fill(value, self._steps) for name, value in step.get("with", {}).items()}
        artifact = self._run.scratch / "artifacts" / given.get("name", "")
        if action == "actions/checkout":
            subprocess.run(["git", "clone", "-q", str(self._run.remote), str(self._tree)], check=True)
            subprocess.run(["git", "-C", str(self._tree), "checkout", "-q", self._run.sha], check=True)
        elif action == "actions/upload-artifact":
            artifact.mkdir(parents=True, exist_ok=True)
            shutil.copy(self._tree / given["path"], artifact)
        elif action == "actions/download-artifact":
            if not artifact.exists():
                return "continue-on-error" in step
            shutil.copytree(artifact, self._tree, dirs_exist_ok=True)
        else:
            assert action == "actions/setup-python", f"the runner does not know {action}"
        return True

    def _bash(self, step: dict[str, Any]) -> bool:
        output = self._folder / "output"
        output.write_text("")
        written = self._run.workflow.get("env", {}) | self._spec.get("env", {}) | step.get("env", {})
        env = self._surroundings() | {
            name: self._run.fill(value, self._steps) for name, value in written.items()
        }
        done = subprocess.run(
            [*_SHELLS[step.get("shell")], "-c", self._run.fill(step["run"], self._steps)],
            cwd=self._tree,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._job.log += done.stdout
        pairs = (line.split("=", 1) for line in output.read_text().splitlines())
        self._steps[step.get("id", "")] = {"outputs": dict(pairs)}
        return done.returncode == 0

    def _surroundings(self) -> dict[str, str]:
        tools = self._folder / "bin"
        tools.mkdir(exist_ok=True)
        for name, text in ({"python": _PYTHON.format(python=sys.executable)} | self._run.tools).items():
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)
        path = os.pathsep.join([str(tools), str(Path(sys.executable).parent), os.environ["PATH"]])
        return {
            "PATH": path,
            "HOME": str(self._folder),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "RUNNER_TEMP": str(self._folder / "temp"),
            "GITHUB_REPOSITORY": "acme/pushes",
            "GITHUB_SHA": self._run.sha,
            "GITHUB_ACTOR": "octocat",
            "GITHUB_OUTPUT": str(self._folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self._folder / "summary"),
        } | self._run.environ

    def _written(self, name: str) -> str:
        path = self._folder / name
        return path.read_text(encoding="utf-8") if path.exists() else ""

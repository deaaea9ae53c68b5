"""A repository of pushes that pipelines run on: a bare remote, a clone, and what the sandbox has taken."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from contextlib import closing
from importlib import resources
from typing import TYPE_CHECKING, Any

from workbench import Project

from pushspec.sandbox.settings import PUBLIC_SECRET_KEY
from workflows import Run, load_workflow

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATES = resources.files("pushspec.cli") / "templates"
WORKFLOW = (TEMPLATES / "init" / "workflow.yml").read_text(encoding="utf-8")

CAMPAIGN = """\
apiVersion: pushspec/v1
kind: Campaign
name: {name}
version: 1
endpoint: timpush/push
from: administrator
audience: {{everyone: true}}
notification: {{title: Hello from {name}, desc: World}}
"""


STAGES = """\
rollout:
  - {stage: canary, share: 50%, min_count: 2, continue_if: {lost: "< 100%"}}
  - {stage: rest}
"""
PEOPLE = "bonnie, rong, jared, tommy, ada, lin, user1, user2, user3, user4, user5"


class Repository:
    """A bare remote, a clone to commit from, and the sandbox that its project sends to."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.remote = folder / "remote.git"
        self.clone = folder / "clone"
        self.runs = 0
        self._git("init", "-q", "--bare", "-b", "main", str(self.remote), cwd=folder)
        self._git("clone", "-q", str(self.remote), str(self.clone), cwd=folder)
        self._git("checkout", "-q", "-b", "main")
        self.write("pushspec.yaml", self._project(url))
        Project(self.clone).run("lock", "init").assert_ok()

    def _project(self, url: str) -> str:
        return (
            "apiVersion: pushspec/v1\nkind: Project\nname: acme\ndefault_environment: prod\nenvironments:\n"
            f"  prod: {{sdk_app_id: 1400000000, base_url: {url}, secret_key: {{env: TIM_SECRET_KEY}}, "
            "lock: 'git+branch:pushspec/lock/prod'}\n"
        )

    def write(self, name: str, text: str) -> None:
        path = self.clone / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def add(self, name: str) -> str:
        """Merge a campaign into main; return the commit."""
        self.write(f"campaigns/{name}.yaml", CAMPAIGN.format(name=name))
        return self.merge()

    def block(self, name: str) -> None:
        """Write a campaign that a policy blocks, to be merged with the next one."""
        text = CAMPAIGN.format(name=name).replace(f"Hello from {name}", "TODO title")
        self.write(f"campaigns/{name}.yaml", text)

    def add_in_stages(self, name: str) -> str:
        """Merge a campaign whose second stage waits for the numbers of the first."""
        text = CAMPAIGN.format(name=name).replace("timpush/push", "timpush/batch")
        self.write(f"campaigns/{name}.yaml", text.replace("everyone: true", f"accounts: [{PEOPLE}]") + STAGES)
        return self.merge()

    def merge(self) -> str:
        self._git("add", "-A")
        self._git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "change")
        self._git("push", "-q", "origin", "main")
        return self._git("rev-parse", "HEAD").strip()

    def run(self, event: str, sha: str, *, workflow: dict[str, Any] | None = None, **more: Any) -> Run:
        """Return a run that has not begun, of the workflow that ``init`` writes or of another."""
        self.runs += 1
        return Run(
            workflow or load_workflow(WORKFLOW),
            self.remote,
            self.folder / f"run-{self.runs}",
            event,
            sha,
            variables={
                "PUSHSPEC_ENV": "prod",
                "PUSHSPEC_ARCHIVE": "https://example.com/pushspec.whl#sha256=" + "0" * 64,
            },
            **more,
        )

    def push(self, sha: str, *, approved: bool, event: str = "push", **variables: str) -> Run:
        """Return a finished run of a push to main, with more variables of the repository."""
        run = self.run(event, sha, approved=approved, secrets={"TIM_SECRET_KEY": PUBLIC_SECRET_KEY})
        run.variables |= variables
        run.start()
        return run

    def records(self) -> list[dict[str, Any]]:
        """Return the lockfile's records, from the remote's own branch."""
        text = self._git("show", "pushspec/lock/prod:lockfile.jsonl", cwd=self.remote)
        return [json.loads(line) for line in text.splitlines()]

    @property
    def was_locked(self) -> bool:
        """Whether any run took the lock."""
        return any(record["record"] == "open" for record in self.records())

    def sent(self) -> list[str]:
        """Return the titles that the sandbox has taken, in order."""
        with closing(sqlite3.connect(self.folder / "sandbox.db")) as database:
            rows = database.execute("select body from tasks order by id").fetchall()
        return [json.loads(body)["OfflinePushInfo"]["Title"] for (body,) in rows]

    def _git(self, *arguments: str, cwd: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=cwd or self.clone, capture_output=True, check=True, text=True
        )
        return done.stdout


def pull_request(head: str, base: str) -> dict[str, Any]:
    """Return the event of a pull request: the full name of its repository, and its base."""
    return {"pull_request": {"base": {"sha": base}, "head": {"repo": {"full_name": head}}}}

"""A project in a folder of its own, in which a test writes files, runs commands and builds plans."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pushspec.api.planning import build_plan
from pushspec.api.project import load_project
from pushspec.cli.main import run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pushspec.lockfile.state import LockState
    from pushspec.plan.build import Plan

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
"""The moment of plans that are built in a test; no test reads the clock."""

PROJECT = """\
apiVersion: pushspec/v1
kind: Project
name: acme-push
default_environment: sandbox
environments:
  sandbox: {sandbox: true}
"""
CAMPAIGN = """\
apiVersion: pushspec/v1
kind: Campaign
name: hello
version: 1
endpoint: timpush/push
audience: {everyone: true}
notification: {title: Hello, desc: A word to all}
"""


@dataclass(frozen=True)
class Outcome:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    def assert_ok(self) -> Outcome:
        """Fail with what was printed where the command failed."""
        assert self.code == 0, self.out + self.err
        return self


@dataclass(frozen=True)
class Project:
    """A project folder."""

    root: Path

    def write(self, files: Mapping[str, str | bytes]) -> Project:
        """Write files below the project, texts as UTF-8."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return self

    def run(self, *arguments: str) -> Outcome:
        """Run ``pushspec ...`` in the folder, in this process, both streams captured."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.chdir(self.root), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run([*arguments])
        return Outcome(code, out.getvalue(), err.getvalue())

    def plan_json(self, *arguments: str) -> dict[str, Any]:
        """Return what ``pushspec plan --format json`` prints, blocked and doubted campaigns included."""
        outcome = self.run("plan", "--format", "json", *arguments)
        assert outcome.code in {0, 5, 6}, outcome.out + outcome.err
        plan: dict[str, Any] = json.loads(outcome.out)
        return plan

    def body(self, campaign: str = CAMPAIGN, *, without: tuple[str, ...] = ("MsgRandom",)) -> dict[str, Any]:
        """Return the body of a campaign's first call, without what pushspec itself adds."""
        self.write({"campaigns/only.yaml": campaign})
        body: dict[str, Any] = self.plan_json()["campaigns"][0]["calls"][0]["body"]
        return {key: value for key, value in body.items() if key not in without}

    def plan(
        self, *, environment: str | None = None, now: datetime = NOON, state: LockState | None = None
    ) -> Plan:
        """Return the plan itself, at a moment and with a lockfile's state that the test chooses."""
        return build_plan(load_project(self.root, environment=environment), now=now, state=state)

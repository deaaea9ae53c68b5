"""A project in a folder of its own, in which a test writes files, runs commands and builds plans."""

from __future__ import annotations

import contextlib
import io
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import story

from pushspec.api.planning import build_plan
from pushspec.api.project import load_project
from pushspec.cli.main import run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo
    from pathlib import Path

    from pushspec.lockfile.state import LockState
    from pushspec.plan.build import Plan
    from pushspec.plan.planned import PlannedCampaign
    from pushspec.plan.policies.context import PolicyResult

NOON = story.NOON
"""The moment of plans that are built in a test; no test reads the clock."""
FRIDAY = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
"""Noon in Shanghai, on a working day."""

PROJECT = """\
apiVersion: pushspec/v1
kind: Project
name: acme-push
default_environment: sandbox
environments:
  sandbox: {sandbox: true}
"""
COUNTED_PROJECT = """\
apiVersion: pushspec/v1
kind: Project
name: acme-push
environments:
  sandbox: {sandbox: true, population: 1200000}
"""
"""A project that says how many users its app has."""
CAMPAIGN = """\
apiVersion: pushspec/v1
kind: Campaign
name: hello
version: 1
endpoint: timpush/push
audience: {everyone: true}
notification: {title: Hello, desc: A word to all}
"""


def campaign_text(
    name: str = "sale", *, title: str = "Spring sale", desc: str = "Until noon", **keys: str | None
) -> str:
    """Return a campaign file; each key replaces or adds a line, an empty one leaves it out."""
    lines = {
        "apiVersion": "pushspec/v1",
        "kind": "Campaign",
        "name": name,
        "version": "1",
        "endpoint": "timpush/push",
        "audience": "{tags: {any: [A]}}",
        "notification": f"{{title: {json.dumps(title, ensure_ascii=False)}, desc: {desc}}}",
    } | {key.rstrip("_"): value for key, value in keys.items()}
    return "".join(f"{key}: {value}\n" for key, value in lines.items() if value)


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
class GoingOn:
    """A clock that goes on from a moment, in place of the ``datetime`` that ``pushspec.clock`` reads."""

    moment: datetime
    begun_s: float = field(default_factory=time.monotonic)

    def now(self, zone: tzinfo) -> datetime:
        return self.moment.astimezone(zone) + timedelta(seconds=time.monotonic() - self.begun_s)


@dataclass(frozen=True)
class Project:
    """A project folder.

    Attributes:
        root: The folder.
        text: Its project file, before a test gives it a policy.
        now: The moment of its plans.
    """

    root: Path
    text: str = field(default=PROJECT, kw_only=True)
    now: datetime = field(default=NOON, kw_only=True)

    def write(self, files: Mapping[str, str | bytes]) -> Project:
        """Write files below the project, texts as UTF-8."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return self

    def policy(self, text: str) -> Project:
        """Give the project a policy, written as one flow mapping."""
        return self.write({"pushspec.yaml": f"{self.text}policy: {text}\n"})

    def add(self, name: str = "sale", **keys: str) -> Project:
        """Write a campaign file (see :func:`campaign_text`)."""
        return self.write({f"campaigns/{name}.yaml": campaign_text(name, **keys)})

    def run(self, *arguments: str) -> Outcome:
        """Run ``pushspec ...`` in the folder, in this process, both streams captured."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.chdir(self.root), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run([*arguments])
        return Outcome(code, out.getvalue(), err.getvalue())

    def plan_json(self, *arguments: str) -> dict[str, Any]:
        """Return what ``pushspec plan --format json`` prints, also where it ends with 5, 6 or 8."""
        outcome = self.run("plan", "--format", "json", *arguments)
        assert outcome.code in {0, 5, 6, 8}, outcome.out + outcome.err
        plan: dict[str, Any] = json.loads(outcome.out)
        return plan

    def body(self, campaign: str = CAMPAIGN, *, without: tuple[str, ...] = ("MsgRandom",)) -> dict[str, Any]:
        """Return the body of a campaign's first call, without what pushspec itself adds."""
        self.write({"campaigns/only.yaml": campaign})
        body: dict[str, Any] = self.plan_json()["campaigns"][0]["calls"][0]["body"]
        return {key: value for key, value in body.items() if key not in without}

    def plan(
        self, *, environment: str | None = None, now: datetime | None = None, state: LockState | None = None
    ) -> Plan:
        """Return the plan itself, at a moment and with a lockfile's state that the test chooses."""
        project = load_project(self.root, environment=environment)
        return build_plan(project, now=now or self.now, state=state)

    def campaign(
        self, name: str = "sale", *, now: datetime | None = None, state: LockState | None = None
    ) -> PlannedCampaign:
        """Return one campaign of the plan."""
        return next(it for it in self.plan(now=now, state=state).campaigns if it.name == name)

    def policy_result(
        self, policy: str, name: str = "sale", *, now: datetime | None = None, state: LockState | None = None
    ) -> PolicyResult | None:
        """Return what one policy says of one campaign."""
        results = self.campaign(name, now=now, state=state).policy_results
        return next((result for result in results if result.policy == policy), None)

    def sent(self, *, at: datetime | None = None) -> LockState:
        """Return the state of a lockfile after everything here was sent at a moment."""
        moment = at or self.now
        return story.story_of(self.plan(now=moment), at=moment).state

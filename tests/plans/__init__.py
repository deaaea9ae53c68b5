"""Projects in a folder and the plans of them, for tests of what a plan says; nothing is sent."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pushspec.api.planning import build_plan
from pushspec.api.project import load_project
from pushspec.lockfile.records import Begin
from pushspec.lockfile.state import CallHistory, CallState, CampaignHistory, LockState
from pushspec.tencent.answers import ServiceIds

if TYPE_CHECKING:
    from pathlib import Path

    from pushspec.plan.build import Plan
    from pushspec.plan.planned import PlannedCampaign
    from pushspec.plan.policies.context import PolicyResult

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
"""Noon in Shanghai, a Friday."""

PROJECT = """\
apiVersion: pushspec/v1
kind: Project
name: acme-push
environments:
  sandbox: {sandbox: true, population: 1200000}
"""


def campaign_text(name: str = "sale", *, title: str = "Spring sale", **keys: str) -> str:
    """Return a campaign file; each key replaces or adds a line, an empty one leaves it out."""
    lines = {
        "apiVersion": "pushspec/v1",
        "kind": "Campaign",
        "name": name,
        "version": "1",
        "endpoint": "timpush/push",
        "audience": "{tags: {any: [A]}}",
        "notification": f"{{title: {json.dumps(title, ensure_ascii=False)}, desc: Until noon}}",
    } | {key.rstrip("_"): value for key, value in keys.items()}
    return "".join(f"{key}: {value}\n" for key, value in lines.items() if value)


class Folder:
    """A project in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write({"pushspec.yaml": PROJECT})

    def write(self, files: dict[str, str]) -> Folder:
        """Write files below the folder."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return self

    def policy(self, text: str) -> Folder:
        """Give the project a policy, written as one flow mapping."""
        return self.write({"pushspec.yaml": f"{PROJECT}policy: {text}\n"})

    def add(self, name: str = "sale", *, title: str = "Spring sale", **keys: str) -> Folder:
        """Write a campaign file (see :func:`campaign_text`)."""
        return self.write({f"campaigns/{name}.yaml": campaign_text(name, title=title, **keys)})

    def plan(self, *, now: datetime = NOW, state: LockState | None = None) -> Plan:
        """Return the plan of the whole project."""
        return build_plan(load_project(self.root), now=now, state=state or LockState())

    def campaign(
        self, name: str = "sale", *, now: datetime = NOW, state: LockState | None = None
    ) -> PlannedCampaign:
        """Return one campaign of the plan."""
        return next(it for it in self.plan(now=now, state=state).campaigns if it.name == name)

    def policy_result(
        self, policy: str, name: str = "sale", *, now: datetime = NOW, state: LockState | None = None
    ) -> PolicyResult | None:
        """Return what one policy says of one campaign."""
        policy_results = self.campaign(name, now=now, state=state).policy_results
        return next((result for result in policy_results if result.policy == policy), None)

    def sent(self, *, at: datetime = NOW) -> LockState:
        """Return the state of a lockfile after everything here was sent at a moment."""
        state = LockState()
        for planned in self.plan(now=at).campaigns:
            _send(planned, state, at)
        return state


def _send(planned: PlannedCampaign, state: LockState, at: datetime) -> None:
    calls = planned.sending
    begin = Begin(
        campaign=calls.campaign_key,
        name=calls.name,
        version=calls.version,
        digest=calls.digest,
        endpoint=calls.endpoint.name,
        audience=calls.audience,
        contents={key: dict(body) for key, body in calls.contents.items()},
        accounts=calls.account_count,
        accounts_sha256=calls.accounts_sha256,
        calls=calls.call_count,
        spec=calls.spec_path,
        spec_sha256=calls.spec_sha256,
        not_before=calls.not_before,
        not_after=calls.not_after,
        salt=calls.salt or None,
        shares=dict(calls.shares) or None,
    )
    state.campaigns[calls.campaign_key] = CampaignHistory(begin, at)
    for call in calls.calls():
        intended = CallHistory(
            key=call.key,
            campaign=calls.campaign_key,
            endpoint=calls.endpoint.name,
            state=CallState.INTENDED,
            attempts=1,
            msg_random=call.msg_random,
            payload_sha256=call.payload_sha256(),
            accounts=len(call.accounts),
            intended_at=at,
            not_after=at + timedelta(seconds=30),
        )
        state.keys_of.setdefault(calls.campaign_key, []).append(call.key)
        ids = ServiceIds(f"task_{call.msg_random}")
        state.calls[call.key] = replace(intended, state=CallState.SENT, sent_at=at, settled_at=at, ids=ids)

"""Campaign files whose time the service keeps, as a history edits them, and what each of them asks for.

The plan of these files is the real one. What they ask the service for is written out here once more, from the
vendor's pages, so that nobody who judges a request asks the product what it should say.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pushspec.audience.pinned.stores import untold
from pushspec.plan.build import assemble_plan
from pushspec.spec.load import read_campaign, read_project
from pushspec.spec.templates import Renderer
from simulation.calls import APP
from simulation.loop import START

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pushspec.lockfile.state import LockState
    from pushspec.plan.build import Plan
    from pushspec.spec.load import CampaignSpec, ProjectSpec

NAMES = ("one", "two", "list")
SLOTS = tuple(timedelta(minutes=minutes) for minutes in (25, 70, 120, 180, 1620))
QUIET_SLOT = 3
"""05:00 UTC lies in the quiet hours of the project."""
PUSHES_A_DAY = 1
PART = 2
"""Accounts of one task."""
LISTS = (("a", "b", "c"), ("a", "c"), ("c", "b", "a"), ("d",))
TEXTS = ("A", "B")
_PROJECT = f"""\
apiVersion: pushspec/v1
kind: Project
name: acme
default_environment: prod
policy:
  quiet_hours: {{from: "04:30", to: "05:30", timezone: UTC}}
environments:
  prod:
    sdk_app_id: {APP}
    region: singapore
    secret_key: {{env: PUSH_SECRET}}
    limits: {{accounts_per_call: {PART}, push_calls_per_day: {PUSHES_A_DAY}}}
"""


class FileState(NamedTuple):
    """What a campaign file says.

    Attributes:
        version: Its version.
        text: What people read.
        slot: When the service is to send it, by its place in :data:`SLOTS`.
        people: Who is listed, by place in :data:`LISTS`; of no meaning for the campaigns to everyone.
    """

    version: int = 1
    text: str = TEXTS[0]
    slot: int = 1
    people: int = 0


Files = dict[str, FileState]


class Asked(NamedTuple):
    """One task as the service is to keep it.

    Attributes:
        name: The campaign.
        version: Its version.
        kind: ``All`` or ``User``.
        due: When it is sent, as the service writes it.
        title: What people read.
        people: Who is listed.
    """

    name: str
    version: int
    kind: str
    due: str
    title: str
    people: tuple[str, ...]


def due_at(state: FileState) -> datetime:
    """Return when a file wants to be sent."""
    return START + SLOTS[state.slot]


def asked_by(name: str, state: FileState) -> list[Asked]:
    """Return the tasks that a file asks for."""
    due, title = due_at(state).strftime("%Y-%m-%d %H:%M:%S"), _title(name, state)
    if name != "list":
        return [Asked(name, state.version, "All", due, title, ())]
    people = LISTS[state.people]
    parts = [people[first : first + PART] for first in range(0, len(people), PART)]
    return [Asked(name, state.version, "User", due, title, part) for part in parts]


def read_asked(kind: str, due: str, content: Mapping[str, object]) -> Asked:
    """Return what the body of a task asks for."""
    info = content["OfflinePushInfo"]
    title = str(info["Title"]) if isinstance(info, dict) else ""
    name, version, _ = title.split("-")
    people = content.get("To_Account")
    listed = tuple(map(str, people)) if isinstance(people, list) else ()
    return Asked(name, int(version), kind, due, title, listed)


def _title(name: str, state: FileState) -> str:
    return f"{name}-{state.version}-{state.text}"


@dataclass(frozen=True)
class _Reader:
    project: ProjectSpec
    renderer: Renderer


@cache
def _reader() -> _Reader:
    """Return what plans are made with; no text of these files needs a process of templates."""
    with tempfile.TemporaryDirectory(prefix="pushspec-tasks-") as folder:
        root = Path(folder)
        (root / "pushspec.yaml").write_text(_PROJECT, encoding="utf-8")
        project, problems = read_project(root)
    assert project is not None, problems
    return _Reader(project, Renderer(root))


@cache
def _spec(name: str, state: FileState) -> CampaignSpec:
    listed = f"{{accounts: [{', '.join(LISTS[state.people])}]}}" if name == "list" else "{everyone: true}"
    endpoint = "timpush/batch\nfrom: administrator" if name == "list" else "timpush/push"
    text = f"""\
apiVersion: pushspec/v1
kind: Campaign
name: {name}
version: {state.version}
endpoint: {endpoint}
audience: {listed}
notification: {{title: {_title(name, state)}, desc: d}}
schedule: {{at: "{due_at(state).isoformat()}", by: service}}
"""
    spec, problems = read_campaign(text.encode(), f"campaigns/{name}.yaml")
    assert spec is not None, problems
    return spec


def plan_files(files: Files, state: LockState, now: datetime) -> Plan:
    """Return the real plan of files."""
    specs = [_spec(name, files[name]) for name in sorted(files)]
    reader = _reader()
    plan, problems = assemble_plan(
        reader.project,
        "prod",
        specs,
        state,
        reader.renderer,
        now=now,
        problems=(),
        project_names=frozenset(files),
        states=None,
        lock_note="",
        is_lockfile_lost=False,
        approvals_of=lambda _: None,
        fetch=False,
        on_bytes=untold,
        is_whole=True,
    )
    assert plan is not None, problems
    return plan

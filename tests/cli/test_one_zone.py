"""Every screen tells times in one zone: errors from deep below as well as views."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from cli.kit import kill_while_sending
from pushspec.api.lockfile import open_journal
from pushspec.api.project import load_project
from pushspec.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.kit import Machine, PushService, ServedProject

TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?(?: \S+)?")


@pytest.fixture
def abroad(project: ServedProject, campaign: Callable[..., str]) -> ServedProject:
    """A project whose people are far from this machine."""
    text = (project.root / "pushspec.yaml").read_text()
    project.write({"pushspec.yaml": f"{text}timezone: Asia/Shanghai\n", "campaigns/hello.yaml": campaign()})
    return project


def times(text: str) -> list[str]:
    """Return what stands behind each time of a text."""
    found = TIME.findall(text)
    assert found
    return [time.split(" ")[2] if time.count(" ") > 1 else "" for time in found]


def test_a_held_lock_is_told_in_the_zone_of_the_project(abroad: ServedProject) -> None:
    """The store below knows no project; whoever waits for the lock reads one clock."""
    journal = open_journal(load_project(abroad.root), now=utc_now)
    journal.load()
    journal.take(holder="lin@ci", purpose="apply", plan_digest="0" * 64)

    held = abroad.apply()

    assert held.code == 8
    assert set(times(held.err)) == {"+08:00"}


def test_an_old_saved_plan_is_told_in_the_zone_of_the_project(
    abroad: ServedProject, machine: Machine
) -> None:
    """From any folder: -C names the project."""
    abroad.run("plan", "-o", "plan.json").assert_ok()
    machine.wait(hours=30)

    refused = abroad.run("apply", "-C", str(abroad.root), "plan.json")

    assert refused.code == 6
    assert set(times(refused.err)) == {"+08:00"}


def test_a_doubt_that_is_too_young_is_told_in_the_zone_of_the_project(
    abroad: ServedProject, push_service: PushService
) -> None:
    """The hint says from when on."""
    kill_while_sending(abroad, push_service)

    early = abroad.run("resolve", "hello@1", "--as", "not-sent", "--why", "looked")

    assert "hint: try again after" in early.err
    assert set(times(early.err)) == {"+08:00"}

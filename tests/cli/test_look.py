"""What status, show and log say afterwards: when, what needs a person first, and the bodies that left."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.kit import PushService, Received, ServedProject

LISTED = {"endpoint": "timpush/batch", "from": "admin", "audience": "{accounts: [bonnie, rong, ghost]}"}


@pytest.fixture
def sent(
    project: ServedProject,
    push_service: PushService,
    campaign: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> ServedProject:
    """A project that sent to all, to a list of which one was refused, and then had no answer."""
    monkeypatch.setenv("COLUMNS", "120")

    def answer(request: Received) -> dict[str, object] | int:
        if "To_Account" in request.body:
            return {"ErrorList": [{"To_Account": "ghost", "ErrorCode": 70107}]}
        return 502 if request.body["OfflinePushInfo"]["Title"] == "Hello from unknown" else {}

    text = (project.root / "pushspec.yaml").read_text()
    project.write(
        {
            "pushspec.yaml": text.replace("environments:", "timezone: Asia/Shanghai\nenvironments:", 1),
            "campaigns/all.yaml": campaign("all"),
            "campaigns/list.yaml": campaign("list", **LISTED),
            "campaigns/unknown.yaml": campaign("unknown"),
        }
    )
    push_service.answer = answer
    project.apply()
    return project


def test_status_has_the_columns_of_the_plan_and_what_needs_a_person_first(sent: ServedProject) -> None:
    """Somebody who knows one screen knows the other."""
    shown = sent.run("status").out
    rows = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "DAY", shown.partition("lock free\n")[2]).splitlines()

    assert shown.startswith("test · pushspec.test.lock · times in Asia/Shanghai\n")
    assert rows[1] == "  ? in doubt  = finished"
    assert [line.split()[:4] for line in rows[3:6]] == [
        ["?", "unknown@1", "timpush/push", "everyone"],
        ["=", "all@1", "timpush/push", "everyone"],
        ["=", "list@1", "timpush/batch", "3"],
    ]
    assert len({line.index("timpush") for line in rows[3:6]}) == 1
    assert all(line.endswith("1 call") for line in rows[3:6])
    assert "3 accounts · sent DAY · 1 person refused" in rows[5]
    assert "Z" not in shown
    assert "+00:00" not in shown


@pytest.mark.parametrize("name", ["all", "list", "unknown"])
def test_show_shows_the_body_that_left(name: str, sent: ServedProject, push_service: PushService) -> None:
    """Whoever looks for it in the vendor's logs needs the number that stands there."""
    shown = sent.run("show", name).out
    bodies = [request.body for request in push_service.received]
    (left,) = (body for body in bodies if body["OfflinePushInfo"]["Title"] == f"Hello from {name}")
    left.pop("To_Account", None)

    body = json.loads(shown.partition(f"  body of {name}@1:\n")[2])

    assert body == left


def test_show_counts_the_refused_and_lists_them_on_request(sent: ServedProject) -> None:
    """A million accounts are no answer to who was refused, and they are people."""
    short, long = sent.run("show", "list").out, sent.run("show", "list", "--accounts").out

    assert (
        "  1 person refused:\n          1  the account does not exist, 70107\n    --accounts lists them\n"
        in short
    )
    assert "ghost" not in short
    assert "          1  the account does not exist, 70107\n    ghost  70107\n" in long


def test_show_and_log_say_when_in_the_projects_zone(sent: ServedProject) -> None:
    """Two zones in one team are two answers to one question."""
    for command in (("show", "all"), ("log",), ("status",)):
        told = sent.run(*command).out
        assert told.count("times in Asia/Shanghai") == 1
        assert " UTC" not in told


def test_a_line_folds_on_a_terminal_and_stays_one_elsewhere(
    sent: ServedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a window is read; what goes into a pipe is searched."""
    monkeypatch.delenv("COLUMNS")
    piped = sent.run("log").out
    monkeypatch.setenv("COLUMNS", "60")
    narrow = sent.run("log").out

    assert len(piped.splitlines()) < len(narrow.splitlines())
    assert max(len(line) for line in narrow.splitlines() if "/" not in line) <= 60
    assert " ".join(piped.split()) == " ".join(narrow.split())


@pytest.mark.parametrize("command", ["show", "log", "plan", "preview", "validate"])
def test_a_name_that_nothing_has_is_an_error_everywhere(command: str, sent: ServedProject) -> None:
    """An empty screen looks like nothing happened."""
    refused = sent.run(command, "unknwon")

    assert (refused.code, refused.out) == (2, "")
    assert "unknown" in refused.err

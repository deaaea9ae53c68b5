"""An apply that somebody watches: a line that moves on a terminal, none where every picture would be kept."""

from __future__ import annotations

import os
import pty
import sys
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from cli.kit import on_a_terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.kit import ServedProject

CampaignText = "Callable[..., str]"
DRAWN_AGAIN = "\x1b[1A\r\x1b[J"
SOON, DONE = "\x1b[36m\x1b[1m…\x1b[0m", "\x1b[32m\x1b[1m+\x1b[0m"


@pytest.fixture
def parcel(project: ServedProject, campaign: Callable[..., str]) -> ServedProject:
    """A campaign of two calls to 501 people."""
    people = "".join(f"user{number}\n" for number in range(501))
    text = campaign("parcel", endpoint="timpush/batch", audience="{file: people.txt}", **{"from": "admin"})
    project.write({"people.txt": people, "campaigns/parcel.yaml": text})
    return project


def _watched(project: ServedProject, *arguments: str, environ: dict[str, str]) -> tuple[int, str]:
    """Run apply on a terminal of its own, without a question, and return what it showed."""
    confirm = ("--confirm", project.plan_json()["digest"])
    child, terminal = pty.fork()
    if child == 0:
        kept = {name: value for name, value in os.environ.items() if name not in {"CI", "TERM"}}
        command = [sys.executable, "-m", "pushspec", "apply", *confirm, *arguments]
        os.execve(sys.executable, command, kept | environ)
    shown = b""
    try:
        while more := os.read(terminal, 4_096):
            shown += more
    except OSError:  # how Linux says that nobody writes to it any more
        pass
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown.decode().replace("\r\n", "\n")


def test_somebody_at_a_terminal_sees_one_line_that_moves(parcel: ServedProject) -> None:
    """What stays at the end is what a log would hold, and no escape hides the cursor."""
    code, shown = _watched(parcel, environ={"TERM": "xterm-256color"})

    assert code == 0, shown
    assert f"  {SOON} parcel@1  0 of 501 people\n{DRAWN_AGAIN}" in shown
    assert f"{DRAWN_AGAIN}  {DONE} parcel@1  sent to 501 of 501 people\n" in shown
    assert "\x1b[1mApplied:\x1b[0m 2 calls sent" in shown
    assert "task-" not in shown
    assert "\x1b[?25l" not in shown


def test_what_is_known_folds_at_the_width_of_the_terminal(
    project: ServedProject, campaign: Callable[..., str]
) -> None:
    """Twenty names in a hint are read one by one; a terminal would break within one."""
    names = [f"campaign-of-the-summer-{number:02}" for number in range(8)]
    project.write({f"campaigns/{name}.yaml": campaign(name, audience="{everyone: true}") for name in names})
    project.run("apply", "--confirm", project.plan_json()["digest"]).assert_ok()

    code, shown = on_a_terminal(b"", "log", "nope")

    assert code == 2
    assert ", ".join(names) in " ".join(shown.split())
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "environ"),
    [
        ((), {"TERM": "dumb"}),
        ((), {"TERM": "xterm-256color", "CI": "true"}),
        (("-v",), {"TERM": "xterm-256color", "NO_COLOR": "1"}),
    ],
)
def test_nothing_is_drawn_again_elsewhere(
    parcel: ServedProject, arguments: tuple[str, ...], environ: dict[str, str]
) -> None:
    """CI keeps what a terminal forgets; and whoever wants each call with its task gets each call."""
    code, shown = _watched(parcel, *arguments, environ=environ)

    assert code == 0, shown
    assert DRAWN_AGAIN not in shown
    assert ("  + parcel@1#1  sent  task task-1\n" in shown) == bool(arguments)


def test_an_inbox_keeps_to_the_terminal(project: ServedProject, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody with many tags has a long first line."""
    monkeypatch.setenv("COLUMNS", "30")

    shown = project.run("sandbox", "inbox", "bonnie").assert_ok().out

    assert [line for line in shown.splitlines() if cell_len(line) > 30] == []


@pytest.mark.parametrize(
    "command", [("show", "hello"), ("log",), ("report", "hello", "--recorded"), ("recall", "hello")]
)
def test_everyone_is_red_in_what_is_looked_at_afterwards(
    project: ServedProject,
    campaign: Callable[..., str],
    command: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The word is red in a plan and a status, and as grave when one takes the push back."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    project.write({"campaigns/hello.yaml": campaign(audience="{everyone: true}")})
    project.apply().assert_ok()

    _, shown = on_a_terminal(b"n\n", *command, "-C", str(project.root))

    assert "\x1b[31m\x1b[1meveryone\x1b[0m" in shown

"""What many files have wrong: a screen to work through, not a thousand lines to scroll past."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from workbench import CAMPAIGN

from cli.kit import on_a_terminal

if TYPE_CHECKING:
    from cli.kit import ServedProject

FILES = 60


@pytest.fixture
def many(project: ServedProject) -> ServedProject:
    """Sixty files, each with a mistake of its own, and one that all share."""
    for number in range(FILES):
        text = CAMPAIGN.replace("name: hello", f"name: c{number:02}") + f"own{number}: 1\nlabel: {{a: b}}\n"
        project.write({f"campaigns/c{number:02}.yaml": text})
    return project


def test_fifty_problems_are_shown_and_the_rest_is_counted_by_rule(many: ServedProject) -> None:
    """The same to whoever checks the files and to whoever plans; the one that all share is said once."""
    checked, planned = many.run("validate"), many.run("plan")

    for shown in (checked.out, planned.err):
        assert shown.count("has no key 'label'") == 1
        assert "and 57 more: error[unknown-key]: the file has no key 'label'" in shown
        assert shown.count("has no key 'own") == 49
        assert "and 11 more: 11 unknown-key; `pushspec validate --all` shows all\n120 errors" in shown
        assert len(shown.splitlines()) < 210
    assert (checked.code, planned.code) == (1, 1)


@pytest.mark.parametrize("arguments", [("--all",), ("--format", "json")])
def test_all_of_them_are_there_for_who_asks(arguments: tuple[str, ...], many: ServedProject) -> None:
    """A program reads every problem, whatever a screen shows."""
    shown = many.run("validate", *arguments).out

    assert shown.count("has no key 'own") == FILES
    assert "shows all" not in shown
    if arguments[0] == "--format":
        assert len(json.loads(shown)["problems"]) == 2 * FILES


def test_errors_are_shown_before_warnings(project: ServedProject) -> None:
    """Sixty cut texts must not hide the one mistake that stops the send."""
    for number in range(FILES):
        text = CAMPAIGN.replace("hello", f"c{number:02}").replace("A word to all", "word " * (20 + number))
        project.write({f"campaigns/c{number:02}.yaml": text})
    project.write({"campaigns/wrong.yaml": CAMPAIGN.replace("hello", "wrong") + "titel: x\n"})

    shown = project.run("validate").out

    assert "campaigns/wrong.yaml:" in shown
    assert "desc-cut; `pushspec validate --all` shows all\n1 error, " in shown


@pytest.mark.parametrize("is_coloured", [True, False])
def test_errors_are_red_on_a_terminal(
    is_coloured: bool, project: ServedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place stands out, the words alone say the same, and NO_COLOR is kept."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if not is_coloured:
        monkeypatch.setenv("NO_COLOR", "1")
    project.write({"campaigns/wrong.yaml": CAMPAIGN + "notificatoin: {}\n"})
    bold, red, end = ("\x1b[1m", "\x1b[31m\x1b[1m", "\x1b[0m") if is_coloured else ("", "", "")
    where = ("-C", str(project.root))

    for command in ("validate", "plan"):
        _, shown = on_a_terminal(b"", command, *where)
        assert f"{bold}campaigns/wrong.yaml:8:1{end}: {red}error[unknown-key]{end}: the file has no" in shown
        assert f"| {red}^{end}\r\n" in shown
        assert f"  {bold}hint:{end} did you mean 'notification'?\r\n" in shown
    refused = on_a_terminal(b"", "plan", *where, "--changed-since", "x")[1]
    assert refused.startswith(f"{red}error:{end} git: not a git repository")

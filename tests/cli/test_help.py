"""What `--help` shows of the commands, at the width of an ordinary terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
import pytest
from rich.cells import cell_len

from pushspec.cli.help_text import HelpText
from pushspec.cli.main import root
from pushspec.language import Language, speaking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Project

_COLUMNS = 80


def _groups(group: click.Group, name: str) -> Iterator[tuple[str, click.Group]]:
    yield name, group
    context = click.Context(group)
    for word in group.list_commands(context):
        command = group.get_command(context, word)
        if isinstance(command, click.Group):
            yield from _groups(command, f"{name} {word}")


GROUPS = dict(_groups(root, "pushspec"))


def test_the_commands_come_in_groups_with_one_column() -> None:
    """Somebody who looks for how to settle a doubt reads four lines and not thirty."""
    context = click.Context(
        root, info_name="pushspec", help_option_names=["-h", "--help"], terminal_width=_COLUMNS
    )

    shown = root.get_help(context)

    titles = re.findall(r"^(\w+):$", shown, flags=re.MULTILINE)
    columns = {len(found) for found in re.findall(r"^(  [a-z]+ +)(?=[A-Z])", shown, flags=re.MULTILINE)}
    assert titles == ["Options", "Write", "Review", "Send", "Look", "Settle", "Around"]
    assert len(columns) == 1


@pytest.mark.parametrize("words", ["callbacks", "sandbox", "people", "audience", "lock"])
def test_a_narrow_help_is_whole_in_either_language(
    words: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 60 columns summaries of commands were cut, and those were English for a Chinese reader, too."""
    monkeypatch.setenv("COLUMNS", "60")

    english = project.run(words, "--help").assert_ok().out
    commands = project.run("--lang", "zh", words, "--help").assert_ok().out.partition("命令：\n")[2]

    assert "..." not in english.partition("Commands:\n")[2]
    assert commands
    assert not re.search("[A-Za-z]+ [a-z]+ [a-z]+ ", re.sub(r"(?m)^ +[a-z]+ ", "", commands))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("words", ["", "plan", "lock", "lock init"])
def test_help_is_a_command_too(words: str, language: str, project: Project) -> None:
    """Whoever comes from git or terraform types the word first; in Chinese it answered in English."""
    shown = project.run("--lang", language, "help", *words.split()).assert_ok()

    assert shown.out == project.run("--lang", language, *words.split(), "--help").assert_ok().out


@pytest.mark.parametrize(
    ("words", "hint"),
    [("paln", "did you mean 'plan'?"), ("lock inti", "no such command"), ("plan more", "no commands below")],
)
def test_help_for_a_command_that_is_not_there_says_so(words: str, hint: str, project: Project) -> None:
    """A slip of the keyboard is answered as one of any other command line."""
    outcome = project.run("help", *words.split())

    assert (outcome.code, outcome.out) == (2, "")
    assert hint in outcome.err


def test_the_version_is_a_command_too(project: Project) -> None:
    """Bug reports begin with it."""
    assert project.run("version").assert_ok().out == project.run("--version").assert_ok().out


@pytest.mark.parametrize("name", list(GROUPS))
def test_no_summary_of_a_command_is_cut_off(name: str) -> None:
    """A list of commands is read to find one, and the end of a sentence may be what tells two apart."""
    context = click.Context(GROUPS[name], info_name=name, terminal_width=_COLUMNS)
    context.max_content_width = _COLUMNS

    _, _, commands = GROUPS[name].get_help(context).partition("Show this message and exit.\n")

    lines = [line for line in commands.splitlines() if line.startswith("  ")]
    assert len(lines) == len(GROUPS[name].list_commands(context))
    assert [line for line in lines if not line.endswith(".") or line.endswith("...")] == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("paln", "error: no such command 'paln'\nhint: did you mean 'plan'?\n"),
        ("lock inti", "error: no such command 'inti'\nhint: did you mean 'init'?\n"),
        (
            "plan --formt",
            "error: no such option '--formt'\nhint: did you mean '--format'?\n",
        ),
        ("plan --colour", "error: no such option '--colour'\nhint: see `pushspec plan --help`\n"),
        ("resolve --list", "error: no such option '--list'\nhint: see `pushspec resolve --help`\n"),
        ("show", "error: missing argument 'NAME'\nhint: see `pushspec show --help`\n"),
        ("fmt nowhere.yaml", "does not exist\nhint: see `pushspec fmt --help`\n"),
    ],
)
def test_a_wrong_command_line_is_told_in_the_voice_of_all_errors(
    words: str, told: str, project: Project
) -> None:
    """One form for what is wrong, one for what to do: whoever greps a log for `error:` finds them all."""
    outcome = project.run(*words.split())

    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("error: ")
    assert outcome.err.endswith(told)


def test_a_long_usage_folds_in_chinese_too() -> None:
    """Chinese characters take two columns, and `schema` has a long line."""
    with speaking(Language.CHINESE):
        text = HelpText(width=78)
        text.write_usage(
            "pushspec schema", "[OPTIONS] campaign|project|audience|people|plan|report|pin|event"
        )

    assert max(cell_len(line) for line in text.getvalue().splitlines()) <= 78
    assert len(text.getvalue().splitlines()) == 2

"""What `--help` shows of the commands, at the width of an ordinary terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest

from pushspec.cli.main import root

if TYPE_CHECKING:
    from collections.abc import Iterator

_COLUMNS = 80


def _groups(group: click.Group, name: str) -> Iterator[tuple[str, click.Group]]:
    yield name, group
    context = click.Context(group)
    for word in group.list_commands(context):
        command = group.get_command(context, word)
        if isinstance(command, click.Group):
            yield from _groups(command, f"{name} {word}")


GROUPS = dict(_groups(root, "pushspec"))


@pytest.mark.parametrize("name", list(GROUPS))
def test_no_summary_of_a_command_is_cut_off(name: str) -> None:
    """A list of commands is read to find one, and the end of a sentence may be what tells two apart."""
    context = click.Context(GROUPS[name], info_name=name, terminal_width=_COLUMNS)
    context.max_content_width = _COLUMNS

    _, _, commands = GROUPS[name].get_help(context).partition("Commands:\n")

    lines = commands.splitlines()
    assert len(lines) == len(GROUPS[name].list_commands(context))
    assert [line for line in lines if not line.endswith(".") or line.endswith("...")] == []

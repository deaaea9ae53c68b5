"""``pushspec help``: the same as ``--help``, for whoever types the word."""

from __future__ import annotations

import click

from pushspec.cli import completing


@click.command()
@click.argument("words", nargs=-1, metavar="[COMMAND]...", shell_complete=completing.commands)
@click.pass_context
def command(context: click.Context, words: tuple[str, ...]) -> None:
    """Show the help of pushspec or of a command.

    COMMAND is one or two words, such as `plan` or `lock init`.
    """
    from pushspec.cli.output import show

    found = context.find_root()
    for word in words:
        found = _below(found, word)
    show(f"{found.get_help()}\n")


def _below(context: click.Context, word: str) -> click.Context:
    """Return the context of a command below another one."""
    group = context.command
    if not isinstance(group, click.Group):
        context.fail(f"{context.info_name} has no commands below it.")
    name, command, _ = group.resolve_command(context, [word])
    if command is None:
        context.fail(f"No such command {word!r}.")
    return command.context_class(command, parent=context, info_name=name)

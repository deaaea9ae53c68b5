"""``pushspec completion``: the script that completes commands and names in a shell."""

from __future__ import annotations

import click

_WORD_BREAKS = """\
# A key such as sale@2#1 is one word.
COMP_WORDBREAKS=${COMP_WORDBREAKS//@/}
"""


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the script that completes commands and names in a shell.

    Completes commands, options, campaigns, environments, calls in doubt and error codes. Pressing Tab reads
    files of the project, and runs, renders and connects to nothing. Add the line to the file that your
    shell reads first:

    \b
    .bashrc      eval "$(pushspec completion bash)"
    .zshrc       eval "$(pushspec completion zsh)"
    config.fish  pushspec completion fish | source
    """
    from click.shell_completion import ShellComplete, get_completion_class

    from pushspec.cli.completing import VARIABLE
    from pushspec.cli.output import show

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"{shell} is not known here")
    # Not its own source(): that of bash runs bash to look at its version.
    script = ShellComplete.source(found(context.find_root().command, {}, "pushspec", VARIABLE))
    show((_WORD_BREAKS if shell == "bash" else "") + script.lstrip("\n"))

"""``pushspec explain``: explain an error code of the service."""

from __future__ import annotations

import click

from pushspec.cli import completing, options


@click.command()
@click.argument("code", type=int, shell_complete=completing.codes)
@options.formats("text", "json", of="explain")
def command(code: int, form: str) -> None:
    """Explain an error code of the service.

    CODE is the ErrorCode of an answer, such as 90024.
    """
    from pushspec.api.codes import explain_code
    from pushspec.cli.output import show, show_fitted
    from pushspec.views.codes import codes_json, codes_text

    found = explain_code(code)
    if form == "json":
        show(codes_json(found))
    else:
        show_fitted(codes_text(found))

"""``pushspec explain``: explain an error code of the service, a rule or a policy."""

from __future__ import annotations

import click

from pushspec.cli import completing, options

_MOST_DIGITS = 9


@click.command()
@click.argument("word", metavar="CODE|RULE", shell_complete=completing.explained)
@options.formats("text", "json", of="explain")
def command(word: str, form: str) -> None:
    """Explain an error code or a rule name.

    CODE is the ErrorCode of an answer, such as 90024. RULE is the name of a rule or a policy, as problems
    show it in brackets, such as unknown-key or quiet-hours.
    """
    from pushspec.api.codes import explain_code
    from pushspec.api.rules import explain_rule
    from pushspec.cli.output import show, show_fitted, show_prose
    from pushspec.views.codes import codes_json, codes_text
    from pushspec.views.rules import rule_json, rule_text

    if word.isdecimal() and len(word) <= _MOST_DIGITS:
        found = explain_code(int(word))
        if form == "json":
            show(codes_json(found))
        else:
            show_fitted(codes_text(found))
        return
    rule = explain_rule(word)
    if form == "json":
        show(rule_json(rule))
    else:
        show_prose(rule_text(rule))

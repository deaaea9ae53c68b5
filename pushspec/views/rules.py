"""What a rule or a policy means, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import said, say
from pushspec.views.json_text import json_text

if TYPE_CHECKING:
    from pushspec.api.rules import Rule

FORMAT_VERSION = 1


def rule_text(rule: Rule) -> str:
    """Return what a rule means, what to do, and the page."""
    kind = say("policy") if rule.is_policy else say("rule")
    body = "\n".join(f"  {line}" if line else "" for line in said(rule.text).split("\n"))
    return (
        f"{rule.name}  ({kind})\n{body}\n\n"
        f"  {say('what to do: {fix}', fix=rule.fix)}\n  {say('page: {page}', page=rule.page)}\n"
    )


def rule_json(rule: Rule) -> str:
    """Return what a rule means as JSON."""
    entry = {
        "name": rule.name,
        "kind": "policy" if rule.is_policy else "rule",
        "text": rule.text,
        "fix": rule.fix,
        "page": rule.page,
    }
    return json_text({"format_version": FORMAT_VERSION, "rules": [entry]})

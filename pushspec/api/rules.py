"""What a rule or a policy means and what to do about it, as the pages of the documentation say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

from pushspec.errors import UsageError
from pushspec.language import phrase
from pushspec.suggest import did_you_mean

__all__ = ["Rule", "explain_rule", "known_rules"]

_HEADINGS = {"rules": r"^### (.+)\n", "policies": r"^## (.+)\n"}
"""The pages and what begins an entry there; `make reference` copies them from ``docs/`` into the package."""
_FIX = "*Fix:* "


@dataclass(frozen=True, slots=True)
class Rule:
    """What a page says of one name.

    Attributes:
        name: The rule or the policy.
        is_policy: Whether the project sets it.
        text: What it means, paragraphs apart.
        fix: What a person can do.
        page: Where the documentation says so.
    """

    name: str
    is_policy: bool
    text: str
    fix: str
    page: str


def known_rules() -> tuple[str, ...]:
    """Return the names of all rules and policies."""
    return tuple(sorted(_entries()))


def explain_rule(name: str) -> Rule:
    """Return what the page of rules or that of policies says of a name.

    Raises:
        UsageError: Neither has it.
    """
    found = _entries().get(name)
    if found is None:
        raise UsageError(
            phrase("no rule or policy is called {name!r}", name=name),
            hint=did_you_mean(name, _entries(), listed=False)
            or phrase("docs/rules.md and docs/policies.md list them; codes of the service are numbers"),
        )
    return found


@cache
def _entries() -> dict[str, Rule]:
    return {rule.name: rule for page in _HEADINGS for rule in _read(page)}


def _read(page: str) -> list[Rule]:
    """Return the entries of a page; a heading between groups of rules ends the one before it."""
    text = resources.files("pushspec.api").joinpath("pages", f"{page}.md").read_text(encoding="utf-8")
    _, *parts = re.split(_HEADINGS[page], text, flags=re.MULTILINE)
    return [
        _entry(name, page, re.split(r"^## ", body, flags=re.MULTILINE)[0])
        for name, body in zip(parts[::2], parts[1::2], strict=True)
    ]


def _entry(name: str, page: str, body: str) -> Rule:
    text, _, fix = _plain(body).partition(_FIX)
    return Rule(name, page == "policies", text.strip(), fix.strip(), f"docs/{page}.md#{name}")


def _plain(markdown: str) -> str:
    """Return Markdown as a terminal shows it: links as words, a paragraph on a line, code as it is."""
    words = re.sub(r"\[([^]]+)\]\([^)\s]+\)", r"\1", markdown).replace("**", "")
    parts = re.split(r"^```.*\n((?:.*\n)*?)```$", words, flags=re.MULTILINE)
    for at in range(0, len(parts), 2):
        parts[at] = re.sub(r"(?<=\S)\n(?=[^\s|-])", " ", parts[at])
    return re.sub(r"\n{3,}", "\n\n", "".join(parts))

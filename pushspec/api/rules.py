"""What a rule or a policy means and what to do about it, as the pages of the documentation say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

from pushspec.errors import UsageError
from pushspec.language import Language, given, phrase
from pushspec.suggest import did_you_mean

__all__ = ["Rule", "explain_rule", "known_rules"]

_HEADINGS = {"rules": r"^### (.+)\n", "policies": r"^## (.+)\n"}
"""The pages and what begins an entry there; `make reference` copies them from ``docs/`` into the package."""
_SUFFIXES = {Language.ENGLISH: "", Language.CHINESE: ".zh-CN"}
"""What the name of a page ends with in a language."""
_FIX = re.compile(r"^\*(?:Fix:|怎么办：)\* ", re.MULTILINE)
_WIDE_STOP = "，。、；：？！）”"
"""Punctuation that brings its own blank, so that a line of Chinese may end behind it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a page says of one name: English, which views say in the language in force.

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
    english = _entries().get(name)
    if english is None:
        raise UsageError(
            phrase("no rule or policy is called {name!r}", name=name),
            hint=did_you_mean(name, _entries(), listed=False)
            or phrase("docs/rules.md and docs/policies.md list them; codes of the service are numbers"),
        )
    chinese = _entries(Language.CHINESE).get(name)
    if chinese is None:
        return english
    return Rule(
        name,
        english.is_policy,
        given(english.text, zh=chinese.text),
        given(english.fix, zh=chinese.fix),
        given(english.page, zh=chinese.page),
    )


@cache
def _entries(language: Language = Language.ENGLISH) -> dict[str, Rule]:
    return {
        rule.name: rule
        for page, heading in _HEADINGS.items()
        for rule in _read(f"{page}{_SUFFIXES[language]}.md", heading, is_policy=page == "policies")
    }


def _read(file: str, heading: str, *, is_policy: bool) -> list[Rule]:
    """Return the entries of a page; a heading between groups of rules ends the one before it."""
    text = resources.files("pushspec.api").joinpath("pages", file).read_text(encoding="utf-8")
    _, *parts = re.split(heading, text, flags=re.MULTILINE)
    rules = []
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        entry = re.split(r"^## ", body, flags=re.MULTILINE)[0]
        meaning, *fix = _FIX.split(_plain(entry), maxsplit=1)
        rules.append(Rule(name, is_policy, meaning.strip(), "".join(fix).strip(), f"docs/{file}#{name}"))
    return rules


def _plain(markdown: str) -> str:
    """Return Markdown as a terminal shows it: links as words, a paragraph on a line, code as it is."""
    words = re.sub(r"\[([^]]+)\]\([^)\s]+\)", r"\1", markdown).replace("**", "")
    parts = re.split(r"^```.*\n((?:.*\n)*?)```$", words, flags=re.MULTILINE)
    for at in range(0, len(parts), 2):
        joined = re.sub(rf"(?<=[{_WIDE_STOP}])\n(?=[^\s|-])", "", parts[at])
        parts[at] = re.sub(r"(?<=\S)\n(?=[^\s|-])", " ", joined)
    return re.sub(r"\n{3,}", "\n\n", "".join(parts))

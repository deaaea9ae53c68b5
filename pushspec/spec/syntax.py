"""What a YAML parser's complaint means, and what to do about it."""

from __future__ import annotations

from pushspec.spec.aliases import MAX_DEPTH

TOO_DEEP = "yaml-too-deep", f"more than {MAX_DEPTH} mappings and lists inside each other", "write it flatter"
"""Rule, message and hint for a file that nests too deep."""

# Words of the complaint, its rule, and what helps; the first match counts.
_MEANINGS = (
    ("tag", "yaml-tag", "tags are not allowed; a text that begins with ! stands in quotes"),
    ("directive", "yaml-directive", "directives are not allowed; a text that begins with % stands in quotes"),
    ("alias", "yaml-syntax", "a text that begins with * stands in quotes"),
    ("anchor", "yaml-syntax", "a text that begins with & stands in quotes"),
    ("document start", "yaml-syntax", "a file holds one mapping and nothing before or after it"),
    ("mapping values are not allowed", "yaml-syntax", "put a text that holds a colon in quotes"),
    ("expected ':'", "yaml-syntax", "a key is followed by a colon and a space"),
    ("cannot start any token", "yaml-syntax", "a text that begins with this character stands in quotes"),
    ("quoted scalar", "yaml-syntax", "check the quotes and the backslashes of this text"),
    ("flow", "yaml-syntax", "close every bracket, and put commas between the items"),
)
_GENERAL = "check the indentation and the quotes in this place"


def explain_syntax(context: str, problem: str, line: str, column: int) -> tuple[str, str, str]:
    """Return the rule, the message and the hint for a syntax error.

    Args:
        context: What the parser was doing; may be empty.
        problem: What it met.
        line: The text of the line in question.
        column: Where in ``line``, counted from 1.
    """
    message = f"{context}: {problem}" if context else problem
    if "nesting depth" in problem:  # libyaml has a limit of its own since PyYAML 6.0.4, far beyond ours
        return TOO_DEEP
    if line[column - 1 : column] == "\t":
        return "yaml-syntax", message, "indent with spaces, not with tabs"
    if "{{" in line or "{%" in line:
        return "yaml-syntax", message, 'a text with a template stands in quotes: "{{ … }}"'
    for words, rule, hint in _MEANINGS:
        if words in message:
            return rule, message, hint
    return "yaml-syntax", message, _GENERAL

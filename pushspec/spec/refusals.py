"""What the YAML parser or a model refuses, in words: the rule's name, what is wrong, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import Phrase, joined, phrase, template
from pushspec.spec.aliases import MAX_DEPTH
from pushspec.suggest import did_you_mean

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from pushspec.serialization import Json

NAME = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"
ENVIRONMENT_NAME = r"^[a-z0-9][a-z0-9_-]{0,39}$"
VARIABLE_NAME = r"^[A-Za-z_][A-Za-z0-9_]*$"

_FORMS = {
    NAME: phrase("a name of a-z, 0-9 and -, such as spring-sale"),
    ENVIRONMENT_NAME: phrase("a name of a-z, 0-9, _ and -, up to 40 characters, such as prod"),
    VARIABLE_NAME: phrase("the name of an environment variable, such as TIM_SECRET_KEY"),
    r"\S": phrase("a text that is not blank"),
}
"""What each pattern asks for."""

_LISTED = 8
"""Up to so many choices a message lists; of more, the hint does."""
_OLD_WORDS = frozenset({"yes", "no", "on", "off", "y", "n"})
"""What YAML 1.1 took for true and false."""
_RULES = {
    "extra_forbidden": "unknown-key",
    "missing": "missing-key",
    "literal_error": "not-a-choice",
    "enum": "not-a-choice",
    "string_pattern_mismatch": "wrong-form",
}
_RANGES = ("greater_than", "less_than", "too_short", "too_long")

_HINTS = {
    "too_short": phrase("give at least one"),
    "audience-missing": phrase("give tags, attributes, accounts, file or sql; everyone: true is all users"),
    "audience-choice": phrase("who gets it must be one source; make two campaigns or two variants for two"),
    "badge-choice": phrase("{{add: 1}} adds to the number, {{set: 1}} shows that number"),
    "empty-value": phrase("give it a value or leave the key out"),
    "message-element": phrase("begin each element with its own dash"),
    "literal-secret": phrase("whoever can read the repository could send pushes"),
    "lock-place": phrase("keep it beside pushspec.yaml, or on a branch: git+branch:NAME"),
    "store-place": phrase("write the whole path, or ./~ for a folder of that name in the project"),
    "sandbox-faults": phrase("write them in an environment with sandbox: true"),
    "environment-host": phrase("region for an app of the service, base_url for a test server on loopback"),
}


_TEXT, _WHOLE, _NUMBER = phrase("a text"), phrase("a whole number"), phrase("a number")
_BOOL, _MAPPING, _LIST = phrase("true or false"), phrase("a mapping"), phrase("a list")
_WANTED = {
    "string_type": _TEXT,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "bool_type": _BOOL,
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "model_attributes_type": _MAPPING,
}
_KEY_HINTS: dict[tuple[str, str], str] = {
    ("audience", _MAPPING): phrase(
        "say who gets it, such as {{tags: {{any: [TAG]}}}} or {{accounts: [ACCOUNT]}}"
    ),
    ("tags", _MAPPING): phrase("{{any: [a, b]}} is at least one of the tags, {{all: [a, b]}} is all of them"),
    ("badge", _MAPPING): _HINTS["badge-choice"],
    ("message", _LIST): phrase("write a list of elements, such as [{{text: Hello}}]"),
    ("ext", _TEXT): phrase("write a mapping, such as {{page: /sale}}, or one text"),
    ("recall", _MAPPING): phrase(
        "write the text that replaces it, such as {{title: Sorry, desc: It is over}}"
    ),
    ("share", _TEXT): phrase("write it in percent, such as 45%"),
}
"""What a key takes, where its type alone would not say it."""
_TYPE_HINTS: dict[str, str] = {
    _TEXT: phrase('put it in quotes to make it a text, such as "5"'),
    _WHOLE: phrase("write a whole number, such as 5"),
    _NUMBER: phrase("write a number, such as 0.5"),
    _BOOL: phrase("write true or false; in YAML 1.2 yes, no, on and off are texts"),
    _MAPPING: phrase("write its keys below it, each with a value, such as `key: value`"),
    _LIST: phrase("write [one, two], or each below the other behind a dash"),
}


def rule_of(kind: str) -> str:
    """Return the rule's name for a kind of refusal."""
    if kind.startswith(_RANGES) or kind.endswith(("too_short", "too_long")):
        return "out-of-range"
    if kind.endswith(("_type", "_parsing")):
        return "wrong-type"
    return _RULES.get(kind, kind)


def message_of(name: str, detail: ErrorDetails, written: Json) -> str:
    """Return what is wrong with the value that people call ``name``; the value itself may be a secret."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in {"literal_error", "enum"}:
        return _not_chosen(name, _choices(detail))
    if wanted := _wanted(detail):
        return phrase(
            "{name} is not {wanted} but {found}", name=name, wanted=wanted, found=_found(written, wanted)
        )
    if kind == "string_pattern_mismatch":
        return phrase("{name} is not {form}", name=name, form=_FORMS[context["pattern"]])
    ranges = {
        "greater_than_equal": phrase("{name} is less than {least}", name=name, least=context.get("ge")),
        "less_than_equal": phrase("{name} is more than {most}", name=name, most=context.get("le")),
        "string_too_long": phrase(
            "{name} is longer than {most} characters", name=name, most=context.get("max_length")
        ),
        "string_too_short": phrase("{name} is empty", name=name),
        "too_short": phrase("{name} is empty", name=name),
        "too_long": phrase("{name} has more than {most} items", name=name, most=context.get("max_length")),
    }
    if kind in ranges:
        return ranges[kind]
    if "said" in context:
        return phrase("{name} {refusal}", name=name, refusal=context["said"])
    return f"{name} {detail['msg'][:1].lower()}{detail['msg'][1:]}"


def _wanted(detail: ErrorDetails) -> str | None:
    """Return what a value of the wrong type should have been; None where its type is right."""
    if detail["type"] == "wrong-type":
        wanted: str = detail["ctx"]["wanted"]
        return wanted
    return _WANTED.get(detail["type"])


def _found(written: Json, wanted: str) -> str:
    match written:
        case bool():
            return "true" if written else "false"
        case int() | float():
            return phrase("a number with a point") if wanted == _WHOLE else _NUMBER
        case str():
            return _TEXT
        case list():
            return _LIST
        case dict():
            return _MAPPING
    return phrase("nothing")


def _type_hint(name: str, wanted: str, written: Json) -> str:
    if (name, wanted) in _KEY_HINTS:
        return _KEY_HINTS[name, wanted]
    if wanted == _TEXT and isinstance(written, list | dict):
        return phrase("write one text, such as `title: Hello`")
    if wanted in {_WHOLE, _NUMBER} and isinstance(written, str) and written.strip().isdecimal():
        return phrase("write the number without quotes")
    if wanted == _LIST and isinstance(written, str):
        return phrase("put it in brackets to make it a list, such as [one]")
    return _TYPE_HINTS[wanted]


def _choices(detail: ErrorDetails) -> list[str]:
    """Return the allowed values as they are written in YAML."""
    listed: str = detail["ctx"]["expected"].replace(" or ", ", ")
    words = {"True": "true", "False": "false"}
    return [words.get(choice, choice.strip("'")) for choice in listed.split(", ")]


def _not_chosen(name: str, choices: list[str]) -> str:
    if len(choices) == 1:
        return phrase("{name} can only be {choice}", name=name, choice=choices[0])
    if len(choices) > _LISTED:
        return phrase("{name} is not known", name=name)
    return phrase("{name} is not one of {choices}", name=name, choices=", ".join(choices))


def hint_of(name: str, detail: ErrorDetails, written: Json) -> str:
    """Return what to do about a refusal of the value ``name``; empty where its message says so."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in {"literal_error", "enum"}:
        choices = _choices(detail)
        if choices in (["true"], ["false"]):
            return _write_bare(choices[0], written)
        if str(written) in choices:  # the value is a number, and the file says a text
            return phrase("write it without quotes")
        return did_you_mean(str(written), choices, listed=len(choices) > _LISTED)
    if "known" in context:
        return did_you_mean(str(written), list(context["known"]))
    if wanted := _wanted(detail):
        return _type_hint(name, wanted, written)
    hint: str = context.get("hint", "")
    return hint or _HINTS.get(kind, "")


def _write_bare(choice: str, written: Json) -> str:
    if written == choice:
        return phrase("write {choice} without quotes, or leave the key out", choice=choice)
    if isinstance(written, str) and written.lower() in _OLD_WORDS:
        return phrase("write {choice}; in YAML 1.2 {written} is a text", choice=choice, written=written)
    return phrase("write {choice}, or leave the key out", choice=choice)


TOO_DEEP = (
    "yaml-too-deep",
    phrase("more than {most} mappings and lists inside each other", most=MAX_DEPTH),
    phrase("write it flatter"),
)
"""Rule, message and hint for a file that nests too deep."""

_COLON = phrase("put a text that holds a colon in quotes")

# Words of the complaint, its rule, and what helps; the first match counts.
_SYNTAX = (
    ("tag", "yaml-tag", phrase("tags are not allowed; put a text that begins with ! in quotes")),
    (
        "directive",
        "yaml-directive",
        phrase("directives are not allowed; put a text that begins with % in quotes"),
    ),
    ("alias", "yaml-syntax", phrase("put a text that begins with * in quotes")),
    ("anchor", "yaml-syntax", phrase("put a text that begins with & in quotes")),
    ("document start", "yaml-syntax", phrase("a file holds one mapping and nothing before or after it")),
    ("mapping values are not allowed", "yaml-syntax", _COLON),
    ("expected ':'", "yaml-syntax", phrase("a key is followed by a colon and a space")),
    ("cannot start any token", "yaml-syntax", phrase("put a text that begins with this character in quotes")),
    ("quoted scalar", "yaml-syntax", phrase("check the quotes and the backslashes of this text")),
    ("flow", "yaml-syntax", phrase("close every bracket, and put commas between the items")),
)
_PARSER = {
    str(it): it
    for it in (
        phrase("while parsing a flow mapping"),
        phrase("while parsing a flow sequence"),
        phrase("while parsing a block mapping"),
        phrase("while parsing a block collection"),
        phrase("while parsing a flow node"),
        phrase("while parsing a block node"),
        phrase("while parsing a node"),
        phrase("while scanning a simple key"),
        phrase("while scanning a quoted scalar"),
        phrase("while scanning a plain scalar"),
        phrase("while scanning a block scalar"),
        phrase("while scanning an alias"),
        phrase("while scanning an anchor"),
        phrase("while scanning a tag"),
        phrase("while scanning a directive"),
        phrase("while scanning for the next token"),
        phrase("while parsing a quoted scalar"),
        phrase("did not find expected key"),
        phrase("did not find expected ',' or '}}'"),
        phrase("did not find expected ',' or ']'"),
        phrase("did not find expected '-' indicator"),
        phrase("did not find expected node content"),
        phrase("did not find expected <document start>"),
        phrase("did not find expected alphabetic or numeric character"),
        phrase("could not find expected ':'"),
        phrase("mapping values are not allowed in this context"),
        phrase("block sequence entries are not allowed in this context"),
        phrase("block mapping entries are not allowed in this context"),
        phrase("found character that cannot start any token"),
        phrase("found unexpected end of stream"),
        phrase("found unexpected document indicator"),
        phrase("found unknown escape character"),
        phrase("found a tab character where an indentation space is expected"),
        phrase("found a tab character that violates indentation"),
    )
}
"""What libyaml says; a text that is not here stays English."""
_ANY_SYNTAX = phrase("check the indentation and the quotes in this place")


def explain_syntax(context: str, problem: str, line: str, column: int) -> tuple[str, str, str]:
    """Return the rule, the message and the hint for a syntax error.

    Args:
        context: What the parser was doing; may be empty.
        problem: What it met.
        line: The text of the line in question.
        column: Where in ``line``, counted from 1.
    """
    english = f"{context}: {problem}" if context else problem
    parts = tuple(_PARSER.get(part, part) for part in (context, problem) if part)
    # Its English is the parser's own.
    message = Phrase(english, template("YAML: {words}"), {"words": joined(": ", parts)})
    if "nesting depth" in problem:  # libyaml has a limit of its own since PyYAML 6.0.4, far beyond ours
        return TOO_DEEP
    if line[column - 1 : column] == "\t":
        return "yaml-syntax", message, phrase("indent with spaces, not with tabs")
    if "{{" in line or "{%" in line:
        return "yaml-syntax", message, phrase('put a text with a template in quotes: "{{{{ … }}}}"')
    is_flow = "parsing a flow" in context
    if is_flow and line[column - 1 : column] == ":" and ": " in line[: column - 1]:
        return "yaml-syntax", message, _COLON
    if is_flow and " #" in line:
        return "yaml-syntax", message, phrase("` #` begins a comment; put a text that holds it in quotes")
    for words, rule, hint in _SYNTAX:
        if words in message:
            return rule, message, hint
    return "yaml-syntax", message, _ANY_SYNTAX

"""What templates can do with values: text, numbers and lists that come out the same on every machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from jinja2 import TemplateError, Undefined

from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_TEXT = 1_000_000  # characters that one filter may make
_DECIMALS = 6


class LanguageError(TemplateError):
    """A template says what pushspec does not allow.

    Attributes:
        rule: Name of the rule that it breaks.
        hint: What to write instead.
        line: Line in the template; 0 when the traceback knows it.
        template: File below ``templates/``; None for a text of the campaign.
    """

    def __init__(
        self, rule: str, message: str, hint: str = "", *, line: int = 0, template: str | None = None
    ) -> None:
        super().__init__(message)
        self.rule = rule
        self.hint = hint
        self.line = line
        self.template = template


def text(value: object) -> str:
    """Return ``value`` as a push shows it; what would print Python's own notation is refused."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case Undefined():
            return str(value)  # raises, and names the variable
        case None:
            raise LanguageError(
                "template-value",
                phrase("a value is null"),
                phrase("give it a value, or use the default filter"),
            )
        case _:
            raise LanguageError(
                "template-value",
                phrase("a {kind} is not a text", kind=kind_of(value)),
                phrase("use join or tojson, or print its parts"),
            )


_KINDS = {
    dict: phrase("mapping"),
    list: phrase("list"),
    tuple: phrase("list"),
    str: phrase("text"),
    int: phrase("number"),
    float: phrase("number"),
}


def kind_of(value: object) -> str:
    """Return what people call a value of this type."""
    return _KINDS.get(type(value), phrase("value of this kind"))


def _bounded(result: str) -> str:
    if len(result) > _TEXT:
        raise LanguageError(
            "template-limit", phrase("a filter made more than {most:,} characters", most=_TEXT)
        )
    return result


def _default(value: object, fallback: object = "", boolean: bool = False) -> object:  # noqa: FBT001, FBT002  # Jinja's own order
    return fallback if isinstance(value, Undefined) or (boolean and not value) else value


def _join(values: Iterable[object], separator: str = "") -> str:
    return _bounded(separator.join(map(text, values)))


def _replace(value: object, old: str, new: str) -> str:
    whole = text(value)
    growth = whole.count(old) * (len(new) - len(old))
    return whole.replace(old, new) if len(whole) + growth <= _TEXT else _bounded(" " * (_TEXT + 1))


def _truncate(value: object, length: int, end: str = "…") -> str:
    whole = text(value)
    return whole if len(whole) <= length else whole[: max(0, length - len(end))] + end


def _round(value: float, digits: int = 0) -> float:
    return round(value, digits) if digits else round(value)


def _decimals(value: float, digits: int) -> str:
    if not 0 <= digits <= _DECIMALS:
        raise LanguageError("template-value", phrase("decimals takes 0 to {most} digits", most=_DECIMALS))
    return f"{value:.{digits}f}"


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


# None of them returns a generator or anything else that prints its address in memory.
FILTERS: Mapping[str, Callable[..., object]] = {
    "abs": abs,
    "capitalize": lambda value: text(value).capitalize(),
    "count": len,
    "d": _default,
    "decimals": _decimals,
    "default": _default,
    "first": lambda values: values[0],
    "float": float,
    "int": int,
    "items": lambda mapping: list(mapping.items()),
    "join": _join,
    "last": lambda values: values[-1],
    "length": len,
    "list": list,
    "lower": lambda value: text(value).lower(),
    "max": max,
    "min": min,
    "replace": _replace,
    "reverse": lambda values: values[::-1],
    "round": _round,
    "sort": lambda values, reverse=False: sorted(values, reverse=reverse),
    "string": text,
    "sum": sum,
    "title": lambda value: text(value).title(),
    "tojson": _to_json,
    "trim": lambda value: text(value).strip(),
    "truncate": _truncate,
    "unique": lambda values: list(dict.fromkeys(values)),
    "upper": lambda value: text(value).upper(),
    "urlencode": lambda value: quote(text(value), safe=""),
}

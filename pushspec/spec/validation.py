"""Turns what a model refuses into problems with a place, a rule's name and what to do."""

from __future__ import annotations

from copy import deepcopy
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic_core import ErrorDetails

    from pushspec.canonical import Json
    from pushspec.problems import Problem
    from pushspec.spec.document import Document

T = TypeVar("T")

_ROUNDS = 4
"""How often a value is mended and read again; a deeper mess is shown as far as it was seen."""
Path = tuple[str | int, ...]

_RULES = {
    "extra_forbidden": "unknown-key",
    "missing": "missing-key",
    "literal_error": "not-a-choice",
    "enum": "not-a-choice",
    "string_pattern_mismatch": "wrong-form",
}
_RANGES = ("greater_than", "less_than", "too_short", "too_long")

_HINTS = {
    "audience-missing": "give everyone, tags, attributes, accounts, file or sql; all users are everyone: true",
    "audience-choice": "who gets it must be one source; make two campaigns or two variants for two",
    "badge-choice": "{add: 1} adds to the number, {set: 1} shows that number",
    "empty-value": "give it a value or leave the key out",
    "message-element": "begin each element with its own dash",
    "literal-secret": "whoever can read the repository could send pushes",
    "environment-host": "region for an app of the service, base_url for a test server on loopback",
}


def validate(
    adapter: TypeAdapter[T],
    value: Json,
    document: Document,
    path: Path = (),
    *,
    placeholders: Mapping[str, Json] | None = None,
) -> tuple[T, list[Problem]] | tuple[None, list[Problem]]:
    """Read a value of a document into a model.

    Args:
        adapter: The model.
        value: What to read; it has the shape of the document at ``path``, though texts may be rendered.
        document: Where the value was written.
        path: The value's own path in the document.
        placeholders: What may stand for required keys of ``value`` that are missing or wrong.

    Returns:
        The model and its problems. A model that comes with problems lacks what is wrong; it serves to find
        more problems in the same run and nothing else. None where too little is left.
    """
    problems: list[Problem] = []
    for _ in range(_ROUNDS):
        try:
            return adapter.validate_python(value), problems
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
        # Later rounds only show what follows from the repair.
        problems = problems or list(_problems(details, adapter, value, document, path))
        value = _without_faults(value, [_path_in(value, detail) for detail in details], placeholders or {})
    return None, problems


def _without_faults(value: Json, faults: list[Path], placeholders: Mapping[str, Json]) -> Json:
    """Return ``value`` without the keys below which something is wrong."""
    value = deepcopy(value)
    for fault in faults:
        parents, key = fault, None
        # Items of a list stay where they are, so that the places of the others still hold.
        while parents and (key is None or isinstance(key, int) or not _has(_at(value, parents), key)):
            parents, key = parents[:-1], parents[-1]
        holder = _at(value, parents)
        if isinstance(holder, dict) and isinstance(key, str):
            holder.pop(key, None)
    return value if not isinstance(value, dict) else {**placeholders, **value}


def _at(value: Json, path: Path) -> Json:
    for step in path:
        value = value[step] if _has(value, step) else None
    return value


def _problems(
    details: list[ErrorDetails], adapter: TypeAdapter[Any], value: Json, document: Document, base: Path
) -> Iterator[Problem]:
    seen: set[Path] = set()
    for detail in details:
        path = _path_in(value, detail)
        if path not in seen:  # every member of a union complains about the same value
            seen.add(path)
            yield _problem(detail, path, adapter, value, document, base)


def _path_in(value: Json, detail: ErrorDetails) -> Path:
    """Drop from pydantic's location what is not in the document: names of union members."""
    path: list[str | int] = []
    for step in detail["loc"]:
        if _has(value, step):
            value = value[step]
            path.append(step)
        elif detail["type"] == "missing" and step == detail["loc"][-1]:
            path.append(step)
    return tuple(path)


def _has(value: Json, step: str | int) -> bool:
    if isinstance(value, dict):
        return step in value
    return isinstance(value, list) and isinstance(step, int) and step < len(value)


def _problem(
    detail: ErrorDetails, path: Path, adapter: TypeAdapter[Any], value: Json, document: Document, base: Path
) -> Problem:
    kind = detail["type"]
    name = str(path[-1]) if path else (str(base[-1]) if base else "the file")
    owner = _owner(base + path)
    if kind == "extra_forbidden":
        known = known_keys(adapter, path[:-1])
        return document.problem(
            base + path,
            "unknown-key",
            f"{owner} has no key {name!r}",
            hint=did_you_mean(name, known),
            key=True,
        )
    if kind == "missing":
        return document.problem(
            base + path[:-1],
            "missing-key",
            f"{owner} lacks {name!r}",
            hint=f"add {name}",
            key=bool(base + path[:-1]),
        )
    if kind == "empty-value":
        return document.problem(base + path, kind, f"{name} has no value", hint=_HINTS[kind], key=True)
    return document.problem(base + path, _rule(kind), _message(name, detail), hint=_hint(detail, value, path))


def _owner(path: Path) -> str:
    names = [str(step) for step in path[:-1] if isinstance(step, str)]
    return ".".join(names) if names else "the file"


def _rule(kind: str) -> str:
    if kind.startswith(_RANGES) or kind.endswith(("too_short", "too_long")):
        return "out-of-range"
    if kind.endswith(("_type", "_parsing")):
        return "wrong-type"
    return _RULES.get(kind, kind)


def _message(name: str, detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in {"literal_error", "enum"}:
        return f"{name} is not one of {context['expected']}"
    wanted = {
        "string_type": "a text",
        "int_type": "a whole number",
        "int_from_float": "a whole number",
        "float_type": "a number",
        "bool_type": "true or false",
        "dict_type": "a mapping",
        "model_type": "a mapping",
        "tuple_type": "a list",
        "list_type": "a list",
        "model_attributes_type": "a mapping",
    }.get(kind)
    if wanted:
        return f"{name} is not {wanted}"
    if kind == "string_pattern_mismatch":
        return f"{name} does not have the form {context['pattern']}"
    ranges = {
        "greater_than_equal": "is less than {ge}",
        "less_than_equal": "is more than {le}",
        "string_too_long": "is longer than {max_length} characters",
        "string_too_short": "is empty",
        "too_short": "is empty",
        "too_long": "has more than {max_length} items",
    }
    if kind in ranges:
        return f"{name} {ranges[kind].format(**context)}"
    return f"{name} {detail['msg'][:1].lower()}{detail['msg'][1:]}"


def _hint(detail: ErrorDetails, value: Json, path: Path) -> str:
    kind = detail["type"]
    if kind in {"literal_error", "enum"}:
        for step in path:
            value = value[step]
        choices = [
            choice.strip("'") for choice in detail["ctx"]["expected"].replace(" or ", ", ").split(", ")
        ]
        return did_you_mean(str(value), choices)
    if kind == "string_type":
        return "put it in quotes to make it a text"
    if kind == "bool_type":
        return "write true or false; in YAML 1.2 yes, no, on and off are texts"
    return _HINTS.get(kind, "")


def did_you_mean(word: str, known: list[str]) -> str:
    """Return a hint with the known word nearest to ``word``, or with all of them when none is near."""
    near = get_close_matches(word, known, n=1, cutoff=0.6) or [
        candidate for candidate in known if candidate.lower() == word.lower().replace("_", "")
    ]
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known: {', '.join(sorted(known))}" if known else ""


def known_keys(adapter: TypeAdapter[Any], path: Path) -> list[str]:
    """Return the keys that the model at ``path`` below ``adapter`` knows."""
    model = _model_in(adapter._type)  # noqa: SLF001 - pydantic has no public name for it
    for step in path:
        if isinstance(step, int) or model is None:
            continue
        field = next((f for name, f in model.model_fields.items() if step in {name, f.alias}), None)
        # A key that is no field is a key of a mapping, such as an environment's name: the model stays.
        model = _model_in(field.annotation) if field is not None else model
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _model_in(part))), None)

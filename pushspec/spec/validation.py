"""Turns what a model refuses into problems with a place, a rule's name and what to do."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from pushspec.spec.forms import IN_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic_core import ErrorDetails

    from pushspec.canonical import Json
    from pushspec.problems import Problem
    from pushspec.spec.document import Document

T = TypeVar("T")

_LISTED = 8
"""Up to so many choices a message lists; of more, the hint does."""
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
    "too_short": "give at least one",
    "dict_type": "write its keys below it, each with a value",
    "model_type": "write its keys below it, each with a value",
    "model_attributes_type": "write its keys below it, each with a value",
    "string_type": "put it in quotes to make it a text",
    "bool_type": "write true or false; in YAML 1.2 yes, no, on and off are texts",
    "tuple_type": "write [one, two], or each below the other behind a dash",
    "list_type": "write [one, two], or each below the other behind a dash",
    "audience-missing": "give everyone, tags, attributes, accounts, file or sql; all are everyone: true",
    "audience-choice": "who gets it must be one source; make two campaigns or two variants for two",
    "badge-choice": "{add: 1} adds to the number, {set: 1} shows that number",
    "empty-value": "give it a value or leave the key out",
    "message-element": "begin each element with its own dash",
    "literal-secret": "whoever can read the repository could send pushes",
    "sandbox-faults": "write them in an environment with sandbox: true",
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
    places = [(detail, _path_in(value, detail)) for detail in details]
    for detail, path in places:
        # A list whose items are wrong is not empty, though pydantic counts it so.
        is_echo = detail["type"] == "too_short" and any(
            path == other[: len(path)] != other for _, other in places
        )
        if path not in seen and not is_echo:  # every member of a union complains about the same value
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
    # A model may say where in it the fault lies.
    return (*path, *detail.get("ctx", {}).get("at", ()))


def _has(value: Json, step: str | int) -> bool:
    if isinstance(value, dict):
        return step in value
    return isinstance(value, list) and isinstance(step, int) and step < len(value)


def _problem(
    detail: ErrorDetails, path: Path, adapter: TypeAdapter[Any], value: Json, document: Document, base: Path
) -> Problem:
    kind = detail["type"]
    name = _name(base + path)
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
    problem = document.problem(
        base + path,
        _rule(kind),
        _message(name, detail),
        hint=_hint(detail, value, path),
        key=_is_key(detail),
    )
    return (
        problem if kind != "literal-secret" else replace(problem, location=replace(problem.location, text=""))
    )


def _is_key(detail: ErrorDetails) -> bool:
    """Whether it is a mapping's key that is wrong, not its value."""
    return detail["loc"][-1:] == ("[key]",) or detail["type"] == "unknown-limit"


def _name(path: Path) -> str:
    """Return what people call the value at ``path``: its key, or which item of a list it is."""
    if not path:
        return "the file"
    return str(path[-1]) if isinstance(path[-1], str) else f"item {path[-1] + 1} of {_name(path[:-1])}"


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
        return f"{name} {_not_chosen(_choices(detail))}"
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
        return f"{name} is not {IN_WORDS[context['pattern']]}"
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


def _choices(detail: ErrorDetails) -> list[str]:
    """Return the allowed values as they are written in YAML."""
    listed: str = detail["ctx"]["expected"].replace(" or ", ", ")
    words = {"True": "true", "False": "false"}
    return [words.get(choice, choice.strip("'")) for choice in listed.split(", ")]


def _not_chosen(choices: list[str]) -> str:
    if len(choices) == 1:
        return f"can only be {choices[0]}"
    return f"is not one of {', '.join(choices)}" if len(choices) <= _LISTED else "is not known"


def _hint(detail: ErrorDetails, value: Json, path: Path) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    written = path[-1] if path and _is_key(detail) else _at(value, path)
    if kind in {"literal_error", "enum"}:
        choices = _choices(detail)
        if choices in (["true"], ["false"]):
            return f"write {choices[0]} without quotes, or leave the key out"
        return did_you_mean(str(written), choices, listed=len(choices) > _LISTED)
    if "known" in context:
        return did_you_mean(str(written), list(context["known"]))
    if kind == "int_type" and isinstance(written, str) and written.isdecimal():
        return "write the number without quotes"
    return str(context.get("hint", _HINTS.get(kind, "")))


def did_you_mean(word: str, known: list[str], *, listed: bool = True) -> str:
    """Return a hint with the known word nearest to ``word``, or if ``listed`` with all when none is near."""
    near = get_close_matches(word, known, n=1, cutoff=0.6) or [
        candidate for candidate in known if candidate.lower() == word.lower().replace("_", "")
    ]
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known: {', '.join(sorted(known))}" if known and listed else ""


def known_keys(adapter: TypeAdapter[Any], path: Path) -> list[str]:
    """Return the keys that the model at ``path`` below ``adapter`` knows."""
    model = _model_in(adapter._type)  # noqa: SLF001 - pydantic has no public name for it
    is_name = False  # a key of a mapping such as an environment's name: the model stays
    for step in path:
        if isinstance(step, int) or model is None or is_name:
            is_name = False
            continue
        field = next((f for name, f in model.model_fields.items() if step in {name, f.alias}), None)
        if field is not None:
            model, is_name = _model_in(field.annotation), _is_mapping(field.annotation)
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _is_mapping(annotation: object) -> bool:
    return get_origin(annotation) is dict or any(get_origin(part) is dict for part in get_args(annotation))


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _model_in(part))), None)

"""Turn what a model refuses into problems with a place, a rule's name and what to do."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from pushspec.disclosure import names_secret, shown_name
from pushspec.language import Phrase, phrase
from pushspec.spec.refusals import hint_of, message_of, rule_of
from pushspec.suggest import did_you_mean, same_word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic_core import ErrorDetails

    from pushspec.problems import Problem
    from pushspec.serialization import Json
    from pushspec.spec.document import Document

T = TypeVar("T")

_ROUNDS = 4
"""How often a value is repaired and read again; deeper faults are shown as far as they were seen."""
_SECRETS = phrase(
    "secrets stay out of files: {{env: NAME}} names the variable that holds one, as in secret_key"
)
_STANDING = frozenset({"audience-choice"})
"""Faults of a whole whose parts are read all the same: what is wrong in them comes in the same run."""
_LISTS = frozenset({"variants", "exceptions", "rollout"})
"""Keys whose items each have keys of their own."""
_BY_NAME = frozenset({"people", "environments"})
"""Keys that hold names, such as an account, and below each name keys of its own."""
KeyPath = tuple[str | int, ...]
Home = Callable[[KeyPath, str, "Json"], str]


def validate(
    adapter: TypeAdapter[T],
    value: Json,
    document: Document,
    path: KeyPath = (),
    *,
    placeholders: Mapping[str, Json] | None = None,
    home: Home | None = None,
) -> tuple[T, list[Problem]] | tuple[None, list[Problem]]:
    """Read a value of a document into a model.

    Args:
        adapter: The model.
        value: What to read; it has the shape of the document at ``path``, though texts may be rendered.
        document: Where the value was written.
        path: The value's own path in the document.
        placeholders: What may stand for required keys of ``value`` that are missing or wrong.
        home: Returns where an unknown key belongs in the whole file, from the path of its mapping and its
            name; what it does not know is looked for below ``adapter`` alone.

    Returns:
        The model and its problems. A model that comes with problems lacks what is wrong; it serves to find
        more problems in the same run and nothing else. None where too little is left.
    """
    problems: list[Problem] = []
    told: set[str] = set()
    for _ in range(_ROUNDS):
        try:
            return adapter.validate_python(value, context=told), problems
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
        standing = [detail for detail in details if detail["type"] in _STANDING]
        # Later rounds show what follows from the repair, and what stood behind a fault inside it.
        problems += _problems(standing if problems else details, adapter, value, document, path, home)
        told |= {detail["type"] for detail in standing}
        faults = [_path_in(value, detail) for detail in details if detail["type"] not in _STANDING]
        value = _without_faults(value, faults, placeholders or {})
    return None, problems


def _without_faults(value: Json, faults: list[KeyPath], placeholders: Mapping[str, Json]) -> Json:
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


def _at(value: Json, path: KeyPath) -> Json:
    for step in path:
        value = value[step] if _has(value, step) else None
    return value


def _problems(
    details: list[ErrorDetails],
    adapter: TypeAdapter[Any],
    value: Json,
    document: Document,
    base: KeyPath,
    home: Home | None,
) -> Iterator[Problem]:
    seen: set[KeyPath] = set()
    places = [(detail, _path_in(value, detail)) for detail in details]
    for detail, path in places:
        # A list whose items are wrong is not empty, though pydantic counts it so.
        is_echo = detail["type"] == "too_short" and any(
            path == other[: len(path)] != other for _, other in places
        )
        if path not in seen and not is_echo:  # every member of a union complains about the same value
            seen.add(path)
            yield _problem(detail, path, adapter, value, document, base, home)


def _path_in(value: Json, detail: ErrorDetails) -> KeyPath:
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
    detail: ErrorDetails,
    path: KeyPath,
    adapter: TypeAdapter[Any],
    value: Json,
    document: Document,
    base: KeyPath,
    home: Home | None,
) -> Problem:
    kind = detail["type"]
    name = _name(base + path)
    owner = _owner(base + path)
    if kind == "extra_forbidden":
        known = known_keys(adapter, path[:-1])
        place = home(base + path[:-1], str(path[-1]), document.value) if home is not None else ""
        place = place or _place_below(adapter, path[:-1], str(path[-1]))
        return document.problem(
            base + path,
            "unknown-key",
            phrase("{owner} has no key {name!r}", owner=owner, name=name),
            hint=_known_hint(name, place or did_you_mean(name, known)),
            key=True,
        )
    if kind == "missing":
        return document.problem(
            base + path[:-1],
            "missing-key",
            phrase("{owner} lacks {name!r}", owner=owner, name=name),
            hint=phrase("add {name}", name=name),
            key=bool(base + path[:-1]),
        )
    if kind == "empty-value":
        return document.problem(
            base + path,
            kind,
            phrase("{name} has no value", name=name),
            hint=hint_of(name, detail, None),
            key=True,
        )
    written = path[-1] if path and _is_key(detail) else _at(value, path)
    problem = document.problem(
        base + path,
        rule_of(kind),
        message_of(name, detail, written),
        hint=hint_of(name, detail, written),
        key=_is_key(detail),
    )
    return (
        problem if kind != "literal-secret" else replace(problem, location=replace(problem.location, text=""))
    )


def _is_key(detail: ErrorDetails) -> bool:
    """Whether it is a mapping's key that is wrong, not its value."""
    return detail["loc"][-1:] == ("[key]",) or detail["type"] == "unknown-limit"


def _name(path: KeyPath) -> str:
    """Return what people call the value at ``path``: its key, or which item of a list it is."""
    if not path:
        return phrase("the file")
    return (
        shown_name(path[-1])
        if isinstance(path[-1], str)
        else phrase("item {path} of {name}", path=path[-1] + 1, name=_name(path[:-1]))
    )


def _owner(path: KeyPath) -> str:
    names = [shown_name(step) for step in path[:-1] if isinstance(step, str)]
    return ".".join(names) if names else phrase("the file")


def known_keys(adapter: TypeAdapter[Any], path: KeyPath) -> list[str]:
    """Return the keys that the model at ``path`` below ``adapter`` knows."""
    model = model_in(adapter._type)  # noqa: SLF001 - pydantic has no public name for it
    is_name = False  # a key of a mapping such as an environment's name: the model stays
    for step in path:
        if isinstance(step, int) or model is None or is_name:
            is_name = False
            continue
        field = next((f for name, f in model.model_fields.items() if step in {name, f.alias}), None)
        if field is not None:
            model, is_name = model_in(field.annotation), is_mapping(field.annotation)
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _known_hint(name: str, known: str) -> str:
    """Say where a secret belongs to whoever wrote an unknown key that names one."""
    if not names_secret(name):
        return known
    if not known.startswith("did you mean"):
        return _SECRETS
    both = phrase("{hint}; {secrets}", hint=known, secrets=_SECRETS)
    # In English no question stands before a semicolon; other languages keep its mark and drop the semicolon.
    return Phrase(f"{known.rstrip('?')}; {_SECRETS}", both.template, both.values)


def _place_below(adapter: TypeAdapter[Any], path: KeyPath, name: str) -> str:
    """Return where below the model at ``path`` a key of this name in any case belongs; empty if nowhere."""
    known = known_keys(adapter, path)
    if same_word(name, known):
        return ""
    for block in known:
        key = same_word(name, known_keys(adapter, (*path, block)))
        if not key or block in _LISTS:
            continue
        if block in _BY_NAME:
            return phrase("write it below a name: {block}.NAME.{name}", block=block, name=key)
        return phrase("did you mean {block}.{name}?", block=block, name=key)
    return ""


def is_mapping(annotation: object) -> bool:
    """Whether a field holds a mapping from names that people choose."""
    return get_origin(annotation) is dict or any(get_origin(part) is dict for part in get_args(annotation))


def model_in(annotation: object) -> type[BaseModel] | None:
    """Return the model that a field holds, if there is one."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := model_in(part))), None)

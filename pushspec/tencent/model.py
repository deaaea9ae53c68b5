"""The base of all models of what people write and the service reads: strict, frozen, closed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar, get_args, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError

from pushspec.language import phrase
from pushspec.serialization import Json, wire_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic.fields import FieldInfo

    from pushspec.tencent.fields import Fields

T = TypeVar("T")


def refusal(kind: str, message: str, context: Mapping[str, object] | None = None) -> PydanticCustomError:
    """Return the error by which a model refuses a value.

    Args:
        kind: What rules call it.
        message: What is wrong with the value, as words behind its name: ``phrase("names nobody")``.
        context: More about it, such as ``hint``, or ``at`` for a place inside the value.
    """
    return PydanticCustomError(kind, "{said}", {**(context or {}), "said": message})


class Model(BaseModel):
    """Refuses unknown keys, wrong types and empty values; never shows its input in an error."""

    # Deferred: a command builds the validators of what it reads, not those of every model there is.
    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, hide_input_in_errors=True, defer_build=True
    )

    may_be_empty: ClassVar[frozenset[str]] = frozenset()
    """Fields that may be written without a value."""

    @field_validator("*", mode="wrap")
    @classmethod
    def _as_written(cls, value: object, read: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
        if value is None and info.field_name not in cls.may_be_empty:
            raise refusal("empty-value", phrase("has no value"))
        taken = read(value)
        # A choice of 0 and 1 takes True and 1.0 too: equal to 1 in Python, and something else in YAML.
        if isinstance(taken, int) and isinstance(value, int | float) and type(taken) is not type(value):
            wanted = phrase("true or false") if isinstance(taken, bool) else phrase("a whole number")
            raise refusal("wrong-type", phrase("is not {wanted}", wanted=wanted), {"wanted": wanted})
        return taken


class WireModel(Model):
    """A model whose fields also have the service's own names, as serialization aliases."""

    reads_itself: ClassVar[frozenset[str]] = frozenset()
    """Fields that the model's own :meth:`from_wire` reads back."""

    def to_wire(self) -> dict[str, Json]:
        """Return what was given, and only that, under the service's names."""
        return self.model_dump(by_alias=True, exclude_unset=True)

    @classmethod
    def from_wire(cls, fields: Fields) -> dict[str, Json]:
        """Return what people would write to get these fields: the way back of :meth:`to_wire`.

        Fields that have no place in the model stay in ``fields``; values are not checked.
        """
        return {
            field.alias or name: value
            for name, field in cls.model_fields.items()
            if name not in cls.reads_itself and (value := _read_back(field, fields)) is not None
        }


def wire(name: str, description: str = "", **constraints: Any) -> Any:  # noqa: ANN401 - pydantic's own signature
    """Return an optional field that the service calls ``name``; unset means not sent."""
    return Field(default=None, serialization_alias=name, description=description or None, **constraints)


def required(name: str, description: str = "", **constraints: Any) -> Any:  # noqa: ANN401 - pydantic's own signature
    """Return a field that must be given and that the service calls ``name``."""
    return Field(serialization_alias=name, description=description or None, **constraints)


def _json_text(value: object) -> object:
    return wire_json(value).decode() if isinstance(value, dict) else value


JsonText = Annotated[
    str,
    BeforeValidator(_json_text),
    WithJsonSchema({"type": ["string", "object"], "description": "A mapping becomes compact JSON text."}),
]
"""A text for the app; a mapping is written as compact JSON."""

_EXACT = 2**53
"""Whole numbers up to here are the same number to every reader."""


def mapping_in(text: Json) -> Json:
    """Return the mapping that becomes exactly this JSON text; where none does, the value itself."""
    if not (isinstance(text, str) and text.startswith("{")):
        return text
    try:
        value = json.loads(text)
        is_same = wire_json(value).decode() == text
    except (ValueError, RecursionError):
        return text
    return value if is_same and value and _is_plain(value) else text


def _is_plain(value: Json) -> bool:
    if isinstance(value, dict | list):
        return all(map(_is_plain, value.values() if isinstance(value, dict) else value))
    return isinstance(value, str | bool) or (isinstance(value, int) and abs(value) <= _EXACT)


def _read_back(field: FieldInfo, fields: Fields) -> Json:
    """Return a field's value as people write it; a model without a name of its own lies flat on the wire."""
    name, model = field.serialization_alias, _wire_model_in(field.annotation)
    if model is None:
        value = fields.take(name) if name is not None else None
        return mapping_in(value) if JsonText in get_args(field.annotation) else value
    if name is None:
        return model.from_wire(fields) or None
    if get_origin(field.annotation) is tuple:
        return [read_whole(model, item) for item in fields.each(name)] if name in fields else None
    below = fields.below(name)
    return None if below is None else read_whole(model, below)


def read_whole(model: type[WireModel], fields: Fields) -> dict[str, Json]:
    """Return what people would write for an object, each field of which must have a place in the model."""
    written = model.from_wire(fields)
    fields.finish()
    return written


def _wire_model_in(annotation: object) -> type[WireModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, WireModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _wire_model_in(part))), None)


Items = Annotated[tuple[T, ...], Strict(strict=False)]
"""A list in YAML, a tuple here."""

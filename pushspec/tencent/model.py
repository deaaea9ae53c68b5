"""The base of all models of what people write and the service reads: strict, frozen, closed."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, TypeVar

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

from pushspec.serialization import Json, wire_json

T = TypeVar("T")


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
            raise PydanticCustomError("empty-value", "has no value")
        taken = read(value)
        # A choice of 0 and 1 takes True and 1.0 too: equal to 1 in Python, and something else in YAML.
        if isinstance(taken, int) and isinstance(value, int | float) and type(taken) is not type(value):
            wanted = "true or false" if isinstance(taken, bool) else "a whole number"
            raise PydanticCustomError("wrong-type", "is not {wanted}", {"wanted": wanted})
        return taken


class WireModel(Model):
    """A model whose fields also have the service's own names, as serialization aliases."""

    def to_wire(self) -> dict[str, Json]:
        """Return what was given, and only that, under the service's names."""
        return self.model_dump(by_alias=True, exclude_unset=True)


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

Items = Annotated[tuple[T, ...], Strict(strict=False)]
"""A list in YAML, a tuple here."""

"""Conditions on tags and attributes: the models that people fill in, the ``Condition`` of a body, and back.

Source: https://cloud.tencent.com/document/product/269/100634 and, for ``TagsNot``,
https://www.tencentcloud.com/document/product/1047/60561.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from pushspec.tencent.model import Items, WireModel, wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pushspec.serialization import Json

Subject = Literal["tags", "attributes"]
Word = Literal["any", "all", "not"]


class AudienceCondition(WireModel):
    """Whom a push is narrowed down to; every list that is given must hold."""

    subject: ClassVar[Subject]

    def to_wire(self) -> dict[str, Json]:
        """Return ``Condition``, its lists in the order of the model."""
        given = super().to_wire()
        return {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}

    def terms(self) -> tuple[Term, ...]:
        """Return its lists, as :func:`read_condition` reads them from a body."""
        return read_condition(self.to_wire())


class TagCondition(AudienceCondition):
    """Tags that an account must have."""

    subject = "tags"

    any: Items[str] | None = wire("TagsOr", "At least one of them.", min_length=1)
    all: Items[str] | None = wire("TagsAnd", "Every one of them.", min_length=1)
    not_: Items[str] | None = wire(
        "TagsNot", "But not all of these together; requires any.", min_length=1, alias="not"
    )

    def cut_by(self, tag: str) -> tuple[TagCondition, TagCondition]:
        """Return this condition for those who have one more tag, and for those who have it not.

        It must have ``all``, or a single tag under ``any``, where a single tag always goes for the latter:
        the one sample of the service's pages shows ``TagsNot`` beside ``TagsOr``.
        """
        named = list(self.any or self.all or ())
        beside = {"any": named} if len(named) == 1 else {"all": named}
        return (
            TagCondition.model_validate({"all": [*named, tag]}),
            TagCondition.model_validate({**beside, "not": [tag]}),
        )


class AttributeCondition(AudienceCondition):
    """Attribute values that an account must have."""

    subject = "attributes"

    any: dict[str, str] | None = wire("AttrsOr", "At least one of them.", min_length=1)
    all: dict[str, str] | None = wire("AttrsAnd", "Every one of them.", min_length=1)


@dataclass(frozen=True, slots=True)
class Term:
    """One list of a condition.

    Attributes:
        subject: ``tags`` or ``attributes``.
        word: The key people write it under.
        names: Its tags, or its attribute values as ``name=value``.
    """

    subject: Subject
    word: Word
    names: tuple[str, ...]


def read_condition(condition: Mapping[str, Json]) -> tuple[Term, ...]:
    """Return the lists of a ``Condition`` in the order of the models; none for everyone."""
    return tuple(
        Term(subject, word, _names(condition[name])) for name, subject, word in _FIELDS if name in condition
    )


def _names(given: Json) -> tuple[str, ...]:
    return (
        tuple(f"{key}={value}" for key, value in given.items()) if isinstance(given, dict) else tuple(given)
    )


def _fields() -> Iterator[tuple[str, Subject, Word]]:
    words: dict[str, Word] = {"any": "any", "all": "all", "not_": "not"}
    for model in (TagCondition, AttributeCondition):
        for key, field in model.model_fields.items():
            yield str(field.serialization_alias), model.subject, words[key]


_FIELDS = tuple(_fields())

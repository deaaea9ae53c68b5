"""The people file: attribute names of the app, and tags and attributes of people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from pushspec.tencent.model import Items, Model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pushspec.problems import Location

PEOPLE = "people"
"""The folder of people files."""

Text = Annotated[str, Field(min_length=1)]


class Person(Model):
    """What one person has; a part that is left out is not looked at."""

    tags: Items[Text] | None = Field(default=None, description="Tags to have.")
    attributes: dict[Text, Text] | None = Field(default=None, description="Values of attributes, by name.")


class People(Model):
    """A people file."""

    api_version: Literal["pushspec/v1"] = Field(alias="apiVersion")
    kind: Literal["People"]
    attribute_names: Items[Text] = Field(
        default=(), description="Attributes that the app has; each that people have must be here."
    )
    people: dict[Text, Person] = Field(default_factory=dict, description="People by their account.")
    file: str | None = Field(
        default=None, description="A csv file: user_id, tags (separated by |), a column for each attribute."
    )
    prune: bool = Field(
        default=False, description="true: what is not declared is taken from the people named here."
    )


@dataclass(frozen=True, slots=True)
class DeclaredPerson:
    """What a person should have.

    Attributes:
        account: The person.
        tags: Tags to have; None where tags are not looked at.
        attributes: Values to have, by name.
        columns: Attributes that are looked at; without a value only ``prune`` takes one away.
        prune: Whether what is not declared is taken away.
        location: Where it is written.
    """

    account: str
    tags: tuple[str, ...] | None
    attributes: Mapping[str, str]
    columns: frozenset[str]
    prune: bool
    location: Location

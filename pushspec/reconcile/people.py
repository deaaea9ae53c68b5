"""Compare what people should have with what they have: only differences are ever written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pushspec.errors import RefusedError
from pushspec.language import phrase
from pushspec.serialization import digest_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pushspec.spec.people import DeclaredPerson


@dataclass(frozen=True, slots=True)
class PersonChange:
    """What one person gets and loses.

    Attributes:
        account: The person.
        add_tags: Tags that are missing.
        remove_tags: Tags that ``prune`` takes.
        set_attributes: Values that are missing or others, by name.
        remove_attributes: Attributes that ``prune`` takes.
    """

    account: str
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    set_attributes: Mapping[str, str] = field(default_factory=dict)
    remove_attributes: tuple[str, ...] = ()

    @property
    def removals(self) -> int:
        """How many tags and attributes the person loses."""
        return len(self.remove_tags) + len(self.remove_attributes)

    @property
    def is_empty(self) -> bool:
        """Whether the person has all that is declared."""
        return not (self.add_tags or self.set_attributes or self.removals)


@dataclass(frozen=True, slots=True)
class PeoplePlan:
    """What would be written.

    Attributes:
        environment: The environment.
        app_id: Its app.
        names: Attribute names to define, by slot.
        changes: Who gets or loses what, in the order of the accounts.
        unchanged: How many people have all that is declared.
        unknown: Why the service tells nothing about a person, as its error code; None where it said nothing.
    """

    environment: str
    app_id: int
    names: Mapping[str, str]
    changes: tuple[PersonChange, ...]
    unchanged: int
    unknown: Mapping[str, int | None]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be written."""
        return not self.names and not self.changes

    @property
    def removals(self) -> int:
        """How many tags and attributes are taken, of all people together."""
        return sum(change.removals for change in self.changes)

    @property
    def digest(self) -> str:
        """SHA-256 over all that would be written, in hex."""
        return digest_of(
            {
                "app": self.app_id,
                "environment": self.environment,
                "names": dict(self.names),
                "changes": [
                    [it.account, it.add_tags, it.remove_tags, dict(it.set_attributes), it.remove_attributes]
                    for it in self.changes
                ],
            }
        )


def change_of(person: DeclaredPerson, tags: Sequence[str], attributes: Mapping[str, str]) -> PersonChange:
    """Return what a person lacks, and what ``prune`` takes; what no file declares is not touched.

    Args:
        person: What is declared.
        tags: The tags that the person has; of no matter where no tags are declared.
        attributes: The attributes that the person has; of no matter where none are.
    """
    wanted = person.tags or ()
    takes_tags = person.prune and person.tags is not None
    taken = [name for name in attributes if name in person.columns and name not in person.attributes]
    return PersonChange(
        person.account,
        add_tags=tuple(tag for tag in dict.fromkeys(wanted) if tag not in tags),
        remove_tags=tuple(sorted(set(tags) - set(wanted))) if takes_tags else (),
        set_attributes={
            name: value for name, value in person.attributes.items() if attributes.get(name) != value
        },
        remove_attributes=tuple(sorted(taken)) if person.prune else (),
    )


def names_to_define(wanted: Sequence[str], named: Mapping[str, str], *, most: int) -> dict[str, str]:
    """Return the attribute names that are missing, each with a slot that is free.

    Args:
        wanted: Names that the app should have.
        named: Those that it has, by slot.
        most: How many slots there are.

    Raises:
        RefusedError: More are missing than slots are free; no name is ever replaced.
    """
    missing = [name for name in wanted if name not in named.values()]
    free = [str(slot) for slot in range(most) if str(slot) not in named]
    if len(missing) > len(free):
        raise RefusedError(
            phrase(
                "the app has {named} of {most} attributes, and {missing} more are declared",
                named=len(named),
                most=most,
                missing=len(missing),
            ),
            hint=phrase("use attributes that are there; pushspec renames none"),
        )
    return dict(zip(free, missing, strict=False))


def require_few_removals(plan: PeoplePlan, most: int) -> None:
    """Refuse a plan that takes more than a project allows, before anything of it is written.

    Raises:
        RefusedError: It does.
    """
    if plan.removals > most:
        raise RefusedError(
            phrase(
                "{removals:,} tags and attributes would be taken from people; max_removals allows {most:,}",
                removals=plan.removals,
                most=most,
            ),
            hint=phrase(
                "look at the plan; if all of it is meant, raise policy.max_removals in pushspec.yaml"
            ),
        )

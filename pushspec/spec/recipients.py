"""Who gets a campaign: one kind of audience, with what that kind needs and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pushspec.tencent.conditions import AttributeCondition, TagCondition


class AudienceKind(StrEnum):
    """The kinds of audience, by the key that people write."""

    EVERYONE = "everyone"
    TAGS = "tags"
    ATTRIBUTES = "attributes"
    ACCOUNTS = "accounts"
    FILE = "file"
    SQL = "sql"
    USE = "use"


@dataclass(frozen=True, slots=True)
class Everyone:
    """All users of the app."""

    kind: ClassVar[AudienceKind] = AudienceKind.EVERYONE


@dataclass(frozen=True, slots=True)
class WithTags:
    """Users whose tags meet a condition."""

    kind: ClassVar[AudienceKind] = AudienceKind.TAGS
    condition: TagCondition


@dataclass(frozen=True, slots=True)
class WithAttributes:
    """Users whose attributes meet a condition."""

    kind: ClassVar[AudienceKind] = AudienceKind.ATTRIBUTES
    condition: AttributeCondition


@dataclass(frozen=True, slots=True)
class Listed:
    """The accounts that the campaign lists."""

    kind: ClassVar[AudienceKind] = AudienceKind.ACCOUNTS
    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FromFile:
    """The accounts of a file, or of the files that match a pattern.

    Attributes:
        file: Its path in the project, or the pattern.
        column: The column that names the account; None for the only one.
        columns: The columns that personalize the content.
    """

    kind: ClassVar[AudienceKind] = AudienceKind.FILE
    file: str
    column: str | None = None
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FromQuery:
    """The accounts that a query over files of the project finds.

    Attributes:
        sql: The query.
        column: The column that names the account; None for the only one.
        columns: The columns that personalize the content.
    """

    kind: ClassVar[AudienceKind] = AudienceKind.SQL
    sql: str
    column: str | None = None
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FromPin:
    """The people of an audience file, whose list a pin names.

    Attributes:
        name: The audience.
        columns: The kept columns that personalize the content.
    """

    kind: ClassVar[AudienceKind] = AudienceKind.USE
    name: str
    columns: tuple[str, ...] = ()


AccountSource = Listed | FromFile | FromQuery | FromPin
"""A kind that names accounts one by one."""
Recipients = Everyone | WithTags | WithAttributes | AccountSource
"""Who gets it: exactly one kind."""

ACCOUNT_KINDS = frozenset(source.kind for source in (Listed, FromFile, FromQuery, FromPin))
"""The kinds that name accounts one by one."""

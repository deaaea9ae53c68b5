"""The campaign file: everything around its content.

The content (``notification``, ``message``, ``web``, texts of ``delivery``) may hold templates, so it is read
in two steps: here as written in the file, and after rendering in :mod:`pushspec.spec.content`.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator

from pushspec.language import joined, phrase
from pushspec.serialization import Json  # noqa: TC001 - pydantic reads it at run time
from pushspec.spec.local_time import LocalHours
from pushspec.spec.policy import PolicyException  # noqa: TC001 - pydantic reads it at run time
from pushspec.spec.recipients import (
    ACCOUNT_KINDS,
    AudienceKind,
    Everyone,
    FromFile,
    FromPin,
    FromQuery,
    Listed,
    Recipients,
    WithAttributes,
    WithTags,
)
from pushspec.spec.refusals import NAME
from pushspec.spec.rollout import Stage  # noqa: TC001 - pydantic reads it at run time
from pushspec.spec.shares import Salt, Share, share_of
from pushspec.tencent.conditions import (  # noqa: TC001 - pydantic reads them at run time
    AttributeCondition,
    AudienceCondition,
    TagCondition,
)
from pushspec.tencent.delivery import Delivery  # noqa: TC001 - pydantic reads it at run time
from pushspec.tencent.endpoints import EndpointName  # noqa: TC001 - pydantic reads it at run time
from pushspec.tencent.model import Items, Model, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from pushspec.spec.policy import PolicyName

API_VERSION = "pushspec/v1"
NAME_MAX = 40


def _instant(value: object) -> object:
    if not isinstance(value, str):
        raise refusal("schedule-time", phrase("is not a time such as 2026-12-01T10:00:00+08:00"))
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        raise refusal("schedule-time", phrase("is not a time such as 2026-12-01T10:00:00+08:00")) from None
    if instant.tzinfo is None:
        raise refusal("schedule-time", phrase("has no offset from UTC; end it in one such as +08:00 or Z"))
    return instant


Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-12-01T10:00:00+08:00"]}),
]
"""A moment with its offset from UTC."""


class UsedAudience(Model):
    """A list by the name of its audience file."""

    use: str = Field(pattern=NAME, max_length=NAME_MAX, description="The name of an audience file.")


class Audience(Model):
    """Who gets it: exactly one kind, never a template."""

    everyone: Literal[True] | None = Field(default=None, description="All users of the app.")
    tags: TagCondition | None = None
    attributes: AttributeCondition | None = None
    accounts: Items[str] | None = Field(default=None, min_length=1, description="UserIDs or RegistrationIDs.")
    file: str | None = Field(default=None, description="A file of accounts in the project, or a pattern.")
    sql: str | None = Field(
        default=None, description="A query over files of the project; its rows are accounts."
    )
    column: str | None = Field(
        default=None, description="The column of the file or query that names the account."
    )
    use: str | None = Field(
        default=None,
        pattern=NAME,
        max_length=NAME_MAX,
        description="An audience file, whose list a pin names.",
    )
    exclude: Items[str | UsedAudience] | None = Field(
        default=None, description="Files of accounts that never get it, or audiences: {use: NAME}."
    )
    personalize: Items[str] | None = Field(default=None, description="Columns usable as {{ user.column }}.")

    @model_validator(mode="after")
    def _one_source(self, info: ValidationInfo) -> Self:
        if not self.kinds:
            raise refusal("audience-missing", phrase("names nobody"))
        if len(self.kinds) > 1 and "audience-choice" not in (info.context or ()):
            raise refusal(
                "audience-choice", phrase("has {kinds}; give one of them", kinds=joined(" and ", self.kinds))
            )
        return self

    @property
    def recipients(self) -> Recipients:
        """Who gets it, as the one kind that is written."""
        return tuple(self._written())[-1]

    @property
    def kinds(self) -> tuple[AudienceKind, ...]:
        """The kinds that are written: one, unless it only serves to find problems."""
        return tuple(recipients.kind for recipients in self._written())

    def _written(self) -> Iterator[Recipients]:
        columns = self.personalize or ()
        if self.everyone:
            yield Everyone()
        if self.tags is not None:
            yield WithTags(self.tags)
        if self.attributes is not None:
            yield WithAttributes(self.attributes)
        if self.accounts is not None:
            yield Listed(self.accounts)
        if self.file is not None:
            yield FromFile(self.file, self.column, columns)
        if self.sql is not None:
            yield FromQuery(self.sql, self.column, columns)
        if self.use is not None:
            yield FromPin(self.use, columns)

    @property
    def lists_accounts(self) -> bool:
        """Whether it names accounts one by one."""
        return self.recipients.kind in ACCOUNT_KINDS

    @property
    def files(self) -> tuple[str, ...]:
        """The files and patterns that it names, exclusions included."""
        return (
            *((self.file,) if self.file is not None else ()),
            *(it for it in self.exclude or () if isinstance(it, str)),
        )

    @property
    def condition(self) -> AudienceCondition | None:
        """The condition on tags or attributes, if it is one."""
        return self.tags or self.attributes


class Schedule(LocalHours):
    """When it may leave."""

    not_before: Instant | None = None
    not_after: Instant | None = None
    at: Instant | None = Field(
        default=None, description="When the service itself sends it, from a task that apply makes there."
    )
    by: Literal["service"] | None = Field(default=None, description="Who keeps the time of at.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.not_before and self.not_after and self.not_before >= self.not_after:
            raise refusal("schedule-order", phrase("ends before it begins"))
        return self

    @model_validator(mode="after")
    def _kept_by_service(self) -> Self:
        if (self.at is None) != (self.by is None):
            given, missing = ("at", "by: service") if self.by is None else ("by", "at")
            raise refusal(
                "schedule-by-service",
                phrase("has {given} without {missing}; write both", given=given, missing=missing),
            )
        if self.at is not None and self.at.microsecond:
            raise refusal("schedule-by-service", phrase("has an at that is no whole second"))
        if self.at is not None and not self._holds(self.at):
            raise refusal("schedule-order", phrase("has an at outside not_before and not_after"))
        return self

    def _holds(self, moment: datetime) -> bool:
        begins, ends = self.not_before or moment, self.not_after or moment
        return begins <= moment <= ends


class Recall(Model):
    """The text that would replace the notification if the push were recalled."""

    title: str = Field(min_length=1)
    desc: str | None = Field(default=None, min_length=1)


class Variant(Model):
    """One of several contents, with its own part of the audience; what it leaves out is the campaign's."""

    name: str = Field(pattern=NAME, max_length=NAME_MAX)
    audience: Audience | None = None
    share: Share | None = Field(
        default=None, description="Its part of the campaign's list, such as 45%; who is decided by salt."
    )
    vars: dict[str, Json] = Field(default_factory=dict)
    notification: dict[str, Json] | None = None
    message: Json | None = None
    web: dict[str, Json] | None = None


class Campaign(Model):
    """A campaign file as it stands, its content not yet rendered."""

    api_version: Literal["pushspec/v1"] = Field(alias="apiVersion")
    kind: Literal["Campaign"]
    name: str = Field(pattern=NAME, max_length=NAME_MAX, description="Unique in the project; its identity.")
    version: int = Field(ge=1, le=999_999, description="Raise it to send again.")
    description: str | None = None
    owner: str | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    environments: Items[str] | None = Field(
        default=None, min_length=1, description="Default: all of the project."
    )
    endpoint: EndpointName = Field(strict=False)
    from_: str | None = Field(default=None, alias="from", min_length=1, description="Who sends it.")
    audience: Audience | None = None
    salt: Salt | None = Field(
        default=None, description="Decides who falls into which share; the campaign's name unless given."
    )
    schedule: Schedule | None = None
    vars: dict[str, Json] = Field(default_factory=dict)
    notification: dict[str, Json] | None = None
    message: Json | None = Field(
        default=None, description="A list of elements; of a browser push a mapping, for open pages."
    )
    web: dict[str, Json] | None = None
    delivery: Delivery | None = None
    variants: Items[Variant] | None = Field(default=None, min_length=1)
    recall: Recall | None = None
    rollout: Items[Stage] | None = Field(
        default=None, min_length=1, description="Stages that leave one after another, a gate between them."
    )
    exceptions: Items[PolicyException] = ()

    @property
    def audiences(self) -> tuple[Audience, ...]:
        """Its audience and those of its variants, as far as they are written."""
        written = (self.audience, *(variant.audience for variant in self.variants or ()))
        return tuple(audience for audience in written if audience is not None)

    @property
    def campaign_key(self) -> str:
        """``name@version``."""
        return f"{self.name}@{self.version}"

    def lifts(self, policy: PolicyName) -> bool:
        """Return whether it lifts a policy, with a reason."""
        return any(exception.policy is policy for exception in self.exceptions)

    @property
    def split_salt(self) -> str:
        """What decides who falls into which share and stage."""
        return self.salt or self.name

    @property
    def shares(self) -> dict[str, tuple[str, Decimal]]:
        """The share of each variant, as written and as a number; empty unless a list can be cut by them."""
        variants = self.variants or ()
        found = {it.name: (it.share, share_of(it.share)) for it in variants if it.share is not None}
        is_whole = len(found) == len(variants) and sum(share for _, share in found.values()) <= 1
        is_listed = self.audience is not None and self.audience.lists_accounts
        return found if is_whole and is_listed else {}

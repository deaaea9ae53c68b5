"""The audience file: who a list is, where it comes from, and what campaigns may use of it."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from pushspec.language import phrase
from pushspec.serialization import digest_of
from pushspec.spec.campaign import NAME_MAX, UsedAudience
from pushspec.spec.refusals import NAME
from pushspec.tencent.model import Items, Model, refusal

_ONE_ORIGIN = phrase("give sql: a query, or file: a file of the project, and not both")
KEPT_ACCOUNT = phrase("leave it out: values of a kept column stand in plans and in the lockfile")
"""What to do about an account that would be kept as a value."""


class AudienceFile(Model):
    """An audience of its own, used by any campaign; its list lies outside the repository."""

    api_version: Literal["pushspec/v1"] = Field(alias="apiVersion")
    kind: Literal["Audience"]
    name: str = Field(
        pattern=NAME, max_length=NAME_MAX, description="Unique; the file may have another name."
    )
    description: str | None = None
    source: str | None = Field(
        default=None, description="A source of the environment, which runs sql; without it, sql reads files."
    )
    sql: str | None = Field(default=None, description="A query; its rows are accounts.")
    file: str | None = Field(default=None, description="A file of accounts in the project, or a pattern.")
    column: str | None = Field(default=None, description="The column that names the account.")
    ids: Literal["user", "registration"] = Field(
        default="user", description="Whether accounts are UserIDs or RegistrationIDs."
    )
    keep: Items[str] = Field(default=(), description="Columns that campaigns may personalize by.")
    exclude: Items[str | UsedAudience] = Field(
        default=(), description="Files of accounts that are left out, or audiences: {use: NAME}."
    )

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.sql is None) == (self.file is None):
            raise refusal("audience-choice", phrase("needs either sql or file"), {"hint": _ONE_ORIGIN})
        if self.source is not None and self.sql is None:
            raise refusal("audience-choice", phrase("needs sql for its source"), {"at": ("source",)})
        if len(set(self.keep)) < len(self.keep):
            raise refusal("audience-column", phrase("keeps a column twice"), {"at": ("keep",)})
        return self

    @model_validator(mode="after")
    def _no_account_kept(self) -> Self:
        for index, name in enumerate(self.keep):
            if self.names_account(name):
                said = phrase("is the column of accounts")
                raise refusal("account-kept", said, {"at": ("keep", index), "hint": KEPT_ACCOUNT})
        return self

    def names_account(self, name: str) -> bool:
        """Whether a column is that of the accounts; no source has two names that differ by capitals alone."""
        return self.column is not None and name.casefold() == self.column.casefold()

    @property
    def sha256(self) -> str:
        """Hash of all that decides who is in the list; a description is not."""
        # Without a source as before there were any, so that older pins still fit.
        omitted = {"description", *(["source"] if self.source is None else [])}
        return digest_of(self.model_dump(mode="json", by_alias=True, exclude=omitted))

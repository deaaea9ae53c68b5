"""The ``approvals`` of a project file: who may approve, for how long, and how many people are needed."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from pushspec.language import phrase
from pushspec.tencent.delivery import Lifetime  # noqa: TC001 - pydantic reads it at run time
from pushspec.tencent.model import Items, Model, refusal

_MOST_PEOPLE = 20
_DAY_S = 86_400


class ApprovalWhen(Model):
    """Which campaigns a rule is about: exactly one of these."""

    everyone: Literal[True] | None = Field(default=None, description="Campaigns to all users.")
    tags: Literal[True] | None = Field(default=None, description="Campaigns by tags.")
    attributes: Literal[True] | None = Field(default=None, description="Campaigns by attributes.")
    accounts: int | None = Field(default=None, ge=1, description="Campaigns to so many accounts or more.")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise refusal(
                "approval-when", phrase("needs exactly one of everyone, tags, attributes and accounts")
            )
        return self


class ApprovalRule(Model):
    """How many people must approve a kind of campaign."""

    people: int = Field(ge=1, le=_MOST_PEOPLE)
    when: ApprovalWhen | None = Field(default=None, description="Every campaign, if left out.")


class ApprovalSettings(Model):
    """Who must approve before a campaign may be sent."""

    signers: str = Field(default="approvals/signers", min_length=1, description="OpenSSH allowed_signers.")
    expires: Lifetime = Field(default=_DAY_S, description="Longest time that an approval counts.")
    not_author: bool = Field(default=True, description="Authors of the change do not count.")
    rules: Items[ApprovalRule] = Field(min_length=1, description="The strictest that matches counts.")

    @property
    def longest(self) -> timedelta:
        """How far away the expiry of an approval may be."""
        return timedelta(seconds=self.expires)

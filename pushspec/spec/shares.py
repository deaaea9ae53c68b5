"""Shares of an audience as people write them, and the salts that decide who falls into which."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from pushspec.language import phrase
from pushspec.tencent.model import Model, refusal


def _percent(value: str) -> str:
    if not re.fullmatch(r"(100|\d{1,2}(\.\d{1,3})?)%", value):
        raise refusal("share-form", phrase("is not a share such as 50%"))
    return value


def _growth(value: str) -> str:
    if not re.fullmatch(r"\d{1,5}(\.\d{1,3})?%", value):
        raise refusal("share-form", phrase("is not a growth such as 100%"))
    return value


def _share(value: str) -> str:
    if not share_of(value):
        raise refusal("share-form", phrase("holds nobody; leave it out, or give it more"))
    return value


def share_of(text: str) -> Decimal:
    """Return a share as a number up to 1: 0.45 for ``45%``."""
    return Decimal(text.removesuffix("%")) / 100


def _salt(value: str) -> str:
    # A colon sets the salts of stages and of the holdout apart, a line feed the salt from the account.
    if ":" in value or not value.isprintable() or value != value.strip():
        raise refusal("salt-form", phrase("is not a text without colons, such as spring-2026"))
    return value


def _holdout_salt(value: str) -> str:
    if value == "rollout":
        raise refusal(
            "salt-form", phrase("would cut a campaign named holdout as its stages do; choose another")
        )
    return value


Percent = Annotated[str, AfterValidator(_percent)]
Growth = Annotated[str, AfterValidator(_growth)]
"""By how much something grows, which may be more than it was."""
Share = Annotated[Percent, AfterValidator(_share)]
Salt = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_salt)]


class Holdout(Model):
    """People that no list reaches, to compare with those that lists do reach."""

    share: Share
    salt: Annotated[Salt, AfterValidator(_holdout_salt)] = Field(
        description="Decides who; another one holds out other people."
    )

"""What the questions and orders about people share: answers by account, and accounts that were refused.

Who is missing in an answer is unknown: neither without tags nor without attributes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pydantic import Field

from pushspec.errors import NoAnswerError
from pushspec.language import phrase
from pushspec.tencent.model import Items  # noqa: TC001 - pydantic reads it at run time
from pushspec.tencent.operations.asking import Told, told

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from pushspec.serialization import Json

PACE = "tag_calls_per_second"


class RefusedPerson(Told):
    """An account for which a call did not work."""

    account: str = Field(validation_alias="To_Account")
    code: int = Field(validation_alias="ErrorCode")


class PeopleAnswer(Told):
    """What every answer about people has."""

    refused: Items[RefusedPerson] | None = told("ErrorList")

    def refused_codes(self, asked: Collection[str]) -> dict[str, int]:
        """Return the error code of each account that was refused."""
        return {it.account: it.code for it in self.refused or () if it.account in asked}


class Observed(NamedTuple):
    """What the service told about some people.

    Attributes:
        values: Tags or attributes by account; who is missing here is unknown.
        refused: Why the service tells nothing about an account, as its error code.
    """

    values: Mapping[str, Json]
    refused: Mapping[str, int]


def observed(answer: PeopleAnswer, told_of: Iterable[tuple[str, Json]], asked: Collection[str]) -> Observed:
    """Return an answer by account; values of None are not told.

    Raises:
        NoAnswerError: It names an account twice.
    """
    refused = answer.refused_codes(asked)
    values: dict[str, Json] = {}
    for account, value in told_of:
        if account in values:
            raise NoAnswerError(
                "wrong_shape", phrase("the answer of the service names an account twice"), has_left=True
            )
        if value is not None and account in asked and account not in refused:
            values[account] = value
    return Observed(values, refused)

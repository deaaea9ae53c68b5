"""An audience as text: briefly, as records keep it, and plainly, for people who are no engineers."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple, assert_never

from pushspec.language import joined, phrase
from pushspec.spec.recipients import Everyone, FromFile, FromPin, FromQuery, Listed, WithAttributes, WithTags
from pushspec.text import counted, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.spec.recipients import Recipients
    from pushspec.tencent.conditions import Term


class AudienceText(NamedTuple):
    """An audience as text.

    Attributes:
        brief: ``tags any [A, B]``, ``3 accounts``, ``everyone``; lockfiles keep it.
        plain: ``people with at least one of the tags A, B``; it says nothing of how many they are.
    """

    brief: str
    plain: str


def audience_text(recipients: Recipients, *, account_count: int = 0) -> AudienceText:
    """Return an audience as text; ``account_count`` is how many accounts it stands for, if it lists them."""
    accounts = counted(account_count, "account")
    match recipients:
        case Everyone():
            return AudienceText(condition_text(()), phrase("everyone who uses the app"))
        case WithTags(condition) | WithAttributes(condition):
            terms = condition.terms()
            return AudienceText(
                condition_text(terms), phrase("people with {terms}", terms=_terms_text(terms))
            )
        case Listed():
            return AudienceText(accounts, phrase("the listed accounts"))
        case FromFile(file):
            return AudienceText(
                phrase("{accounts} from {file}", accounts=accounts, file=file),
                phrase("the accounts of {file}", file=file),
            )
        case FromQuery():
            return AudienceText(accounts, phrase("the accounts that a query finds"))
        case FromPin(name):
            return AudienceText(
                phrase("{accounts} of {name}", accounts=accounts, name=name),
                phrase("the people of {name}", name=name),
            )
        case _:  # pragma: no cover - mypy proves that no kind is left
            assert_never(recipients)


def condition_text(terms: Sequence[Term]) -> str:
    """Return a condition briefly: ``tags any [A, B] not [C]``; without terms, everyone."""
    lists = [
        " ".join([subject, *(f"{term.word} [{', '.join(term.names)}]" for term in found)])
        for subject, found in groupby(terms, key=lambda term: term.subject)
    ]
    return ", ".join(lists) or "everyone"


def _terms_text(terms: Sequence[Term]) -> str:
    text: str = joined(" and ", [_term_text(term) for term in terms if term.word != "not"])
    for term in terms:
        if term.word == "not":
            text = phrase("{people}, but {others}", people=text, others=_term_text(term))
    return text


def _term_text(term: Term) -> str:
    names, is_one, are_tags = listed(term.names), len(term.names) == 1, term.subject == "tags"
    match term.word:
        case "not" if is_one:
            return phrase("without {names}", names=names)
        case "not":
            return phrase("without {names} together", names=names)
        case "any" | "all" if is_one:
            return (
                phrase("the tag {names}", names=names)
                if are_tags
                else phrase("the attribute {names}", names=names)
            )
        case "any" if are_tags:
            return phrase("at least one of the tags {names}", names=names)
        case "any":
            return phrase("at least one of the attributes {names}", names=names)
        case "all" if are_tags:
            return phrase("all of the tags {names}", names=names)
        case "all":
            return phrase("all of the attributes {names}", names=names)
        case _:  # pragma: no cover - mypy proves that no word is left
            assert_never(term.word)

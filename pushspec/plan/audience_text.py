"""An audience as text: briefly, as records keep it, and plainly, for people who are no engineers."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple, assert_never

from pushspec.spec.recipients import Everyone, FromFile, FromPin, FromQuery, Listed, WithAttributes, WithTags
from pushspec.text import counted

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
            return AudienceText(condition_text(()), "everyone who uses the app")
        case WithTags(condition) | WithAttributes(condition):
            terms = condition.terms()
            return AudienceText(condition_text(terms), f"people with {_terms_text(terms)}")
        case Listed():
            return AudienceText(accounts, "the listed accounts")
        case FromFile(file):
            return AudienceText(f"{accounts} from {file}", f"the accounts of {file}")
        case FromQuery():
            return AudienceText(accounts, "the accounts that a query finds")
        case FromPin(name):
            return AudienceText(f"{accounts} of {name}", f"the people of {name}")
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
    wanted = " and ".join(_term_text(term) for term in terms if term.word != "not")
    return wanted + "".join(f", but {_term_text(term)}" for term in terms if term.word == "not")


def _term_text(term: Term) -> str:
    named, is_one = ", ".join(term.names), len(term.names) == 1
    match term.word:
        case "not":
            return f"without {named}" + ("" if is_one else " together")
        case "any" | "all" if is_one:
            return f"the {term.subject.removesuffix('s')} {named}"
        case "any":
            return f"at least one of the {term.subject} {named}"
        case "all":
            return f"all of the {term.subject} {named}"
        case _:  # pragma: no cover - mypy proves that no word is left
            assert_never(term.word)

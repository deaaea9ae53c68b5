"""What an account may look like: one check for inline lists, every file and every exclusion."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from pushspec.language import phrase
from pushspec.sanitize import hidden_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.tencent.limits import Limit

PLAIN_ID = re.compile(r"[A-Za-z0-9_-]+")

_WORDS = ("null", "none", "nil", "nan", "n/a", "undefined")
_BRACKETED = [f"{opened}{word}{closed}" for opened, closed in ("()", "<>", "[]") for word in (*_WORDS, "na")]
MISSING = frozenset(("", "-nan", "nat", "\\n", *_WORDS, *_BRACKETED))
"""Words that databases, data frames and people write for "nothing is known", in lower case.

``NA`` alone is Namibia, and a name.
"""

_LONGEST_WORD = max(map(len, MISSING))

_NAMES = frozenset(("Nan", "Nil", "Nat", "NAT", "nat"))
"""What people are called; a data frame writes NaT."""

# A cell's error in any language of a spreadsheet. A value may be a hashtag, which ends in no such sign.
_SHEET_ERROR = re.compile(
    r"#(?:\S+[!?]|[^\W\d_]/[^\W\d_]|NV|YOK|HIÁNYZIK|NENÍ_K_DISPOZICI|GETTING_DATA|#+)|Err:\d{3}|Loading(?:\.\.\.|…)",
    re.IGNORECASE,
)
# A spreadsheet writes long numbers so, and a data frame adds ".0" to a column with one empty cell in it.
_SHEET_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d*)?[eE]\+\d+|[+-]?\d+[.,]\d*[eE]-?\d+|[+-]?\d+\.0*")
_HASH = re.compile("#.*", re.DOTALL)
_SHEET_QUOTES = re.compile(r"['’=].*", re.DOTALL)
# What an input method makes of commas, digits and letters; wide parentheses are ordinary in Chinese.
_WIDE = re.compile("[\uff0c\u3001\uff1b\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u3000]")
_JOINERS = "\u200c\u200d\ufe0f"
# Word processors and mail programs make these of plain quotes, hyphens and dots.
_TYPESET = re.compile("[\u2010-\u2015\u2018-\u201f\u2026\u2032\u2033\u2039\u203a\u2212\u00ab\u00bb]")
_WIDE_SIGN = re.compile("[\uff02-\uff07\uff0a-\uff1e\uff20-\uff5e\uffe0-\uffe6]")
"""In a tag also the signs, such as a Chinese colon; parentheses, ! and ? are ordinary there."""
_QUOTES_OF_YAML = "\"'`"
_CONTROLS = {"\t": "TAB", "\n": "LINE FEED"}
_SEPARATORS = re.compile(r'[,;"]')


class AccountFault(NamedTuple):
    """What is wrong with an account.

    Attributes:
        kind: One word for it; rows of one kind are counted together.
        message: What is wrong.
        hint: What to do about it; may be empty.
    """

    kind: str
    message: str
    hint: str = ""


_JOINTS = {
    ",": AccountFault(
        "comma", phrase("holds a comma"), phrase("a comma does not separate them: write each as its own item")
    ),
    ";": AccountFault(
        "semicolon",
        phrase("holds a semicolon"),
        phrase("a semicolon does not separate them: write each as its own item"),
    ),
    "|": AccountFault(
        "bar",
        phrase("holds a vertical bar"),
        phrase("a vertical bar does not separate them: write each as its own item"),
    ),
}
"""What people put between several of them."""
_AS_IN_APP = phrase("the service compares bytes: write it as the app does")
_EMPTY = AccountFault("empty", phrase("the account is empty"), phrase("fill it in or delete the row"))
_TEMPLATE = AccountFault(
    "template", phrase("an audience is never a template"), phrase("write the account out")
)
_NUMBER = AccountFault(
    "number",
    phrase("the account is a number that a spreadsheet has changed"),
    phrase("export it again from the source with the column formatted as text"),
)
_QUOTES = AccountFault(
    "quotes",
    phrase("the account begins with a sign by which a spreadsheet marks text"),
    phrase("export it again from the source, without a spreadsheet in between"),
)
_CELL = AccountFault(
    "cell",
    phrase("the account looks like a spreadsheet's error value"),
    phrase("correct the cell or delete the row"),
)
_SDK_ID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
"""A RegistrationID as the SDK of the service makes it; an app may set its own."""
_REGISTRATION = phrase(
    "it looks like a RegistrationID: only timpush/batch takes these, and an audience says ids: registration"
)
_SHEET_FAULTS = ((_SHEET_ERROR, _CELL), (_HASH, _CELL), (_SHEET_NUMBER, _NUMBER), (_SHEET_QUOTES, _QUOTES))
_SEPARATOR = AccountFault(
    "separator",
    phrase("the account holds a comma, a semicolon or a quote, as a row of several columns does"),
    phrase("name a file with columns .csv, and write one account in each row"),
)


def account_fault(account: str, limit: Limit) -> AccountFault | None:
    """Return what is wrong with an account, or None.

    Args:
        account: As written in the file.
        limit: How long it may be.
    """
    if _is_word(account):
        return AccountFault("word", *_missing_word(account)) if account.strip() else _EMPTY
    if len(account) <= limit.value and PLAIN_ID.fullmatch(account):
        return None
    if "{{" in account or "{%" in account:
        return _TEMPLATE
    if unseen := unseen_in(account) or blank_in(account):
        message = phrase("the account holds white space or an invisible character ({unseen})", unseen=unseen)
        return AccountFault("unseen", message, phrase("delete it: it makes this a different account"))
    for pattern, fault in _SHEET_FAULTS:
        if pattern.fullmatch(account):
            return fault
    if _SEPARATORS.search(account):
        return _SEPARATOR
    if limit.exceeded_by(account):
        message = phrase(
            "the account is {size} bytes; the service takes {limit}",
            size=limit.measure(account),
            limit=limit.value,
        )
        return AccountFault("length", message, _REGISTRATION if _SDK_ID.fullmatch(account) else "")
    return None


def _missing_word(account: str) -> tuple[str, str]:
    return phrase("the account is {account}, which means that there is no value", account=account), phrase(
        "fill it in or delete the row"
    )


def are_plain(accounts: Sequence[str], limit: Limit) -> bool:
    """Whether no account needs a look: a million are checked in one go, and nearly all are of this kind."""
    lines = "\n".join(accounts)
    if lines.count("\n") != len(accounts) - 1:  # a line feed in one of them would look like two plain ones
        return False
    if not _plain_lines(limit.value).fullmatch(lines):
        return False
    return min(map(len, accounts), default=0) > _LONGEST_WORD or MISSING.isdisjoint(map(str.lower, accounts))


@lru_cache(maxsize=8)
def _plain_lines(length: int) -> re.Pattern[str]:
    # Possessive: a million lines that match leave nothing to go back to.
    return re.compile(rf"(?:[A-Za-z0-9_-]{{1,{length}}}+(?:\n(?=.)|\Z))*+", re.DOTALL)


def unseen_in(text: str) -> str:
    """Return the name of the first character of ``text`` that nobody sees, joiners included; else nothing."""
    if text.isascii() and text.isprintable():
        return ""
    hidden = [*hidden_in(text), *(_name(mark) for mark in _JOINERS + "\t\n" if mark in text)]
    return hidden[0] if hidden else ""


def blank_in(text: str) -> str:
    """Return the name of the first white space in ``text``, or an empty text."""
    return next((_name(character) for character in text if character.isspace()), "")


def _name(character: str) -> str:
    name = unicodedata.name(character, "") or _CONTROLS.get(character, "")
    return f"U+{ord(character):04X} {name}".rstrip()


def is_missing(value: str) -> bool:
    """Whether a person's value means no value: empty, ``NULL``, ``#N/A`` and the like."""
    return _is_word(value) or _SHEET_ERROR.fullmatch(value.strip()) is not None


def _is_word(text: str) -> bool:
    word = text.strip()
    return word.lower() in MISSING and word not in _NAMES


def condition_warning(text: str) -> AccountFault | None:
    """Return what makes a tag or an attribute one that nobody may have, or None.

    No page of the vendor forbids a character in one, so none of these is an error.
    """
    for joint, fault in _JOINTS.items():
        if joint in text:
            return fault
    if blank := blank_in(text.replace(" ", "")):
        return AccountFault("blank", phrase("holds an unusual blank ({blank})", blank=blank), _AS_IN_APP)
    if typeset := _TYPESET.search(text):
        message = phrase(
            "holds {sign} ({name}), which editors put in", sign=typeset[0], name=_name(typeset[0])
        )
        return AccountFault("typeset", message, _AS_IN_APP)
    if text[0] in _QUOTES_OF_YAML or text[-1] in _QUOTES_OF_YAML:
        hint = phrase("YAML takes the outer quotes off, and no others: delete these")
        return AccountFault("quotes", phrase("begins or ends with a quote"), hint)
    if wide := _WIDE_SIGN.search(text):
        return AccountFault("wide", phrase("holds a full-width {wide}", wide=wide[0]), _AS_IN_APP)
    return form_warning(text)


def form_warning(text: str) -> AccountFault | None:
    """Return what makes an account, a tag or an attribute easy to confuse with another one, or None."""
    if text.isascii():
        return None
    if unicodedata.normalize("NFC", text) != text:
        hint = phrase("the service compares bytes: write it in the form that the app uses, usually NFC")
        return AccountFault("form", phrase("is in a decomposed Unicode form (not NFC)"), hint)
    if wide := _WIDE.search(text):
        return AccountFault("wide", phrase("holds a full-width {wide}", wide=wide[0]), _AS_IN_APP)
    return None


def account_warning(account: str, who: str) -> AccountFault | None:
    """Return what is unusual about an account that :func:`account_fault` lets pass, or None.

    Args:
        account: As written in the file.
        who: What the message calls it.
    """
    if PLAIN_ID.fullmatch(account):
        return None
    if warning := form_warning(account):
        return warning._replace(message=phrase("{who} {warning}", who=who, warning=warning.message))
    hint = phrase("the vendor advises against other characters in an id")
    return AccountFault(
        "characters", phrase("{account} holds more than letters, digits, _ and -", account=who), hint
    )

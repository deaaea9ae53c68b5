"""What the tag and attribute endpoints have in common: lists of accounts, and errors account by account.

Two generations exist (https://trtc.io/document/67821, https://tencentcloud.com/document/product/1047/37173):
``timpush`` reports an account that does not exist in ``ErrorList``; the legacy one knows no such list and no
RegistrationIDs, and so refuses the whole call.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pushspec.sandbox.answers import Body, Refusal, success
from pushspec.sandbox.endpoints.requests import read_body
from pushspec.sandbox.store.accounts import USER_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.sandbox.state import State

BAD_BODY = 90001
TOO_MANY = 90018
NO_SUCH_ACCOUNT = 70107
OTHER_KIND = 90035
BAD_ATTRIBUTE = 90033
TOO_MANY_TAGS = 90032
TAG_TOO_LONG = 90034

_LEGACY = "all_member_push/"


@dataclass(slots=True)
class Errors:
    """Accounts for which a call did not work."""

    legacy: bool
    items: list[Body] = field(default_factory=list)

    def add(self, account: str, code: int, info: str) -> None:
        """Report an account.

        Raises:
            Refusal: The endpoint is of the generation without ``ErrorList``.
        """
        if self.legacy:
            raise Refusal(code, f"{account}: {info}")
        self.items.append({"To_Account": account, "ErrorCode": code, "ErrorInfo": info})

    def answer(self, **fields: Any) -> Body:  # noqa: ANN401 - fields of a JSON answer
        """Return the answer of a call that worked for the others."""
        return success(**fields, **({"ErrorList": self.items} if self.items else {}))


def errors_for(path: str) -> Errors:
    """Return an empty list of errors for an endpoint."""
    return Errors(path.startswith(_LEGACY))


def items_of(state: State, raw: bytes, name: str) -> tuple[Body, list[Any]]:
    """Return a request and the list in it.

    Raises:
        Refusal: 90001 it has no such list, 90018 the list is too long.
    """
    body = read_body(state, raw, BAD_BODY)
    items = body.get(name)
    if not isinstance(items, list) or not items:
        raise Refusal(BAD_BODY, f"{name} is missing, empty or not an array")
    most = state.settings.limits.accounts_per_tag_call.value
    if len(items) > most:
        raise Refusal(TOO_MANY, f"{name} has {len(items)} accounts; {most} are allowed")
    return body, items


def known_accounts(state: State, names: list[Any], errors: Errors) -> Iterator[tuple[int, str, int, int]]:
    """Yield place, name, number and kind of each account that exists; the others are reported.

    Raises:
        Refusal: 90001, an account is not a string.
    """
    if not all(isinstance(name, str) for name in names):
        raise Refusal(BAD_BODY, "an account is not a string")
    found = state.accounts.find_with_kind(names)
    for place, name in enumerate(names):
        number, kind = found.get(name, (0, USER_ID))
        if number == 0 or (errors.legacy and kind != USER_ID):
            errors.add(name, NO_SUCH_ACCOUNT, "the account does not exist")
        else:
            yield place, name, number, kind


def account_names(items: list[Any]) -> list[Any]:
    """Return ``To_Account`` of each item.

    Raises:
        Refusal: 90001, an item is no object.
    """
    if not all(isinstance(item, dict) for item in items):
        raise Refusal(BAD_BODY, "an item is not an object")
    return [item.get("To_Account") for item in items]

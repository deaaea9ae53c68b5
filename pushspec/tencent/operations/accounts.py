"""Which accounts the app has.

Page: https://cloud.tencent.com/document/product/269/38417, read 2026-05-18. It knows UserIDs; no page says
how to ask for RegistrationIDs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from pushspec.tencent.model import Items  # noqa: TC001 - pydantic reads it at run time
from pushspec.tencent.operations.asking import Told, read_told, told
from pushspec.tencent.operations.operation import Operation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.tencent.operations.asking import Asker

CHECK = Operation(
    "im_open_login_svc/account_check",
    "account_calls_per_second",
    "https://cloud.tencent.com/document/product/269/38417",
)
_IS_KNOWN = {"Imported": True, "NotImported": False}


class _Checked(Told):
    account: str = Field(validation_alias="UserID")
    status: str | None = told("AccountStatus")


class _CheckAnswer(Told):
    people: Items[_Checked] | None = told("ResultItem")


async def ask_known(asker: Asker, accounts: Sequence[str]) -> dict[str, bool]:
    """Return whether the app has each account; one that the service does not tell of is missing.

    Args:
        asker: The way to the service.
        accounts: 1 to ``accounts_per_account_call`` of them.
    """
    body = {"CheckItem": [{"UserID": account} for account in accounts]}
    people = read_told(_CheckAnswer, await asker.ask(CHECK, body)).people or ()
    return {
        it.account: _IS_KNOWN[it.status] for it in people if it.account in accounts and it.status in _IS_KNOWN
    }

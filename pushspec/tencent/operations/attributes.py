"""Attributes of people and their names.

Pages: https://trtc.io/document/67815 (names), https://trtc.io/document/60563 (set names),
https://trtc.io/document/67817 (of people), https://trtc.io/document/60565 (set),
https://trtc.io/document/60566 (remove), all read 2026-05-18.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from pushspec.tencent.model import Items  # noqa: TC001 - pydantic reads it at run time
from pushspec.tencent.operations.asking import Told, read_told, told
from pushspec.tencent.operations.operation import Operation
from pushspec.tencent.operations.people import PACE, Observed, PeopleAnswer, observed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pushspec.serialization import Json
    from pushspec.tencent.operations.asking import Asker

GET_NAMES = Operation("timpush/get_attr_name", PACE, "https://trtc.io/document/67815")
SET_NAMES = Operation("timpush/set_attr_name", PACE, "https://trtc.io/document/60563")
GET = Operation("timpush/get_attr", PACE, "https://trtc.io/document/67817")
SET = Operation("timpush/set_attr", PACE, "https://trtc.io/document/60565")
REMOVE = Operation("timpush/remove_attr", PACE, "https://trtc.io/document/60566")


class _NamesAnswer(Told):
    # Required: a slot whose name was not told must not be taken for a free one.
    names: dict[str, str] = Field(validation_alias="AttrNames")


class _PersonAttributes(Told):
    account: str = Field(validation_alias="To_Account")
    values: dict[str, str] | None = told("Attrs")


class _AttributesAnswer(PeopleAnswer):
    people: Items[_PersonAttributes] | None = told("UserAttrs")


async def ask_names(asker: Asker) -> dict[str, str]:
    """Return the app's attribute names by slot, "0" to "9"; it raises as :meth:`Asker.ask`."""
    return read_told(_NamesAnswer, await asker.ask(GET_NAMES, {})).names


async def set_names(asker: Asker, names: Mapping[str, str]) -> None:
    """Name slots of the app; a slot that has a name gets another one."""
    await asker.ask(SET_NAMES, {"AttrNames": dict(names)})


async def ask_attributes(asker: Asker, accounts: Sequence[str]) -> Observed:
    """Return the attributes of 1 to ``accounts_per_tag_call`` accounts; it raises as :meth:`Asker.ask`."""
    answer = read_told(_AttributesAnswer, await asker.ask(GET, {"To_Account": list(accounts)}))
    return observed(answer, ((it.account, it.values) for it in answer.people or ()), accounts)


async def set_attributes(asker: Asker, values: Mapping[str, Mapping[str, str]]) -> dict[str, int]:
    """Give attributes of accounts values, and return the error code of each that was refused."""
    items = [{"To_Account": account, "Attrs": dict(given)} for account, given in values.items()]
    return await _write(asker, SET, items, values)


async def remove_attributes(asker: Asker, names: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Take the values of attributes from accounts, and return the error code of each that was refused."""
    items = [{"To_Account": account, "Attrs": list(taken)} for account, taken in names.items()]
    return await _write(asker, REMOVE, items, names)


async def _write(
    asker: Asker, operation: Operation, items: Sequence[Json], asked: Mapping[str, object]
) -> dict[str, int]:
    return read_told(PeopleAnswer, await asker.ask(operation, {"UserAttrs": list(items)})).refused_codes(
        asked
    )

"""Tags of people: ask for them, add some, remove some; a set is never replaced.

Pages: https://trtc.io/document/60567 (get), https://trtc.io/document/67821 (add),
https://trtc.io/document/67822 (remove), all read 2026-05-18.
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

    from pushspec.tencent.operations.asking import Asker

GET = Operation("timpush/get_tag", PACE, "https://trtc.io/document/60567")
ADD = Operation("timpush/add_tag", PACE, "https://trtc.io/document/67821")
REMOVE = Operation("timpush/remove_tag", PACE, "https://trtc.io/document/67822")


class _PersonTags(Told):
    account: str = Field(validation_alias="To_Account")
    tags: Items[str] | None = told("Tags")


class _TagsAnswer(PeopleAnswer):
    people: Items[_PersonTags] | None = told("UserTags")


async def ask_tags(asker: Asker, accounts: Sequence[str]) -> Observed:
    """Return the tags of 1 to ``accounts_per_tag_call`` accounts; it raises as :meth:`Asker.ask`."""
    answer = read_told(_TagsAnswer, await asker.ask(GET, {"To_Account": list(accounts)}))
    return observed(answer, ((it.account, it.tags) for it in answer.people or ()), accounts)


async def add_tags(asker: Asker, tags: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Add tags to accounts, and return the error code of each that was refused.

    Args:
        asker: The way to the service.
        tags: By account: 1 to ``tags_added_per_user`` of each.
    """
    return await _write(asker, ADD, tags)


async def remove_tags(asker: Asker, tags: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Remove tags from accounts, and return the error code of each that was refused."""
    return await _write(asker, REMOVE, tags)


async def _write(asker: Asker, operation: Operation, tags: Mapping[str, Sequence[str]]) -> dict[str, int]:
    items = [{"To_Account": account, "Tags": list(names)} for account, names in tags.items()]
    answer = read_told(PeopleAnswer, await asker.ask(operation, {"UserTags": items}))
    return answer.refused_codes(tags)

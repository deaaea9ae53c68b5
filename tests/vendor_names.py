"""The service's names of fields, collected from the models that write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel

from pushspec.tencent.conditions import AttributeCondition, TagCondition
from pushspec.tencent.delivery import Delivery, carriers
from pushspec.tencent.messages import Element
from pushspec.tencent.offline_push import Notification

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCKS = frozenset({"PushFlag", "MultiLanguageContent", "AndroidInfo", "ApnsInfo", "HarmonyInfo"})
"""Fields that :class:`Notification` puts together itself."""

ENVELOPE = frozenset(
    {"From_Account", "To_Account", "MsgRandom", "Condition", "MsgBody", "MsgType", "MsgContent"}
    | {"OfflinePushInfo", "ActionStatus", "ErrorInfo", "ErrorList"}
)
"""Fields of requests and answers that no campaign writes; people read of TaskId, DataId and ErrorCode."""


def models(*roots: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield models and all that their fields hold."""
    seen: set[type[BaseModel]] = set()
    pending: list[object] = list(roots)
    while pending:
        found = pending.pop()
        if isinstance(found, type) and issubclass(found, BaseModel):
            if found not in seen:
                seen.add(found)
                yield found
                pending += [field.annotation for field in found.model_fields.values()]
        else:
            pending += getattr(found, "__args__", ())


def wire_names(model: type[BaseModel]) -> set[str]:
    """Return the service's names of a model's own fields."""
    return {str(it.serialization_alias) for it in model.model_fields.values() if it.serialization_alias}


def all_wire_names() -> set[str]:
    """Return every name of the service that a campaign can write."""
    names = {name for model in models(Notification, Element) for name in wire_names(model)}
    names |= {name for model in (TagCondition, AttributeCondition) for name in wire_names(model)}
    names |= {carried.name for key in Delivery.model_fields for carried in carriers(key)}
    return names | BLOCKS

"""The service's names of fields, collected from the models that write them."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from pydantic import BaseModel

from pushspec.tencent.conditions import AttributeCondition, TagCondition
from pushspec.tencent.delivery import Delivery, carriers
from pushspec.tencent.messages import Element
from pushspec.tencent.offline_push import Notification
from pushspec.tencent.web_push import Web

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCKS = frozenset({"PushFlag", "MultiLanguageContent", "AndroidInfo", "ApnsInfo", "HarmonyInfo"})
"""Fields that :class:`Notification` puts together itself."""

ENVELOPE = frozenset(
    {"From_Account", "To_Account", "MsgRandom", "Condition", "MsgBody", "MsgType", "MsgContent"}
    | {"OfflinePushInfo", "WebInfo", "ActionStatus", "ErrorInfo", "ErrorList"}
)
"""Fields of requests and answers that no campaign writes."""

PEOPLE_READ = frozenset({"TaskId", "DataId", "ErrorCode", "UserID"})
"""Names of the service that people meet in its console, in callbacks and in the lockfile."""

_FIELD = re.compile(r"[A-Z]\w*[a-z]_?[A-Z]\w*")
"""A text in the source that can only be a name of the service: two capitals, and a small letter between."""


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


def names_in_source(folder: Path) -> set[str]:
    """Return every name of a field that stands as a text in the Python files of a folder."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.py")))
    texts = (node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {text for text in texts if isinstance(text, str) and _FIELD.fullmatch(text)}


def all_wire_names() -> set[str]:
    """Return every name of the service that a campaign can write."""
    names = {name for model in models(Notification, Element, Web) for name in wire_names(model)}
    names |= {name for model in (TagCondition, AttributeCondition) for name in wire_names(model)}
    names |= {carried.name for key in Delivery.model_fields for carried in carriers(key)}
    return names | BLOCKS

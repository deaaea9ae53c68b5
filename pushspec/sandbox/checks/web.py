"""The bodies of browser pushes.

Sources: https://trtc.io/zh/document/80440 (everyone, tags), https://trtc.io/zh/document/80441 (listed
accounts). The pages give ``Message`` a type and no fields, so only the type is checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.sandbox.answers import Body, Refusal
from pushspec.sandbox.checks import fields, send_fields

if TYPE_CHECKING:
    from pushspec.sandbox.checks.conditions import Condition
    from pushspec.sandbox.checks.send_fields import Rules

_BAD_BODY = 90001
_TEXTS = ("Title", "Desc", "Ext", "URL")


def check_content(body: Body) -> None:
    """Check ``WebInfo`` and ``Message``, of which one at least must be there.

    Raises:
        Refusal: 90001.
    """
    info, message = fields.mapping(body, "WebInfo", _BAD_BODY), fields.mapping(body, "Message", _BAD_BODY)
    if info is None and message is None:
        raise Refusal(_BAD_BODY, "WebInfo and Message are both missing")
    for name in _TEXTS:
        if info is not None and not isinstance(info.get(name, ""), str):
            raise Refusal(_BAD_BODY, f"WebInfo.{name} is not a string")


def tag_condition(body: Body, rules: Rules) -> Condition | None:
    """Return whom a browser push is narrowed down to; its page knows everyone and tags.

    Raises:
        Refusal: 90001 for attributes, and the codes of tags.
    """
    condition = body.get("Condition")
    if isinstance(condition, dict) and {"AttrsOr", "AttrsAnd", "TagsNot"} & set(condition):
        raise Refusal(_BAD_BODY, "a browser push is narrowed down by TagsOr or TagsAnd only")
    return send_fields.condition(body, rules, pairs=False, tags_not=False)

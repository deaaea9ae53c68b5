"""The exact body of a campaign: what its author wrote, under the service's names, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pushspec.serialization import Json
    from pushspec.spec.campaign import Audience, Campaign, Delivery
    from pushspec.spec.content import Content

_CONTROLS = (
    ("unread", "NoUnread"),
    ("last_message", "NoLastMsg"),
    ("respect_mute", "WithMuteNotifications"),
    ("moderation", "NoMsgCheck"),
)
"""``SendMsgControl``: a delivery key, and the word that is sent when the key is given."""


def body_content(campaign: Campaign, audience: Audience, content: Content) -> dict[str, Json]:
    """Return the body without ``To_Account``, ``MsgRandom`` and ``DataId``.

    Source: the vendor's pages of the five endpoints, see :mod:`pushspec.tencent.endpoints`.
    """
    body: dict[str, Json] = {}
    if campaign.from_ is not None:
        body["From_Account"] = campaign.from_
    condition = _condition(audience)
    if condition:
        body["Condition"] = condition
    if campaign.delivery is not None:
        body |= _delivery(campaign.delivery, content.custom_data)
    if content.message is not None:
        body["MsgBody"] = [element.to_wire() for element in content.message]
    if content.notification is not None:
        body["OfflinePushInfo"] = content.notification.to_wire()
    return body


def _condition(audience: Audience) -> dict[str, Json]:
    """Return ``Condition``; empty for everyone, whom the service knows by its absence."""
    condition: dict[str, Json] = {}
    if audience.tags is not None:
        tags = audience.tags
        lists = (("TagsOr", tags.any), ("TagsAnd", tags.all), ("TagsNot", tags.not_))
        condition |= {name: list(given) for name, given in lists if given is not None}
    if audience.attributes is not None:
        attributes = audience.attributes
        pairs = (("AttrsOr", attributes.any), ("AttrsAnd", attributes.all))
        condition |= {name: dict(given) for name, given in pairs if given is not None}
    return condition


def _delivery(delivery: Delivery, custom_data: str | None) -> dict[str, Json]:
    fields: dict[str, Json] = {
        "OnlineOnlyFlag": _choice(delivery.history, yes=0, no=1),
        "MsgLifeTime": delivery.lifetime,
        "SyncOtherMachine": _choice(delivery.sync_to_sender, yes=1, no=2),
        "MsgSeq": delivery.sequence,
        "SendMsgControl": [word for key, word in _CONTROLS if key in delivery.model_fields_set] or None,
        "IsNeedReadReceipt": _choice(delivery.read_receipt, yes=1, no=0),
        "CloudCustomData": custom_data,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _choice(said: bool | None, *, yes: int, no: int) -> int | None:  # noqa: FBT001 - the value itself
    if said is None:
        return None
    return yes if said else no

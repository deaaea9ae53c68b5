"""What a campaign's ``delivery`` holds: each key with the service's field and the endpoints that carry it.

To add a key, add a line to :class:`Delivery`; the rules, the JSON Schema and the body follow from it.
Source: the vendor's pages of the endpoints, see :mod:`pushspec.tencent.endpoints`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, WithJsonSchema

from pushspec.language import phrase
from pushspec.tencent.endpoints import EndpointName
from pushspec.tencent.model import Model, refusal

if TYPE_CHECKING:
    from pushspec.serialization import Json
    from pushspec.tencent.fields import Fields

_LIFETIME = re.compile(r"(\d{1,9})([smhd]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}


def _lifetime(value: object) -> object:
    if isinstance(value, str) and (match := _LIFETIME.fullmatch(value)):
        return int(match[1]) * _SECONDS[match[2]]
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise refusal("lifetime-form", phrase("is not a duration such as 90s, 2h, 7d or a number of seconds"))


Lifetime = Annotated[
    int,
    BeforeValidator(_lifetime),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^\d{1,9}[smhd]?$"}]}
    ),
]
"""Seconds, written as 90s, 2h, 7d or a number."""


@dataclass(frozen=True, slots=True)
class Carried:
    """How a key travels.

    Attributes:
        name: The service's field.
        by: The endpoints that carry it.
        yes: What is sent for ``true``; None where the value itself is sent.
        no: What is sent for ``false``.
        word: The key adds this word to the list in ``name``, whatever its value.
        only_with_message: ``timpush/push`` carries it only beside a message.
    """

    name: str
    by: tuple[EndpointName, ...]
    yes: int | None = None
    no: int | None = None
    word: str | None = None
    only_with_message: bool = False

    def value(self, given: Json) -> Json:
        """Return what is sent for a value."""
        return given if self.yes is None else (self.yes if given else self.no)

    def read_back(self, fields: Fields) -> Json:
        """Return what people would write to get this field; None where it is missing."""
        if self.yes is None or self.no is None:
            return fields.take(self.name)
        return fields.choose(self.name, {self.yes: True, self.no: False})


_PUSH, _IM_PUSH, _BATCH = EndpointName.PUSH, EndpointName.IM_PUSH, EndpointName.BATCH
_WEBBATCH = EndpointName.WEBBATCH
_CHAT = (EndpointName.BATCHSENDMSG,)


def key(description: str, **constraints: Any) -> Any:  # noqa: ANN401 - pydantic's own signature
    """Return an optional field; the annotation holds its :class:`Carried`."""
    return Field(default=None, description=description, **constraints)


def control(word: str) -> Carried:
    """Return a key that puts ``word`` into ``SendMsgControl``."""
    return Carried("SendMsgControl", _CHAT, word=word)


class Delivery(Model):
    """How the service treats the message; a key that is not given is not sent."""

    history: Annotated[
        bool | None, Carried("OnlineOnlyFlag", (_PUSH, *_CHAT), yes=0, no=1, only_with_message=True)
    ] = key("Whether it is stored as chat history.")
    lifetime: Annotated[
        Lifetime | None,
        Carried("MsgLifeTime", (_IM_PUSH,)),
        Carried("OfflineStorageTime", (_PUSH, _BATCH)),
    ] = key("How long it waits for a device, up to 7d; it may thus arrive after not_after.")
    marketing: Annotated[bool | None, Carried("Classification", (_PUSH, _BATCH), yes=1, no=0)] = key(
        "true: the daily caps that the console sets for each phone maker apply."
    )
    data_id: Annotated[str | None, Carried("DataId", (_BATCH, _WEBBATCH))] = key(
        "What callbacks name the call by, at most 64 bytes; the call's key unless given."
    )
    task_name: Annotated[str | None, Carried("TaskName", (_BATCH, _WEBBATCH))] = key(
        "Its name in the console's list, at most 20 bytes; no page documents it for timpush/batch."
    )
    sync_to_sender: Annotated[bool | None, Carried("SyncOtherMachine", _CHAT, yes=1, no=2)] = key(
        "Whether the sender's devices show it too."
    )
    sequence: Annotated[int | None, Carried("MsgSeq", _CHAT)] = key(
        "Order within one second.", ge=0, le=4_294_967_295
    )
    unread: Annotated[Literal[False] | None, control("NoUnread")] = key("false: not counted as unread.")
    last_message: Annotated[Literal[False] | None, control("NoLastMsg")] = key(
        "false: the conversation's last message stays."
    )
    respect_mute: Annotated[Literal[True] | None, control("WithMuteNotifications")] = key(
        "true: receivers' do-not-disturb holds."
    )
    moderation: Annotated[Literal[False] | None, control("NoMsgCheck")] = key(
        "false: not checked by content moderation."
    )
    read_receipt: Annotated[bool | None, Carried("IsNeedReadReceipt", _CHAT, yes=1, no=0)] = key(
        "Whether a read receipt is asked for."
    )
    custom_data: Annotated[str | None, Carried("CloudCustomData", _CHAT)] = key(
        "Stored with the message for the app."
    )

    def templated(self) -> dict[str, str]:
        """Return the given texts that may hold templates, by their key."""
        return {name: text for name in TEMPLATED if (text := getattr(self, name)) is not None}

    def to_wire(self, endpoint: EndpointName) -> dict[str, Json]:
        """Return the fields of the body that the given keys become on an endpoint."""
        body: dict[str, Json] = {}
        for name in Delivery.model_fields:
            carried = carried_by(name, endpoint)
            if name not in self.model_fields_set or carried is None:
                continue
            if carried.word is not None:
                body[carried.name] = [*body.get(carried.name, ()), carried.word]
            else:
                body[carried.name] = carried.value(getattr(self, name))
        return body

    @staticmethod
    def fields_on(endpoint: EndpointName) -> set[str]:
        """Return the fields of the body that keys may become on an endpoint."""
        return {it.name for name in Delivery.model_fields if (it := carried_by(name, endpoint)) is not None}

    @staticmethod
    def from_wire(fields: Fields, endpoint: EndpointName) -> dict[str, Json]:
        """Return what people would write to get the fields of a body on an endpoint."""
        written: dict[str, Json] = {}
        words: dict[str, Json] = {}
        for name in Delivery.model_fields:
            carried = carried_by(name, endpoint)
            if carried is None:
                continue
            if carried.word is not None:
                words.setdefault(carried.name, {})[carried.word] = name
            elif (value := carried.read_back(fields)) is not None:
                written[name] = value
        for field, names in words.items():
            written |= _controls(fields, field, names)
        return written


def _controls(fields: Fields, field: str, names: dict[str, str]) -> dict[str, Json]:
    given = fields.take(field)
    if given is None:
        return {}
    if not isinstance(given, list) or not given or not set(map(str, given)) <= set(names):
        fields.refuse(field, phrase("is no list of {names}", names=", ".join(names)))
        return {}
    return {names[word]: _only_value(names[word]) for word in given}


def _only_value(name: str) -> Json:
    """Return the one value that a key takes besides none, from its ``Literal``."""
    annotation = Delivery.model_fields[name].annotation
    return next(value for part in get_args(annotation) for value in get_args(part))


TEMPLATED = ("custom_data", "data_id")
"""Keys whose text may hold templates."""


def carriers(name: str) -> tuple[Carried, ...]:
    """Return how a key of :class:`Delivery` travels, once for each field that it may become."""
    return tuple(it for it in Delivery.model_fields[name].metadata if isinstance(it, Carried))


def carried_by(name: str, endpoint: EndpointName) -> Carried | None:
    """Return how a key travels on an endpoint; None where the endpoint has no field for it."""
    return next((carried for carried in carriers(name) if endpoint in carried.by), None)


def endpoints_for(name: str) -> tuple[EndpointName, ...]:
    """Return the endpoints that carry a key, in the order of :class:`EndpointName`."""
    return tuple(endpoint for endpoint in EndpointName if carried_by(name, endpoint) is not None)

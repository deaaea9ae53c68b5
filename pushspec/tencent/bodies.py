"""Bodies of sends: composed from what a campaign says, and read back by everything that compares them.

A *content* is a body without what differs between the calls of a variant: accounts, ``MsgRandom`` and
``DataId``. Lockfiles keep contents, so what reads them here also reads those that older versions wrote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.serialization import canonical_json, wire_json
from pushspec.tencent.conditions import AttributeCondition, TagCondition, Term, read_condition
from pushspec.tencent.delivery import Delivery
from pushspec.tencent.endpoints import ENDPOINTS, EndpointName
from pushspec.tencent.fields import Fields, Unread
from pushspec.tencent.messages import Element
from pushspec.tencent.model import read_whole
from pushspec.tencent.offline_push import Notification
from pushspec.tencent.web_push import Web

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pushspec.serialization import Json
    from pushspec.tencent.conditions import AudienceCondition
    from pushspec.tencent.endpoints import Endpoint

Body = dict[str, "Json"]

_SENDER, _ACCOUNTS, _RANDOM, _DATA_ID = "From_Account", "To_Account", "MsgRandom", "DataId"
_CONDITION, _MESSAGE, _NOTIFICATION = "Condition", "MsgBody", "OfflinePushInfo"
_WEB, _PAGE_MESSAGE = "WebInfo", "Message"
_LONGEST_RANDOM = 4_294_967_295
_FIXED_BYTES = len(wire_json({_ACCOUNTS: [], _RANDOM: _LONGEST_RANDOM})) + 1
"""What every body to accounts has beside its content: the two fields, at their longest, and a comma."""

_MARKETING: tuple[tuple[str, str, Json], ...] = (
    ("huawei", "HuaWeiCategory", "MARKETING"),
    ("honor", "HonorImportance", "LOW"),
    ("oppo", "OPPOCategory", "MARKETING"),
    ("vivo", "VIVOCategory", "MARKETING"),
    ("vivo", "VIVOClassification", 0),
    ("meizu", "MeiZuNoticeMsgType", 0),
)
"""What marks a push as marketing (https://cloud.tencent.com/document/product/269/132325, 2026-05-29)."""

_CAPPED = ("honor", "huawei", "meizu", "oppo", "vivo", "xiaomi")
"""Vendors with a daily cap on marketing pushes (https://cloud.tencent.com/document/product/269/130977)."""


def compose_content(
    endpoint: Endpoint,
    *,
    sender: str | None,
    condition: AudienceCondition | None,
    delivery: Delivery | None,
    message: Sequence[Element] | None,
    notification: Notification | None,
    web: Web | None = None,
    page_message: Mapping[str, Json] | None = None,
) -> Body:
    """Return what the author wrote under the service's names, and nothing else.

    Source: the vendor's pages of the endpoints, see :mod:`pushspec.tencent.endpoints`.
    """
    content: Body = {}
    if sender is not None:
        content[_SENDER] = sender
    if condition is not None:
        content[_CONDITION] = condition.to_wire()
    if delivery is not None:
        content |= delivery.to_wire(endpoint.name)
    if message is not None:
        content[_MESSAGE] = [element.to_wire() for element in message]
    if notification is not None:
        content[_NOTIFICATION] = notification.to_wire()
    if web is not None:
        content[_WEB] = web.to_wire()
    if page_message is not None:
        content[_PAGE_MESSAGE] = dict(page_message)
    return content


def compose_body(
    content: Mapping[str, Json], *, msg_random: int, accounts: Sequence[str] = (), data_id: str | None = None
) -> Body:
    """Return the exact body of one call: its content, and what is the call's own."""
    body: Body = {}
    if _SENDER in content:
        body[_SENDER] = content[_SENDER]
    if accounts:
        body[_ACCOUNTS] = list(accounts)
    body[_RANDOM] = msg_random
    if data_id is not None:
        body[_DATA_ID] = data_id
    return body | dict(content)  # a key that stands in both keeps its place


def body_bytes(content: Mapping[str, Json], *, msg_random: int, data_id: str | None, list_bytes: int) -> int:
    """Return the size of the body that :func:`compose_body` makes, from the size of its list of accounts."""
    size = len(wire_json(compose_body(content, msg_random=msg_random, data_id=data_id)))
    return size + (len(wire_json(_ACCOUNTS)) + list_bytes + 2 if list_bytes else 0)  # a colon and a comma


def data_id_of(content: Mapping[str, Json]) -> str | None:
    """Return the ``DataId`` that the author wrote; None if the call's key takes its place."""
    found: str | None = content.get(_DATA_ID)
    return found


def kept_s(content: Mapping[str, Json]) -> int:
    """Return how long the service keeps a push for a device that it cannot reach, in seconds; 0 if not."""
    return int(content.get("OfflineStorageTime") or content.get("MsgLifeTime") or 0)


def content_bytes(content: Mapping[str, Json], endpoint: Endpoint) -> int:
    """Return the size that the endpoint's ``body_limit`` bounds, without any account."""
    if endpoint.body_limit_counts_accounts:
        return len(wire_json({**content, _RANDOM: _LONGEST_RANDOM}))
    return len(wire_json(dict(content)))


def room_for_accounts(content: Mapping[str, Json], limit: int) -> int:
    """Return how many bytes of a body are left for accounts; :func:`account_bytes` says what one takes."""
    return limit - len(wire_json(dict(content))) - _FIXED_BYTES


def account_bytes(account: str) -> int:
    """Return what an account takes in a body: its JSON text and a comma."""
    return len(wire_json(account)) + 1


def list_bytes(accounts: Sequence[str]) -> int:
    """Return the size of a list of accounts in a body; 0 for none, which no body has."""
    if not accounts:
        return 0
    # One text is faster to write than many: what joins them is two bytes there and three in a list.
    return len(wire_json("\n".join(accounts))) + len(accounts) + 1


def with_few_accounts(body: Mapping[str, Json], most: int) -> Body:
    """Return a body for display, a list of more than ``most`` accounts shown by its ends."""
    accounts = body.get(_ACCOUNTS, [])
    if len(accounts) <= most:
        return dict(body)
    return {**body, _ACCOUNTS: [*accounts[:3], f"… {len(accounts) - 4} more …", accounts[-1]]}


def terms_of(content: Mapping[str, Json]) -> tuple[Term, ...]:
    """Return the lists of the condition; none for everyone, whose body has no condition."""
    return read_condition(content.get(_CONDITION) or {})


def without_condition(content: Mapping[str, Json]) -> Body:
    """Return a content without who gets it."""
    return {name: value for name, value in content.items() if name != _CONDITION}


def wording_of(content: Mapping[str, Json]) -> list[Json]:
    """Return what people see of a content; a list of None where they see nothing."""
    info = content.get(_NOTIFICATION) or content.get(_WEB) or {}
    seen = [info.get(name) for name in ("Title", "Desc", "MultiLanguageContent")]
    return [*seen, content.get(_MESSAGE) or content.get(_PAGE_MESSAGE)]


def marketing_of(content: Mapping[str, Json]) -> Iterator[str]:
    """Yield the vendors that count the push as marketing: all of them, or those whose own field says so."""
    if content.get("Classification") == 1:
        yield from _CAPPED
        return
    android = content.get(_NOTIFICATION, {}).get("AndroidInfo", {})
    for vendor, field, mark in _MARKETING:
        if android.get(field) == mark:
            yield vendor


def is_stored(content: Mapping[str, Json], endpoint: EndpointName) -> bool:
    """Whether the service writes the message into every user's history, which takes it long."""
    stored = _MESSAGE in content and content.get("OnlineOnlyFlag") != 1
    return stored and endpoint is EndpointName.PUSH


def endpoints_of(body: Mapping[str, Json]) -> list[EndpointName]:
    """Return the endpoints whose fields a body from elsewhere has, and no others."""
    return [name for name, endpoint in ENDPOINTS.items() if _may_be(body, endpoint)]


def _may_be(body: Mapping[str, Json], endpoint: Endpoint) -> bool:
    known = {_SENDER, _RANDOM, *Delivery.fields_on(endpoint.name)}
    known |= {_ACCOUNTS} if endpoint.to_accounts else {_CONDITION}
    if endpoint.to_browsers:
        shown = {_WEB, _PAGE_MESSAGE}
        lacks_content = shown.isdisjoint(body)
    else:
        shown = {_NOTIFICATION, _MESSAGE} if endpoint.takes_message else {_NOTIFICATION}
        lacks_content = endpoint.needs_message and _MESSAGE not in body
    is_known = known | shown >= set(body)
    return is_known and endpoint.to_accounts == (_ACCOUNTS in body) and not lacks_content


def read_body(body: Mapping[str, Json], endpoint: Endpoint) -> tuple[Body, list[Unread]]:
    """Return the keys of the campaign that a body from elsewhere says, and what has no place in one.

    Values are not checked; the campaign's own models do that.
    """
    unread: list[Unread] = []
    fields = Fields(body, (), unread)
    fields.take(_RANDOM)  # a campaign's calls get their own
    written: Body = {
        "from": fields.take(_SENDER),
        "audience": _read_audience(fields, endpoint),
        "delivery": Delivery.from_wire(fields, endpoint.name) or None,
    }
    written |= _read_web(fields) if endpoint.to_browsers else _read_phones(fields)
    fields.finish(phrase("has no place in a campaign for {name}", name=endpoint.name))
    return {name: value for name, value in written.items() if value is not None}, unread


def _read_phones(fields: Fields) -> Body:
    message = [Element.from_wire(item) for item in fields.each(_MESSAGE)] or None
    info = fields.below(_NOTIFICATION)
    return {"message": message, "notification": None if info is None else read_whole(Notification, info)}


def _read_web(fields: Fields) -> Body:
    info = fields.below(_WEB)
    shown = None if info is None else read_whole(Web, info)
    return {"web": shown, "message": fields.take(_PAGE_MESSAGE)}


def _read_audience(fields: Fields, endpoint: Endpoint) -> Json:
    if endpoint.to_accounts:
        return {"accounts": fields.take(_ACCOUNTS)}
    if _CONDITION not in fields:
        return {"everyone": True}
    condition = fields.below(_CONDITION)
    if condition is None:
        return None
    kinds = {"tags": TagCondition.from_wire(condition), "attributes": AttributeCondition.from_wire(condition)}
    condition.finish()
    return {kind: terms for kind, terms in kinds.items() if terms}


def differences(sample: Mapping[str, Json], body: Mapping[str, Json]) -> list[str]:
    """Return the fields in which a body differs from a sample, but for what each call has of its own."""
    own = {_RANDOM} if _DATA_ID in sample else {_RANDOM, _DATA_ID}
    names = [name for name in {**sample, **body} if name not in own]
    return [name for name in names if canonical_json(sample.get(name)) != canonical_json(body.get(name))]


def join_accounts(bodies: Sequence[Mapping[str, Json]]) -> Body:
    """Return the first of several bodies to listed accounts, with the accounts of all of them."""
    accounts = [account for body in bodies for account in body.get(_ACCOUNTS, ())]
    return {**bodies[0], _ACCOUNTS: accounts} if accounts else dict(bodies[0])

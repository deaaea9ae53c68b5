"""A body is read back into the very keys that it was composed from, field by field."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from pushspec.tencent.bodies import endpoints_of, read_body
from pushspec.tencent.delivery import Delivery, endpoints_for
from pushspec.tencent.endpoints import ENDPOINTS, EndpointName
from pushspec.tencent.messages import MESSAGE
from pushspec.tencent.offline_push import Notification
from tencent.test_messages import OPTIONAL, SMALLEST
from tencent.test_offline_push import FIELDS

PUSH = ENDPOINTS[EndpointName.PUSH]
NOTIFICATION: TypeAdapter[Notification] = TypeAdapter(Notification)
DELIVERY: TypeAdapter[Delivery] = TypeAdapter(Delivery)
VALUES: dict[str, list[Any]] = {
    "history": [True, False],
    "lifetime": [0, 7200],
    "marketing": [True, False],
    "data_id": ["order:1"],
    "task_name": ["Fair"],
    "sync_to_sender": [True, False],
    "sequence": [0, 5],
    "unread": [False],
    "last_message": [False],
    "respect_mute": [True],
    "moderation": [False],
    "read_receipt": [True, False],
    "custom_data": ["x"],
}


def _nested(path: str, value: Any) -> dict[str, Any]:
    first, _, rest = path.partition(".")
    return {first: _nested(rest, value) if rest else value}


@pytest.mark.parametrize(("written", "value"), [(written, value) for written, _, value in FIELDS])
def test_a_field_of_the_notification_is_read_back(written: str, value: Any) -> None:
    """What an import cannot read back, it would have to refuse."""
    notification = _nested(written, {"a": 1} if written == "ext" else value)
    body = {"OfflinePushInfo": NOTIFICATION.validate_python(notification).to_wire()}

    found, unread = read_body(body, PUSH)

    assert (found["notification"], unread) == (notification, [])


@pytest.mark.parametrize(("element", "key", "value"), [(it[0], it[1], it[3]) for it in OPTIONAL])
def test_a_field_of_a_message_is_read_back(element: str, key: str, value: Any) -> None:
    """Numbers of the service become the words that people write."""
    smallest = SMALLEST[element][0]
    content = {**smallest, key: value} if "." not in key else _merged(smallest, _nested(key, value))
    message = [{element: content}]
    body = {"MsgBody": [it.to_wire() for it in MESSAGE.validate_python(message)]}

    found, unread = read_body(body, PUSH)

    assert (found["message"], unread) == (message, [])


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    both = {
        key: _merged(one.get(key, {}), value) if isinstance(value, dict) else value
        for key, value in other.items()
    }
    return {**one, **both}


def test_every_key_of_delivery_is_read_back_on_each_endpoint_that_carries_it() -> None:
    """A flag that means yes on one endpoint may mean no on another."""
    assert set(VALUES) == set(Delivery.model_fields)
    for key, values in VALUES.items():
        for endpoint in endpoints_for(key):
            for value in values:
                body = DELIVERY.validate_python({key: value}).to_wire(endpoint)
                found, unread = read_body(body, ENDPOINTS[endpoint])
                assert (found["delivery"], unread) == ({key: value}, []), (key, endpoint)


@pytest.mark.parametrize(
    ("body", "endpoints"),
    [
        ({"OfflinePushInfo": {}}, [EndpointName.PUSH]),
        ({"MsgBody": []}, [EndpointName.PUSH, EndpointName.IM_PUSH]),
        ({"MsgBody": [], "MsgLifeTime": 1}, [EndpointName.IM_PUSH]),
        ({"To_Account": [], "OfflinePushInfo": {}}, [EndpointName.BATCH]),
        ({"To_Account": [], "MsgBody": []}, [EndpointName.BATCHSENDMSG]),
        ({"To_Account": [], "MsgBody": [], "Condition": {}}, []),
    ],
)
def test_a_body_tells_its_endpoint_by_its_fields(body: dict[str, Any], endpoints: list[EndpointName]) -> None:
    """Where it fits two, a person has to say which."""
    assert endpoints_of(body) == endpoints

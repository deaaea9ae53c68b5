"""Callbacks: posted to a URL in the documented form, signed, in parts of at most 100 events."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from serving import Door, serving

from pushspec.sandbox.callbacks import signature
from sandbox.kit import batch, batchsendmsg, push

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.kit import Caller

Received = list[tuple[dict[str, str], dict[str, Any]]]


@contextmanager
def receiver(status: int = 200) -> Iterator[tuple[str, Received]]:
    """Run a webhook on this machine; yield its URL and what it received."""
    received: Received = []

    class Webhook(Door):
        def do_POST(self) -> None:  # noqa: N802 - the library's own name
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            received.append((query, body))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b'{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}')

    with serving(Webhook) as address:
        yield f"{address}/hook", received


def test_the_signature_is_the_documented_one() -> None:
    """The vector of https://trtc.io/document/34354: SHA-256 over token and time, in hex."""
    signed = signature("xxxxyyyy", 1669872112)

    assert signed == {
        "Sign": "17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061",
        "RequestTime": "1669872112",
    }


def test_a_list_push_is_reported_with_its_data_id(sandbox_with: Callable[..., Caller]) -> None:
    """Push.AllMemberPush (https://trtc.io/document/67551): sent, then reached, for each device."""
    with receiver() as (url, received):
        caller = sandbox_with(callback_url=url, callback_token="xxxxyyyy")
        task = caller.call("timpush/batch", batch(To_Account=["bonnie"], DataId="spring@1"))["TaskId"]
        caller.app.sandbox.state.callbacks.close()

    ((query, body),) = received
    assert query == {
        "SdkAppid": "1400000000",
        "CallbackCommand": "Push.AllMemberPush",
        "contenttype": "json",
        **signature("xxxxyyyy", 1_800_000_000),
    }
    assert body["Events"][0] == {
        "CallbackCommand": "Push.AllMemberPush",
        "EventType": 1,
        "TaskId": task,
        "DataId": "spring@1",
        "TaskTime": 1_800_000_000,
        "EventTime": 1_800_000_000,
        "To_Account": "bonnie",
        "PushPlatform": 1,
        "PushStage": 1,
        "ErrCode": 0,
        "ErrInfo": "",
    }
    assert [event["PushStage"] for event in body["Events"]] == [1, 2]


def test_an_offline_push_of_a_chat_message_is_reported_apart(sandbox_with: Callable[..., Caller]) -> None:
    """Push.OfflinePush (https://trtc.io/document/67552), with the PushID that a trace takes."""
    with receiver() as (url, received):
        caller = sandbox_with(callback_url=url)
        caller.call(
            "openim/batchsendmsg", batchsendmsg(To_Account=["bonnie", "jared"], MsgSeq=5, MsgRandom=6)
        )
        caller.app.sandbox.state.callbacks.close()

    ((query, body),) = received
    event = body["Events"][0]
    assert query["CallbackCommand"] == "Push.OfflinePush"
    assert "Sign" not in query
    assert {event["To_Account"] for event in body["Events"]} == {"bonnie"}, "jared is online"
    assert (event["EventType"], event["MsgKey"], event["MsgSeq"], event["MsgRandom"], event["MsgTime"]) == (
        1,
        "5_6_1800000000",
        5,
        6,
        1_800_000_000,
    )
    assert caller.call("timpush/normal_push_trace", {"PushID": event["PushID"]})["InstanceTrace"]


def test_a_click_is_the_third_stage(sandbox_with: Callable[..., Caller]) -> None:
    """PushStage 3 when someone taps the notification; a lost push reports its reason."""
    with receiver() as (url, received):
        caller = sandbox_with(callback_url=url)
        caller.call("timpush/batch", batch(To_Account=["bonnie"]))
        caller.app.sandbox.click(caller.notifications("bonnie")[0]["id"])
        caller.app.sandbox.state.callbacks.close()

    stages = [event["PushStage"] for _, body in received for event in body["Events"]]
    assert stages == [1, 2, 3]


def test_events_come_in_parts_of_at_most_100(sandbox_with: Callable[..., Caller]) -> None:
    """https://trtc.io/document/67551."""
    with receiver() as (url, received):
        caller = sandbox_with(callback_url=url)
        caller.app.sandbox.seed(200)
        caller.call("timpush/push", push())
        caller.app.sandbox.tick()
        caller.app.sandbox.state.callbacks.close()

    sizes = [len(body["Events"]) for _, body in received]
    assert max(sizes) == 100
    assert sum(sizes) > 300


def test_a_failing_receiver_disturbs_nobody(sandbox_with: Callable[..., Caller]) -> None:
    """The push went out; what the receiver said is shown to whoever watches."""
    with receiver(status=500) as (url, _):
        caller = sandbox_with(callback_url=url)
        assert caller.code("timpush/batch", batch()) == 0
        caller.app.sandbox.state.callbacks.close()

        assert caller.app.sandbox.snapshot()["callbacks"]["newest"][0]["result"] == "HTTPError"

"""Tell a URL what became of pushes, as the service's webhooks do.

Sources: https://trtc.io/document/67551 (``Push.AllMemberPush``), 67552 (``Push.OfflinePush``),
https://trtc.io/document/34354 (signature and timing).
"""

from __future__ import annotations

import hashlib
import json
import queue
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from pushspec.sandbox.checks.sends import CHATS
from pushspec.sandbox.routing import OFFLINE_PUSH
from pushspec.sandbox.vendors import VENDORS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pushspec.sandbox.delivery import Event
    from pushspec.sandbox.settings import SandboxSettings

ALL_MEMBER, OFFLINE = "Push.AllMemberPush", "Push.OfflinePush"
_ONE_TO_ONE = 1
_KEPT = 100


@dataclass(frozen=True, slots=True)
class Posted:
    """One callback that was tried.

    Attributes:
        command: ``CallbackCommand``.
        events: How many events it carried.
        result: ``ok``, or what went wrong.
    """

    command: str
    events: int
    result: str


class Callbacks:
    """Posts events from a thread of its own, so that a slow receiver slows nobody down."""

    def __init__(self, settings: SandboxSettings, account_name: Callable[[int], str]) -> None:
        self._settings = settings
        self._account_name = account_name
        self._waiting: queue.SimpleQueue[tuple[str, list[dict[str, Any]]] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._held: list[tuple[float, str, list[dict[str, Any]]]] = []
        self.posted: deque[Posted] = deque(maxlen=_KEPT)

    def take(self, events: Sequence[Event]) -> None:
        """Queue what happened."""
        chat = [event for event in events if event.task.endpoint in CHATS and event.event == OFFLINE_PUSH]
        pushes = [event for event in events if event.task.endpoint not in CHATS]
        self._queue(OFFLINE, [self._offline(event) for event in chat])
        self._queue(ALL_MEMBER, [self._all_member(event) for event in pushes])

    def close(self) -> None:
        """Post what is queued, late callbacks included, and stop."""
        self.release(float("inf"))
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()

    def _queue(self, command: str, events: list[dict[str, Any]]) -> None:
        most = self._settings.limits.callback_events.value
        due_at = self._settings.clock.now() + self._settings.delays.callbacks_s
        for first in range(0, len(events), most):
            self._held.append((due_at, command, events[first : first + most]))
        self.release(self._settings.clock.now())

    def release(self, now: float) -> None:
        """Hand what is due over to the thread that posts, as many copies of it as are asked for."""
        due = [item for item in self._held if item[0] <= now]
        self._held = [item for item in self._held if item[0] > now]
        for _, command, events in due:
            for _copy in range(self._settings.delays.callback_copies):
                self._waiting.put((command, events))
        if due and self._thread is None:
            self._thread = threading.Thread(target=self._post_all, name="sandbox-callbacks", daemon=True)
            self._thread.start()

    def _post_all(self) -> None:
        while (item := self._waiting.get()) is not None:
            command, events = item
            self.posted.append(Posted(command, len(events), self._post(command, events)))

    def _post(self, command: str, events: list[dict[str, Any]]) -> str:
        # Loaded with the first callback: an apply on the embedded sandbox seldom has any.
        import urllib.error
        import urllib.request

        query = {
            "SdkAppid": str(self._settings.sdk_app_id),
            "CallbackCommand": command,
            "contenttype": "json",
        }
        if self._settings.callback_token:
            query |= signature(self._settings.callback_token, int(self._settings.clock.wall()))
        request = urllib.request.Request(  # noqa: S310 - the URL is the owner's own setting
            f"{self._settings.callback_url}?{urlencode(query)}",
            data=json.dumps({"Events": events}, ensure_ascii=False).encode(),
            headers={"Content-Type": "application/json"},
        )
        timeout_s = self._settings.limits.callback_answer_s.value
        attempts = 2 if self._settings.callback_retry else 1
        result = ""
        for _ in range(attempts):
            try:
                with urllib.request.urlopen(request, timeout=timeout_s) as answer:  # noqa: S310 - see above
                    return "ok" if answer.status == 200 else f"HTTP {answer.status}"
            except TimeoutError:
                result = "no answer in time"
            except (urllib.error.URLError, OSError) as error:
                return f"{type(error).__name__}"
        return result

    def _all_member(self, event: Event) -> dict[str, Any]:
        return {
            "CallbackCommand": ALL_MEMBER,
            "EventType": event.event,
            "TaskId": event.task.task_id,
            **({"DataId": event.task.data_id} if event.task.data_id else {}),
            "TaskTime": int(event.task.started_at),
            "EventTime": int(event.at),
            "To_Account": self._account_name(event.account),
            **_stage(event),
        }

    def _offline(self, event: Event) -> dict[str, Any]:
        sequence, number, second = (int(part) for part in event.task.task_id.split("_"))
        return {
            "CallbackCommand": OFFLINE,
            "EventType": _ONE_TO_ONE,
            "EventTime": int(event.at),
            "From_Account": event.task.sender,
            "To_Account": self._account_name(event.account),
            **_stage(event),
            "MsgKey": event.task.task_id,
            "MsgSeq": sequence,
            "MsgRandom": number,
            "MsgTime": second,
            "PushID": f"{event.task.task_id}-{event.device}",
        }


def signature(token: str, request_time: int) -> dict[str, str]:
    """Return what authenticates a callback: it covers token and time, not the body."""
    sign = hashlib.sha256(f"{token}{request_time}".encode()).hexdigest()
    return {"Sign": sign, "RequestTime": str(request_time)}


def _stage(event: Event) -> dict[str, Any]:
    return {
        "PushPlatform": VENDORS[event.vendor].platform if event.event == OFFLINE_PUSH else 0,
        "PushStage": int(event.stage),
        "ErrCode": int(event.loss),
        "ErrInfo": event.loss.text,
    }

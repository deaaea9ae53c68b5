"""Which way a push takes to one device, or why it is lost.

Sources: https://trtc.io/document/77715 (``PushFlag``), https://tencentcloud.com/document/product/1047/35477
(states of a device), https://trtc.io/zh/document/71895 (reasons of loss).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from pushspec.sandbox.rendering import parse_sdk

OFFLINE_PUSH, ONLINE_PUSH = 1, 2
"""``EventType`` of pushes, in callbacks and statistics."""

_ONLINE_PUSH_SINCE = (8, 2, 6325)


class Stage(IntEnum):
    """How far a push got; from ``SENT`` on it is ``PushStage``."""

    LOST = 0
    SENT = 1
    REACHED = 2
    CLICKED = 3


class Loss(IntEnum):
    """Why a push did not arrive. -1, -2, 1 and 410 are the service's own, the others only the sandbox's."""

    NONE = 0
    NO_CERTIFICATE = -1
    NO_TOKEN = -2
    BAD_REGISTRATION = 1
    UNREGISTERED = 410
    OFFLINE_NOT_WANTED = -101
    OUT_OF_REACH = -102
    NOTHING_TO_SHOW = -103
    TOO_LARGE = -104
    OVER_DAILY_CAP = -105
    BAD_TEMPLATE_VALUE = -106

    @property
    def text(self) -> str:
        """The reason in words, for ``ErrInfo``."""
        return _TEXTS[self]


_TEXTS = {
    Loss.NONE: "",
    Loss.NO_CERTIFICATE: "no certificate id set",
    Loss.NO_TOKEN: "device token never uploaded",
    Loss.BAD_REGISTRATION: "invalid registration id",
    Loss.UNREGISTERED: "unregistered device",
    Loss.OFFLINE_NOT_WANTED: "the push is for online users only",
    Loss.OUT_OF_REACH: "logged out, or not seen for too long",
    Loss.NOTHING_TO_SHOW: "the notification has neither title nor text",
    Loss.TOO_LARGE: "the packet is larger than the vendor takes",
    Loss.OVER_DAILY_CAP: "the phone maker's daily number of marketing pushes is used up",
    Loss.BAD_TEMPLATE_VALUE: "Xiaomi refuses a value of the message template",
}


@dataclass(frozen=True, slots=True)
class Device:
    """One phone, as the database has it."""

    id: int
    account: int
    vendor: str
    sdk: str
    language: str
    status: str
    foreground: bool
    token: str | None
    has_certificate: bool
    uninstalled: bool
    badge: int
    last_active_at: float


@dataclass(frozen=True, slots=True)
class Route:
    """The way a push takes: over which channel, how far, and what stopped it."""

    event: int
    stage: Stage
    loss: Loss = Loss.NONE


def shows_pushes_online(sdk: str) -> bool:
    """Whether an SDK gets a push without a chat message over the long connection."""
    return parse_sdk(sdk) >= _ONLINE_PUSH_SINCE


def route_web(device: Device, *, has_message: bool, has_info: bool) -> Route:
    """Decide how a browser push travels: ``Message`` into an open page, ``WebInfo`` into the browser's bar.

    Args:
        device: The browser; ``online`` is an open page.
        has_message: The push has a ``Message``.
        has_info: The push has a ``WebInfo``.
    """
    if has_message and device.status == "online":
        return Route(ONLINE_PUSH, Stage.REACHED)
    if not has_info:
        return Route(OFFLINE_PUSH, Stage.LOST, Loss.OFFLINE_NOT_WANTED)
    if not device.token:
        return Route(OFFLINE_PUSH, Stage.LOST, Loss.NO_TOKEN)
    if device.uninstalled:
        return Route(OFFLINE_PUSH, Stage.SENT, Loss.UNREGISTERED)
    return Route(OFFLINE_PUSH, Stage.REACHED)


def route(device: Device, *, chat: bool, offline_wanted: bool, idle_s: float, reach_s: float) -> Route:
    """Decide how a push travels to a device.

    Args:
        device: The phone.
        chat: It is a chat message; otherwise a notification alone, which old SDKs cannot get online.
        offline_wanted: The vendor's channel may be used for whoever is not online.
        idle_s: How long the device was not seen.
        reach_s: How long that may be for the Push service; a chat message reaches no offline device.
    """
    online = device.status == "online" and not device.uninstalled
    if online and (chat or shows_pushes_online(device.sdk)):
        return Route(ONLINE_PUSH, Stage.REACHED)
    if not offline_wanted:
        return Route(OFFLINE_PUSH, Stage.LOST, Loss.OFFLINE_NOT_WANTED)
    if device.status == "offline" and (chat or idle_s > reach_s):
        return Route(OFFLINE_PUSH, Stage.LOST, Loss.OUT_OF_REACH)
    if not device.has_certificate:
        return Route(OFFLINE_PUSH, Stage.LOST, Loss.NO_CERTIFICATE)
    if device.token is None:
        return Route(OFFLINE_PUSH, Stage.LOST, Loss.NO_TOKEN)
    if not device.token:
        return Route(OFFLINE_PUSH, Stage.SENT, Loss.BAD_REGISTRATION)
    if device.uninstalled:
        return Route(OFFLINE_PUSH, Stage.SENT, Loss.UNREGISTERED)
    return Route(OFFLINE_PUSH, Stage.REACHED)

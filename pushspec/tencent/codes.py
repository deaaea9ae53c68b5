"""What each error code of the service means, whether a push can have gone out, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

from pushspec.language import given, phrase
from pushspec.tencent.code_table import ROWS
from pushspec.tencent.limits import BATCH, BATCHSENDMSG, ERROR_CODES, REST, SCHEDULED, TAGS


class Effect(StrEnum):
    """Whether a push that was answered with this code can have gone out."""

    NOT_SENT = "no"
    UNKNOWN = "?"


class Stage(StrEnum):
    """How far a push came before the service answered with a code: why its effect is certain, or in doubt."""

    ACCESS = "access"
    CALLER = "caller"
    BODY = "body"
    APP = "app"
    PEOPLE = "people"
    COUNT = "count"
    SENDING = "sending"
    UNSAID = "unsaid"
    OTHER = "other"

    @property
    def reason(self) -> str:
        """Why nothing can have gone out, or why something can."""
        return _REASONS[self]


_REASONS = {
    Stage.ACCESS: phrase("the access layer turns the request away before the push service sees it"),
    Stage.CALLER: phrase("the service checks who calls before it looks at what is to be sent"),
    Stage.BODY: phrase("the service reads the whole body before it sends anything, and the fault lies there"),
    Stage.APP: phrase("the service checks what the app may do before it sends anything"),
    Stage.PEOPLE: phrase("the service looks up sender and receivers first, and found none it may send to"),
    Stage.COUNT: phrase("the service counts the call before it sends anything"),
    Stage.SENDING: phrase("the service may have sent it before it failed or timed out"),
    Stage.UNSAID: phrase(
        "its page calls it a fault, and does not say that it is found before anything leaves"
    ),
    Stage.OTHER: phrase(
        "no page lists it for an endpoint that sends pushes, so about a push it proves nothing"
    ),
}


class Remedy(StrEnum):
    """What makes the call go through: our reading, for the pages say little more than "retry" or "check"."""

    EDIT = "edit"
    SETUP = "setup"
    SIGN = "sign"
    WAIT = "wait"
    NEXT_DAY = "day"
    ASK = "ask"
    NONE = "none"

    @property
    def advice(self) -> str:
        """What a person should do, one sentence."""
        return _ADVICE[self]

    @property
    def zh_advice(self) -> str:
        """The same in Chinese."""
        return _ZH_ADVICE[self]


_ADVICE = {
    Remedy.EDIT: "Change the campaign and raise its version: the same bytes would be refused again.",
    Remedy.SETUP: "Change the app's settings, plan or accounts in the console, then apply again.",
    Remedy.SIGN: "Check secret key, identifier, SDKAppID and region of the environment, then apply again.",
    Remedy.WAIT: "Wait a little, then apply again.",
    Remedy.NEXT_DAY: "Apply again the next day, or buy more calls and raise the limit.",
    Remedy.ASK: "It may have gone out: look at the console and the callbacks, then use `pushspec resolve`.",
    Remedy.NONE: "Sending it again does not help.",
}
_ZH_ADVICE = {
    Remedy.EDIT: "修改活动内容并提高 version；原样重发仍会被拒。",
    Remedy.SETUP: "在控制台调整应用设置、套餐或账号后，重新 apply。",
    Remedy.SIGN: "核对该环境的密钥、identifier、SDKAppID 与站点，然后重新 apply。",
    Remedy.WAIT: "稍后重新 apply。",
    Remedy.NEXT_DAY: "次日重新 apply，或购买更多次数并调高限额。",
    Remedy.ASK: "可能已发出：查看控制台与回调，再用 `pushspec resolve` 说明结果。",
    Remedy.NONE: "重发无济于事。",
}


@dataclass(frozen=True, slots=True)
class Code:
    """One error code, as one group of endpoints uses it.

    Attributes:
        code: The number in ``ErrorCode``.
        effect: Whether a push can have gone out.
        stage: How far the push came, which is why its effect is certain or in doubt.
        remedy: What makes the call that it is about go through.
        scope: Endpoints (paths without ``v4/``) or other areas that use it; ``any`` for all of them.
        meaning: What it says, in plain words.
        zh: The same in Chinese.
        source: The vendor's page.
        verified: The day of the copy of that page that was read last.
    """

    code: int
    effect: Effect
    stage: Stage
    remedy: Remedy
    scope: frozenset[str]
    meaning: str
    zh: str
    source: str
    verified: date

    @property
    def advised(self) -> Remedy:
        """What to do about a push that was answered with it: find out first where it may have gone out."""
        return Remedy.ASK if self.effect is Effect.UNKNOWN else self.remedy


CREDENTIALS = frozenset(
    {60010, 60025, 70001, 70002, 70003, 70005, 70009, 70013, 70014, 70016, 70020, 70050, 90009}
)
"""The signature, or who signed, was not accepted (``https://trtc.io/document/34348``)."""

TOO_SOON = 90024
"""Less than a second since the last push: the only refusal that is tried again by itself."""

_HTTP_FOR_ITS_BYTES = frozenset({400, 411, 413, 414, 415, 431})
"""Only lockfiles of earlier versions hold a refusal without a code: they took some statuses for one."""


def meaning_of(code: int, endpoint: str) -> Code | None:
    """Return what a code means on an endpoint, such as ``timpush/batch``; ``None`` for an unknown code.

    90057 and 93000 mean different things on different endpoints.
    """
    rows = _table().get(code, ())
    fitting = [row for row in rows if endpoint in row.scope or "any" in row.scope]
    return next(iter(fitting or rows), None)


def meanings_of(code: int) -> tuple[Code, ...]:
    """Return every meaning of a code, one for each group of endpoints that uses it."""
    return _table().get(code, ())


def proves_nothing_left(code: int, endpoint: str) -> bool:
    """Whether a push that an endpoint answered with this code certainly went nowhere."""
    row = meaning_of(code, endpoint)
    return row is not None and row.effect is Effect.NOT_SENT


def known_codes() -> tuple[int, ...]:
    """Return every code of the table, in rising order."""
    return tuple(sorted(_table()))


def refused_for_its_bytes(code: int | None, http_status: int | None, endpoint: str) -> bool:
    """Whether the same bytes would be refused again whatever is done outside the campaign."""
    if code is None:
        return http_status in _HTTP_FOR_ITS_BYTES
    row = meaning_of(code, endpoint)
    return row is not None and row.remedy in {Remedy.EDIT, Remedy.NONE}


@cache
def _table() -> dict[int, tuple[Code, ...]]:
    table: dict[int, tuple[Code, ...]] = {}
    for line in ROWS.strip().splitlines():
        number, effect, stage, remedy, scope, page, meaning, zh = (cell.strip() for cell in line.split("|"))
        source, verified = _PAGES[page]
        code = Code(
            int(number),
            Effect(effect),
            Stage(stage),
            Remedy(remedy),
            frozenset(name for word in scope.split() for name in _ENDPOINTS.get(word, (word,))),
            given(meaning, zh=zh),
            zh,
            source,
            date.fromisoformat(verified),
        )
        table[code.code] = (*table.get(code.code, ()), code)
    return table


_PUSHES = (
    "timpush/push",
    "all_member_push/im_push",
    "timpush/batch",
    "timpush/webpush",
    "timpush/webbatch",
)
_ENDPOINTS = {
    "push": ("timpush/push",),
    "im_push": ("all_member_push/im_push",),
    "batch": ("timpush/batch",),
    "webpush": ("timpush/webpush",),
    "webbatch": ("timpush/webbatch",),
    "pushes": _PUSHES,
    "sends": (*_PUSHES, "openim/batchsendmsg"),
    "batchsendmsg": ("openim/batchsendmsg",),
    "sendmsg": ("openim/sendmsg",),
    "revoke": ("timpush/revoke",),
}
"""The endpoints that a word of the table stands for."""

_PAGES = {
    "codes": (ERROR_CODES, "2026-05-18"),
    "push": ("https://www.tencentcloud.com/document/product/1047/74196", "2026-03-10"),
    "rest": (REST, "2026-05-18"),
    "tags": (TAGS, "2026-05-18"),
    "batch": (BATCH, "2025-10-27"),
    "batchsendmsg": (BATCHSENDMSG, "2026-02-04"),
    "scheduled": (SCHEDULED, "2026-04-13"),
    "withdraw": ("https://trtc.io/document/35015", "2026-05-18"),
}

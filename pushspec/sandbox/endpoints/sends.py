"""The ways to send: dedupe, rates and quota, then a task for the fan-out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pushspec.sandbox.answers import Body, Refusal, success
from pushspec.sandbox.checks.sends import (
    BATCH,
    BATCHSENDMSG,
    CHATS,
    IM_PUSH,
    PUSH,
    SENDMSG,
    WEBBATCH,
    WEBPUSH,
    Send,
    check_send,
    unknown_fields,
)
from pushspec.sandbox.endpoints.requests import rules_of
from pushspec.sandbox.store.tasks import Task

if TYPE_CHECKING:
    from pushspec.sandbox.state import State

PUSHES = (PUSH, IM_PUSH)
"""The endpoints that share the one-second interval and the day's quota."""

WEB = (WEBPUSH,)
"""The same for browsers: their page gives the same figures, and no page counts the two together."""

SENDS = (PUSH, IM_PUSH, BATCH, WEBPUSH, WEBBATCH, *CHATS)

_DAY_S = 86_400
_SENDMSG_REMEMBERED_S = 120
"""``openim/sendmsg`` knows sender, MsgSeq, MsgRandom and content of the last two minutes."""
_NO_SUCH_ACCOUNT = 70107
_NOBODY = {
    BATCHSENDMSG: (90012, "none of the accounts exists"),
    SENDMSG: (90003, "To_Account does not exist"),
}
_NOT_ENABLED = 90045
_UINT32 = 2**32


def send(state: State, endpoint: str, caller: str, raw: bytes) -> Body:
    """Answer a call of a send endpoint.

    Args:
        state: The app.
        endpoint: Its path without ``v4/``.
        caller: The administrator who calls.
        raw: The bytes of the body.

    Raises:
        Refusal: With the documented code of the first fault.
    """
    wanted, body = check_send(endpoint, raw, rules_of(state))
    state.remarks += remarks(endpoint, body)
    if endpoint not in CHATS and not state.settings.push_enabled:
        raise Refusal(_NOT_ENABLED, "the push feature is not enabled for the app")
    return accept(state, wanted, body, caller)


def remarks(endpoint: str, body: Body) -> list[str]:
    """Return what a person should know of a body that is right by the rules."""
    ignored = unknown_fields(endpoint, body)
    found = [f"ignored: {', '.join(ignored)}"] if ignored else []
    ext = (body.get("OfflinePushInfo") or body.get("WebInfo") or {}).get("Ext", "")
    if ext and not _is_json(ext):
        found.append("Ext is not JSON, so some vendors drop the push")
    if len(body.get("Condition", {}).get("TagsNot", ())) > 1:
        found.append("pages and clients disagree whom TagsNot with several tags leaves out: reading tags_not")
    return found


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def accept(state: State, wanted: Send, body: Body, caller: str) -> Body:
    """Take a checked send on: dedupe, rates, quota, then the task.

    Raises:
        Refusal: 90024, 90047, 60007, 90057, 90008, 90012.
    """
    now = state.settings.clock.now()
    since = _dedupe_since(state, wanted, now)
    repeated = _repeated(state, wanted, body, caller, since)
    if repeated is not None:
        return repeated
    if wanted.endpoint in PUSHES:
        check_push_pace(state, now)
    elif wanted.endpoint == WEBPUSH:
        check_push_pace(state, now, WEB)
    else:
        state.rates.admit(wanted.endpoint, len(wanted.accounts), now)
    sender = _sender(state, wanted, caller)
    if wanted.accounts:
        return _to_accounts(state, wanted, body, sender, now)
    accounts = state.accounts.matching(wanted.condition)
    task = _task(state, wanted, body, sender, now, total=len(accounts))
    answer = success(TaskId=task.task_id)
    state.tasks.add(task, msg_random=wanted.msg_random, answer=answer, waiting=accounts)
    return answer


def quota_since(state: State, now: float) -> float:
    """Return when the current day of the quota began."""
    offset_h = state.settings.readings.quota_day_offset_h
    if offset_h is None:
        return now - _DAY_S
    offset_s = offset_h * 3600
    return (now + offset_s) // _DAY_S * _DAY_S - offset_s


def quota_used(state: State, now: float, endpoints: tuple[str, ...] = PUSHES) -> int:
    """Return how many of the day's pushes are spent."""
    since = quota_since(state, now)
    if state.settings.readings.refused_calls_spend_quota:
        return state.calls.count_since(endpoints, since)
    return state.tasks.count_since(endpoints, since)


def check_push_pace(state: State, now: float, endpoints: tuple[str, ...] = PUSHES) -> None:
    """Check the interval between two pushes of some endpoints, and the day's quota.

    Raises:
        Refusal: 90024 or 90047.
    """
    last = state.tasks.last_start(endpoints)
    interval_s = state.settings.limits.push_interval_s.value
    if last is not None and now - last <= interval_s:
        raise Refusal(90024, f"the last push was {now - last:.3f} s ago; more than {interval_s} s are needed")
    quota = state.settings.limits.push_calls_per_day.value
    if quota_used(state, now, endpoints) >= quota:
        raise Refusal(90047, f"the day's {quota} pushes are used up")


def _dedupe_since(state: State, wanted: Send, now: float) -> float:
    days = state.settings.readings.im_push_repeats_for_days
    if wanted.endpoint == SENDMSG:
        return now - _SENDMSG_REMEMBERED_S
    if wanted.endpoint == IM_PUSH and days:
        return now - days * _DAY_S
    return float(int(now))


def _repeated(state: State, wanted: Send, body: Body, caller: str, since: float) -> Body | None:
    repeated = state.tasks.repeated(wanted.endpoint, wanted.msg_random, wanted.msg_seq, since)
    if repeated is None or wanted.endpoint != SENDMSG:
        return repeated
    earlier = state.tasks.find(repeated["MsgKey"])
    same = earlier is not None and earlier.sender == (wanted.sender or caller)
    return (
        repeated if same and earlier is not None and earlier.body.get("MsgBody") == body["MsgBody"] else None
    )


def _sender(state: State, wanted: Send, caller: str) -> str:
    if not wanted.sender:
        return caller
    if wanted.sender in state.settings.admins or state.accounts.find([wanted.sender]):
        return wanted.sender
    if wanted.endpoint in CHATS:
        raise Refusal(90008, f"From_Account {wanted.sender} does not exist")
    return caller


def _to_accounts(state: State, wanted: Send, body: Body, sender: str, now: float) -> Body:
    found = state.accounts.find(wanted.accounts)
    missing = [account for account in wanted.accounts if account not in found]
    chat = wanted.endpoint in CHATS
    if chat and not found:
        raise Refusal(*_NOBODY[wanted.endpoint])
    accounts = list(dict.fromkeys(found[name] for name in wanted.accounts if name in found))
    task = _task(state, wanted, body, sender, now, total=len(accounts), done=len(accounts))
    answer = _message_answer(state, task, missing) if chat else _batch_answer(task, missing)
    state.tasks.add(task, msg_random=wanted.msg_random, answer=answer)
    state.delivery.serve_at_once(task, accounts)
    return answer


def _batch_answer(task: Task, missing: list[str]) -> Body:
    errors = [
        {"To_Account": account, "ErrorCode": _NO_SUCH_ACCOUNT, "ErrorInfo": "the account does not exist"}
        for account in missing
    ]
    return success(TaskId=task.task_id, **({"ErrorList": errors} if errors else {}))


def _message_answer(state: State, task: Task, missing: list[str]) -> Body:
    if task.endpoint == SENDMSG:
        return success(MsgTime=int(task.started_at), MsgKey=task.task_id)
    code = state.settings.readings.unknown_account_code
    message_id = (
        f"{state.settings.sdk_app_id}{task.id:06d}-{int(task.started_at)}-{state.random.randrange(_UINT32)}"
    )
    answer = success(MsgKey=task.task_id, MsgId=message_id)
    if missing:
        answer["ActionStatus"] = "SomeError"
        answer["ErrorList"] = [{"To_Account": account, "ErrorCode": code} for account in missing]
    return answer


def _task(
    state: State, wanted: Send, body: Body, sender: str, now: float, *, total: int, done: int = 0
) -> Task:
    number = state.tasks.next_number()
    lifetime_s = wanted.lifetime_s
    return Task(
        id=number,
        task_id=_name(state, wanted, number, now),
        endpoint=wanted.endpoint,
        sender=sender,
        data_id=wanted.data_id,
        body={name: value for name, value in body.items() if name != "To_Account"},
        started_at=now,
        stored=wanted.stored,
        online_only=wanted.online_only,
        counts_unread=wanted.counts_unread,
        expires_at=now + lifetime_s if lifetime_s else None,
        per_second=state.settings.limits.history_users_per_second.value if _is_throttled(wanted) else 0,
        total=total,
        done=done,
        revoked_at=None,
        overlay=None,
    )


def _is_throttled(wanted: Send) -> bool:
    return wanted.endpoint == PUSH and wanted.stored


def _name(state: State, wanted: Send, number: int, now: float) -> str:
    """The shapes that samples of the vendor have; the task's number keeps them apart."""
    app, random = state.settings.sdk_app_id, state.random.randrange(_UINT32)
    if wanted.endpoint in CHATS:
        sequence = wanted.msg_seq if wanted.msg_seq is not None else random
        while state.tasks.find(key := f"{sequence}_{wanted.msg_random}_{int(now)}"):
            sequence += 1
        return key
    if wanted.endpoint in PUSHES:
        return f"{app:x}_{_ACCOUNT_NUMBER}_{int(now)}_{number}"
    newer = f"{int(now):x}_{app:x}_{_ACCOUNT_NUMBER:x}_{random:x}_{number:x}"
    return {BATCH: f"batch_{newer}", WEBBATCH: f"wbat@1_{newer}"}.get(wanted.endpoint, newer)


_ACCOUNT_NUMBER = 144115188075855872
"""Chat accounts have inner numbers from 2**57 on; samples show the administrator's."""

"""Take back what was sent: a push task, or one account's chat message.

Sources: https://cloud.tencent.com/document/product/269/105123 (revoke), https://trtc.io/document/35015
(withdraw); for pages that contradict each other see :class:`pushspec.sandbox.settings.Readings`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.sandbox.answers import Body, Refusal, success
from pushspec.sandbox.checks.offline_push import check_offline_push
from pushspec.sandbox.checks.sends import BATCH, IM_PUSH, PUSH
from pushspec.sandbox.endpoints.requests import read_body

if TYPE_CHECKING:
    from pushspec.sandbox.state import State
    from pushspec.sandbox.store.tasks import Task

_BAD_BODY = 90001


def revoke(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``timpush/revoke``: stop the fan-out, overwrite what vendors allow, withdraw the history."""
    del path, caller
    body = read_body(state, raw, _BAD_BODY)
    task = _task(state, body.get("TaskId"))
    now = state.settings.clock.now()
    _check_time(state, task, now)
    overlay = None
    if "OfflinePushInfo" in body:
        overlay = check_offline_push(body["OfflinePushInfo"], state.settings.limits, code=_BAD_BODY)
    elif state.settings.readings.revoke_needs_notification or not task.stored:
        raise Refusal(90053, "OfflinePushInfo is missing")
    state.delivery.advance_task(task, now)
    state.tasks.revoke(task, now, overlay)
    state.messages.withdraw_task(task.id, now, counted=task.counts_unread)
    return success()


def withdraw(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``openim/admin_msgwithdraw``: one message, one recipient."""
    del path, caller
    body = read_body(state, raw, _BAD_BODY)
    sender, receiver, key = (body.get(name) for name in ("From_Account", "To_Account", "MsgKey"))
    if not isinstance(sender, str) or not _exists(state, sender):
        raise Refusal(90008, "From_Account is missing or unknown")
    if not isinstance(receiver, str) or not state.accounts.find([receiver]):
        raise Refusal(90003, "To_Account is missing or unknown")
    if not isinstance(key, str) or not _is_message_key(key, state.settings.limits.msg_key_chars.value):
        raise Refusal(90054, "MsgKey is not of the form number_number_seconds")
    task = state.tasks.find(key)
    message = None
    if task is not None and task.sender == sender:
        message = state.messages.find(task.id, state.accounts.find([receiver])[receiver])
    if task is None or message is None:
        raise Refusal(20022, "there is no such message")
    if message.withdrawn_at is not None:
        raise Refusal(20023, "the message was withdrawn before")
    state.messages.withdraw(message, state.settings.clock.now(), counted=task.counts_unread)
    return success()


def _task(state: State, task_id: object) -> Task:
    endpoints = {PUSH, IM_PUSH} | ({BATCH} if state.settings.readings.revoke_takes_batches else set())
    task = state.tasks.find(task_id) if isinstance(task_id, str) else None
    if task is None or task.endpoint not in endpoints:
        raise Refusal(90049, "there is no such push TaskId")
    return task


def _check_time(state: State, task: Task, now: float) -> None:
    if task.revoked_at is not None:
        raise Refusal(90050, "the task was recalled before")
    limits = state.settings.limits
    last = state.tasks.last_revocation()
    if last is not None and now - last <= limits.revoke_interval_s.value:
        raise Refusal(90051, "recalls must be more than one second apart")
    if now - task.started_at > limits.revoke_window_s.value:
        raise Refusal(90052, "the task began more than 24 hours ago")


def _exists(state: State, account: str) -> bool:
    return account in state.settings.admins or bool(state.accounts.find([account]))


def _is_message_key(key: str, most: int) -> bool:
    parts = key.split("_")
    return len(key) <= most and len(parts) == 3 and all(part.isascii() and part.isdigit() for part in parts)

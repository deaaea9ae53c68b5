"""Accounts: import one or many, check, delete, log out, and who is online.

Sources: https://tencentcloud.com/document/product/1047/34954 (import), 34955 (delete), 34957 (kick),
35477 (online status),
https://cloud.tencent.com/document/product/269/38417 (check).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushspec.sandbox.answers import Body, Refusal, success
from pushspec.sandbox.checks.fields import choice, text
from pushspec.sandbox.endpoints.requests import read_body

if TYPE_CHECKING:
    from pushspec.sandbox.state import State

_NOT_JSON = 60003
_BAD_PARAMETER = 70402
_NO_SUCH_ACCOUNT = 70107
_QUOTA_FULL = 70398
_DELETED_LATELY = 70399
_NO_DELETION = 71000


def import_one(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``account_import``."""
    del path, caller
    _import(state, read_body(state, raw, _NOT_JSON))
    return success()


def import_many(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``multiaccount_import``: names, or objects with nick and face."""
    del path, caller
    body = read_body(state, raw, _NOT_JSON)
    if ("Accounts" in body) == ("AccountList" in body):
        raise Refusal(_BAD_PARAMETER, "either Accounts or AccountList must be given")
    if "Accounts" in body:
        people = [{"UserID": name} for name in _items(state, body, "Accounts")]
    else:
        people = _items(state, body, "AccountList")
    failed = [
        person.get("UserID", person.get("Identifier", ""))
        for person in people
        if not _imported(state, person)
    ]
    return success(FailAccounts=failed)


def check(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``account_check``."""
    del path, caller
    names = _user_ids(_items(state, read_body(state, raw, _NOT_JSON), "CheckItem"))
    found = state.accounts.find(names)
    results = [
        {
            "UserID": name,
            "ResultCode": 0,
            "ResultInfo": "",
            "AccountStatus": "Imported" if name in found else "NotImported",
        }
        for name in names
    ]
    return success(ResultItem=results)


def delete(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``account_delete``; it cannot be undone."""
    del path, caller
    names = _user_ids(_items(state, read_body(state, raw, _NOT_JSON), "DeleteItem"))
    if not state.settings.deletion_enabled:
        raise Refusal(_NO_DELETION, "deleting accounts is switched off for the app")
    found = state.accounts.find(names)
    results = []
    for name in names:
        code = 0 if name in found else _NO_SUCH_ACCOUNT
        if name in found:
            state.accounts.delete(found[name], state.settings.clock.now())
            state.overview.forget()
        info = "the account does not exist" if code else ""
        results.append({"UserID": name, "ResultCode": code, "ResultInfo": info})
    return success(ResultItem=results)


def kick(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``kick``: every login of one account ends."""
    del path, caller
    name = text(read_body(state, raw, _NOT_JSON), "UserID", _BAD_PARAMETER, needed=True) or ""
    found = state.accounts.find([name])
    if name not in found:
        raise Refusal(_NO_SUCH_ACCOUNT, "the account does not exist")
    state.devices.log_out(found[name])
    return success()


def online_status(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``query_online_status``; one device online makes an account online."""
    del path, caller
    body = read_body(state, raw, _NOT_JSON)
    names = body.get("To_Account")
    most = state.settings.limits.accounts_per_status_call.value
    if not isinstance(names, list) or not names or len(names) > most:
        raise Refusal(_BAD_PARAMETER, f"To_Account is not an array of 1 to {most} accounts")
    if not all(isinstance(name, str) for name in names):
        raise Refusal(_BAD_PARAMETER, "an account is not a string")
    detailed = choice(body, "IsNeedDetail", _BAD_PARAMETER, (0, 1)) == 1
    found = state.accounts.find(names)
    results = [_status(state, name, found[name], detailed=detailed) for name in names if name in found]
    errors = [{"To_Account": name, "ErrorCode": _NO_SUCH_ACCOUNT} for name in names if name not in found]
    return success(QueryResult=results, **({"ErrorList": errors} if errors else {}))


def _status(state: State, name: str, number: int, *, detailed: bool) -> Body:
    devices = state.devices.states(number, state.settings.clock.now())
    status = max((status for _, status in devices), key=_RANK.index, default="Offline")
    detail = [{"Platform": platform, "Status": each} for platform, each in devices]
    return {"To_Account": name, "Status": status, **({"Detail": detail} if detailed else {})}


_RANK = ["Offline", "PushOnline", "Online"]


def _import(state: State, person: Any) -> None:  # noqa: ANN401 - JSON
    if not isinstance(person, dict):
        raise Refusal(_BAD_PARAMETER, "an account is not an object")
    if "UserID" not in person and "Identifier" in person:
        state.remarks.append("Identifier is the older name of UserID")
        person = {**person, "UserID": person["Identifier"]}
    name = text(person, "UserID", _BAD_PARAMETER, needed=True) or ""
    limits = state.settings.limits
    if not name or limits.user_id_bytes.exceeded_by(name):
        raise Refusal(_BAD_PARAMETER, f"UserID is not a text of 1 to {limits.user_id_bytes.value} bytes")
    nick, face_url = text(person, "Nick", _BAD_PARAMETER), text(person, "FaceUrl", _BAD_PARAMETER)
    now = state.settings.clock.now()
    deleted_at = state.accounts.deleted_at(name)
    if deleted_at is not None and now - deleted_at < limits.reimport_block_s.value:
        raise Refusal(_DELETED_LATELY, "a deleted account cannot come back for three months")
    most = state.settings.account_quota
    if most is not None and not state.accounts.find([name]) and state.accounts.count() >= most:
        raise Refusal(_QUOTA_FULL, f"the app has {most} accounts, as many as it may")
    state.accounts.put(name, nick=nick, face_url=face_url, now=now)


def _imported(state: State, person: Any) -> bool:  # noqa: ANN401 - JSON
    try:
        _import(state, person)
    except Refusal:
        return False
    return True


def _items(state: State, body: Body, name: str) -> list[Any]:
    items = body.get(name)
    most = state.settings.limits.accounts_per_account_call.value
    if not isinstance(items, list) or not items or len(items) > most:
        raise Refusal(_BAD_PARAMETER, f"{name} is not an array of 1 to {most} accounts")
    if name != "Accounts" and not all(isinstance(item, dict) for item in items):
        raise Refusal(_BAD_PARAMETER, f"an item of {name} is not an object")
    return items


def _user_ids(items: list[Any]) -> list[str]:
    names = [item.get("UserID") for item in items]
    if not all(isinstance(name, str) for name in names):
        raise Refusal(_BAD_PARAMETER, "a UserID is missing or not a string")
    return names

"""Attributes: name the app's slots, give accounts values, take and list them; both generations.

Sources: https://trtc.io/document/60563 (names), 60565 (set), 60566 (remove), 67817 (get).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushspec.sandbox.answers import Body, Refusal, success
from pushspec.sandbox.checks.fields import mapping
from pushspec.sandbox.endpoints.people import (
    BAD_ATTRIBUTE,
    BAD_BODY,
    OTHER_KIND,
    account_names,
    errors_for,
    items_of,
    known_accounts,
)
from pushspec.sandbox.endpoints.requests import read_body
from pushspec.sandbox.store.accounts import REGISTRATION_ID, USER_ID

if TYPE_CHECKING:
    from pushspec.sandbox.state import State
    from pushspec.tencent.limits import Limit


def set_names(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``set_attr_name``: slots "0" to "9" get names, each for one kind of account."""
    del caller
    body = read_body(state, raw, BAD_BODY)
    names = mapping(body, "AttrNames", BAD_BODY)
    if not names:
        raise Refusal(BAD_BODY, "AttrNames is missing or empty")
    types = {} if errors_for(path).legacy else mapping(body, "AttrTypes", BAD_BODY) or {}
    slots = state.labels.slots()
    renamed = {_slot(state, key): name for key, name in names.items()}
    _check_names(state, {slot: name for slot, (name, _) in slots.items()} | renamed)
    kinds = {slot: _kind(types, slot, slots[slot][1] if slot in slots else USER_ID) for slot in renamed}
    for slot, kind in kinds.items():
        if slot in slots and slots[slot][1] != kind:
            raise Refusal(BAD_ATTRIBUTE, f"the type of attribute {slot} cannot change")
    # A name may move between the slots of one call, so the old ones make room first.
    for names_now in ({slot: f"\0{slot}" for slot in renamed}, renamed):
        for slot, name in names_now.items():
            state.labels.define(slot, name, kinds[slot])
    return success()


def get_names(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``get_attr_name``."""
    del caller
    read_body(state, raw, BAD_BODY)
    slots = state.labels.slots()
    names = {str(slot): name for slot, (name, _) in slots.items()}
    if errors_for(path).legacy:
        return success(AttrNames=names)
    return success(AttrNames=names, AttrTypes={str(slot): kind for slot, (_, kind) in slots.items()})


def get_attributes(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``get_attr``."""
    del caller
    _, names = items_of(state, raw, "To_Account")
    errors = errors_for(path)
    found = [
        {"To_Account": name, "Attrs": state.labels.attributes(number)}
        for _, name, number, _ in known_accounts(state, names, errors)
    ]
    return errors.answer(UserAttrs=found)


def set_attributes(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``set_attr``."""
    del caller
    _, items = items_of(state, raw, "UserAttrs")
    errors = errors_for(path)
    by_name = {name: (slot, kind) for slot, (name, kind) in state.labels.slots().items()}
    values = [_values(state, item, by_name) for item in items]
    for place, name, number, kind in known_accounts(state, account_names(items), errors):
        if any(by_name[attribute][1] != kind for attribute in values[place]):
            errors.add(name, OTHER_KIND, "an attribute belongs to the other kind of account")
        else:
            slots = {by_name[attribute][0]: value for attribute, value in values[place].items()}
            state.labels.set_attributes(number, slots)
    return errors.answer()


def remove_attributes(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``remove_attr``."""
    del caller
    _, items = items_of(state, raw, "UserAttrs")
    errors = errors_for(path)
    by_name = {name: slot for slot, (name, _) in state.labels.slots().items()}
    slots = [_removed(item, by_name) for item in items]
    for place, _, number, _ in known_accounts(state, account_names(items), errors):
        state.labels.remove_attributes(number, slots[place])
    return errors.answer()


def _slot(state: State, key: str) -> int:
    most = state.settings.limits.attributes_per_app.value
    if key not in {str(slot) for slot in range(most)}:
        raise Refusal(BAD_ATTRIBUTE, f'attributes have the numbers "0" to "{most - 1}"')
    return int(key)


def _check_names(state: State, names: dict[int, Any]) -> None:
    for name in names.values():
        _check_text(name, state.settings.limits.attribute_name_bytes, "the name of an attribute")
    if len(set(names.values())) < len(names):
        raise Refusal(BAD_ATTRIBUTE, "two attributes would have one name")


def _kind(types: Body, slot: int, default: int) -> int:
    kind = types.get(str(slot), default)
    if type(kind) is not int or kind not in {USER_ID, REGISTRATION_ID}:
        raise Refusal(BAD_ATTRIBUTE, "a type is 0 (UserID) or 1 (RegistrationID)")
    return kind


def _values(state: State, item: Any, known: dict[str, tuple[int, int]]) -> dict[str, str]:  # noqa: ANN401 - JSON
    values = item.get("Attrs") if isinstance(item, dict) else None
    if not isinstance(values, dict) or not values:
        raise Refusal(BAD_BODY, "Attrs is missing, empty or not an object")
    for name, value in values.items():
        if name not in known:
            raise Refusal(BAD_ATTRIBUTE, f"the app defines no attribute {name}")
        _check_text(value, state.settings.limits.attribute_value_bytes, f"the value of {name}")
    return values


def _removed(item: Any, known: dict[str, int]) -> list[int]:  # noqa: ANN401 - JSON
    names = item.get("Attrs") if isinstance(item, dict) else None
    if not isinstance(names, list) or not names:
        raise Refusal(BAD_BODY, "Attrs is missing, empty or not an array")
    unknown = [name for name in names if not isinstance(name, str) or name not in known]
    if unknown:
        raise Refusal(BAD_ATTRIBUTE, f"the app defines no attribute {unknown[0]}")
    return [known[name] for name in names]


def _check_text(value: object, limit: Limit, what: str) -> None:
    if not isinstance(value, str) or not value or limit.exceeded_by(value):
        raise Refusal(BAD_ATTRIBUTE, f"{what} is not a text of 1 to {limit.value} bytes")

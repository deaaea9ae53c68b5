"""Tags of accounts: add, remove, clear, list; both generations.

Sources: https://trtc.io/document/67821 (add), 67822 (remove), 67823 (clear), 60567 (list).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushspec.sandbox.answers import Body, Refusal
from pushspec.sandbox.checks.fields import choice
from pushspec.sandbox.endpoints.people import (
    BAD_BODY,
    OTHER_KIND,
    TAG_TOO_LONG,
    TOO_MANY_TAGS,
    Errors,
    account_names,
    errors_for,
    items_of,
    known_accounts,
)

if TYPE_CHECKING:
    from pushspec.sandbox.state import State


def get_tags(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``get_tag``."""
    del caller
    _, names = items_of(state, raw, "To_Account")
    errors = errors_for(path)
    found = [
        {"To_Account": name, "Tags": state.labels.tags(number)}
        for _, name, number, _ in known_accounts(state, names, errors)
    ]
    return errors.answer(UserTags=found)


def add_tags(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``add_tag``; ``Replace`` 1 overwrites an account's whole set, in the newer generation."""
    del caller
    body, items = items_of(state, raw, "UserTags")
    errors = errors_for(path)
    replace = not errors.legacy and choice(body, "Replace", BAD_BODY, (0, 1)) == 1
    limits = state.settings.limits
    most = limits.tags_per_user.value if replace else limits.tags_added_per_user.value
    tags = [_tags(state, item, most, may_be_empty=replace) for item in items]
    for place, name, number, kind in known_accounts(state, account_names(items), errors):
        _give(state, (name, number, kind), tags[place], errors, replace=replace)
    return errors.answer()


def remove_tags(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``remove_tag``."""
    del caller
    _, items = items_of(state, raw, "UserTags")
    errors = errors_for(path)
    tags = [_tags(state, item, state.settings.limits.tags_per_user.value) for item in items]
    for place, _, number, _ in known_accounts(state, account_names(items), errors):
        state.labels.remove_tags(number, tags[place])
    return errors.answer()


def clear_tags(state: State, path: str, caller: str, raw: bytes) -> Body:
    """Answer ``clear_all_tags``."""
    del caller
    _, names = items_of(state, raw, "To_Account")
    errors = errors_for(path)
    for _, _, number, _ in known_accounts(state, names, errors):
        state.labels.clear_tags(number)
    return errors.answer()


def _give(
    state: State, account: tuple[str, int, int], tags: list[str], errors: Errors, *, replace: bool
) -> None:
    name, number, kind = account
    kinds = state.labels.tag_kinds(tags)
    if any(known != kind for known in kinds.values()):
        errors.add(name, OTHER_KIND, "a tag belongs to the other kind of account")
        return
    kept = set() if replace else set(state.labels.tags(number))
    limits = state.settings.limits
    if len(kept | set(tags)) > limits.tags_per_user.value:
        errors.add(name, TOO_MANY_TAGS, f"an account has at most {limits.tags_per_user.value} tags")
    elif state.labels.tag_count() + len(set(tags) - set(kinds)) > limits.tags_per_app.value:
        errors.add(name, TOO_MANY_TAGS, f"an app has at most {limits.tags_per_app.value} tags")
    else:
        if replace:
            state.labels.clear_tags(number)
        state.labels.add_tags(number, tags, kind)


def _tags(state: State, item: Any, most: int, *, may_be_empty: bool = False) -> list[str]:  # noqa: ANN401 - JSON
    tags = item.get("Tags") if isinstance(item, dict) else None
    if not isinstance(tags, list) or not (tags or may_be_empty):
        raise Refusal(BAD_BODY, "Tags is missing, empty or not an array")
    if len(tags) > most:
        raise Refusal(TOO_MANY_TAGS, f"Tags has {len(tags)} tags; {most} are allowed")
    for tag in tags:
        if not isinstance(tag, str) or not tag:
            raise Refusal(BAD_BODY, "a tag is empty or not a string")
        if state.settings.limits.tag_bytes.exceeded_by(tag):
            raise Refusal(TAG_TOO_LONG, f"a tag is over {state.settings.limits.tag_bytes.value} bytes")
    return tags

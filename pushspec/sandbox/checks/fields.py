"""The plain types of JSON fields, and how a body is read at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pushspec.sandbox.answers import Body, Refusal

if TYPE_CHECKING:
    from collections.abc import Collection

UINT32_MAX = 2**32 - 1
_ABSENT = object()


def parse_object(body: bytes, code: int) -> Body:
    """Return the JSON object of a request.

    Raises:
        Refusal: ``code``, it is empty, not JSON, or no object.
    """
    try:
        value = _DECODER.decode(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Refusal(code, "the body is not valid JSON in UTF-8") from None
    if not isinstance(value, dict):
        raise Refusal(code, "the body is not a JSON object")
    return value


def drop_nulls(value: Body, where: str = "") -> list[str]:
    """Take the fields that are ``null`` out of an object, and return their names as paths.

    Lists keep theirs, and so does a ``ContentState``, whose keys are the app's own.
    """
    dropped = []
    for name in list(value):
        if value[name] is None:
            del value[name]
            dropped.append(where + name)
        elif name != "ContentState":
            dropped += _nulls_below(value[name], f"{where}{name}")
    return dropped


def _nulls_below(value: object, where: str) -> list[str]:
    if isinstance(value, dict):
        return drop_nulls(value, f"{where}.")
    if isinstance(value, list):
        return [
            path for number, item in enumerate(value) for path in _nulls_below(item, f"{where}[{number}]")
        ]
    return []


def is_integer(value: object) -> bool:
    """Whether a JSON value is an integer; ``true`` and ``1.0`` are not."""
    return type(value) is int


def is_uint32(value: object) -> bool:
    """Whether a JSON value is an unsigned 32-bit integer."""
    return type(value) is int and 0 <= value <= UINT32_MAX


def text(body: Body, name: str, code: int, *, needed: bool = False) -> str | None:
    """Return a field that holds text.

    Raises:
        Refusal: ``code``, it is no text, or it is needed and absent.
    """
    value = body.get(name, _ABSENT)
    if value is _ABSENT and not needed:
        return None
    if not isinstance(value, str):
        raise Refusal(code, f"{name} is missing" if value is _ABSENT else f"{name} is not a string")
    return value


def choice(body: Body, name: str, code: int, allowed: Collection[int]) -> int | None:
    """Return a field that holds one of a few integers.

    Raises:
        Refusal: ``code``, it holds something else.
    """
    if name not in body:
        return None
    value = body[name]
    if not is_integer(value) or value not in allowed:
        raise Refusal(code, f"{name} must be one of {', '.join(map(str, sorted(allowed)))}")
    return int(value)


def integer(
    body: Body, name: str, code: int, *, low: int | None = None, high: int | None = None
) -> int | None:
    """Return a field that holds an integer between two bounds.

    Raises:
        Refusal: ``code``, it holds something else.
    """
    if name not in body:
        return None
    value = body[name]
    if not is_integer(value):
        raise Refusal(code, f"{name} is not an integer")
    if (low is not None and value < low) or (high is not None and value > high):
        raise Refusal(code, f"{name} must lie between {low} and {high}")
    return int(value)


def mapping(body: Body, name: str, code: int) -> Body | None:
    """Return a field that holds an object.

    Raises:
        Refusal: ``code``, it holds something else.
    """
    if name not in body:
        return None
    value = body[name]
    if not isinstance(value, dict):
        raise Refusal(code, f"{name} is not an object")
    return value


def _refuse_constant(name: str) -> object:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)

"""What phone makers refuse by rules of their own: marketing beyond a day's cap, wrong values of a template.

Sources: https://cloud.tencent.com/document/product/269/130977 (caps),
https://dev.mi.com/xiaomihyperos/documentation/detail?pId=2314 (Xiaomi's templates).
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pushspec.sandbox.answers import Body
    from pushspec.tencent.limits import Limits

_REFUSED_KINDS = frozenset({"So", "Sk", "Cn", "Cs", "Co"})
"""Unicode categories of emoji and other symbols, of surrogates, and of code points that mean nothing."""


def has_room(vendor: str, shown_today: int, limits: Limits) -> bool:
    """Whether a maker shows one more marketing push of the app on a device today."""
    cap = getattr(limits, f"{vendor}_marketing", None)
    return cap is None or shown_today < cap.value


def takes_template(notification: Body, limits: Limits) -> bool:
    """Whether Xiaomi takes the values that a push gives the variables of its template."""
    values = notification.get("PushTemplateParam", {}).values()
    if len(values) > limits.xiaomi_template_values.value:
        return False
    return all(_is_value(value, limits.xiaomi_template_value_chars.value) for value in values)


def _is_value(value: object, most: int) -> bool:
    if not isinstance(value, str) or not value.strip() or len(value) > most:
        return False
    return not any(unicodedata.category(letter) in _REFUSED_KINDS for letter in value)

"""How each vendor's channel cuts titles and texts that are too long.

The service keeps three units less than the limit and adds three dots; it reports no error.
Source: https://trtc.io/document/77715 (copies of 2026).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.tencent.makers import MAKERS

if TYPE_CHECKING:
    from pushspec.tencent.limits import Limit, Limits

VENDORS = ("huawei", "honor", "xiaomi", "oppo", "vivo", "meizu")
_ELLIPSIS = "..."


@dataclass(frozen=True, slots=True)
class Cut:
    """A text as one vendor shows it.

    Attributes:
        vendor: Whose channel.
        limit: How many UTF-16 units it shows.
        units: How many the text has.
        shown: What is left of it.
    """

    vendor: str
    limit: int
    units: int
    shown: str

    @property
    def maker(self) -> str:
        """What people call the vendor's phones."""
        return MAKERS[self.vendor]


def vendor_limit(limits: Limits, vendor: str, field: str, *, big_text: bool = False) -> Limit:
    """Return the limit of a vendor on ``title`` or ``desc``; ``big_text`` is ``PushStyle`` 1."""
    if vendor == "oppo" and field == "desc" and big_text:
        return limits.oppo_desc_big_text
    limit: Limit = getattr(limits, f"{vendor}_{field}")
    return limit


def cut(text: str, limit: Limit) -> str:
    """Return ``text`` as a channel with this limit shows it; a pair of surrogates is never split."""
    if not limit.exceeded_by(text):
        return text
    kept = text.encode("utf-16-le", "surrogatepass")[: 2 * (limit.value - len(_ELLIPSIS))]
    return kept.decode("utf-16-le", "ignore") + _ELLIPSIS


def cuts(limits: Limits, field: str, text: str, *, big_text: bool = False) -> list[Cut]:
    """Return every vendor that cuts ``text``, the one that shows least of it first."""
    units = limits.huawei_title.measure(text)  # all vendors count UTF-16 units
    found = []
    for vendor in VENDORS:
        limit = vendor_limit(limits, vendor, field, big_text=big_text)
        if units > limit.value:
            found.append(Cut(vendor, limit.value, units, cut(text, limit)))
    return sorted(found, key=lambda cut_: (cut_.limit, cut_.vendor))

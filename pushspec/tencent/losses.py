"""Why a push did not reach a phone: the reasons that the vendor's page shows, in words, and what to do.

The page shows four codes in a sample and lists no others: https://trtc.io/zh/document/71895, read 2026-05-18.
"""

from __future__ import annotations

from dataclasses import dataclass

from pushspec.language import phrase


@dataclass(frozen=True, slots=True)
class LossReason:
    """One reason.

    Attributes:
        meaning: What it says, in plain words.
        advice: What to do.
    """

    meaning: str
    advice: str


_REASONS = {
    "-1": LossReason(
        phrase("no certificate id is set for the phone maker"),
        phrase("upload the maker's certificate in the console, and set its id in the app"),
    ),
    "-2": LossReason(
        phrase("the phone never uploaded a device token"),
        phrase("check that the app registers for pushes after login, and that people may allow them"),
    ),
    "1": LossReason(
        phrase("the registration id is not valid"),
        phrase("the app has to register again; sending again does not help"),
    ),
    "410": LossReason(
        phrase("the device is not registered any more, as after the app was removed"),
        phrase("nothing to do for the sender: the person has to install the app again"),
    ),
}
_UNKNOWN = phrase("no page explains this code; ask the phone maker, or look the task up in the console")


def loss_reason(code: str | None, text: str) -> LossReason:
    """Return a reason; of a code that no page lists, what the service itself says of it.

    Args:
        code: ``ErrCode``, as text; None where the service gave none.
        text: ``ErrInfo``; may be empty.
    """
    known = _REASONS.get(code or "")
    if known is not None:
        return known
    return LossReason(text or phrase("the service gives no reason"), _UNKNOWN)

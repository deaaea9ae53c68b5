"""Attributes of people and their names.

Pages: https://trtc.io/document/67815 (names), https://trtc.io/document/67817 (of people),
https://trtc.io/document/60565 (set), https://trtc.io/document/60566 (remove), all read 2026-05-18.
"""

from __future__ import annotations

from pushspec.tencent.operations.asking import Operation

_PACE = "tag_calls_per_second"
GET_NAMES = Operation("timpush/get_attr_name", _PACE, "https://trtc.io/document/67815")

"""What the service answers: one JSON object, always with HTTP status 200."""

from __future__ import annotations

import json
from typing import Any

Body = dict[str, Any]
"""A JSON object of the service; its shape is checked field by field."""


class Refusal(Exception):  # noqa: N818 - an answer of the service, not a fault of the program
    """The service turns a request down.

    Attributes:
        code: The documented error code.
        info: What is wrong, in words; the sandbox is more talkative than the service.
    """

    def __init__(self, code: int, info: str) -> None:
        super().__init__(info)
        self.code = code
        self.info = info

    @property
    def body(self) -> Body:
        """The answer's JSON."""
        return {"ActionStatus": "FAIL", "ErrorInfo": self.info, "ErrorCode": self.code}


def success(**fields: Any) -> Body:  # noqa: ANN401 - fields of a JSON answer
    """Return the JSON of a call that worked, with the endpoint's own fields after the common ones."""
    return {"ActionStatus": "OK", "ErrorInfo": "", "ErrorCode": 0, **fields}


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def encode(body: Body) -> bytes:
    """Return an answer's bytes."""
    return _ENCODER.encode(body).encode("utf-8", "surrogatepass")

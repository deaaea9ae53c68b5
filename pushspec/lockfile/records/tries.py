"""Records of a try: what went to testers, step by step."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pushspec.lockfile.records.base import Record


class Tried(Record):
    """What a campaign says went to the testers, a step a record; never a send of the campaign.

    Attributes:
        campaign: ``name@version``.
        key: The call of the try.
        content_sha256: What was tried: a digest over the campaign's contents.
        step: It is about to leave, what became of it, or what its trace told.
        endpoint: Where it went.
        accounts: How many testers it names.
        calls: How many calls the whole try makes, one a rendering.
        payload_sha256: SHA-256 of its bytes.
        by: Who tried it.
        task_id: As the service wrote it.
        msg_key: As the service wrote it.
        msg_id: As the service wrote it.
        refused: How many testers the service refused, by code.
        text: What happened where it was not sent, in words.
        devices: Devices that the trace names; None where it was not asked, or told nothing.
        reached: How many of them it reached.
    """

    record: Literal["tried"] = "tried"
    campaign: str
    key: str
    content_sha256: str
    step: Literal["intended", "sent", "not_sent", "unknown", "traced"]
    endpoint: str
    accounts: int
    calls: int
    payload_sha256: str
    by: str
    task_id: str | None = None
    msg_key: str | None = None
    msg_id: str | None = None
    refused: dict[str, int] = Field(default_factory=dict)
    text: str = ""
    devices: int | None = None
    reached: int | None = None

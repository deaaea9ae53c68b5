"""What a lockfile could tell of a plan's campaigns, written record by record."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

from pushspec.lockfile.fold import fold
from pushspec.lockfile.records import (
    Begin,
    Close,
    Header,
    Intent,
    NotSent,
    Open,
    RecallIntent,
    Record,
    Sent,
)
from pushspec.plan.hour_progress import begun_hours

if TYPE_CHECKING:
    from pushspec.lockfile.records import AnyRecord
    from pushspec.lockfile.state import LockState
    from pushspec.plan.build import Plan
    from pushspec.plan.calls import Call, CampaignCalls
    from pushspec.plan.planned import PlannedCampaign


NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
"""The moment of plans that are built in a test; no test reads the clock."""


class Records:
    """Records in the order written, each with the envelope that a run would give it.

    Args:
        at: When the first one is written.
        step: How long each one comes after the one before.
    """

    def __init__(self, at: datetime, step: timedelta = timedelta(0)) -> None:
        self.at = at
        self.records: list[AnyRecord] = []
        self._step = step
        self.epoch = 0

    def then(self, *records: Record) -> Self:
        """Add records."""
        for record in records:
            seq = len(self.records)
            self.epoch = seq if isinstance(record, Open) else self.epoch
            envelope = {
                "seq": seq,
                "journal": "j",
                "epoch": self.epoch,
                "run": f"run{self.epoch}",
                "nonce": str(seq),
                "at": self.at + seq * self._step,
            }
            self.records.append(record.model_copy(update=envelope))  # type: ignore[arg-type] # a concrete record
        return self

    @property
    def state(self) -> LockState:
        return fold(self.records)


class Story(Records):
    """Records of one run, written while it held the lock."""

    def __init__(self, at: datetime = NOON - timedelta(hours=1)) -> None:
        super().__init__(at)
        self.then(
            Header(sdk_app_id=1_400_000_000, environment="sandbox"),
            Open(holder="ada", lease_end=at + timedelta(minutes=1), tool="t"),
        )

    def begun(self, planned: PlannedCampaign) -> Self:
        return self.then(begin_of(planned.sending))

    def tried(self, call: Call, outcome: Record | None, *, attempt: int = 1) -> Self:
        intent = intent_of(call, attempt=attempt, not_after=self.at + timedelta(seconds=30))
        return self.then(*((intent,) if outcome is None else (intent, outcome)))

    def left(self) -> Self:
        """The run leaves the lock."""
        return self.then(Close())


def begin_of(calls: CampaignCalls) -> Begin:
    """Return the record that freezes a campaign."""
    return Begin(
        campaign=calls.campaign_key,
        name=calls.name,
        version=calls.version,
        digest=calls.digest,
        endpoint=calls.endpoint.name,
        audience=calls.audience,
        contents={key: dict(body) for key, body in calls.contents.items()},
        accounts=calls.account_count,
        accounts_sha256=calls.accounts_sha256,
        list_sha256=calls.list_sha256 or None,
        calls=calls.call_count,
        spec=calls.spec_path,
        spec_sha256=calls.spec_sha256,
        not_before=calls.not_before,
        not_after=calls.not_after,
        salt=calls.salt or None,
        shares=dict(calls.shares) or None,
        hours=begun_hours(calls) or None,
        zone_data=calls.zone_data or None,
    )


def intent_of(call: Call, *, not_after: datetime, attempt: int = 1) -> Intent:
    """Return the record that comes before a call."""
    return Intent(
        campaign=re.split("[/#]", call.key)[0],
        key=call.key,
        attempt=attempt,
        endpoint=call.endpoint.name,
        msg_random=call.msg_random,
        payload_sha256=call.payload_sha256(),
        accounts=len(call.accounts),
        not_after=not_after,
    )


def sent(
    key: str, refused: dict[str, list[str]] | None = None, *, at: datetime = NOON, task_id: str = "task-7"
) -> Sent:
    return Sent(key=key, attempt=1, task_id=task_id, refused=refused or {}, left_at=at, answered_at=at)


def going_back(key: str) -> RecallIntent:
    """Return that a task is about to be taken back."""
    return RecallIntent(
        campaign=key.partition("/")[0].partition("#")[0],
        key=key,
        attempt=1,
        endpoint="timpush/revoke",
        task_id="task-7",
        payload_sha256="p",
        requests=1,
        not_after=NOON,
    )


def story_of(plan: Plan, *, at: datetime) -> Story:
    """Return the story of a run that sent everything of a plan at one moment."""
    story = Story(at)
    for campaign in plan.campaigns:
        story.begun(campaign)
        for call in campaign.sending.calls():
            story.tried(call, sent(call.key, at=at, task_id=f"task_{call.msg_random}"))
    return story.left()


def not_sent(key: str, code: int | None) -> NotSent:
    return NotSent(
        key=key, attempt=1, refused_by_service=code is not None, code=code, case="c", text="said no"
    )

"""The steps of a recall: for each call until when it can be taken back, and by which requests."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from pushspec.lockfile.hidden import hidden_account
from pushspec.lockfile.histories import RecallState
from pushspec.serialization import digest_of
from pushspec.tencent.operations.revoke import (
    own_notification,
    replacement,
    revoke_request,
    sender_of,
    withdraw_request,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from pushspec.lockfile.histories import CallHistory
    from pushspec.lockfile.records import Begin
    from pushspec.lockfile.state import LockState
    from pushspec.plan.calls import CampaignCalls
    from pushspec.serialization import Json
    from pushspec.spec.project import Environment
    from pushspec.tencent.operations.changing import ChangeRequest


@dataclass(frozen=True, slots=True)
class RecallStep:
    """One call to take back.

    Attributes:
        call: What the lockfile knows of it.
        attempt: Which attempt to take it back this is, from 1.
        settles: Whether an earlier attempt is in doubt, which this one settles.
        until: From then on the service refuses to take it back; None where no page states an end.
        shows: The notification that takes its place; empty where it had none, and for chat messages.
        sender: Who sent it, where it is taken back one person at a time.
        accounts: Who got it, where it is taken back one person at a time.
    """

    call: CallHistory
    attempt: int
    settles: bool
    until: datetime | None
    shows: Mapping[str, Json] = field(default_factory=dict)
    sender: str = ""
    accounts: tuple[str, ...] = ()

    def requests(self) -> Iterator[ChangeRequest]:
        """Yield its requests: one, or one a person."""
        ids = self.call.ids
        if ids.task_id is not None:
            yield revoke_request(ids.task_id, self.shows)
        elif ids.msg_key is not None:
            for account in self.accounts:
                yield withdraw_request(self.sender, account, ids.msg_key)

    @property
    def request_count(self) -> int:
        """How many requests that are."""
        return 1 if self.call.ids.task_id is not None else len(self.accounts)

    def payload_sha256(self) -> str:
        """Return the SHA-256 over the bytes of its requests, in hex."""
        hashes = [request.payload_sha256() for request in self.requests()]
        return hashes[0] if len(hashes) == 1 else digest_of(hashes)


class SentLists(Protocol):
    """What a recall needs of a campaign's people, which the lockfile does not keep."""

    @property
    def calls(self) -> CampaignCalls:
        """The campaign's calls as they were sent; raises ``RefusedError`` where nobody can tell."""

    @property
    def refused(self) -> Mapping[str, frozenset[str]]:
        """The accounts that the service refused, by call: they got nothing."""


def is_in_time(until: datetime | None, now: datetime) -> bool:
    """Whether the service still takes back what it took back until then."""
    return until is None or now < until


@dataclass(frozen=True, slots=True)
class RecallSteps:
    """Makes the steps of one campaign.

    Attributes:
        begin: The campaign as it was frozen before its first call.
        state: What the lockfile knows.
        environment: Where it was sent.
        lists: Looks up who got it; asked only where the requests need it.
    """

    begin: Begin
    state: LockState
    environment: Environment
    lists: SentLists

    def until(self, call: CallHistory) -> datetime | None:
        """Return when a task can be taken back no longer, counted from before it began."""
        if call.ids.task_id is None:
            return None
        window = timedelta(seconds=self.environment.limits.revoke_window_s.value)
        return (call.sent_at or call.intended_at) + window

    def step(self, call: CallHistory) -> RecallStep:
        """Return what takes one call back."""
        before = self.state.recalls.get(call.key)
        step = RecallStep(
            call=call,
            attempt=1 if before is None else before.attempts + 1,
            settles=before is not None and before.state in {RecallState.IN_DOUBT, RecallState.INTENDED},
            until=self.until(call),
        )
        if call.ids.task_id is not None:
            return replace(step, shows=self._shown(call))
        sender = sender_of(self._content(call), self.environment.identifier)
        return replace(step, sender=sender, accounts=self._accounts(call))

    def _shown(self, call: CallHistory) -> dict[str, Json]:
        text = self.begin.recall
        if text is not None:
            return replacement(text["title"], text.get("desc"))
        return own_notification(self._content(call))

    def _content(self, call: CallHistory) -> Mapping[str, Json]:
        """Return the content of a call; of a personalized campaign only its own list tells which it had."""
        contents, base = self.begin.contents, call.key.partition("#")[0]
        # Stages of a list share what is said to all of them.
        names = (base, base.rpartition("/")[0]) if self.begin.contents_sha256 is None else ()
        for name in names:
            if name in contents and f"{name}~2" not in contents:
                return contents[name]
        table = self.lists.calls.table
        return table.content(table.keys.index(call.key))

    def _accounts(self, call: CallHistory) -> tuple[str, ...]:
        table = self.lists.calls.table
        named = table.accounts(table.keys.index(call.key))
        refused = self.lists.refused.get(call.key, frozenset())
        journal = self.begin.journal
        return tuple(
            account for account in named if refused.isdisjoint({account, hidden_account(account, journal)})
        )

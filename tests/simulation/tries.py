"""Tries of the made-up campaigns, and what must hold of each as it leaves: judged from the records alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from pushspec.lockfile.records import Tried
from pushspec.plan import trial as trial_module
from pushspec.plan.calls import Call
from pushspec.plan.identity import msg_random
from pushspec.plan.trial import Testers, Trial, TrialCall
from pushspec.serialization import sha256_hex
from pushspec.tencent.endpoints import ENDPOINTS, to_accounts_of
from simulation.calls import APP

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pushspec.lockfile.records import AnyRecord
    from pushspec.lockfile.state import LockState
    from pushspec.plan.calls import CampaignCalls

TESTERS = Testers(("tess", "theo"))
_RENDERINGS = 2
_MOST_TRIES = 20
_LONGEST = timedelta(seconds=31)
"""From its intent to its first byte: thirty seconds, and the time of one step."""


def make_try(campaign: CampaignCalls, state: LockState) -> Trial:
    """Return the next try of a campaign, in two renderings, as the command makes it."""
    number = trial_module.next_number(state, campaign.campaign_key)
    endpoint = ENDPOINTS[to_accounts_of(campaign.endpoint.name, with_message=False)]
    content = next(iter(campaign.contents.values()))
    calls = []
    for place in range(1, _RENDERINGS + 1):
        key = trial_module.trial_key(campaign.campaign_key, number, place)
        call = Call(key, endpoint, msg_random(APP, key), content, TESTERS.accounts)
        calls.append(TrialCall(call, ""))
    return Trial(campaign.campaign_key, "c" * 64, TESTERS, tuple(calls), ())


def keys_of_tries(campaigns: Sequence[CampaignCalls]) -> dict[int, str]:
    """Return the keys that tries of campaigns have, by their random numbers."""
    return {msg_random(APP, key): key for campaign in campaigns for key in _keys(campaign)}


def _keys(campaign: CampaignCalls) -> Iterator[str]:
    for number in range(1, _MOST_TRIES):
        yield f"{campaign.campaign_key}!try{number}"
        yield f"{campaign.campaign_key}!try{number}#2"


def is_try(key: str) -> bool:
    """Whether a key is that of a try, and of no call of a campaign."""
    return "!try" in key


@dataclass
class TryTruth:
    """What the records say of tries.

    Attributes:
        intended: The intent of each call of a try.
        denied: Those that were not sent, as the records say, and not because every tester was refused.
        faults: What is wrong with a record, by its call.
    """

    intended: dict[str, Tried] = field(default_factory=dict)
    denied: set[str] = field(default_factory=set)
    faults: dict[str, str] = field(default_factory=dict)

    def note(self, record: AnyRecord) -> None:
        """Read one more record."""
        if not isinstance(record, Tried):
            return
        if record.step == "intended" and record.key in self.intended:
            self.faults[record.key] = "under the key of an earlier try"
        elif record.step == "intended":
            self.intended[record.key] = record
        elif record.step == "not_sent" and sum(record.refused.values()) < record.accounts:
            self.denied.add(record.key)

    def broken_by(
        self, key: str, payload: bytes, *, synced: int, frozen: int | None, now: datetime | None
    ) -> str:
        """Return what is wrong with a try that leaves now; empty where nothing is.

        Args:
            key: Its call.
            payload: Its bytes.
            synced: How many records a power cut would leave.
            frozen: The record of the freeze that holds; None without one.
            now: What its machine's clock says; None where clocks are wrong.
        """
        intent = self.intended.get(key)
        if intent is None:
            return "without an intent"
        checks = {
            "before its intent was synced": intent.seq >= synced,
            "with other bytes than intended": intent.payload_sha256 != sha256_hex(payload),
            "against a freeze": frozen is not None and frozen < intent.seq,
            "long after its intent": now is not None and now - intent.at > _LONGEST,
        }
        return self.faults.get(key, "") or next((fault for fault, is_so in checks.items() if is_so), "")

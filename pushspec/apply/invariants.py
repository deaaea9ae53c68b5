"""Invariants of a run's calls, checked in every run: before the first call and as each leaves."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from pushspec.audience.accounts import accounts_sha256
from pushspec.errors import BrokenInvariantError, RefusedError
from pushspec.language import phrase
from pushspec.lockfile.histories import CallState
from pushspec.plan.contents import begun_contents_sha256, contents_sha256
from pushspec.serialization import sha256_hex
from pushspec.tencent.exchange import GateClosedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pushspec.lockfile.records import Begin, Intent
    from pushspec.lockfile.state import LockState
    from pushspec.plan.call_table import CallTable
    from pushspec.plan.calls import CampaignCalls


def check_calls(campaigns: Iterable[CampaignCalls]) -> None:
    """Check that the calls of a run are what their campaigns say; done before its first record.

    The parts of a campaign, one after the other, are its whole audience and nothing else. No two calls share
    a key, or a random number: the service takes two alike within a second for one push.

    Raises:
        BrokenInvariantError: They are not; nothing was sent.
    """
    keys: set[str] = set()
    numbers: set[int] = set()
    for campaign in campaigns:
        table, named = campaign.table, campaign.campaign_key
        rows = sum(1 for _ in table.parts())
        if not rows == campaign.call_count == len(table.msg_randoms):
            raise _broken(phrase("{named} has a different number of calls than it declares", named=named))
        if not campaign.is_at_hand:
            raise _broken(phrase("a list of {named} was not read", named=named))
        _check_names(table, keys, numbers)
        accounts = chain.from_iterable(map(table.accounts, range(rows)))
        if campaign.endpoint.to_accounts and accounts_sha256(accounts) != campaign.accounts_sha256:
            raise _broken(phrase("the parts of {named} are not its audience", named=named))


def _check_names(table: CallTable, keys: set[str], numbers: set[int]) -> None:
    for key, msg_random in zip(table.keys, table.msg_randoms, strict=True):
        if key in keys:
            raise _broken(phrase("two calls are named {key}", key=key))
        if msg_random in numbers:
            raise _broken(phrase("{key} has the random number of another call", key=key))
        keys.add(key)
        numbers.add(msg_random)


def check_unchanged(state: LockState, campaigns: Iterable[CampaignCalls]) -> None:
    """Refuse a campaign that was started with different bytes or a different audience.

    Raises:
        RefusedError: One differs.
    """
    for campaign in campaigns:
        known = state.campaigns.get(campaign.campaign_key)
        if known is not None and _frozen_part(known.begin) != (
            campaign.digest,
            campaign.call_count,
            campaign.accounts_sha256,
            contents_sha256(campaign.contents),
        ):
            raise RefusedError(
                phrase(
                    "{campaign_key} was started with different content, audience or parts",
                    campaign_key=campaign.campaign_key,
                ),
                hint=phrase(
                    "restore the files to finish it, or raise its version to send it to everyone again"
                ),
            )


def _frozen_part(begin: Begin) -> tuple[str, int, str, str]:
    return (begin.digest, begin.calls, begin.accounts_sha256, begun_contents_sha256(begin))


def check_leaving(state: LockState, intent: Intent, payload: bytes) -> None:
    """Check that the bytes about to leave are those of an intent that is durable and has no outcome yet.

    Raises:
        GateClosedError: They are not; nothing leaves.
    """
    known = state.calls.get(intent.key)
    expected = (CallState.INTENDED, intent.attempt, sha256_hex(payload))
    if known is None or (known.state, known.attempts, known.payload_sha256) != expected:
        raise GateClosedError(
            "invariant",
            phrase("{key} is not what the lockfile intends; {report}", key=intent.key, report=_REPORT),
        )


_REPORT = phrase("this is a bug in pushspec; please report it")


def _broken(what: str) -> BrokenInvariantError:
    return BrokenInvariantError(phrase("{what}; nothing was sent", what=what), hint=_REPORT)

"""Find out from the files whom a call named: only files that still make the recorded bytes prove anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.api.planning import compile_project
from pushspec.errors import PushspecError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.api.project import LoadedProject
    from pushspec.lockfile.histories import CallHistory
    from pushspec.lockfile.state import LockState
    from pushspec.plan.calls import Call


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Which call of a campaign named an account.

    Attributes:
        key: The call; None where none is known to.
        is_certain: Whether the files prove it, or that no call named the account.
    """

    key: str | None
    is_certain: bool


def call_naming(project: LoadedProject, state: LockState, campaign_key: str, account: str) -> Whereabouts:
    """Return the call of a campaign that named an account, as far as the files still tell.

    Args:
        project: The project, at the environment.
        state: What its lockfile says.
        campaign_key: ``name@version``.
        account: The account.
    """
    begun, proven = state.campaigns[campaign_key].begin, 0
    if not begun.accounts:
        return Whereabouts(None, is_certain=False)
    for call, history in _proven_calls(project, state, campaign_key):
        if account in call.accounts:
            return Whereabouts(history.key, is_certain=True)
        proven += 1
    return Whereabouts(None, is_certain=proven == begun.calls)


def accounts_of_call(project: LoadedProject, state: LockState, call: CallHistory) -> frozenset[str]:
    """Return the accounts that the files prove a call named; none where they prove nothing."""
    for made, history in _proven_calls(project, state, call.campaign):
        if history.key == call.key:
            return frozenset(made.accounts)
    return frozenset()


def _proven_calls(
    project: LoadedProject, state: LockState, campaign_key: str
) -> Iterator[tuple[Call, CallHistory]]:
    """Yield the calls that the files still make byte for byte as they were recorded."""
    try:
        compiled = compile_project(project, names=[campaign_key])
    except PushspecError:
        return
    for campaign in compiled:
        for call in campaign.calls.calls() if campaign.calls.campaign_key == campaign_key else ():
            history = state.calls.get(call.key)
            if history is not None and history.payload_sha256 == call.payload_sha256():
                yield call, history

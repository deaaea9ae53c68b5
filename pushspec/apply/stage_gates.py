"""Write down what the gates of a run's rollouts say, before a stage leaves and after it was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.plan.rollout import Verdict, open_keys, rollout_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushspec.apply.guard import Guard
    from pushspec.apply.journal_writer import JournalWriter
    from pushspec.clock import Clock
    from pushspec.lockfile.records import Gate
    from pushspec.plan.calls import CampaignCalls
    from pushspec.plan.rollout import Rollout


class StageGates:
    """The gates of one run."""

    def __init__(self, writer: JournalWriter, clock: Clock, guard: Guard) -> None:
        self._writer = writer
        self._clock = clock
        self._guard = guard
        self._stopping: set[str] = set()

    async def record(self, verdicts: Sequence[Gate]) -> None:
        """Write what gates say whose campaigns send nothing now.

        Raises:
            LockError: The lockfile could not be written.
        """
        if verdicts:
            await self._writer.write(*verdicts)

    async def open(self, campaign: CampaignCalls) -> Sequence[str]:
        """Record that the next stage's gate opened, and return the keys that this run may call.

        They are fixed here: a gate that opens later opens for another run, whose plan shows it.

        Raises:
            LockError: The lockfile could not be written.
        """
        rollout = self._now(campaign)
        if rollout.gate is not None and rollout.gate.verdict is not Verdict.HELD and rollout.is_new:
            await self._writer.write(rollout.gate.record(campaign.campaign_key))
        return open_keys(campaign, rollout, self._clock.now())

    async def tell(self, campaign: CampaignCalls) -> None:
        """Record what the next gate says once this run has sent what it may.

        Raises:
            LockError: The lockfile could not be written.
        """
        rollout = self._now(campaign)
        if rollout.gate is not None and rollout.is_new:
            await self._writer.write(rollout.gate.record(campaign.campaign_key, is_over=True))
        if campaign.campaign_key in self._writer.state.stops:
            self._guard.is_clear(campaign)

    async def stop_failed(self, campaign: CampaignCalls, stage: int) -> None:
        """Record at once that a condition of a stage fails, whatever else of it is still to be sent.

        Raises:
            LockError: The lockfile could not be written.
        """
        key = campaign.campaign_key
        if key in self._stopping or not self._guard.failure(campaign, stage):
            return
        self._stopping.add(key)
        rollout = self._now(campaign)
        if rollout.gate is not None and rollout.is_new:
            await self._writer.write(rollout.gate.record(key))

    def due(self, campaign: CampaignCalls) -> Sequence[str]:
        """Return the keys of the calls whose stage or hour may leave at this moment."""
        return open_keys(campaign, self._now(campaign), self._clock.now())

    def _now(self, campaign: CampaignCalls) -> Rollout:
        return rollout_of(campaign, self._writer.state, self._clock.now())

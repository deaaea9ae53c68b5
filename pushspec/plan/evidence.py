"""What is known of a stage: how many of its people were refused, lost, reached, or opened the push."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from pushspec.language import joined, phrase
from pushspec.lockfile.histories import CallState
from pushspec.spec.rollout import Measure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pushspec.lockfile.histories import CallHistory
    from pushspec.lockfile.stats import KnownStats
    from pushspec.spec.rollout import Stage, Threshold


class Known(NamedTuple):
    """How many people, of those whose outcome is known."""

    found: int
    of: int


_NOBODY = Known(0, 0)


@dataclass(slots=True)
class Refusals:
    """Counts the refused accounts of a stage, call by call; a call counts once."""

    known: Known = _NOBODY
    _counted: set[str] = field(default_factory=set)

    def add(self, call: CallHistory) -> None:
        """Count a call whose answer names the refused; of any other, nobody knows whom the service took."""
        if not call.is_settled or call.state is CallState.ABANDONED or call.key in self._counted:
            return
        if call.state is CallState.SENT and call.case:  # in doubt first, and then a person's word
            return
        refused = call.accounts if call.state is CallState.REFUSED else sum(call.refused.values())
        self._counted.add(call.key)
        self.known = Known(self.known.found + refused, self.known.of + call.accounts)


def evidence_of(calls: Iterable[CallHistory], stats: Mapping[str, KnownStats]) -> dict[Measure, Known]:
    """Return what the lockfile tells of a stage's calls; what it does not tell is missing, never zero.

    Statistics count of the calls for which they are settled: everybody was reached or lost, so nobody can
    still change sides.
    """
    refusals, lost, reached = Refusals(), 0, 0
    for call in calls:
        refusals.add(call)
        found = _settled(stats.get(call.key)) if call.state is CallState.SENT else None
        if found is not None:
            reached, lost = reached + found[0], lost + found[1]
    known = {Measure.REFUSED: refusals.known}
    if people := reached + lost:
        known |= {Measure.LOST: Known(lost, people), Measure.REACHED: Known(reached, people)}
    return known


def _settled(stats: KnownStats | None) -> tuple[int, int] | None:
    """Return how many people a task reached and lost, once that is everybody; None before."""
    if stats is None or stats.counts is None or stats.losses is None or stats.losses.losses is None:
        return None
    total, reached = stats.counts.total, stats.counts.reached
    counts = [loss.count for loss in stats.losses.losses]
    if total is None or reached is None or None in counts:
        return None
    lost = sum(count for count in counts if count is not None)
    return (reached, lost) if total and reached + lost == total else None


_MEASURES = {
    Measure.REFUSED: phrase("refused"),
    Measure.LOST: phrase("lost"),
    Measure.REACHED: phrase("reached"),
    Measure.OPENED: phrase("opened"),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One condition held against what is known.

    Attributes:
        measure: What it looks at.
        threshold: What is allowed.
        known: What is known; None where nothing is.
        least: How many people must be known before it counts.
    """

    measure: Measure
    threshold: Threshold
    known: Known | None
    least: int

    @property
    def holds(self) -> bool | None:
        """Whether it holds; None while too little is known to tell."""
        if self.known is None or self.known.of < self.least:
            return None
        return self.threshold.holds(*self.known)

    def text(self) -> str:
        """Return what is known: ``refused 30 of 500``, ``lost not known``."""
        if self.known is None:
            return phrase("{measure} not known", measure=_MEASURES[self.measure])
        found = phrase(
            "{measure} {found:,} of {of:,}",
            measure=_MEASURES[self.measure],
            found=self.known.found,
            of=self.known.of,
        )
        return (
            found
            if self.holds is not None
            else phrase("{found} ({least:,} must be known)", found=found, least=self.least)
        )


def read_conditions(stage: Stage, evidence: Mapping[Measure, Known]) -> list[Reading]:
    """Hold a stage's conditions against what is known of it."""
    return [
        Reading(measure, threshold, evidence.get(measure), stage.min_count)
        for measure, threshold in stage.thresholds.items()
    ]


def failure_text(readings: Iterable[Reading], stage: Stage) -> str:
    """Say which conditions fail: ``refused 30 of 500 (must be < 5%)``; empty where none does."""
    texts = stage.condition_texts()
    failed = [it for it in readings if it.holds is False]
    return joined(
        "; ",
        (
            phrase("{found} (must be {condition})", found=it.text(), condition=texts[it.measure])
            for it in failed
        ),
    )

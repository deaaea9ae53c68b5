"""Bad days on demand: rules that make some calls go wrong in one of the ways calls go wrong.

A rule names an endpoint, says which of its calls are meant, and what happens to them.
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from pushspec.sandbox.answers import Refusal


class FaultKind(StrEnum):
    """What happens to a call."""

    SLOW = "slow"
    NO_ANSWER = "no_answer"
    RESET_BEFORE = "reset_before"
    RESET_AFTER = "reset_after"
    BAD_GATEWAY = "bad_gateway"
    CUT_JSON = "cut_json"
    ERROR = "error"

    @property
    def does_the_work(self) -> bool:
        """Whether the push goes out all the same."""
        return self not in {FaultKind.RESET_BEFORE, FaultKind.ERROR}


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule.

    Attributes:
        kind: What happens.
        endpoint: Path without ``v4/``; ``*`` stands for any text.
        calls: Which calls of that endpoint, counted from 1 since the rule was set; empty for all.
        probability: Of those, how many are hit.
        seed: Where the dice start, so that a bad day can be had again.
        code: ``ErrorCode`` of ``error``.
        delay_s: How long ``slow`` waits, in real seconds.
    """

    kind: FaultKind
    endpoint: str = "*"
    calls: tuple[int, ...] = ()
    probability: float = 1.0
    seed: int = 0
    code: int = 91000
    delay_s: float = 2.0

    def __post_init__(self) -> None:
        """Refuse what could never happen."""
        if not 0 <= self.probability <= 1:
            raise ValueError("probability must lie between 0 and 1")
        if self.delay_s < 0 or any(number < 1 for number in self.calls):
            raise ValueError("delays and call numbers are positive")

    @property
    def refusal(self) -> dict[str, Any]:
        """What is answered when the work is not done: the error code, or nothing at all."""
        if self.kind is not FaultKind.ERROR:
            return {}
        return Refusal(self.code, "played on demand").body

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Fault:
        """Read a rule from its JSON or YAML form.

        Raises:
            ValueError: It has an unknown key, kind or value.
        """
        unknown = sorted(set(value) - set(cls.__dataclass_fields__))
        if unknown:
            raise ValueError(f"a fault has no {unknown[0]}")
        try:
            return cls(**{**value, "kind": FaultKind(value["kind"]), "calls": tuple(value.get("calls", ()))})
        except (KeyError, TypeError):
            raise ValueError("a fault needs a kind, and its values must have the right types") from None

    def to_json(self) -> dict[str, Any]:
        """Return the rule's JSON form."""
        return {**asdict(self), "kind": str(self.kind), "calls": list(self.calls)}


def fault_from_text(text: str) -> Fault:
    """Read a rule from ``KIND[:ENDPOINT[:KEY=VALUE,...]]``, several calls as ``calls=1+3``.

    Raises:
        ValueError: It has an unknown key, kind or value.
    """
    kind, _, rest = text.partition(":")
    endpoint, _, pairs = rest.partition(":")
    values: dict[str, Any] = {"kind": kind, "endpoint": endpoint or "*"}
    for pair in filter(None, pairs.split(",")):
        name, _, value = pair.partition("=")
        if name == "calls":
            values[name] = [int(number) for number in value.split("+")]
        else:
            values[name] = float(value) if name in {"probability", "delay_s"} else int(value)
    return Fault.from_json(values)


class Faults:
    """The rules in force, and how many calls each has seen."""

    def __init__(self, rules: tuple[Fault, ...]) -> None:
        self.replace(rules)

    @property
    def rules(self) -> tuple[Fault, ...]:
        """The rules in force."""
        return self._rules

    def replace(self, rules: tuple[Fault, ...]) -> None:
        """Put other rules in force and count from the start."""
        self._rules = rules
        self._seen = [0] * len(rules)
        self._dice = [random.Random(rule.seed) for rule in rules]  # noqa: S311 - dice, not secrets

    def next_for(self, endpoint: str) -> Fault | None:
        """Return what happens to this call: the first rule that hits it."""
        hit = None
        for number, rule in enumerate(self._rules):
            if not fnmatchcase(endpoint, rule.endpoint):
                continue
            self._seen[number] += 1
            meant = not rule.calls or self._seen[number] in rule.calls
            if meant and self._dice[number].random() < rule.probability:
                hit = hit or rule
        return hit

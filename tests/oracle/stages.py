"""The reference's eyes for stages: who is in which, and which may leave, by plain hashes and dates."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from oracle.ledger import Ledger
    from oracle.wishes import Wish

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_SLACK = timedelta(minutes=2)
"""An answer comes a little later than its request arrives, and the hold counts from the answer."""


def point_of(salt: str, account: str) -> Fraction:
    """Return where a person stands between 0 and 1 under a salt."""
    digits = hashlib.sha256(f"{salt}\n{account}".encode()).hexdigest()[:16]
    return Fraction(int(digits, 16), 16**16)


def share_of(text: str) -> Fraction:
    """Read ``12.5%``."""
    return Fraction(text.rstrip("%")) / 100


def staged(spec: Mapping[str, Any], accounts: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the people of each stage by its number; all of them in stage 0 without a rollout."""
    if "rollout" not in spec:
        yield 0, accounts
        return
    ends = [sum(map(share_of, shares), Fraction(0)) for shares in _sums(spec["rollout"])]
    for number in range(len(ends)):
        begins = ends[number - 1] if number else Fraction(0)
        salt = f"{spec.get('salt', spec['name'])}:rollout"
        people = [one for one in accounts if begins <= point_of(salt, one) < ends[number]]
        if people:
            yield number, people


def _sums(stages: Sequence[Mapping[str, Any]]) -> Iterator[list[str]]:
    shares = [stage.get("share", "100%") for stage in stages]
    yield from (shares[: number + 1] for number in range(len(shares)))


def faults_of_stages(spec: Mapping[str, Any], sizes: Sequence[int]) -> Iterator[str]:
    """Yield what is wrong with stages of so many people."""
    for stage, size in zip(spec.get("rollout", ()), sizes, strict=True):
        if not size:
            yield f"nobody is in stage {stage['stage']}"
        elif "continue_if" in stage and size < stage.get("min_count", 20):
            yield f"stage {stage['stage']} can never be judged"


@dataclass(frozen=True)
class Gate:
    """How far a campaign's stages have come.

    Attributes:
        open: How many stages may leave.
        stop: Why nothing more leaves; empty where something may.
        is_sure: Whether nobody may see it otherwise.
        number: Of the gate that is next; None where none is left, or the campaign was not begun.
        is_sending: Whether the stage before that gate is not out yet.
    """

    open: int
    stop: str = ""
    is_sure: bool = True
    number: int | None = None
    is_sending: bool = False


def gate_of(wish: Wish, ledger: Ledger, now: datetime) -> Gate:
    """Return how far a campaign has come at a moment; one without stages has one, and no gate."""
    stages = wish.spec.get("rollout", [{}])
    passed = [number for key, number in ledger.stages if key == wish.key]
    passed += [number + 1 for key, number in ledger.continued if key == wish.key]
    current = max(passed, default=0)
    person = "a person stopped it" if wish.key in ledger.stopped else ""
    if current >= len(stages) - 1 or wish.key not in ledger.cores:
        return Gate(current + 1, person)
    gate = _judge(wish, stages[current], current, ledger, now)
    is_sure = gate.is_sure and (bool(gate.stop) or wish.key not in ledger.wavering)
    return Gate(gate.open, person or gate.stop, is_sure, current, gate.is_sending)


def _judge(wish: Wish, stage: Mapping[str, Any], number: int, ledger: Ledger, now: datetime) -> Gate:
    out = ledger.stages.get((wish.key, number))
    is_sending = any(text.stage == number and ledger.left(wish, text) for text in wish.texts)
    answers = [_holds(name, text, stage, out) for name, text in stage.get("continue_if", {}).items()]
    closed = Gate(number + 1, is_sending=is_sending)
    if False in answers:
        return Gate(number + 1, "a condition failed", is_sending=is_sending)
    if is_sending or out is None:
        return closed
    if out.people == out.refused:
        return Gate(number + 1, "nobody of the stage got it")
    opens = out.last + timedelta(seconds=_seconds(stage.get("hold", 0)))
    over = opens + timedelta(seconds=_seconds(stage.get("max_wait", "24h")))
    if now < opens:
        return closed
    if None not in answers:
        return Gate(number + 2, is_sure=now > opens + _SLACK)
    return Gate(
        number + 1, "nobody knows" if now > over + _SLACK else "", is_sure=not over < now < over + _SLACK
    )


def _holds(name: str, text: str, stage: Mapping[str, Any], out: Any) -> bool | None:
    """Whether a condition holds; None where too little is known. Nobody asks for more than refusals here."""
    if name != "refused" or out is None or out.people < stage.get("min_count", 20):
        return None
    found = re.fullmatch(r"(<=?|>=?) ?(.*)", text)
    assert found is not None
    share, bound = Fraction(out.refused, out.people), share_of(found[2])
    return {"<": share < bound, "<=": share <= bound, ">": share > bound, ">=": share >= bound}[found[1]]


def _seconds(text: str | int) -> int:
    return text if isinstance(text, int) else int(text[:-1]) * _UNITS[text[-1]]


def steer(ledger: Ledger, wish: Wish, now: datetime, word: str) -> None:
    """Write down that a person stopped a campaign, or let it go on."""
    gate = gate_of(wish, ledger, now)
    if word == "stop":
        ledger.stopped.add(wish.key)
        return
    is_stage_first = gate.is_sending and wish.key in ledger.stopped
    if gate.number is not None and not is_stage_first:
        ledger.continued.add((wish.key, gate.number))
    ledger.stopped.discard(wish.key)

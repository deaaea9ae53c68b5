"""Draws stages into the campaigns of a project that is drawn already, and what people do to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oracle.draw_shares import is_to_accounts
from oracle.history import Apply, Change, Continue, Put, Stop, Wait, as_yaml, from_yaml
from oracle.people import PEOPLE
from oracle.stages import faults_of_stages, staged

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

    from oracle.history import Step

_GHOSTS = tuple(f"ghost-{number}" for number in range(4))
"""Accounts that the service does not know, and refuses."""
_SHARES = ("50%", "50%", "30%", "66.667%")
_HOLDS: tuple[dict[str, Any], ...] = ({}, {}, {"hold": "30m"}, {"hold": 600})
_CONDITIONS: tuple[dict[str, Any], ...] = (
    {},
    {"continue_if": {"refused": "< 50%"}, "min_count": 1},
    {"continue_if": {"refused": "<= 25%"}, "min_count": 2},
    {"continue_if": {"lost": "< 3%"}, "min_count": 1, "max_wait": "2h"},
    {"continue_if": {"lost": "< 50%"}, "min_count": 1},
    {"continue_if": {"refused": "< 60%", "reached": "> 50%"}, "min_count": 1},
)


def draw_stages(chance: random.Random, files: dict[str, bytes], campaigns: Sequence[str]) -> list[Step]:
    """Cut some lists into stages, and return what happens to them."""
    if chance.random() > 0.2:
        return []
    steps: list[Step] = []
    for path in campaigns:
        spec = from_yaml(files[path])
        if is_to_accounts(spec):
            spec = _with_stages(chance, spec)
            files[path] = as_yaml(spec)
            steps += _story(chance, path, spec)
    return steps


def _with_stages(chance: random.Random, spec: dict[str, Any]) -> dict[str, Any]:
    """Return a campaign with stages; most have somebody in each."""
    drawn = [_drawn(chance, spec) for _ in range(8)]
    return next((one for one in drawn if not any(faults_of_stages(one, _sizes(one)))), drawn[0])


def _drawn(chance: random.Random, spec: dict[str, Any]) -> dict[str, Any]:
    names = ("canary", "half", "rest")[-chance.choice((2, 2, 3)) :]
    shares = ["30%", "30%"] if len(names) == 3 else [chance.choice(_SHARES)]
    rollout: list[dict[str, Any]] = [
        {"stage": name, "share": share, **chance.choice(_HOLDS), **chance.choice(_CONDITIONS)}
        for name, share in zip(names, shares, strict=False)
    ]
    known = [person.account for person in PEOPLE]
    people = [*chance.sample(known, chance.randint(4, 9)), *_GHOSTS[: chance.choice((0, 2, 4))]]
    chance.shuffle(people)
    audience = spec["audience"] if "personalize" in spec["audience"] else {"accounts": people}
    return spec | {"audience": audience, "rollout": [*rollout, {"stage": names[-1]}]}


def _sizes(spec: dict[str, Any]) -> list[int]:
    people = dict(staged(spec, spec["audience"].get("accounts", [])))
    return [len(people.get(number, ())) for number in range(len(spec["rollout"]))]


def _story(chance: random.Random, path: str, spec: dict[str, Any]) -> Iterator[Step]:
    """Somebody applies again and again; others stop it, let it go on, or change its gate."""
    environment, name = spec.get("environments", ["prod"])[0], spec["name"]
    yield Apply(environment)
    for _ in range(chance.randint(2, 4)):
        what = chance.random()
        if what < 0.5:
            yield Wait(chance.choice((60, 720, 1900, 4000, 8000)))
        elif what < 0.65:
            yield Stop(environment, name)
        elif what < 0.9:
            yield Continue(environment, name)
        else:
            yield Change((Put(path, ("rollout", 0, "hold"), "5m"),))
        yield Apply(
            environment,
            kill_at=chance.randint(1, 24) if chance.random() < 0.1 else None,
            latency_s=chance.choice((0.0, 0.1, 2.0)),
        )

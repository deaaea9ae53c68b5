"""Draws tries and recalls, or another name, into the steps of a history that is drawn already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oracle.history import Apply, Change, Put, Recall, Try, Wait, as_yaml, from_yaml
from oracle.people import PEOPLE

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

    from oracle.history import Step


def draw_beside(
    chance: random.Random, files: dict[str, bytes], campaigns: Sequence[str], steps: Sequence[Step]
) -> list[Step]:
    """Return the steps with tries and recalls among them; the environments get testers."""
    is_staged = any("rollout" in from_yaml(files[path]) for path in campaigns)
    if chance.random() > (0.4 if is_staged else 0.12):
        return [*steps, *_renamed(chance, files, campaigns)]
    project = from_yaml(files["pushspec.yaml"])
    testers = {"accounts": chance.sample([person.account for person in PEOPLE], 2)}
    named = {name: settings | {"testers": testers} for name, settings in project["environments"].items()}
    files["pushspec.yaml"] = as_yaml(project | {"environments": named})
    found = list(steps)
    for _ in range(chance.randint(1, 3)):
        place = chance.randint(0, len(found))
        path = chance.choice(campaigns)
        found[place:place] = _story(chance, path, from_yaml(files[path]))
    return found


def _story(chance: random.Random, path: str, spec: dict[str, Any]) -> list[Step]:
    environment, name = spec.get("environments", ["prod"])[0], spec["name"]
    replies = (chance.choice(("ok", "ok", "lost", "gateway")),) * 2
    if chance.random() < 0.5:
        return [Try(environment, name, replies), Apply(environment)]
    again: list[Step] = [
        Change((Put(path, ("version",), spec["version"] + 1),)),
        Wait(60),
        Apply(environment),
    ]
    return [
        Apply(environment),
        *(again if chance.random() < 0.5 else ()),
        Recall(environment, name, replies),
        Apply(environment),
    ]


def _renamed(chance: random.Random, files: dict[str, bytes], campaigns: Sequence[str]) -> Iterator[Step]:
    """Somebody gives a campaign that is out another name."""
    if chance.random() < 0.05:
        path = chance.choice(campaigns)
        spec = from_yaml(files[path])
        environment = spec.get("environments", ["prod"])[0]
        yield Apply(environment)
        yield Change((Put(path, ("name",), f"{spec['name']}-new"),))
        yield Apply(environment)

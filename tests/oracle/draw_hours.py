"""Draws hours of each person's own clock into campaigns that are drawn already, and what happens in them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from oracle.draw_shares import is_to_accounts
from oracle.history import Apply, Change, Wait, Write, as_yaml, from_yaml
from oracle.machine import START
from oracle.people import PEOPLE

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

    from oracle.history import Step

_ZONES = ("Asia/Shanghai", "Asia/Singapore", "Asia/Kolkata", "Europe/Berlin", "America/New_York", "")
"""Two that agree, one half an hour off, and nobody's; the default stands for that."""
_NIGHTS = ((23, 7), (22, 10), (0, 12), (13, 15))


def draw_hours(chance: random.Random, files: dict[str, bytes], campaigns: Sequence[str]) -> list[Step]:
    """Give a list hours of its own, and return what happens to it."""
    if chance.random() > 0.35:
        return []
    specs = ((path, from_yaml(files[path])) for path in campaigns)
    fit = (one for one in specs if is_to_accounts(one[1]) and not {"rollout", "variants"} & set(one[1]))
    path, spec = next(fit, ("", {}))
    if not path:
        return []
    steps = list(_story(chance, path, files, spec))
    if chance.random() < 0.5:
        begins, ends = chance.choice(_NIGHTS)
        project = from_yaml(files["pushspec.yaml"])
        night = {"from": f"{begins:02}:00", "to": f"{ends:02}:00", "timezone": chance.choice(_ZONES[:5])}
        policy = project.get("policy", {}) | {"quiet_hours": night}
        files["pushspec.yaml"] = as_yaml(project | {"policy": policy})
    return steps


def _story(chance: random.Random, path: str, files: dict[str, bytes], spec: dict[str, Any]) -> Iterator[Step]:
    """Somebody applies again and again, as the hours come; people move between the zones."""
    listed = f"audiences/{spec['name']}-zones.csv"
    accounts = chance.sample([person.account for person in PEOPLE], chance.randint(3, 8))
    here = chance.choice(_ZONES[:5])
    zones = [chance.choice((here, here, *_ZONES)) for _ in accounts]
    files[listed] = _csv(chance, accounts, zones)
    columns = {"personalize": ["lang", "tier"]} if "personalize" in spec["audience"] else {}
    audience = {"file": listed, "column": "user_id"} | columns
    if "exclude" in spec["audience"] and chance.random() < 0.3:
        audience["exclude"] = spec["audience"]["exclude"]
    files[path] = as_yaml(spec | {"audience": audience, "schedule": _schedule(chance, here)})
    environment = spec.get("environments", ["prod"])[0]
    yield Apply(environment)
    for _ in range(chance.randint(2, 4)):
        if chance.random() < 0.2:
            zones = [chance.choice((zone, zone, chance.choice(_ZONES))) for zone in zones]
            yield Change((Write(listed, _csv(chance, accounts, zones)),))
        yield Wait(chance.choice((90, 1_800, 3_000, 5_400, 9_000, 7 * 3_600)))
        yield Apply(
            environment,
            kill_at=chance.randint(1, 24) if chance.random() < 0.1 else None,
            replies=("slow",) * chance.choice((0, 0, 8)),
            latency_s=chance.choice((0.0, 0.1, 2.0)),
        )


def _schedule(chance: random.Random, zone: str) -> dict[str, str]:
    """Return hours that begin or end about now in a zone."""
    now = START.astimezone(ZoneInfo(zone))
    opens = now + timedelta(minutes=chance.choice((-61, -59, -30, 0, 0, 1, 20)))
    schedule = {"local": f"{opens:%Y-%m-%dT%H:%M}", "timezone_column": "tz"}
    if chance.random() < 0.6:
        closes = opens + timedelta(minutes=chance.choice((1, 30, 180, 600)))
        schedule["local_until"] = f"{closes:%Y-%m-%dT%H:%M}"
    return schedule | ({"default": chance.choice(_ZONES[:5])} if chance.random() < 0.9 else {})


def _csv(chance: random.Random, accounts: Sequence[str], zones: Sequence[str]) -> bytes:
    rows = (
        f"{account},{zone},{chance.choice(('en', 'zh'))},gold\n"
        for account, zone in zip(accounts, zones, strict=True)
    )
    return "".join(["user_id,tz,lang,tier\n", *rows]).encode()

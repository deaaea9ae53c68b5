"""What decides who gets what of a campaign with pinned lists, told without any of the lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.audience.files import hash_files
from pushspec.paths import read_inside
from pushspec.plan.calls import PinnedPart
from pushspec.plan.chunking import most_accounts
from pushspec.plan.local_hours import span_in
from pushspec.plan.pins import excludes_of
from pushspec.plan.variants import place_of, template_variables
from pushspec.plan.zone_columns import zoned_source
from pushspec.serialization import Json, digest_of, sha256_hex
from pushspec.spec.policy import PolicyName
from pushspec.spec.recipients import AccountSource, FromPin
from pushspec.tencent.endpoints import ENDPOINTS
from pushspec.zones import offsets_between, zone_named, zone_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pushspec.audience.pinned.pin import Pin
    from pushspec.plan.variants import ResolvedVariant
    from pushspec.spec.campaign import Schedule
    from pushspec.spec.load import ProjectSpec
    from pushspec.spec.project import Environment

_TEMPLATES = "templates"
_TEMPLATE_BYTES = 1024 * 1024


def pinned_part(
    variants: Sequence[ResolvedVariant], pins: Mapping[str, Pin], project: ProjectSpec, environment_name: str
) -> PinnedPart:
    """Return what the digest covers of a campaign that uses pins."""
    environment = project.project.environments[environment_name]
    contents: list[Json] = []
    for variant in variants:
        bodies = [[dict(values), dict(body)] for values, body in variant.bodies]
        contents.append([_name(variant), bodies, _rest(variant, project, environment)])
    return PinnedPart(contents, _people(variants, pins, project, environment))


def _people(
    variants: Sequence[ResolvedVariant],
    pins: Mapping[str, Pin],
    project: ProjectSpec,
    environment: Environment,
) -> Json:
    campaign = variants[0].spec.campaign
    endpoint, limits = ENDPOINTS[campaign.endpoint], environment.limits
    holdout = project.project.holdout
    is_held_out = holdout is not None and not campaign.lifts(PolicyName.HOLDOUT)
    found: dict[str, Json] = {
        "lists": {name: pin.rows_sha256 for name, pin in sorted(pins.items())},
        "variants": [[_name(it), _source(it), _excluded(it, pins, project.root)] for it in variants],
        "holdout": holdout.model_dump(mode="json") if holdout is not None and is_held_out else None,
        "salt": campaign.split_salt,
        "shares": {name: text for name, (text, _) in campaign.shares.items()},
        "limits": [most_accounts(endpoint, limits), getattr(limits, endpoint.body_limit).value],
    }
    if campaign.schedule is not None and campaign.schedule.local is not None:
        found["hours"] = _hours(campaign.schedule)
    return found


def _hours(schedule: Schedule) -> Json:
    """Return what decides who has which hour: the schedule, and what all zones make of it."""
    moments: dict[str, Json] = {}
    for name in sorted(zone_names()):
        zone = zone_named(name)
        begins, ends = span_in(schedule, zone)
        offsets = [
            [at.isoformat(), offset.total_seconds()] for at, offset in offsets_between(zone, begins, ends)
        ]
        moments[name] = [ends.isoformat(), *offsets]
    return [schedule.model_dump(mode="json", exclude_none=True), digest_of(moments)]


def _source(resolved: ResolvedVariant) -> Json:
    """Return what names the people of a variant, before anybody is left out."""
    source = zoned_source(resolved.audience, resolved.spec.campaign.schedule)
    if isinstance(source, FromPin):
        return {"use": source.name, "columns": list(source.columns)}
    if isinstance(source, AccountSource) and resolved.accounts is not None:
        accounts = resolved.accounts
        return {"rows": accounts.source_sha256}
    return None


def _excluded(resolved: ResolvedVariant, pins: Mapping[str, Pin], root: Path) -> Json:
    found: list[Json] = []
    for item in excludes_of(place_of(resolved)):
        if isinstance(item.named, str):
            found.append([item.named, item.column, hash_files(root, item.named)])
        else:
            found.append([item.named.use, None, pins[item.named.use].rows_sha256])
    return found


def _rest(resolved: ResolvedVariant, project: ProjectSpec, environment: Environment) -> str:
    """Return a hash over all that makes the contents that a pin does not tell; empty where it tells all."""
    source = zoned_source(resolved.audience, resolved.spec.campaign.schedule)
    if not isinstance(source, FromPin) or not source.columns or resolved.accounts is None:
        return ""
    spread = resolved.accounts.pins[0].combinations_of(source.columns)
    if spread is None or not spread.hidden:
        return ""
    campaign, written = resolved.spec.campaign, resolved.source
    delivery = campaign.delivery.model_dump(mode="json") if campaign.delivery is not None else None
    return digest_of(
        {
            "from": campaign.from_,
            "written": [written.notification, written.message, written.web, delivery],
            "variables": template_variables(project, environment, resolved, {}),
            "templates": _templates(project.root),
        }
    )


def _templates(root: Path) -> Json:
    folder = root / _TEMPLATES
    paths = sorted(path.relative_to(root).as_posix() for path in folder.rglob("*") if path.is_file())
    return {path: sha256_hex(read_inside(root, path, max_bytes=_TEMPLATE_BYTES)) for path in paths}


def _name(resolved: ResolvedVariant) -> str | None:
    return resolved.variant.name if resolved.variant is not None else None

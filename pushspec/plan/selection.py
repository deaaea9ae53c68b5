"""Which campaigns a command is about: by name, glob, file or label."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pushspec.errors import UsageError
from pushspec.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pushspec.spec.load import CampaignSpec


def select(
    specs: Sequence[CampaignSpec], names: Sequence[str], selectors: Sequence[str]
) -> list[CampaignSpec]:
    """Return the campaigns that match one of the names and all of the selectors.

    Args:
        specs: All campaigns of the project.
        names: Names, globs of names, or files; none for all.
        selectors: ``label:key=value``, ``owner:name``, ``endpoint:path``.

    Raises:
        UsageError: A name or selector matches nothing, or a selector has no such form.
    """
    chosen = [spec for spec in specs if not names or any(_named(spec, name) for name in names)]
    for name in names:
        if not any(_named(spec, name) for spec in specs):
            known = [spec.campaign.name for spec in specs]
            raise UsageError(f"no campaign matches {name!r}", hint=did_you_mean(name, known))
    for selector in selectors:
        chosen = [spec for spec in chosen if _selected(spec, selector)]
        if not chosen:
            raise UsageError(f"no campaign matches --select {selector}")
    return chosen


def _named(spec: CampaignSpec, name: str) -> bool:
    return fnmatchcase(spec.campaign.name, name) or name in {spec.path, spec.campaign.campaign_key}


def _selected(spec: CampaignSpec, selector: str) -> bool:
    kind, _, wanted = selector.partition(":")
    return any(fnmatchcase(value, wanted) for value in _values(spec, kind))


def _values(spec: CampaignSpec, kind: str) -> Iterable[str]:
    campaign = spec.campaign
    if kind == "label":
        return [f"{key}={value}" for key, value in campaign.labels.items()]
    if kind == "owner":
        return [campaign.owner or ""]
    if kind == "endpoint":
        return [campaign.endpoint.value]
    raise UsageError(f"--select takes label:, owner: or endpoint:, not {kind!r}")

"""Select campaigns by name, glob, file, folder, label or state."""

from __future__ import annotations

from fnmatch import fnmatchcase
from posixpath import normpath
from typing import TYPE_CHECKING

from pushspec.errors import UsageError
from pushspec.language import phrase
from pushspec.plan.states import CampaignState
from pushspec.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pushspec.spec.load import CampaignSpec


_STATE = "state:"


def split_states(selectors: Sequence[str]) -> tuple[list[str], frozenset[CampaignState] | None]:
    """Part the selectors that a file can answer from the states, which only a plan knows.

    Args:
        selectors: As ``--select`` takes them; ``state:in-doubt`` and the like among them.

    Returns:
        The others, and the states that a campaign must be in one of; None for any.

    Raises:
        UsageError: There is no such state.
    """
    named = [selector.removeprefix(_STATE) for selector in selectors if selector.startswith(_STATE)]
    others = [selector for selector in selectors if not selector.startswith(_STATE)]
    known = {state.value.replace(" ", "-"): state for state in CampaignState}
    for name in named:
        if name not in known:
            raise UsageError(phrase("there is no state {name!r}", name=name), hint=did_you_mean(name, known))
    return others, frozenset(known[name] for name in named) if named else None


def select(
    specs: Sequence[CampaignSpec], names: Sequence[str], selectors: Sequence[str]
) -> list[CampaignSpec]:
    """Return the campaigns that match one of the names and all of the selectors.

    Args:
        specs: All campaigns of the project.
        names: Names, globs of names, files, or folders of files; none for all.
        selectors: ``label:key=value``, ``owner:name``, ``endpoint:path``.

    Raises:
        UsageError: A name or selector matches nothing, or a selector has no such form.
    """
    chosen = [spec for spec in specs if not names or any(_named(spec, name) for name in names)]
    for name in names:
        if not any(_named(spec, name) for spec in specs):
            known = [spec.campaign.name for spec in specs]
            raise UsageError(
                phrase("no campaign matches {name!r}", name=name), hint=did_you_mean(name, known)
            )
    for selector in selectors:
        chosen = [spec for spec in chosen if _selected(spec, selector)]
        if not chosen:
            raise UsageError(phrase("no campaign matches --select {selector}", selector=selector))
    return chosen


def _named(spec: CampaignSpec, name: str) -> bool:
    path = normpath(name)
    is_file = path in {spec.path, "."} or spec.path.startswith(f"{path}/")
    return is_file or fnmatchcase(spec.campaign.name, name) or name == spec.campaign.campaign_key


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
    if kind == "state":
        raise UsageError(
            phrase("only a plan knows the state of a campaign"),
            hint=phrase("select by name, label:, owner: or endpoint:"),
        )
    raise UsageError(phrase("--select takes label:, owner:, endpoint: or state:, not {kind!r}", kind=kind))

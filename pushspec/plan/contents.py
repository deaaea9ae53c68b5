"""Which contents of a personalized campaign a record or a comparison holds: some, and a hash over all."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pushspec.serialization import digest_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pushspec.lockfile.records import CampaignRecord
    from pushspec.serialization import Json

Body = TypeVar("Body")

MOST_KEPT = 20
"""Contents that a lockfile holds of one campaign, beside the first of each variant."""


def kept_contents(contents: Mapping[str, Body]) -> dict[str, Body]:
    """Return the first content of each variant, and further ones up to :data:`MOST_KEPT`, in their order."""
    further = sorted((name for name in contents if _number(name) > 1), key=_number)
    room = max(0, MOST_KEPT - (len(contents) - len(further)))
    left_out = set(further[room:])
    return {name: content for name, content in contents.items() if name not in left_out}


def contents_sha256(contents: Mapping[str, Mapping[str, Json]]) -> str:
    """Return the hash over all contents with their names, alike for two versions that say the same."""
    return digest_of(by_variant(contents))


def by_variant(contents: Mapping[str, Body]) -> dict[str, Body]:
    """Drop ``name@version`` from the names, so that two versions compare."""
    return {name.partition("@")[2].lstrip("0123456789").lstrip("/"): body for name, body in contents.items()}


def begun_contents_sha256(begin: CampaignRecord) -> str:
    """Return the hash over all contents that a campaign was begun with."""
    return begin.contents_sha256 or contents_sha256(begin.contents)


def _number(name: str) -> int:
    """Return which content of its variant a name means, from 1."""
    return int(name.partition("~")[2] or 1)

"""Where in a campaign a key belongs that was written in another place, or in the service's own words."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.spec.campaign import Campaign
from pushspec.spec.validation import is_mapping, model_in
from pushspec.suggest import bare
from pushspec.tencent.messages import Element
from pushspec.tencent.offline_push import Notification
from pushspec.tencent.web_push import Web
from pushspec.tencent.words import COMPOSED, WITHOUT_KEY, words_of
from pushspec.text import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

    from pushspec.serialization import Json
    from pushspec.spec.validation import KeyPath

Home = tuple[str, ...]

_CONTENT: Mapping[Home, type[BaseModel]] = {
    ("notification",): Notification,
    ("message",): Element,
    ("web",): Web,
}
"""What the campaign's own model leaves to a second step."""
_LISTS = frozenset({("variants",), ("exceptions",), ("rollout",)})
"""Keys whose items each have keys of their own: nobody means one of those by a key elsewhere."""
_ANY = "NAME"
"""Stands for a name that people choose, such as a language."""
_FEW = 4
"""Up to so many places are named; a word with more of them is no hint."""


def campaign_home(owner: KeyPath, name: str, campaign: Json) -> str:
    """Return where a key belongs, in words; empty where nothing speaks for a place.

    Args:
        owner: The path of the mapping in which it stands.
        name: The key as written, in our words or the service's and in any case.
        campaign: The whole file; of several places as near, one below a key that it has is meant.
    """
    word = bare(name)
    if word in (without := {bare(it): said for it, said in WITHOUT_KEY.items()}):
        return without[word]
    own = _steps(owner)
    # The service's exact word means its own field, though a key of ours may be spelt nearly so.
    found = _homes().get(name) or _homes().get(word, ())
    group = _beside(found, own) or _below(found, own) or found
    nearest = [home for home in group if len(home) == min(map(len, group))]
    return _hint(_in_file(nearest, campaign) or nearest, own)


def _hint(homes: Sequence[Home], own: Home) -> str:
    if not 0 < len(homes) <= _FEW:
        return ""
    if len(homes) > 1:
        return phrase("did you mean one of these: {keys}?", keys=listed(".".join(home) for home in homes))
    home = homes[0]
    if _matches(home[:-1], own):
        return phrase("did you mean {near!r}?", near=home[-1])
    if len(home) == 1:
        return phrase("write it at the top of the file: {key}", key=home[0])
    return phrase("did you mean {block}.{name}?", block=".".join(home[:-1]), name=home[-1])


def _steps(path: KeyPath) -> Home:
    """Return the keys of a path, as if what stands in a variant stood in the campaign."""
    return tuple(step for step in (path[2:] if path[:1] == ("variants",) else path) if isinstance(step, str))


def _beside(homes: Sequence[Home], own: Home) -> Sequence[Home]:
    return [home for home in homes if _matches(home[:-1], own)]


def _below(homes: Sequence[Home], own: Home) -> Sequence[Home]:
    return [home for home in homes if own and _matches(home[: len(own)], own)]


def _in_file(homes: Sequence[Home], campaign: Json) -> Sequence[Home]:
    return [home for home in homes if isinstance(campaign, dict) and len(home) > 1 and home[0] in campaign]


def _matches(home: Home, own: Home) -> bool:
    return len(home) == len(own) and all(step in {_ANY, it} for step, it in zip(home, own, strict=True))


@cache
def _homes() -> Mapping[str, tuple[Home, ...]]:
    """Return the places of each word: the service's as they are spelt, and all in their bare form."""
    found: dict[str, dict[Home, None]] = {}
    of_service = [(word, home) for home, field in _walk(Campaign, ()) for word in words_of(field)]
    for word, home in (*of_service, *COMPOSED.items()):
        found.setdefault(word, {})[home] = None
        found.setdefault(bare(word), {})[home] = None
    for home, _ in _walk(Campaign, ()):
        found.setdefault(bare(home[-1]), {})[home] = None
    return {word: tuple(homes) for word, homes in found.items()}


def _walk(model: type[BaseModel], path: Home) -> Iterator[tuple[Home, FieldInfo]]:
    for name, field in model.model_fields.items():
        home = (*path, field.alias or name)
        yield home, field
        if home in _CONTENT:
            yield from _walk(_CONTENT[home], home)
        elif (below := model_in(field.annotation)) is not None and home not in _LISTS:
            yield from _walk(below, (*home, _ANY) if is_mapping(field.annotation) else home)

"""Compare what a campaign would send: field by field, the audience in words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pushspec.language import phrase
from pushspec.plan.audience_diff import Change, compare
from pushspec.plan.audience_text import condition_text
from pushspec.serialization import wire_json
from pushspec.tencent.bodies import terms_of, without_condition
from pushspec.text import counted
from pushspec.timestamps import instant_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from pushspec.plan.snapshots import Snapshot
    from pushspec.serialization import Json

_ABSENT = ""
_NOT_AFTER = phrase("not after")


class Kind(StrEnum):
    """What became of a campaign."""

    NEW = "new"
    REMOVED = "removed"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One thing that differs.

    Attributes:
        field: Which, such as ``audience``, ``not after`` or a path in the body.
        before: As it was; empty when it was not there.
        after: As it is; empty when it is gone.
        note: What it means, such as ``fewer people``; may be empty.
        is_risk: Whether a reviewer should look twice.
    """

    field: str
    before: str
    after: str
    note: str = ""
    is_risk: bool = False


@dataclass(frozen=True, slots=True)
class CampaignDiff:
    """What differs between two states of a campaign.

    Attributes:
        name: The campaign's name.
        kind: What became of it.
        before: Its earlier state.
        after: Its later state.
        changes: What differs, the audience first.
    """

    name: str
    kind: Kind
    before: Snapshot | None
    after: Snapshot | None
    changes: tuple[FieldChange, ...]

    @property
    def is_risk(self) -> bool:
        """Whether a reviewer should look twice."""
        return any(change.is_risk for change in self.changes)


def diff_all(before: Sequence[Snapshot], after: Sequence[Snapshot]) -> list[CampaignDiff]:
    """Return what became of every campaign, in the order of their names."""
    old, new = ({it.name: it for it in side} for side in (before, after))
    return [diff(old.get(name), new.get(name)) for name in sorted(old | new)]


def diff(before: Snapshot | None, after: Snapshot | None) -> CampaignDiff:
    """Return what differs between two states of a campaign, one of which may be missing.

    Raises:
        ValueError: Both are missing.
    """
    if after is None:
        if before is None:
            raise ValueError("nothing to compare")
        return CampaignDiff(before.name, Kind.REMOVED, before, None, ())
    changes = tuple(_changes(before, after)) if before is not None else tuple(_risks(after))
    kind = Kind.NEW if before is None else (Kind.CHANGED if changes else Kind.SAME)
    return CampaignDiff(after.name, kind, before, after, changes)


def _risks(after: Snapshot) -> Iterator[FieldChange]:
    for variant, body in after.contents.items():
        if not after.to_accounts and not terms_of(body):
            yield FieldChange(
                _field(variant, phrase("audience")), _ABSENT, "everyone", Change.EVERYONE.text, is_risk=True
            )


def _changes(before: Snapshot, after: Snapshot) -> Iterator[FieldChange]:
    yield from _audience(before, after)
    yield from _plain("version", str(before.version), str(after.version))
    yield from _plain("endpoint", before.endpoint, after.endpoint)
    if before.location:
        yield from _plain(phrase("service"), before.location, after.location)
    if not before.is_about and not after.is_about:
        yield from _plain(phrase("calls"), counted(before.calls, "call"), counted(after.calls, "call"))
    yield from _window("at", before.due_at, after.due_at)
    yield from _window(phrase("not before"), before.not_before, after.not_before)
    yield from _window(_NOT_AFTER, before.not_after, after.not_after)
    yield from _recall(before.recall or {}, after.recall or {})
    yield from _variants(before, after)
    yield from _contents(before, after)


def _plain(field: str, before: str, after: str) -> Iterator[FieldChange]:
    if before != after:
        yield FieldChange(field, before, after)


def _recall(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[FieldChange]:
    for field in ("title", "desc"):
        yield from _plain(
            phrase("recall {field}", field=field), before.get(field, _ABSENT), after.get(field, _ABSENT)
        )


def _window(field: str, before: datetime | None, after: datetime | None) -> Iterator[FieldChange]:
    texts = [instant_text(moment) if moment is not None else "" for moment in (before, after)]
    # A window without an end never closes, so losing its end is a risk.
    if before != after:
        yield FieldChange(field, texts[0], texts[1], is_risk=field is _NOT_AFTER and after is None)


def _audience(before: Snapshot, after: Snapshot) -> Iterator[FieldChange]:
    if before.to_accounts and after.to_accounts:
        yield from _accounts(before, after)
    elif before.to_accounts or after.to_accounts:
        is_everyone = not after.to_accounts and not all(terms_of(body) for body in after.contents.values())
        note = (Change.EVERYONE if is_everyone else Change.OTHER).text
        yield FieldChange(phrase("audience"), before.audience, after.audience, note, is_everyone)
    else:
        for variant in sorted(before.contents.keys() & after.contents.keys()):
            yield from _condition(variant, before.contents[variant], after.contents[variant])


def _accounts(before: Snapshot, after: Snapshot) -> Iterator[FieldChange]:
    if before.accounts_sha256 == after.accounts_sha256:
        return
    if before.is_at_hand != after.is_at_hand and before.lists == after.lists:
        return  # one side is known by its list, the other by what decides the list
    more = after.accounts - before.accounts
    notes = {
        True: phrase("{accounts} more", accounts=counted(abs(more), "account")),
        False: phrase("{accounts} fewer", accounts=counted(abs(more), "account")),
    }
    yield FieldChange(
        phrase("audience"), before.audience, after.audience, notes[more > 0] if more else Change.OTHER.text
    )


def _condition(variant: str, before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[FieldChange]:
    old, new = terms_of(before), terms_of(after)
    if old == new:
        return
    note = compare(old, new)
    yield FieldChange(
        _field(variant, phrase("audience")),
        condition_text(old),
        condition_text(new),
        note.text,
        note is Change.EVERYONE,
    )


def _variants(before: Snapshot, after: Snapshot) -> Iterator[FieldChange]:
    for variant in sorted(before.contents.keys() - after.contents.keys()):
        yield FieldChange(_field(variant, phrase("content")), _reached(before, variant), _ABSENT)
    for variant in sorted(after.contents.keys() - before.contents.keys()):
        reached = _reached(after, variant)
        yield FieldChange(_field(variant, phrase("content")), _ABSENT, reached, is_risk=reached == "everyone")


def _reached(snapshot: Snapshot, variant: str) -> str:
    if snapshot.to_accounts:
        return phrase("listed accounts")
    return condition_text(terms_of(snapshot.contents[variant]))


def _contents(before: Snapshot, after: Snapshot) -> Iterator[FieldChange]:
    shared = sorted(before.contents.keys() & after.contents.keys())
    for variant in shared:
        for field, old, new in _body(before.contents[variant], after.contents[variant]):
            yield FieldChange(_field(variant, field), old, new)
    if before.contents == after.contents and before.contents_sha256 != after.contents_sha256:
        yield FieldChange(
            "contents", _ABSENT, _ABSENT, phrase("some beyond the first {count} differ", count=len(shared))
        )


def _body(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[tuple[str, str, str]]:
    old, new = without_condition(before), without_condition(after)
    if old != new:
        yield from _fields(old, new, [])


def _fields(before: Json, after: Json, above: list[str | int]) -> Iterator[tuple[str, str, str]]:
    from deepdiff import DeepDiff

    found = DeepDiff(before, after, view="tree", zip_ordered_iterables=True)
    for node in sorted((node for nodes in found.values() for node in nodes), key=_place):
        path = [*above, *node.path(output_format="list")]
        inner = list(_inside(node.t1, node.t2, path))
        yield from inner or [(_path(path), _value(node.t1), _value(node.t2))]


def _place(node: Any) -> list[str]:  # noqa: ANN401 - deepdiff's own tree
    return [str(step) for step in node.path(output_format="list")]


def _inside(before: object, after: object, path: list[str | int]) -> Iterator[tuple[str, str, str]]:
    """Yield what differs inside two texts of JSON for the app; nothing where only their writing does."""
    old, new = _opened(before), _opened(after)
    if old is not None and new is not None:
        yield from _fields(old, new, path)


def _opened(text: object) -> Json:
    if not isinstance(text, str) or not text.startswith("{"):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    # Of JSON that is written otherwise than pushspec writes it, the writing itself may be what differs.
    return value if wire_json(value).decode() == text else None


def _path(steps: Sequence[str | int]) -> str:
    path = ""
    for step in steps:
        path += f"[{step}]" if isinstance(step, int) else f"{'.' if path else ''}{step}"
    return path


def _value(value: object) -> str:
    if repr(value) == "not present":  # deepdiff's own mark
        return _ABSENT
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _field(variant: str, field: str) -> str:
    return phrase("{name}: {words}", name=variant, words=field) if variant else field

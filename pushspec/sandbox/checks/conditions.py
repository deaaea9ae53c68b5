"""``Condition``: who a push to everyone is narrowed down to.

Source: https://cloud.tencent.com/document/product/269/100634 and, for pairs,
https://tencentcloud.com/jp/document/product/1047/37166; ``TagsNot`` from
https://www.tencentcloud.com/document/product/1047/60561.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pushspec.sandbox.answers import Refusal

if TYPE_CHECKING:
    from collections.abc import Collection

    from pushspec.sandbox.settings import Readings
    from pushspec.tencent.limits import Limits

_TAG_LISTS = ("TagsOr", "TagsAnd", "TagsNot")
_ATTRIBUTE_SETS = ("AttrsOr", "AttrsAnd")
_EXCLUSIVE = ("TagsOr", "TagsAnd", "AttrsOr", "AttrsAnd")


@dataclass(frozen=True, slots=True)
class Condition:
    """Who is meant; all parts that are given must hold.

    Attributes:
        tags_or: One of these tags.
        tags_and: All of these tags.
        tags_not: Not all of these tags together; with ``not_any``, none of them.
        attrs_or: One of these attributes has this value.
        attrs_and: All of these attributes have these values.
        not_any: How ``tags_not`` is read.
    """

    tags_or: tuple[str, ...] = ()
    tags_and: tuple[str, ...] = ()
    tags_not: tuple[str, ...] = ()
    attrs_or: tuple[tuple[str, str], ...] = ()
    attrs_and: tuple[tuple[str, str], ...] = ()
    not_any: bool = False


def check_condition(
    value: object,
    *,
    limits: Limits,
    attribute_names: Collection[str],
    readings: Readings,
    pairs: bool,
    tags_not: bool,
) -> Condition:
    """Read a ``Condition``.

    Args:
        value: The field's JSON value.
        limits: Sizes of tags, attributes and their lists.
        attribute_names: The attributes that the app has defined.
        readings: What ``TagsNot`` means, and whether it stands alone.
        pairs: ``TagsOr`` may go with ``TagsAnd``, and ``AttrsOr`` with ``AttrsAnd``.
        tags_not: ``TagsNot`` is known to this endpoint.

    Raises:
        Refusal: 90001, 90020, 90022, 90032, 90033, 90039 or 90040.
    """
    if not isinstance(value, dict) or not value:
        raise Refusal(
            90001, "Condition is not an object with at least one list; leave it out to push to everyone"
        )
    known = _EXCLUSIVE + (("TagsNot",) if tags_not else ())
    unknown = sorted(set(value) - set(known))
    if unknown:
        raise Refusal(90001, f"Condition.{unknown[0]} is unknown")
    if set(value) & set(_TAG_LISTS) and set(value) & set(_ATTRIBUTE_SETS):
        raise Refusal(90039, "tags and attributes cannot go together")
    lists = {name: _tags(name, value[name], limits) for name in _TAG_LISTS if name in value}
    both = sorted(set(lists.get("TagsOr", ())) & set(lists.get("TagsAnd", ())))
    if both:
        raise Refusal(90022, f"the tag {both[0]} is in both TagsOr and TagsAnd")
    _check_company(value, pairs=pairs, tags_not_alone=readings.tags_not_alone)
    sets = {
        name: _attributes(name, value[name], limits, attribute_names)
        for name in _ATTRIBUTE_SETS
        if name in value
    }
    return Condition(
        lists.get("TagsOr", ()),
        lists.get("TagsAnd", ()),
        lists.get("TagsNot", ()),
        sets.get("AttrsOr", ()),
        sets.get("AttrsAnd", ()),
        not_any=readings.tags_not == "none",
    )


def _check_company(value: dict[str, Any], *, pairs: bool, tags_not_alone: bool) -> None:
    given = [name for name in _EXCLUSIVE if name in value]
    if len(given) > 1 and not pairs:
        raise Refusal(90001, f"{' and '.join(given)} exclude each other on this endpoint")
    # The one documented sample pairs TagsNot with TagsOr; clients send it alone, and no page shows that.
    if "TagsNot" in value and not {"TagsOr", "TagsAnd"} & set(value) and not tags_not_alone:
        raise Refusal(90001, "TagsNot needs TagsOr or TagsAnd beside it")


def _tags(name: str, value: object, limits: Limits) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise Refusal(90001, f"{name} is not a list with at least one tag")
    if len(value) > limits.tags_per_condition.value:
        raise Refusal(90032, f"{name} has {len(value)} tags; {limits.tags_per_condition.value} are allowed")
    for tag in value:
        check_tag(tag, limits, where=name)
    return tuple(value)


def check_tag(tag: object, limits: Limits, *, where: str, too_long: int = 90020) -> None:
    """Check one tag.

    Raises:
        Refusal: 90001 no text, 90040 empty, ``too_long`` over the limit in bytes.
    """
    if not isinstance(tag, str):
        raise Refusal(90001, f"a tag of {where} is not a string")
    if not tag:
        raise Refusal(90040, f"a tag of {where} is empty")
    if limits.tag_bytes.exceeded_by(tag):
        size = limits.tag_bytes.measure(tag)
        raise Refusal(too_long, f"a tag of {where} has {size} bytes; {limits.tag_bytes.value} are allowed")


def _attributes(
    name: str, value: object, limits: Limits, attribute_names: Collection[str]
) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict) or not value:
        raise Refusal(90001, f"{name} is not an object with at least one attribute")
    if len(value) > limits.attributes_per_condition.value:
        raise Refusal(90033, f"{name} has more than {limits.attributes_per_condition.value} attributes")
    for attribute, wanted in value.items():
        if attribute not in attribute_names:
            raise Refusal(90033, f"the app defines no attribute {attribute}")
        if not isinstance(wanted, str) or not wanted or limits.attribute_value_bytes.exceeded_by(wanted):
            raise Refusal(90033, f"the value of {attribute} is not a text of 1 to 50 bytes")
    return tuple(value.items())

"""Rules on conditions: tags and attributes as the endpoint takes them and the service knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.spec.account_form import blank_in, condition_warning, unseen_in
from pushspec.tencent.endpoints import EndpointName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.problems import Problem
    from pushspec.spec.rules.context import Rule, RuleContext
    from pushspec.spec.validation import KeyPath
    from pushspec.tencent.limits import Limit


def condition_choice(context: RuleContext) -> Iterator[Problem]:
    """How many lists a condition may hold depends on the endpoint."""
    for kind in ("tags", "attributes"):
        condition = getattr(context.audience, kind, None)
        if condition is not None:
            given = {"not" if name == "not_" else name for name in condition.model_fields_set}
            yield from _lists_of(context, (*context.audience_path, kind), given)


def _lists_of(context: RuleContext, path: KeyPath, given: set[str]) -> Iterator[Problem]:
    if not given:
        yield context.problem(
            path, "audience-missing", phrase("{path} names nobody", path=path[-1]), phrase("add any: or all:")
        )
    elif "not" in given:
        yield from _not_beside_any(context, path, given)
    elif given == {"any", "all"} and not context.endpoint.mixes_conditions:
        yield context.problem(
            path,
            "condition-choice",
            phrase("{name} takes any or all, not both", name=context.endpoint.name),
            phrase("only all_member_push/im_push takes both"),
        )


def _not_beside_any(context: RuleContext, path: KeyPath, given: set[str]) -> Iterator[Problem]:
    # The vendor shows `not` only beside `any`, and only for pushes without a message.
    if given != {"not", "any"} or context.endpoint.name is not EndpointName.PUSH:
        yield context.problem(
            (*path, "not"),
            "tags-not",
            phrase("not needs any, and works on timpush/push only"),
            phrase("write {{any: [...], not: [...]}}"),
            key=True,
        )
    elif context.content.message is not None:
        yield context.problem(
            (*path, "not"),
            "tags-not",
            phrase("not is known only for pushes without a message"),
            phrase("leave it out"),
            key=True,
        )


def tags_not_several(context: RuleContext) -> Iterator[Problem]:
    """The vendor's pages read several tags under ``not`` in two ways; with one tag both are the same."""
    tags_ = context.audience.tags if context.audience is not None else None
    left_out = tags_.not_ if tags_ is not None else None
    if left_out is not None and len(left_out) > 1:
        yield context.warning(
            (*context.audience_path, "tags", "not"),
            "tags-not-several",
            phrase(
                "people with some of {names} but not all of them may get it or not: "
                "the vendor's pages say both",
                names=", ".join(left_out),
            ),
            phrase("name one tag, or give these people a tag of their own"),
        )


def tags(context: RuleContext) -> Iterator[Problem]:
    """Tags are not empty, not too long, not too many, and not repeated."""
    if context.audience is None or context.audience.tags is None:
        return
    limits, base = context.limits, (*context.audience_path, "tags")
    seen: dict[str, str] = {}
    for name in ("any", "all", "not"):
        listed: tuple[str, ...] = getattr(context.audience.tags, "not_" if name == "not" else name) or ()
        if len(listed) > limits.tags_per_condition.value:
            yield context.problem(
                (*base, name),
                "tags-too-many",
                phrase(
                    "{name} has {listed} tags; the service takes {limit}",
                    name=name,
                    listed=len(listed),
                    limit=limits.tags_per_condition.value,
                ),
                phrase("give these users one tag of their own, or send to fewer"),
                key=True,
            )
        for index, tag in enumerate(listed):
            path = (*base, name, index)
            yield from _text_in_condition(context, path, phrase("tag"), tag, limits.tag_bytes)
            if seen.setdefault(tag, name) != name or tag in listed[:index]:
                yield context.problem(
                    path,
                    "tag-duplicate",
                    phrase("the tag {tag} is listed twice", tag=tag),
                    phrase("remove one of the two"),
                )


def attributes(context: RuleContext) -> Iterator[Problem]:
    """Attribute names and values are not empty and not too long."""
    if context.audience is None or context.audience.attributes is None:
        return
    limits, base = context.limits, (*context.audience_path, "attributes")
    for name in ("any", "all"):
        pairs: dict[str, str] = getattr(context.audience.attributes, name) or {}
        if len(pairs) > limits.attributes_per_condition.value:
            yield context.problem(
                (*base, name),
                "attributes-too-many",
                phrase(
                    "{name} has {pairs} attributes; an app has {limit}",
                    name=name,
                    pairs=len(pairs),
                    limit=limits.attributes_per_condition.value,
                ),
                key=True,
            )
        for key, value in pairs.items():
            path = (*base, name, key)
            yield from _text_in_condition(
                context, path, phrase("attribute name"), key, limits.attribute_name_bytes, key=True
            )
            yield from _text_in_condition(
                context, path, phrase("attribute value"), value, limits.attribute_value_bytes
            )


def _text_in_condition(
    context: RuleContext, path: KeyPath, what: str, text: str, limit: Limit, *, key: bool = False
) -> Iterator[Problem]:
    rule = what.replace(" ", "-")
    if "{{" in text or "{%" in text:
        yield context.problem(
            path,
            "audience-template",
            phrase("an audience is never a template"),
            phrase("write out who gets it"),
            key=key,
        )
    elif not text.strip():
        yield context.problem(
            path,
            f"{rule}-empty",
            phrase("the {what} is empty", what=what),
            phrase("remove it or fill it in"),
            key=key,
        )
    elif limit.exceeded_by(text):
        yield context.problem(
            path,
            f"{rule}-bytes",
            phrase(
                "the {what} is {size} bytes in UTF-8; the service takes {limit}",
                what=what,
                size=limit.measure(text),
                limit=limit.value,
            ),
            phrase("a Chinese character is 3 bytes"),
            key=key,
        )
    else:
        yield from _form_in_condition(context, path, what, text, key=key)


def _form_in_condition(
    context: RuleContext, path: KeyPath, what: str, text: str, *, key: bool
) -> Iterator[Problem]:
    if unseen := unseen_in(text) or blank_in(text[0] + text[-1]):
        yield context.problem(
            path,
            "condition-invisible",
            phrase("the {what} holds {unseen}, which is invisible", what=what, unseen=unseen),
            phrase("delete it: it makes this a different {what}, which nobody may have", what=what),
            key=key,
        )
    elif warning := condition_warning(text):
        yield context.warning(
            path,
            "condition-form",
            phrase("the {what} {message}", what=what, message=warning.message),
            warning.hint,
            key=key,
        )


RULES: tuple[Rule, ...] = (condition_choice, tags_not_several, tags, attributes)

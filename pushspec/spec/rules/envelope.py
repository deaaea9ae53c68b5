"""Rules on what the chosen endpoint can carry."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.tencent.delivery import carried_by, endpoints_for
from pushspec.tencent.endpoints import ENDPOINTS, EndpointName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.problems import Problem
    from pushspec.serialization import Json
    from pushspec.spec.rules.context import Rule, RuleContext
    from pushspec.spec.validation import KeyPath

RESERVED_VARIABLES = ("campaign", "environment", "user")


def endpoint_region(context: RuleContext) -> Iterator[Problem]:
    """The page of an endpoint lists the regions whose host answers it."""
    if context.region in context.endpoint.unlisted_in:
        yield context.warning(
            ("endpoint",),
            "endpoint-region",
            phrase(
                "{name} is not listed for the region {region}",
                name=context.endpoint.name,
                region=context.region,
            ),
            phrase("see {source}; ask the vendor before you rely on it", source=context.endpoint.source),
        )


def content_missing(context: RuleContext) -> Iterator[Problem]:
    """An endpoint that needs a message or a notification gets one."""
    endpoint, content = context.endpoint, context.content
    if endpoint.to_browsers:
        if content.web is None and content.page_message is None:
            yield context.problem(
                (),
                "content-missing",
                phrase("{name} needs web", name=endpoint.name),
                phrase("add web: with a title and a desc"),
            )
        return
    if endpoint.needs_message and content.message is None:
        yield context.problem(
            (),
            "content-missing",
            phrase("{name} needs a message", name=endpoint.name),
            phrase("add a message: list"),
        )
    if endpoint.needs_notification and content.notification is None:
        yield context.problem(
            (),
            "content-missing",
            phrase("{name} needs a notification", name=endpoint.name),
            phrase("add notification:"),
        )
    needs_one = endpoint.needs_message or endpoint.needs_notification
    if content.message is None and content.notification is None and not needs_one:
        yield context.problem(
            (),
            "content-missing",
            phrase("the campaign has no content"),
            phrase("add notification: with a title and a desc"),
        )


def message_not_carried(context: RuleContext) -> Iterator[Problem]:
    """A message goes only where there is room for one."""
    if context.content.message is not None and not context.endpoint.takes_message:
        able = ", ".join(name for name, endpoint in ENDPOINTS.items() if endpoint.takes_message)
        yield context.problem(
            context.content.message_path,
            "message-not-carried",
            phrase("{name} carries no message", name=context.endpoint.name),
            phrase("endpoints that do: {able}", able=able),
            key=True,
        )


def part_not_carried(context: RuleContext) -> Iterator[Problem]:
    """Phones get a notification, browsers get ``web``; neither can show the other's."""
    content, to_browsers = context.content, context.endpoint.to_browsers
    for part, is_there, path, fits in (
        ("notification", content.notification is not None, content.notification_path, not to_browsers),
        ("web", content.web is not None, content.web_path, to_browsers),
    ):
        if is_there and not fits:
            able = ", ".join(
                name for name, endpoint in ENDPOINTS.items() if endpoint.to_browsers != to_browsers
            )
            yield context.problem(
                path,
                f"{part}-not-carried",
                phrase("{name} carries no {part}", name=context.endpoint.name, part=part),
                phrase("endpoints that do: {able}", able=able),
                key=True,
            )


def delivery_not_carried(context: RuleContext) -> Iterator[Problem]:
    """A delivery key goes only where the endpoint has a field for it."""
    delivery = context.campaign.delivery
    for key in delivery.model_fields_set if delivery is not None else ():
        carried = carried_by(key, context.endpoint.name)
        if carried is None:
            able = ", ".join(endpoints_for(key))
            yield context.problem(
                ("delivery", key),
                "delivery-not-carried",
                phrase("{name} cannot carry {key}", name=context.endpoint.name, key=key),
                phrase("endpoints that can: {able}", able=able),
                key=True,
            )
        elif (
            carried.only_with_message
            and context.endpoint.name is EndpointName.PUSH
            and context.content.message is None
        ):
            yield context.problem(
                ("delivery", key),
                "delivery-not-carried",
                phrase("{name} carries {key} only with a message", name=context.endpoint.name, key=key),
                phrase("a push without a message is never stored; leave the key out"),
                key=True,
            )


def lifetime_range(context: RuleContext) -> Iterator[Problem]:
    """The service keeps a push for a week at most."""
    delivery, limit = context.campaign.delivery, context.limits.lifetime_s
    if delivery is not None and delivery.lifetime is not None and delivery.lifetime > limit.value:
        yield context.problem(
            ("delivery", "lifetime"),
            "lifetime-range",
            phrase(
                "lifetime is {lifetime:,} s; the service keeps a push for at most {limit:,} s",
                lifetime=delivery.lifetime,
                limit=limit.value,
            ),
            phrase("write 7d or less"),
        )


def lifetime_past_window(context: RuleContext) -> Iterator[Problem]:
    """A push that the service keeps may arrive after the window that it left in."""
    delivery, schedule = context.campaign.delivery, context.campaign.schedule
    if delivery is None or not delivery.lifetime or schedule is None:
        return
    begin, end = schedule.local or schedule.not_before, schedule.local_end or schedule.not_after
    if begin is not None and end is not None and begin + timedelta(seconds=delivery.lifetime) > end:
        yield context.warning(
            ("delivery", "lifetime"),
            "lifetime-past-window",
            phrase(
                "the service keeps the push for {lifetime:,} s, which is past the window",
                lifetime=delivery.lifetime,
            ),
            phrase(
                "a phone that comes online late shows it after the window; shorten lifetime to prevent that"
            ),
        )


def delivery_texts(context: RuleContext) -> Iterator[Problem]:
    """Names that the service keeps are not too long and not empty."""
    delivery, limits = context.campaign.delivery, context.limits
    for name, text, limit in (
        ("data_id", context.content.delivery.get("data_id"), limits.data_id_bytes),
        ("task_name", delivery.task_name if delivery is not None else None, limits.task_name_bytes),
    ):
        if text is None or (text.strip() and not limit.exceeded_by(text)):
            continue
        said = phrase(
            "{name} is {size} bytes in UTF-8; the service takes {limit}",
            name=name,
            size=limit.measure(text),
            limit=limit.value,
        )
        yield context.problem(
            ("delivery", name),
            f"{name.replace('_', '-')}-bytes",
            said if text.strip() else phrase("{name} is empty", name=name),
            phrase("a Chinese character is 3 bytes") if text.strip() else phrase("remove it or fill it in"),
        )


def sender(context: RuleContext) -> Iterator[Problem]:
    """The sender is named where the endpoint needs one, and is a name the service can take."""
    name, limits = context.campaign.from_, context.limits
    if name is None:
        if context.endpoint.needs_from:
            yield context.problem(
                (),
                "from-missing",
                phrase("{name} needs from", name=context.endpoint.name),
                phrase("add from: with the sending account"),
            )
        return
    limit = getattr(limits, context.endpoint.sender_limit)
    if limit.exceeded_by(name):
        yield context.problem(
            ("from",),
            "from-bytes",
            phrase(
                "from is {size} bytes; the service takes {limit}",
                size=limit.measure(name),
                limit=limit.value,
            ),
        )


def variables_reserved(context: RuleContext) -> Iterator[Problem]:
    """A variable does not hide what pushspec itself provides."""
    campaign = context.campaign
    places: list[tuple[KeyPath, dict[str, Json]]] = [(("vars",), campaign.vars)]
    places += [(("variants", index, "vars"), own.vars) for index, own in enumerate(campaign.variants or ())]
    for path, names in places:
        for name in RESERVED_VARIABLES:
            if name in names:
                yield context.problem(
                    (*path, name),
                    "variable-reserved",
                    phrase("the variable {name} is reserved by pushspec", name=name),
                    phrase("give it another name"),
                    key=True,
                )


def variants_unique(context: RuleContext) -> Iterator[Problem]:
    """Two variants of one name would share their calls' keys."""
    seen: set[str] = set()
    for index, variant in enumerate(context.campaign.variants or ()):
        if variant.name in seen:
            yield context.problem(
                ("variants", index, "name"),
                "variant-not-unique",
                phrase("there are two variants named {name}", name=variant.name),
            )
        seen.add(variant.name)


RULES: tuple[Rule, ...] = (
    endpoint_region,
    content_missing,
    message_not_carried,
    part_not_carried,
    delivery_not_carried,
    lifetime_range,
    lifetime_past_window,
    delivery_texts,
    sender,
    variables_reserved,
    variants_unique,
)

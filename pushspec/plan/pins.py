"""Which pinned lists a variant uses, and whether they may be used now."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pushspec.audience.pinned.pin import Pin
from pushspec.language import phrase
from pushspec.spec.audience_file import KEPT_ACCOUNT
from pushspec.spec.campaign import UsedAudience
from pushspec.spec.recipients import FromPin
from pushspec.text import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.audience.pinned.reading import PinnedLists
    from pushspec.problems import Problem
    from pushspec.spec.campaign import Audience
    from pushspec.spec.load import CampaignSpec
    from pushspec.spec.recipients import AccountSource
    from pushspec.spec.validation import KeyPath
    from pushspec.tencent.limits import Limit


class ExcludeItem(NamedTuple):
    """One entry of exclude: where it is written, what it names, and the column of a file."""

    path: KeyPath
    named: str | UsedAudience
    column: str | None


class Place(NamedTuple):
    """Where a variant's audience is written, and what it says."""

    spec: CampaignSpec
    path: KeyPath
    audience: Audience | None


def excludes_of(place: Place) -> Iterator[ExcludeItem]:
    """Yield what a variant excludes; exclusions of the campaign apply to every variant."""
    holders = {("audience",): place.spec.campaign.audience, place.path: place.audience}
    for path, audience in holders.items():
        for index, named in enumerate((audience.exclude or ()) if audience is not None else ()):
            column = audience.column if audience is not None else None
            yield ExcludeItem((*path, "exclude", index), named, column)


def pins_of(
    place: Place, source: AccountSource, lists: PinnedLists, limit: Limit
) -> tuple[tuple[Pin, ...], list[Problem]]:
    """Return the pins of a variant, that of its own list first, and why one of them may not be used."""
    used: dict[KeyPath, str] = {}
    if isinstance(source, FromPin):
        used[(*place.path, "use")] = source.name
    for path, named, _ in excludes_of(place):
        if isinstance(named, UsedAudience):
            used[(*path, "use")] = named.use
    pins: list[Pin] = []
    problems: list[Problem] = []
    for path, name in used.items():
        pin = lists.pin(name)
        if isinstance(pin, Pin):
            pins.append(pin)
        else:
            problems.append(place.spec.document.problem(path, pin.rule, pin.message, hint=pin.hint))
    if isinstance(source, FromPin) and not problems:
        problems += _unfit(place, source, pins[0], lists, limit)
    return tuple(pins), problems


def _unfit(place: Place, source: FromPin, pin: Pin, lists: PinnedLists, limit: Limit) -> Iterator[Problem]:
    document, again = place.spec.document, phrase("pull {audience} again", audience=pin.audience)
    missing = [column for column in source.columns if column not in pin.columns]
    for index, column in enumerate(source.columns):
        if column in missing:
            is_personal = place.audience is not None and column in (place.audience.personalize or ())
            path = (*place.path, "personalize", index) if is_personal else ("schedule", "timezone_column")
            if lists.names_account(source.name, column):
                message = phrase(
                    "{column} is the column of accounts of {audience}", column=column, audience=pin.audience
                )
                yield document.problem(path, "account-kept", message, hint=KEPT_ACCOUNT)
                continue
            kept = listed(pin.columns) if pin.columns else phrase("no column")
            message = phrase(
                "the list of {audience} keeps {kept}, not {column}",
                audience=pin.audience,
                kept=kept,
                column=column,
            )
            hint = phrase("add it to keep: of the audience file, and {again}", again=again)
            yield document.problem(path, "audience-column", message, hint=hint)
    if source.columns and pin.combinations_of(source.columns) is None and not missing:
        message = phrase(
            "the pin of {audience} does not tell how {columns} are spread",
            audience=pin.audience,
            columns=listed(source.columns),
        )
        hint = phrase(
            "run `pushspec audience pull {audience} -e {environment}` and commit the pin",
            audience=pin.audience,
            environment=pin.environment,
        )
        personal = place.audience.personalize if place.audience is not None else None
        path = (*place.path, "personalize") if personal else ("schedule", "timezone_column")
        yield document.problem(path, "pin-columns", message, hint=hint)
    if pin.longest_bytes > limit.value:
        message = phrase(
            "an account of {audience} is {longest_bytes} bytes; the service takes {most}",
            audience=pin.audience,
            longest_bytes=pin.longest_bytes,
            most=limit.value,
        )
        hint = phrase("this endpoint takes UserIDs; the list may hold RegistrationIDs")
        yield document.problem((*place.path, "use"), "account-form", message, hint=hint)

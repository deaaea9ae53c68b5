"""Phones as drawings: a lock screen with the notification as each vendor cuts it, in each language."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.plan.previews import BROWSER, alike, previews
from pushspec.serialization import wire_json
from pushspec.views.html import Html, join, tag, text
from pushspec.views.plan_wording import PHONES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.plan.previews import Preview
    from pushspec.spec.content import Content
    from pushspec.tencent.limits import Limits


def phones(content: Content, limits: Limits, *, app: str) -> Html:
    """Return what phones show of a content: a row of drawings a language, and the chat message.

    Args:
        content: What is sent.
        limits: The vendors' figures.
        app: What to call the app on the notification.
    """
    rows = groupby(previews(content, limits), key=lambda preview: preview.language)
    parts = [part for language, row in rows for part in _row(language, list(row), app)]
    parts += [*_page(content), *_chat(content)]
    return (
        join(parts) if parts else tag("p", phrase("Phones that are not online show nothing."), class_="soft")
    )


def _row(language: str, row: list[Preview], app: str) -> Iterator[Html]:
    place = phrase("In the browser") if row[0].vendor == BROWSER else phrase("On the phone")
    yield tag("h4", phrase("Phones set to {language}", language=language) if language else place)
    yield tag("div", *(_phone(preview, names, app) for preview, names in alike(row)), class_="phones")


def _phone(preview: Preview, vendors: list[str], app: str) -> Html:
    """Return one drawing for all the makers whose phones show just that."""
    head = tag("div", tag("i"), tag("span", text(app)), tag("time", phrase("now")), class_="app")
    note = tag(
        "div",
        head,
        _line("b", preview.title, phrase("no title")),
        _line("span", preview.desc, phrase("no text")),
        class_="note",
    )
    screen = tag("div", tag("div", "10:00", class_="clock"), note, class_="phone")
    names = ", ".join(PHONES[vendor] for vendor in vendors)
    is_cut = tag("span", phrase(" · cut here"), class_="cut") if preview.is_cut else ""
    return tag("figure", screen, tag("figcaption", names, is_cut), class_=PHONES[vendors[0]].lower())


def _line(name: str, shown: str, missing: str) -> Html:
    return tag(name, text(shown)) if shown else tag("span", missing, class_="none")


def _page(content: Content) -> Iterator[Html]:
    if content.page_message is not None:
        yield tag("h4", phrase("In open pages"))
        yield tag("pre", text(wire_json(content.page_message).decode()))


def _chat(content: Content) -> Iterator[Html]:
    if content.message:
        yield tag("h4", phrase("In the chat"))
        for element in content.message:
            shown = text(element.text) if element.text is not None else Html(f"<em>{element.kind}</em>")
            yield tag("div", tag("span", shown, class_="chat"))

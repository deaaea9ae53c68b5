"""Lock screens in a terminal: what each vendor shows, the same screens together, in each language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from pushspec.language import said, say
from pushspec.plan.previews import alike, previews
from pushspec.sanitize import printable
from pushspec.serialization import wire_json
from pushspec.text import counted, listed
from pushspec.views.plan_wording import PHONES
from pushspec.views.wrapping import hanging

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pushspec.plan.compiled import CompiledCampaign
    from pushspec.spec.content import Content
    from pushspec.tencent.limits import Limits

_NARROWEST = 20
_MOST_CONTENTS = 5


def preview_text(campaigns: Iterable[CompiledCampaign], limits: Limits, *, width: int) -> str:
    """Return the screens of campaigns.

    Args:
        campaigns: Whose.
        limits: The vendors' figures.
        width: Columns of the terminal.
    """
    return "\n".join(line for campaign in campaigns for line in _campaign(campaign, limits, width)) + "\n"


def _campaign(campaign: CompiledCampaign, limits: Limits, width: int) -> Iterator[str]:
    contents = list(campaign.contents.items())
    for key, content in contents[:_MOST_CONTENTS]:
        yield key
        yield from _screens(content, limits, width)
        yield from (
            say("  in the chat: {kind} {text}", kind=element.kind, text=printable(element.text or ""))
            for element in content.message or ()
        )
        if content.page_message is not None:
            yield say(
                "  in open pages: {message}", message=printable(wire_json(content.page_message).decode())
            )
        yield ""
    if len(contents) > _MOST_CONTENTS:
        yield say(
            "… and {texts} of {key}\n",
            texts=counted(len(contents) - _MOST_CONTENTS, "more text"),
            key=campaign.calls.campaign_key,
        )


def _screens(content: Content, limits: Limits, width: int) -> Iterator[str]:
    screens = alike(previews(content, limits))
    if not screens:
        silent = (
            say("phones that are not online")
            if content.page_message is None
            else say("browsers without an open page")
        )
        yield say("  {silent} show nothing", silent=silent)
    for preview, vendors in screens:
        names = said(listed(PHONES[vendor] for vendor in vendors))
        language = preview.language
        notes = [say("phones set to {language}", language=language)] * bool(language)
        notes += [say("cut")] * preview.is_cut
        words = say("{names} ({notes})", names=names, notes=say(", ").join(notes)) if notes else names
        yield from hanging(words, width, first="  ")
        yield from (
            f"    │ {line}"
            for text in (preview.title, preview.desc)
            for line in _wrapped(text, max(_NARROWEST, width - 6))
        )


def _wrapped(text: str, room: int) -> Iterator[str]:
    """Yield lines that fit, broken between characters: Chinese has no blanks to break at."""
    for part in text.split("\n"):
        line = ""
        for character in printable(part):
            if cell_len(line + character) > room:
                yield line
                line = ""
            line += character
        yield line

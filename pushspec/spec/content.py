"""The content of a campaign or variant: rendered, then read by the models of the service's fields."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from pydantic import TypeAdapter

from pushspec.language import phrase
from pushspec.spec.homes import campaign_home
from pushspec.spec.source import find_unseen
from pushspec.spec.templates import RenderJob, TemplateFault
from pushspec.spec.validation import validate
from pushspec.tencent.endpoints import ENDPOINTS
from pushspec.tencent.messages import MESSAGE, Element
from pushspec.tencent.offline_push import Notification
from pushspec.tencent.web_push import PAGE_MESSAGE, WEB, Web

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pushspec.problems import Problem
    from pushspec.serialization import Json
    from pushspec.spec.document import Document
    from pushspec.spec.load import CampaignSpec
    from pushspec.spec.validation import KeyPath

T = TypeVar("T")

_NOTIFICATION: TypeAdapter[Notification] = TypeAdapter(Notification)


@dataclass(frozen=True, slots=True)
class Content:
    """What one variant says, every template rendered.

    Attributes:
        notification: The notification, if there is one.
        message: The elements of the chat message, if there is one.
        delivery: The texts of ``delivery`` that may hold templates, by their key.
        notification_path: The path of the notification in the file: the variant's own or the campaign's.
        message_path: The same for the message of either kind.
        web: The notification of a browser push, if there is one.
        page_message: The message of a browser push to open pages, if there is one.
        web_path: The same for the notification of a browser push.
    """

    notification: Notification | None
    message: tuple[Element, ...] | None
    delivery: Mapping[str, str]
    notification_path: KeyPath
    message_path: KeyPath
    web: Web | None = None
    page_message: dict[str, Json] | None = None
    web_path: KeyPath = ()

    @property
    def main_path(self) -> KeyPath:
        """The path of the part that is most of the body."""
        if self.message is not None or self.page_message is not None:
            return self.message_path
        return self.web_path if self.web is not None else self.notification_path

    @property
    def headline(self) -> str:
        """The first words that people read of it; empty where it has none."""
        for shown in (self.notification, self.web):
            if shown is not None and (shown.title or shown.desc):
                return shown.title or shown.desc or ""
        return next((element.text for element in self.message or () if element.text), "")


@dataclass(frozen=True, slots=True)
class ContentSource:
    """What one variant says, as written in the file."""

    document: Document
    campaign: str
    to_browsers: bool
    notification: Json
    message: Json
    web: Json
    delivery: Mapping[str, str]
    notification_path: KeyPath
    message_path: KeyPath
    web_path: KeyPath

    def job(self, variables: Mapping[str, Json]) -> RenderJob:
        """Return the rendering that makes a content of it."""
        return RenderJob(self.campaign, tuple(text for _, text in self._texts()), variables)

    def read(self, rendered: Sequence[str | TemplateFault]) -> tuple[Content, list[Problem]]:
        """Read the rendered texts of :meth:`job` back into a content.

        One that comes with problems lacks what is wrong, and serves to find more problems in the same run.
        """
        rendered = [self._without_unseen(outcome) for outcome in rendered]
        faults = self._faults(rendered)
        texts = iter("?" if isinstance(outcome, TemplateFault) else outcome for outcome in rendered)
        notification, found = self._read_part(_NOTIFICATION, self.notification, texts, self.notification_path)
        chat, page = (None, self.message) if self.to_browsers else (self.message, None)
        message, more = self._read_part(MESSAGE, chat, texts, self.message_path)
        page_message, of_page = self._read_part(PAGE_MESSAGE, page, texts, self.message_path)
        web, of_web = self._read_part(WEB, self.web, texts, self.web_path)
        delivery = {name: str(next(texts)) for name in self.delivery}
        # Where a template failed, what its placeholder is taken for is no news.
        failed = {self.document.locate(path) for path in faults}
        problems = [self._fault_at(path, fault) for path, fault in faults.items()]
        found = [*found, *more, *of_page, *of_web]
        problems += [problem for problem in found if problem.location not in failed]
        places = (self.notification_path, self.message_path)
        return Content(notification, message, delivery, *places, web, page_message, self.web_path), problems

    def _read_part(
        self, adapter: TypeAdapter[T], raw: Json, texts: Iterator[object], path: KeyPath
    ) -> tuple[T, list[Problem]] | tuple[None, list[Problem]]:
        if raw is None:
            return None, []
        return validate(adapter, _put_back(raw, texts), self.document, path, home=campaign_home)

    def _texts(self) -> list[tuple[KeyPath, str]]:
        found: list[tuple[KeyPath, str]] = []
        collect_texts(self.notification, self.notification_path, found)
        collect_texts(self.message, self.message_path, found)
        collect_texts(self.web, self.web_path, found)
        collect_texts(dict(self.delivery), ("delivery",), found)
        return found

    def _faults(self, rendered: Sequence[str | TemplateFault]) -> dict[KeyPath, TemplateFault]:
        faults = [
            (index, outcome) for index, outcome in enumerate(rendered) if isinstance(outcome, TemplateFault)
        ]
        places = [path for path, _ in self._texts()] if faults else []
        return {places[index]: fault for index, fault in faults}

    def _without_unseen(self, outcome: str | TemplateFault) -> str | TemplateFault:
        """Return a fault for a text with what nobody sees; columns and included files can bring it in."""
        if isinstance(outcome, TemplateFault) or (outcome.isascii() and outcome.isprintable()):
            return outcome
        unseen = find_unseen(outcome)
        if not unseen:
            return outcome
        name = f"U+{ord(unseen[0]):04X} {unicodedata.name(unseen[0], '')}".rstrip()
        message = phrase("the rendered text holds {name}, which is invisible", name=name)
        hint = phrase("delete it in the column, the variable or the included file that it comes from")
        return TemplateFault(self.campaign, "template-invisible", message, hint=hint)

    def _fault_at(self, path: KeyPath, fault: TemplateFault) -> Problem:
        message = (
            phrase("{message} (line {line} of the text)", message=fault.message, line=fault.line)
            if fault.line > 1
            else fault.message
        )
        return self.document.problem(path, fault.rule, message, hint=fault.hint)


def content_source(spec: CampaignSpec, variant: int | None) -> ContentSource:
    """Return what a variant says, the campaign's own where it leaves something out.

    Args:
        spec: The campaign file.
        variant: The variant's place in the list, from 0; None for a campaign without variants.
    """
    campaign = spec.campaign
    values: dict[str, Json] = {}
    paths: dict[str, KeyPath] = {}
    for part in ("notification", "message", "web"):
        values[part], paths[part] = getattr(campaign, part), (part,)
        if variant is not None and campaign.variants is not None:
            own = getattr(campaign.variants[variant], part)
            if own is not None:
                values[part], paths[part] = own, ("variants", variant, part)
    return ContentSource(
        spec.document,
        campaign.name,
        ENDPOINTS[campaign.endpoint].to_browsers,
        **values,
        delivery=campaign.delivery.templated() if campaign.delivery is not None else {},
        **{f"{part}_path": path for part, path in paths.items()},
    )


def collect_texts(value: Json, path: KeyPath, found: list[tuple[KeyPath, str]]) -> None:
    """Add every text in ``value`` with its path to ``found``, in order.

    A list that grows, because nested generators cost more than all the rest of reading a content.
    """
    if isinstance(value, str):
        found.append((path, value))
    elif isinstance(value, dict):
        for key, item in value.items():
            collect_texts(item, (*path, key), found)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            collect_texts(item, (*path, index), found)


def _put_back(value: Json, texts: Iterator[object]) -> Json:
    """Return ``value`` with its texts replaced in the order of :func:`collect_texts`."""
    if isinstance(value, str):
        return next(texts)
    if isinstance(value, dict):
        return {key: _put_back(item, texts) for key, item in value.items()}
    if isinstance(value, list):
        return [_put_back(item, texts) for item in value]
    return value

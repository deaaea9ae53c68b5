"""Rules on the text that a recall shows: whole, as it is written, and only where phones show one.

Source: https://cloud.tencent.com/document/product/269/105123 (2025-12-24).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.tencent.cutting import cuts
from pushspec.tencent.endpoints import EndpointName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.problems import Problem
    from pushspec.spec.rules.context import Rule, RuleContext

_OPENINGS = ("{{", "{%", "{#")


def recall_template(context: RuleContext) -> Iterator[Problem]:
    """The text of a recall is read by people as it is written, so it holds no template."""
    for field, text in _texts(context):
        found = next((mark for mark in _OPENINGS if mark in text), None)
        if found is not None:
            yield context.problem(
                ("recall", field),
                "recall-template",
                phrase("recall takes no templates, and phones would show {found}", found=found),
                phrase("write the text out"),
            )


def recall_cut(context: RuleContext) -> Iterator[Problem]:
    """A text that a vendor cuts may lose the word that matters."""
    for field, text in _texts(context):
        found = cuts(context.limits, field, text)
        if found:
            narrowest = found[0]
            vendors = ", ".join(f"{cut.maker} ({cut.limit})" for cut in found)
            yield context.warning(
                ("recall", field),
                "recall-cut",
                phrase(
                    "the {field} of the recall is {units} characters and is cut by {vendors}",
                    field=field,
                    units=narrowest.units,
                    vendors=vendors,
                ),
                phrase("{vendor} shows: {shown}", vendor=narrowest.maker, shown=narrowest.shown),
            )


def recall_unused(context: RuleContext) -> Iterator[Problem]:
    """A chat message is withdrawn without a text in its place."""
    if context.campaign.recall is not None and context.endpoint.name is EndpointName.BATCHSENDMSG:
        yield context.warning(
            ("recall",),
            "recall-unused",
            phrase(
                "nobody sees this text: a recall takes a chat message out of the chat and puts nothing there"
            ),
            phrase("leave recall out"),
            key=True,
        )


def _texts(context: RuleContext) -> Iterator[tuple[str, str]]:
    recall = context.campaign.recall
    if recall is not None:
        yield "title", recall.title
        if recall.desc is not None:
            yield "desc", recall.desc


RULES: tuple[Rule, ...] = (recall_template, recall_cut, recall_unused)

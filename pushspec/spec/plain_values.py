"""Refuse plain YAML values of which something is lost before they reach a phone or the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.problems import Problem
    from pushspec.spec.document import Document
    from pushspec.spec.losses import Loss
    from pushspec.spec.positions import KeyPath

_ANY_VALUE = frozenset({"ext", "data", "params", "content_state"})
"""Below these keys people write values of any type, and the app gets them as text or JSON."""
_SEEN = _ANY_VALUE | {
    *("title", "sub_title", "desc", "text", "languages", "custom_data", "url", "image", "file"),
    *("private_title_parameters", "private_content_parameters", "data_id", "task_name"),
}
"""Keys of texts and links that somebody sees on a phone, of data for the app, and of names in reports."""
_CONTENT = frozenset({"notification", "message", "web", "delivery", "recall"})


def campaign_losses(document: Document) -> Iterator[Problem]:
    """Yield an error for every loss in what people or the app get, and in variables."""
    for path, loss in document.losses():
        part = path[2:] if path[0] == "variants" else path
        if _counts(part, loss):
            yield _problem(document, path, loss)


def project_losses(document: Document) -> Iterator[Problem]:
    """Yield an error for every loss in the variables of the project and its environments."""
    for path, loss in document.losses():
        part = path[2:] if path[0] == "environments" else path
        if part and part[0] == "vars":
            yield _problem(document, path, loss)


def _counts(part: KeyPath, loss: Loss) -> bool:
    """Whether a loss changes what is sent; a number in a field of the service keeps its value."""
    if not part or part[0] == "vars":
        return bool(part)
    return part[0] in _CONTENT and not (_ANY_VALUE if loss.spelling else _SEEN).isdisjoint(part)


def _problem(document: Document, path: KeyPath, loss: Loss) -> Problem:
    if loss.spelling:
        message = phrase(
            "the number {spelling} would become {value}", spelling=loss.spelling, value=loss.value
        )
        hint = phrase('to send it as it is written, put it in quotes: "{spelling}"', spelling=loss.spelling)
        return document.problem(path, "number-spelling", message, hint=hint)
    what = phrase("the text ends here") if loss.value else phrase("nothing is left of the text")
    message = phrase("{what}: YAML reads the rest of the line, from #, as a comment", what=what)
    hint = phrase("put the text in quotes; a comment can follow the closing quote")
    return document.problem(path, "text-comment", message, hint=hint)

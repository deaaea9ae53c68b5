"""A file in one form: keys in one order, no blanks where none are seen, every comment kept, no value changed.

It moves and trims lines and never rewrites a value, so that quotes, comments and the way a text is folded
stay the author's. Each step is kept only if the file still reads as it did.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pushspec.serialization import wire_json
from pushspec.spec.document import read_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pushspec.problems import Problem
    from pushspec.serialization import Json
    from pushspec.spec.document import Document

_MODELINE = "# yaml-language-server:"
_BOM = "\ufeff"

Block = list[str]
"""The lines of one key of the file, with the comments right above it."""


def format_file(data: bytes, file: str) -> tuple[bytes, list[Problem]]:
    """Return a campaign or project file in its one form.

    Args:
        data: The file's bytes.
        file: Its path relative to the project, for places.

    Returns:
        The formatted bytes, or ``data`` itself with the errors that keep it from being read.
    """
    document, problems = read_document(data, file)
    errors = [problem for problem in problems if problem.is_error]
    if document is None or errors:
        return data, errors
    text = data.decode("utf-8").removeprefix(_BOM).replace("\r\n", "\n")
    reads_alike = _reader(document, file)
    head, blocks = _split(text, document)
    trimmed = _trimmed(head, blocks, reads_alike)
    ordered = _ordered(blocks_of=trimmed, document=document)
    for candidate in (_joined(head, ordered), _joined(head, trimmed), text):
        if reads_alike(candidate) and _same_lines(candidate, text):
            return candidate.encode("utf-8"), []
    return data, []


def _reader(document: Document, file: str) -> Callable[[str], bool]:
    """Return what tells whether a text reads as the document did, the order of its top keys aside."""
    meant = _meaning(document.value)

    def reads_alike(text: str) -> bool:
        again, problems = read_document(text.encode("utf-8"), file)
        is_sound = not any(problem.is_error for problem in problems)
        return again is not None and is_sound and _meaning(again.value) == meant

    return reads_alike


def _meaning(value: Json) -> Json:
    # Bytes, because keys further down keep their order: it is the order of what is sent.
    if isinstance(value, dict):
        return {key: wire_json(item) for key, item in value.items()}
    return wire_json(value)


def _split(text: str, document: Document) -> tuple[Block, list[tuple[str, Block]]]:
    """Return the lines above the first key, and those of each key."""
    lines = text.removesuffix("\n").split("\n")
    keys = list(document.value) if isinstance(document.value, dict) else []
    starts = [document.locate((key,), key=True).line - 1 for key in keys]
    if not keys or len(set(starts)) != len(starts):  # a flow mapping has several keys on a line
        return [], [("", lines)]
    firsts = [_first_line(lines, start) for start in starts]
    ends = [*firsts[1:], len(lines)]
    blocks = [lines[first:end] for first, end in zip(firsts, ends, strict=True)]
    return lines[: firsts[0]], list(zip(keys, blocks, strict=True))


def _first_line(lines: Sequence[str], start: int) -> int:
    """Return where the comments right above a key begin; the editor's line stays at the top of the file."""
    while start and lines[start - 1].startswith("#") and not lines[start - 1].startswith(_MODELINE):
        start -= 1
    return start


def _trimmed(
    head: Block, blocks: list[tuple[str, Block]], reads_alike: Callable[[str], bool]
) -> list[tuple[str, Block]]:
    """Trim block by block: where a blank is part of a text, that block stays as it is."""
    kept = list(blocks)
    everything = [(key, _trim(block)) for key, block in blocks]
    if reads_alike(_joined(head, everything)):
        return everything
    for index, trimmed in enumerate(everything):
        attempt = [*kept[:index], trimmed, *kept[index + 1 :]]
        kept = attempt if reads_alike(_joined(head, attempt)) else kept
    return kept


def _trim(block: Iterable[str]) -> Block:
    lines: Block = []
    for line in block:
        trimmed = line.rstrip(" \t")
        if trimmed or (lines and lines[-1]):
            lines.append(trimmed)
    return lines


def _ordered(*, blocks_of: list[tuple[str, Block]], document: Document) -> list[tuple[str, Block]]:
    """Return the blocks in the order of the models' fields; unknown keys come last, as they came."""
    known = {name: place for place, name in enumerate(_key_order(document.value))}
    return sorted(blocks_of, key=lambda block: known.get(block[0], len(known)))


def _key_order(value: Json) -> list[str]:
    from pushspec.spec.campaign import Campaign
    from pushspec.spec.project import Project

    kind = value.get("kind") if isinstance(value, dict) else None
    model = Campaign if kind == "Campaign" else Project if kind == "Project" else None
    return [field.alias or name for name, field in model.model_fields.items()] if model is not None else []


def _joined(head: Block, blocks: Iterable[tuple[str, Block]]) -> str:
    lines = [*_trim(head), *(line for _, block in blocks for line in block)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _same_lines(text: str, other: str) -> bool:
    """Whether nothing but blanks came or went: no comment is lost, and none is doubled."""
    return _content(text) == _content(other)


def _content(text: str) -> Counter[str]:
    return Counter(line.rstrip() for line in text.split("\n") if line.strip())

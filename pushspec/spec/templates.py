"""Render the many small texts of all campaigns in one process that no template can misuse."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Self

from pushspec.errors import message_of
from pushspec.language import phrase, unpacked
from pushspec.spec.plain_templates import fill_names
from pushspec.spec.template_process import ProcessLostError, RenderLimits, TemplateProcess

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pushspec.serialization import Json

__all__ = ["RenderJob", "RenderLimits", "Rendered", "Renderer", "TemplateFault", "is_template"]

_BATCH = 256  # jobs under way at once: enough to keep the process busy, few enough to hold in memory


@dataclass(frozen=True, slots=True)
class RenderJob:
    """The texts of one campaign that share their variables.

    Attributes:
        campaign: Its name, for messages.
        texts: Texts as written, templates or not.
        variables: Values by name, as JSON can carry them; ``{"user": {...}}`` gives ``user.<column>``.
    """

    campaign: str
    texts: tuple[str, ...]
    variables: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class TemplateFault:
    """Why a text could not be rendered.

    Attributes:
        campaign: The campaign's name.
        rule: The rule's name, such as ``template-undefined``.
        message: What is wrong, one sentence, no final full stop. It can hold the template's own words.
        line: Line within the text, counted from 1; 0 when it is not known.
        hint: What to do about it; may be empty.
    """

    campaign: str
    rule: str
    message: str
    line: int = 0
    hint: str = ""


Rendered = tuple[str | TemplateFault, ...]
"""One result for each text of a job, in its order."""


def is_template(text: str) -> bool:
    """Return whether ``text`` holds anything that Jinja would act on."""
    return "{{" in text or "{%" in text or "{#" in text


class Renderer:
    """Renders jobs in a process of its own, which starts when the first template needs it.

    Use it as a context manager: the process ends with the block, whatever happens in it.

    Args:
        project: The folder with ``templates/``, which ``include`` and ``import`` read.
        limits: What one job may use.
    """

    def __init__(self, project: Path, limits: RenderLimits | None = None) -> None:
        self._project = project
        self._limits = limits or RenderLimits()
        self._process: TemplateProcess | None = None
        self._deaths = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the process without waiting for it, so that it gets ready while files are read."""
        self._running()

    def close(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def render_all(self, jobs: Sequence[RenderJob]) -> list[Rendered]:
        """Render the texts of all jobs; those that are no templates come back as they are.

        A text that takes the process with it becomes a fault, and the others are rendered all the same.

        Returns:
            One tuple a job, with one result a text, in the order of ``jobs``.

        Raises:
            PushspecError: The process cannot be started on this machine.
        """
        batches = (jobs[start : start + _BATCH] for start in range(0, len(jobs), _BATCH))
        return [rendered for batch in batches for rendered in self._render_batch(batch)]

    def _render_batch(self, jobs: Sequence[RenderJob]) -> list[Rendered]:
        results: list[list[str | TemplateFault]] = [list(job.texts) for job in jobs]
        todo: list[tuple[int, int]] = []
        for number, job in enumerate(jobs):
            for place, text in enumerate(job.texts):
                if not is_template(text):
                    continue
                filled = fill_names(text, job.variables, max_bytes=self._limits.output_bytes)
                if filled is None:
                    todo.append((number, place))
                else:
                    results[number][place] = filled
        while todo:
            rendered = self._render_some(jobs, todo)
            for (number, place), result in zip(todo, rendered, strict=False):
                results[number][place] = result
            todo = todo[len(rendered) :]
        return [tuple(result) for result in results]

    def _render_some(self, jobs: Sequence[RenderJob], todo: list[tuple[int, int]]) -> Rendered:
        """Render from the front of ``todo`` to its end, or to the first text that kills the process."""
        rendered: list[str | TemplateFault] = []
        if self._deaths > self._limits.restarts:
            message = phrase("not rendered, because too many other templates passed a limit")
            return tuple(
                TemplateFault(jobs[number].campaign, "template-limit", message) for number, _ in todo
            )
        try:
            for reply in self._running().exchange(_requests(jobs, todo), len(todo)):
                campaign = jobs[todo[len(rendered)][0]].campaign
                rendered.append(reply if isinstance(reply, str) else _fault(campaign, reply))
        except ProcessLostError as lost:
            self.close()
            self._deaths += 1
            campaign = jobs[todo[len(rendered)][0]].campaign
            rendered.append(
                TemplateFault(campaign, "template-limit", message_of(lost), hint=phrase("make it simpler"))
            )
        return tuple(rendered)

    def _running(self) -> TemplateProcess:
        if self._process is None:
            self._process = TemplateProcess(self._project, self._limits)
        return self._process


def _fault(campaign: str, reply: Mapping[str, Json]) -> TemplateFault:
    message, hint = unpacked(reply["message"]), unpacked(reply["hint"])
    return TemplateFault(campaign, str(reply["rule"]), message, int(reply["line"]), hint)


def _requests(jobs: Sequence[RenderJob], todo: Sequence[tuple[int, int]]) -> bytes:
    """Return one line of JSON for each job; JSON in ASCII holds no line break of its own."""
    lines = []
    for number, places in groupby(todo, key=itemgetter(0)):
        job = jobs[number]
        texts = [job.texts[place] for _, place in places]
        lines.append(json.dumps({"texts": texts, "variables": job.variables}))
    return "".join(f"{line}\n" for line in lines).encode("ascii")

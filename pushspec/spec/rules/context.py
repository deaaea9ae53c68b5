"""What a rule looks at: one variant of a campaign in one environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.problems import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pushspec.problems import Problem
    from pushspec.spec.campaign import Audience, Campaign
    from pushspec.spec.content import Content
    from pushspec.spec.document import Document
    from pushspec.spec.validation import KeyPath
    from pushspec.tencent.endpoints import Endpoint
    from pushspec.tencent.limits import Limits
    from pushspec.tencent.regions import Region


@dataclass(frozen=True, slots=True)
class RuleContext:
    """One variant of a campaign, with all that a rule may need to judge it.

    Attributes:
        campaign: The campaign file's content.
        document: The file, for places.
        endpoint: Where it goes.
        region: Where the app lives; None for a test server.
        limits: The figures in force in this environment.
        audience: Who gets it; None when the file does not say.
        audience_path: The path of the audience in the file.
        content: The rendered content.
    """

    campaign: Campaign
    document: Document
    endpoint: Endpoint
    region: Region | None
    limits: Limits
    audience: Audience | None
    audience_path: KeyPath
    content: Content

    def problem(
        self, path: KeyPath, rule: str, message: str, hint: str = "", *, key: bool = False
    ) -> Problem:
        """Return an error at a place of the file."""
        return self.document.problem(path, rule, message, hint=hint, key=key)

    def warning(
        self, path: KeyPath, rule: str, message: str, hint: str = "", *, key: bool = False
    ) -> Problem:
        """Return a warning at a place of the file."""
        return self.document.problem(path, rule, message, hint=hint, key=key, level=Level.WARNING)


if TYPE_CHECKING:
    Rule = Callable[[RuleContext], Iterator[Problem]]

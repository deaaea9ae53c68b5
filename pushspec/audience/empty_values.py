"""A person's value that is empty, where a text needs it: an error with the row and the count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.language import phrase
from pushspec.problems import Location, Problem
from pushspec.text import counted

if TYPE_CHECKING:
    from pushspec.audience.accounts import AccountGroup
    from pushspec.spec.templates import Rendered, TemplateFault


class EmptyValues:
    """Collects the empty values that texts of one variant would have shown."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._first: dict[str, Location] = {}

    def leave_holes(self, group: AccountGroup, rendered: Rendered) -> bool:
        """Return whether a text of a group needs a value that its accounts lack, and count them."""
        used = {column for column in group.empty for text in rendered if _needs(text, column)}
        for column in used:
            self._rows[column] = self._rows.get(column, 0) + len(group.accounts)
            self._first.setdefault(column, group.location or Location(""))
        return bool(used)

    def problems(self) -> list[Problem]:
        """Return one problem a column."""
        return [self._problem(column, rows) for column, rows in sorted(self._rows.items())]

    def _problem(self, column: str, rows: int) -> Problem:
        whose = counted(rows, "account") if rows > 1 else phrase("this account")
        message = phrase("{column} is empty for {whose}, and a text shows it", column=column, whose=whose)
        hint = phrase(
            "fill it in, or write {{{{ user.{column} | default('...', true) }}}} in the text", column=column
        )
        return Problem(self._first[column], "personal-empty", message, hint)


def _needs(text: str | TemplateFault, column: str) -> bool:
    """Whether a text failed because a column is not there, which is left out where it is empty."""
    if isinstance(text, str) or text.rule != "template-undefined":
        return False
    return f"`user.{column}`" in text.message

"""Write a command's result to the file that somebody names, and never over what a project is made of."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from pushspec.cli.languages import language_for
from pushspec.errors import UsageError
from pushspec.files import write_file
from pushspec.language import phrase, speaking
from pushspec.paths import PathRefusedError, open_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

_LOCKFILE = b'{"record":'
_SPECS = (".yaml", ".yml")
_FORMS = {
    ".html": "html",
    ".ics": "ics",
    ".json": "json",
    ".md": "markdown",
    ".sarif": "sarif",
    ".txt": "text",
}
_OTHER_ENDINGS = {".htm": ".html", ".log": ".txt", ".markdown": ".md"}


class Report(NamedTuple):
    """A file for a command's result, and the form of its ending; None where that says nothing."""

    path: Path
    form: str | None


def form_of_file(path: Path, known: Collection[str]) -> str | None:
    """Return the form that a file's ending asks for; None for a pipe or a name whose ending says nothing.

    Raises:
        UsageError: The ending is that of a form that the command lacks, or a file of a project is there.
    """
    _refuse_project_file(path)
    ending = path.suffix.lower()
    form = _FORMS.get(_OTHER_ENDINGS.get(ending, ending))
    if form is not None and form not in known:
        endings = ", ".join(it for it, form in _FORMS.items() if form in known)
        raise UsageError(
            phrase("{path}: no report has the ending {ending}", path=path, ending=ending),
            hint=phrase("the ending says the form: {endings}", endings=endings),
        )
    return form


def write_reports(reports: Collection[Report], form: str, render: Callable[[str], str]) -> None:
    """Write a result to files, each in its form and the language of that form.

    Args:
        reports: Where to.
        form: Of files whose endings say nothing; SARIF also of those that end with ``.json``.
        render: Returns the result in a form.
    """
    for report in reports:
        is_sarif = (form, report.form) == ("sarif", "json")
        own = form if is_sarif else report.form or form
        with speaking(language_for(own)):
            write_result(report.path, render(own))


def write_result(path: Path, text: str) -> None:
    """Write a plan or a view of one to a file, in place of an earlier one.

    Raises:
        UsageError: A lockfile, a campaign or another file of a project is there, or the system refuses.
    """
    _refuse_project_file(path)
    write_file(path, text)


def check_whole_file(path: Path) -> None:
    """Check that a result which cannot pass through a pipe may be written to a file.

    Raises:
        UsageError: A file of a project is there, or what is there is no regular file, such as a device.
    """
    _refuse_project_file(path)
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise UsageError(
            phrase("{path} is no regular file", path=path),
            hint=phrase("it is not replaced; name another file"),
        )


def _refuse_project_file(path: Path) -> None:
    begins = _beginning(path)
    hint = phrase("it is not replaced; name another file")
    if begins == _LOCKFILE:
        raise UsageError(phrase("{path} is a lockfile", path=path), hint=hint)
    if begins is not None and path.name.lower().endswith(_SPECS):
        raise UsageError(phrase("{path} is a file of a project", path=path), hint=hint)


def _beginning(path: Path) -> bytes | None:
    """Return the first bytes of a file; None where there is none that could be replaced."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):  # a pipe is for its own reader
            return None
        with os.fdopen(open_plain(path), "rb") as file:
            return file.read(len(_LOCKFILE))
    except (OSError, PathRefusedError):  # whoever writes it says what is wrong
        return None

"""Closed folders, files that nobody may write, links that lead nowhere: said, not passed over."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

import pytest
from workbench import CAMPAIGN, PROJECT, Project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATH_BYTES = 4_096
"""Linux opens no longer path, whoever asks."""
WRITE_VERSION = 18
"""Where a file of SQLite says how new a program must be to write it."""


def _bury_campaigns(folder: Path) -> None:
    """Make folders in folders until no path reaches the last one; rights would not stop root."""
    with contextlib.chdir(folder):
        for _ in range(PATH_BYTES // 200 + 1):
            os.mkdir("d" * 200)  # noqa: PTH102 - step by step, since the whole path cannot be said
            os.chdir("d" * 200)


@pytest.mark.parametrize("command", [["validate"], ["plan"], ["apply"], ["fmt", "--check"]])
def test_a_folder_of_campaigns_that_cannot_be_listed_is_an_error(tmp_path: Path, command: list[str]) -> None:
    """Once, `plan` went without the campaigns in it and said nothing."""
    project = Project(tmp_path).write({"pushspec.yaml": PROJECT, "campaigns/hello.yaml": CAMPAIGN})
    _bury_campaigns(project.root / "campaigns")

    outcome = project.run(*command)

    said = outcome.out + outcome.err
    assert outcome.code == 1, said
    assert "error[unreadable-file]: the folder cannot be listed, so no campaign in it is read" in said
    assert "file name too long" in said


def test_a_sandbox_that_cannot_be_written_is_found_before_any_call(tmp_path: Path) -> None:
    """Once, the call was in doubt, although nothing but this file stood in its way."""
    project = Project(tmp_path).write({"pushspec.yaml": PROJECT, "campaigns/hello.yaml": CAMPAIGN})
    project.run("apply", "--confirm", project.plan_json()["digest"]).assert_ok()
    project.write({"campaigns/sale.yaml": CAMPAIGN.replace("hello", "sale").replace("Hello", "Sale")})
    with (project.root / ".pushspec" / "sandbox.db").open("r+b") as database:
        database.seek(WRITE_VERSION)
        database.write(b"\3")

    outcome = project.run("apply", "--confirm", project.plan_json()["digest"])

    assert outcome.code == 8, outcome.out + outcome.err
    assert "the sandbox cannot keep its database in .pushspec: attempt to write a readonly" in outcome.err
    assert "allow this user to write there" in outcome.err
    assert '"sale@1"' not in (project.root / "pushspec.sandbox.lock").read_text()


@pytest.mark.parametrize("target", ["pushspec.yaml", "../pushspec.yml", "missing"])
@pytest.mark.parametrize("command", ["plan", "validate", "apply", "status", "fmt"])
def test_a_link_that_leads_nowhere_hides_no_project_further_up(
    tmp_path: Path, target: str, command: str
) -> None:
    """Somebody in a folder of a larger tree would plan, and send, another project's campaigns."""
    above = Project(tmp_path).write({"pushspec.yaml": PROJECT, "campaigns/hello.yaml": CAMPAIGN})
    below = Project(above.root / "below").write({"campaigns/sale.yaml": CAMPAIGN.replace("hello", "sale")})
    (below.root / "pushspec.yaml").symlink_to(target)

    outcome = below.run(command)

    said = outcome.out + outcome.err
    assert outcome.code in {1, 2}, said
    assert "symbolic link" in said
    assert "hello" not in said


def test_a_project_that_may_be_entered_and_not_listed_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies beside the project file is looked at for campaigns only; rights would not stop root."""
    project = Project(tmp_path).write({"pushspec.yaml": PROJECT, "campaigns/hello.yaml": CAMPAIGN})

    def closed(real: Callable[..., Any]) -> Callable[..., Any]:
        def list_it(path: object = ".") -> object:
            if str(path) == str(project.root):
                raise PermissionError(13, "Permission denied", str(path))
            return real(path)

        return list_it

    for name in ("listdir", "scandir"):
        monkeypatch.setattr(os, name, closed(getattr(os, name)))

    assert project.run("validate").assert_ok().out == "no problems\n"

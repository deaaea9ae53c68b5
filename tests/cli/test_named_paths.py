"""Campaigns named by the path of their folder or file, as a shell completes it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from workbench import CAMPAIGN, PROJECT, Project

from pushspec.cli.main import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a campaign in a folder, and one beside it."""
    return Project(tmp_path / "shop").write(
        {
            "pushspec.yaml": PROJECT,
            "campaigns/spring/sale.yaml": CAMPAIGN.replace("name: hello", "name: sale"),
            "campaigns/hello.yaml": CAMPAIGN,
        }
    )


@pytest.mark.parametrize("command", ["plan", "preview", "validate"])
@pytest.mark.parametrize("path", ["campaigns/spring", "campaigns/spring/", "campaigns/spring/sale.yaml"])
def test_an_absolute_path_names_campaigns(project: Project, command: str, path: str) -> None:
    """An editor copies it, and `"$PWD/campaigns"` is how scripts write it."""
    done = project.run(command, f"{project.root}/{path}").assert_ok()

    assert done.out.replace(f"{project.root}/", "") == project.run(command, path).assert_ok().out
    assert "hello@1" not in done.out


def test_a_path_from_the_folder_where_it_is_typed_names_campaigns(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tab completes paths from where somebody stands, above the project or within it."""
    for stands, arguments in (
        (project.root.parent, ["-C", "shop", "shop/campaigns/spring/"]),
        (project.root / "campaigns", ["./spring"]),
    ):
        with contextlib.chdir(stands):
            assert run(["plan", *arguments]) == 0
        shown = capsys.readouterr().out
        assert "sale@1" in shown
        assert "hello@1" not in shown


def test_a_path_outside_the_project_is_told_to_be_so(project: Project) -> None:
    """ "No campaign matches" sends people looking for a slip in the name."""
    outside = project.root.parent

    done = project.run("plan", str(outside))

    assert (done.code, done.out) == (2, "")
    assert done.err == (
        f"error: {outside} is not in the project {project.root}\nhint: -C FOLDER names another project\n"
    )


def test_no_campaign_in_a_state_is_not_no_campaign(project: Project) -> None:
    """Whoever asks what waits must not think that the files are gone."""
    assert "  (waiting: none of 2 campaigns)\n" in project.run("plan", "--select", "state:waiting").out
    for form in ("markdown", "html"):
        shown = project.run("plan", "--select", "state:waiting", "--format", form).out
        assert shown.count("(waiting: none of 2 campaigns)") == 1
    one = project.run("plan", "hello", "--select", "state:in-doubt", "--select", "state:sent")
    assert "  (in doubt, sent: none of 1 campaign)\n" in one.out

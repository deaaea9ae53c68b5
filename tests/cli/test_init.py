"""The first five minutes: ``init`` makes a project that works, and touches none that is there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml
from workbench import CAMPAIGN, PROJECT, Project

from pushspec.cli.install_source import source_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SHA256 = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"


@pytest.fixture
def made(tmp_path: Path) -> Callable[[str], Project]:
    """Return a function that makes a project in a folder of a name."""

    def init(folder: str) -> Project:
        Project(tmp_path).run("init", folder).assert_ok()
        return Project(tmp_path / folder)

    return init


def test_init_writes_a_project_that_works_at_once(made: Callable[[str], Project]) -> None:
    """What it writes plans without a warning, is formatted, is sent, and is then done."""
    shop = made("shop")

    formatted = shop.run("fmt", "--check")
    planned = shop.run("plan")
    sent = shop.run("apply", "--confirm", shop.plan_json()["digest"])

    assert (formatted.code, formatted.out) == (0, "")
    assert "warning" not in planned.out + planned.err
    assert "2 to send" in planned.out
    assert sent.code == 0, sent.err
    assert sent.out.endswith("See the phones: pushspec sandbox serve\n")
    assert [it["state"] for it in shop.plan_json()["campaigns"]] == ["sent", "sent"]
    assert shop.run("plan", "--detailed-exitcode").code == 0


def test_the_first_campaigns_reach_no_one_twice(made: Callable[[str], Project]) -> None:
    """An example that tires somebody teaches the wrong thing; the sandbox tells who got what."""
    shop = made("shop")
    shop.run("apply", "--confirm", shop.plan_json()["digest"]).assert_ok()

    inboxes = {name: shop.run("sandbox", "inbox", name).out for name in ("bonnie", "rong", "ada", "jared")}

    titles = {name: re.findall("Good morning|早上好|Welcome to ACME", told) for name, told in inboxes.items()}
    assert {name: set(found) for name, found in titles.items()} == {
        "bonnie": {"Good morning"},
        "rong": {"早上好"},
        "ada": {"Welcome to ACME"},
        "jared": {"Welcome to ACME"},
    }


@pytest.mark.parametrize("folder", ["acme-push", "我的推送", "null", "2026", 'a "shop": #1'])
def test_a_project_is_named_after_its_folder(folder: str, made: Callable[[str], Project]) -> None:
    """Nobody wants to be `my-pushes` in the page of the sandbox."""
    shop = made(folder)

    assert yaml.safe_load((shop.root / "pushspec.yaml").read_text())["name"] == folder
    assert shop.run("plan").out.startswith(f"{folder} · sandbox")
    assert shop.run("fmt", "--check").code == 0


def test_an_editor_knows_the_schemas(made: Callable[[str], Project]) -> None:
    """Campaigns that somebody adds without the first line are completed and checked, too."""
    shop = made("shop")

    schemas = json.loads((shop.root / ".vscode/settings.json").read_text())["yaml.schemas"]

    assert all((shop.root / name).is_file() for name in schemas)
    assert all(list(shop.root.glob(pattern)) for pattern in schemas.values())
    first = (shop.root / "campaigns/welcome.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=../.pushspec/campaign.schema.json"


def test_init_in_a_project_keeps_it_and_says_so(tmp_path: Path) -> None:
    """An example campaign beside real ones would be sent by the next apply."""
    project = Project(tmp_path).write(
        {
            "pushspec.yaml": PROJECT,
            "campaigns/hello.yaml": CAMPAIGN,
            ".gitignore": "mine\n",
            ".pushspec/campaign.schema.json": "{}",
        }
    )

    done = project.run("init").assert_ok()

    assert "  kept     .gitignore\n" in done.out
    assert "  renewed  .pushspec/campaign.schema.json\n" in done.out
    assert "pushspec.yaml was there: the project and its campaigns are as they were." in done.out
    assert "apply" not in done.out
    assert (project.root / "pushspec.yaml").read_text() == PROJECT
    assert [path.name for path in (project.root / "campaigns").iterdir()] == ["hello.yaml"]
    assert not (project.root / ".github").exists()
    assert "renewed" not in project.run("init").assert_ok().out


def test_the_command_to_go_on_can_be_pasted(tmp_path: Path) -> None:
    """A folder may have any name."""
    told = Project(tmp_path).run("init", "my shop; true").out
    (line,) = (line for line in told.splitlines() if line.startswith("Next: "))

    command = line.removeprefix("Next: ").replace("pushspec", f"{sys.executable} -m pushspec")
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True)

    assert "Plan: 2 to send" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("record", "address"),
    [
        (
            {"url": "https://files.example/p.whl", "archive_info": {"hashes": {"sha256": SHA256}}},
            f"https://files.example/p.whl#sha256={SHA256}",
        ),
        (
            {"url": "https://files.example/p.tar.gz", "archive_info": {"hash": f"sha256={SHA256}"}},
            f"https://files.example/p.tar.gz#sha256={SHA256}",
        ),
        (
            {"url": "https://code.example/p.git", "vcs_info": {"vcs": "git", "commit_id": "ab12" * 10}},
            f"git+https://code.example/p.git@{'ab12' * 10}",
        ),
        ({"url": "https://files.example/p.whl", "archive_info": {}}, ""),
        ({"url": "http://files.example/p.whl", "archive_info": {"hashes": {"sha256": SHA256}}}, ""),
        ({"url": "https://files.example/'$x.whl", "archive_info": {"hashes": {"sha256": SHA256}}}, ""),
        ({"url": "file:///src/pushspec", "dir_info": {"editable": True}}, ""),
    ],
)
def test_a_pipeline_installs_the_pushspec_that_made_the_project(
    record: dict[str, object], address: str
) -> None:
    """An address counts only with its hash or commit; what no runner can reach is no address."""
    source = source_of(json.dumps(record))

    assert source.address == address
    assert bool(source.hint) == (not address)


@pytest.mark.parametrize("recorded", [None, "", "[]", "{", '{"url": 1, "archive_info": []}'])
def test_an_install_that_left_no_record_asks_for_the_address(recorded: str | None) -> None:
    """A name alone is no pin: whoever registers it would run in the pipeline."""
    assert source_of(recorded).address == ""
    assert "PUSHSPEC_ARCHIVE" in source_of(recorded).hint


def test_an_install_from_a_file_says_which_file_to_upload() -> None:
    """Whoever built a wheel gets its hash, ready to paste."""
    record = {"url": "file:///tmp/dist/p-1.whl", "archive_info": {"hashes": {"sha256": SHA256}}}

    assert (
        f"upload p-1.whl, and set PUSHSPEC_ARCHIVE to its address#sha256={SHA256}"
        in source_of(json.dumps(record)).hint
    )


@pytest.mark.parametrize("name", [".pushspec", ".vscode", ".github", ".github/workflows", "campaigns"])
def test_init_writes_through_no_link_of_the_folder(tmp_path: Path, name: str) -> None:
    """Whoever made the repository could have it write anywhere on this machine."""
    out = tmp_path / "out"
    out.mkdir()
    link = tmp_path / "shop" / name
    link.parent.mkdir(parents=True)
    link.symlink_to(out)

    refused = Project(tmp_path).run("init", "shop")

    assert (refused.code, "it goes through a symbolic link" in refused.err) == (1, True), refused.err
    assert list(out.iterdir()) == []
    assert not (tmp_path / "shop" / "pushspec.yaml").exists()


def test_init_takes_a_folder_that_is_a_link_itself(tmp_path: Path) -> None:
    """Whoever names it chose it."""
    (tmp_path / "out").mkdir()
    (tmp_path / "shop").symlink_to("out")

    Project(tmp_path).run("init", "shop").assert_ok()

    assert (tmp_path / "out" / "pushspec.yaml").exists()

"""The review commands as a pipeline and a person meet them: exit codes, streams, consoles, and selections."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from workbench import COUNTED_PROJECT, campaign_text

from pushspec.cli.main import COMMANDS, root

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A git repository with one committed campaign."""
    write(tmp_path, "pushspec.yaml", COUNTED_PROJECT)
    write(tmp_path, "campaigns/sale.yaml", campaign_text())
    write(tmp_path, "campaigns/vip.yaml", campaign_text("vip", title="促销", labels="{team: growth}"))
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path)
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "change")


def pushspec(
    folder: Path, *arguments: str, encoding: str = "utf-8", **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run a command without a terminal, as a pipeline does."""
    return subprocess.run(
        [sys.executable, "-m", "pushspec", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONIOENCODING": encoding} | environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding=encoding,
    )


def test_a_comparison_of_two_commits_ends_as_asked(folder: Path) -> None:
    """Pipelines branch on the exit code, people read the rest."""
    same = pushspec(folder, "diff", "--base", "HEAD", "--detailed-exitcode")
    write(folder, "campaigns/sale.yaml", campaign_text(audience="{everyone: true}"))
    other = pushspec(folder, "diff", "--base", "HEAD", "--detailed-exitcode")

    assert (same.returncode, other.returncode) == (0, 4)
    assert "no change in what would be sent, 2 the same" in same.stdout
    assert same.stderr == ""
    assert other.stderr == "Exit code 4: what would be sent differs\n"
    assert "! audience  tags any [A] → everyone: now every user of the app" in other.stdout


def test_a_moved_file_changes_nothing(folder: Path) -> None:
    """The name is the identity; where a file lies is taste."""
    (folder / "campaigns" / "new").mkdir()
    (folder / "campaigns" / "sale.yaml").rename(folder / "campaigns" / "new" / "s.yaml")

    assert pushspec(folder, "diff", "--base", "HEAD", "--detailed-exitcode").returncode == 0


def test_two_commits_are_compared_without_touching_the_files(folder: Path) -> None:
    """A reviewer looks at a branch while working on another."""
    write(folder, "campaigns/sale.yaml", campaign_text(title="New"))
    commit(folder)
    write(folder, "campaigns/sale.yaml", "not: [yaml")

    done = pushspec(folder, "diff", "--base", "HEAD~1", "--head", "HEAD", "--format", "json")

    changes = {it["name"]: it["changes"] for it in json.loads(done.stdout)["campaigns"]}
    assert [(it["field"], it["before"], it["after"]) for it in changes["sale"]] == [
        ("OfflinePushInfo.Title", "Spring sale", "New")
    ]


def test_a_commit_cannot_hide_a_campaign_from_the_comparison(folder: Path) -> None:
    """`git archive` would obey the pull request's own attributes."""
    write(folder, ".gitattributes", "campaigns/hidden.yaml export-ignore\n")
    write(folder, "campaigns/hidden.yaml", campaign_text("hidden", audience="{everyone: true}"))
    commit(folder)

    done = pushspec(folder, "diff", "--base", "HEAD~1", "--head", "HEAD")

    assert "+ hidden@1" in done.stdout


@pytest.mark.parametrize("ref", ["nowhere", "--output=x", "HEAD:campaigns", ""])
def test_an_unknown_commit_is_a_usage_error(ref: str, folder: Path) -> None:
    """A name that begins with a dash is a name, not an option of git's."""
    done = pushspec(folder, "diff", f"--base={ref}")

    assert done.returncode == 2
    assert "git finds no commit" in done.stderr
    assert not (folder / "x").exists()


def test_a_base_that_cannot_be_planned_is_said(folder: Path) -> None:
    """The first pull request, and one that mends a broken main, are reviewed too."""
    write(folder, "campaigns/sale.yaml", "name: [")
    commit(folder)
    write(folder, "campaigns/sale.yaml", campaign_text())

    done = pushspec(folder, "diff", "--base", "HEAD")

    assert done.returncode == 0
    assert "HEAD cannot be planned" in done.stdout


@pytest.mark.parametrize(
    ("change", "planned"),
    [
        ({}, []),
        ({"campaigns/vip.yaml": campaign_text("vip", title="other")}, ["vip"]),
        ({"campaigns/new.yaml": campaign_text("new", title="other")}, ["new"]),
        ({"templates/footer.txt": "bye"}, ["sale", "vip"]),
        ({"pushspec.yaml": COUNTED_PROJECT + "vars: {a: 1}\n"}, ["sale", "vip"]),
        ({"README.md": "hello"}, []),
    ],
)
def test_only_what_a_change_touches_is_planned(
    change: dict[str, str], planned: list[str], folder: Path
) -> None:
    """A pull request of one campaign among a thousand shows one."""
    for name, text in change.items():
        write(folder, name, text)

    done = pushspec(folder, "plan", "--changed-since", "HEAD", "--format", "json")

    assert done.returncode == 0, done.stderr
    assert [campaign["name"] for campaign in json.loads(done.stdout)["campaigns"]] == planned


def test_a_changed_list_of_accounts_touches_its_campaign(folder: Path) -> None:
    """Who gets it is part of what is sent."""
    write(folder, "audiences/a.txt", "one\n")
    text = campaign_text("listed", endpoint="timpush/batch", from_="x", audience="{file: audiences/a.txt}")
    write(folder, "campaigns/listed.yaml", text)
    commit(folder)
    write(folder, "audiences/a.txt", "one\ntwo\n")

    done = pushspec(folder, "plan", "--changed-since", "HEAD", "--format", "json")

    assert [campaign["name"] for campaign in json.loads(done.stdout)["campaigns"]] == ["listed"]


def test_a_changed_audience_touches_the_campaigns_that_use_it(folder: Path) -> None:
    """Its file and its pin are files of their own, and say who gets it."""
    audience = "apiVersion: pushspec/v1\nkind: Audience\nname: gold\nfile: gold.txt\n"
    write(folder, "audiences/gold.yaml", audience)
    write(folder, "gold.txt", "one\n")
    text = campaign_text("listed", endpoint="timpush/batch", from_="x", audience="{use: gold}")
    write(folder, "campaigns/listed.yaml", text)
    commit(folder)
    pushspec(folder, "audience", "pull")

    done = pushspec(folder, "plan", "--changed-since", "HEAD", "--format", "json")

    assert [campaign["name"] for campaign in json.loads(done.stdout)["campaigns"]] == ["listed"]


def test_a_plan_of_some_campaigns_is_saved_as_such(folder: Path) -> None:
    """What was shown is what an apply of that file would send."""
    write(folder, "campaigns/vip.yaml", campaign_text("vip", title="other"))

    pushspec(folder, "plan", "--changed-since", "HEAD", "-o", "plan.json")

    saved = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    assert [campaign["key"] for campaign in saved["campaigns"]] == ["vip@1"]
    assert saved["names"] == ["campaigns/vip.yaml"]


def test_selections_narrow_each_other(folder: Path) -> None:
    """By label and by change at once, as a team's own pipeline asks."""
    write(folder, "campaigns/sale.yaml", campaign_text(title="x"))
    write(folder, "campaigns/vip.yaml", campaign_text("vip", title="y", labels="{team: growth}"))

    done = pushspec(
        folder, "plan", "--changed-since", "HEAD", "--select", "label:team=growth", "--format", "json"
    )

    assert [campaign["name"] for campaign in json.loads(done.stdout)["campaigns"]] == ["vip"]


@pytest.mark.parametrize(("arguments", "code"), [((), 0), (("--detailed-exitcode",), 4)])
def test_a_pending_plan_has_its_own_exit_code_on_request(
    arguments: tuple[str, ...], code: int, folder: Path
) -> None:
    """Zero means well for a person, four means ask for an approval to a pipeline."""
    assert pushspec(folder, "plan", *arguments).returncode == code


@pytest.mark.parametrize("form", ["text", "json", "markdown", "html", "github", "sarif"])
def test_a_broken_file_fails_every_form_with_one(form: str, folder: Path) -> None:
    """A view that is asked for by a program must not turn a mistake into a success."""
    write(folder, "campaigns/sale.yaml", campaign_text(audience="{}"))

    done = pushspec(folder, "plan", "--format", form)

    assert done.returncode == 1
    assert "campaigns/sale.yaml" in done.stderr


@pytest.mark.parametrize("form", ["text", "json", "markdown", "html", "github", "sarif"])
def test_the_result_goes_to_stdout_and_to_the_file(form: str, folder: Path) -> None:
    """`--out` keeps what the log shows."""
    done = pushspec(folder, "plan", "--format", form, "--out", "plan.out")

    assert done.returncode == 0, done.stderr
    assert (folder / "plan.out").read_text(encoding="utf-8") == done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("form", ["github", "sarif", "text", "json"])
def test_validate_reports_in_each_form(form: str, folder: Path) -> None:
    """The same problem, for a person, for GitHub, for SARIF and for programs."""
    write(folder, "campaigns/sale.yaml", campaign_text(endpoint="timpush/pusch"))

    done = pushspec(folder, "validate", "--format", form)

    assert done.returncode == 1
    assert "not-a-choice" in done.stdout


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_a_chinese_console_shows_chinese_and_escapes_the_rest(form: str, folder: Path) -> None:
    """GBK has no emoji; a plan must not die of one."""
    write(folder, "campaigns/vip.yaml", campaign_text("vip", title="促销 🎉"))

    done = pushspec(folder, "plan", "--bodies", "--format", form, encoding="gbk")

    assert done.returncode == 0, done.stderr
    assert "促销" in done.stdout
    assert "\\U0001f389" in done.stdout


def test_without_a_terminal_there_is_no_colour_and_no_prompt(folder: Path) -> None:
    """A log full of escapes cannot be searched."""
    done = pushspec(folder, "plan", CLICOLOR_FORCE="1")

    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize(("environ", "is_coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_has_colour_unless_it_is_unwanted(
    environ: dict[str, str], is_coloured: bool, folder: Path
) -> None:
    """NO_COLOR is a promise that people set once."""
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "pushspec", "plan"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "TERM": "xterm"} | environ,
        stdin=child,
        stdout=child,
        stderr=subprocess.DEVNULL,
    )
    os.close(child)
    shown = b""
    try:
        while chunk := os.read(parent, 65_536):
            shown += chunk
    except OSError:  # Linux says so when the last writer has gone
        pass
    os.close(parent)

    assert process.wait() == 0
    assert (b"\x1b[" in shown) is is_coloured


def test_a_title_is_no_command_to_a_runner(folder: Path) -> None:
    """What a stranger writes into a file must not stop the masking of secrets in the log."""
    title = "##[add-mask]x ::stop-commands::y"
    text = campaign_text(
        title=title, audience='{tags: {any: ["a", "b ::error::c"]}}', exceptions="[{policy: x}]"
    )
    write(folder, "campaigns/sale.yaml", text)
    broken = pushspec(folder, "validate", GITHUB_ACTIONS="true")
    write(folder, "campaigns/sale.yaml", text.replace("exceptions: [{policy: x}]\n", ""))
    planned = pushspec(folder, "plan", GITHUB_ACTIONS="true", COLUMNS="40")

    for line in (broken.stdout + broken.stderr + planned.stdout + planned.stderr).splitlines():
        assert "##[" not in line
        assert not line.strip().startswith("::")


def test_fmt_mends_files_and_check_only_looks(folder: Path) -> None:
    """A hook changes what is committed, a pipeline says that it was forgotten."""
    (folder / "campaigns" / "vip.yaml").unlink()
    untidy = campaign_text().replace("name: sale\n", "") + "name: sale   # the name\n"
    write(folder, "campaigns/sale.yaml", untidy)

    checked = pushspec(folder, "fmt", "--check")
    kept = (folder / "campaigns" / "sale.yaml").read_text(encoding="utf-8")
    mended = pushspec(folder, "fmt", "campaigns/sale.yaml")
    again = pushspec(folder, "fmt", "--check")

    assert (checked.returncode, mended.returncode, again.returncode) == (1, 0, 0)
    assert checked.stdout == "would change  campaigns/sale.yaml\n"
    assert kept == untidy
    assert "name: sale   # the name\n" in (folder / "campaigns" / "sale.yaml").read_text(encoding="utf-8")


def test_fmt_leaves_other_folders_alone(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A hook that is given a file of another project must not touch it."""
    other = tmp_path_factory.mktemp("other") / "a.yaml"
    other.write_text("name: a\n")

    assert pushspec(folder, "fmt", str(other)).returncode == 2


def test_preview_shows_the_phones(folder: Path) -> None:
    """The author looks before anybody reviews."""
    done = pushspec(folder, "preview", "vip")

    assert done.returncode == 0, done.stderr
    assert "│ 促销" in done.stdout


@pytest.mark.parametrize("name", ["campaign", "project", "plan"])
def test_schema_prints_json(name: str, folder: Path) -> None:
    """Editors and programs read it."""
    assert json.loads(pushspec(folder, "schema", name).stdout)["type"] == "object"


@pytest.mark.parametrize("name", ["diff", "fmt", "preview", "schema"])
def test_the_list_of_commands_tells_of_each(name: str) -> None:
    """`--help` reads a table and not the modules; both must know the command."""
    command = root.get_command(None, name)  # type: ignore[arg-type] # the context is not used

    assert name in COMMANDS
    assert command is not None
    assert command.help

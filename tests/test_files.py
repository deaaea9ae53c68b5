"""Files that a person names, and files that a tree carries: written and read, or refused in plain words."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from workbench import CAMPAIGN, PROJECT, Project

from pushspec.files import keep_from_git

if TYPE_CHECKING:
    from pathlib import Path

WRITERS = (["plan", "-o"], ["plan", "--format", "markdown", "--out"])


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with one campaign."""
    project = Project(tmp_path / "project")
    return project.write({"pushspec.yaml": PROJECT, "campaigns/hello.yaml": CAMPAIGN})


def in_a_process(project: Project, script: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell, where ``pushspec`` is this one."""
    line = f'pushspec() {{ "{sys.executable}" -m pushspec "$@"; }}; {script}'
    return subprocess.run(["bash", "-c", line], cwd=project.root, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("command", WRITERS)
def test_the_folders_above_a_result_are_made(project: Project, command: list[str]) -> None:
    """A pipeline's artifacts folder does not exist in a fresh checkout."""
    project.run(*command, "out/of/results.json").assert_ok()

    assert (project.root / "out/of/results.json").stat().st_size > 0


@pytest.mark.parametrize("command", WRITERS)
def test_a_device_is_written_through_and_stays_one(project: Project, command: list[str]) -> None:
    """As root, a rename over /dev/null would break the machine."""
    null = project.root / "null"
    os.mknod(null, 0o666 | stat.S_IFCHR, os.makedev(1, 3))

    project.run(*command, "null").assert_ok()

    assert stat.S_ISCHR(null.lstat().st_mode)


@pytest.mark.parametrize("command", WRITERS)
def test_a_pipe_is_written_through(project: Project, command: list[str]) -> None:
    """`--out >(gzip > plan.gz)` is ordinary shell."""
    os.mkfifo(project.root / "pipe")
    received = bytearray()
    reader = threading.Thread(target=lambda: received.extend((project.root / "pipe").read_bytes()))
    reader.start()

    project.run(*command, "pipe").assert_ok()
    reader.join(timeout=20)

    assert stat.S_ISFIFO((project.root / "pipe").lstat().st_mode)
    assert b"hello" in received


@pytest.mark.parametrize("command", [*WRITERS, ["calendar", "--report"]])
@pytest.mark.parametrize("name", ["pushspec.sandbox.lock", "state", "pushspec.yaml", "campaigns/hello.yaml"])
def test_what_a_project_is_made_of_is_not_replaced(project: Project, command: list[str], name: str) -> None:
    """A slip of Tab, and the record of every send would be gone."""
    project.run("apply", "--confirm", project.plan_json()["digest"]).assert_ok()
    project.write({"state": (project.root / "pushspec.sandbox.lock").read_bytes()})
    before = (project.root / name).read_bytes()

    done = project.run(*command, name)

    assert done.code == 2, done.out + done.err
    assert f"{name} is a {'file of a project' if name.endswith('yaml') else 'lockfile'}" in done.err
    assert (project.root / name).read_bytes() == before


@pytest.mark.parametrize(
    "command",
    [
        ["new", "note", "--everyone"],
        ["import", "body.json"],
        ["import", "body.json", "-o", "campaigns/x.yaml"],
    ],
)
def test_a_new_campaign_is_not_written_through_a_link(project: Project, command: list[str]) -> None:
    """The folder is a stranger's, and leads out of the tree."""
    outside = project.root.parent / "outside"
    (project.root / "campaigns").rename(outside)
    (project.root / "campaigns").symlink_to(outside)
    project.write({"body.json": '{"MsgRandom": 1, "OfflinePushInfo": {"Title": "x", "Desc": "y"}}'})

    done = project.run(*command, *(["--endpoint", "timpush/push"] if command[0] == "import" else []))

    assert done.code == 1, done.out + done.err
    assert "goes through a symbolic link" in done.err
    assert {it.name for it in outside.iterdir()} == {"hello.yaml"}


@pytest.mark.parametrize("command", WRITERS)
def test_a_link_is_neither_replaced_nor_followed(project: Project, command: list[str]) -> None:
    """A pull request can carry a link under the name that a pipeline writes to."""
    outside = project.root.parent / "outside"
    outside.write_text("mine")
    (project.root / "result").symlink_to(outside)

    done = project.run(*command, "result")

    assert (done.code, "result is a symbolic link" in done.err) == (2, True)
    assert outside.read_text() == "mine"
    assert (project.root / "result").is_symlink()


@pytest.mark.parametrize("command", WRITERS)
def test_one_s_own_output_may_be_named(project: Project, command: list[str]) -> None:
    """/dev/stdout is a link, and means the stream that it leads to."""
    done = in_a_process(project, f"pushspec {' '.join(command)} /dev/stdout | cat")

    assert done.returncode == 0
    assert "bug" not in done.stderr


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("pushspec plan -o pushspec.yaml/plan.json", "cannot be written: "),
        ("pushspec plan -o campaigns", "is a directory"),
        ("pushspec plan -o /proc/nowhere/plan.json", "cannot be written: "),
        ("pushspec plan -o /dev/full", "the disk is full"),
        ("pushspec plan --out /dev/full", "the disk is full"),
        ("(ulimit -f 0; trap '' XFSZ; pushspec plan -o plan.json)", "limit on file sizes"),
        ("pushspec plan > /dev/full", "the disk is full"),
        ("pushspec validate > /dev/full", "the disk is full"),
        ("pushspec apply > /dev/full", "the disk is full"),
        ("pushspec plan >&-", "the standard output is closed"),
        ("pushspec apply >&-", "the standard output is closed"),
        ("pushspec init pushspec.yaml/new", "pushspec.yaml"),
        ("pushspec apply missing.json", "missing.json"),
        ("mkdir plan.json; pushspec apply plan.json", "it is a folder"),
        ("mkfifo plan.json; pushspec apply plan.json", "it is no regular file"),
        ("ln -s /dev/zero plan.json; pushspec apply plan.json", "it is a symbolic link"),
        ("mkdir gone; cd gone; rmdir ../gone; pushspec plan", "the current folder was removed"),
        ("mkdir gone; cd gone; rmdir ../gone; pushspec init", "the current folder was removed"),
        ("mkdir gone; cd gone; rmdir ../gone; pushspec sandbox seed", "the current folder was removed"),
        ("pushspec sandbox seed --count 1 > /dev/full", "the disk is full"),
        ("pushspec sandbox inbox rong > /dev/full", "the disk is full"),
        ("pushspec sandbox reset > /dev/full", "the disk is full"),
        (
            "mkdir .pushspec; echo junk-of-some-length > .pushspec/sandbox.db; pushspec sandbox seed",
            "not a database",
        ),
        ("ln -s .. .pushspec; pushspec sandbox reset", "goes through a symbolic link"),
        ("mkdir .pushspec; ln -s ../x .pushspec/sandbox.db; pushspec sandbox inbox a", "a symbolic link"),
    ],
)
def test_what_the_system_refuses_is_said_in_plain_words(project: Project, script: str, said: str) -> None:
    """A full disk is no bug in pushspec, and its user can do something about it."""
    done = in_a_process(project, script)

    assert done.returncode not in {0, 3}
    assert said in done.stderr.lower()
    assert "bug" not in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_is_left_of_a_file_that_could_not_be_written(project: Project) -> None:
    """A half file beside the result would be taken for one."""
    in_a_process(project, "(ulimit -f 0; trap '' XFSZ; pushspec plan -o plan.json)")

    assert sorted(path.name for path in project.root.iterdir()) == ["campaigns", "pushspec.yaml"]


@pytest.mark.parametrize("name", ["x.lock", "pushspec.sandbox.lock", "pushspec.yaml", "campaigns/hello.yaml"])
@pytest.mark.parametrize("kind", ["device", "pipe"])
def test_nothing_that_a_tree_carries_is_read_without_end(project: Project, name: str, kind: str) -> None:
    """`x.lock -> /dev/zero` took all memory, a pipe held the plan for ever."""
    path = project.root / name
    path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")

    done = in_a_process(project, "ulimit -v 1500000; pushspec plan")

    assert done.returncode in {0, 1, 2, 8}
    assert "bug" not in done.stderr


def test_a_lockfile_of_zeros_is_not_read_into_memory(project: Project) -> None:
    """git packs a gigabyte of zeros into a few kilobytes."""
    with (project.root / "pushspec.sandbox.lock").open("wb") as file:
        file.truncate(3 << 30)

    done = in_a_process(project, "ulimit -v 1500000; pushspec plan")

    assert done.returncode == 8
    assert "longer than" in done.stderr


def test_a_link_in_the_place_of_the_campaigns_leads_nowhere(project: Project) -> None:
    """`campaigns -> /` listed every YAML file of the machine."""
    (project.root / "campaigns").rename(project.root.parent / "elsewhere")
    (project.root / "campaigns").symlink_to(project.root.parent / "elsewhere")

    done = project.run("validate")

    assert "hello" not in done.out
    assert "it is a symbolic link, so no campaign below it is read" in done.out
    assert "hint: replace the link by the folder" in done.out
    assert (done.code, project.run("plan").code, project.run("apply").code) == (1, 1, 1)


def test_a_link_in_the_place_of_an_audience_folder_leads_nowhere(project: Project) -> None:
    """`aud -> /etc` listed the names in /etc."""
    (project.root.parent / "elsewhere").mkdir()
    (project.root.parent / "elsewhere" / "private.txt").write_text("rong\n")
    (project.root / "aud").symlink_to(project.root.parent / "elsewhere")
    text = CAMPAIGN.replace("timpush/push", "timpush/batch").replace(
        "{everyone: true}", '{file: "aud/*.txt"}'
    )
    project.write({"campaigns/hello.yaml": text})

    done = project.run("plan")

    assert done.code == 1
    assert "it goes through a symbolic link" in done.err
    assert "private" not in done.out + done.err


def test_the_sandbox_makes_nothing_elsewhere(project: Project) -> None:
    """`.pushspec -> ELSEWHERE` put a database there."""
    elsewhere = project.root.parent / "elsewhere"
    elsewhere.mkdir()
    (project.root / ".pushspec").symlink_to(elsewhere)

    done = project.run("apply", "--confirm", project.plan_json()["digest"])

    assert done.code not in {0, 3}
    assert "goes through a symbolic link" in done.err
    assert list(elsewhere.iterdir()) == []


def test_a_lockfile_behind_a_link_is_neither_read_nor_written(project: Project) -> None:
    """What lies there is another project's, or somebody else's file."""
    elsewhere = project.root.parent / "elsewhere"
    elsewhere.mkdir()
    (project.root / "locks").symlink_to(elsewhere)
    text = PROJECT.replace("{sandbox: true}", "{sandbox: true, lock: locks/x.lock}")
    project.write({"pushspec.yaml": text})

    done = [project.run("plan"), project.run("freeze", "wrong text")]

    assert [(it.code, "goes through a symbolic link" in it.err) for it in done] == [(8, True), (8, True)]
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("name", ["a.YAML", "c.yaml.txt", "d.yml.bak", "e.yaml~", "sub/f.Yml"])
def test_a_file_that_looks_like_a_campaign_and_is_none_is_named(project: Project, name: str) -> None:
    """Its author believes that it will be sent."""
    project.write({f"campaigns/{name}": CAMPAIGN.replace("hello", "other")})

    done = project.run("validate")

    assert done.code == 0
    assert f"campaigns/{name}: warning[campaign-file-ignored]" in done.out


def test_a_template_in_another_encoding_is_named_itself(project: Project) -> None:
    """The codec's own message, at the campaign, sends people to the wrong file."""
    project.write({"templates/body.txt": "caf\xe9".encode("latin-1")})
    project.write({"campaigns/hello.yaml": CAMPAIGN.replace("A word to all", "\"{% include 'body.txt' %}\"")})

    done = project.run("validate")

    assert "templates/body.txt is not UTF-8" in done.out
    assert "save it as UTF-8" in done.out
    assert "codec" not in done.out


def test_a_project_in_a_folder_named_as_our_own_keeps_its_lists_from_git(tmp_path: Path) -> None:
    """What lies above the project is not ours, and git reads nothing above its repository."""
    lists = tmp_path / ".pushspec" / "shop" / "lists"
    lists.mkdir(parents=True)

    keep_from_git(lists, "*.gz")

    assert "*.gz" in (lists / ".gitignore").read_text()
    assert not (tmp_path / ".pushspec" / ".gitignore").exists()

"""What a command does with a stranger's tree, told by the kernel: no program, no socket, nothing outside."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from workbench import CAMPAIGN, Project

from pushspec.cli import main as cli

if TYPE_CHECKING:
    from collections.abc import Iterator

STRACE = shutil.which("strace")
CALLS = (
    "execve,execveat,connect,bind,sendto,openat,open,creat,unlink,unlinkat,rename,renameat,renameat2,symlink,"
    "symlinkat,link,linkat,mkdir,mkdirat,truncate,chmod,fchmodat"
)
HOSTILE = """\
apiVersion: pushspec/v1
kind: Project
name: hostile
default_environment: prod
environments:
  prod: {sdk_app_id: 1400000001, region: singapore, lock: "LOCK"}
  near: {sdk_app_id: 1400000001, region: singapore, lock: link.lock}
  sandbox: {sandbox: true}
"""
LOCKS = (
    "postgresql://pushspec@127.0.0.1:9/db#prod",
    "git+branch:pushspec/lock/prod",
    "../outside/secret.lock",
)
OUTSIDE = {"secret.lock", "secret.txt", "secret.yaml"}
COMMANDS = (
    ["plan"],
    ["plan", "-e", "near"],
    ["plan", "-e", "sandbox", "--format", "html"],
    ["plan", "--changed-since", "HEAD"],
    ["validate"],
    ["preview"],
    ["fmt", "--check"],
    ["diff", "--base", "HEAD~1"],
    ["calendar"],
    ["approvals"],
)
WRITERS = (
    ["new", "note", "--everyone"],
    ["import", "body.json", "--endpoint", "timpush/push", "--out", "campaigns/more/x.yaml"],
    ["init"],
)
"""What writes files of the project, and no other."""
OF_NO_TREE = {"schema", "explain", "completion", "help", "version"}
"""They open no project."""
OF_TRUSTED_PEOPLE = {
    *(
        "try",
        "apply",
        "stop",
        "continue",
        "recall",
        "freeze",
        "resolve",
        "unlock",
        "lock",
        "approve",
        "trust",
    ),
    *("status", "report", "show", "log", "audience", "notify", "callbacks", "people", "doctor", "sandbox"),
}
"""They read, ask and write the places that the project names: who types them trusts it."""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that leads wherever it can, and a folder outside it."""
    folder = tmp_path_factory.mktemp("hostile")
    outside = folder / "outside"
    outside.mkdir()
    for name in OUTSIDE:
        (outside / name).write_text("rong\n")
    file_audience = CAMPAIGN.replace("timpush/push", "timpush/batch")
    project = Project(folder / "tree").write(
        {
            "pushspec.yaml": HOSTILE.replace("LOCK", LOCKS[0]),
            "campaigns/hello.yaml": CAMPAIGN,
            "campaigns/glob.yaml": file_audience.replace("{everyone: true}", "{file: 'aud/*.txt'}").replace(
                "name: hello", "name: glob"
            ),
            "campaigns/include.yaml": CAMPAIGN.replace("name: hello", "name: include").replace(
                "A word to all", "\"{% include 'secret.txt' %}\""
            ),
            ".gitattributes": "* filter=trap diff=trap\n",
            "git": "#!/bin/sh\ntouch ../outside/ran\n",
            "body.json": '{"MsgRandom": 1, "OfflinePushInfo": {"Title": "x", "Desc": "y"}}',
        }
    )
    (project.root / "git").chmod(0o755)
    for link, target in (
        ("aud", outside),
        ("link.lock", outside / "secret.lock"),
        ("campaigns/more", outside),
    ):
        (project.root / link).symlink_to(target)
    (project.root / "campaigns" / "far.yaml").symlink_to(outside / "secret.yaml")
    (project.root / "templates").symlink_to(outside)
    for arguments in (["init", "-q"], ["add", "-A"], *[["commit", "-q", "--allow-empty", "-m", "x"]] * 2):
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *identity, *arguments], cwd=project.root, check=True, capture_output=True)
    trap = "touch ../outside/ran; cat"
    with (project.root / ".git" / "config").open("a") as config:
        config.write(
            f'[core]\nfsmonitor = "{trap}"\n[filter "trap"]\nclean = "{trap}"\n[diff]\nexternal = "{trap}"\n'
        )
        config.write(f'[remote "origin"]\nurl = .\nuploadpack = "{trap}"\n')
    return project.root


def traced(tree: Path, arguments: list[str], trace: Path) -> Iterator[tuple[str, str]]:
    """Run a command and yield each system call that succeeded: its name, and the rest of its line."""
    assert STRACE is not None
    environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    subprocess.run(
        [
            STRACE,
            "-f",
            "-y",
            "-qq",
            "-s",
            "512",
            "-e",
            f"trace={CALLS}",
            "-e",
            "signal=none",
            "-o",
            str(trace),
            sys.executable,
            "-m",
            "pushspec",
            *arguments,
        ],
        cwd=tree,
        env=environ | {"PATH": f".{os.pathsep}{environ['PATH']}", "TMPDIR": str(trace.parent)},
        capture_output=True,
        timeout=120,
        check=False,
    )
    for line in trace.read_text(errors="replace").splitlines():
        called = re.match(r"\d+ +(\w+)\((.*)", line)
        if called is not None and " = -1 " not in line:
            yield called[1], called[2]


@pytest.mark.parametrize("strace", [STRACE] if STRACE else [])
@pytest.mark.parametrize("lock", LOCKS)
def test_no_command_leaves_a_hostile_tree(strace: str, lock: str, tree: Path, tmp_path: Path) -> None:
    """No process but ours and git, no socket, nothing read or written outside the project."""
    del strace
    (tree / "pushspec.yaml").write_text(HOSTILE.replace("LOCK", lock))
    programs, sockets, outside, written = set(), set(), set(), set()

    for number, command in enumerate((*COMMANDS, *WRITERS)):
        for call, rest in traced(tree, command, tmp_path / f"trace-{number}"):
            path = path_in(rest, tree)
            if call.startswith("exec"):
                programs.add(Path(path).name)
            elif call in {"connect", "bind", "sendto"}:
                sockets.add(rest)
            elif str(tree.parent / "outside") in rest or "../outside" in rest:
                outside.add(f"{call} {path}")
            elif call in {"open", "openat"} and not re.search(r"O_(WRONLY|RDWR|CREAT)", rest):
                continue
            elif command not in WRITERS or not is_in_project(path, tree):
                written.add(path)

    assert {name for name in programs if not name.startswith("python")} <= {"git"}
    assert {it for it in sockets if "AF_UNIX" not in it} == set()
    assert outside == set()
    assert {path for path in written if not is_harmless(path, tmp_path)} == set()
    assert {it.name for it in (tree.parent / "outside").iterdir()} == OUTSIDE


def test_every_command_has_its_place_here() -> None:
    """A new command that reads a stranger's tree is watched, or somebody says why not."""
    watched = {command[0] for command in (*COMMANDS, *WRITERS)}

    assert watched | OF_NO_TREE | OF_TRUSTED_PEOPLE == set(cli.COMMANDS)
    assert not watched & (OF_NO_TREE | OF_TRUSTED_PEOPLE)


def path_in(rest: str, tree: Path) -> str:
    """Return the first path of a system call, below its descriptor's folder or the one that it runs in."""
    found = re.search(r'(?:<(?P<folder>[^>"]*)>, )?"(?P<name>[^"]*)"', rest)
    return "" if found is None else str(Path(found["folder"] or tree) / found["name"])


def is_harmless(path: str, temporary: Path) -> bool:
    """Whether a written path is a device, a temporary file, or Python's own cache."""
    return path in {"/dev/null", "/dev/tty"} or "__pycache__" in path or path.startswith(str(temporary))


def is_in_project(path: str, tree: Path) -> bool:
    """Whether a written path lies in the project, and not behind one of its links or in git's own folder."""
    place = Path(os.path.realpath(tree / path))
    return place.is_relative_to(tree) and not place.is_relative_to(tree / ".git")

"""Nothing that a tree or a clone carries runs: each trap fires under plain git and not under pushspec."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from workbench import CAMPAIGN, Project

from pushspec import git as our_git
from pushspec.git import GitError, read_git

MISSING = "0123456789012345678901234567890123456789"
LOCKED = """\
apiVersion: pushspec/v1
kind: Project
name: acme-push
default_environment: sandbox
environments:
  sandbox: {sandbox: true, lock: "git+branch:pushspec/lock/sandbox"}
"""


@dataclass(frozen=True)
class Trap:
    """What a folder carries, and the plain git command that lets it fire.

    Attributes:
        settings: Lines for the clone's own configuration; ``{fire}`` is a program that leaves a mark.
        provoke: Arguments of git.
        stdin: What git reads.
    """

    settings: str
    provoke: tuple[str, ...]
    stdin: str = ""


TRAPS = {
    "fsmonitor": Trap("[core]\nfsmonitor = {fire}", ("status",)),
    "hook": Trap("[core]\nhooksPath = {hooks}", ("update-ref", "refs/x", "HEAD")),
    "clean filter": Trap('[filter "trap"]\nclean = {fire}', ("hash-object", "pushspec.yaml")),
    "process filter": Trap('[filter "trap"]\nprocess = {fire}\nrequired', ("hash-object", "pushspec.yaml")),
    "external diff": Trap("[diff]\nexternal = {fire}", ("diff", "HEAD~1")),
    "textconv": Trap('[diff "trap"]\ntextconv = {fire}', ("diff", "HEAD~1")),
    "ssh": Trap(
        '[core]\nsshCommand = {fire}\n[url "ssh://host/"]\ninsteadOf = {remote}', ("ls-remote", "origin")
    ),
    "ext protocol": Trap(
        '[protocol "ext"]\nallow = always\n[url "ext::{fire} %S"]\ninsteadOf = {remote}',
        ("ls-remote", "origin"),
    ),
    "upload pack": Trap('[remote "origin"]\nuploadpack = {fire}', ("ls-remote", "origin")),
    "receive pack": Trap('[remote "origin"]\nreceivepack = {fire}', ("push", "origin", "HEAD:refs/x")),
    "proxy of the git protocol": Trap(
        '[core]\ngitProxy = {fire}\n[url "git://host/"]\ninsteadOf = {remote}', ("ls-remote", "origin")
    ),
    "credential helper": Trap(
        '[credential]\nhelper = "!{fire}"', ("credential", "fill"), "protocol=https\nhost=example.com\n\n"
    ),
    "lazy fetch": Trap(
        '[core]\nrepositoryformatversion = 1\n[extensions]\npartialClone = x\n[remote "x"]\nurl = .\n'
        "promisor = true\nuploadpack = {fire}",
        ("cat-file", "-p", MISSING),
    ),
    "include": Trap("[include]\npath = {included}", ("status",)),
}


@dataclass(frozen=True)
class TrappedClone(Project):
    """A clone that carries a trap, whose project keeps its lockfile on a branch of its remote."""

    mark: Path

    def git(self, *arguments: str, stdin: str = "") -> None:
        """Run plain git, whatever it ends with."""
        environ = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
        subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            env=environ,
            input=stdin.encode(),
            capture_output=True,
            timeout=20,
        )

    def spring(self, trap: Trap) -> None:
        """Let plain git run into it, and clear the mark."""
        self.git(*trap.provoke, stdin=trap.stdin)
        assert self.mark.exists(), "plain git does not run into this trap, so it proves nothing"
        self.mark.unlink()


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrappedClone:
    """A clone of a bare remote, with two commits of a project."""
    monkeypatch.setenv("PUSHSPEC_ONLINE", "1")
    clone = TrappedClone(tmp_path / "clone", tmp_path / "mark")
    clone.write(
        {"pushspec.yaml": LOCKED, "campaigns/hello.yaml": CAMPAIGN, ".gitattributes": "* filter=trap"}
    )
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "remote.git")], check=True)
    clone.git("init", "-q", "-b", "main")
    clone.git("config", "user.name", "a")
    clone.git("config", "user.email", "a@example.com")
    clone.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    commit(clone)
    clone.write({"pushspec.yaml": LOCKED + "\n", ".gitattributes": "* filter=trap diff=trap\n"})
    commit(clone)
    return clone


def commit(clone: TrappedClone) -> None:
    clone.git("add", "-A")
    clone.git("commit", "-q", "-m", "change")


def set_trap(clone: TrappedClone, trap: Trap) -> None:
    hooks = clone.root.parent / "hooks"
    fire = clone.root.parent / "fire"
    for program in (fire, hooks / "reference-transaction", hooks / "pre-push"):
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\ntouch {clone.mark}\nexit 1\n")
        program.chmod(0o755)
    included = clone.root.parent / "included"
    included.write_text(f"[core]\nfsmonitor = {fire}\n")
    settings = trap.settings.format(
        fire=fire, hooks=hooks, remote=clone.root.parent / "remote.git", included=included
    )
    with (clone.root / ".git" / "config").open("a") as config:
        config.write(settings + "\n")


def every_command_that_asks_git(clone: TrappedClone) -> None:
    """Run them for what they start; with some traps set there is no remote to be reached."""
    for command in (
        ["plan"],
        ["plan", "--changed-since", "HEAD~1"],
        ["diff", "--base", "HEAD~1"],
        ["diff", "--base", "HEAD~1", "--head", "HEAD"],
        ["status"],
        ["log"],
        ["freeze", "wrong text"],
        ["lock", "check"],
    ):
        done = clone.run(*command)
        assert "bug in pushspec" not in done.err, (command, done.err)


@pytest.mark.parametrize("kind", TRAPS)
def test_nothing_of_a_clone_runs(clone: TrappedClone, kind: str) -> None:
    """Whoever plans a folder from elsewhere has not agreed to run its programs."""
    set_trap(clone, TRAPS[kind])
    clone.spring(TRAPS[kind])

    every_command_that_asks_git(clone)

    assert not clone.mark.exists()


@pytest.mark.parametrize(
    "kind",
    ["fsmonitor", "hook", "ssh", "ext protocol", "upload pack", "receive pack", "lazy fetch", "include"],
)
def test_what_provokes_plain_git_provokes_nothing_of_ours(clone: TrappedClone, kind: str) -> None:
    """Each setting is guarded by itself, should a later command of pushspec's need it."""
    set_trap(clone, TRAPS[kind])

    with contextlib.suppress(GitError):
        read_git(clone.root, *TRAPS[kind].provoke)

    assert not clone.mark.exists()


def test_nothing_of_a_bare_repository_in_the_tree_runs(clone: TrappedClone) -> None:
    """git carries the files of one like any others, and prefers it to the repository above."""
    clone.write(
        {
            "sub/pushspec.yaml": LOCKED,
            "sub/campaigns/hello.yaml": CAMPAIGN,
            "sub/refs/x": "",
            "sub/objects/x": "",
        }
    )
    clone.write({"sub/HEAD": "ref: refs/heads/main\n"})
    fire = f"touch {clone.mark}; false"
    clone.write(
        {
            "sub/config": "[core]\nrepositoryformatversion = 1\nbare = true\n"
            "[extensions]\npartialClone = origin\n"
            f'[remote "origin"]\nurl = .\npromisor = true\nuploadpack = "{fire}"\n'
        }
    )
    below = TrappedClone(clone.root / "sub", clone.mark)
    below.spring(Trap("", ("cat-file", "-p", MISSING)))

    every_command_that_asks_git(below)
    done = below.run("plan", "--changed-since", "HEAD")

    assert not clone.mark.exists()
    assert (done.code, "looks like a bare repository" in done.err) == (2, True)


def test_one_module_starts_git() -> None:
    """A second place that calls git would have to keep every guard of the first."""
    package = Path(our_git.__file__).parent
    starting = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if re.search(
            r"subprocess\.(run|Popen|check_output)\(|os\.(system|exec\w+|posix_spawn)\(", path.read_text()
        )
    }

    openssh = {"approvals/sign.py", "approvals/verification.py"}
    python = {"spec/template_process.py", "notify/sending.py"}  # processes of pushspec's own
    assert starting == {"git.py"} | python | openssh


def test_git_refuses_a_bare_repository_by_itself(clone: TrappedClone) -> None:
    """Two guards: ours for every version of git, and git's own."""
    bare = clone.root.parent / "remote.git"

    told = subprocess.run(
        ["git", *our_git._options(), "-C", str(bare), "rev-parse", "--git-dir"],
        capture_output=True,
        text=True,
    )

    assert "safe.bareRepository" in told.stderr


def test_a_git_beside_the_project_is_not_run(clone: TrappedClone, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative part of PATH, such as the dot that some people have there, is looked up in the tree."""
    clone.write({"git": f"#!/bin/sh\ntouch {clone.mark}\n"})
    (clone.root / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.environ['PATH']}")
    clone.spring(Trap("", ("version",)))

    every_command_that_asks_git(clone)

    assert not clone.mark.exists()


def test_a_look_at_a_repository_gets_no_secret(clone: TrappedClone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should a program run one day all the same, it finds nothing to take away."""
    monkeypatch.setenv("TIM_SECRET_KEY", "canary")
    git = clone.root.parent / "bin" / "git"
    git.parent.mkdir()
    git.write_text("#!/bin/sh\nenv\n")
    git.chmod(0o755)
    monkeypatch.setenv("PATH", f"{git.parent}{os.pathsep}{os.environ['PATH']}")

    told = read_git(clone.root, "rev-parse", "HEAD").decode()

    assert "GIT_NO_LAZY_FETCH=1" in told
    assert "canary" not in told


def test_a_git_that_hangs_is_ended(clone: TrappedClone, monkeypatch: pytest.MonkeyPatch) -> None:
    """With all that it started: a plan ends in bounded time."""
    git = clone.root.parent / "bin" / "git"
    git.parent.mkdir()
    git.write_text(f'#!/bin/sh\n"{sys.executable}" -c "import time; time.sleep(600)" & wait\n')
    git.chmod(0o755)
    monkeypatch.setenv("PATH", f"{git.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(our_git, "TIMEOUT_S", 0.2)

    with pytest.raises(GitError, match="no answer within"):
        read_git(clone.root, "rev-parse", "HEAD")


def test_a_file_s_own_bytes_tell_whether_it_changed(clone: TrappedClone) -> None:
    """No filter runs, deleted and new files count, links and names that are not UTF-8 do no harm."""
    clone.write({"campaigns/other.yaml": CAMPAIGN.replace("hello", "other")})
    (clone.root / os.fsdecode(b"caf\xe9.txt")).write_bytes(b"x")
    (clone.root / "link").symlink_to("/etc/passwd")
    commit(clone)
    clone.write({"campaigns/other.yaml": CAMPAIGN.replace("hello", "other").replace("Hello", "Good day")})

    plan = clone.run("plan", "--changed-since", "HEAD", "--format", "json").assert_ok()

    assert '"name": "other"' in plan.out
    assert '"name": "hello"' not in plan.out


@pytest.mark.parametrize("form", ["text", "json", "markdown", "sarif", "github"])
def test_names_that_are_not_utf_8_do_no_harm(clone: TrappedClone, form: str) -> None:
    """git carries them; a message that names one is written all the same."""
    (clone.root / "campaigns" / os.fsdecode(b"caf\xe9.yaml")).write_text(CAMPAIGN)

    done = clone.run("plan", "--format", form, "--changed-since", "HEAD")

    assert done.code in {0, 1}
    assert "bug in pushspec" not in done.err


def test_git_s_own_reason_is_kept(tmp_path: Path) -> None:
    """A checkout of another user, as in a CI container, is not a missing commit."""
    project = Project(tmp_path).write({"pushspec.yaml": LOCKED, "campaigns/hello.yaml": CAMPAIGN})

    nowhere = project.run("plan", "--changed-since", "HEAD~1")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    os.chown(tmp_path, 12345, 12345)
    os.chown(tmp_path / ".git", 12345, 12345)
    foreign = project.run("plan", "--changed-since", "HEAD~1")

    assert (nowhere.code, "not a git repository" in nowhere.err) == (2, True)
    assert (foreign.code, "dubious ownership" in foreign.err) == (2, True)
    assert "git config --global --add safe.directory" in foreign.err
    assert "fetch-depth" not in nowhere.err + foreign.err


def test_a_commit_that_is_missing_is_said_and_only_a_shallow_clone_asks_for_more(clone: TrappedClone) -> None:
    """The way out is named where it is one."""
    whole = clone.run("plan", "--changed-since", "nowhere")
    clone.git("push", "-q", "origin", "main")
    shallow = TrappedClone(clone.root.parent / "shallow", clone.mark)
    remote = f"file://{clone.root.parent / 'remote.git'}"
    subprocess.run(
        ["git", "clone", "-q", "--depth=1", "--branch=main", remote, str(shallow.root)], check=True
    )
    cut = shallow.run("plan", "--changed-since", "HEAD~1")

    assert "git finds no commit" in whole.err
    assert "fetch-depth" not in whole.err
    assert "fetch-depth: 0" in cut.err


def test_a_remote_in_the_clone_itself_is_refused(clone: TrappedClone) -> None:
    """It would run the clone's hooks, and forget with the clone."""
    clone.git("remote", "set-url", "origin", ".")

    done = clone.run("freeze", "wrong text")

    assert (done.code, "is in the clone itself" in done.err) == (8, True)

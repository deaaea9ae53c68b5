"""Ask git for bytes, so that nothing in a tree, a clone or a remote decides what runs.

Every call of git goes through here. A pull request can carry a bare repository, attributes and ignore files;
a copied folder can carry a whole ``.git`` with its own configuration. None of them may start a program, reach
the network or hang the run (https://git-scm.com/docs/git#_security).
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from pushspec.errors import UsageError
from pushspec.language import phrase
from pushspec.sanitize import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TIMEOUT_S = 60
_REASON_CHARACTERS = 300
_REMOTE_PROTOCOLS = (
    "file:http:https:ssh"  # no `ext`, no helper of another name, no `git` with its proxy command
)
_SETTINGS = (
    "safe.bareRepository=explicit",  # a bare repository in the tree is a stranger's
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "protocol.ext.allow=never",
    "core.alternateRefsCommand=",
    "gc.auto=0",
    "maintenance.auto=false",
    "push.gpgSign=false",
    "push.recurseSubmodules=no",
    "fetch.recurseSubmodules=false",
)
_REDIRECTIONS = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE",
    "GIT_REPLACE_REF_BASE", "GIT_IMPLICIT_WORK_TREE", "GIT_EXTERNAL_DIFF", "GIT_QUARANTINE_PATH",
)  # fmt: skip
"""Set by git for its hooks; they would point at another repository than the folder's."""
_READING = ("HOME", "XDG_CONFIG_HOME", "TMPDIR")
"""All that a look at a repository needs; secrets stay behind."""
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")


class GitError(UsageError):
    """git could not answer.

    Attributes:
        reason: git's own, without any address, which may hold a password.
    """

    def __init__(self, reason: str, *, hint: str = "") -> None:
        super().__init__(phrase("git: {reason}", reason=reason), hint=hint)
        self.reason = reason


class NoRepositoryError(GitError):
    """There is no ``.git`` in a folder or above it, so git was not asked."""


def read_git(
    folder: Path, *arguments: str, data: bytes = b"", environ: Mapping[str, str] = os.environ
) -> bytes:
    """Return what git says of the repository around a folder.

    No protocol is allowed, so that not even a missing object is fetched, and git gets no variable that could
    hold a secret. Ask only for what reads objects and the index: ``status`` and ``diff`` run filters.

    Args:
        folder: Somewhere in a work tree.
        arguments: A subcommand and its arguments; a name that is not ours follows ``--end-of-options``.
        data: What git reads from its standard input.
        environ: The caller's variables.

    Raises:
        NoRepositoryError: There is no repository.
        GitError: There is no git, or git refuses; git's own reason is in it.
    """
    _check_surroundings(folder)
    known = {name: environ[name] for name in _READING if name in environ}
    known |= {name: value for name, value in environ.items() if name.startswith("GIT_CONFIG")}
    done = _run(
        ["-C", str(folder), *arguments],
        data,
        {**known, "GIT_ALLOW_PROTOCOL": ""},
        environ.get("PATH", os.defpath),
    )
    if done.returncode != 0:
        raise _failure(done)
    return done.stdout


def remote_git(
    git_dir: Path,
    *arguments: str,
    data: bytes = b"",
    cwd: Path | None = None,
    environ: Mapping[str, str] = os.environ,
) -> subprocess.CompletedProcess[bytes]:
    """Run git in a bare repository of pushspec's own, where it may reach a remote as its user would.

    The user's and the system's configuration hold, with their credentials; git reads no clone's.

    Args:
        git_dir: The bare repository.
        arguments: A subcommand and its arguments; remotes by address, behind ``--``.
        data: What git reads from its standard input.
        cwd: Where an address that is a relative path starts.
        environ: The caller's variables.

    Raises:
        GitError: There is no git, or no answer in time.
    """
    kept = {name: value for name, value in environ.items() if name not in _REDIRECTIONS}
    kept |= {"GIT_ALLOW_PROTOCOL": _REMOTE_PROTOCOLS}
    return _run([f"--git-dir={git_dir}", *arguments], data, kept, environ.get("PATH", os.defpath), cwd=cwd)


def reason_of(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return why git failed, in its own words, with every address left out."""
    lines = [line.strip() for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    stated = [line for line in lines if line.startswith(("fatal: ", "error: "))] or lines
    reason = re.sub(r"\A(fatal|error): ", "", stated[0]) if stated else f"it ended with {done.returncode}"
    return printable(_ADDRESS.sub("the remote", reason), limit=_REASON_CHARACTERS)


def _failure(done: subprocess.CompletedProcess[bytes]) -> GitError:
    # git names the command that helps, such as the one for a folder of another user.
    advice = re.search(rb"^\s+(git config [^\n]*)$", done.stderr, flags=re.MULTILINE)
    hint = printable(advice[1].decode("utf-8", "replace"), limit=_REASON_CHARACTERS) if advice else ""
    return GitError(reason_of(done), hint=hint)


def _check_surroundings(folder: Path) -> None:
    """Refuse a folder without a ``.git`` around it, and a bare repository on the way to that.

    git need not be asked for the first; git before 2.38 obeys the configuration of the second.
    """
    for place in (folder.absolute(), *folder.absolute().parents):
        if (place / ".git").exists():
            return
        if (place / "HEAD").exists() and (place / "objects").is_dir() and (place / "refs").is_dir():
            raise GitError(
                phrase('"{place}" looks like a bare repository', place=printable(str(place), limit=100)),
                hint=phrase(
                    "remove HEAD, objects and refs from it: git would obey the configuration beside them"
                ),
            )
    raise NoRepositoryError(phrase("not a git repository (or any of the parent directories): .git"))


def _run(
    arguments: Sequence[str],
    data: bytes,
    environ: Mapping[str, str],
    path: str,
    *,
    cwd: Path | None = None,
) -> subprocess.CompletedProcess[bytes]:
    # A relative part of PATH would be looked up in the tree.
    path = os.pathsep.join(part for part in path.split(os.pathsep) if Path(part).is_absolute())
    git = shutil.which("git", path=path)
    if git is None:
        raise GitError(phrase("it is not installed"), hint=phrase("install git"))
    process = subprocess.Popen(  # noqa: S603 - git itself, with a list of arguments
        [git, *_options(), *arguments],
        cwd=cwd,
        env={**environ, **_environment(environ), "PATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # no terminal to ask on, and one group to end
    )
    return _finish(process, data)


def _finish(process: subprocess.Popen[bytes], data: bytes) -> subprocess.CompletedProcess[bytes]:
    with process:
        try:
            out, err = process.communicate(data, timeout=TIMEOUT_S)
        except BaseException as error:  # Ctrl-C, too, must leave no process of git behind; it goes on
            os.killpg(process.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                raise GitError(phrase("no answer within {timeout_s} s", timeout_s=TIMEOUT_S)) from None
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def _options() -> list[str]:
    settings = [part for setting in _SETTINGS for part in ("-c", setting)]
    return ["--no-pager", "--no-replace-objects", "--no-optional-locks", "--literal-pathspecs", *settings]


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": environ.get("GIT_ASKPASS", ""),
        "LC_ALL": "C",
    }

"""Find out who runs pushspec, on which commit and where; the lockfile records it."""

from __future__ import annotations

import getpass
import os
import socket
from typing import TYPE_CHECKING

from pushspec import Provenance
from pushspec.git import GitError, read_git

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def provenance(root: Path, environ: Mapping[str, str] = os.environ) -> Provenance:
    """Return where this run comes from, as far as the CI service or git tells."""
    return Provenance(
        holder=f"{person(environ)}@{socket.gethostname()}",
        commit=environ.get("GITHUB_SHA") or environ.get("CI_COMMIT_SHA") or _git_commit(root),
        actor=person(environ),
        run_url=_run_url(environ),
        reviewed_by=tuple(environ.get("PUSHSPEC_REVIEWED_BY", "").split()),
    )


def person(environ: Mapping[str, str] = os.environ) -> str:
    """Return who started this, as the CI service or the system names them."""
    name = environ.get("GITHUB_ACTOR") or environ.get("GITLAB_USER_LOGIN")
    if name:
        return name
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user need not have a name
        return f"uid-{os.getuid()}"


def _run_url(environ: Mapping[str, str]) -> str:
    if "GITHUB_RUN_ID" in environ:
        server, repository = environ.get("GITHUB_SERVER_URL", ""), environ.get("GITHUB_REPOSITORY", "")
        return f"{server}/{repository}/actions/runs/{environ['GITHUB_RUN_ID']}"
    return environ.get("CI_JOB_URL", "")


def _git_commit(root: Path) -> str:
    try:
        return read_git(root, "rev-parse", "--verify", "HEAD").decode().strip()
    except GitError:
        return ""

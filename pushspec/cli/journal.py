"""Opens the lockfile of an environment for writing."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pushspec.cli.workspace import Workspace
    from pushspec.lockfile.journal import Journal
    from pushspec.lockfile.stores import Store

_TOKEN_BYTES = 8


def now() -> datetime:
    """Return this moment; nowhere below the command line is the clock read."""
    return datetime.now(UTC)


def open_journal(workspace: Workspace, store: Store | None = None) -> Journal:
    """Return the lockfile of the workspace's environment; nothing is read or written yet.

    Args:
        workspace: Whose lockfile.
        store: Where it is kept; its own place when left out.
    """
    from pushspec import __version__
    from pushspec.lockfile.journal import Journal, Runtime

    return Journal(
        store or workspace.store(),
        sdk_app_id=workspace.environment.app_id,
        environment=workspace.environment_name,
        runtime=Runtime(
            now=now, token=lambda: secrets.token_hex(_TOKEN_BYTES), pause=time.sleep, tool=__version__
        ),
    )

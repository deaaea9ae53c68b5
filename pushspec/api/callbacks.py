"""The callbacks of an environment: their store, and the receiver that fills it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pushspec.errors import CredentialsError, UsageError
from pushspec.language import phrase
from pushspec.web.exporting import read_all
from pushspec.web.opening import is_there, open_callback_store
from pushspec.web.receiver import Receiver
from pushspec.web.store import Connecting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from pushspec.api.project import LoadedProject
    from pushspec.spec.settings import CallbackSettings
    from pushspec.web.store import CallbackStore


def _conninfo(address: str, options: str) -> str:
    from pushspec.lockfile.stores.postgresql import protected_conninfo

    return protected_conninfo(address, os.environ, options=options)


def _why_not(words: str) -> tuple[str, str] | None:
    from pushspec.lockfile.stores.postgresql import why_not_connected

    return why_not_connected(words)


CONNECTING = Connecting(_conninfo, _why_not)
"""How every store in PostgreSQL is connected to: no other machine gets the password in the clear."""


def callback_store(project: LoadedProject, address: str | None = None) -> CallbackStore:
    """Open the store of an environment's callbacks.

    Args:
        project: The project, at the environment.
        address: Another place than the one that the project file names.

    Raises:
        UsageError: The environment has no callbacks.
        CallbackStoreError: The store cannot be opened.
    """
    return open_callback_store(address or _settings(project).store, project.root, CONNECTING)


@contextmanager
def known_callbacks(project: LoadedProject) -> Iterator[CallbackStore | None]:
    """Yield the store of an environment's callbacks, every post read; None where it takes or has none.

    Raises:
        CallbackStoreError: The store cannot be opened or read.
    """
    settings = project.environment.callbacks
    if settings is None or not is_there(settings.store, project.root):
        yield None
        return
    with open_callback_store(settings.store, project.root, CONNECTING) as store:
        read_all(store)
        yield store


def callback_receiver(
    project: LoadedProject, store: CallbackStore, *, environ: Mapping[str, str], now: Callable[[], datetime]
) -> Receiver:
    """Return the receiver of an environment's callbacks.

    Args:
        project: The project, at the environment.
        store: Where posts are kept.
        environ: Environment variables; only the one that the project file names is read.
        now: The wall clock.

    Raises:
        UsageError: The environment has no callbacks.
        CredentialsError: The variable that holds the token is missing or empty.
    """
    variable = _settings(project).token.env
    token = environ.get(variable, "")
    if not token:
        raise CredentialsError(
            phrase("the environment variable {variable} is not set", variable=variable),
            hint=phrase("set it to the authentication token of the console's callback settings"),
        )
    return Receiver(
        store, token=token, sdk_app_id=project.environment.app_id, now_s=lambda: now().timestamp()
    )


def _settings(project: LoadedProject) -> CallbackSettings:
    settings = project.environment.callbacks
    if settings is None:
        raise UsageError(
            phrase(
                "environment {environment_name} takes no callbacks", environment_name=project.environment_name
            ),
            hint=phrase("add callbacks: {{token: {{env: NAME}}}} to it in pushspec.yaml"),
        )
    return settings

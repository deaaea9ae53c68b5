"""Open the service of an environment: the real one with its secret, or the sandbox in this process."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from pushspec.errors import CredentialsError, ServiceError, message_of
from pushspec.language import phrase
from pushspec.paths import check_no_link, read_inside
from pushspec.tencent.client import Client
from pushspec.tencent.network import Network, read_proxy, trusting
from pushspec.tencent.usersig import Signer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from datetime import datetime

    from pushspec.api.project import LoadedProject
    from pushspec.sandbox.app import SandboxApp
    from pushspec.spec.project import Environment
    from pushspec.spec.settings import FromEnv

_UINT32 = 1 << 32
_CA_BYTES = 1 << 20
"""Every authority that browsers trust is a quarter of that."""


@asynccontextmanager
async def open_service(
    project: LoadedProject, *, now: Callable[[], datetime], environ: Mapping[str, str]
) -> AsyncIterator[Client]:
    """Yield a client of the environment's service, and close both behind it.

    Args:
        project: The project, at the environment.
        now: The wall clock.
        environ: Environment variables; only those that the project file names are read.

    Raises:
        CredentialsError: The environment variable that holds the secret is missing, empty or no secret.
        ServiceError: The embedded sandbox cannot open its database.
        UsageError: That of the proxy holds no address.
        PathRefusedError: ``ca_file`` cannot be read, or holds no certificate.
    """
    environment = project.environment
    if environment.sandbox and environment.base_url is None:
        app = _embedded(project, now)
        try:
            async with _embedded_client(environment, app, now) as client:
                yield client
        finally:
            app.close()
        return
    async with Client(
        base_url=environment.url,
        sdk_app_id=environment.app_id,
        identifier=environment.identifier,
        sign=_signer(environment, now, environ),
        now=now,
        random32=_random32,
        network=_network(project, environ),
    ) as client:
        yield client


def _network(project: LoadedProject, environ: Mapping[str, str]) -> Network | None:
    settings = project.environment.network
    if settings is None:
        return None
    proxy, authorities = None, None
    if settings.proxy is not None:
        proxy = read_proxy(environ.get(settings.proxy.env, ""), name=settings.proxy.env)
    if settings.ca_file is not None:
        pem = read_inside(project.root, settings.ca_file, max_bytes=_CA_BYTES)
        authorities = pem.decode("ascii", "replace")
        trusting(authorities, name=settings.ca_file)  # refused here, where its name is known
    return Network(proxy, authorities)


def _embedded(project: LoadedProject, now: Callable[[], datetime]) -> SandboxApp:
    from pushspec.sandbox.app import create_app
    from pushspec.sandbox.clock import Clock
    from pushspec.sandbox.faults import Fault
    from pushspec.sandbox.settings import DATABASE_NAME, SandboxSettings

    environment, folder = project.environment, project.root / ".pushspec"
    check_no_link(project.root, f".pushspec/{DATABASE_NAME}")
    settings = replace(
        SandboxSettings.embedded(folder),
        sdk_app_id=environment.app_id,
        admins=(environment.identifier,),
        limits=environment.limits,
        clock=Clock(source=lambda: now().timestamp()),
        faults=tuple(Fault.from_json(fault.model_dump()) for fault in environment.faults),
    )
    try:
        folder.mkdir(exist_ok=True)
        return create_app(settings)
    except (OSError, sqlite3.Error) as error:
        raise ServiceError(
            phrase("the sandbox cannot keep its database in .pushspec: {error}", error=message_of(error)),
            hint=phrase("remove what blocks it, or allow this user to write there"),
        ) from None


def _embedded_client(environment: Environment, app: SandboxApp, now: Callable[[], datetime]) -> Client:
    from pushspec.sandbox.settings import PUBLIC_SECRET_KEY

    return Client(
        base_url="https://sandbox.invalid",
        sdk_app_id=environment.app_id,
        identifier=environment.identifier,
        sign=Signer(
            sdk_app_id=environment.app_id, identifier=environment.identifier, key=PUBLIC_SECRET_KEY, now=now
        ),
        now=now,
        random32=_random32,
        app=app,
    )


def _signer(
    environment: Environment, now: Callable[[], datetime], environ: Mapping[str, str]
) -> Callable[[], str]:
    if environment.usersig is not None:
        usersig = _secret(environment.usersig, environ)
        return lambda: usersig
    if environment.secret_key is None:
        raise CredentialsError(
            phrase("the environment names no secret"),
            hint=phrase("add secret_key: {{env: NAME}} to it in pushspec.yaml"),
        )
    return Signer(
        sdk_app_id=environment.app_id,
        identifier=environment.identifier,
        key=_secret(environment.secret_key, environ),
        now=now,
    )


def _secret(named: FromEnv, environ: Mapping[str, str]) -> str:
    value = environ.get(named.env, "")
    if not value:
        raise CredentialsError(
            phrase("the environment variable {env} is not set", env=named.env),
            hint=phrase("set it to the secret"),
        )
    if value != value.strip():
        raise CredentialsError(
            phrase("the environment variable {env} has white space at its beginning or end", env=named.env),
            hint=phrase("set it again without; `echo` adds a line feed, `printf %s` does not"),
        )
    if not value.isascii() or not value.isprintable():
        raise CredentialsError(
            phrase(
                "the environment variable {env} holds a character that no secret of the service has",
                env=named.env,
            ),
            hint=phrase("set it again, copied from the console"),
        )
    return value


def _random32() -> int:
    return secrets.randbelow(_UINT32)

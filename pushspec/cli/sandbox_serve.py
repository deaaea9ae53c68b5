"""``pushspec sandbox serve``: the service and its page on a port of this machine."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pushspec.language import Language, phrase, said, say, speaking

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Iterator

    from pushspec.sandbox.faults import Fault


database_option = click.option(
    "--database",
    type=click.Path(dir_okay=False, path_type=Path),
    default=lambda: _project_folder() / ".pushspec" / "sandbox.db",
    help="Database of the sandbox; default: the one of the project here or above.",
)


@click.command()
@database_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    help="Port to listen on; 0 for any free one.",
)
@click.option(
    "--sdk-app-id", type=click.IntRange(1), help="SDKAppID to answer as; default: the sandbox's own."
)
@click.option("--identifier", help="The app's administrator; default: administrator.")
@click.option("--secret-env", help="Environment variable with the app's key; default: a public key.")
@click.option(
    "--edition",
    type=click.Choice(["free", "standard", "advanced"]),
    default="standard",
    show_default=True,
    help="Edition of the app; sets rates and the daily quota.",
)
@click.option(
    "--speed",
    type=click.FloatRange(0),
    default=1.0,
    show_default=True,
    help="Speed of its clock; 0 to move it by hand.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    help="Fault to inject: KIND[:ENDPOINT[:KEY=VALUE,...]], such as no_answer:timpush/batch:calls=2.",
)
@click.option("--tls", is_flag=True, help="Serve HTTPS with a private authority; prints its ca_file.")
@click.option("--callback-url", default="", help="URL that receives callbacks.")
@click.option("--callback-late", type=click.FloatRange(0), default=0, help="Delay of callbacks in seconds.")
@click.option(
    "--callback-copies", type=click.IntRange(1), default=1, help="How many times to post each callback."
)
@click.option(
    "--settle",
    type=click.FloatRange(0),
    default=0,
    help="Seconds until the statistics of a push are complete.",
)
@click.option("--callback-token-env", help="Environment variable with the token that signs callbacks.")
def serve(
    database: Path,
    host: str,
    port: int,
    sdk_app_id: int | None,
    identifier: str | None,
    secret_env: str | None,
    edition: str,
    speed: float,
    faults: tuple[str, ...],
    callback_url: str,
    callback_token_env: str | None,
    callback_late: float,
    callback_copies: int,
    settle: float,
    *,
    tls: bool,
) -> None:
    """Serve the sandbox and its page until Ctrl-C."""
    import asyncio

    from pushspec.sandbox.extra import require_extra

    require_extra()
    from pushspec.sandbox import serving
    from pushspec.sandbox.app import create_app
    from pushspec.sandbox.clock import Clock
    from pushspec.sandbox.delays import Delays
    from pushspec.sandbox.settings import IDENTIFIER, PUBLIC_SECRET_KEY, SDK_APP_ID, SandboxSettings
    from pushspec.tencent.limits import Edition, limits_for

    _check_loopback(host)
    settings = SandboxSettings(
        database=database,
        sdk_app_id=sdk_app_id or SDK_APP_ID,
        secret_key=_secret(secret_env) or PUBLIC_SECRET_KEY,
        admins=(identifier or IDENTIFIER,),
        limits=limits_for(Edition(edition)),
        clock=Clock(speed=speed),
        faults=tuple(_fault(text) for text in faults),
        callback_url=callback_url,
        callback_token=_secret(callback_token_env),
        delays=Delays(settle, callback_late, callback_copies),
        **_project(),
    )
    # Told of a stop at any moment, also between these lines, it must close what it listens on.
    with _listen(host, port) as listener:
        with readable(database):
            app = create_app(settings)
        server = serving.make_server(
            app, changes=app.sandbox.changes, tls=_tls_context(database) if tls else None
        )
        click.echo(f"base_url: {serving.base_url(listener, tls=tls)}")
        click.echo(f"sdk_app_id: {settings.sdk_app_id}")
        click.echo(f"identifier: {settings.admins[0]}")
        known = settings.secret_key == PUBLIC_SECRET_KEY
        secret = PUBLIC_SECRET_KEY if known else say("the value of {variable}", variable=secret_env)
        click.echo(f"secret_key: {secret}")
        if tls:
            click.echo(f"ca_file: {_ca_file(database)}")
        click.echo(say("Open base_url in a browser to watch; Ctrl-C stops."), err=True)
        asyncio.run(serving.run(app, server, listener))


@contextmanager
def readable(database: Path) -> Iterator[None]:
    """Say what is wrong with the sandbox's database where it cannot be used.

    Raises:
        UsageError: It is a link, as a tree may carry one, or no such database, or the system refuses.
    """
    import sqlite3

    from pushspec.errors import UsageError

    hint = phrase("remove what blocks it, allow this user to write there, or take another --database")
    folder = database.parent
    if database.is_symlink() or (folder.name == ".pushspec" and folder.is_symlink()):
        raise UsageError(
            phrase("{database} cannot be used: it goes through a symbolic link", database=database), hint=hint
        )
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise UsageError(
            phrase("{database} cannot be used: {error}", database=database, error=str(error)), hint=hint
        ) from None


def _project_folder() -> Path:
    """Return the folder of the project here or above, whose applies use the same file; else this folder."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / "pushspec.yaml").is_file()), Path())


def _project() -> dict[str, Any]:
    """Return what the page shows of the project here or above: its name and its campaigns."""
    from pushspec.api.project import load_project
    from pushspec.errors import PushspecError

    folder = _project_folder()
    try:
        project = load_project(folder)
    except PushspecError:
        return {}
    served = [name for name, each in project.spec.project.environments.items() if each.sandbox]
    if not served:
        return {"project": project.name}

    def campaigns() -> list[dict[str, str]]:
        from pushspec.api.planning import build_plan
        from pushspec.views.campaign_rows import campaign_rows

        try:
            return campaign_rows(build_plan(load_project(folder, environment=served[0])))
        except PushspecError as error:
            why = phrase("{error}; `pushspec validate` tells more", error=error.message)
            with speaking(Language.CHINESE):
                raise ValueError(str(why), said(why)) from error

    return {"project": project.name, "campaigns": campaigns}


def _listen(host: str, port: int) -> socket.socket:
    from pushspec.errors import UsageError
    from pushspec.sandbox.serving import listen

    try:
        return listen(host, port)
    except OSError as error:
        raise UsageError(
            phrase("cannot listen on {host} port {port}", host=host, port=port),
            hint=phrase("take another --port, or 0"),
        ) from error


def _ca_file(database: Path) -> Path:
    return database.resolve().with_name("sandbox-ca.pem")


def _tls_context(database: Path) -> ssl.SSLContext:
    from pushspec.sandbox.tls import server_context

    return server_context(_ca_file(database))


def _check_loopback(host: str) -> None:
    import ipaddress

    from pushspec.errors import UsageError

    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise UsageError(phrase("the sandbox listens on loopback only"), hint=phrase("use 127.0.0.1 or ::1"))


def _secret(variable: str | None) -> str:
    import os

    from pushspec.errors import CredentialsError

    if variable is None:
        return ""
    if not os.environ.get(variable):
        raise CredentialsError(phrase("the environment variable {variable} is not set", variable=variable))
    return os.environ[variable]


def _fault(text: str) -> Fault:
    from pushspec.errors import UsageError
    from pushspec.sandbox.faults import fault_from_text

    try:
        return fault_from_text(text)
    except ValueError as error:
        raise UsageError(phrase("--fault {text}: {error}", text=text, error=str(error))) from error

"""``pushspec sandbox``: run, fill and look into the service on this machine."""

from __future__ import annotations

from pathlib import Path

import click

_DATABASE = click.option(
    "--database",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path(".pushspec/sandbox.db"),
    show_default=True,
    help="The sandbox's file.",
)


@click.group()
def command() -> None:
    """Run, fill and look into the service on this machine."""


@command.command()
@_DATABASE
@click.option("--host", default="127.0.0.1", show_default=True, help="An address of this machine itself.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 takes a free one."
)
def serve(database: Path, host: str, port: int) -> None:
    """Serve the sandbox and its page until Ctrl-C."""
    import asyncio
    import ipaddress

    from pushspec.errors import UsageError
    from pushspec.sandbox import serving
    from pushspec.sandbox.app import create_app
    from pushspec.sandbox.settings import SandboxSettings

    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise UsageError("the sandbox only listens to this machine", hint="use 127.0.0.1 or ::1")
    settings = SandboxSettings(database=database)
    app = create_app(settings)
    listener = serving.listen(host, port)
    click.echo(f"base_url: {serving.base_url(listener)}")
    click.echo(f"sdk_app_id: {settings.sdk_app_id}")
    click.echo(f"identifier: {settings.admins[0]}")
    click.echo("secret_key: PUBLIC_SECRET_KEY of pushspec.sandbox.settings, which everyone may know")
    click.get_text_stream("stdout").flush()
    asyncio.run(serving.run(app, serving.make_server(app), listener))


@command.command()
@click.argument("account")
@_DATABASE
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def inbox(account: str, database: Path, form: str) -> None:
    """Show what an account got: notifications on its devices, and chat messages."""
    import json

    from pushspec.errors import UsageError
    from pushspec.sandbox.app import create_app
    from pushspec.sandbox.settings import SandboxSettings

    app = create_app(SandboxSettings(database=database))
    found = app.inbox(account)
    app.close()
    if found is None:
        raise UsageError(f"the sandbox has no account {account}", hint="add it with `pushspec sandbox seed`")
    if form == "json":
        click.echo(json.dumps({"format_version": 1, **found}, ensure_ascii=False, indent=2))
        return
    for device in found["devices"]:
        click.echo(f"{device['vendor_name']} ({device['language']}, {device['status']})")
        for shown in device["notifications"]:
            click.echo(f"  {shown['state']:8} {shown.get('title', '')} | {shown.get('desc', '')}")
    for message in found["messages"]:
        click.echo(f"message {message['state']} from {message['from']}: {message['body']}")

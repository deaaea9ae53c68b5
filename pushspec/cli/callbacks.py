"""``pushspec callbacks``: receive, count and export what the service tells about pushes."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from pushspec.cli import options
from pushspec.language import phrase, say

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from pushspec.api.project import LoadedProject
    from pushspec.web.receiver import Receiver
    from pushspec.web.store import CallbackStore

_F = TypeVar("_F", bound="Callable[..., object]")


def _store_option(command: _F) -> _F:
    return click.option(
        "--store",
        metavar="PLACE",
        help="Store callbacks in this file, or at postgresql://…, instead of the project's store.",
    )(command)


@click.group()
def command() -> None:
    """Receive, count and export the service's callbacks."""


@command.command()
@options.project
@options.environment
@_store_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8790,
    show_default=True,
    help="Port to listen on; 0 for any free one.",
)
def serve(folder: Path, environment: str | None, store: str | None, host: str, port: int) -> None:
    """Receive callbacks until Ctrl-C.

    Put a reverse proxy with TLS in front of it, and enter the proxy's URL in the console. GET /healthz
    tells whether the store can keep a post now.
    """
    import os

    from pushspec.api.callbacks import callback_receiver, callback_store
    from pushspec.api.project import load_project
    from pushspec.cli.output import tell
    from pushspec.clock import utc_now

    project = load_project(folder, environment=environment)
    with callback_store(project, store) as opened, _listen(host, port) as listener:
        receiver = callback_receiver(project, opened, environ=os.environ, now=utc_now)
        run = _server()
        tell(
            say(
                "Receiving callbacks of {environment} at {url}; Ctrl-C stops.",
                environment=project.environment_name,
                url=_url(listener),
            )
        )
        run(receiver, listener)


@command.command()
@options.project
@options.environment
@_store_option
@options.formats("text", "json", of="callbacks_status")
def status(folder: Path, environment: str | None, store: str | None, form: str) -> None:
    """Show what was received, and when.

    Counts posts and events, the age of the newest post, and the size of the store.
    """
    from pushspec.api.project import load_project
    from pushspec.cli.output import show, show_fitted
    from pushspec.clock import utc_now
    from pushspec.views.callbacks import callbacks_json, callbacks_text

    project = load_project(folder, environment=environment)
    with _read(project, store) as opened:
        found = opened.status()
    if form == "json":
        show(callbacks_json(found))
    else:
        show_fitted(callbacks_text(found, now=utc_now(), zone=project.zone))


@command.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@options.project
@options.environment
@_store_option
def export(file: Path, folder: Path, environment: str | None, store: str | None) -> None:
    """Export every event to a Parquet FILE, one row per event.

    The rows contain account ids: keep the file out of git.
    """
    from pushspec.api.project import load_project
    from pushspec.cli.output import tell
    from pushspec.cli.results import check_whole_file
    from pushspec.errors import UsageError
    from pushspec.text import counted
    from pushspec.web.exporting import export_events

    project = load_project(folder, environment=environment)
    check_whole_file(file)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with _read(project, store) as opened:
            written = export_events(opened, file)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageError(
            phrase("{file} cannot be written: {reason}", file=file, reason=reason),
            hint=phrase("name another file"),
        ) from None
    tell(say("{events} written to {file}", events=counted(written, "event"), file=file))


@contextmanager
def _read(project: LoadedProject, address: str | None) -> Iterator[CallbackStore]:
    """Yield the store once every post that was kept is read."""
    from pushspec.api.callbacks import callback_store
    from pushspec.web.exporting import read_all

    with callback_store(project, address) as store:
        read_all(store)
        yield store


def _server() -> Callable[[Receiver, socket.socket], None]:
    from pushspec.errors import UsageError

    try:
        from pushspec.web.serving import run
    except ImportError as error:
        raise UsageError(
            phrase("receiving callbacks needs the package {package}", package=error.name),
            hint="pip install 'pushspec[web]'",
        ) from None
    return run


def _listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; several receivers may not share a port by mistake."""
    import socket

    from pushspec.errors import UsageError

    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise UsageError(
            phrase("cannot listen on {host}:{port}: {reason}", host=host, port=port, reason=error.strerror),
            hint=phrase("name another --host or --port"),
        ) from None


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"

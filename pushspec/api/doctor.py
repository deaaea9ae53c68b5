"""Examine an environment before its first send, without any push."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import anyio

from pushspec.api.callbacks import callback_receiver, callback_store
from pushspec.api.lists import probe_lists
from pushspec.api.lockfile import read_lockfile, store_of
from pushspec.api.service import open_service
from pushspec.api.sources import probe_source
from pushspec.errors import CredentialsError, PushspecError, message_of
from pushspec.language import phrase
from pushspec.lockfile.status import status_of
from pushspec.operate.doctor import (
    SERVICE_CHECKS,
    Finding,
    Health,
    is_well,
    lockfile_finding,
    not_checked,
    quota_finding,
    receiver_finding,
    service_findings,
)
from pushspec.plan.quota import quota_impact, room_text
from pushspec.tencent.exchange import Gate
from pushspec.tencent.operations.attributes import GET_NAMES
from pushspec.web.posting import NoReceiverError, post_without_events

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from pushspec.api.project import LoadedProject

__all__ = ["Finding", "Health", "examine", "is_well"]


def examine(
    project: LoadedProject, *, now: Callable[[], datetime], environ: Mapping[str, str]
) -> list[Finding]:
    """Return what every check of an environment came to, in a fixed order.

    The service is asked for the names of attributes, which changes nothing; a receiver of callbacks gets two
    posts without events, which it does not keep.

    Args:
        project: The project, at the environment.
        now: The wall clock.
        environ: Environment variables; only those that the project file names are read.
    """
    return [
        *anyio.run(_service, project, now, environ),
        *_records(project, now()),
        _lists(project),
        *(_source(project, name, environ) for name in sorted(project.environment.sources)),
        _callbacks(project, now, environ),
    ]


async def _service(
    project: LoadedProject, now: Callable[[], datetime], environ: Mapping[str, str]
) -> list[Finding]:
    environment = project.environment
    host = environment.url.partition("://")[2]
    is_embedded = environment.sandbox and environment.base_url is None
    place = phrase("the embedded sandbox") if is_embedded else f"{host} ({environment.location})"
    try:
        async with open_service(project, now=now, environ=environ) as client:
            gate = Gate(lambda: None, now=now)
            exchange = await client.send(f"/v4/{GET_NAMES.path}", b"{}", gate)
    except CredentialsError as error:
        unsigned = phrase("without a signature the service cannot be asked")
        return [
            _wrong(check, error) if check == "signature" else Finding(check, Health.NOT_CHECKED, unsigned)
            for check in SERVICE_CHECKS
        ]
    except PushspecError as error:
        return [
            _wrong("host", error),
            *not_checked(SERVICE_CHECKS[1:], phrase("the service cannot be opened")),
        ]
    return service_findings(exchange, path=GET_NAMES.path, place=place, environment=project.environment_name)


def _records(project: LoadedProject, now: datetime) -> list[Finding]:
    environment = project.environment
    try:
        state = read_lockfile(project)
        store = store_of(project)
        try:
            store.probe()
        finally:
            store.close()
    except PushspecError as error:
        return [_wrong("lockfile", error), *not_checked(["quota"], phrase("the lockfile cannot be used"))]
    quota = quota_impact(environment, state, 0, now)
    return [
        lockfile_finding(
            status_of(state, now),
            place=project.shown_lock,
            environment=project.environment_name,
            is_missing=state.header is None and not environment.sandbox,
        ),
        quota_finding(quota, room=room_text(environment, state, 1, 0, now)),
    ]


def _lists(project: LoadedProject) -> Finding:
    if project.environment.audience_store is None:
        return Finding(
            "audience store",
            Health.NOT_CHECKED,
            phrase("audience_store is not set; lists lie in the project folder"),
        )
    try:
        where = probe_lists(project)
    except PushspecError as error:
        return _wrong("audience store", error)
    return Finding(
        "audience store", Health.OK, phrase("{where} can be written, listed and cleared", where=where)
    )


def _source(project: LoadedProject, name: str, environ: Mapping[str, str]) -> Finding:
    check = f"source {name}"
    why, fix = probe_source(project, name, environ)
    if not why:
        return Finding(check, Health.OK, phrase("answers a query"))
    return Finding(
        check, Health.WRONG, why, fix or phrase("check its address, and that this machine reaches it")
    )


def _callbacks(project: LoadedProject, now: Callable[[], datetime], environ: Mapping[str, str]) -> Finding:
    settings = project.environment.callbacks
    if settings is None:
        return Finding("callbacks", Health.NOT_CHECKED, phrase("the environment takes none"))
    try:
        with callback_store(project) as store:
            store.probe()
            receiver = callback_receiver(project, store, environ=environ, now=now)
    except PushspecError as error:
        return _wrong("callbacks", error)
    if settings.url is None:
        text = phrase("the token is set and the store works; callbacks.url names no receiver to try")
        return Finding("callbacks", Health.NOT_CHECKED, text)
    try:
        status, stranger_status = (
            post_without_events(
                settings.url, token=token, sdk_app_id=receiver.sdk_app_id, now_s=receiver.now_s()
            )
            for token in (receiver.token, secrets.token_hex())
        )
    except NoReceiverError as error:
        return _wrong("callbacks", error)
    return receiver_finding(settings.url, status=status, stranger_status=stranger_status)


_FIXES = {
    "host": phrase("check base_url, network and the extras that are installed"),
    "lockfile": phrase("allow this user to write there, or set lock: to another place"),
    "audience store": phrase("allow this user to write there, or set audience_store to another place"),
    "callbacks": phrase("allow this user to write there, or set callbacks.store to another place"),
}
"""For errors that carry no hint of their own."""


def _wrong(check: str, error: PushspecError) -> Finding:
    return Finding(check, Health.WRONG, message_of(error), error.hint or _FIXES.get(check, ""))

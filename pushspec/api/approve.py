"""Approve campaigns: what there is to sign, and where the signature goes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.api.approvals import asked_settings
from pushspec.api.planning import build_plan
from pushspec.approvals import sshsig
from pushspec.approvals.count import MAX_FILE_BYTES
from pushspec.approvals.repository import STATEMENT, SUFFIX, folder_of
from pushspec.approvals.sign import choose_key, read_public_key, sign
from pushspec.approvals.signers import Signers, read_signers
from pushspec.approvals.statement import MAX_BYTES as STATEMENT_BYTES
from pushspec.approvals.statement import Statement, StatementError, read_statement
from pushspec.clock import utc_now
from pushspec.errors import UsageError
from pushspec.files import write_file
from pushspec.language import phrase
from pushspec.paths import PathRefusedError, check_no_link, open_inside, read_inside
from pushspec.plan.approving import approval_digest
from pushspec.serialization import sha256_hex
from pushspec.spec.project import PROJECT_FILE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from pushspec.api.project import LoadedProject
    from pushspec.approvals.count import Approvals
    from pushspec.plan.planned import PlannedCampaign


@dataclass(frozen=True, slots=True)
class Asked:
    """What one campaign needs, and what an approval of it would say.

    Attributes:
        campaign: The planned campaign.
        approvals: Who approved it so far.
        statement: What there is to sign: the statement that is there while it fits and lives, or a new one.
        folder: Where statement and signatures lie, relative to the project.
        digest: What an approval must be over: of all that decides who gets what when, 64 hex digits.
        uncommitted: Who has signed in the work tree, without a commit of that signature yet.
        expires_at: When the statement ends.
        shared_until: The same, where others have signed it and a shorter time was asked for.
    """

    campaign: PlannedCampaign
    approvals: Approvals
    statement: bytes
    folder: str
    digest: str
    expires_at: datetime
    uncommitted: tuple[str, ...] = ()
    shared_until: datetime | None = None


def approvals_asked(
    project: LoadedProject, *, now: datetime, names: Sequence[str] = (), expires: timedelta | None = None
) -> list[Asked]:
    """Return the campaigns that ask for approval, in the order of the plan.

    Args:
        project: The project, at one of its environments.
        now: The moment, aware.
        names: Names, globs or files of campaigns; none for all.
        expires: How long a new statement counts; as long as the project allows when left out.

    Raises:
        UsageError: The project asks for no approvals, or a name matches nothing.
        SpecError: A file is wrong.
    """
    settings = asked_settings(project)
    if settings is None:
        raise UsageError(
            phrase("{project_file} asks for no approvals", project_file=PROJECT_FILE),
            hint=phrase("add approvals: with rules to it"),
        )
    plan = build_plan(project, now=now, names=names)
    latest = now + settings.longest
    until = min(latest, now + expires) if expires else latest
    found = [(campaign, campaign.approvals) for campaign in plan.campaigns]
    return [
        _asked(project, campaign, approvals, (now, until, latest))
        for campaign, approvals in found
        if approvals is not None and (approvals.needed or approvals.why)
    ]


def _asked(
    project: LoadedProject,
    campaign: PlannedCampaign,
    approvals: Approvals,
    times: tuple[datetime, datetime, datetime],
) -> Asked:
    statement = _statement(project, campaign, times)
    return Asked(
        campaign,
        approvals,
        statement.text().encode(),
        folder_of(campaign.key, project.environment_name),
        statement.digest,
        statement.expires_at,
        _uncommitted(project, campaign, approvals),
        shared_until=statement.expires_at if statement.expires_at > times[1] else None,
    )


def _uncommitted(project: LoadedProject, campaign: PlannedCampaign, approvals: Approvals) -> tuple[str, ...]:
    """Return whose signature differs from the committed one, which may have expired meanwhile."""
    folder = folder_of(campaign.key, project.environment_name)
    files = sorted(path.name for path in (project.root / folder).glob(f"*{SUFFIX}"))
    known = {approval.principal: approval.signature_sha256 for approval in approvals.found}
    contents = {
        file.removesuffix(SUFFIX): _content(project.root, f"{folder}/{file}", sshsig.MAX_BYTES)
        for file in files
    }
    return tuple(
        principal
        for principal, content in contents.items()
        # One that is too large is not read: the committed one of that name tells why it does not count.
        if known.get(principal) != sha256_hex(content) and (content or principal not in known)
    )


def _content(root: Path, file: str, max_bytes: int) -> bytes:
    """Return what a file of the work tree holds; nothing where it cannot be read, as through a link."""
    try:
        return read_inside(root, file, max_bytes=max_bytes)
    except PathRefusedError:
        return b""


def _statement(
    project: LoadedProject, campaign: PlannedCampaign, times: tuple[datetime, datetime, datetime]
) -> Statement:
    """Return what there is to sign.

    Args:
        project: The project.
        campaign: The planned campaign.
        times: Now, when it should end, and the latest end that the project allows.
    """
    now, until, latest = times
    wanted = Statement(
        sdk_app_id=project.environment.app_id,
        environment=project.environment_name,
        campaign=campaign.name,
        version=campaign.compiled.calls.version,
        digest=approval_digest(campaign.compiled),
        zone_data=campaign.compiled.calls.zone_data or None,
        expires_at=until.replace(microsecond=0),
    )
    folder = folder_of(campaign.key, project.environment_name)
    try:
        there = read_statement(_content(project.root, f"{folder}/{STATEMENT}", STATEMENT_BYTES))
    except StatementError:
        return wanted
    # Other zone data that moves nobody leaves the digest, and so what others have signed, as it is.
    is_same = there.model_copy(update=wanted.model_dump(include={"expires_at", "zone_data"})) == wanted
    # A shorter wish must not take away what others have signed: a new statement would remove that.
    is_signed = any((project.root / folder).glob(f"*{SUFFIX}"))
    is_alive = now < there.expires_at <= (latest if is_signed else until)
    return there if is_same and is_alive else wanted


def signers_of(project: LoadedProject) -> Signers:
    """Return who may sign, as the work tree has it: new people sign before their line is committed, too.

    Raises:
        UsageError: There is no signers file, or it is too large.
    """
    settings = asked_settings(project)
    path = settings.signers if settings is not None else ""
    try:
        with open_inside(project.root, path) as file:
            data, size = file.read(MAX_FILE_BYTES), os.fstat(file.fileno()).st_size
    except PathRefusedError as error:
        raise UsageError(
            phrase("{path} cannot be read: {strerror}", path=path, strerror=error.reason),
            hint=error.hint or phrase("add a line for each person"),
        ) from None
    if size > MAX_FILE_BYTES:
        raise UsageError(
            phrase(
                "{signers} is too large: {size:,} bytes, and at most {most:,} are read",
                signers=path,
                size=size,
                most=MAX_FILE_BYTES,
            ),
            hint=phrase("keep one line for each person who may approve"),
        )
    return read_signers(data)


def write_approval(project: LoadedProject, asked: Asked, principal: str, signature: bytes) -> Path:
    """Write statement and signature for a commit and return the signature's path.

    A new statement makes the signatures of the old one worthless, so they are removed.
    """
    folder = project.root / asked.folder
    check_no_link(project.root, asked.folder)
    statement = folder / STATEMENT
    folder.mkdir(parents=True, exist_ok=True)
    if _content(project.root, f"{asked.folder}/{STATEMENT}", STATEMENT_BYTES) != asked.statement:
        for old in folder.glob(f"*{SUFFIX}"):
            old.unlink()
        write_file(statement, asked.statement.decode())
    path = folder / f"{principal}{SUFFIX}"
    write_file(path, signature.decode("ascii"))
    return path


def approve(
    project: LoadedProject,
    asked: Asked,
    *,
    key_file: Path | None,
    environ: Mapping[str, str],
    now: datetime | None = None,
) -> tuple[str, Path]:
    """Sign a statement and write the signature; return who signed, and its path.

    Args:
        project: The project, at one of its environments.
        asked: What to sign.
        key_file: The private key; the agent's key that the signers file lists when left out.
        environ: Variables for the agent and its prompts.
        now: The moment at which the signers file must list the key, aware; this moment when left out.

    Raises:
        UsageError: The key is listed for nobody or not for today, or it did not sign.
    """
    signers = signers_of(project)
    today = Signers(tuple(line for line in signers.lines if line.is_valid_at(now or utc_now())))
    key = read_public_key(key_file) if key_file is not None else choose_key(today, environ)
    principal = next(
        (name for line in today.lines if line.key == key for name in sorted(line.principals)), ""
    )
    if not principal and signers.holds(key):
        raise UsageError(
            phrase("the signers file does not list {fingerprint} for today", fingerprint=key.fingerprint),
            hint=phrase("sign with another key, or change valid-after or valid-before of its line"),
        )
    if not principal:
        raise UsageError(
            phrase("the signers file lists {fingerprint} for nobody", fingerprint=key.fingerprint),
            hint=phrase("add a line: you@example.com {text}…", text=key.text[:40]),
        )
    armored = sign(asked.statement, key=key, key_file=key_file, environ=environ)
    return principal, write_approval(project, asked, principal, armored)

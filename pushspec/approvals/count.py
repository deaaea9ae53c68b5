"""Count the people who approved a campaign, and say of every signature whether it counts and why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.approvals.sshsig import SignatureError, read_signature
from pushspec.approvals.statement import StatementError, read_statement
from pushspec.approvals.verification import verify
from pushspec.errors import message_of
from pushspec.language import phrase
from pushspec.serialization import sha256_hex
from pushspec.timestamps import instant_text
from pushspec.zones import package_version

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from pushspec.approvals.keys import PublicKey
    from pushspec.approvals.signers import Signers
    from pushspec.approvals.statement import Statement


MAX_FILE_BYTES = 1024 * 1024
"""A file of a commit that is larger is not read: the commit may be a stranger's."""


@dataclass(frozen=True, slots=True)
class Request:
    """What an approval must be for.

    Attributes:
        sdk_app_id: The app.
        environment: The environment's name.
        campaign: The campaign's name.
        version: Its version.
        digest: The campaign's digest, 64 hex digits.
        zone_data: The release of the time zone data that its local hours come from; empty without them.
    """

    sdk_app_id: int
    environment: str
    campaign: str
    version: int
    digest: str
    zone_data: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The files of one approval as they are in the commit.

    Attributes:
        statement: ``statement.json``; None where it is too large to be read.
        signatures: ``<principal>.sig``, by principal; None likewise.
    """

    statement: bytes | None
    signatures: Mapping[str, bytes | None]


@dataclass(frozen=True, slots=True)
class Approval:
    """One signature and what it is worth.

    Attributes:
        principal: Who is said to have signed.
        counts: Whether it counts.
        why: Why not, in a few words; empty where it counts.
        fingerprint: Of the key; empty where the signature cannot be read.
        signature_sha256: Hash of the signature's file; empty where that is too large to be read.
        digest: Of what was signed, 64 hex digits; empty where the signature fits no statement.
    """

    principal: str
    counts: bool
    why: str = ""
    fingerprint: str = ""
    signature_sha256: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Approvals:
    """Who approved a campaign.

    Attributes:
        found: Every signature, in the order of principals.
        people: How many different people approved.
        needed: How many the rule asks for.
        missing: Addresses that could still approve, one a person.
        expires_at: When the approvals stop counting; None without a statement that counts.
        statement_sha256: Hash of the statement; empty without one.
        why: Why nobody's approval can count, in a few words; empty where it can.
        hint: What to do about it.
        warnings: What a reviewer should know of the signers file and the rules.
        rule: What the strictest rule that matches asks for, in words; empty without one.
        barred: Addresses of the signers file that are authors of the change and so do not count.
        authors_unknown: Addresses of authors of the change that the signers file does not name.
    """

    found: tuple[Approval, ...]
    people: int
    needed: int
    missing: tuple[str, ...]
    expires_at: datetime | None = None
    statement_sha256: str = ""
    why: str = ""
    hint: str = ""
    warnings: tuple[str, ...] = ()
    rule: str = ""
    barred: tuple[str, ...] = ()
    authors_unknown: tuple[str, ...] = ()

    @property
    def is_enough(self) -> bool:
        """Whether as many people approved as the rule asks for."""
        return not self.why and self.people >= self.needed

    @property
    def counted(self) -> tuple[Approval, ...]:
        """The signatures that count."""
        return tuple(approval for approval in self.found if approval.counts)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a project asks for.

    Attributes:
        people: How many people must approve.
        longest: An expiry further away than this does not count.
        authors: Addresses of the change's authors, who do not count; None where nobody is left out.
    """

    people: int
    longest: timedelta
    authors: frozenset[str] | None = None


def count_approvals(
    request: Request,
    evidence: Evidence | None,
    signers: Signers,
    rule: Rule,
    *,
    now: datetime,
    current: Signers | None = None,
) -> Approvals:
    """Count the people who approved what is about to be sent.

    Args:
        request: What must have been approved.
        evidence: The approval's files; None where there are none.
        signers: Who may approve, from the commit that is applied.
        rule: What is asked for.
        now: The moment to judge by.
        current: Who may approve by the newest known default branch; a key that it dropped does not count.
    """
    judge = _Judge(request, signers, rule, now, current)
    found = judge.all_of(evidence) if evidence is not None else ()
    counting = {signers.person(approval.principal) for approval in found if approval.counts}
    statement = _statement(evidence, found)
    signed = evidence.statement if evidence is not None and statement is not None else None
    return Approvals(
        found=found,
        people=len(counting),
        needed=rule.people,
        missing=_missing(_usable(signers, now, current), signers, rule, counting),
        barred=_barred(signers, rule),
        authors_unknown=tuple(sorted((rule.authors or frozenset()) - signers.principals)),
        expires_at=statement.expires_at if statement is not None else None,
        statement_sha256=sha256_hex(signed) if signed is not None else "",
    )


def _statement(evidence: Evidence | None, found: tuple[Approval, ...]) -> Statement | None:
    if evidence is None or evidence.statement is None or not any(approval.counts for approval in found):
        return None
    return read_statement(evidence.statement)


def _usable(signers: Signers, now: datetime, current: Signers | None) -> frozenset[str]:
    """Return the addresses with a key that counts now."""
    return frozenset(
        name
        for line in signers.lines
        if line.is_valid_at(now) and (current is None or current.holds(line.key))
        for name in line.principals
    )


def _missing(usable: frozenset[str], signers: Signers, rule: Rule, counting: set[int]) -> tuple[str, ...]:
    """Return an address of each person who could still approve."""
    barred = {signers.person(principal) for principal in _barred(signers, rule)}
    open_to: dict[int, str] = {}
    for principal in sorted(usable):
        person = signers.person(principal)
        if person not in counting and person not in barred:
            open_to.setdefault(person, principal)
    return tuple(open_to.values())


def _barred(signers: Signers, rule: Rule) -> tuple[str, ...]:
    """Return all addresses of people who are authors of the change."""
    people = {signers.person(author) for author in rule.authors or () if author in signers.principals}
    return tuple(it for it in sorted(signers.principals) if signers.person(it) in people)


class _Judge:
    """Says of one signature after the other whether it counts."""

    def __init__(
        self, request: Request, signers: Signers, rule: Rule, now: datetime, current: Signers | None
    ) -> None:
        self._request = request
        self._signers = signers
        self._rule = rule
        self._now = now
        self._current = current

    def all_of(self, evidence: Evidence) -> tuple[Approval, ...]:
        return tuple(
            self._approval(name, armored, evidence.statement)
            for name, armored in sorted(evidence.signatures.items())
        )

    def _approval(self, principal: str, armored: bytes | None, statement: bytes | None) -> Approval:
        file_sha256 = sha256_hex(armored) if armored is not None else ""
        if statement is None:
            refused = phrase("the statement is larger than {max_bytes:,} bytes", max_bytes=MAX_FILE_BYTES)
            return Approval(principal, counts=False, why=refused, signature_sha256=file_sha256)
        if armored is None:
            refused = phrase("it is larger than {max_bytes:,} bytes", max_bytes=MAX_FILE_BYTES)
            return Approval(principal, counts=False, why=refused)
        fingerprint = digest = why = ""
        try:
            signature = read_signature(armored)
            fingerprint = signature.key.fingerprint
            self._check_signer(principal, signature.key)
            # No field of the statement is looked at before its bytes are known to be what was signed.
            verify(statement, signature)
            signed = read_statement(statement)
            digest = signed.digest
            self._check_statement(signed)
        except (SignatureError, StatementError) as error:
            why = message_of(error)
        return Approval(
            principal,
            counts=not why,
            why=why,
            fingerprint=fingerprint,
            signature_sha256=file_sha256,
            digest=digest,
        )

    def _check_signer(self, principal: str, key: PublicKey) -> None:
        lines = [line for line in self._signers.of(principal) if line.key == key]
        if not lines:
            raise SignatureError(phrase("the signers file does not list that key for that address"))
        if not any(line.is_valid_at(self._now) for line in lines):
            raise SignatureError(phrase("the signers file does not list that key for today"))
        if self._current is not None and not self._current.holds(key):
            raise SignatureError(phrase("the default branch no longer lists that key"))
        authors = self._rule.authors or frozenset()
        people = {self._signers.person(author) for author in authors if author in self._signers.principals}
        if self._signers.person(principal) in people:
            raise SignatureError(phrase("an author of the change cannot approve it"))

    def _check_statement(self, statement: Statement) -> None:
        wanted = self._request
        differing = [
            what
            for what, said, meant in (
                ("app", statement.sdk_app_id, wanted.sdk_app_id),
                ("environment", statement.environment, wanted.environment),
                ("campaign", statement.campaign, wanted.campaign),
                ("version", statement.version, wanted.version),
                ("content", statement.digest, wanted.digest),
            )
            if said != meant
        ]
        if differing:
            raise StatementError(
                phrase(
                    "it approves another {differing}{other_zone_data}",
                    differing=differing[0],
                    other_zone_data=self._other_zone_data(statement),
                )
            )
        if statement.expires_at <= self._now:
            raise StatementError(phrase("it expired {instant}", instant=instant_text(statement.expires_at)))
        if statement.expires_at - self._now > self._rule.longest:
            raise StatementError(phrase("it expires later than the project allows"))

    def _other_zone_data(self, statement: Statement) -> str:
        then, now = statement.zone_data, self._request.zone_data
        if not then or not now or then == now:
            return ""
        back = f"pip install tzdata=={package_version(then)}"
        return f"; time zone data went from {then} to {now}: approve it again, or go back with {back}"

"""Judge what an examination of an environment saw: each finding says what is so, and how to fix it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pushspec.errors import NoAnswerError
from pushspec.tencent.codes import CREDENTIALS, meaning_of
from pushspec.tencent.operations.asking import read_code

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pushspec.lockfile.status import Status
    from pushspec.plan.quota import QuotaImpact
    from pushspec.tencent.exchange import Exchange

CLOCK_TOLERANCE_S = 30
_NEARLY = 0.8
"""From this share of the day's pushes on, the quota is worth a warning."""

_NO_SUCH_APP = 70020
_NOT_ADMINISTRATOR = frozenset({60010, 90009})
_NOT_ENABLED = 90045


class Health(StrEnum):
    """What a check came to; what could not be looked at is never fine."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check came to.

    Attributes:
        check: What was looked at.
        health: How it is.
        text: What is so, or why it was not looked at.
        fix: What to do about it; empty where nothing is wrong.
    """

    check: str
    health: Health
    text: str
    fix: str = ""


def is_well(findings: Iterable[Finding]) -> bool:
    """Whether nothing is wrong; warnings and what was not checked are shown and stop nobody."""
    return all(finding.health is not Health.WRONG for finding in findings)


def not_checked(checks: Iterable[str], why: str) -> list[Finding]:
    """Return the findings of checks that could not be made."""
    return [Finding(check, Health.NOT_CHECKED, why) for check in checks]


SERVICE_CHECKS = ("host", "clock", "signature", "administrator", "product")


def service_findings(exchange: Exchange, *, path: str, place: str) -> list[Finding]:
    """Judge the answer to a question that changes nothing.

    Args:
        exchange: What was seen of it.
        path: What was asked, without ``v4/``.
        place: Host and region in words.
    """
    try:
        _, code = read_code(exchange)
    except NoAnswerError as error:
        fix = error.hint or "check the region, the network and its proxy"
        host = Finding("host", Health.WRONG, f"{place} gives no answer: {error}", fix)
        return [host, clock_finding(exchange), *not_checked(SERVICE_CHECKS[2:], "the service gave no answer")]
    return [_host(code, place), clock_finding(exchange), *_access(code, path)]


def clock_finding(exchange: Exchange) -> Finding:
    """Compare this machine's clock with the ``Date`` of an answer, which is cut to whole seconds."""
    if exchange.served_at is None:
        return Finding("clock", Health.NOT_CHECKED, "the answer has no date to compare with")
    ahead_s = (exchange.ended_at - exchange.served_at).total_seconds()
    if abs(ahead_s) <= CLOCK_TOLERANCE_S:
        return Finding("clock", Health.OK, f"within {CLOCK_TOLERANCE_S} s of the service's")
    direction = "ahead of" if ahead_s > 0 else "behind"
    fix = "set this machine's clock: signatures, windows and quotas depend on it"
    return Finding("clock", Health.WRONG, f"{abs(ahead_s):.0f} s {direction} the service's", fix)


def _host(code: int, place: str) -> Finding:
    if code == _NO_SUCH_APP:
        text = f"{place} answers, and does not know the app"
        return Finding("host", Health.WRONG, text, "check sdk_app_id and region in pushspec.yaml")
    return Finding("host", Health.OK, f"{place} answers")


def _access(code: int, path: str) -> list[Finding]:
    """Judge by the code alone: no page says in which order the service looks, so the rest is not known."""
    meaning = meaning_of(code, path)
    said = f"the service answers {code}: {meaning.meaning if meaning is not None else 'no page lists it'}"
    fix = f"`pushspec explain {code}` says what to check" if meaning is not None else ""
    if code == 0:
        return [
            Finding("signature", Health.OK, "accepted"),
            Finding("administrator", Health.OK, "may call the service"),
            Finding("product", Health.OK, f"{path} answers, which needs the Push service"),
        ]
    culprit = "signature" if code in CREDENTIALS else ""
    culprit = "administrator" if code in _NOT_ADMINISTRATOR else culprit
    culprit = "product" if code == _NOT_ENABLED else culprit
    return [
        Finding(check, Health.WRONG, said, fix)
        if check == culprit and code != _NO_SUCH_APP
        # The service told something that is no answer to this check.
        else Finding(check, Health.NOT_CHECKED, said)
        for check in SERVICE_CHECKS[2:]
    ]


def lockfile_finding(status: Status, *, place: str, environment: str, is_missing: bool) -> Finding:
    """Judge a lockfile that could be read, and whose store refuses a second writer.

    Args:
        status: The environment's status.
        place: Where the lockfile is.
        environment: The environment's name.
        is_missing: There is none yet, and ``apply`` will not begin it.
    """
    if is_missing:
        text = f"{place} is not there yet; its store works"
        return Finding("lockfile", Health.WARNING, text, f"pushspec lock init -e {environment}")
    if status.is_in_doubt:
        text = f"{place} works, and knows of calls or evidence in doubt"
        return Finding("lockfile", Health.WARNING, text, f"pushspec status -e {environment}")
    return Finding("lockfile", Health.OK, f"{place} can be written, and refuses a second writer")


def quota_finding(quota: QuotaImpact, *, room: str) -> Finding:
    """Judge what the lockfiles know of the day's pushes; those of the console are not known.

    Args:
        quota: The day's pushes.
        room: When there is room again, in words.
    """
    text = f"{quota.used} of {quota.limit} pushes of the day used, as far as the lockfiles know"
    if quota.left == 0:
        return Finding("quota", Health.WRONG, text, room)
    if quota.used >= _NEARLY * quota.limit:
        return Finding("quota", Health.WARNING, text, f"{quota.left} left")
    return Finding("quota", Health.OK, text)


def receiver_finding(url: str, *, status: int, stranger_status: int) -> Finding:
    """Judge a receiver of callbacks by what it answers to a post without events.

    Args:
        url: Its address.
        status: HTTP status for a post that is signed with the environment's token; 400 keeps nothing.
        stranger_status: HTTP status for one that is signed with another token.
    """
    fix = "check that the proxy leads to `pushspec callbacks serve` of this environment"
    if status == _FORBIDDEN:
        text = f"{url} does not accept the token"
        return Finding("callbacks", Health.WRONG, text, "give receiver and doctor the token of the console")
    if status != _NO_EVENTS:
        return Finding("callbacks", Health.WRONG, f"{url} answers HTTP {status}, not {_NO_EVENTS}", fix)
    if stranger_status != _FORBIDDEN:
        return Finding("callbacks", Health.WRONG, f"{url} takes posts from strangers", fix)
    return Finding("callbacks", Health.OK, f"{url} answers, knows the token and refuses strangers")


_NO_EVENTS, _FORBIDDEN = 400, 403

"""Judge what an examination of an environment saw: each finding says what is so, and how to fix it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pushspec.errors import NoAnswerError, message_of
from pushspec.language import phrase
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


def service_findings(exchange: Exchange, *, path: str, place: str, environment: str) -> list[Finding]:
    """Judge the answer to a question that changes nothing.

    Args:
        exchange: What was seen of it.
        path: What was asked, without ``v4/``.
        place: Host and region in words.
        environment: The environment's name.
    """
    try:
        _, code = read_code(exchange)
    except NoAnswerError as error:
        fix = error.hint or phrase("check the region, the network and its proxy")
        host = Finding(
            "host",
            Health.WRONG,
            phrase("{place} gives no answer: {error}", place=place, error=message_of(error)),
            fix,
        )
        return [
            host,
            clock_finding(exchange),
            *not_checked(SERVICE_CHECKS[2:], phrase("the service gave no answer")),
        ]
    return [_host(code, place), clock_finding(exchange), *_access(code, path, environment)]


def clock_finding(exchange: Exchange) -> Finding:
    """Compare this machine's clock with the ``Date`` of an answer, which is cut to whole seconds."""
    if exchange.served_at is None:
        return Finding("clock", Health.NOT_CHECKED, phrase("the answer has no date to compare with"))
    ahead_s = (exchange.ended_at - exchange.served_at).total_seconds()
    if abs(ahead_s) <= CLOCK_TOLERANCE_S:
        return Finding(
            "clock",
            Health.OK,
            phrase("within {clock_tolerance_s} s of the service's", clock_tolerance_s=CLOCK_TOLERANCE_S),
        )
    fix = phrase("set this machine's clock: signatures, windows and quotas depend on it")
    text = (
        phrase("{seconds:.0f} s ahead of the service's", seconds=ahead_s)
        if ahead_s > 0
        else phrase("{seconds:.0f} s behind the service's", seconds=-ahead_s)
    )
    return Finding("clock", Health.WRONG, text, fix)


def _host(code: int, place: str) -> Finding:
    if code == _NO_SUCH_APP:
        text = phrase("{place} answers, and does not know the app", place=place)
        return Finding("host", Health.WRONG, text, phrase("check sdk_app_id and region in pushspec.yaml"))
    return Finding("host", Health.OK, phrase("{place} answers", place=place))


def _access(code: int, path: str, environment: str) -> list[Finding]:
    """Judge by the code alone: no page says in which order the service looks, so the rest is not known."""
    meaning = meaning_of(code, path)
    said = phrase(
        "the service answers {code}: {meaning}",
        code=code,
        meaning=meaning.meaning if meaning is not None else phrase("no page lists it"),
    )
    if code == 0:
        return [
            Finding("signature", Health.OK, phrase("accepted")),
            Finding("administrator", Health.OK, phrase("may call the service")),
            Finding("product", Health.OK, phrase("{path} answers, which needs the Push service", path=path)),
        ]
    culprit = "signature" if code in CREDENTIALS else ""
    culprit = "administrator" if code in _NOT_ADMINISTRATOR else culprit
    culprit = "product" if code == _NOT_ENABLED else culprit
    culprit = "host" if code == _NO_SUCH_APP else culprit
    # What was told is no answer to the other checks.
    why = (
        phrase(
            "the service answers {code}, which is about {what} and tells nothing of this",
            code=code,
            what=_ABOUT[culprit],
        )
        if culprit
        else said
    )
    return [
        Finding(check, Health.WRONG, said, _fix(culprit, code, environment))
        if check == culprit
        else Finding(check, Health.NOT_CHECKED, why)
        for check in SERVICE_CHECKS[2:]
    ]


_ABOUT = {
    "host": phrase("the app"),
    "signature": phrase("the signature"),
    "administrator": phrase("the account that calls"),
    "product": phrase("the product"),
}


def _fix(culprit: str, code: int, environment: str) -> str:
    """Return what to change, and the command that tells whether it helped."""
    again = phrase("then run pushspec doctor -e {environment}", environment=environment)
    if culprit == "administrator":
        return phrase("set identifier in pushspec.yaml to an administrator of the app, {again}", again=again)
    if culprit == "product":
        return phrase("enable the Push service of the app in the console, {again}", again=again)
    return phrase(
        "check secret key, identifier, sdk_app_id and region ({code}), {again}", code=code, again=again
    )


def lockfile_finding(status: Status, *, place: str, environment: str, is_missing: bool) -> Finding:
    """Judge a lockfile that could be read, and whose store refuses a second writer.

    Args:
        status: The environment's status.
        place: Where the lockfile is.
        environment: The environment's name.
        is_missing: There is none yet, and ``apply`` will not begin it.
    """
    if is_missing:
        text = phrase("{place} is not there yet; its store works", place=place)
        return Finding(
            "lockfile",
            Health.WARNING,
            text,
            phrase("pushspec lock init -e {environment}", environment=environment),
        )
    if status.is_in_doubt:
        text = phrase("{place} works, and knows of calls or evidence in doubt", place=place)
        return Finding(
            "lockfile",
            Health.WARNING,
            text,
            phrase("pushspec status -e {environment}", environment=environment),
        )
    return Finding(
        "lockfile", Health.OK, phrase("{place} can be written, and refuses a second writer", place=place)
    )


def quota_finding(quota: QuotaImpact, *, room: str) -> Finding:
    """Judge what the lockfiles know of the day's pushes; those of the console are not known.

    Args:
        quota: The day's pushes.
        room: When there is room again, in words.
    """
    text = phrase(
        "{used} of {limit} pushes of the day used, as far as the lockfiles know",
        used=quota.used,
        limit=quota.limit,
    )
    if quota.left == 0:
        return Finding("quota", Health.WRONG, text, room)
    if quota.used >= _NEARLY * quota.limit:
        return Finding("quota", Health.WARNING, text, phrase("{left} left", left=quota.left))
    return Finding("quota", Health.OK, text)


def receiver_finding(url: str, *, status: int, stranger_status: int) -> Finding:
    """Judge a receiver of callbacks by what it answers to a post without events.

    Args:
        url: Its address.
        status: HTTP status for a post that is signed with the environment's token; 400 keeps nothing.
        stranger_status: HTTP status for one that is signed with another token.
    """
    fix = phrase("check that the proxy leads to `pushspec callbacks serve` of this environment")
    if status == _FORBIDDEN:
        text = phrase("{url} does not accept the token", url=url)
        return Finding(
            "callbacks", Health.WRONG, text, phrase("give receiver and doctor the token of the console")
        )
    if status != _NO_EVENTS:
        return Finding(
            "callbacks",
            Health.WRONG,
            phrase(
                "{url} answers HTTP {status}, not {no_events}", url=url, status=status, no_events=_NO_EVENTS
            ),
            fix,
        )
    if stranger_status != _FORBIDDEN:
        return Finding("callbacks", Health.WRONG, phrase("{url} takes posts from strangers", url=url), fix)
    return Finding(
        "callbacks", Health.OK, phrase("{url} answers, knows the token and refuses strangers", url=url)
    )


_NO_EVENTS, _FORBIDDEN = 400, 403

"""One attempt of one call: a durable intent, the request behind its gate, a durable outcome."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, assert_never

import anyio

from pushspec.apply.classify import CallOutcome, classify
from pushspec.apply.invariants import check_leaving
from pushspec.language import phrase
from pushspec.lockfile.hidden import hidden_account
from pushspec.lockfile.histories import CallState
from pushspec.lockfile.records import Intent, NotSent, Sent, Unknown
from pushspec.serialization import sha256_hex
from pushspec.tencent.exchange import Exchange, Gate, GateClosedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushspec.apply.journal_writer import JournalWriter
    from pushspec.apply.run import Reporter
    from pushspec.clock import Clock
    from pushspec.lockfile.state import LockState
    from pushspec.plan.calls import Call, CampaignCalls
    from pushspec.tencent.exchange import Sender

INTENT_LIFE = timedelta(seconds=30)
"""How long after its intent a request may still leave."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """Makes attempts for one run.

    Attributes:
        writer: Writes the lockfile.
        sender: Sends requests.
        clock: Tells the time.
        reporter: Is told what is durable.
        check: Raises ``GateClosedError`` while calls of this stage of the campaign may not leave.
    """

    writer: JournalWriter
    sender: Sender
    clock: Clock
    reporter: Reporter
    check: Callable[[CampaignCalls, int], None]

    async def make(self, campaign: CampaignCalls, call: Call, number: int) -> tuple[CallOutcome, Exchange]:
        """Make one attempt and return what became of it, once that is durable.

        A cancelled run finishes the attempt first; the client bounds its time.

        Raises:
            LockError: The lockfile could not be written; without a durable intent nothing was sent.
            Exception: The sender raised; what that means for the call is durable.
        """
        with anyio.CancelScope(shield=True):
            payload = call.body
            intent = self._intent(campaign, call, number, payload)
            await self.writer.write(intent)
            self.reporter.calling(call, number)
            gate = Gate(partial(self._last_check, campaign, call.stage, intent, payload), now=self.clock.now)
            try:
                exchange = await self.sender.send(call.endpoint.path, payload, gate)
            except Exception as error:  # our own mistake: recorded by what the gate saw, then it goes on
                await self._record_fault(call, number, gate, error)
                raise
            outcome = classify(call.endpoint, exchange)
            if call.is_private:
                outcome = _without_accounts(outcome, call, self.writer.state)
            await self.writer.write(outcome_record(call.key, number, outcome, exchange))
            outcome = outcome.of_call_to(len(call.accounts))
            self.reporter.settled(call, number, outcome)
        return outcome, exchange

    async def _record_fault(self, call: Call, number: int, gate: Gate, error: Exception) -> None:
        """Close the intent of a request that a mistake of ours ended: the gate knows whether it left."""
        gate.shut()
        text = phrase("pushspec failed while sending the request ({kind})", kind=type(error).__name__)
        exchange = Exchange(case="failed", text=text, left_at=gate.left_at, ended_at=self.clock.now())
        outcome = classify(call.endpoint, exchange)
        await self.writer.write(outcome_record(call.key, number, outcome, exchange))

    def _intent(self, campaign: CampaignCalls, call: Call, number: int, payload: bytes) -> Intent:
        return Intent(
            campaign=campaign.campaign_key,
            key=call.key,
            attempt=number,
            endpoint=call.endpoint.name,
            msg_random=call.msg_random,
            data_id=call.data_id,
            payload_sha256=sha256_hex(payload),
            accounts=len(call.accounts),
            not_after=self.clock.now() + INTENT_LIFE,
        )

    def _last_check(self, campaign: CampaignCalls, stage: int, intent: Intent, payload: bytes) -> None:
        if self.clock.now() > intent.not_after:
            raise GateClosedError(
                "deadline", phrase("connecting took longer than {seconds} s", seconds=INTENT_LIFE.seconds)
            )
        self.check(campaign, stage)
        check_leaving(self.writer.state, intent, payload)


def outcome_record(
    key: str, attempt: int, outcome: CallOutcome, exchange: Exchange
) -> Sent | NotSent | Unknown:
    """Return the record that says what became of an attempt."""
    match outcome.state:
        case CallState.SENT:
            return Sent(
                key=key,
                attempt=attempt,
                **asdict(outcome.ids),
                refused=_as_text(outcome),
                left_at=exchange.left_at or exchange.ended_at,
                answered_at=exchange.ended_at,
            )
        case CallState.REFUSED | CallState.NOT_SENT:
            return NotSent(
                key=key,
                attempt=attempt,
                refused_by_service=outcome.state is CallState.REFUSED,
                code=outcome.code,
                http_status=outcome.http_status,
                case=outcome.case,
                text=outcome.text,
                refused=_as_text(outcome),
            )
        case CallState.IN_DOUBT:
            return Unknown(
                key=key,
                attempt=attempt,
                code=outcome.code,
                http_status=outcome.http_status,
                case=outcome.case,
                text=outcome.text,
            )
        case CallState.INTENDED | CallState.ABANDONED:
            raise AssertionError(f"no answer means {outcome.state}")
        case _:  # pragma: no cover - mypy proves that no state is left
            assert_never(outcome.state)


def _without_accounts(outcome: CallOutcome, call: Call, state: LockState) -> CallOutcome:
    """Return an outcome that names nobody, neither among the refused nor in the service's words."""
    journal = state.header.journal if state.header is not None else ""
    text = outcome.text
    for account in call.accounts if text else ():
        if account in text:  # a phrase that names nobody stays one, in every language
            text = text.replace(account, "***")
    refused = {
        code: tuple(hidden_account(account, journal) for account in accounts)
        for code, accounts in outcome.refused.items()
    }
    return replace(outcome, text=text, refused=refused)


def _as_text(outcome: CallOutcome) -> dict[str, list[str]]:
    return {str(code): list(accounts) for code, accounts in outcome.refused.items()}

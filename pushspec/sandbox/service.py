"""Answer one call: access, fault, endpoint, and a line in the stream of calls."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.sandbox.access import Access
from pushspec.sandbox.answers import Body, Refusal, encode
from pushspec.sandbox.endpoints.table import ENDPOINTS
from pushspec.sandbox.faults import Faults
from pushspec.sandbox.store.calls import CallRecord
from pushspec.sandbox.store.database import writing

if TYPE_CHECKING:
    from pushspec.sandbox.endpoints.table import Endpoint
    from pushspec.sandbox.faults import Fault
    from pushspec.sandbox.settings import SandboxSettings
    from pushspec.sandbox.state import State

PREFIX = "/v4/"
NO_SUCH_PATH = 60009


@dataclass(frozen=True, slots=True)
class Reply:
    """What the caller gets to see.

    Attributes:
        payload: The answer's bytes.
        fault: What happens to the answer on its way; ``None`` for nothing.
    """

    payload: bytes
    fault: Fault | None = None


class Service:
    """The REST interface, without HTTP around it."""

    def __init__(self, settings: SandboxSettings, state: State) -> None:
        self.state = state
        self.faults = Faults(settings.faults)
        self._access = Access(settings)
        for name, endpoint in ENDPOINTS.items():
            if endpoint.calls_per_second:
                state.rates.allow(name, getattr(settings.limits, endpoint.calls_per_second).value)

    def call(self, method: str, path: str, query: bytes, body: bytes) -> Reply:
        """Do what a call asks for.

        Args:
            method: The HTTP method.
            path: The path from the root.
            query: The raw query string.
            body: The raw body.
        """
        name = path.removeprefix(PREFIX)
        fault = self.faults.next_for(name)
        self.state.remarks = [] if fault is None else [f"fault on demand: {fault.kind}"]
        call = _Call(name, query, body, fault, time.perf_counter())
        try:
            with writing(self.state.connection):
                payload = self._record(call, self._answer(method, call))
        except Refusal as refusal:
            # What a refused call had written is undone; that it was made is not.
            with writing(self.state.connection):
                payload = self._record(call, refusal.body)
        return Reply(payload, fault)

    def _answer(self, method: str, call: _Call) -> Body:
        endpoint = _endpoint(call.name)
        call.caller = self._access.admit(method, call.query, not_admin_code=endpoint.not_admin_code)
        if call.fault is not None and not call.fault.kind.does_the_work:
            return call.fault.refusal
        if endpoint.calls_per_second:
            self.state.rates.admit(call.name, 1, self.state.settings.clock.now())
        return endpoint.answer(self.state, call.name, call.caller, call.body)

    def _record(self, call: _Call, answer: Body) -> bytes:
        payload = encode(answer)
        self.state.calls.add(
            CallRecord(
                at=self.state.settings.clock.now(),
                path=call.name,
                identifier=call.caller,
                request=call.body.decode("utf-8", "replace"),
                answer=payload.decode("utf-8", "replace") if answer else "",
                code=answer.get("ErrorCode"),
                ms=(time.perf_counter() - call.started) * 1000,
                remark="; ".join(self.state.remarks),
            )
        )
        return payload


@dataclass(slots=True)
class _Call:
    """A call in hand; who makes it is known once the signature is."""

    name: str
    query: bytes
    body: bytes
    fault: Fault | None
    started: float
    caller: str = ""


def _endpoint(name: str) -> Endpoint:
    if name not in ENDPOINTS:
        raise Refusal(NO_SUCH_PATH, f"there is no {PREFIX}{name}")
    return ENDPOINTS[name]

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
from pushspec.sandbox.store.database import all_or_nothing, writing

if TYPE_CHECKING:
    from pushspec.sandbox.endpoints.table import Endpoint
    from pushspec.sandbox.faults import Fault
    from pushspec.sandbox.settings import SandboxSettings
    from pushspec.sandbox.state import State

PREFIX = "/v4/"
_NO_SUCH_PATH = 60009


@dataclass(frozen=True, slots=True)
class Outcome:
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

    def call(self, method: str, path: str, query: bytes, body: bytes) -> Outcome:
        """Do what a call asks for.

        Args:
            method: The HTTP method.
            path: The path from the root.
            query: The raw query string.
            body: The raw body.
        """
        started = time.perf_counter()
        name = path.removeprefix(PREFIX)
        fault = self.faults.next_for(name)
        self.state.remarks = [] if fault is None else [f"fault on demand: {fault.kind}"]
        with writing(self.state.connection):
            caller, answer = self._answer(method, name, query, body, fault)
            payload = encode(answer)
            self.state.calls.add(
                CallRecord(
                    at=self.state.settings.clock.now(),
                    path=name,
                    identifier=caller,
                    request=body.decode("utf-8", "replace"),
                    answer=payload.decode("utf-8", "replace") if answer else "",
                    code=answer.get("ErrorCode"),
                    ms=(time.perf_counter() - started) * 1000,
                    remark="; ".join(self.state.remarks),
                )
            )
        return Outcome(payload, fault)

    def _answer(
        self, method: str, name: str, query: bytes, body: bytes, fault: Fault | None
    ) -> tuple[str, Body]:
        caller = ""
        try:
            endpoint = _endpoint(name)
            caller = self._access.admit(method, query, not_admin_code=endpoint.not_admin_code)
            if fault is not None and not fault.kind.does_the_work:
                return caller, fault.refusal
            if endpoint.calls_per_second:
                self.state.rates.admit(name, 1, self.state.settings.clock.now())
            with all_or_nothing(self.state.connection):
                return caller, endpoint.answer(self.state, name, caller, body)
        except Refusal as refusal:
            return caller, refusal.body


def _endpoint(name: str) -> Endpoint:
    if name not in ENDPOINTS:
        raise Refusal(_NO_SUCH_PATH, f"there is no {PREFIX}{name}")
    return ENDPOINTS[name]

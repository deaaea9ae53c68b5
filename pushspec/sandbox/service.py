"""Answer one call: access, fault, endpoint, and a line in the stream of calls."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushspec.sandbox.access import Access
from pushspec.sandbox.answers import Body, Refusal, encode
from pushspec.sandbox.endpoints import ENDPOINTS
from pushspec.sandbox.faults import FaultKind, Faults
from pushspec.sandbox.store.calls import CallRecord
from pushspec.sandbox.store.database import writing

if TYPE_CHECKING:
    from pushspec.sandbox.faults import Fault
    from pushspec.sandbox.settings import SandboxSettings
    from pushspec.sandbox.state import State

PREFIX = "/v4/"
_NO_SUCH_PATH = 60009
_PLAYED = "fault played on demand"


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
            if endpoint.calls_per_second is not None:
                state.rates.allow(name, endpoint.calls_per_second)

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
        with writing(self.state.connection):
            answer, caller = self._answer(method, path, query, body, fault)
            payload = encode(answer)
            self._record(name, caller, body, payload, answer, fault, started)
        return Outcome(payload, fault)

    def _answer(
        self, method: str, path: str, query: bytes, body: bytes, fault: Fault | None
    ) -> tuple[Body, str]:
        caller = ""
        name = path.removeprefix(PREFIX)
        endpoint = ENDPOINTS.get(name) if path.startswith(PREFIX) else None
        try:
            if endpoint is None:
                raise Refusal(_NO_SUCH_PATH, f"there is no {path}")
            caller = self._access.admit(method, query, not_admin_code=endpoint.not_admin_code)
            if fault is not None and fault.kind is FaultKind.ERROR:
                raise Refusal(fault.code, _PLAYED)
            if fault is not None and not fault.kind.does_the_work:
                return {}, caller
            return endpoint.answer(self.state, name, caller, body), caller
        except Refusal as refusal:
            return refusal.body, caller

    def _record(
        self,
        name: str,
        caller: str,
        body: bytes,
        payload: bytes,
        answer: Body,
        fault: Fault | None,
        started: float,
    ) -> None:
        self.state.calls.add(
            CallRecord(
                at=self.state.settings.clock.now(),
                path=name,
                identifier=caller,
                request=body.decode("utf-8", "replace"),
                answer=payload.decode("utf-8", "replace") if answer else "",
                code=answer.get("ErrorCode"),
                ms=(time.perf_counter() - started) * 1000,
                remark="" if fault is None else str(fault.kind),
            )
        )

"""A project in a folder of its own, and a service on loopback that answers as a test says."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock, patch

import pytest
from serving import Door, serving
from workbench import Outcome, Project, campaign_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from simulation.places import Place

SECRET = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
APP = 1_400_000_001
ASKING = "/v4/timpush/all_member_push_"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
"""When the lockfiles of tests were begun: before any moment that a test sets the clock to."""


@dataclass
class Received:
    """One request as it arrived."""

    path: str
    query: dict[str, str]
    body: dict[str, Any]


@dataclass
class PushService:
    """Records requests and answers them; ``answer`` may be replaced by a test.

    Attributes:
        received: Requests that send.
        asked: Requests that ask for statistics and traces.
        ahead_s: How far its clock is ahead of the real one.
    """

    url: str = ""
    ahead_s: float = 0
    received: list[Received] = field(default_factory=list)
    asked: list[Received] = field(default_factory=list)
    answer: Callable[[Received], dict[str, Any] | int | bytes] = lambda _: {}

    def reply(self, request: Received) -> dict[str, Any] | int | bytes:
        """Return the answer's fields over a plain success, an HTTP status, or all bytes of the answer."""
        told = self.answer(request)
        if isinstance(told, int | bytes):
            return told
        if told.get("ErrorCode"):
            return {"ActionStatus": "FAIL", "ErrorInfo": "refused", "TaskId": ""} | told
        plain = {"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": ""}
        started = (
            {"MsgKey": f"key-{len(self.received)}", "MsgId": "id"}
            if request.path.endswith("batchsendmsg")
            else {"TaskId": f"task-{len(self.received)}"}
        )
        return plain | started | told


@pytest.fixture
def push_service() -> Iterator[PushService]:
    """A real server on loopback."""
    service = PushService()

    class PushDoor(Door):
        def do_POST(self) -> None:  # noqa: N802 - the library's own name
            path, _, query = self.path.partition("?")
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            request = Received(path, dict(pair.split("=", 1) for pair in query.split("&")), body)
            (service.asked if path.startswith(ASKING) else service.received).append(request)
            reply = service.reply(request)
            with contextlib.suppress(ConnectionError):  # who waited for less has hung up
                self.write_reply(reply)

        def write_reply(self, reply: dict[str, Any] | int | bytes) -> None:
            if isinstance(reply, bytes):
                self.wfile.write(reply)
                self.close_connection = True
                return
            data = b"" if isinstance(reply, int) else json.dumps(reply).encode()
            self.send_response(reply if isinstance(reply, int) else 200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string((timestamp or time.time()) + service.ahead_s)

    with serving(PushDoor) as service.url:
        yield service


@dataclass(frozen=True)
class ServedProject(Project):
    """A project whose environment ``test`` is a real server on loopback."""

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "pushspec", *arguments],
            cwd=self.root,
            env=dict(os.environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def apply(self, *arguments: str) -> Outcome:
        """Plan, and apply what was planned."""
        return self.run("apply", "--confirm", self.plan_json()["digest"], *arguments)

    def configure(self, *lines: str) -> None:
        """Add lines to the environment ``test`` of the project file."""
        text = (self.root / "pushspec.yaml").read_text()
        added = "".join(f"    {line}\n" for line in lines)
        self.write({"pushspec.yaml": text.replace("    secret_key", f"{added}    secret_key", 1)})

    def keep_lock_at(self, lock: str) -> None:
        """Keep the lockfile elsewhere from the start; the one that the fixture began goes."""
        text = re.sub(r"    lock: .*\n", "", (self.root / "pushspec.yaml").read_text())
        self.write({"pushspec.yaml": text})
        self.configure(f"lock: '{lock}'")
        (self.root / "pushspec.test.lock").unlink(missing_ok=True)

    def states(self) -> dict[str, str]:
        """Return the state of each campaign by its name."""
        return {campaign["name"]: campaign["state"] for campaign in self.plan_json()["campaigns"]}

    def lockfile(self, environment: str = "test") -> list[dict[str, Any]]:
        """Return the records of a lockfile."""
        lines = (self.root / f"pushspec.{environment}.lock").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def kinds(self, environment: str = "test") -> list[str]:
        """Return the kinds of a lockfile's records."""
        return [record["record"] for record in self.lockfile(environment)]


def kill_while_sending(project: ServedProject, service: PushService) -> None:
    """Apply in a process of its own, and kill it when its first request has come."""
    process = project.start("apply", "--confirm", project.plan_json()["digest"])

    def kill(request: Received) -> dict[str, Any]:
        del request
        process.kill()
        return {}

    service.answer = kill
    process.communicate(timeout=60)
    service.answer = lambda _: {}


def on_a_terminal(
    answer: bytes, *arguments: str, meanwhile: Callable[[], object] | None = None
) -> tuple[int, str]:
    """Run a command on a terminal of its own and answer each question, after something happened meanwhile."""
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, "-m", "pushspec", *arguments])
    shown = b""
    answered = 0
    while True:
        try:
            more = os.read(terminal, 4_096)
        except OSError:
            break
        if not more:
            break
        shown += more
        if shown.count(b"[y/N]: ") + shown.count(b" to send: ") > answered:
            if meanwhile is not None:
                meanwhile()
            os.write(terminal, answer)
            answered += 1
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown.decode()


@pytest.fixture
def project(tmp_path: Path, push_service: PushService, monkeypatch: pytest.MonkeyPatch) -> ServedProject:
    """A project whose environment ``test`` is the push service."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PUSH_SECRET", SECRET)
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv(
        "PUSHSPEC_ONLINE", "1"
    )  # this person reads remote lockfiles; test_trust is about others
    text = f"""\
apiVersion: pushspec/v1
kind: Project
name: acme-push
default_environment: test
environments:
  test:
    sdk_app_id: {APP}
    base_url: {push_service.url}
    secret_key: {{env: PUSH_SECRET}}
  sandbox: {{sandbox: true}}
"""
    served = ServedProject(tmp_path)
    served.write({"pushspec.yaml": text})
    with patch("pushspec.clock.datetime", Mock(now=LONG_AGO.astimezone)):
        served.run("lock", "init").assert_ok()
    return served


@pytest.fixture
def address(project: ServedProject, request: pytest.FixtureRequest) -> Callable[[str, str], str]:
    """Return a function that gives a lockfile of a kind, and a name, as the project file names it."""
    for arguments in (
        ["init", "-q"],
        ["init", "--bare", "-q", "remote"],
        ["remote", "add", "origin", "remote"],
    ):
        subprocess.run(["git", *arguments], cwd=project.root, check=True, capture_output=True, env=os.environ)

    def made(kind: str, name: str) -> str:
        place: Place = request.getfixturevalue(f"{kind}_place")
        match kind:
            case "file":
                return f"{name}.lock"
            case "git":
                return f"git+branch:{name}"
            case _:
                return f"{place.address()[0]}-{name}"

    return made


@pytest.fixture
def campaign() -> Callable[..., str]:
    """Return a function that writes a campaign to everyone; keys with None are left out."""

    def text(name: str = "hello", **keys: str | None) -> str:
        usual = {
            "audience": "{everyone: true}",
            "notification": f"{{title: Hello from {name}, desc: World}}",
        }
        return campaign_text(name, **{key: value or "" for key, value in (usual | keys).items()})

    return text


@dataclass
class Machine:
    """A machine whose clock goes on from wherever a test has put it, and the service's with it."""

    service: PushService
    ahead: timedelta = timedelta()

    def now(self, zone: tzinfo) -> datetime:
        return datetime.now(UTC).astimezone(zone) + self.ahead

    def wait(self, **span: float) -> None:
        self._set(self.ahead + timedelta(**span))

    def go_to(self, moment: str) -> None:
        """Set the clock to a moment with its offset."""
        self._set(datetime.fromisoformat(moment) - datetime.now(UTC))

    def _set(self, ahead: timedelta) -> None:
        self.ahead = ahead
        self.service.ahead_s = self.ahead.total_seconds()


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, push_service: PushService) -> Machine:
    """The clock of the command line."""
    machine = Machine(push_service)
    monkeypatch.setattr("pushspec.clock.datetime", machine)
    return machine

"""Ctrl-C, SIGTERM, a closed terminal, a reader that went away: real processes, really told to stop."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pushspec.cli.signals import Interruption

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cli.kit import PushService, Received, ServedProject

    CampaignText = Callable[..., str]

PUSHSPEC = Path(sys.executable).with_name("pushspec")
WITHIN_S = 14
"""Twice what the specification allows, for a machine that is busy; planning would take longer still. Where a
run may wait for something, its words say whether it did, and its alarm is tested alone."""
PATIENCE_S = 300
SLOW_TEMPLATE = "{% for a in range(999) %}" * 3 + "{% endfor %}" * 3
NAMES = ("a", "b", "c", "d")


@dataclass
class Run:
    """A running ``pushspec`` whose words are read as they come."""

    process: subprocess.Popen[str]

    def until(self, words: str) -> str:
        """Read stderr until it has said something; return all that was read."""
        said = ""
        assert self.process.stderr is not None
        while words not in said:
            line = self.process.stderr.readline()
            assert line, f"it ended without saying {words!r}: {said}"
            said += line
        return said

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def end(self, within_s: float = PATIENCE_S) -> tuple[int, str, str]:
        """Wait for the end; return exit code, stdout and the rest of stderr."""
        out, err = self.process.communicate(timeout=within_s)
        return self.process.returncode, out, err


@pytest.fixture
def start(project: ServedProject) -> Iterator[Callable[..., Run]]:
    """Start the installed command in the project; whatever still runs at the end is killed."""
    runs: list[Run] = []

    def start(*arguments: str, **options: Any) -> Run:
        piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
        runs.append(Run(subprocess.Popen([PUSHSPEC, *arguments], cwd=project.root, **piped)))
        return runs[-1]

    yield start
    for run in runs:
        run.process.kill()
        run.process.communicate()


class Held:
    """An answer of the service that waits until a test lets it go."""

    def __init__(self) -> None:
        self.arrived = threading.Event()
        self.release = threading.Event()

    def __call__(self, request: Received) -> dict[str, Any]:
        del request
        self.arrived.set()
        self.release.wait(PATIENCE_S)
        return {}


@pytest.fixture
def held(push_service: PushService) -> Iterator[Held]:
    """The service keeps every answer back."""
    held = Held()
    push_service.answer = held
    yield held
    held.release.set()


@pytest.fixture
def four(project: ServedProject, campaign: CampaignText) -> str:
    """Write four campaigns and return the digest of their plan."""
    project.write({f"campaigns/{name}.yaml": campaign(name) for name in NAMES})
    digest: str = project.plan_json()["digest"]
    return digest


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (signal.SIGINT, "Ctrl-C"),
        (signal.SIGTERM, "SIGTERM"),
        (signal.SIGHUP, "the terminal was closed"),
    ],
)
def test_the_first_signal_lets_the_call_under_way_finish(
    project: ServedProject,
    push_service: PushService,
    start: Callable[..., Run],
    held: Held,
    four: str,
    number: signal.Signals,
    name: str,
) -> None:
    """No new call, no lost answer, no lock left behind; people read at once what is waited for."""
    run = start("apply", "--confirm", four)
    held.arrived.wait(PATIENCE_S)
    run.signal(number)
    told = run.until("at once.")
    held.release.set()
    code, out, err = run.end()

    assert code == 130, err
    assert f"Stopping ({name}): no new calls. Waiting for the answer to a@1" in told.replace("\n", " ")
    assert "Applied: 1 call sent, 3 left." in out
    assert "Stopped on request; the lock is free." in out
    assert out.endswith("Next: pushspec apply -e test   # sends what is left, and nothing twice\n")
    assert len(push_service.received) == 1
    assert project.kinds()[-3:] == ["sent", "end", "close"]
    assert project.apply().code == 0
    assert len({request.body["MsgRandom"] for request in push_service.received}) == 4


def test_a_silent_service_does_not_keep_a_run_from_stopping_in_time(
    project: ServedProject, start: Callable[..., Run], held: Held, four: str
) -> None:
    """CI kills seven and a half seconds after it asks: by then the doubt is on disk and the lock is free."""
    run = start("apply", "--confirm", four)
    held.arrived.wait(PATIENCE_S)
    run.signal(signal.SIGTERM)
    code, out, err = run.end()

    assert code == 5, err
    assert "? a@1 is IN DOUBT" in out
    assert "Next: pushspec apply -e test   # campaigns in doubt wait until settled" in out
    assert project.kinds()[-2:] == ["unknown", "close"]


def test_a_second_signal_ends_at_once_and_says_what_state_is_left(
    project: ServedProject, push_service: PushService, start: Callable[..., Run], held: Held, four: str
) -> None:
    """Whoever is impatient gets the truth: this call is in doubt now, and the lock is still taken."""
    run = start("apply", "--confirm", four)
    held.arrived.wait(PATIENCE_S)
    run.signal(signal.SIGINT)
    run.until("at once.")
    run.signal(signal.SIGINT)
    code, _, err = run.end()

    assert code == 130
    said = " ".join(err.split())
    assert "Stopped at once: 0 sent in this run." in said
    assert "? a@1 was under way: sent once, or not at all. Its intent is in the lockfile" in said
    assert "The lock is held until " in said
    assert said.endswith("Next: pushspec status -e test")
    assert project.kinds()[-1] == "intent"
    assert project.run("unlock", "--why", "it was stopped").code == 5
    assert project.states() == {"a": "in doubt", "b": "send", "c": "send", "d": "send"}
    assert len(push_service.received) == 1


def test_a_stop_whose_outcome_could_not_be_recorded_does_not_call_the_lock_free(
    project: ServedProject, start: Callable[..., Run], held: Held, four: str
) -> None:
    """Whoever reads that would start the next run at once, and wonder."""
    run = start("apply", "--confirm", four)
    held.arrived.wait(PATIENCE_S)
    run.signal(signal.SIGINT)
    run.until("at once.")
    (project.root / "pushspec.test.lock").unlink()
    held.release.set()
    code, out, err = run.end()

    assert code == 8, err
    assert "Stopped on request.\n" in out
    assert "has disappeared" in out
    assert "the lock is free" not in out


def test_a_signal_at_the_very_end_sets_no_alarm_that_kills(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its handler is gone by the time it rings, and then it ends the process with a code of its own."""
    set_alarm = signal.setitimer

    def set_alarm_and_be_told(which: int, seconds: float) -> None:
        set_alarm(which, seconds)
        if seconds == 0:
            signal.raise_signal(signal.SIGTERM)

    interruption = Interruption(first_text=str, last_text=str)
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    monkeypatch.setattr(signal, "setitimer", set_alarm_and_be_told)
    try:
        with interruption.heeded():
            pass
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    finally:
        set_alarm(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_sets_the_alarm_that_ends_the_process(number: signal.Signals) -> None:
    """CI kills seven and a half seconds after it asks, and half a second is for the interpreter's own end."""
    before = signal.signal(number, signal.SIG_DFL)
    try:
        with Interruption(first_text=str, last_text=str).heeded():
            signal.raise_signal(number)
            assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= 6.5
    finally:
        signal.signal(number, before)


def test_a_terminal_that_closes_is_told_twice_and_stops_once(
    start: Callable[..., Run], held: Held, four: str
) -> None:
    """The shell and the system both say that it closed; that is no impatience."""
    run = start("apply", "--confirm", four)
    held.arrived.wait(PATIENCE_S)
    run.signal(signal.SIGHUP)
    run.until("at once.")
    run.signal(signal.SIGHUP)
    held.release.set()
    code, out, _ = run.end()

    assert code == 130
    assert "Applied: 1 call sent, 3 left." in out


def test_a_run_under_nohup_outlives_its_terminal(
    push_service: PushService, start: Callable[..., Run], held: Held, four: str
) -> None:
    """Who starts it so wants it to go on."""
    run = start("apply", "--confirm", four, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    held.arrived.wait(PATIENCE_S)
    run.signal(signal.SIGHUP)
    held.release.set()

    assert run.end()[0] == 0
    assert len(push_service.received) == 4


def test_waiting_for_the_rate_is_given_up(
    project: ServedProject, start: Callable[..., Run], campaign: CampaignText
) -> None:
    """A wait of a minute is no reason to keep anybody waiting."""
    content = {
        "endpoint": "openim/batchsendmsg",
        "from": "administrator",
        "notification": None,
        "message": "[text: Hi]",
    }
    project.configure("limits: {batchsendmsg_messages_per_minute: 1}")
    project.write(
        {
            f"campaigns/{name}.yaml": campaign(name, audience=f"{{accounts: [{name}]}}", **content)
            for name in "ab"
        }
    )
    run = start("apply", "--confirm", project.plan_json()["digest"])
    run.until("waiting until ")
    run.signal(signal.SIGINT)
    code, out, err = run.end()

    assert code == 130, err
    assert "Applied: 1 call sent, 1 left." in out
    assert project.kinds()[-1] == "close"


@pytest.fixture
def slow(project: ServedProject, campaign: CampaignText) -> Callable[[], None]:
    """Return a function that makes planning take long: each text runs to the limit of its time."""

    def write() -> None:
        project.write(
            {
                f"campaigns/slow-{number}.yaml": campaign(
                    f"slow-{number}", notification=f"{{title: '{SLOW_TEMPLATE}', desc: '{number}'}}"
                )
                for number in range(20)
            }
        )

    return write


def test_planning_is_broken_off_at_once(
    project: ServedProject, push_service: PushService, start: Callable[..., Run], slow: Callable[[], None]
) -> None:
    """Nothing is under way yet, so nothing is waited for, and no process is left that renders on."""
    slow()
    run = start("apply", "--confirm", "0" * 12)
    worker = _first_child(run.process.pid)
    run.signal(signal.SIGTERM)
    code, _, err = run.end(within_s=WITHIN_S)

    assert (code, err) == (130, "Stopped. Nothing was sent.\n")
    _wait_for(lambda: _is_gone(worker))
    assert project.kinds() == ["header"]
    assert push_service.received == []


STOPPED_AT_A_START = """
import signal, sys
from pushspec.cli.main import main

workers = 0

def stop(event, arguments):
    global workers
    if event == "subprocess.Popen" and "pushspec.spec.template_worker" in arguments[1]:
        workers += 1
        if workers == {worker}:
            try:
                signal.raise_signal(signal.SIGTERM)
            except KeyboardInterrupt:
                {answer}

sys.addaudithook(stop)
main()
"""
"""A command that is told to stop as its first or second template process starts."""
IN_A_GROUP = "raise BaseExceptionGroup('in tasks', [KeyboardInterrupt()])"


@pytest.mark.parametrize("worker", [1, 2], ids=["planning", "planning under the lock"])
@pytest.mark.parametrize("answer", ["raise RuntimeError", IN_A_GROUP, "pass"])
def test_a_stop_is_heeded_although_code_under_way_hides_it(
    project: ServedProject, push_service: PushService, four: str, worker: int, answer: str
) -> None:
    """A KeyboardInterrupt in a class statement is a RuntimeError, in tasks a group; a finalizer drops it."""
    code = STOPPED_AT_A_START.format(worker=worker, answer=answer)
    command = [sys.executable, "-c", code, "apply", "--confirm", four]

    ended = subprocess.run(command, cwd=project.root, capture_output=True, text=True, timeout=PATIENCE_S)

    assert (ended.returncode, ended.stderr.splitlines()[-1]) == (130, "Stopped. Nothing was sent.")
    assert push_service.received == []
    assert worker == 1 or project.kinds() == ["header", "open", "close"]


def test_a_stop_that_a_finalizer_swallows_does_not_wait_for_the_end_of_planning(
    project: ServedProject, slow: Callable[[], None]
) -> None:
    """Twenty slow campaigns would take longer than a CI runner waits before it kills."""
    slow()
    code = STOPPED_AT_A_START.format(worker=1, answer="pass")
    command = [sys.executable, "-c", code, "plan"]

    ended = subprocess.run(command, cwd=project.root, capture_output=True, text=True, timeout=WITHIN_S)

    assert (ended.returncode, ended.stderr.strip()) == (130, "Stopped.")


@pytest.mark.parametrize("answer", ["raise RuntimeError", IN_A_GROUP])
def test_a_stop_that_became_an_error_is_no_bug_report(project: ServedProject, four: str, answer: str) -> None:
    """Nobody wants to read of a mistake in pushspec after Ctrl-C."""
    del four
    code = STOPPED_AT_A_START.format(worker=1, answer=answer)
    command = [sys.executable, "-c", code, "plan"]

    ended = subprocess.run(command, cwd=project.root, capture_output=True, text=True, timeout=PATIENCE_S)

    assert (ended.returncode, ended.stderr) == (130, "Stopped.\n")


def test_planning_under_the_lock_is_broken_off_and_the_lock_left(
    project: ServedProject,
    push_service: PushService,
    start: Callable[..., Run],
    campaign: CampaignText,
    slow: Callable[[], None],
) -> None:
    """The second plan is made under the lock; a stop in the middle of it must not hold up the next run."""
    project.write({"campaigns/a.yaml": campaign("a")})
    screen, terminal = pty.openpty()
    run = start("apply", stdin=terminal, stdout=terminal)
    os.close(terminal)
    _read_until(screen, b"taken back")
    slow()
    os.write(screen, b"test\n")
    _wait_for(lambda: (project.root / "pushspec.test.lock").exists() and project.kinds()[-1:] == ["open"])
    _first_child(run.process.pid)
    run.signal(signal.SIGINT)
    assert run.process.stderr is not None
    err = run.process.stderr.read()
    code = run.process.wait(WITHIN_S)
    os.close(screen)

    assert (code, err) == (130, "Stopped. Nothing was sent.\n")
    assert project.kinds() == ["header", "open", "close"]
    assert push_service.received == []


@pytest.mark.parametrize("how", ["Ctrl-C typed", "SIGTERM"])
def test_at_the_question_a_stop_is_a_no(
    project: ServedProject, push_service: PushService, campaign: CampaignText, how: str
) -> None:
    """Nobody said yes."""
    project.write({"campaigns/a.yaml": campaign("a")})
    child, screen = _on_a_terminal("apply")
    _read_until(screen, b"taken back")
    _wait_for(lambda: "(sleeping)" in Path(f"/proc/{child}/status").read_text())
    if how == "SIGTERM":
        os.kill(child, signal.SIGTERM)
    else:
        os.write(screen, b"\x03")
    rest = _read_until(screen, b"")
    _, status = os.waitpid(child, 0)
    os.close(screen)

    assert os.waitstatus_to_exitcode(status) == 130
    assert b"Stopped. Nothing was sent." in rest
    assert push_service.received == []


@pytest.mark.parametrize("piped", ["stdin", "stdout"])
def test_half_a_terminal_is_nobody_who_could_say_yes(
    project: ServedProject, start: Callable[..., Run], campaign: CampaignText, piped: str
) -> None:
    """`apply | tee log` shows no question, and `yes | apply` is no person."""
    project.write({"campaigns/a.yaml": campaign("a")})
    screen, terminal = pty.openpty()
    ends = {"stdin": terminal, "stdout": terminal} | {piped: subprocess.PIPE}
    run = start("apply", **ends)
    os.close(terminal)

    _, err = run.process.communicate("y\n" if piped == "stdin" else None, PATIENCE_S)
    os.close(screen)

    assert run.process.returncode == 2
    assert "apply asks for confirmation, and there is no terminal" in err


def test_ctrl_c_typed_on_a_terminal_stops_cleanly(
    project: ServedProject, push_service: PushService, held: Held, four: str
) -> None:
    """A terminal tells every process of the command at once, also those that pushspec started."""
    child, screen = _on_a_terminal("apply", "--confirm", four)
    held.arrived.wait(PATIENCE_S)
    os.write(screen, b"\x03")
    shown = _read_until(screen, b"at once.")
    held.release.set()
    shown += _read_until(screen, b"")
    _, status = os.waitpid(child, 0)
    os.close(screen)

    assert os.waitstatus_to_exitcode(status) == 130, shown
    plain = re.sub(rb"\x1b\[\d+m", b"", shown)
    assert b"Stopping (Ctrl-C)" in plain
    assert b"Applied: 1 call sent, 3 left." in plain
    assert project.kinds()[-1] == "close"
    assert len(push_service.received) == 1


def test_a_lockfile_that_hangs_does_not_hold_the_process(
    project: ServedProject, push_service: PushService, start: Callable[..., Run], campaign: CampaignText
) -> None:
    """The remote took the intent and then fell asleep: in time, people read which call is in doubt."""
    _on_a_branch(project)
    project.write({f"campaigns/{name}.yaml": campaign(name) for name in NAMES})
    run = start("apply", "--confirm", project.plan_json()["digest"])
    asleep = _remote_of(project) / "asleep"

    def fall_asleep(request: Received) -> dict[str, Any]:
        del request
        asleep.touch()
        run.signal(signal.SIGTERM)
        return {}

    push_service.answer = fall_asleep
    run.until("at once.")
    code, _, err = run.end()
    asleep.unlink()

    assert code == 130
    said = " ".join(err.split())
    assert "Stopped without waiting any longer: 0 sent in this run." in said
    assert "a@1 was under way" in said
    assert "The lock is held until" in said
    assert len(push_service.received) == 1


def _remote_of(project: ServedProject) -> Path:
    """Return where the remote lies: beside the project, for a remote within its own clone is refused."""
    return project.root.with_name(f"{project.root.name}-remote.git")


def _on_a_branch(project: ServedProject) -> None:
    """Keep the lockfile on a branch of a remote that sleeps while a file lies in it."""
    for arguments in (
        ["init", "-q", "--bare", str(_remote_of(project))],
        ["init", "-q"],
        ["remote", "add", "origin", str(_remote_of(project))],
    ):
        subprocess.run(["git", *arguments], cwd=project.root, check=True)
    hook = _remote_of(project) / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\nwhile [ -e asleep ]; do sleep 0.1; done\n")
    hook.chmod(0o755)
    project.keep_lock_at("git+branch:pushspec/lock/test")
    project.run("lock", "init").assert_ok()


def test_a_reader_that_goes_away_loses_no_record(
    project: ServedProject, push_service: PushService, start: Callable[..., Run], held: Held, four: str
) -> None:
    """`pushspec apply | head -1`: the run was approved, so it goes on; the lockfile has what nobody read."""
    run = start("apply", "--confirm", four)
    held.arrived.wait(PATIENCE_S)
    assert run.process.stdout is not None
    run.process.stdout.close()
    held.release.set()
    assert run.process.stderr is not None
    err = run.process.stderr.read()

    assert run.process.wait(PATIENCE_S) == 0, err
    assert "error" not in err
    assert project.kinds().count("sent") == 4
    assert len(push_service.received) == 4
    assert project.states() == dict.fromkeys(NAMES, "sent")


@pytest.mark.parametrize("command", [["plan"], ["log"], ["status"]])
def test_no_command_minds_that_nobody_reads_on(
    project: ServedProject, start: Callable[..., Run], four: str, command: list[str]
) -> None:
    """`| head` is how people look at the beginning of something long."""
    project.run("apply", "--confirm", four).assert_ok()
    reader, writer = os.pipe()
    os.close(reader)
    run = start(*command, stdout=writer)
    os.close(writer)

    code, _, err = run.end()

    assert (code, err) == (0, "")


def _on_a_terminal(*arguments: str) -> tuple[int, int]:
    """Start the command on a terminal of its own; return its process and the other end."""
    child, screen = pty.fork()
    if child == 0:
        os.execv(PUSHSPEC, [str(PUSHSPEC), *arguments])
    return child, screen


def _read_until(screen: int, words: bytes) -> bytes:
    """Read what a terminal shows until it has shown something, or to its end where that is empty."""
    shown = b""
    while not words or words not in shown:
        try:
            more = os.read(screen, 4_096)
        except OSError:
            break
        if not more:
            break
        shown += more
    return shown


def _first_child(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    _wait_for(lambda: bool(children.read_text().split()))
    return int(children.read_text().split()[0])


def _is_gone(pid: int) -> bool:
    try:
        return "(zombie)" in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return True


def _wait_for(condition: Callable[[], bool]) -> None:
    pause, end = threading.Event(), time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        pause.wait(0.01)

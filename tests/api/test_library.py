"""What a program gets from ``import pushspec``: the promises of the command line, and silence."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import pytest
from workbench import CAMPAIGN, NOON

import pushspec
from pushspec.api.approval import saved_plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench import Project

BACKENDS = ["asyncio", "trio"]
"""The loops of other programs."""
DOCS = Path(__file__).parents[2] / "docs" / "python.md"
SECRET = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
REAL = """\
apiVersion: pushspec/v1
kind: Project
name: acme-push
environments:
  prod: {sdk_app_id: 1400000001, base_url: "http://127.0.0.1:9", secret_key: {env: PUSH_SECRET}}
"""


@pytest.fixture
def hello(project: Project) -> pushspec.LoadedProject:
    """A project with one campaign for everyone, on the sandbox."""
    project.write({"campaigns/hello.yaml": CAMPAIGN})
    return pushspec.load_project(project.root)


def test_each_name_is_there_and_loaded_when_it_is_used() -> None:
    """A program that only reads a lockfile waits for no template engine."""
    code = "import sys, pushspec; print(sorted(name for name in sys.modules if name.startswith('pushspec')))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert loaded == "['pushspec']\n"
    assert all(getattr(pushspec, name) is not None for name in pushspec.__all__)
    assert dir(pushspec) == sorted(pushspec.__all__)
    with pytest.raises(AttributeError, match="no attribute 'load_projekt'"):
        _ = pushspec.load_projekt


def test_type_checkers_see_what_python_loads() -> None:
    """The imports for type checkers, ``__all__`` and the table of modules list the same names."""
    text = Path(pushspec.__file__).read_text(encoding="utf-8")
    block = text[text.index("if TYPE_CHECKING:") : text.index("__version__ =")]
    imported = {
        (module, name)
        for module, names in re.findall(r"from pushspec\.([\w.]+) import (\([^)]*\)|[^\n]*)", block)
        for name in re.findall(r"\w+", names)
    }

    assert imported == {(module, name) for name, module in pushspec._MODULE_OF.items()}
    assert set(pushspec.__all__) == {"__version__", *pushspec._MODULE_OF}


def test_a_plan_tells_states_keys_and_exact_bodies(hello: pushspec.LoadedProject) -> None:
    """A program of somebody else compares them byte for byte with what arrives."""
    plan = pushspec.build_plan(hello, now=NOON)

    (campaign,) = plan.campaigns
    (call,) = campaign.calls()
    assert (campaign.key, campaign.name, campaign.state, campaign.reason) == ("hello@1", "hello", "send", "")
    assert re.fullmatch("[0-9a-f]{64}", campaign.digest)
    assert (call.key, call.path) == ("hello@1", "/v4/timpush/push")
    assert call.body.startswith(b'{"MsgRandom":')
    assert pushspec.build_plan(hello, now=NOON + timedelta(days=1)).digest == plan.digest


def test_an_approved_plan_is_sent_once_and_nothing_is_said(
    hello: pushspec.LoadedProject, capfd: pytest.CaptureFixture[str]
) -> None:
    """A library that prints spoils the output of the program around it."""
    plan = pushspec.build_plan(hello)
    result = pushspec.apply_plan(hello, approval=plan.digest)
    again = pushspec.build_plan(hello)
    nothing = pushspec.apply_plan(hello, approval=again.digest)

    assert (result.sent, result.refused, result.not_sent, result.in_doubt) == (1, 0, 0, 0)
    assert (result.exit_code, nothing.exit_code, nothing.sent) == (0, 0, 0)
    assert [campaign.state for campaign in again.campaigns] == ["sent"]
    state = pushspec.read_lockfile(hello)
    assert state.calls["hello@1"].state is pushspec.CallState.SENT
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("approval", ["", "0" * 64, "prefix"])
def test_only_the_whole_digest_approves(hello: pushspec.LoadedProject, approval: str) -> None:
    """Twelve digits are for people who look at them; a program has them all."""
    digest = pushspec.build_plan(hello).digest

    with pytest.raises(pushspec.RefusedError, match="which was approved"):
        pushspec.apply_plan(hello, approval=digest[:32] if approval == "prefix" else approval)

    assert pushspec.read_lockfile(hello).campaigns == {}


def test_a_saved_plan_approves_what_it_shows_and_nothing_else(
    hello: pushspec.LoadedProject, project: Project, tmp_path: Path
) -> None:
    """A program reads it, and the files may be others by the time it has the lock."""
    saved = tmp_path / "plan.json"
    made_at = datetime.now(UTC)  # apply_plan goes by the clock
    plan = pushspec.build_plan(hello, now=made_at)
    saved.write_text(saved_plan(plan, made_at=made_at, names=(), selectors=()))
    approval = pushspec.load_saved_plan(saved, now=made_at)
    project.write({"campaigns/hello.yaml": CAMPAIGN.replace("Hello", "Others")})

    with pytest.raises(pushspec.RefusedError, match="hello@1 changed after the plan was made"):
        pushspec.apply_plan(hello, approval=approval)

    assert pushspec.read_lockfile(hello).campaigns == {}
    project.write({"campaigns/hello.yaml": CAMPAIGN})
    assert pushspec.apply_plan(hello, approval=approval).sent == 1
    assert pushspec.build_plan(hello).campaigns[0].state == "sent"


def test_a_thread_without_a_loop_may_apply(hello: pushspec.LoadedProject) -> None:
    """Web workers and schedulers run such things beside their main thread."""
    results: list[pushspec.RunResult] = []
    digest = pushspec.build_plan(hello).digest
    thread = threading.Thread(target=lambda: results.append(pushspec.apply_plan(hello, approval=digest)))

    thread.start()
    thread.join()

    assert [result.sent for result in results] == [1]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_coroutine_of_somebody_elses_loop_may_apply(hello: pushspec.LoadedProject, backend: str) -> None:
    """And the loop goes on meanwhile: whatever blocks is in a thread."""
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await anyio.lowlevel.checkpoint()

    async def apply() -> pushspec.RunResult:
        plan = await anyio.to_thread.run_sync(pushspec.build_plan, hello)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(tick)
            result = await pushspec.apply_plan_async(hello, approval=plan.digest)
            tasks.cancel_scope.cancel()
        return result

    assert anyio.run(apply, backend=backend).sent == 1
    assert ticks > 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_in_a_running_loop_the_other_function_is_named(hello: pushspec.LoadedProject, backend: str) -> None:
    """It would block everything else in that loop for hours."""

    async def apply() -> None:
        pushspec.apply_plan(hello, approval="0" * 64)

    with pytest.raises(pushspec.UsageError) as refused:
        anyio.run(apply, backend=backend)

    assert "apply_plan_async" in refused.value.hint


def test_an_error_comes_bare_out_of_a_coroutine(hello: pushspec.LoadedProject) -> None:
    """``except pushspec.RefusedError`` must catch it; a group of it would slip through."""

    async def apply() -> None:
        await pushspec.apply_plan_async(hello, approval="0" * 64)

    with pytest.raises(pushspec.RefusedError):
        anyio.run(apply)


def handlers() -> list[Any]:
    """Return who heeds the signals that end a program."""
    return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)]


class Told(pushspec.SilentReporter):
    """Does something once a call has its outcome, and remembers the signal handlers of that moment."""

    def __init__(self, then: Callable[[], object]) -> None:
        self.then = then
        self.handlers: list[Any] = []

    def settled(self, call: pushspec.Call, attempt: int, outcome: pushspec.CallOutcome) -> None:
        del call, attempt, outcome
        self.handlers = handlers()
        self.then()


def test_a_stop_leaves_the_rest_and_touches_no_signal(project: Project) -> None:
    """The program around it has signal handlers of its own; it says itself when to stop."""
    other = CAMPAIGN.replace("name: hello", "name: other")
    project.write({"campaigns/hello.yaml": CAMPAIGN, "campaigns/other.yaml": other})
    loaded, stop = pushspec.load_project(project.root), pushspec.StopSignal()
    told, before = Told(stop.set), handlers()

    digest = pushspec.build_plan(loaded).digest
    result = pushspec.apply_plan(loaded, approval=digest, reporter=told, stop=stop)

    assert (result.sent, result.left, result.stop, result.exit_code) == (1, 1, pushspec.Stop.INTERRUPTED, 130)
    assert told.handlers == before
    rest = pushspec.build_plan(loaded)
    assert pushspec.apply_plan(loaded, approval=rest.digest).sent == 1


def test_a_cancelled_coroutine_stops_the_run_and_waits_for_it(project: Project) -> None:
    """A call that is under way must be recorded before anybody believes that the run is over."""
    other = CAMPAIGN.replace("name: hello", "name: other")
    project.write({"campaigns/hello.yaml": CAMPAIGN, "campaigns/other.yaml": other})
    loaded = pushspec.load_project(project.root)
    digest = pushspec.build_plan(loaded).digest

    async def apply() -> None:
        with anyio.CancelScope() as scope:
            told = Told(lambda: anyio.from_thread.run_sync(scope.cancel, token=token))
            token = anyio.lowlevel.current_token()
            await pushspec.apply_plan_async(loaded, approval=digest, reporter=told)
        assert scope.cancelled_caught

    anyio.run(apply)

    state = pushspec.read_lockfile(loaded)
    assert [call.state for call in state.calls.values()] == [pushspec.CallState.SENT]
    assert state.run is None


def test_only_the_variable_that_the_project_names_is_read(project: Project) -> None:
    """Whoever embeds this decides what it may see of the environment."""
    project.write({"pushspec.yaml": REAL, "campaigns/hello.yaml": CAMPAIGN})
    asked: list[str] = []

    class Environ(dict[str, str]):
        def __getitem__(self, name: str) -> str:
            asked.append(name)
            return super().__getitem__(name)

        def get(self, name: str, default: Any = None) -> Any:
            asked.append(name)
            return super().get(name, default)

    loaded = pushspec.load_project(project.root)
    pushspec.begin_lockfile(loaded)
    digest = pushspec.build_plan(loaded).digest
    result = pushspec.apply_plan(loaded, approval=digest, environ=Environ(PUSH_SECRET=SECRET))

    assert asked == ["PUSH_SECRET"]
    assert (result.sent, result.not_sent) == (0, 1)  # nothing listens there
    with pytest.raises(pushspec.CredentialsError, match="PUSH_SECRET"):
        pushspec.apply_plan(loaded, approval=digest, environ={})


def test_who_sends_is_what_the_caller_says(hello: pushspec.LoadedProject) -> None:
    """The lockfile names the person of the web page, not the account of its server."""
    told = pushspec.Provenance(holder="ada@console", actor="ada", run_url="https://console.example/runs/7")

    digest = pushspec.build_plan(hello).digest
    pushspec.apply_plan(hello, approval=digest, provenance=told)

    begin = pushspec.read_lockfile(hello).campaigns["hello@1"].begin
    assert (begin.actor, begin.run_url) == ("ada", "https://console.example/runs/7")


def test_a_clock_of_the_callers_is_believed(project: Project) -> None:
    """Tests of other programs, and simulations, live in another time."""
    window = CAMPAIGN + 'schedule: {not_before: "2026-11-21T12:00:00Z", not_after: "2026-11-21T13:00:00Z"}\n'
    project.write({"campaigns/hello.yaml": window})
    loaded = pushspec.load_project(project.root)
    clock = pushspec.SystemClock(read_wall=lambda: NOON)

    plan = pushspec.build_plan(loaded, now=NOON)
    result = pushspec.apply_plan(loaded, approval=plan.digest, clock=clock)

    assert result.sent == 1
    assert pushspec.read_lockfile(loaded).calls["hello@1"].intended_at == NOON


def test_what_changed_in_the_project_file_after_the_approval_counts(
    hello: pushspec.LoadedProject, project: Project
) -> None:
    """A freeze, a policy or another address that came while somebody was asked must not come too late."""
    digest = pushspec.build_plan(hello).digest
    text = (project.root / "pushspec.yaml").read_text()
    sandbox = "sandbox: {sandbox: true}"
    for changed in (
        text + "frozen: wrong text\n",
        text + "policy: {require: [owner]}\n",
        text.replace(sandbox, "sandbox: {sandbox: true, identifier: somebody}"),
        text.replace(sandbox, "sandbox: {sandbox: true, limits: {push_calls_per_day: 1}}"),
        text.replace(sandbox, "other: {sandbox: true}").replace("default_environment: sandbox\n", ""),
        "nonsense",
    ):
        project.write({"pushspec.yaml": changed})
        with pytest.raises(pushspec.RefusedError):
            pushspec.apply_plan(hello, approval=digest)

    project.write({"pushspec.yaml": text})
    assert pushspec.apply_plan(hello, approval=digest).sent == 1


def test_the_examples_of_the_documentation_run(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An example that fails is worse than none."""
    project.write({"acme-push/pushspec.yaml": (project.root / "pushspec.yaml").read_text()})
    project.write({"acme-push/campaigns/hello.yaml": CAMPAIGN})
    monkeypatch.chdir(project.root)
    examples = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), flags=re.DOTALL)
    space: dict[str, Any] = {}

    for example in examples:
        exec(example, space)

    assert "hello@1 send" in capsys.readouterr().out
    assert space["result"].sent == 1
    assert os.environ.get("PUSHSPEC_ENV") is None

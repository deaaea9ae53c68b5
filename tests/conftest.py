"""What all tests share: ``tests/`` on the import path, places for stores, and a project to try things in."""

from __future__ import annotations

import os
import signal
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING

import hypothesis
import pytest
from workbench import COUNTED_PROJECT, FRIDAY, NOON, PROJECT, GoingOn, Project

if TYPE_CHECKING:
    from pathlib import Path

# How quick one example is depends on what else the machine does; speed is measured in benchmarks/.
hypothesis.settings.register_profile(
    "pushspec", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("pushspec")

# Instants are shown in the zone of the machine, and golden files are the same on every machine.
os.environ["TZ"] = "UTC"
# Texts are compared in English, whatever the locale of the machine.
os.environ["LC_ALL"] = "C.UTF-8"
os.environ.pop("PUSHSPEC_LANG", None)
# apply warns of a file lockfile in CI; the tests of that set the variable themselves.
os.environ.pop("CI", None)
time.tzset()

pytest_plugins = ["simulation.places"]

# Their tests take what `make test-engines` brings: a Spark and its client, and the engine of ClickHouse.
collect_ignore = [
    f"engines/test_{name}.py"
    for name, package in (("spark", "pyspark"), ("clickhouse", "chdb"))
    if not find_spec(package)
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--golden``, which rewrites the golden files instead of comparing with them."""
    parser.addoption("--golden", action="store_true", help="rewrite the files in tests/golden")


@pytest.hookimpl(optionalhook=True)  # the mutation run loads no plugin
def pytest_xdist_auto_num_workers() -> int:
    """Return two workers a core: half of its time a test waits for a disk, a rate or another process."""
    return 2 * (os.cpu_count() or 1)


@pytest.fixture(autouse=True, scope="session")
def _children_heed_signals() -> None:
    """Let the processes of tests be stopped where this one ignores it, as ``nohup make test &`` does.

    A program that is started takes over what is ignored, and gets the default for all that is handled.
    """
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with the sandbox as its only environment, and no campaign yet; commands begin at noon."""
    monkeypatch.setattr("pushspec.clock.datetime", GoingOn(NOON))
    for variable in ("COLUMNS", "PUSHSPEC_ENV", "PUSHSPEC_PROJECT"):
        monkeypatch.delenv(variable, raising=False)
    return Project(tmp_path).write({"pushspec.yaml": PROJECT})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project that knows its users, on a Friday; it has no campaign and no policy yet."""
    monkeypatch.setattr("pushspec.clock.datetime", GoingOn(FRIDAY))
    return Project(tmp_path, text=COUNTED_PROJECT, now=FRIDAY).write({"pushspec.yaml": COUNTED_PROJECT})

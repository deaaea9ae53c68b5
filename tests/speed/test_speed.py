"""What keeps pushspec quick: nothing is loaded, asked or waited for without need. Nothing here is timed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks import people

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
HEAVY = ("pydantic", "jinja2", "yaml", "httpx", "rich", "asyncio")

MODULES_AFTER = """
import sys
from pushspec.cli.main import run
code = run(sys.argv[2:])
loaded = [name for name in sys.argv[1].split(",") if name in sys.modules]
sys.exit(f"loads {loaded}" if loaded else code)
"""

WITHOUT_A_NETWORK = """
import sys
def refuse(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind"}:
        raise SystemExit(f"plan reaches out: {event}")
sys.addaudithook(refuse)
from pushspec.cli.main import run
sys.exit(run(sys.argv[1:]))
"""


def run_python(code: str, *arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run code in an interpreter of its own, which has loaded nothing yet."""
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project of the benchmark, with five campaigns."""
    folder = tmp_path_factory.mktemp("benchmark") / "five"
    code = "import sys; from pathlib import Path; from benchmarks.example import write_project as write"
    done = run_python(f"{code}; write(Path(sys.argv[1]), 5)", str(folder))
    assert done.returncode == 0, done.stderr
    return folder


def test_a_campaign_of_the_benchmark_has_forty_lines(five: Path) -> None:
    """The figures are given for that size."""
    sizes = [len(path.read_text("utf-8").splitlines()) for path in (five / "campaigns").iterdir()]

    assert sizes == [40] * 5


@pytest.mark.parametrize("arguments", [["--help"], ["plan", "--help"], ["apply", "--help"], ["--version"]])
def test_asking_for_help_loads_click_alone(arguments: Sequence[str]) -> None:
    """Shells complete and people look up by calling it; a third of a second each time is felt."""
    done = run_python(MODULES_AFTER, ",".join(HEAVY), *arguments)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_a_plan_loads_neither_the_http_client_nor_an_event_loop(five: Path) -> None:
    """A plan sends nothing, so it needs nothing that sends."""
    done = run_python(MODULES_AFTER, "httpx,asyncio,anyio,jinja2", "plan", folder=five)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_plan_sends_no_request(five: Path) -> None:
    """What a pull request runs must not reach out, and what does not reach out cannot be slow to answer."""
    done = run_python(WITHOUT_A_NETWORK, "plan", folder=five)

    assert (done.returncode, done.stderr) == (0, "")
    assert "Plan: 5 to send" in done.stdout


@pytest.mark.parametrize("benchmark", ["plan", "help"])
def test_the_benchmarks_run(benchmark: str) -> None:
    """A figure in the documentation is worth something only while anybody can measure it again."""
    sizes = ["--campaigns", "5"] if benchmark == "plan" else []
    command = [sys.executable, "-m", f"benchmarks.{benchmark}", "--rounds", "1", *sizes]
    without_terraform = {name: value for name, value in os.environ.items() if name != "PATH"} | {"PATH": ""}

    done = subprocess.run(
        command, cwd=ROOT, env=without_terraform, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "| ratio of wall time |" in done.stdout
    assert ("Terraform is not installed here" in done.stdout) is (benchmark == "plan")


COUNTS = """
import json, sys
from pathlib import Path
from benchmarks.audience import write_list
from benchmarks.parts import counts
print(json.dumps(counts(write_list(Path(sys.argv[1]), 25_001))))
"""


def test_the_benchmark_of_parts_counts_what_its_page_says(tmp_path: Path) -> None:
    """A plan makes the calls that it shows, and an apply one a call; the page says so of a longer list."""
    done = run_python(COUNTS, str(tmp_path / "list"))

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "its calls": 51,
        "made by the plan": 0,
        "made by its text with bodies": 1,
        "made by its JSON": 2,
        "made by its apply": 51,
    }


def test_the_benchmark_of_people_finds_what_its_floor_finds(tmp_path: Path) -> None:
    """A ratio compares the same work."""
    people.write_people(tmp_path, 250)

    assert people.ours(tmp_path) == people.floor(tmp_path) == 13

"""A plain ``pip install pushspec`` brings no web server: what works without one, and what says so."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from workbench import CAMPAIGN, PROJECT

from pushspec.sandbox.extra import LIBRARIES

if TYPE_CHECKING:
    from pathlib import Path

    from workbench import Project

PLAIN = """
import sys
{blocked}
from pushspec.cli.main import main
main()
"""


def run_without(
    *libraries: str, folder: Path, arguments: tuple[str, ...]
) -> subprocess.CompletedProcess[str]:
    """Run ``pushspec`` as if libraries were not installed."""
    script = PLAIN.format(blocked="\n".join(f"sys.modules[{name!r}] = None" for name in libraries))
    command = [sys.executable, "-W", "error", "-c", script, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def test_the_embedded_sandbox_needs_no_web_server(project: Project) -> None:
    """A sender in CI installs none, and the first project of a new user must still plan and apply."""
    project.write({"pushspec.yaml": PROJECT, "campaigns/hello.yaml": CAMPAIGN})

    def plain(*arguments: str) -> str:
        done = run_without(*LIBRARIES, folder=project.root, arguments=arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    digest = json.loads(plain("plan", "--format", "json"))["digest"]
    plain("apply", "--confirm", digest)

    assert "reached   Hello | A word to all" in plain("sandbox", "inbox", "rong")
    assert json.loads(plain("plan", "--format", "json"))["campaigns"][0]["state"] == "sent"


@pytest.mark.parametrize("library", LIBRARIES)
def test_serving_says_what_to_install(tmp_path: Path, library: str) -> None:
    """With the very command, and without a traceback."""
    done = run_without(library, folder=tmp_path, arguments=("sandbox", "serve", "--port", "0"))

    assert done.returncode == 2
    assert f"serving the sandbox needs {library}, which is not installed" in done.stderr
    assert 'pip install "pushspec[sandbox]"' in done.stderr
    assert "Traceback" not in done.stderr

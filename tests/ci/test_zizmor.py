"""The workflow files, ours and those that ``init`` writes, as a scanner for their weaknesses sees them."""

from __future__ import annotations

import subprocess
import sysconfig
from importlib import resources
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ZIZMOR = Path(sysconfig.get_path("scripts")) / "zizmor"
TEMPLATES = resources.files("pushspec.cli") / "templates" / "init"


def scan(*files: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ZIZMOR), "--offline", "--no-config", "--no-progress", "--color", "never", *map(str, files)],
        capture_output=True,
        text=True,
    )


def copied(name: str, folder: Path) -> Path:
    """Put a template where ``init`` writes it."""
    path = folder / ".github" / "workflows" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text((TEMPLATES / name).read_text(encoding="utf-8"), encoding="utf-8")
    return path


def test_the_workflows_that_init_writes_are_clean(tmp_path: Path) -> None:
    """They run beside the key of somebody's app."""
    done = scan(*(copied(name, tmp_path) for name in ("workflow.yml", "comment.yml")))

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["action.yml", ".github/workflows/ci.yml"])
def test_our_own_are_clean(name: str) -> None:
    """The action is run by others, and the checks guard what they get."""
    done = scan(ROOT / name)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_scanner_would_find_something(tmp_path: Path) -> None:
    """A scanner that looks at nothing is always content."""
    path = copied("workflow.yml", tmp_path)
    path.write_text(
        path.read_text(encoding="utf-8").replace('--base "$BASE"', "--base ${{ github.head_ref }}")
    )

    done = scan(path)

    assert done.returncode != 0
    assert "template-injection" in done.stdout

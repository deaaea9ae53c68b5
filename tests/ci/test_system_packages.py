"""What ``make test`` installs where something is missing, beside whatever else the machine installs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts/system-packages"
APT = """\
#!/bin/bash
echo "$*" >> asked
case "$*" in *update*) [ "$(grep -c update asked)" -gt {busy} ] || exit 100 ;; esac
"""


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine of which we see nothing but what the script itself needs."""
    for name in ("bash", "grep", "id"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    for name, text in {"sudo": '#!/bin/bash\nexec "${@:2}"\n', "sleep": "#!/bin/bash\n"}.items():
        _program(tmp_path / name, text)
    return tmp_path


def _program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def _run(machine: Path, *packages: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", SCRIPT, *packages], cwd=machine, env={"PATH": str(machine)}, capture_output=True, text=True
    )


def test_what_is_missing_is_installed_when_another_apt_is_done(machine: Path) -> None:
    """A machine that has just started updates itself, and `make test` is no reason to fail."""
    _program(machine / "apt-get", APT.format(busy=3))

    ended = _run(machine, "jq", "strace")

    asked = (machine / "asked").read_text().splitlines()
    assert (ended.returncode, ended.stderr) == (0, "Installing jq strace\n")
    assert [line.split()[5] for line in asked] == ["update"] * 4 + ["install"]
    assert "DPkg::Lock::Timeout=600" in asked[-1]
    assert asked[-1].endswith("jq strace")


def test_without_apt_it_says_what_to_install(machine: Path) -> None:
    """Other systems have the same programs under other names."""
    ended = _run(machine, "jq")

    assert ended.returncode == 0
    assert ended.stderr == "Please install: jq. Tests that need them fail without.\n"


def test_what_is_there_is_left_alone(machine: Path) -> None:
    """The usual case costs nothing and asks nobody."""
    _program(machine / "apt-get", APT.format(busy=0))
    _program(machine / "jq", "#!/bin/bash\n")

    ended = _run(machine, "jq")

    assert (ended.returncode, ended.stderr) == (0, "")
    assert not (machine / "asked").exists()

"""What holds the house together: commands, versions, pins and layers say the same thing everywhere."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

import pushspec
from pushspec.cli.main import COMMANDS, root

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NARROW = 80


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command by what one types for it, groups and their commands included."""
    pending: list[tuple[str, click.Command]] = [("", root)]
    while pending:
        name, command = pending.pop()
        yield name, command
        if isinstance(command, click.Group):
            context = click.Context(command)
            for below in command.list_commands(context):
                found = command.get_command(context, below)
                assert found is not None
                pending.append((f"{name} {below}".strip(), found))


@cache
def command_names() -> list[str]:
    """Return every command's name; the root's is empty."""
    return sorted(name for name, _ in commands())


def command_named(name: str) -> click.Command:
    """Return one command."""
    return dict(commands())[name]


def files_of_the_repository() -> list[Path]:
    """Return what git keeps or would keep."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout.decode()
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file()]


def summary_of(command: click.Command) -> str:
    """Return the first paragraph of a command's docstring on one line."""
    return " ".join((command.help or "").split("\n\n")[0].split())


@pytest.mark.parametrize("name", COMMANDS)
def test_a_commands_summary_is_its_docstrings_first_line(name: str) -> None:
    """`pushspec --help` prints the table without loading the commands, so the two can drift apart."""
    assert summary_of(command_named(name)) == COMMANDS[name]


@pytest.mark.parametrize("name", command_names())
def test_help_fits_a_narrow_terminal(name: str) -> None:
    """Half of all terminals are a split window."""
    shown = CliRunner().invoke(root, [*name.split(), "--help"], prog_name="pushspec", terminal_width=NARROW)

    assert shown.exit_code == 0, shown.output
    assert [line for line in shown.output.splitlines() if len(line) > NARROW] == []


@pytest.mark.parametrize("name", command_names())
def test_every_option_says_what_it_does(name: str) -> None:
    """An option without a word of help is one that nobody dares to use."""
    options = [option for option in command_named(name).params if isinstance(option, click.Option)]

    assert [option.opts for option in options if not option.help] == []


@pytest.mark.parametrize("name", command_names())
def test_every_argument_is_explained(name: str) -> None:
    """A usage line names arguments; only the text below it says what they are."""
    command = command_named(name)
    arguments = [argument for argument in command.params if isinstance(argument, click.Argument)]
    words = {argument.make_metavar(click.Context(command)).strip("[].").lower() for argument in arguments}
    text = (command.help or "").lower()

    assert {word for word in words if "|" not in word and word not in text} == set()


def test_the_reference_is_what_the_commands_say() -> None:
    """Whoever adds an option and forgets the docs is told so here; `make reference` writes them."""
    printed = subprocess.run(
        [sys.executable, ROOT / "scripts" / "reference"], check=True, capture_output=True
    ).stdout.decode()

    assert (ROOT / "docs" / "commands.md").read_text(encoding="utf-8") == printed


@pytest.mark.parametrize("page", ["rules.md", "policies.md", "rules.zh-CN.md", "policies.zh-CN.md"])
def test_explain_carries_the_pages_as_they_are(page: str) -> None:
    """An installed pushspec has no docs/; `make reference` copies the pages into the package."""
    carried = (ROOT / "pushspec" / "api" / "pages" / page).read_bytes()

    assert carried == (ROOT / "docs" / page).read_bytes()


def test_the_versions_are_in_step() -> None:
    """One number of pushspec, one of Python, wherever they stand."""
    oldest = PROJECT["project"]["requires-python"].removeprefix(">=")
    shown = CliRunner().invoke(root, ["--version"], prog_name="pushspec").output

    assert shown == f"pushspec, version {pushspec.__version__}\n"
    assert PROJECT["tool"]["mypy"]["python_version"] == oldest
    assert PROJECT["tool"]["ruff"]["target-version"] == "py" + oldest.replace(".", "")
    assert f"Programming Language :: Python :: {oldest}" in PROJECT["project"]["classifiers"]
    assert f"({oldest.replace('.', ', ')})" in (ROOT / "scripts" / "venv").read_text(encoding="utf-8")
    assert f"Python {oldest}" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"Python {oldest}" in (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")


def test_the_layers_hold() -> None:
    """A folder imports only what stands below it, and the sandbox checks what our models make by itself."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout


def test_every_pinned_package_has_a_hash_and_no_address() -> None:
    """What is installed for the tests is what was chosen, wherever it is downloaded from."""
    pins = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    packages = re.split(r"^(?=[a-z])", re.sub(r"^ *#.*\n", "", pins, flags=re.MULTILINE), flags=re.MULTILINE)

    assert len(packages) > 1
    assert all("--hash=sha256:" in package for package in packages if package.strip())
    assert "://" not in pins


def test_the_pins_are_of_what_the_project_asks_for() -> None:
    """A dependency that was added and not pinned would be missing in a fresh environment."""
    files = [ROOT / "requirements" / name for name in ("dev.txt", "engines.txt")]
    pins = "".join(file.read_text(encoding="utf-8") for file in files)
    pinned = set(re.findall(r"^([a-z0-9-]+)==", pins, flags=re.MULTILINE))
    asked = [*PROJECT["project"]["dependencies"]]
    for name, extra in PROJECT["project"]["optional-dependencies"].items():
        if name not in {"source-snowflake", "source-bigquery"}:  # no test has an account there
            asked += extra

    assert {re.split(r"[\[<>=!~ ]", requirement.lower())[0] for requirement in asked} <= pinned


IGNORED = re.compile(r"# (?:noqa: [A-Z0-9, ]+|type: ignore\[[\w, -]+\])(?P<reason>.*)$")
BROAD = re.compile(r"^ *except (?:\(.*\b)?(?:Base)?Exception\b|^ *except:")


def unreasoned(lines: list[str]) -> Iterator[int]:
    """Yield the lines that switch a check off, or catch everything, without a comment on or beside them."""
    for number, line in enumerate(lines):
        ignored = IGNORED.search(line)
        says = bool(re.search(r"\w{2}", ignored["reason"])) if ignored else "#" in line
        beside = "".join(lines[max(number - 2, 0) : number] + lines[number + 1 : number + 2])
        if (ignored or BROAD.search(line)) and not says and "# " not in beside:
            yield number + 1


def test_whoever_switches_a_check_off_says_why() -> None:
    """An ignored finding and a caught-all error look alike, whether somebody thought about them or not."""
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in files_of_the_repository()
        if path.suffix == ".py"
        for line in unreasoned(path.read_text(encoding="utf-8").splitlines())
    ]

    assert found == []


# Each has a letter in brackets, so that this file is not one of those that it looks for.
FOREIGN = {
    "a folder of somebody's machine": r"(?<![\w.~-])/(?:hom[e]|User[s]|roo[t]|wor[k]|op[t])/\w",
    "a package registry": r"pypi[.]org|pythonhoste[d]|registry[.]npmjs",
    "a folder beside the repository": r"[.][.]/share[d]\b|\bshare[d]/(?:api|design|style)",
    "an unfinished thing": r"# *(?:TOD[O]|FIXM[E])\b",
    "a test that does not test": r"mark[.](?:ski[p]|xfai[l])|pytest[.](?:ski[p]|xfai[l])\(|assert Tru[e]\b",
}


@pytest.mark.parametrize("what", FOREIGN)
def test_the_repository_holds_nothing_foreign(what: str) -> None:
    """What is true on one machine only, or not done, has no place here."""
    found = []
    for path in files_of_the_repository():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(ROOT)}: {line.strip()[:100]}"
            for line in text.splitlines()
            if re.search(FOREIGN[what], line)
        ]

    assert found == []


def test_the_repository_holds_nothing_large() -> None:
    """What a run left behind stays in every clone for good."""
    large = [path for path in files_of_the_repository() if path.stat().st_size > 500_000]

    assert large == []

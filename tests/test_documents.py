"""What the documents say is what the code does, and every link in them leads somewhere."""

from __future__ import annotations

import re
import shlex
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from pushspec.cli.main import COMMANDS, root
from pushspec.exit_codes import ExitCode
from pushspec.lockfile import records

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
ENGLISH, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
PAGES = sorted(page.relative_to(ROOT).as_posix() for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def command_lines(text: str) -> Iterator[list[str]]:
    """Yield the words after ``pushspec`` of every command line in a page's code."""
    for block in re.findall(r"```(?:sh|console|bash|text|yaml)?\n(.*?)```", text, flags=re.DOTALL):
        for line in re.findall(r"^(?:\$ |\s*run: |\s*)pushspec ([a-z-].*)$", block, flags=re.MULTILINE):
            yield words_of(line)
    for code in re.findall(r"`pushspec ([a-z-][^`\n]*)`", text):
        yield words_of(code)


def words_of(line: str) -> list[str]:
    """Return the words of a command line up to its comment or pipe."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:  # prose with an apostrophe
        words = line.split()
    ends = [index for index, word in enumerate(words) if word in {"|", "&&", ">", "||", "…", "or"}]
    return words[: min(ends, default=len(words))]


@pytest.mark.parametrize("page", PAGES)
def test_command_lines_in_the_documents_exist(page: str) -> None:
    """People copy them as they stand."""
    for words in command_lines((ROOT / page).read_text(encoding="utf-8")):
        command: click.Command = root
        flags = list(words)
        while flags and isinstance(command, click.Group) and not flags[0].startswith("-"):
            found = command.get_command(click.Context(command), flags.pop(0))
            assert found is not None, words
            command = found
        known = {name for option in command.params for name in option.opts} | {
            "-h",
            "--help",
            "-V",
            "--version",
        }
        assert {word.split("=")[0] for word in flags if word.startswith("-")} <= known, words


def test_what_the_readme_says_is_missing_is_missing() -> None:
    """An honest list that was not kept is the opposite."""
    for readme, title in ((ENGLISH, "## What is not there yet"), (CHINESE, "## 还没有的")):
        listed = readme.read_text(encoding="utf-8").split(title)[1].split("\n## ")[0]
        assert set(re.findall(r"`([a-z]+)`", listed)) & set(COMMANDS) == set()


def headings(text: str) -> list[int]:
    """Return the levels of a page's headings in order."""
    outside = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return [len(match) for match in re.findall(r"^(#+) ", outside, flags=re.MULTILINE)]


def code_blocks(text: str) -> list[str]:
    """Return a page's code without the comments of its shell lines."""
    blocks = re.findall(r"```(\w+)\n(.*?)```", text, flags=re.DOTALL)
    return [re.sub(r" +#.*", "", body) if kind == "sh" else body for kind, body in blocks]


def links(text: str) -> list[str]:
    """Return where a page's links lead."""
    outside = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return re.findall(r"\]\(([^)\s]+)\)", outside)


def test_both_readmes_say_the_same() -> None:
    """A page that is translated once and never again misleads half of its readers."""
    english, chinese = ENGLISH.read_text(encoding="utf-8"), CHINESE.read_text(encoding="utf-8")

    assert headings(english) == headings(chinese)
    assert code_blocks(english) == code_blocks(chinese)
    assert [link for link in links(english) if "README" not in link] == [
        link for link in links(chinese) if "README" not in link
    ]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """A dead link is where a reader gives up."""
    dead = []
    for link in links((ROOT / page).read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        target = ((ROOT / page).parent / path).resolve() if path else ROOT / page
        if "://" not in link and not (target.exists() and (not anchor or anchor in anchors(target))):
            dead.append(link)

    assert dead == []


def anchors(page: Path) -> set[str]:
    """Return the anchors that a page's headings make."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_index_names_every_document() -> None:
    """A page that the index forgets is a page that nobody finds."""
    for folder in (ROOT / "docs", ROOT / "docs" / "adr"):
        named = {Path(link).name for link in links((folder / "README.md").read_text(encoding="utf-8"))}
        assert {page.name for page in folder.glob("*.md")} - {"README.md"} <= named


def test_the_exit_codes_are_those_of_the_code() -> None:
    """Scripts rely on the table."""
    table = (ROOT / "docs" / "exit-codes.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \|.*\| `(\w+)` \|$", table, flags=re.MULTILINE)

    assert [(int(code), name) for code, name in rows] == [(code.value, code.name) for code in ExitCode]


def record_kinds() -> list[type[records.Record]]:
    """Return every kind of record that a lockfile can hold."""
    kinds = [
        kind for kind in vars(records).values() if isinstance(kind, type) and issubclass(kind, records.Record)
    ]
    return [kind for kind in kinds if isinstance(kind.model_fields["record"].default, str)]


@pytest.mark.parametrize("kind", record_kinds(), ids=lambda kind: str(kind.model_fields["record"].default))
def test_every_record_of_the_lockfile_is_explained(kind: type[records.Record]) -> None:
    """An audit log that only its authors can read is none."""
    page = (ROOT / "docs" / "lockfile.md").read_text(encoding="utf-8")
    name = kind.model_fields["record"].default
    section = page.split(f"### `{name}`\n")[1].split("\n### ")[0].split("\n## ")[0]
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", section, flags=re.MULTILINE)
    explained = {key for row in rows for key in re.findall(r"\w+", row)}

    assert explained == set(kind.model_fields) - set(records.Record.model_fields)


def test_the_keys_of_every_record_are_explained() -> None:
    """The keys that all records share stand in one table."""
    page = (ROOT / "docs" / "lockfile.md").read_text(encoding="utf-8")
    section = page.split("## Keys of every record")[1].split("\n## ")[0]

    assert re.findall(r"^\| `(\w+)`", section, flags=re.MULTILINE) == [*records.Record.model_fields, "crc"]


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    """A change that users notice needs somewhere to be written down."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert "\n## [Unreleased]\n" in changelog


@pytest.mark.parametrize("page", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_modules_that_a_page_names_exist(page: str) -> None:
    """A map of the code that lags behind it leads astray."""
    text = (ROOT / page).read_text(encoding="utf-8")
    named = set(re.findall(r"`(pushspec/[\w/]+(?:\.py|/))`", text))

    assert named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


FOLDERS = sorted({str(path.parent.relative_to(ROOT)) for path in (ROOT / "pushspec").rglob("*.py")})


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_map_names_every_module_of_a_folder(folder: str) -> None:
    """Whoever looks for the place of a change starts there; a new module gets a word in its folder's line."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    lines = re.findall(rf"^\| `{re.escape(folder)}/` \|(.*)\|$", page, flags=re.MULTILINE)
    named = [name for line in lines for name in re.findall(r"`([\w*]+)`", line)]
    modules = {path.stem for path in (ROOT / folder).glob("*.py")} - {"__init__"}

    assert len(lines) == 1
    assert {module for module in modules if not any(fnmatch(module, name) for name in named)} == set()
    assert {name for name in named if not any(fnmatch(module, name) for module in modules)} == set()

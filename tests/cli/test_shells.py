"""Tab in the real shells: bash, zsh and fish complete what somebody begins to type."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Self

import pytest
from workbench import CAMPAIGN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cli.kit import PushService, ServedProject

MOST_S = 60
LINES = {
    "pushspec recall spring-s": "pushspec recall spring-sale",
    "pushspec plan -e sand": "pushspec plan -e sandbox",
    "pushspec resolve hel": "pushspec resolve hello@1",
    "pushspec explain 7010": "pushspec explain 70107",
}
"""What is typed before Tab, and what stands there after it."""


@pytest.fixture
def shop(project: ServedProject, push_service: PushService) -> ServedProject:
    """A project with two campaigns and a call in doubt."""
    project.write({"campaigns/hello.yaml": CAMPAIGN})
    push_service.answer = lambda _: 502
    project.apply()
    project.write({"campaigns/sale.yaml": CAMPAIGN.replace("name: hello", "name: spring-sale")})
    return project


@pytest.fixture
def environ(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """A home without anybody's settings, in which ``pushspec`` is this one."""
    home = tmp_path_factory.mktemp("home")
    program = home / "pushspec"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m pushspec "$@"\n')
    program.chmod(0o755)
    own = {"HOME": str(home), "ZDOTDIR": str(home), "TERM": "dumb", "PATH": f"{home}:{os.environ['PATH']}"}
    return os.environ | own


def test_bash_completes(shop: ServedProject, environ: Mapping[str, str]) -> None:
    """The script is read, Tab is pressed, the words are there."""
    script = 'eval "$(pushspec completion bash)"\n' + "".join(
        f"COMPREPLY=() COMP_WORDS=({line}) COMP_CWORD={line.count(' ')}\n"
        '_pushspec_completion pushspec\nprintf "%s\\n" "${COMPREPLY[*]}"\n'
        for line in LINES
    )

    assert _said(["bash", "--norc", "-c", script], shop.root, environ) == _last_words()


def test_fish_completes(shop: ServedProject, environ: Mapping[str, str]) -> None:
    """Fish tells what it would show for a line."""
    script = "pushspec completion fish | source\n" + "".join(f'complete -C "{line}"\n' for line in LINES)

    said = _said(["fish", "--no-config", "-c", script], shop.root, environ)

    assert [line.partition("\t")[0] for line in said] == _last_words()


def test_zsh_completes(shop: ServedProject, environ: Mapping[str, str]) -> None:
    """A terminal, and the keys that somebody presses in it: Tab, and Home to look at the line."""
    with _Zsh(shop.root, environ) as zsh:
        zsh.enter("autoload -Uz compinit && compinit -u -D")
        zsh.enter('eval "$(pushspec completion zsh)"')
        completed = [zsh.complete(line) for line in LINES]

    assert completed == list(LINES.values())


def _last_words() -> list[str]:
    return [line.split()[-1] for line in LINES.values()]


def _said(command: list[str], folder: Path, environ: Mapping[str, str]) -> list[str]:
    done = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=MOST_S, check=True
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


class _Zsh:
    """An interactive zsh in a terminal of its own."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        ours, theirs = pty.openpty()
        self._terminal = ours
        self._process = subprocess.Popen(
            ["zsh", "-f", "-i"],
            cwd=folder,
            env=dict(environ) | {"PROMPT": ""},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait(MOST_S)
        os.close(self._terminal)

    def enter(self, line: str) -> None:
        """Type a line, and wait until it has run."""
        self._number += 1
        self._type(f"{line}; print done-{self._number}-$?\n")
        self._read_until(f"done-{self._number}-0")

    def complete(self, line: str) -> str:
        """Type the beginning of a line and Tab, and return the line that stands there."""
        self._number += 1
        mark = f"line-{self._number}"
        # Home, End: the line becomes an argument of print, so that nothing of it runs.
        self._type(f"{line}\t\x01print -r -- '{mark}<\x05>'\n")
        shown = self._read_until(f"\n{mark}<", ">")
        return shown.rpartition(f"{mark}<")[2].partition(">")[0].strip()

    def _type(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    def _read_until(self, *marks: str) -> str:
        """Return what is shown up to marks that follow one another."""
        shown, end = "", time.monotonic() + MOST_S
        while not _in_order(shown, marks):
            left = end - time.monotonic()
            assert left > 0, f"zsh shows {shown!r}"
            if select.select([self._terminal], [], [], left)[0]:
                shown += os.read(self._terminal, 65_536).decode(errors="replace").replace("\r", "")
        return shown


def _in_order(text: str, marks: tuple[str, ...]) -> bool:
    for mark in marks:
        _, found, text = text.partition(mark)
        if not found:
            return False
    return True

"""Plays files with real processes that are killed: the command line in one, the sandbox in another.

``machine.py`` makes death up, at the steps it knows of. Here the kernel kills, wherever the process is. In
``tests/``, ``python -m oracle.killed`` starts what forks one real command line for each order on its input.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oracle.draw_shares import is_to_accounts
from oracle.generate import draw_history
from oracle.history import as_yaml, from_yaml
from oracle.judge import BrokenPromiseError, content_of
from oracle.people import PEOPLE
from oracle.service import SECRET
from oracle.wishes import is_campaign, read_wishes
from pushspec.sandbox.background import running
from pushspec.sandbox.settings import SandboxSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from oracle.wishes import Wish
    from pushspec.sandbox.remote import RemoteSandbox

APP = 1_400_000_001
_DEATHS = 3
_NEEDED = ("pushspec.cli.apply", "pushspec.cli.plan", "pushspec.api.running", "pushspec.views.plan_text")
_TIMED = ("schedule", "rollout", "exceptions")
"""What needs a clock that can be set; the other histories play it."""


class Forge:
    """Starts real command lines in a folder, one at a time, and kills them."""

    def __init__(self, folder: Path) -> None:
        environ = {**os.environ, "ORACLE_KEY": SECRET, "PYTHONPATH": str(Path(__file__).parents[1])}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "oracle.killed"],
            cwd=folder,
            env={name: value for name, value in environ.items() if name != "CI"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )

    def run(self, *arguments: str, at_most_s: float | None = None) -> int:
        """Return a command's exit code; it is killed where it lives longer than that."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(arguments).encode() + b"\n")
        pid = int(self._process.stdout.readline())
        if not select.select([self._process.stdout], [], [], at_most_s)[0]:
            with suppress(ProcessLookupError):  # it ended in this very moment
                os.kill(pid, signal.SIGKILL)
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the process that starts the others."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@contextmanager
def forge(folder: Path) -> Iterator[Forge]:
    """Open a forge in a folder."""
    opened = Forge(folder)
    try:
        yield opened
    finally:
        opened.close()


def play_killed(seed: int) -> int:
    """Play the files of a seed with runs that are killed, then one that is not; return how many died.

    Raises:
        BrokenPromiseError: Somebody got something twice, or was forgotten, or it is not what the files say.
    """
    chance, files = random.Random(f"killed {seed}"), draw_history(seed).files
    with tempfile.TemporaryDirectory(prefix="pushspec-killed-") as folder, _service() as sandbox:
        root, tree = Path(folder), dict(_untimed(files, sandbox.base_url))
        for path, data in tree.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        wishes = read_wishes(tree, from_yaml(tree["pushspec.yaml"]), "prod")
        if not wishes or any(wish.faults or wish.doubts or wish.has_idle_exclude for wish in wishes):
            return 0  # the other histories look at what is wrong with files
        with forge(root) as commands:
            commands.run("lock", "init", "-e", "prod")
            begun_s = time.monotonic()
            commands.run("plan", "-e", "prod", "-o", "plan.json")
            longest_s = 2 * (time.monotonic() - begun_s)  # an apply of so few takes little longer
            ends = [
                commands.run("apply", "plan.json", at_most_s=chance.uniform(0, longest_s))
                for _ in range(_DEATHS)
            ]
            last = commands.run("apply", "plan.json")
        _judge(wishes, sandbox, last)
    return ends.count(-signal.SIGKILL)


@contextmanager
def _service() -> Iterator[RemoteSandbox]:
    settings = SandboxSettings(database=":memory:", sdk_app_id=APP, secret_key=SECRET, populate=False)
    with running(settings) as sandbox:
        for person in PEOPLE:
            sandbox.call("im_open_login_svc/account_import", {"UserID": person.account})
        yield sandbox


def _untimed(files: Mapping[str, bytes], url: str) -> Iterator[tuple[str, bytes]]:
    """Yield the files without what needs another clock, and without pushes of which each takes a second."""
    for path, data in files.items():
        if path == "pushspec.yaml":
            project = from_yaml(data)
            prod = {"sdk_app_id": APP, "base_url": url, "secret_key": {"env": "ORACLE_KEY"}}
            kept = {name: value for name, value in project.items() if name not in {"policy", "approvals"}}
            yield path, as_yaml(kept | {"environments": {"prod": prod}})
        elif not is_campaign(path):
            yield path, data
        elif is_to_accounts(from_yaml(data)):
            spec = {name: value for name, value in from_yaml(data).items() if name not in _TIMED}
            yield path, as_yaml(spec | {"environments": ["prod"]})


def _judge(wishes: list[Wish], sandbox: RemoteSandbox, code: int) -> None:
    """Hold what arrived against the files; what was in doubt when a run died may be missing.

    A saved plan of which everything was sent ends with 6, since there is nothing left to confirm.
    """
    reached: dict[tuple[str, str], set[str]] = defaultdict(set)
    for call in sandbox.calls():
        if call["code"] == 0 and call["path"] != "im_open_login_svc/account_import":
            _take(wishes, call["path"], json.loads(call["request"]), reached)
    people = {person.account for person in PEOPLE}
    named = {account for wish in wishes for text in wish.texts for account in text.accounts or ()}
    # The service refuses whom it does not know, and the run that sends to them says so by 7.
    if code not in {0, 5, 6} | ({7} if named - people else set()):
        raise BrokenPromiseError("exit", f"{code} where nothing is wrong")
    for wish in wishes if code != 5 else ():
        for text in wish.texts:
            if left := set(text.accounts or ()) - reached[wish.name, text.variant + text.identity]:
                raise BrokenPromiseError("missing", f"{wish.name} never came to {sorted(left)}")


def _take(
    wishes: list[Wish], path: str, body: dict[str, Any], reached: dict[tuple[str, str], set[str]]
) -> None:
    people = set(body["To_Account"])
    said = [
        (wish.name, text)
        for wish in wishes
        for text in wish.texts
        if (text.path, text.body) == (path, content_of(body)) and people <= set(text.accounts or ())
    ]
    if not said:
        raise BrokenPromiseError("bytes", f"no file says this to these people: {body}")
    new = [(name, text) for name, text in said if not people & reached[name, text.variant + text.identity]]
    if not new:
        raise BrokenPromiseError("twice", f"{said[0][0]} went to {sorted(people)} again")
    reached[new[0][0], new[0][1].variant + new[0][1].identity] |= people


def main() -> None:
    """Fork a real command line for each order: say its id at once, and how it ended."""
    from pushspec.cli.main import run

    for name in _NEEDED:  # once, and not in each child
        import_module(name)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            with Path("said.txt").open("ab") as said:
                for descriptor in (1, 2):
                    os.dup2(said.fileno(), descriptor)
            os._exit(run(json.loads(line)))
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()

"""Plays a history with the real command line; in ``tests/``, ``python -m oracle.play --seed N`` does."""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from oracle.approvals import SIGNERS, Approvals, key_of, signers
from oracle.beside import act_beside
from oracle.history import (
    Apply,
    Approve,
    Change,
    Continue,
    Folder,
    Freeze,
    History,
    Plan,
    Recall,
    Stop,
    SwapPlan,
    Try,
    Wait,
    from_yaml,
)
from oracle.judge import BrokenPromiseError, Run, UnknowableError, View, judge, written
from oracle.ledger import Ledger
from oracle.lockfiles import SOUND, UNKNOWABLE, Journals, quota_is_unread
from oracle.machine import Fate, Machine
from oracle.people import PEOPLE
from oracle.repository import Repository
from oracle.service import SECRET, Services
from oracle.standing import Scene, Standing, standings
from oracle.wishes import is_campaign, read_wishes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from oracle.history import Edit, Step, Tree
    from oracle.machine import Ended
    from oracle.wishes import Wish

Tally = Counter[str]
"""What happened, by a word."""

APPS = {9001: 1_400_000_001, 9002: 1_400_000_002}
SAVED = "plan.json"
_IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""What a power cut would leave is proved elsewhere; here nothing has to reach a disk."""
_KILLED_FOR_S = 90
"""A person looks for a moment before the next run; the lease of the dead one is over then."""


@dataclass
class Approval:
    """What the last ``Plan`` showed."""

    view: View
    digest: str
    names: tuple[str, ...]


@dataclass
class Player:
    """Plays one history in a folder."""

    folder: Folder
    machine: Machine
    services: Services
    tally: Tally
    ledgers: dict[int, Ledger] = field(default_factory=lambda: {app: Ledger() for app in APPS.values()})
    journals: Journals = field(default_factory=Journals)
    frozen: set[str] = field(default_factory=set)
    approvals: Approvals = field(default_factory=Approvals)
    approval: Approval | None = None
    swapped: bool = False

    def play(self, history: History) -> None:
        """Let a history happen and judge each run.

        Raises:
            BrokenPromiseError: A promise does not hold.
        """
        for path, data in history.files.items():
            self.folder.write(path, data)
        if "approvals" in self._project():
            self.folder.write(SIGNERS, signers())
        if history.in_git:
            self.folder.repository = Repository(self.folder.root)
        for environment in self._project()["environments"]:
            self.command("lock", "init", "-e", environment)
        for step in history.steps:
            self.folder.remember()
            self.happen(step)

    def happen(self, step: Step) -> None:
        """Let one step happen."""
        match step:
            case Change(edits):
                self.folder.edit(edits)
            case Wait(seconds):
                self.machine.wait(seconds)
            case Freeze():
                self._freeze(step)
            case Plan(environment, names):
                self._plan(environment, names, "-o", SAVED)
            case SwapPlan():
                self._swap_plan()
            case Approve():
                self._approve(step)
            case Stop() | Continue() | Try() | Recall():
                act_beside(self, step)
            case Apply():
                self._apply(step)

    def command(self, *arguments: str, fate: Fate | None = None) -> Ended:
        """Run a command and see what it wrote."""
        ended = self.machine.run(list(arguments), fate)
        self.journals.follow(self.folder.tree())
        if ended.code == 3:
            raise BrokenPromiseError("bug", f"{arguments}: {ended.err}")
        return ended

    def view(self, environment: str, names: Sequence[str]) -> View | None:
        """Return what the files say now; None where nobody can read them."""
        tree, project = self.folder.tree(), self._project()
        if environment not in project["environments"]:
            return None
        app = project["environments"][environment]["sdk_app_id"]
        scene = Scene(
            project=project,
            environment=environment,
            names=frozenset(from_yaml(data)["name"] for path, data in tree.items() if is_campaign(path)),
            ledger=self.ledgers[app],
            is_frozen=environment in self.frozen,
            now=self.machine.now(),
            approved_by=partial(self._approved_by, tree, environment),
        )
        lock, why = self.journals.verdict(tree, project, environment, self.folder.repository)
        if lock == UNKNOWABLE:
            raise UnknowableError(why)
        wishes = [wish for wish in read_wishes(tree, project, environment) if not names or wish.name in names]
        stand = standings(wishes, scene)
        if quota_is_unread(tree, project, environment):
            stand = [
                Standing(one.wish, "blocked", "the quota cannot be read", is_sure=False) for one in stand
            ]
        return View(tree, scene.now, scene, stand, lock, why)

    def _approved_by(self, tree: Tree, environment: str, wish: Wish) -> tuple[int, int]:
        head = {} if self.folder.repository is None else self.folder.repository.head
        return self.approvals.people(wish, environment, (written(tree), head), self.machine.now())

    def _project(self) -> dict[str, Any]:
        project: dict[str, Any] = from_yaml((self.folder.root / "pushspec.yaml").read_bytes())
        return project

    def _plan(self, environment: str, names: Sequence[str], *options: str) -> Ended:
        self.approval, self.swapped = None, False
        view = self.view(environment, names)
        ended = self.command("plan", "-e", environment, "--format", "json", *options, *names)
        if view is not None and ended.out.lstrip().startswith("{"):
            self.approval = Approval(view, json.loads(ended.out)["digest"], tuple(names))
        return ended

    def _swap_plan(self) -> None:
        """Take the campaigns of a newer plan into the approved one, under the old digest."""
        approved = self.approval
        path = self.folder.root / SAVED
        if approved is None or not path.is_file():
            return
        old = json.loads(path.read_text())
        self._plan(approved.view.scene.environment, (), "-o", SAVED)
        new = json.loads(path.read_text()) if path.is_file() else old
        path.write_text(json.dumps(old | {"campaigns": new["campaigns"]}))
        self.approval, self.swapped = approved, old["campaigns"] != new["campaigns"]

    def _freeze(self, step: Freeze) -> None:
        ended = self.command("freeze", "wrong text", "-e", step.environment, *(["--off"] if step.off else []))
        if ended.code == 0:
            (self.frozen.discard if step.off else self.frozen.add)(step.environment)

    def _approve(self, step: Approve) -> None:
        view = self.view(step.environment, [step.name])
        key = str(key_of(step.approver))
        ended = self.command("approve", step.name, "-e", step.environment, "--key", key)
        if ended.code == 0 and view is not None:
            trees = written(view.tree), self.folder.tree()
            for stands in view.standings:
                self.approvals.remember(
                    stands.wish, step.environment, step.approver, trees, self.machine.now()
                )

    def _apply(self, step: Apply) -> None:
        if step.approval in {"fresh", "terminal", "approved"} or self.approval is None:
            ended = self._plan(step.environment, step.names, "-o", SAVED)
            self._check_refusal(step, ended)
        approved = self.approval
        if approved is None:
            return
        if step.approval == "saved":
            step = replace(step, names=approved.names, environment=approved.view.scene.environment)
        if step.moment == "before":
            self._meanwhile(step.meanwhile)
        seen: list[View | None] = []
        fate = self._fate(step, seen)
        self.services.replies, self.services.latency_s = list(step.replies), step.latency_s
        before, dials = len(self.services.arrivals), len(self.services.dials)
        started = self.view(step.environment, step.names)
        ended = self.command(*self._arguments(step, approved), fate=fate)
        now = seen[0] if seen else started
        if now is None:
            return
        now.scene.ledger.tries += self.services.dials[dials:]
        if ended.is_killed:
            now.scene.ledger.tries.append(self.machine.now())
        kind = step.approval if step.approval in {"saved", "approved"} else "digest"
        arrivals = self.services.arrivals[before:]
        self._check_swapped(step, arrivals)
        self.tally.update(runs=1, killed=ended.is_killed, requests=len(arrivals), refused=not arrivals)
        is_edited = step.approval == "saved" and self.swapped
        if not arrivals and not now.scene.names.issuperset(step.names):
            return  # a campaign that does not exist is refused, whatever else the files say
        judge(Run(approved.view, now, kind, arrivals, ended, self.machine.now(), is_edited))
        if ended.is_killed:
            self.machine.wait(_KILLED_FOR_S)

    def _check_refusal(self, step: Apply, ended: Ended) -> None:
        """Check that a plan is refused only where something is wrong with the files."""
        if self.approval is not None:
            return
        views = [self.view(environment, ()) for environment in self._project()["environments"]]
        is_right = all(view is not None and view.is_sure and view.lock == SOUND for view in views)
        names = {name for view in views if view is not None for name in view.scene.names}
        if is_right and names.issuperset(step.names) and step.environment in self._project()["environments"]:
            raise BrokenPromiseError("missing", f"nothing is wrong, and the plan is refused\n{ended.err}")

    def _check_swapped(self, step: Apply, arrivals: Sequence[object]) -> None:
        if step.approval == "saved" and self.swapped and arrivals:
            raise BrokenPromiseError("unapproved", "a plan that was edited was sent")

    def _arguments(self, step: Apply, approved: Approval) -> list[str]:
        match step.approval:
            case "saved":
                return ["apply", SAVED]
            case "approved":
                return ["apply", "-e", step.environment, "--approved", *step.names]
            case "terminal":
                return ["apply", "-e", step.environment, *step.names]
            case _:
                return ["apply", "-e", step.environment, "--confirm", approved.digest, *step.names]

    def _fate(self, step: Apply, seen: list[View | None]) -> Fate:
        def at_the_lock() -> None:
            if step.moment == "lock":
                self._meanwhile(step.meanwhile)
            seen.append(self.view(step.environment, step.names))

        def at_the_question(asked: str) -> str:
            if step.moment == "asked" and not seen:
                # A file that others delete is no write of the run, which has not come to its lock yet.
                fate.under_way = None
                self._meanwhile(step.meanwhile)
                fate.under_way = at_the_lock
            if "has no lockfile" in asked:
                return "n"
            return "y" if "y/N" in asked else step.environment

        answers: Callable[[str], str] | None = at_the_question if step.approval == "terminal" else None
        fate = Fate(kill_at=step.kill_at, under_way=at_the_lock, answers=answers)
        return fate

    def _meanwhile(self, things: Sequence[Edit | Freeze]) -> None:
        for thing in things:
            if isinstance(thing, Freeze):
                self._freeze(thing)
            else:
                self.folder.edit([thing])


def broken_promise(history: History) -> BrokenPromiseError | None:
    """Play a history in a folder of its own; return what it breaks, if anything."""
    return played(history, Counter())


def played(history: History, tally: Tally) -> BrokenPromiseError | None:
    """The same, and count what happens."""
    with ExitStack() as stack:
        root = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="pushspec-oracle-", dir=_IN_MEMORY))
        )
        services = Services(APPS, PEOPLE)
        stack.callback(services.close)
        environ = {"ORACLE_KEY": SECRET, "GITHUB_SHA": "0" * 40, "GITHUB_ACTOR": "ada"}
        machine = stack.enter_context(Machine(root, services.dial, environ))
        try:
            Player(Folder(root), machine, services, tally).play(history)
        except UnknowableError:
            return None
        except BrokenPromiseError as broken:
            return broken
    return None


def main() -> int:
    """Play one history and tell what happens in it."""
    import argparse

    from oracle.generate import draw_history
    from oracle.shrink import shrink, story

    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, required=True)
    options.add_argument("--whole", action="store_true", help="do not shrink it")
    chosen = options.parse_args()
    history = draw_history(chosen.seed)
    broken = broken_promise(history)
    if broken is None:
        print(story(history))
        print("No promise was broken.")
        return 0
    if not chosen.whole:
        history = shrink(history, broken)
    print(story(history))
    print(broken_promise(history))
    return 1


if __name__ == "__main__":
    sys.exit(main())

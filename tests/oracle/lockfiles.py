"""The reference's eyes for lockfiles: whether what lies in the folders can be believed, by plain JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from oracle.history import Tree
    from oracle.repository import Repository

SOUND, REFUSE, UNKNOWABLE = "sound", "refuse", "unknowable"


@dataclass
class Journals:
    """What pushspec has written so far: the longest form of each lockfile, by its journal.

    Attributes:
        longest: By journal id.
        begun: The journal of each app and environment that has one.
    """

    longest: dict[str, bytes] = field(default_factory=dict)
    begun: dict[tuple[int, str], str] = field(default_factory=dict)

    def follow(self, tree: Tree) -> None:
        """Look what a command has written."""
        for data in tree.values():
            head = header(data)
            if head is None or damage(data):
                continue
            journal = head["journal"]
            if data.startswith(self.longest.get(journal, b"")):
                self.longest[journal] = data
                self.begun.setdefault((head["sdk_app_id"], head["environment"]), journal)

    def verdict(
        self, tree: Tree, project: Mapping[str, Any], environment: str, repository: Repository | None
    ) -> tuple[str, str]:
        """Return whether the environment's lockfile can be believed, and why not."""
        settings = project["environments"][environment]
        app, own = settings["sdk_app_id"], lock_of(project, environment)
        for path in _strays(tree, project, app):
            return REFUSE, f"{path} is another lockfile of the app"
        if own not in tree:
            is_begun = (app, environment) in self.begun
            return REFUSE, f"{own} is missing" + (" and was there" if is_begun else "")
        if damage(tree[own]):
            return REFUSE, f"{own} is damaged: {damage(tree[own])}"
        head = header(tree[own])
        if head is None or (head["sdk_app_id"], head["environment"]) != (app, environment):
            return REFUSE, f"{own} belongs to somebody else"
        why = "" if repository is None else _git_objects(own, tree[own], app, repository)
        if why:
            return REFUSE, why
        for name in project["environments"]:
            if not self._is_newest(tree, project, name, app):
                return UNKNOWABLE, f"the lockfile of {name} is not the newest, and nothing shows it"
        return SOUND, ""

    def _is_newest(self, tree: Tree, project: Mapping[str, Any], name: str, app: int) -> bool:
        if project["environments"][name]["sdk_app_id"] != app or (app, name) not in self.begun:
            return True
        data = tree.get(lock_of(project, name), b"")
        return data == self.longest[self.begun[app, name]]


def _git_objects(own: str, data: bytes, app: int, repository: Repository) -> str:
    """Return what git knows against a lockfile: a merge without a decision, or records that it lacks."""
    if own in repository.unmerged:
        return f"{own} is unmerged"
    for copy in repository.committed.get(own, ()):
        head = header(copy)
        if head is not None and head["sdk_app_id"] == app and not data.startswith(copy):
            return f"git knows records that {own} lacks"
    return ""


def lock_of(project: Mapping[str, Any], environment: str) -> str:
    """Return where an environment's lockfile lies."""
    path: str = project["environments"][environment].get("lock", f"pushspec.{environment}.lock")
    return path


def quota_is_unread(tree: Tree, project: Mapping[str, Any], environment: str) -> bool:
    """Whether another environment of the app has a lockfile that cannot be read."""
    app = project["environments"][environment]["sdk_app_id"]
    others = (
        lock_of(project, name)
        for name, settings in project["environments"].items()
        if settings["sdk_app_id"] == app and name != environment
    )
    return any(path in tree and bool(damage(tree[path])) for path in others)


def _strays(tree: Tree, project: Mapping[str, Any], app: int) -> Iterator[str]:
    """Yield lockfiles of an app, whole or not, that no environment of the app names.

    One that no longer tells its app may be the app's, unless an environment of another one names it.
    """
    environments = project["environments"]
    folders = {""} | {lock_of(project, name).rpartition("/")[0] for name in environments}
    apps = {lock_of(project, name): its["sdk_app_id"] for name, its in environments.items()}
    for path, data in tree.items():
        if path.rpartition("/")[0] not in folders or apps.get(path) == app or b'{"record":' not in data:
            continue
        told = re.search(rb'"sdk_app_id": ?(\d+)', data)
        is_unclear = told is None and path not in apps
        if is_unclear or (told is not None and int(told[1]) == app):
            yield path


def header(data: bytes) -> dict[str, Any] | None:
    """Return the first record of a lockfile, or None where it is none."""
    try:
        record = json.loads(data.partition(b"\n")[0])
    except ValueError:
        return None
    return record if isinstance(record, dict) and record.get("record") == "header" else None


def damage(data: bytes) -> str:
    """Return what is wrong with a lockfile; what a dying writer left behind the last line is not."""
    if b"\r" in data:
        return "CRLF"
    *lines, _ = data.split(b"\n")
    for number, line in enumerate(lines, 1):
        try:
            json.loads(line)
        except ValueError:
            return f"line {number} is no record"
    return "" if header(data) is not None else "no header"

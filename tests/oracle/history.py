"""A history: the files of a project, and what people and machines do to them, step by step."""

from __future__ import annotations

import copy
import fnmatch
import os
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from oracle.repository import Repository

Tree = dict[str, bytes]
"""The files of a project by their path."""

_HIDDEN = frozenset({".pushspec", ".git"})


def as_yaml(value: object) -> bytes:
    """Return a value as a file that people could have written."""
    text: str = yaml.dump(
        value, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, default_flow_style=False
    )
    return text.encode()


@lru_cache(maxsize=256)
def from_yaml(data: bytes) -> Any:
    """Read a file that :func:`as_yaml` wrote; nobody may change what it returns."""
    return yaml.load(data, yaml.CSafeLoader)


@dataclass(frozen=True)
class Put:
    """Somebody sets a key of a YAML file."""

    path: str
    keys: tuple[str | int, ...]
    value: Any


@dataclass(frozen=True)
class Drop:
    """Somebody takes a key out of a YAML file."""

    path: str
    keys: tuple[str | int, ...]


@dataclass(frozen=True)
class Rename:
    """Somebody gives a key of a YAML file another name."""

    path: str
    keys: tuple[str | int, ...]
    to: str


@dataclass(frozen=True)
class Write:
    """A file gets other content."""

    path: str
    data: bytes


@dataclass(frozen=True)
class Move:
    """A file gets another path; ``keep`` copies it."""

    path: str
    to: str
    keep: bool = False


@dataclass(frozen=True)
class Delete:
    """A file goes."""

    path: str


@dataclass(frozen=True)
class PutBack:
    """Files are what they were so many steps ago, as after a checkout or a reverted commit."""

    pattern: str
    steps: int


@dataclass(frozen=True)
class Spoil:
    """A file is spoilt: ``crlf`` line ends, ``markers`` of a merge, ``half`` a line, ``zeros`` inside."""

    path: str
    how: str


@dataclass(frozen=True)
class Unmerge:
    """A merge in git stops at a file that both sides changed, and nobody decides."""

    path: str


Edit = Put | Drop | Rename | Write | Move | Delete | PutBack | Spoil | Unmerge


@dataclass(frozen=True)
class Change:
    """Somebody changes files."""

    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class Wait:
    """Time passes."""

    seconds: float


@dataclass(frozen=True)
class Freeze:
    """Somebody stops everything in an environment, or lets it go on."""

    environment: str
    off: bool = False


@dataclass(frozen=True)
class Plan:
    """Somebody plans, saves the plan, and has it approved."""

    environment: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Approve:
    """Somebody approves campaigns with a key, and commits that before the next step."""

    environment: str
    name: str
    approver: str


@dataclass(frozen=True)
class Stop:
    """Somebody stops a campaign."""

    environment: str
    name: str


@dataclass(frozen=True)
class Continue:
    """Somebody opens a campaign's next gate, or lifts a stop."""

    environment: str
    name: str


@dataclass(frozen=True)
class Try:
    """Somebody tries a campaign on the testers' phones; ``replies`` is what happens to the requests."""

    environment: str
    name: str
    replies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recall:
    """Somebody takes a campaign back; ``replies`` is what happens to the requests."""

    environment: str
    name: str
    replies: tuple[str, ...] = ()


@dataclass(frozen=True)
class SwapPlan:
    """Somebody gives the saved plan the campaigns of a newer one and keeps the approved digest."""


@dataclass(frozen=True)
class Apply:
    """Somebody, or CI, applies.

    Attributes:
        environment: Where.
        names: Campaigns; all where empty.
        approval: ``fresh`` plans and confirms that digest; ``digest`` and ``saved`` use the last ``Plan``;
            ``terminal`` is asked; ``approved`` relies on what people signed.
        meanwhile: What others do after the plan: before apply reads files, while it asks, or as it takes the
            lock.
        moment: Which of these: ``before``, ``asked``, ``lock``.
        kill_at: The step at which the process dies.
        replies: What happens to its requests.
        latency_s: Of each answer.
    """

    environment: str
    names: tuple[str, ...] = ()
    approval: str = "fresh"
    meanwhile: tuple[Edit | Freeze, ...] = ()
    moment: str = "before"
    kill_at: int | None = None
    replies: tuple[str, ...] = ()
    latency_s: float = 0.1


Step = Change | Wait | Freeze | Plan | SwapPlan | Approve | Stop | Continue | Try | Recall | Apply


@dataclass(frozen=True)
class History:
    """A project and what happens to it.

    Attributes:
        files: Its files.
        steps: What happens.
        in_git: Whether the folder is a git repository in which everything is committed before each step.
    """

    files: Mapping[str, bytes]
    steps: tuple[Step, ...]
    in_git: bool = False


@dataclass
class Folder:
    """A project's folder, and what it held before each step."""

    root: Path
    past: list[Tree] = field(default_factory=list)
    repository: Repository | None = None

    def tree(self) -> Tree:
        """Return all its files."""
        return dict(sorted(_files(str(self.root), "")))

    def remember(self) -> None:
        """Keep what the folder holds now."""
        self.past.append(self.tree())
        if self.repository is not None:
            self.repository.commit(self.past[-1])

    def write(self, path: str, data: bytes) -> None:
        """Write one file."""
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(data)

    def edit(self, edits: Sequence[Edit]) -> None:
        """Let edits happen; one whose file is not there does nothing."""
        for edit in edits:
            match edit:
                case Write(path, data):
                    self.write(path, data)
                case PutBack(pattern, steps):
                    self._put_back(pattern, steps)
                case _ if (self.root / edit.path).is_file():
                    self._edit(edit)

    def _edit(self, edit: Edit) -> None:
        assert not isinstance(edit, Write | PutBack)
        data = (self.root / edit.path).read_bytes()
        match edit:
            case Put() | Drop() | Rename():
                self.write(edit.path, _edited(data, edit))
            case Move(_, to, keep):
                self.write(to, data)
                if not keep:
                    (self.root / edit.path).unlink()
            case Delete():
                (self.root / edit.path).unlink()
            case Unmerge():
                if self.repository is not None:
                    self.repository.leave_unmerged(edit.path)
            case Spoil(_, how):
                self.write(edit.path, _spoilt(data, how))

    def _put_back(self, pattern: str, steps: int) -> None:
        if not self.past:
            return
        then = self.past[max(0, len(self.past) - 1 - steps)]
        for path, data in then.items():
            if fnmatch.fnmatchcase(path, pattern):
                self.write(path, data)


def _files(folder: str, prefix: str) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of each file below a folder; this is asked for some thousand times a minute."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir() and entry.name not in _HIDDEN:
                yield from _files(entry.path, f"{prefix}{entry.name}/")
            elif entry.is_file():
                with open(entry.path, "rb") as file:  # noqa: PTH123 - a Path for each file is what takes the time
                    yield prefix + entry.name, file.read()


def _edited(data: bytes, edit: Put | Drop | Rename) -> bytes:
    value = holder = copy.deepcopy(from_yaml(data))
    *way, last = edit.keys
    try:
        for key in way:
            holder = holder[key]
        match edit:
            case Put():
                holder[last] = edit.value
            case Drop():
                del holder[last]
            case Rename():
                pairs = [(edit.to if key == last else key, inner) for key, inner in holder.items()]
                holder.clear()
                holder.update(pairs)
    except (KeyError, IndexError, TypeError):
        return data  # an earlier step took the place away
    return as_yaml(value)


def _spoilt(data: bytes, how: str) -> bytes:
    lines = data.splitlines(keepends=True)
    middle = len(lines) // 2
    match how:
        case "crlf":
            return data.replace(b"\n", b"\r\n")
        case "markers":
            ours, theirs = b"".join(lines[:middle]), b"".join(lines[middle:])
            return ours + b"<<<<<<< HEAD\n" + theirs + b"=======\n" + theirs + b">>>>>>> x\n"
        case "half":
            return (
                b"".join(lines[:middle])
                + lines[middle][: len(lines[middle]) // 2]
                + b"\n"
                + b"".join(lines[middle + 1 :])
            )
        case _:
            return b"".join(lines[:middle]) + b"\0" * 64 + b"\n" + b"".join(lines[middle:])

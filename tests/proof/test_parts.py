"""A proof that takes an hour can be stopped and goes on, and never mixes the code of two commits."""

from __future__ import annotations

import subprocess
from multiprocessing.pool import ThreadPool
from typing import TYPE_CHECKING

import pytest
from simulation.parts import Parts, ProveError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NUMBERS = {f"part {number}": number for number in range(5)}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A project with one commit."""
    tree = tmp_path / "tree"
    tree.mkdir()
    _git(tree, "init", "-q")
    _commit(tree, "code.py", "1")
    return tree


@pytest.fixture
def pool() -> Iterator[ThreadPool]:
    """Plays one part at a time."""
    with ThreadPool(1) as pool:
        yield pool


def _git(tree: Path, *arguments: str) -> None:
    subprocess.run(["git", "-c", "user.name=ada", "-c", "user.email=", *arguments], cwd=tree, check=True)


def _commit(tree: Path, name: str, text: str) -> None:
    (tree / name).parent.mkdir(exist_ok=True)
    (tree / name).write_text(text)
    _git(tree, "add", name)
    _git(tree, "commit", "-q", "-m", name)


def test_what_is_finished_is_not_played_again(tree: Path, tmp_path: Path, pool: ThreadPool) -> None:
    """Also where the last line was cut off by a kill: that part is played once more."""
    played: list[int] = []

    def play(number: int) -> list[int]:
        if played == [0, 1, 2]:
            raise InterruptedError
        played.append(number)
        return [number * 10]

    with pytest.raises(InterruptedError):
        Parts(tmp_path / "kept", project=tree).finish(pool, play, NUMBERS, noun="parts")
    file = tmp_path / "kept/finished.jsonl"
    file.write_text(file.read_text()[:-3])
    played.append(-1)
    results = Parts(tmp_path / "kept", project=tree).finish(pool, play, NUMBERS, noun="parts")

    assert results == {name: [number * 10] for name, number in NUMBERS.items()}
    assert Parts(tmp_path / "kept", project=tree).finish(pool, play, NUMBERS, noun="parts") == results
    assert played == [0, 1, 2, -1, 2, 3, 4]  # and not once more


def test_other_code_is_not_mixed_in(tree: Path, tmp_path: Path) -> None:
    """A figure that is half of one commit and half of another proves neither."""
    first = Parts(tmp_path / "kept", project=tree)
    _commit(tree, "docs/proof.md", "100,000 histories")
    assert Parts(tmp_path / "kept", project=tree).commit == first.commit

    _commit(tree, "code.py", "2")

    with pytest.raises(ProveError, match=r"code\.py changed since; remove the folder"):
        Parts(tmp_path / "kept", project=tree)


def test_what_no_commit_holds_is_not_proved(tree: Path, tmp_path: Path) -> None:
    """The block names a commit; whoever checks it out must find what was proved."""
    (tree / "docs.md").write_text("a page")
    assert Parts(tmp_path / "kept", project=tree).commit

    (tree / "code.py").write_text("3")

    with pytest.raises(ProveError, match="commit them"):
        Parts(tmp_path / "kept", project=tree)


def test_a_proof_ends_in_time_and_says_what_is_left(tree: Path, tmp_path: Path, pool: ThreadPool) -> None:
    """A runner of CI has an hour, and so has the next one."""
    parts = Parts(tmp_path / "kept", project=tree, seconds=-1)

    with pytest.raises(ProveError, match="5 of 5 parts are left"):
        parts.finish(pool, str, NUMBERS, noun="parts")

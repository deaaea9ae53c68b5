"""A proof that takes an hour can be stopped and goes on, and never mixes the code of two commits."""

from __future__ import annotations

import subprocess
import sys
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from simulation.parts import Kept, Parts, ProveError
from simulation.uses import PROJECT, files_used

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def kept(tree: Path, tmp_path: Path) -> Parts:
    """Return the parts of a proof that runs ``code.py``."""
    return Kept(tmp_path / "kept", project=tree).parts("parts", {"code.py"})


def test_what_is_finished_is_not_played_again(tree: Path, tmp_path: Path, pool: ThreadPool) -> None:
    """Also where the last line was cut off by a kill: that part is played once more."""
    played: list[int] = []

    def play(number: int) -> list[int]:
        if played == [0, 1, 2]:
            raise InterruptedError
        played.append(number)
        return [number * 10]

    with pytest.raises(InterruptedError):
        kept(tree, tmp_path).finish(pool, play, NUMBERS, noun="parts")
    file = tmp_path / "kept/parts.jsonl"
    file.write_text(file.read_text()[:-3])
    played.append(-1)
    results = kept(tree, tmp_path).finish(pool, play, NUMBERS, noun="parts")

    assert results == {name: [number * 10] for name, number in NUMBERS.items()}
    assert kept(tree, tmp_path).finish(pool, play, NUMBERS, noun="parts") == results
    assert played == [0, 1, 2, -1, 2, 3, 4]  # and not once more


def test_other_code_is_not_mixed_in(tree: Path, tmp_path: Path, pool: ThreadPool) -> None:
    """A figure that is half of one commit and half of another proves neither."""
    first = kept(tree, tmp_path)
    first.finish(pool, str, NUMBERS, noun="parts")
    _commit(tree, "docs/proof.md", "100,000 histories")
    _commit(tree, "another.py", "which no part runs")

    assert kept(tree, tmp_path).commit == first.commit
    assert kept(tree, tmp_path).finish(pool, _fail, NUMBERS, noun="parts")

    _commit(tree, "code.py", "2")

    again = kept(tree, tmp_path)
    assert again.commit != first.commit
    assert again.finish(pool, lambda number: number + 1, NUMBERS, noun="parts")["part 1"] == 2


def test_each_subject_keeps_parts_of_its_own(tree: Path, tmp_path: Path, pool: ThreadPool) -> None:
    """What changes the one does not throw away the other."""
    _commit(tree, "another.py", "1")
    both = Kept(tmp_path / "kept", project=tree)
    for subject, file in (("sends", "code.py"), ("files", "another.py")):
        both.parts(subject, {file}).finish(pool, str, NUMBERS, noun="parts")
    _commit(tree, "another.py", "2")

    later = Kept(tmp_path / "kept", project=tree)
    assert later.parts("sends", {"code.py"}).finish(pool, _fail, NUMBERS, noun="parts")
    with pytest.raises(AssertionError):
        later.parts("files", {"another.py"}).finish(pool, _fail, NUMBERS, noun="parts")


def _fail(number: int) -> str:
    raise AssertionError(f"part {number} is played again")


def test_a_change_of_a_file_that_runs_is_seen() -> None:
    """Imports are followed from the files alone; what really gets loaded must be among them."""
    played = (
        "from simulation import universe, events; "
        "[universe.broken_promise(events.draw_history(seed)) for seed in range(30)]; "
        "import sys; print(*(m.__file__ for m in sys.modules.values() if getattr(m, '__file__', None)))"
    )
    tests = PROJECT / "tests"
    ended = subprocess.run(
        [sys.executable, "-c", played], cwd=tests, capture_output=True, text=True, check=True
    )
    loaded = {
        Path(name).relative_to(PROJECT).as_posix()
        for name in ended.stdout.split()
        if name.endswith(".py") and Path(name).is_relative_to(PROJECT) and "site-packages" not in name
    }

    used = files_used("simulation.universe", "simulation.events")
    assert {"pushspec/apply/engine.py", "tests/simulation/events.py"} <= loaded
    assert not loaded - used
    assert "pushspec/views/status.py" not in used
    assert "pushspec/views/status.py" in files_used("oracle", "pushspec")


def test_what_no_commit_holds_is_not_proved(tree: Path, tmp_path: Path) -> None:
    """The block names a commit; whoever checks it out must find what was proved."""
    (tree / "docs.md").write_text("a page")
    assert kept(tree, tmp_path).commit

    (tree / "code.py").write_text("3")

    with pytest.raises(ProveError, match="commit them"):
        kept(tree, tmp_path)


def test_a_proof_ends_in_time_and_says_what_is_left(tree: Path, tmp_path: Path, pool: ThreadPool) -> None:
    """A runner of CI has an hour, and so has the next one."""
    parts = Kept(tmp_path / "kept", project=tree, seconds=-1).parts("parts", {"code.py"})

    with pytest.raises(ProveError, match="5 of 5 parts are left"):
        parts.finish(pool, str, NUMBERS, noun="parts")

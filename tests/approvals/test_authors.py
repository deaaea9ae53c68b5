"""Who counts as an author of a change, told by real git."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from pushspec.approvals import authors
from pushspec.approvals.authors import HistoryError, authors_since

if TYPE_CHECKING:
    from pathlib import Path


class Repo:
    """A repository that several people commit to."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, by: str = "kim") -> str:
        who = ["-c", f"user.name={by}", "-c", f"user.email={by}@acme.com"]
        done = subprocess.run(
            ["git", *who, *arguments], cwd=self.root, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, by: str, **files: str) -> str:
        """Commit files, named without their ending, and return the commit."""
        for name, text in files.items():
            (self.root / f"{name}.yaml").write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "Change", by=by)
        return self.git("rev-parse", "HEAD")

    def authors(self, since: str = "", *files: str) -> set[str]:
        found = authors_since(self.root, since, set(files or ("sale.yaml",)))
        return {address.partition("@")[0] for address in found}


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Kim wrote the campaign."""
    made = Repo(tmp_path)
    made.commit("kim", sale="one\n")
    return made


def test_only_changes_since_the_last_send_count(repo: Repo) -> None:
    """What was sent was approved then."""
    sent = repo.commit("kim", other="x\n")
    repo.commit("ada", sale="two\n")

    assert repo.authors(sent) == {"ada"}
    assert repo.authors() == {"kim", "ada"}


def test_a_file_is_followed_under_its_earlier_name(repo: Repo) -> None:
    """Who wrote it before it was renamed wrote it."""
    text = "".join(f"line {number}\n" for number in range(20))
    repo.commit("lin", draft=text)
    repo.git("mv", "draft.yaml", "final.yaml")
    repo.git("commit", "-q", "-m", "Rename", by="ada")

    assert repo.authors("", "final.yaml") == {"lin", "ada"}


def test_who_presses_the_merge_button_is_no_author_and_who_changes_in_the_merge_is(repo: Repo) -> None:
    """A merge counts where it differs from all its parents."""
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit("ada", sale="two\n")
    repo.git("checkout", "-q", "main")
    repo.commit("kim", other="x\n")
    repo.git("merge", "-q", "--no-ff", "-m", "Merge", "topic", by="lin")
    plain = repo.authors()

    repo.git("checkout", "-q", "-b", "later")
    repo.commit("ada", sale="three\n")
    repo.git("checkout", "-q", "main")
    repo.commit("kim", other="y\n")
    repo.git("merge", "-q", "--no-ff", "--no-commit", "later", by="rong")
    repo.commit("rong", sale="four\n")

    assert plain == {"kim", "ada"}
    assert repo.authors() == {"kim", "ada", "rong"}


def test_a_mailmap_of_the_tree_renames_nobody(repo: Repo) -> None:
    """A file in the pull request would otherwise say who its author is."""
    (repo.root / ".mailmap").write_text("Lin <lin@acme.com> <ada@acme.com>\n")
    repo.commit("ada", sale="two\n")

    assert repo.authors() == {"kim", "ada"}


def test_a_history_too_long_to_walk_cannot_tell(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan takes no minutes over a hundred thousand commits; the bound is lowered here."""
    assert authors.MOST_COMMITS == 20_000
    repo.commit("ada", sale="two\n")
    monkeypatch.setattr(authors, "MOST_COMMITS", 1)

    with pytest.raises(HistoryError, match="more than 1 commits since the last send"):
        repo.authors()


def test_a_commit_that_is_no_ancestor_cannot_tell(repo: Repo) -> None:
    """After a squash or a forced push nobody knows what was sent last."""
    sent = repo.commit("kim", sale="two\n")
    repo.git("reset", "-q", "--hard", "HEAD~1")
    repo.commit("ada", sale="three\n")

    with pytest.raises(HistoryError, match="is not in this history"):
        repo.authors(sent)

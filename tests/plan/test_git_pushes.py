"""A campaign of many calls against a lockfile on a git branch: the plan says how long its pushes take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from workbench import COUNTED_PROJECT

if TYPE_CHECKING:
    from workbench import Project


def message(folder: Project, *, lock: str, accounts: int) -> str:
    names = "".join(f"user{number}\n" for number in range(accounts))
    project = COUNTED_PROJECT.replace("sandbox: true", f'sandbox: true, lock: "{lock}"')
    folder.write({"pushspec.yaml": project, "audiences/all.txt": names})
    folder.add(endpoint="timpush/batch", from_="news", audience="{file: audiences/all.txt}")
    result = folder.policy_result("git-pushes")
    return result.message if result else ""


def test_many_calls_on_a_git_branch_are_told_with_their_pushes_and_minutes(folder: Project) -> None:
    """Whoever approves a quarter of an hour of pushes to the repository's host should know that it is one."""
    assert message(folder, lock="git+branch:pushspec/lock/prod", accounts=20_000) == (
        "40 calls take up to 82 pushes of the lockfile's branch: "
        "14 min at 6 a minute, which is what GitHub recommends at most"
    )


def test_more_than_five_minutes_of_pushes_are_told(folder: Project) -> None:
    """Fourteen calls are just five minutes."""
    assert message(folder, lock="git+branch:pushspec/lock/prod", accounts=7_001).startswith(
        "15 calls take up to 32 pushes of the lockfile's branch: 5 min at 6 a minute"
    )


@pytest.mark.parametrize(
    ("lock", "accounts"), [("git+branch:pushspec/lock/prod", 7_000), ("s3://bucket/prod", 20_000)]
)
def test_a_short_list_and_another_store_are_no_matter(folder: Project, lock: str, accounts: int) -> None:
    """A guard that cries wolf is switched off."""
    assert message(folder, lock=lock, accounts=accounts) == ""

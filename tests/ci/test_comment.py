"""The comment on a pull request, by the steps as written: one comment, updated in place, never too long."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from serving import Door, serving
from workflows import Job, Run, gh, load_workflow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMENT = (resources.files("pushspec.cli") / "templates" / "init" / "comment.yml").read_text(encoding="utf-8")
BOT = "github-actions[bot]"
MOST_CHARACTERS = 65_536
SHA = "5" * 40


@dataclass
class GitHub:
    """What the service holds: the comments of pull request 7, in pages of two, and whether it lists them."""

    url: str = ""
    comments: list[dict[str, Any]] = field(default_factory=list)
    lists_comments: bool = True
    head_sha: str = SHA

    def add(self, login: str, body: str) -> None:
        self.comments.append({"id": len(self.comments) + 1, "user": {"login": login}, "body": body})

    def bodies(self, login: str) -> list[str]:
        return [comment["body"] for comment in self.comments if comment["user"]["login"] == login]

    def answer(self, method: str, target: str, body: dict[str, str]) -> tuple[int, Any, str | None]:
        """Return status, answer and address of the next page."""
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        if len(body.get("body", "")) > MOST_CHARACTERS:
            return 422, {"message": "body is too long"}, None
        if (method, path) == ("GET", "/repos/acme/pushes/pulls"):
            assert query == {"state": ["open"], "head": ["stranger:topic"]}
            return 200, [{"number": 7, "head": {"sha": self.head_sha}}], None
        if path == "/repos/acme/pushes/issues/7/comments" and method == "GET":
            return self._page(int(query.get("page", ["0"])[0]))
        if path == "/repos/acme/pushes/issues/7/comments" and method == "POST":
            self.add(BOT, body["body"])
            return 201, {}, None
        match = re.fullmatch(r"/repos/acme/pushes/issues/comments/(\d+)", path)
        assert match, (method, path)
        assert method == "PATCH"
        self.comments[int(match[1]) - 1]["body"] = body["body"]
        return 200, {}, None

    def _page(self, page: int) -> tuple[int, Any, str | None]:
        if not self.lists_comments:
            return 502, {}, None
        shown = self.comments[page * 2 : page * 2 + 2]
        more = len(self.comments) > page * 2 + 2
        following = f"{self.url}/repos/acme/pushes/issues/7/comments?page={page + 1}"
        return 200, shown, following if more else None


@pytest.fixture
def github() -> Iterator[GitHub]:
    """A GitHub on loopback."""
    github = GitHub()

    class Api(Door):
        def answer(self) -> None:
            assert self.headers["Authorization"] == "token a-token"
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, answer, following = github.answer(self.command, self.path, json.loads(body or "{}"))
            self.send_response(status)
            if following:
                self.send_header("X-Next", following)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        do_GET = do_POST = do_PATCH = answer  # noqa: N815 - as http.server names them

    with serving(Api) as github.url:
        yield github


def comment(
    github: GitHub,
    folder: Path,
    review: str | bytes | None,
    *,
    attempt: int = 1,
    conclusion: str = "success",
) -> tuple[Job, Run]:
    """Run the workflow after a review that left this text, or none."""
    if review is not None:
        artifact = folder / f"run-{attempt}" / "artifacts" / "pushspec-review"
        artifact.mkdir(parents=True)
        (artifact / "review.md").write_bytes(review if isinstance(review, bytes) else review.encode())
    head = {"id": 1, "owner": {"login": "stranger"}}
    payload = {"event": "pull_request", "conclusion": conclusion, "id": 3, "head_repository": head}
    run = Run(
        load_workflow(COMMENT),
        folder / "no-remote",
        folder / f"run-{attempt}",
        "workflow_run",
        SHA,
        payload={"workflow_run": payload | {"head_branch": "topic", "head_sha": SHA}},
        environ={"FAKE_GITHUB": github.url},
        tools={"gh": f'#!/bin/sh\nexec "{sys.executable}" "{gh.__file__}" "$@"\n'},
    )
    return run.start()["comment"], run


def test_a_second_run_updates_the_comment_of_the_first(github: GitHub, tmp_path: Path) -> None:
    """A pull request with a comment for each push is one that nobody reads."""
    for number in range(3):
        github.add("someone", f"talk {number}")
    first, _ = comment(github, tmp_path, "one plan")
    written = github.bodies(BOT)
    second, _ = comment(github, tmp_path, "another plan", attempt=2)

    assert (first.result, second.result) == ("success", "success"), first.log + second.log
    assert written == ["<!-- pushspec -->\none plan\n"]
    assert github.bodies(BOT) == ["<!-- pushspec -->\nanother plan\n"]
    assert len(github.comments) == 4


def test_the_comment_of_another_person_is_not_touched(github: GitHub, tmp_path: Path) -> None:
    """Anybody can write the marker, for it stands in every comment."""
    github.add("someone", "<!-- pushspec -->\nmine")
    github.add(BOT, "another workflow's, which quotes <!-- pushspec -->")

    comment(github, tmp_path, "plan")

    assert github.bodies("someone") == ["<!-- pushspec -->\nmine"]
    assert [body.splitlines()[-1] for body in github.bodies(BOT)] == [
        "another workflow's, which quotes <!-- pushspec -->",
        "plan",
    ]


@pytest.mark.parametrize("character", ["a", "推", "🎉", "é"])
def test_a_long_text_is_cut_between_characters(character: str, github: GitHub, tmp_path: Path) -> None:
    """GitHub refuses a longer one, and a plan in Chinese is not cut to a third of what fits."""
    job, _ = comment(github, tmp_path, character * 200_000)

    assert job.result == "success", job.log
    assert github.bodies(BOT) == [f"<!-- pushspec -->\n{character * 64_000}\n"]


def test_the_text_of_the_artifact_is_data(github: GitHub, tmp_path: Path) -> None:
    """It was made in the run of a stranger, and this run may write."""
    hostile = (
        "$(touch PWNED) `touch PWNED` %s \\n @comment.md\n'\"; touch PWNED\n::error::no\n${{ github.token }}"
    )

    job, run = comment(github, tmp_path, hostile)

    assert github.bodies(BOT) == [f"<!-- pushspec -->\n{hostile}\n"]
    assert job.log == ""
    assert not list(run.scratch.rglob("PWNED"))


def test_bytes_that_are_no_text_are_still_posted(github: GitHub, tmp_path: Path) -> None:
    """A broken file must not hide the plan of a pull request."""
    job, _ = comment(github, tmp_path, b"plan \xff\xfe end")

    assert job.result == "success", job.log
    assert github.bodies(BOT) == ["<!-- pushspec -->\nplan \ufffd\ufffd end\n"]


def test_no_second_comment_where_the_first_cannot_be_looked_up(github: GitHub, tmp_path: Path) -> None:
    """A service that is down for a moment is no reason to write twice."""
    comment(github, tmp_path, "plan")
    github.lists_comments = False

    job, _ = comment(github, tmp_path, "plan", attempt=2)

    assert job.result == "failure"
    assert len(github.comments) == 1


def test_an_older_run_leaves_the_comment_of_a_newer_one(github: GitHub, tmp_path: Path) -> None:
    """The comment shows the last commit, in whatever order the runs end."""
    github.head_sha = "6" * 40

    job, _ = comment(github, tmp_path, "old plan")

    assert job.result == "success"
    assert "moved on" in job.log
    assert github.comments == []


def test_a_review_that_failed_for_a_blocked_campaign_is_commented(github: GitHub, tmp_path: Path) -> None:
    """Its reviewers have to see what is blocked."""
    job, _ = comment(github, tmp_path, "## Push plan: 1 blocked\n", conclusion="failure")

    assert job.result == "success", job.log
    assert len(github.bodies(BOT)) == 1


def test_a_review_that_failed_before_its_plan_is_not_commented(github: GitHub, tmp_path: Path) -> None:
    """A file that cannot be read is marked in the run itself."""
    job, _ = comment(github, tmp_path, None, conclusion="failure")

    assert job.result == "success", job.log
    assert "The run made no plan." in job.log
    assert github.comments == []

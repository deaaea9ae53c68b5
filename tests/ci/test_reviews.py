"""Reviews of the code host: who approved the last commit of a merged pull request, and what counts."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from serving import Door, serving
from workflows import action_as_workflow, load_workflow

from pushspec.sandbox.settings import PUBLIC_SECRET_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows import Job
    from workflows.repository import Repository

ROOT = Path(__file__).parents[2]
HEAD = "a" * 40
_PEOPLE = {"ada": 1, "lin": 2, "rong": 3, "robot": 4, "a b": 5}


def review(login: str, state: str = "APPROVED", *, commit: str = HEAD) -> dict[str, Any]:
    """Return a review as the API lists it."""
    kind = "Bot" if login == "robot" else "User"
    return {
        "state": state,
        "commit_id": commit,
        "user": {"login": login, "id": _PEOPLE[login], "type": kind},
    }


@dataclass
class GitHub:
    """Pull request 7 of ada, merged, and its reviews in pages of two."""

    url: str = ""
    merged: str = ""
    reviews: list[dict[str, Any]] = field(default_factory=list)
    pulls: list[dict[str, Any]] | None = None
    status: int = 200
    next_name: str = "127.0.0.1"

    def answer(self, target: str) -> tuple[Any, str]:
        """Return what a path lists, and the address of the next page."""
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        if path == f"/repos/acme/pushes/commits/{self.merged}/pulls":
            ours = {
                "number": 7,
                "merge_commit_sha": self.merged,
                "merged_at": "2026-11-28T10:00:00Z",
                "head": {"sha": HEAD},
                "user": {"login": "ada", "id": _PEOPLE["ada"], "type": "User"},
            }
            return [ours] if self.pulls is None else [ours | pull for pull in self.pulls], ""
        assert path == "/repos/acme/pushes/pulls/7/reviews", path
        page = int(query.get("page", ["0"])[0])
        host = self.url.replace("127.0.0.1", self.next_name)
        more = f"{host}{path}?page={page + 1}" if len(self.reviews) > 2 * page + 2 else ""
        return self.reviews[2 * page : 2 * page + 2], more


@pytest.fixture
def github() -> Iterator[GitHub]:
    """A server that stands in for GitHub's API."""
    github = GitHub()

    class Api(Door):
        def do_GET(self) -> None:  # noqa: N802 - as http.server names it
            assert self.headers["Authorization"] == "Bearer a-token"
            listed, following = github.answer(self.path)
            self.send_response(github.status)
            if following:
                self.send_header("Link", f'<{github.url}/first>; rel="first", <{following}>; rel="next"')
            self.end_headers()
            self.wfile.write(json.dumps(listed).encode())

    with serving(Api) as github.url:
        yield github


def use(
    repository: Repository, github: GitHub, *, command: str = "plan", wanted: str = "1", plan: str
) -> Job:
    """Run the action on the merged commit."""
    action = (ROOT / "action.yml").read_text(encoding="utf-8")
    declared = load_workflow(action)["inputs"]
    inputs = {name: str(spec.get("default", "")) for name, spec in declared.items()}
    run = repository.run(
        "push",
        github.merged,
        workflow=action_as_workflow(action),
        payload={},
        inputs=inputs
        | {"command": command, "require-reviews": wanted, "github-token": "a-token", "plan": plan},
        environ={
            "GITHUB_ACTION_PATH": str(ROOT),
            "TIM_SECRET_KEY": PUBLIC_SECRET_KEY,
            "GITHUB_API_URL": github.url,
            "GITHUB_REPOSITORY": "acme/pushes",
            "GITHUB_SHA": github.merged,
        },
    )
    run.start()
    return run.jobs["action"]


def test_who_reviewed_stands_in_the_plan_and_in_the_lockfile(
    repository: Repository, github: GitHub, tmp_path: Path
) -> None:
    """All pages are read, and the record says of each campaign who had approved the pull request."""
    github.merged = repository.add("hello")
    github.reviews = [review("rong", "COMMENTED"), review("lin"), review("lin", "COMMENTED"), review("rong")]
    saved = str(tmp_path / "approved.json")

    planned = use(repository, github, wanted="2", plan=saved)
    applied = use(repository, github, wanted="2", command="apply", plan=saved)

    assert planned.result == applied.result == "success", planned.log + applied.log
    assert "Reviewed on GitHub by lin, rong. A review approves a pull request" in planned.summary
    begin = next(record for record in repository.records() if record["record"] == "begin")
    assert begin["reviewed_by"] == ["lin", "rong"]
    assert repository.sent() == ["Hello from hello"]


@pytest.mark.parametrize(
    "reviews",
    [
        pytest.param([], id="nobody"),
        pytest.param([review("ada")], id="the author"),
        pytest.param([review("robot")], id="a robot"),
        pytest.param([review("lin", commit="b" * 40)], id="an older commit"),
        pytest.param([review("lin"), review("lin", "CHANGES_REQUESTED")], id="changed their mind"),
        pytest.param([review("lin", "DISMISSED")], id="dismissed"),
        pytest.param([review("lin", "COMMENTED")], id="a comment"),
        pytest.param([review("a b")], id="no login"),
        pytest.param([{"state": "APPROVED", "commit_id": HEAD, "user": None}], id="a deleted account"),
        pytest.param([{"state": "APPROVED"}], id="another form"),
    ],
)
def test_what_does_not_count(reviews: list[dict[str, Any]], repository: Repository, github: GitHub) -> None:
    """Nothing is planned for sending where nobody else approved what was merged."""
    github.merged = repository.add("hello")
    github.reviews = reviews

    done = use(repository, github, plan="plan.json")

    assert done.result == "failure"
    assert "reviews: " in done.log
    assert "Traceback" not in done.log
    assert "to send" not in done.summary


def test_two_yeses_of_one_person_are_one(repository: Repository, github: GitHub) -> None:
    """People are counted, on whatever page they say it, and not what they clicked."""
    github.merged = repository.add("hello")
    github.reviews = [review("lin"), review("rong", "COMMENTED"), review("lin")]

    done = use(repository, github, wanted="2", plan="plan.json")

    assert done.result == "failure"
    assert "pull request #7 needs 2 approvals of its last commit, and has: lin\n" in done.log


@pytest.mark.parametrize("wanted", ["-1", "", "abc", "2.0", "00"])
def test_a_number_that_asks_for_nobody_sends_nothing(
    wanted: str, repository: Repository, github: GitHub
) -> None:
    """A slip of the pen in a workflow must not let everything pass, whoever approved."""
    github.merged, github.reviews = repository.add("hello"), [review("lin"), review("rong")]

    done = use(repository, github, command="apply", wanted=wanted, plan="plan.json")

    assert done.result == "failure"
    assert f"reviews: require-reviews is '{wanted}'; write a whole number of people" in done.log
    assert "Traceback" not in done.log
    assert not repository.was_locked


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"pulls": []}, id="no pull request"),
        pytest.param({"pulls": [{"merged_at": None}]}, id="not merged"),
        pytest.param({"pulls": [{"merge_commit_sha": "c" * 40}]}, id="another merge"),
        pytest.param({"status": 403}, id="no permission"),
        pytest.param(
            {"reviews": [*[review("rong", "COMMENTED")] * 2, review("lin")], "next_name": "localhost"},
            id="a page of another host",
        ),
    ],
)
def test_what_cannot_be_read_is_not_approved(
    change: dict[str, Any], repository: Repository, github: GitHub
) -> None:
    """A missing answer must never look like a good one."""
    github.merged, github.reviews = repository.add("hello"), [review("lin")]
    for name, value in change.items():
        setattr(github, name, value)

    done = use(repository, github, command="apply", plan="plan.json")

    assert done.result == "failure"
    assert "reviews: " in done.log
    assert not repository.was_locked


@pytest.mark.parametrize("command", ["review", "plan", "apply"])
def test_the_token_reaches_nothing_but_the_reviews(command: str, tmp_path: Path) -> None:
    """What a pull request brings runs in the same job, and must not find its token."""
    program = tmp_path / "pushspec" / "bin" / "pushspec"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\nenv >> {tmp_path}/seen\n")
    program.chmod(0o755)
    environ = {
        "PATH": os.environ["PATH"],
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_TOKEN": "canary",
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "COMMAND": command,
        "REQUIRE_REVIEWS": "0",
        "MAX_DURATION": "5h",
        "PLAN": "plan.json",
        "BASE": "",
    }
    (tmp_path / "plan.json").write_text("{}")

    subprocess.run([ROOT / "scripts" / "action"], cwd=tmp_path, env=environ, check=True, capture_output=True)

    seen = (tmp_path / "seen").read_text()
    assert "RUNNER_TEMP" in seen
    assert "canary" not in seen

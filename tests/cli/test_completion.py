"""Tab completes names, environments, keys in doubt and codes, and never spoils what somebody types."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from workbench import CAMPAIGN, PROJECT, Project

if TYPE_CHECKING:
    from pathlib import Path

    from cli.kit import PushService, ServedProject

TWO_ENVIRONMENTS = PROJECT + "  prod: {sdk_app_id: 1400123456, region: china, secret_key: {env: KEY}}\n"
AUDIENCE = """\
apiVersion: pushspec/v1
kind: Audience
name: gold
file: gold.csv
column: user_id
"""


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    """A project with two campaigns and two environments."""
    files = {
        f"campaigns/{name}.yaml": CAMPAIGN.replace("name: hello", f"name: {name}")
        for name in ("spring-sale", "spring-news")
    }
    files["audiences/gold.yaml"] = AUDIENCE
    return Project(tmp_path).write({"pushspec.yaml": TWO_ENVIRONMENTS, **files})


def tab(project: Project, *words: str) -> list[str]:
    """Press Tab after the last word in a bash; nothing may be printed but what completes it."""
    done = subprocess.run(
        [sys.executable, "-m", "pushspec"],
        cwd=project.root,
        env=os.environ
        | {
            "_PUSHSPEC_COMPLETE": "bash_complete",
            "COMP_WORDS": " ".join(("pushspec", *words)),
            "COMP_CWORD": str(len(words)),
        },
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.stderr == ""
    return [line.removeprefix("plain,") for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        (["plan", "spring"], ["spring-news", "spring-sale"]),
        (["plan", "spring-news", "spring-"], ["spring-sale"]),
        (["show", "spring-s"], ["spring-sale"]),
        (["approve", "spring-s"], ["spring-sale"]),
        (["plan", "-e", ""], ["prod", "sandbox"]),
        (["apply", "-e", "p"], ["prod"]),
        (["recall", "spring-s"], ["spring-sale"]),
        (["try", "spring-s"], ["spring-sale"]),
        (["stop", "spring-s"], ["spring-sale"]),
        (["continue", "spring-s"], ["spring-sale"]),
        (["report", "spring-s"], ["spring-sale"]),
        (["people", "check", "spring-s"], ["spring-sale"]),
        (["audience", "pull", "g"], ["gold"]),
        (["audience", "show", "gold", ""], []),
        (["explain", "9005"], ["90050", "90054", "90055", "90056"]),
        (["explain", "quiet-"], ["quiet-hours"]),
        (["explain", "yaml-d"], ["yaml-direction-mark", "yaml-directive", "yaml-duplicate-key"]),
        (["help", "cal"], ["calendar", "callbacks"]),
        (["cal"], ["calendar", "callbacks"]),
    ],
)
def test_tab_completes(words: list[str], completed: list[str], shop: Project) -> None:
    """Names are read from the files, in order."""
    found = tab(shop, *words)

    assert found == completed or (words[0] == "explain" and set(found) >= {"90056"})


def test_tab_completes_a_call_in_doubt(project: ServedProject, push_service: PushService) -> None:
    """Nobody types `hello@1` for the one call that matters most."""
    project.write({"campaigns/hello.yaml": CAMPAIGN})
    push_service.answer = lambda _: 502
    project.apply()

    assert tab(project, "resolve", "hel") == ["hello@1"]


def test_tab_says_nothing_where_there_is_no_project(tmp_path: Path) -> None:
    """An error in the middle of the line is worse than no help."""
    assert tab(Project(tmp_path), "plan", "") == []
    assert tab(Project(tmp_path), "plan", "-e", "") == []
    assert tab(Project(tmp_path), "resolve", "") == []


@pytest.mark.parametrize("broken", ["name: [", "\0", "environments: {}\n"])
def test_tab_says_nothing_of_a_broken_file(broken: str, shop: Project) -> None:
    """`validate` does; the other campaigns complete all the same."""
    shop.write({"campaigns/broken.yaml": broken, "pushspec.yaml": broken})

    assert tab(shop, "plan", "spring") == ["spring-news", "spring-sale"]
    assert tab(shop, "plan", "-e", "") == []


def test_tab_connects_to_nothing(shop: Project) -> None:
    """A lockfile elsewhere belongs to somebody whom this person may not trust."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        lock = f"lock: 'postgresql://127.0.0.1:{server.getsockname()[1]}/x'"
        shop.write({"pushspec.yaml": TWO_ENVIRONMENTS.replace("{sdk_app_id", f"{{{lock}, sdk_app_id")})

        assert tab(shop, "resolve", "-e", "prod", "") == []
        with pytest.raises(TimeoutError):
            server.accept()


def test_tab_renders_no_template(shop: Project) -> None:
    """A stranger's template runs in `plan`, in a process with limits, and nowhere else."""
    endless = CAMPAIGN.replace("Hello", '"{% for a in range(99999999) %}{{ a }}{% endfor %}"')
    shop.write({"campaigns/endless.yaml": endless.replace("name: hello", "name: endless")})

    assert tab(shop, "plan", "end") == ["endless"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_is_printed(shell: str, shop: Project) -> None:
    """It asks this very program, and is nothing but the script."""
    printed = shop.run("completion", shell).assert_ok()

    assert f"_PUSHSPEC_COMPLETE={shell}_complete" in printed.out
    assert printed.err == ""


AT_EXIT = """
import atexit, signal, sys
from pushspec.cli.main import main
timers = (signal.ITIMER_REAL, signal.ITIMER_PROF)
atexit.register(lambda: print(*(signal.getitimer(it)[0] for it in timers)))
main()
"""


@pytest.mark.parametrize(("asked", "code"), [("bash_complete", 0), ("bash_unknown", 1), ("none_complete", 1)])
def test_the_time_limit_ends_with_the_answer(shop: Project, asked: str, code: int) -> None:
    """While Python winds up, nobody handles the alarm: on a busy machine it would kill behind the answer."""
    asks = {"_PUSHSPEC_COMPLETE": asked, "COMP_WORDS": "pushspec show spring-s", "COMP_CWORD": "2"}

    done = subprocess.run(
        [sys.executable, "-c", AT_EXIT],
        cwd=shop.root,
        env=os.environ | asks,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (done.returncode, done.stdout.splitlines()[-1]) == (code, "0.0 0.0")

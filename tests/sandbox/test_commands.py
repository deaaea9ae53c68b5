"""``pushspec sandbox`` and the pytest fixture: what scripts and people's own tests use."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from workbench import CAMPAIGN, PROJECT

from pushspec.sandbox.background import running
from pushspec.sandbox.settings import PUBLIC_SECRET_KEY, SandboxSettings
from sandbox.kit import batch

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(*arguments: str, folder: Path, code: int = 0) -> str:
    """Run ``pushspec sandbox`` in a folder and return what it printed."""
    command = [sys.executable, "-W", "error", "-m", "pushspec", "sandbox", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if code == 0 else done.stderr


def test_an_inbox_is_json_for_scripts(tmp_path: Path) -> None:
    """So that a team's test can say: user rong on OPPO saw this title."""
    database = tmp_path / ".pushspec" / "sandbox.db"
    with running(SandboxSettings(database=database)) as sandbox:
        sandbox.call("timpush/batch", batch(OfflinePushInfo={"Title": "x" * 60, "Desc": "d"}))

    found = json.loads(run("inbox", "rong", "--format", "json", folder=tmp_path))

    (oppo,) = [device for device in found["devices"] if device["vendor"] == "oppo"]
    assert found["format_version"] == 1
    assert oppo["notifications"][0]["title"] == "x" * 47 + "..."
    assert "OPPO Find X8" in run("inbox", "rong", folder=tmp_path)


def test_the_inbox_is_that_of_the_project_above(tmp_path: Path) -> None:
    """An apply keeps the sandbox in the project's folder, wherever below it one stands."""
    (tmp_path / "pushspec.yaml").touch()
    (tmp_path / "campaigns").mkdir()

    run("seed", "--count", "1", "--prefix", "x", folder=tmp_path / "campaigns")

    assert (tmp_path / ".pushspec" / "sandbox.db").exists()
    assert "x001" in run("inbox", "x001", folder=tmp_path)


def test_an_inbox_shows_no_control_characters(tmp_path: Path) -> None:
    """A push may hold anything, and a terminal obeys escape sequences."""
    database = tmp_path / ".pushspec" / "sandbox.db"
    with running(SandboxSettings(database=database)) as sandbox:
        sandbox.call("timpush/batch", batch(OfflinePushInfo={"Title": "\x1b[31mred", "Desc": "d"}))

    assert "\x1b" not in run("inbox", "rong", folder=tmp_path)


def test_people_come_from_a_csv_file(tmp_path: Path) -> None:
    """Name, phone, language, tags and attributes, new attributes included."""
    (tmp_path / "people.csv").write_text(
        "account,nick,vendor,language,tags,attribute.team\nzoë,Zoë,huawei,de,a;b,red\n", encoding="utf-8"
    )

    assert run("seed", "--csv", "people.csv", "--count", "5", folder=tmp_path) == "6 accounts added\n"

    found = json.loads(run("inbox", "zoë", "--format", "json", folder=tmp_path))
    assert (found["tags"], found["attributes"], found["devices"][0]["language"]) == (
        ["a", "b"],
        {"team": "red"},
        "de",
    )


def test_git_takes_no_people_of_the_sandbox(tmp_path: Path) -> None:
    """A rehearsal may be made with the real list."""
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / "people.txt").write_text("account\nrong\n")

    run("seed", "--csv", "people.txt", folder=tmp_path)

    add = ["git", "add", "-A", "--verbose"]
    taken = subprocess.run(add, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert (tmp_path / ".pushspec/sandbox.db").exists()
    assert taken == "add 'people.txt'\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name\nrong\n", "unknown column name"),
        ("nick\nrong\n", "no column account"),
        ("account,vendor\nrong,nokia\n", "line 2: account is empty, or vendor or status is unknown"),
    ],
)
def test_a_wrong_csv_file_is_refused_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    """Nobody is added from a file that is wrong somewhere."""
    (tmp_path / "people.csv").write_text(text, encoding="utf-8")

    assert complaint in run("seed", "--csv", "people.csv", folder=tmp_path, code=2)


def test_reset_forgets_people_and_pushes(tmp_path: Path) -> None:
    """A clean beginning for the next rehearsal."""
    run("seed", "--count", "3", "--prefix", "x", folder=tmp_path)

    run("reset", folder=tmp_path)

    assert "no account x001" in run("inbox", "x001", folder=tmp_path, code=2)


@contextmanager
def serving(folder: Path, *arguments: str, lines: int = 4) -> Iterator[dict[str, str]]:
    """Run ``pushspec sandbox serve`` and yield what its first lines say; it must stop without a traceback."""
    command = [sys.executable, "-W", "error", "-m", "pushspec", "sandbox", "serve", "--port", "0", *arguments]
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    try:
        yield dict(process.stdout.readline().strip().split(": ", 1) for _ in range(lines))
    finally:
        process.send_signal(signal.SIGTERM)
        _, complaints = process.communicate(timeout=30)
    assert "Traceback" not in complaints, complaints


def test_serve_stops_while_a_page_is_open(tmp_path: Path) -> None:
    """The page of the sandbox listens for changes until it is closed, and most people leave it open."""
    with httpx.Client(timeout=30, trust_env=False) as browser:
        with serving(tmp_path) as told:
            page = browser.send(
                browser.build_request("GET", f"{told['base_url']}/sandbox/events"), stream=True
            )
            heard = page.iter_lines()
            assert next(heard) == "event: changed"
        page.close()


def test_serve_says_where_it_is_and_stops_when_told(tmp_path: Path) -> None:
    """Tests read the address from the first lines."""
    with serving(tmp_path) as told:
        assert httpx.get(told["base_url"], timeout=30, trust_env=False).is_success

    assert told["base_url"].startswith("http://127.0.0.1:")
    assert (told["sdk_app_id"], told["identifier"], told["secret_key"]) == (
        "1400000000",
        "administrator",
        PUBLIC_SECRET_KEY,
    )


def test_serve_shows_the_campaigns_of_the_project(tmp_path: Path) -> None:
    """As a plan has them, and why there is none when the files are wrong."""
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "pushspec.yaml").write_text(PROJECT)
    campaign = tmp_path / "campaigns" / "hello.yaml"
    campaign.write_text(CAMPAIGN)
    with serving(tmp_path) as told:
        url = f"{told['base_url']}/sandbox"
        state = httpx.get(f"{url}/state", timeout=30, trust_env=False).json()
        planned = httpx.get(f"{url}/campaigns", timeout=30, trust_env=False).json()
        campaign.write_text(CAMPAIGN.replace("audience", "audiences"))
        wrong = httpx.get(f"{url}/campaigns", timeout=30, trust_env=False).json()

    assert state["app"]["project"] == "acme-push"
    assert [(row["key"], row["title"], row["state"], row["calls"]) for row in planned["campaigns"]] == [
        ("hello@1", "Hello", "send", "1 call")
    ]
    assert wrong["campaigns"] == []
    assert wrong["problem"] == "1 error; `pushspec validate` tells more"
    assert wrong["problem_zh"] == "1 个错误；详见 `pushspec validate`"


def test_serve_speaks_tls_with_an_authority_of_its_own(tmp_path: Path) -> None:
    """Other people's client libraries insist on HTTPS; only who trusts the printed file gets through."""
    with serving(tmp_path, "--tls", lines=5) as told:
        trusting = ssl.create_default_context(cafile=told["ca_file"])
        answer = httpx.post(
            f"{told['base_url']}/v4/timpush/push", verify=trusting, timeout=30, trust_env=False
        )
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(told["base_url"], timeout=30, trust_env=False)

    assert told["base_url"].startswith("https://127.0.0.1:")
    assert answer.json()["ErrorCode"] == 60012
    assert [path.name for path in (tmp_path / ".pushspec").glob("*.pem*")] == ["sandbox-ca.pem"]
    assert b"PRIVATE" not in Path(told["ca_file"]).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (("--host", "0.0.0.0"), 2, "listens on loopback only"),
        (("--host", "example.com"), 2, "listens on loopback only"),
        (("--fault", "explode"), 2, "--fault explode"),
        (("--secret-env", "PUSHSPEC_NO_SUCH_VARIABLE"), 9, "is not set"),
    ],
)
def test_serve_refuses_what_cannot_be(
    tmp_path: Path, arguments: tuple[str, ...], code: int, complaint: str
) -> None:
    """Above all to listen to anybody but this machine."""
    assert complaint in run("serve", *arguments, folder=tmp_path, code=code)


TEAMS_TEST = """
import pytest
from pushspec.sandbox.faults import Fault, FaultKind
from pushspec.sandbox.settings import SandboxSettings

PUSH = {
    "From_Account": "administrator",
    "To_Account": ["rong"],
    "MsgRandom": 1,
    "OfflinePushInfo": {"Title": "hello", "Desc": "d"},
}

@pytest.fixture
def pushspec_sandbox_settings(tmp_path):
    return SandboxSettings(database=tmp_path / "s.db", sdk_app_id=1400000007)

def test_rong_sees_the_title(pushspec_sandbox):
    assert pushspec_sandbox.sdk_app_id == 1400000007
    assert pushspec_sandbox.call("timpush/batch", PUSH)["ErrorCode"] == 0
    assert pushspec_sandbox.titles("rong", "oppo") == ["hello"]
    assert [call["path"] for call in pushspec_sandbox.calls()] == ["timpush/batch"]

def test_each_test_starts_fresh(pushspec_sandbox):
    assert pushspec_sandbox.titles("rong") == []
    pushspec_sandbox.play(Fault(FaultKind.ERROR, code=91000))
    assert pushspec_sandbox.call("timpush/batch", PUSH)["ErrorCode"] == 91000
    assert pushspec_sandbox.seed(3) == 3
    pushspec_sandbox.advance(60)
    pushspec_sandbox.reset()
    with pytest.raises(LookupError, match="no such account"):
        pushspec_sandbox.inbox("crowd001")
"""


def test_a_teams_own_test_gets_a_sandbox(tmp_path: Path) -> None:
    """The fixture of the pytest plugin, with settings of their own."""
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["pushspec.sandbox.pytest_plugin"]')
    (tmp_path / "test_push.py").write_text(TEAMS_TEST)
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)

    assert "2 passed" in done.stdout, done.stdout


def test_the_plugin_costs_other_test_runs_nothing() -> None:
    """pytest loads it in every run: nothing heavy may come with it."""
    script = (
        "import sys, pytest, pushspec.sandbox.pytest_plugin;"
        "print([m for m in ('sqlite3', 'starlette', 'uvicorn', 'httpx') if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"

"""The callbacks commands, as somebody types them."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING

import pytest
from pyarrow import parquet
from simulation.greedy import CANARY, Greedy

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = """\
apiVersion: pushspec/v1
kind: Project
name: acme-push
environments:
  prod:
    sdk_app_id: 1400123456
    region: singapore
    secret_key: {env: TIM_SECRET_KEY}
    callbacks: {token: {env: TIM_CALLBACK_TOKEN}}
  bare: {sandbox: true}
default_environment: prod
"""
TOKEN = "token-canary"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project that takes callbacks."""
    (tmp_path / "pushspec.yaml").write_text(PROJECT)
    return tmp_path


def run(
    folder: Path, *arguments: str, token: str = TOKEN, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pushspec", *arguments],
        cwd=folder,
        env={"TIM_CALLBACK_TOKEN": token, "PATH": "/usr/bin:/bin", **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )


def post(url: str, *accounts: str) -> None:
    now = str(int(time.time()))
    sign = hashlib.sha256(f"{TOKEN}{now}".encode()).hexdigest()
    events = [
        {"EventType": 1, "TaskId": "t1", "EventTime": 1_790_000_000, "PushStage": 2, "To_Account": account}
        for account in accounts
    ]
    query = f"SdkAppid=1400123456&CallbackCommand=Push.AllMemberPush&Sign={sign}&RequestTime={now}"
    request = urllib.request.Request(f"{url}?{query}", data=json.dumps({"Events": events}).encode())
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert json.load(answer)["ErrorCode"] == 0


def test_callbacks_are_received_counted_and_exported(folder: Path) -> None:
    """From the service's post to the parquet file, with the commands alone."""
    command = [sys.executable, "-m", "pushspec", "callbacks", "serve", "--port", "0"]
    serving = subprocess.Popen(
        command,
        cwd=folder,
        env={"TIM_CALLBACK_TOKEN": TOKEN, "PATH": "/usr/bin:/bin"},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert serving.stderr is not None
    said = serving.stderr.readline()
    url = re.search(r"http://\S+/", said)
    assert url is not None, said
    post(url[0], "bonnie", "rong")
    post(url[0], "bonnie")
    serving.send_signal(signal.SIGINT)
    rest = serving.communicate(timeout=60)[1]

    status = run(folder, "callbacks", "status")
    facts = json.loads(run(folder, "callbacks", "status", "--format", "json").stdout)
    exported = run(folder, "callbacks", "export", "events.parquet")

    assert "2 posts, 2 events\n  1 event came more than once and count once" in status.stdout
    assert (facts["format_version"], facts["posts"], facts["events"], facts["repeats"]) == (1, 2, 2, 1)
    assert exported.stderr == "2 events written to events.parquet\n"
    table = parquet.read_table(folder / "events.parquet").to_pydict()
    assert sorted(table["account"]) == ["bonnie", "rong"]
    assert str(table["at"][0].tzinfo) == "UTC"
    assert TOKEN not in said + rest + status.stdout
    assert "Sign" not in said + rest, "a logged URL would let its reader post events"


@pytest.mark.parametrize(
    ("arguments", "token", "code", "words"),
    [
        (["serve", "-e", "bare"], TOKEN, 2, "environment bare takes no callbacks"),
        (["serve"], "", 9, "the environment variable TIM_CALLBACK_TOKEN is not set"),
        (["serve", "--host", "192.0.2.1"], TOKEN, 2, "cannot listen on 192.0.2.1:8790"),
        (["status", "--store", "pushspec.yaml"], TOKEN, 8, "file is not a database"),
        (["export", "pushspec.yaml/events.parquet"], TOKEN, 2, "cannot be written"),
    ],
)
def test_what_cannot_be_done_says_why(
    folder: Path, arguments: list[str], token: str, code: int, words: str
) -> None:
    """With the exit code of its kind, and no traceback."""
    done = run(folder, "callbacks", *arguments, token=token)

    assert (done.returncode, words in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["pushspec.prod.lock", "campaigns/a.yaml", "null", "link"])
def test_an_export_replaces_nothing_that_matters(folder: Path, name: str) -> None:
    """A slip of Tab, and the record of every send, a campaign, or a device of the machine would be gone."""
    (folder / "pushspec.prod.lock").write_text('{"record":"header","seq":0}\n')
    (folder / "campaigns").mkdir()
    (folder / "campaigns" / "a.yaml").write_text("kind: Campaign\n")
    os.mknod(folder / "null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    (folder / "link").symlink_to("campaigns/a.yaml")
    before = {it: it.lstat() for it in folder.rglob("*") if not it.name.startswith(".")}

    done = run(folder, "callbacks", "export", name)

    assert (done.returncode, "name another file" in done.stderr) == (2, True), done.stderr
    after = {it: it.lstat() for it in before}
    assert [(it.st_mode, it.st_ino, it.st_size) for it in after.values()] == [
        (it.st_mode, it.st_ino, it.st_size) for it in before.values()
    ]


def test_a_store_without_a_post_asks_whether_the_console_is_set(folder: Path) -> None:
    """An empty store usually means a switch that nobody set."""
    assert "no post yet: check that the callback is on" in run(folder, "callbacks", "status").stdout


@pytest.mark.parametrize("has_tls", [False, True], ids=["without TLS", "with TLS"])
@pytest.mark.parametrize("command", ["callbacks status", "doctor", "callbacks status --store {address}"])
def test_no_other_machine_gets_the_password(folder: Path, command: str, has_tls: bool) -> None:
    """A pull request names the server; PGPASSWORD is the one of one's own database."""
    greedy = Greedy(has_tls=has_tls)
    # This address reaches the same server, and is none that stands for this machine.
    address = f"postgresql://pushspec@0.0.0.0:{greedy.port}/db?sslmode=disable"
    if "{" not in command:
        named = PROJECT.replace("TIM_CALLBACK_TOKEN}", f"TIM_CALLBACK_TOKEN}}, store: '{address}'")
        (folder / "pushspec.yaml").write_text(named)

    done = run(folder, *command.format(address=address).split(), PGPASSWORD=CANARY)
    greedy.close()

    assert CANARY.encode() not in greedy.received
    assert "which would give it the password" in done.stdout + done.stderr or not has_tls
    assert "the password would leave in the clear" in done.stdout + done.stderr or has_tls

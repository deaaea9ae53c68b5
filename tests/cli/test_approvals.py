"""Approvals from the key to the push, with real git, real keys and the real command line."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from approvals.kit import key_maker
from approvals.test_sshsig import rearmored
from workbench import Project

from pushspec.api import approvals
from pushspec.approvals import sign, verification
from pushspec.git import read_git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from approvals.kit import KeyPair

__all__ = ["key_maker"]

PROJECT = """\
apiVersion: pushspec/v1
kind: Project
name: acme-push
environments:
  sandbox: {sandbox: true}
approvals:
  rules:
    - {people: 1, when: {tags: true}}
    - {people: 2, when: {everyone: true}}
"""
CAMPAIGN = """\
apiVersion: pushspec/v1
kind: Campaign
name: sale
version: 1
endpoint: timpush/push
audience: {tags: {any: [vip]}}
notification: {title: "Spring sale", desc: "Until noon."}
"""


@dataclass
class Team:
    """A repository that several people commit to."""

    root: Path
    keys: dict[str, KeyPair]

    def write(self, path: str, text: str) -> Team:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)
        return self

    def git(self, *arguments: str, by: str = "kim") -> str:
        who = ["-c", f"user.name={by}", "-c", f"user.email={by.title()}@acme.com"]
        return subprocess.run(
            ["git", *who, *arguments], cwd=self.root, check=True, capture_output=True, text=True
        ).stdout.strip()

    def commit(self, by: str, message: str = "Change") -> Team:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message, by=by)
        return self

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pushspec", *arguments],
            cwd=self.root,
            env={"PATH": os.environ["PATH"], "HOME": str(self.root.parent), **environ},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=120,
        )

    def approve(self, by: str, *more: str) -> Team:
        done = self.run("approve", "sale", "--key", str(self.keys[by].path), *more)
        assert done.returncode == 0, done.stderr
        return self.commit(by, "Approve")

    def state(self) -> tuple[str, str]:
        plan = json.loads(self.run("plan", "--format", "json").stdout)
        (campaign,) = plan["campaigns"]
        return campaign["state"], campaign["reason"]


@pytest.fixture
def team(tmp_path: Path, make_key: Callable[..., KeyPair]) -> Team:
    """Kim wrote a campaign; Ada and Lin may approve, and so may Kim."""
    keys = {name: make_key(name) for name in ("ada", "lin", "kim")}
    made = Team(tmp_path / "repo", keys)
    made.write("pushspec.yaml", PROJECT).write("campaigns/sale.yaml", CAMPAIGN)
    lines = "".join(f"{name}@acme.com {key.public}\n" for name, key in keys.items())
    made.write("approvals/signers", lines).write(".gitignore", ".pushspec/\npushspec.sandbox.lock\n")
    made.git("init", "-q", "-b", "main")
    return made.commit("kim", "Write a campaign")


def test_a_campaign_waits_for_somebody_else_s_yes_and_then_leaves_by_itself(team: Team) -> None:
    """From the block to the record: who approved, with which key, over which statement."""
    blocked = team.state()
    refused = team.run("apply", "--approved")

    team.approve("ada")
    ready = team.state()
    sent = team.run("apply", "--approved")
    again = team.run("apply", "--approved")

    assert blocked == (
        "blocked",
        "approvals (0 of 1 approved; 1 more of ada@acme.com, lin@acme.com)",
    )
    assert "Applied" not in refused.stdout
    assert ready[0] == "send"
    assert sent.returncode == 0, sent.stderr
    assert "Nothing to send." in again.stdout
    (begin,) = [
        record
        for record in map(json.loads, (team.root / "pushspec.sandbox.lock").read_text().splitlines())
        if record["record"] == "begin"
    ]
    assert begin["approved_by"][0].startswith("ada@acme.com SHA256:")
    assert len(begin["statement_sha256"]) == 64


def test_show_names_who_approved_and_who_reviewed_what_left(team: Team) -> None:
    """Whoever looks into a push months later finds there whose yes it had, and over which statement."""
    team.approve("ada")
    statement = sha256((team.root / "approvals/sale@1/sandbox/statement.json").read_bytes()).hexdigest()
    fingerprint = json.loads(team.run("approvals", "--format", "json").stdout)["campaigns"][0]["signatures"][
        0
    ]["fingerprint"]
    sent = team.run("apply", "--approved", PUSHSPEC_REVIEWED_BY="lin rong")
    assert sent.returncode == 0, sent.stderr

    shown = team.run("show", "sale").stdout

    assert f"\n  approved  by ada@acme.com with {fingerprint}\n" in shown
    assert f"\n  statement {statement} (SHA-256)\n" in shown
    assert "\n  reviewed  on GitHub by lin, rong\n" in shown


def test_show_says_nothing_of_approvals_that_nobody_asked_for(team: Team) -> None:
    """A line about nobody would read as if somebody had been asked."""
    project = PROJECT.partition("approvals:")[0]
    team.write("pushspec.yaml", project).commit("kim")
    digest = json.loads(team.run("plan", "--format", "json").stdout)["digest"]
    assert team.run("apply", "--confirm", digest).returncode == 0

    shown = team.run("show", "sale").stdout

    assert "  begun     " in shown
    assert not any(word in shown for word in ("approved", "statement", "reviewed"))


def test_the_author_s_own_yes_does_not_count(team: Team) -> None:
    """Kim's key is listed, and Kim wrote the campaign; case of the address does not matter."""
    team.approve("kim")

    assert team.state()[0] == "blocked"
    assert "kim@acme.com does not count: an author of the change cannot approve it" in team.state()[1]
    found = team.run("approvals").stdout
    assert "! kim@acme.com" in found


def test_an_author_whom_the_signers_file_does_not_name_is_shown(team: Team) -> None:
    """An address is what somebody typed: from a second one of Kim's, Kim's own yes would count."""
    assert "signers file does not name" not in team.run("approvals").stdout
    team.write("campaigns/sale.yaml", CAMPAIGN.replace("noon", "two")).commit("kim.home")

    text, found = (team.run("approvals", "--format", form).stdout for form in ("text", "json"))

    assert "  ? by kim.home@acme.com, whom the signers file does not name\n" in text
    (campaign,) = json.loads(found)["campaigns"]
    assert campaign["authors_unknown"] == ["kim.home@acme.com"]

    team.write("pushspec.yaml", PROJECT.replace("approvals:\n", "approvals:\n  not_author: false\n"))
    assert "kim.home" not in team.commit("kim").run("approvals").stdout


def test_the_plan_says_once_which_authors_nobody_can_tell_from_signers(team: Team) -> None:
    """Who reviews a pull request reads the plan."""
    told = "whom the signers file does not name: if a signer uses such an address, too, list it there"
    forms = ("text", "markdown", "html")
    assert all("does not name" not in team.run("plan", "--format", form).stdout for form in forms)
    team.write("campaigns/sale.yaml", CAMPAIGN.replace("noon", "two"))
    team.write("campaigns/more.yaml", CAMPAIGN.replace("sale", "more")).commit("kim.home")

    for form in forms:
        shown = " ".join(team.run("plan", "--format", form).stdout.split())
        assert shown.count(told) == 1, shown
        assert shown.count("kim.home@acme.com") == 1
    github = team.run("plan", "--format", "github").stdout
    assert github.count("title=author-unknown,file=pushspec.yaml::changed by kim.home@acme.com") == 1
    sarif = json.loads(team.run("plan", "--format", "sarif").stdout)["runs"][0]["results"]
    assert [it["ruleId"] for it in sarif].count("author-unknown") == 1
    plan = json.loads(team.run("plan", "--format", "json").stdout)
    found = {it["name"]: it["approvals"]["authors_unknown"] for it in plan["campaigns"]}
    assert found == {"sale": ["kim.home@acme.com"], "more": ["kim.home@acme.com"]}


def test_a_co_author_is_an_author(team: Team) -> None:
    """In any trailer block of the message."""
    team.write("campaigns/sale.yaml", CAMPAIGN.replace("noon", "ten"))
    team.commit("kim", "Change\n\nCo-authored-by: Ada <ADA@acme.com>\n\nSigned-off-by: x")

    team.approve("ada")

    assert team.state()[0] == "blocked"


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("campaigns/sale.yaml", "noon", "ten"),
        ("campaigns/sale.yaml", "[vip]", "[vip, beta]"),
        (
            "campaigns/sale.yaml",
            "notification:",
            'schedule: {not_after: "2099-12-01T12:00:00Z"}\nnotification:',
        ),
        ("campaigns/sale.yaml", "notification:", 'recall: {title: "Sorry", desc: "Wrong"}\nnotification:'),
        (
            "campaigns/sale.yaml",
            "notification:",
            'exceptions: [{policy: test-text, reason: "it is one"}]\nnotification:',
        ),
    ],
)
def test_a_change_after_the_approval_makes_it_worthless(team: Team, path: str, old: str, new: str) -> None:
    """Text, people, window, recall and lifted policies: each decides who gets what when."""
    team.approve("ada")
    team.write(path, (team.root / path).read_text().replace(old, new)).commit("kim")

    state, reason = team.state()

    assert state == "blocked"
    assert "ada@acme.com does not count: it approves another content" in reason


def test_a_change_of_layout_keeps_the_approval(team: Team) -> None:
    """A comment decides nothing."""
    team.approve("ada")
    team.write("campaigns/sale.yaml", f"# A comment.\n{CAMPAIGN}").commit("kim")

    assert team.state()[0] == "send"


@pytest.mark.parametrize(
    ("typed", "message"), [("0h", "'0h' is too short: at least 1s"), ("1w", "is not a duration such as 90s")]
)
def test_an_approval_lasts_a_while(team: Team, typed: str, message: str) -> None:
    """Zero would read as "as long as the project allows"."""
    refused = team.run("approve", "sale", "--expires", typed)

    assert (refused.returncode, message in refused.stderr) == (2, True), refused.stderr


def test_what_is_not_committed_does_not_count(team: Team) -> None:
    """The commit is what is applied, and what CI has."""
    done = team.run("approve", "sale", "--key", str(team.keys["ada"].path))

    assert "counts once it is in the commit" in done.stderr
    assert team.state()[0] == "blocked"
    team.write("approvals/signers", "")
    team.commit("ada")
    assert "0 of 1 approved; nobody else may approve" in team.state()[1]


def test_a_project_in_a_subfolder_of_its_repository_counts_its_approvals(team: Team) -> None:
    """Monorepos are where approvals are asked for most."""
    shop = Team(team.root / "shop", team.keys)
    for path in ("pushspec.yaml", "campaigns/sale.yaml", "approvals/signers"):
        shop.write(path, (team.root / path).read_text())
    shop.commit("kim", "Write a campaign")

    shop.approve("ada")

    assert shop.state()[0] == "send"


def test_a_file_of_the_approvals_that_is_too_large_is_not_read(team: Team) -> None:
    """A pull request may carry anything, and a plan must not take its memory for it."""
    team.approve("ada")
    signers = (team.root / "approvals/signers").read_text()
    team.write("approvals/signers", signers + f"#{' ' * 2**20}\n").commit("ada")

    size = len((team.root / "approvals/signers").read_bytes())
    too_large = f"approvals/signers is too large: {size:,} bytes, and at most 1,048,576 are read"
    assert too_large in team.state()[1]
    unsigned = team.run("approve", "sale", "--key", str(team.keys["ada"].path))
    assert (unsigned.returncode, too_large in unsigned.stderr) == (2, True)
    team.git("rm", "-q", "approvals/signers")
    team.commit("ada")
    assert "the commit has no approvals/signers" in team.state()[1]


def test_signers_of_the_default_branch_that_are_too_large_count_nobody(team: Team) -> None:
    """A key may be gone from them, and nobody can tell."""
    signers = (team.root / "approvals/signers").read_text()
    team.write("approvals/signers", signers + f"#{' ' * 2**20}\n").commit("ada")
    team.git("update-ref", "refs/remotes/origin/main", "HEAD")
    team.write("approvals/signers", signers).commit("ada").approve("ada")

    assert team.state()[0] == "blocked"


@pytest.mark.parametrize(
    "name", ["sale@1/sandbox/ada@acme.com.sig", "sale@1/sandbox/statement.json", "signers"]
)
@pytest.mark.parametrize("command", ["approvals", "approve"])
def test_no_link_among_the_approvals_is_followed(team: Team, name: str, command: str) -> None:
    """It may lead to a device without end; here it leads to a pipe that nobody writes."""
    file = team.root / "approvals" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    os.mkfifo(team.root.parent / "pipe")
    file.symlink_to(team.root.parent / "pipe")
    key = ["sale", "--key", str(team.keys["ada"].path)] if command == "approve" else []

    done = team.run(command, *key)  # with a limit on its time

    is_refused = command == "approve" and not name.endswith(".sig")  # that link makes way for the signature
    assert done.returncode == (2 if is_refused else 0), done.stderr
    assert ("symbolic link" in done.stderr) == is_refused


def test_a_deleted_signature_withdraws(team: Team) -> None:
    """Whoever approved too soon takes the file away."""
    team.approve("ada")
    team.git("rm", "-q", "-r", "approvals/sale@1/sandbox/ada@acme.com.sig")
    team.commit("ada")

    assert team.state()[0] == "blocked"


def test_rules_and_signers_of_the_work_tree_do_not_count(team: Team) -> None:
    """A job before apply could write them."""
    team.write("pushspec.yaml", PROJECT.replace("people: 1", "people: 20")).commit("kim")
    team.write("pushspec.yaml", PROJECT)

    assert "0 of 20 approved" in team.state()[1]


DROPPED = PROJECT.partition("approvals:")[0]


def test_dropping_approvals_without_a_commit_lifts_none(team: Team) -> None:
    """Whoever may edit the file in a job has not agreed with the others; in a subfolder, too."""
    shop = Team(team.root / "shop", team.keys)
    for path in ("campaigns/sale.yaml", "approvals/signers"):
        shop.write(path, (team.root / path).read_text())
    shop.write("pushspec.yaml", PROJECT).commit("kim")
    for here in (team, shop):
        here.write("pushspec.yaml", DROPPED)

        plan, sent = here.run("plan"), here.run("apply", "--confirm", "0" * 64)
        listed = here.run("approvals")

        assert plan.returncode == 6, plan.stdout
        assert "approvals (0 of 1 approved; 1 more of ada@acme.com, lin@acme.com)" in " ".join(
            plan.stdout.split()
        )
        assert sent.returncode == 6
        assert "0 of 1 approved" in listed.stdout
    team.approve("ada")
    team.write("pushspec.yaml", PROJECT).commit("kim").write("pushspec.yaml", DROPPED)
    told = " ".join(team.run("plan").stdout.split())
    assert "approval-rules: pushspec.yaml no longer has approvals; those of the commit hold" in told
    assert team.run("apply", "--approved").returncode == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{people: 1, when: {tags: true}}", "{people: 1, when: {everybody: true}}"),
        ("name: acme-push", "name: [acme-push"),
        ("sandbox: {sandbox: true}", "sandbox: {sandbx: true}"),
    ],
    ids=["a rule", "the whole file", "another key"],
)
def test_rules_of_the_commit_that_nobody_can_read_are_not_lifted_without_a_commit(
    team: Team, old: str, new: str
) -> None:
    """Whoever committed a broken file and then edits it has still not asked anybody."""
    team.write("pushspec.yaml", PROJECT.replace(old, new)).commit("kim")
    team.write("pushspec.yaml", DROPPED)

    plan, sent = team.run("plan"), team.run("apply", "--confirm", "0" * 64)
    listed = team.run("approvals")

    assert plan.returncode == sent.returncode == 6, plan.stdout
    why = "the commit's pushspec.yaml has approvals and cannot be read"
    assert f"blocked: approvals ({why}" in " ".join(plan.stdout.split())
    assert (listed.returncode, why in listed.stderr) == (2, True)
    team.commit("kim")
    assert team.run("plan").returncode == 0, "as in a commit, of which a reviewer reads who lifted them"


def test_a_project_without_approvals_asks_git_twice(
    team: Team, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Most projects have none; outside a repository git is not asked at all."""
    asked: list[str] = []

    def counted(folder: Path, *words: str, **more: Any) -> bytes:
        asked.append(words[0])
        return read_git(folder, *words, **more)

    monkeypatch.setattr("pushspec.approvals.repository.read_git", counted)
    team.write("pushspec.yaml", DROPPED).write("campaigns/more.yaml", CAMPAIGN.replace("sale", "more"))
    Project(team.commit("kim").root).run("plan").assert_ok()
    inside = list(asked)
    outside = Project(tmp_path / "outside").write({"pushspec.yaml": DROPPED, "campaigns/a.yaml": CAMPAIGN})
    outside.run("plan").assert_ok()

    assert inside == ["cat-file"] * 2
    (tmp_path / "outside" / ".git").mkdir()
    outside.run("plan").assert_ok()


def test_everyone_needs_two_people_and_two_files_of_one_are_one(team: Team) -> None:
    """The strictest rule that matches counts, and people are counted, not files."""
    team.write("campaigns/sale.yaml", CAMPAIGN.replace("{tags: {any: [vip]}}", "{everyone: true}"))
    team.commit("kim")
    team.approve("ada")
    one, shown = team.state(), " ".join(team.run("plan", "--format", "html").stdout.split())
    told, seen = team.run("plan").stdout, json.loads(team.run("plan", "--format", "json").stdout)

    team.approve("lin")

    rule = "(a rule asks for 2 people for everyone)"
    assert f"approved by ada@acme.com {rule}; 1 more of lin@acme.com" in " ".join(told.split())
    assert f"approved by ada@acme.com {rule}; 1 more of lin@acme.com" in " ".join(shown.split())
    assert "Next: pushspec approve sale -e sandbox\n" in told
    approvals = seen["campaigns"][0]["approvals"]
    assert (approvals["needed"], approvals["approved_by"]) == (2, ["ada@acme.com"])
    assert (approvals["is_enough"], approvals["missing"]) == (False, ["lin@acme.com"])
    assert f"  approved by ada@acme.com, lin@acme.com {rule}\n" in team.run("plan").stdout
    assert one == ("blocked", "approvals (1 of 2 approved; 1 more of lin@acme.com)")
    assert team.state()[0] == "send"


@pytest.mark.parametrize("order", [(1, 2), (2, 1)], ids=["milder first", "stricter first"])
def test_of_two_rules_that_match_the_stricter_counts(team: Team, order: tuple[int, int]) -> None:
    """Wherever it stands: a rule for every campaign does not weaken the one for tags."""
    rules = {1: "{people: 1}", 2: "{people: 2, when: {tags: true}}"}
    head, _, _ = PROJECT.partition("  rules:")
    listed = ", ".join(rules[people] for people in order)
    team.write("pushspec.yaml", f"{head}  rules: [{listed}]\n").commit("kim")

    (found,) = json.loads(Project(team.root).run("approvals", "--format", "json").out)["campaigns"]

    assert (found["needed"], found["rule"]) == (2, "2 people for tags")


def test_a_shallow_clone_cannot_tell_the_authors(team: Team, tmp_path: Path) -> None:
    """An author that is not in sight is no reason to count."""
    team.approve("ada")
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", f"file://{team.root}", str(tmp_path / "clone")], check=True
    )
    clone = Team(tmp_path / "clone", team.keys)

    assert "this clone is shallow, so who wrote the change is unknown: fetch-depth: 0" in clone.state()[1]


def test_a_campaign_cannot_lift_the_approval_that_it_needs(team: Team) -> None:
    """It would be its author's own exception."""
    lifted = CAMPAIGN + 'exceptions: [{policy: approvals, reason: "in a hurry"}]\n'
    done = team.write("campaigns/sale.yaml", lifted).run("plan")

    assert done.returncode == 1
    assert "cannot be lifted by the campaign that needs approval" in done.stderr


@pytest.mark.parametrize(
    ("policy", "rule"), [("approvals", "approvals-lifted"), ("rollout", "rollout-lifted")]
)
def test_no_level_in_the_project_file_makes_a_warning_of_what_people_decide(
    team: Team, policy: str, rule: str
) -> None:
    """The level is read from the file as it lies there, so without a commit it would lift every approval."""
    team.write("pushspec.yaml", f"{PROJECT}policy: {{levels: {{{policy}: warning}}}}\n")

    for command in (["validate"], ["plan"], ["apply", "--approved"], ["approvals"]):
        refused = team.run(*command)
        assert refused.returncode == 1, refused.stdout
        assert f"pushspec.yaml:10:{21 + len(policy)}: error[{rule}]" in refused.stdout + refused.stderr
    team.write("pushspec.yaml", f"{PROJECT}policy: {{levels: {{{policy}: error}}}}\n")
    assert team.run("plan").returncode == 6


def test_a_plan_names_what_no_rule_asks_about(team: Team) -> None:
    """A reviewer cannot tell it from a campaign whose rules the plan does not know."""
    for name in ("few", "two"):
        own = CAMPAIGN.replace("name: sale", f"name: {name}").replace("timpush/push", "timpush/batch")
        listed = own.replace("{tags: {any: [vip]}}", "{accounts: [bonnie]}\nfrom: administrator")
        team.write(f"campaigns/{name}.yaml", listed)
    team.commit("kim")

    said = "no rule asks anybody to approve few@1 and two@1"
    assert said in team.run("plan").stdout
    assert said in team.run("plan", "--format", "markdown").stdout
    assert said in team.run("plan", "--format", "html").stdout
    assert "no rule asks" not in team.run("plan", "sale").stdout


def test_without_a_rule_approved_sends_nothing(team: Team) -> None:
    """--approved is a confirmation only where persons were asked."""
    team.write("pushspec.yaml", PROJECT.replace("tags: true", "accounts: 100000")).commit("kim")

    done = team.run("apply", "--approved")

    assert done.returncode == 6
    assert "no rule asks anybody to approve sale@1" in done.stderr


@pytest.fixture
def agent(make_key: Callable[..., KeyPair]) -> Iterator[dict[str, str]]:
    """A real ssh-agent that holds Ada's key."""
    said = subprocess.run(["ssh-agent", "-s"], capture_output=True, text=True, check=True).stdout
    environ = dict(part.split("=", 1) for part in said.replace(";", "\n").split("\n") if part[:4] == "SSH_")
    subprocess.run(["ssh-add", "-q", str(make_key("ada").path)], env={**os.environ, **environ}, check=True)
    yield environ
    subprocess.run(["ssh-agent", "-k"], env={**os.environ, **environ}, capture_output=True, check=True)


def test_the_agent_s_key_signs(team: Team, agent: dict[str, str]) -> None:
    """No file is named: the key that the signers file lists is taken."""
    done = team.run("approve", "sale", SSH_AUTH_SOCK=agent["SSH_AUTH_SOCK"])
    team.commit("ada")

    assert "ada@acme.com signed sale@1 for sandbox" in done.stderr, done.stderr
    assert team.state()[0] == "send"


def test_an_agent_without_the_key_is_answered_with_both_fingerprints(
    team: Team, agent: dict[str, str]
) -> None:
    """So that one sees which key is missing where."""
    team.write("approvals/signers", f"lin@acme.com {team.keys['lin'].public}\n").commit("kim")

    done = team.run("approve", "sale", SSH_AUTH_SOCK=agent["SSH_AUTH_SOCK"])

    assert done.returncode == 2
    assert done.stderr.count("SHA256:") == 2
    assert "ssh-add" in done.stderr


def _field(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


_AGENT_HANGS_S = 20


@pytest.fixture
def hung_agent(make_key: Callable[..., KeyPair]) -> Iterator[Callable[[bool], str]]:
    """Return a function that starts an agent which names Ada's key, or not even that, and signs nothing.

    It hangs up in the end, so that whoever waits for it fails and does not wait for ever.
    """
    with contextlib.ExitStack() as stack:
        is_over, callers = threading.Event(), list[socket.socket]()

        def hang_up() -> None:
            if not is_over.wait(_AGENT_HANGS_S):
                for caller in callers:
                    with contextlib.suppress(OSError):
                        caller.shutdown(socket.SHUT_RDWR)

        def start(names_keys: bool) -> str:
            path = f"{stack.enter_context(tempfile.TemporaryDirectory())}/agent"
            listener = stack.enter_context(socket.socket(socket.AF_UNIX))
            listener.bind(path)
            listener.listen()
            key = _field(base64.b64decode(make_key("ada").public.split()[1])) + _field(b"ada")
            named = _field(b"\x0c" + (1).to_bytes(4, "big") + key)  # SSH_AGENT_IDENTITIES_ANSWER

            def serve() -> None:
                with contextlib.suppress(OSError):
                    while True:
                        caller = stack.enter_context(listener.accept()[0])
                        callers.append(caller)
                        asked = caller.recv(5, socket.MSG_WAITALL)  # a length, and what is asked for
                        if names_keys and asked[4:] == b"\x0b":  # SSH_AGENTC_REQUEST_IDENTITIES
                            caller.sendall(named)

            workers = [threading.Thread(target=work, daemon=True) for work in (serve, hang_up)]
            for worker in workers:
                stack.callback(worker.join, _AGENT_HANGS_S)
                worker.start()
            # One that still accepted would answer the next agent's callers, whose socket has its number.
            stack.callback(listener.shutdown, socket.SHUT_RDWR)
            stack.callback(is_over.set)
            return path

        yield start


@pytest.mark.parametrize(
    ("names_keys", "limit", "said"),
    [
        (False, "_AGENT_TIMEOUT_S", "error: the SSH agent did not answer within 1 s\n"),
        (True, "_TIMEOUT_S", " did not sign within 1 s\nhint: touch the key, or load it with ssh-add\n"),
    ],
    ids=["names no key", "signs nothing"],
)
def test_nobody_waits_for_an_agent_that_hangs(
    team: Team,
    hung_agent: Callable[[bool], str],
    monkeypatch: pytest.MonkeyPatch,
    names_keys: bool,
    limit: str,
    said: str,
) -> None:
    """A prompt that nobody sees ends in a sentence that says what to do; the bound is lowered here."""
    assert (sign._AGENT_TIMEOUT_S, sign._TIMEOUT_S) == (10, 60)
    monkeypatch.setenv("SSH_AUTH_SOCK", hung_agent(names_keys))
    monkeypatch.setattr(sign, limit, 1)

    refused = Project(team.root).run("approve", "sale")

    assert refused.code == 2
    assert said in refused.err
    assert not (team.root / "approvals/sale@1").exists()


def test_a_checker_that_hangs_counts_for_nothing(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be checked in time is not approved; the bound is lowered for the test."""
    assert verification._TIMEOUT_S == 10
    team.approve("ada")
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/ssh-keygen"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(verification, "_TIMEOUT_S", 0.5)

    listed = Project(team.root).run("approvals").assert_ok()

    assert "does not count: ssh-keygen did not check it (TimeoutExpired)" in " ".join(listed.out.split())
    assert "0 of 1 approved" in listed.out


def test_anyone_can_check_it_with_openssh_alone(team: Team) -> None:
    """The files are what git and ssh-keygen know."""
    team.approve("ada")
    folder = team.root / "approvals/sale@1/sandbox"

    checked = subprocess.run(
        [
            *("ssh-keygen", "-Y", "verify", "-f", str(team.root / "approvals/signers")),
            *("-I", "ada@acme.com", "-n", "pushspec", "-s", str(folder / "ada@acme.com.sig")),
        ],
        input=(folder / "statement.json").read_bytes(),
        capture_output=True,
    )

    assert checked.returncode == 0
    assert json.loads((folder / "statement.json").read_text())["campaign"] == "sale"


def test_the_statement_can_be_signed_elsewhere(team: Team) -> None:
    """Printed, signed by OpenSSH on another machine, put in place as the command says: and it counts."""
    printed = team.run("approve", "sale", "--print")
    assert json.loads(printed.stdout)["kind"] == "pushspec/approval"
    assert not (team.root / "approvals/sale@1").exists(), "it writes nothing"
    assert "ssh-keygen -Y sign -n pushspec -f KEY < statement.json > YOUR-ADDRESS.sig\n" in printed.stderr
    assert "commit both as approvals/sale@1/sandbox/statement.json and YOUR-ADDRESS.sig\n" in printed.stderr

    signed = subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-n", "pushspec", "-f", str(team.keys["ada"].path)],
        input=printed.stdout,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    team.write("approvals/sale@1/sandbox/statement.json", printed.stdout)
    team.write("approvals/sale@1/sandbox/ada@acme.com.sig", signed).commit("ada")

    assert team.state()[0] == "send"


def test_one_statement_is_printed_at_a_time(team: Team) -> None:
    """Two documents behind each other are no file that anybody could sign."""
    team.write("campaigns/other.yaml", CAMPAIGN.replace("name: sale", "name: other")).commit("kim")

    done = team.run("approve", "*", "--print")

    assert (done.returncode, done.stdout) == (2, "")
    assert "a signature is over one statement, and these are 2: other, sale" in done.stderr


def test_who_approves_later_signs_the_statement_that_is_there(team: Team) -> None:
    """Otherwise the second person would make the first one's signature worthless."""
    team.approve("ada")
    before = (team.root / "approvals/sale@1/sandbox/statement.json").read_bytes()

    team.approve("lin")

    assert (team.root / "approvals/sale@1/sandbox/statement.json").read_bytes() == before
    facts = json.loads(team.run("approvals", "--format", "json").stdout)
    assert [it["counts"] for it in facts["campaigns"][0]["signatures"]] == [True, True]


def test_a_key_file_that_is_missing_is_told_with_what_to_check(team: Team) -> None:
    """Whoever typed --key needs no advice to use --key."""
    done = Project(team.root).run("approve", "sale", "--key", str(team.root / "nosuch"))

    assert (done.code, "nosuch.pub cannot be read: No such file or directory" in done.err) == (2, True)
    assert "hint: check the path of --key; the public key lies beside the private one" in done.err


@pytest.mark.parametrize("bound", ['valid-before="20250101Z"', 'valid-after="20990101Z"'])
def test_a_key_that_is_not_for_today_promises_nothing(team: Team, bound: str) -> None:
    """Neither to its owner, who would wait for a plan that stays red, nor to who looks for another yes."""
    lines = (team.root / "approvals/signers").read_text()
    team.write("approvals/signers", lines.replace("ada@acme.com ", f"ada@acme.com {bound} ")).commit("kim")

    done = Project(team.root).run("approve", "sale", "--key", str(team.keys["ada"].path))

    assert (done.code, "the signers file does not list SHA256:" in done.err) == (2, True), done.err
    assert "for today" in done.err
    assert not (team.root / "approvals/sale@1").exists()
    assert team.state()[1] == "approvals (0 of 1 approved; 1 more of lin@acme.com)"


def test_a_shorter_time_keeps_the_signatures_of_others(team: Team) -> None:
    """Kim would be glad of ten minutes; Ada's and Lin's yes must not go for that."""
    folder = team.root / "approvals/sale@1/sandbox"
    here = Project(team.root)
    key = str(team.keys["kim"].path)
    team.approve("ada").approve("lin")
    before = (folder / "statement.json").read_bytes()

    done = here.run("approve", "sale", "--key", key, "--expires", "10m").assert_ok()
    printed = here.run("approve", "sale", "--print", "--expires", "10m").assert_ok()

    assert sorted(it.name for it in folder.glob("*.sig")) == [
        f"{it}@acme.com.sig" for it in ("ada", "kim", "lin")
    ]
    assert (folder / "statement.json").read_bytes() == before == printed.out.encode()
    told = "warning: sale@1 was signed already until 20"
    assert told in done.err
    assert told in printed.err
    for file in folder.glob("*.sig"):
        file.unlink()
    again = here.run("approve", "sale", "--key", key, "--expires", "10m").assert_ok()
    assert "signed already" not in again.err
    assert (folder / "statement.json").read_bytes() != before


def test_who_signs_hears_until_when_it_counts(team: Team) -> None:
    """A longer time than the project allows is cut, and who signs later signs the end that is there."""
    zone = PROJECT.replace("environments:", "timezone: Asia/Shanghai\nenvironments:")
    team.write("pushspec.yaml", zone.replace("approvals:\n", "approvals:\n  expires: 2h\n")).commit("kim")
    here = Project(team.root)

    longer = here.run("approve", "sale", "--key", str(team.keys["ada"].path), "--expires", "48h").assert_ok()
    later = here.run("approve", "sale", "--key", str(team.keys["lin"].path)).assert_ok()

    statement = json.loads((team.root / "approvals/sale@1/sandbox/statement.json").read_text())
    ends = datetime.fromisoformat(statement["expires_at"])
    assert ends - datetime.now(UTC) < timedelta(hours=2)
    moment = ends.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%d %H:%M")
    for done in (longer, later):
        assert f" for sandbox until {moment} " in done.err


def test_the_list_names_the_digest_that_each_person_approved(team: Team) -> None:
    """Whoever compares a statement with what would be sent needs both; what nobody signed proves nothing."""
    team.approve("ada")
    statement = team.root / "approvals/sale@1/sandbox/statement.json"
    signed = json.loads(statement.read_text())["digest"]
    asked, text = (team.run("approvals", "--format", form).stdout for form in ("json", "text"))
    (campaign,) = json.loads(asked)["campaigns"]
    assert campaign["digest"] == campaign["signatures"][0]["digest"] == signed
    assert f"\n  digest {signed[:12]}\n" in text
    assert "counts\n" in text

    team.write("campaigns/sale.yaml", CAMPAIGN.replace("noon", "ten")).commit("kim")
    asked, text = (team.run("approvals", "--format", form).stdout for form in ("json", "text"))
    (campaign,) = json.loads(asked)["campaigns"]
    assert campaign["signatures"][0]["digest"] == signed != campaign["digest"]
    assert f"\n  digest {campaign['digest'][:12]}\n" in text
    assert f"  does not count: it approves another content, digest {signed[:12]}\n" in text

    statement.write_text(statement.read_text().replace(signed, campaign["digest"]))
    (campaign,) = json.loads(team.commit("kim").run("approvals", "--format", "json").stdout)["campaigns"]
    assert campaign["signatures"][0]["digest"] == "", "the signature is over another statement"


def test_a_plan_warns_where_the_signers_changed_since_the_last_send(team: Team) -> None:
    """Who may approve must not change unnoticed in the change that is approved."""
    team.approve("ada")
    assert team.run("apply", "--approved").returncode == 0
    eve = team.keys["lin"].public
    team.write("approvals/signers", f"ada@acme.com {team.keys['ada'].public}\neve@acme.com {eve}\n")
    team.write("campaigns/sale.yaml", CAMPAIGN.replace("version: 1", "version: 2").replace("noon", "ten"))
    team.commit("kim")

    plan = team.run("plan").stdout

    assert "approvals/signers changed since sale was sent last, by kim@acme.com" in " ".join(plan.split())


RULES_NOW = PROJECT.replace("people: 2", "people: 1")
EVE = "eve@acme.com {key}\n"


@pytest.mark.parametrize(
    ("path", "by", "said"),
    [
        ("approvals/signers", "lin", "approvals/signers changed since sale was sent last, by lin@acme.com"),
        (
            "pushspec.yaml",
            "rong",
            "approvals of pushspec.yaml changed since sale was sent last, by rong@acme.com",
        ),
    ],
)
def test_a_plan_names_who_changed_who_may_approve(team: Team, path: str, by: str, said: str) -> None:
    """Whoever reviews the campaign has to ask that person, not the one who wrote the campaign.

    The change stands in a commit of its own; somebody else changed another part of the same file.
    """
    team.approve("ada")
    assert team.run("apply", "--approved").returncode == 0
    added = RULES_NOW if path == "pushspec.yaml" else EVE.format(key=team.keys["lin"].public)
    text = "" if path == "pushspec.yaml" else (team.root / path).read_text()
    team.write(path, text + added).commit(by, "Change\n\nCo-authored-by: Ada <ada@acme.com>")
    team.write("pushspec.yaml", (team.root / "pushspec.yaml").read_text() + "# A word.\n").commit("ada")
    team.write("campaigns/sale.yaml", CAMPAIGN.replace("version: 1", "version: 2")).commit("kim")

    plan = " ".join(team.run("plan").stdout.split())

    assert said.replace(", by ", ", by ada@acme.com and ") in plan
    assert plan.count(" changed since sale was sent last") == 1


@pytest.mark.parametrize(
    "rules", [DROPPED, PROJECT.replace("    - {people: 1, when: {tags: true}}\n", "")], ids=["none", "others"]
)
def test_a_plan_names_who_lifted_the_approvals_in_a_commit(team: Team, tmp_path: Path, rules: str) -> None:
    """A pull request that sends something may also take away the rule that asks about it."""
    since = "approval-rules: approvals of pushspec.yaml changed {}, by rong@acme.com"
    subprocess.run(["git", "clone", "-q", str(team.root), str(tmp_path / "clone")], check=True)
    topic = Team(tmp_path / "clone", team.keys)
    topic.git("checkout", "-q", "-b", "topic")
    topic.write("pushspec.yaml", rules).commit("rong")
    new = topic.run("plan")
    team.approve("ada")
    assert team.run("apply", "--approved").returncode == 0
    team.write("pushspec.yaml", rules).commit("rong")
    team.write("campaigns/sale.yaml", CAMPAIGN.replace("version: 1", "version: 2")).commit("kim")

    later = team.run("plan")

    assert since.format("against the default branch") in " ".join(new.stdout.split())
    assert since.format("since sale was sent last") in " ".join(later.stdout.split())
    assert (new.returncode, later.returncode) == (0, 0)


@pytest.mark.parametrize("is_sent", [True, False], ids=["something was sent", "nothing was sent"])
def test_a_new_campaign_comes_with_no_new_signer_unseen(team: Team, tmp_path: Path, is_sent: bool) -> None:
    """The pull request of its first version may bring the signer who approves it, too."""
    if is_sent:
        team.approve("ada")
        assert team.run("apply", "--approved").returncode == 0
    subprocess.run(["git", "clone", "-q", str(team.root), str(tmp_path / "clone")], check=True)
    here = Team(tmp_path / "clone", team.keys)
    if is_sent:
        here.write("pushspec.sandbox.lock", (team.root / "pushspec.sandbox.lock").read_text())
    here.git("checkout", "-q", "-b", "topic")
    here.write("campaigns/other.yaml", CAMPAIGN.replace("name: sale", "name: other")).commit("kim")
    quiet = here.run("plan", "other").stdout
    signers = (here.root / "approvals/signers").read_text()
    here.write("approvals/signers", signers + EVE.format(key=team.keys["lin"].public)).commit("rong")

    plan = " ".join(here.run("plan", "other").stdout.split())

    since = "since sale was sent last" if is_sent else "against the default branch"
    assert " changed since " not in quiet
    assert f"approvals/signers changed {since}, by rong@acme.com" in plan


def test_odd_lines_do_not_hide_that_the_signers_changed(team: Team) -> None:
    """A plan shows few findings of a policy, so the one that a reviewer must see comes first."""
    team.approve("ada")
    assert team.run("apply", "--approved").returncode == 0
    junk = "junk\n" * 40
    team.write("approvals/signers", junk + (team.root / "approvals/signers").read_text())
    team.write("campaigns/sale.yaml", CAMPAIGN.replace("version: 1", "version: 2")).commit("kim")

    plan, listed = team.run("plan").stdout, team.run("approvals").stdout

    assert "approvals/signers changed since sale was sent last, by kim@acme.com" in " ".join(plan.split())
    assert listed.count("  warning: line ") == 3
    assert "  warning: 37 more lines like these\n" in listed


def test_one_more_odd_line_is_counted_in_the_singular(team: Team) -> None:
    """Three are named, and the fourth is one."""
    signers = (team.root / "approvals/signers").read_text()
    team.write("approvals/signers", "junk\n" * 4 + signers).commit("kim")

    assert "  warning: 1 more line like these\n" in team.run("approvals").stdout


def test_a_history_that_is_cut_says_that_nobody_knows_who_changed_the_signers(
    team: Team, tmp_path: Path
) -> None:
    """Without not_author nothing blocks a shallow clone, and the change is still said."""
    team.write("pushspec.yaml", PROJECT.replace("  rules:", "  not_author: false\n  rules:")).commit("kim")
    team.approve("ada")
    assert team.run("apply", "--approved").returncode == 0
    signers = (team.root / "approvals/signers").read_text()
    team.write("approvals/signers", signers + EVE.format(key=team.keys["lin"].public))
    team.write("campaigns/sale.yaml", CAMPAIGN.replace("version: 1", "version: 2")).commit("kim")
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", f"file://{team.root}", str(tmp_path / "clone")], check=True
    )
    clone = Team(tmp_path / "clone", team.keys)
    clone.write("pushspec.sandbox.lock", (team.root / "pushspec.sandbox.lock").read_text())

    plan = " ".join(clone.run("plan").stdout.split())

    assert "approvals/signers changed since sale was sent last, by whom is not known: this clone is" in plan


SPOILED: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "signers with CR LF": ("approvals/signers", lambda it: it.replace(b"\n", b"\r\n"), "it ends with CR LF"),
    "ten thousand signers": (
        "approvals/signers",
        lambda it: it + b"# x\n" * 10_000,
        "has over 5,000 lines; nobody in it",
    ),
    "junk for signers": ("approvals/signers", lambda _: bytes(range(256)) * 8, "line 1 does not count"),
    "a signature with CR LF": (
        "ada@acme.com.sig",
        lambda it: it.replace(b"\n", b"\r\n"),
        "lines end with CR LF",
    ),
    "a signature of an older form": (
        "ada@acme.com.sig",
        lambda it: rearmored(it, lambda blob: b"SSHSIG" + (0).to_bytes(4, "big") + blob[10:]),
        "it is no SSH signature of version 1",
    ),
    "a signature of a form to come": (
        "ada@acme.com.sig",
        lambda it: rearmored(it, lambda blob: b"SSHSIG" + (2).to_bytes(4, "big") + blob[10:]),
        "it is no SSH signature of version 1",
    ),
    "a signature of PGP": (
        "ada@acme.com.sig",
        lambda _: b"-----BEGIN PGP SIGNATURE-----\n\niHUEABYKAB0=\n-----END PGP SIGNATURE-----\n",
        "it is not one armoured SSH signature",
    ),
    "a signature of ten thousand lines": (
        "ada@acme.com.sig",
        lambda it: it.replace(b"\n", b"\n" + b"A" * 70 + b"\n", 1).replace(b"\n", b"\n" * 10_000, 1),
        "it is no SSH signature of version 1",
    ),
    "a signature that is huge": ("ada@acme.com.sig", lambda it: it * 1_000, "it is larger than 65,536 bytes"),
    "a signature that is not read": (
        "ada@acme.com.sig",
        lambda it: it * 10_000,
        "ada@acme.com does not count: it is larger than 1,048,576 bytes",
    ),
    "a statement that is not read": (
        "statement.json",
        lambda it: it * 10_000,
        "ada@acme.com does not count: the statement is larger than 1,048,576 bytes",
    ),
    "junk for a signature": ("ada@acme.com.sig", lambda _: bytes(range(256)), "it is not ASCII text"),
    "no signature": ("ada@acme.com.sig", lambda _: b"", "it is not one armoured SSH signature"),
    "a statement with CR LF": (
        "statement.json",
        lambda it: it.replace(b"\n", b"\r\n"),
        "does not fit the statement",
    ),
    "junk for a statement": ("statement.json", lambda _: b"\xff\0" * 99, "does not fit the statement"),
}


@pytest.mark.parametrize("spoiled", SPOILED)
def test_a_spoiled_file_approves_nothing_and_the_plan_says_why(team: Team, spoiled: str) -> None:
    """In the plan and in the list of approvals; a file that somebody broke is no bug of pushspec."""
    path, spoil, why = SPOILED[spoiled]
    here = Project(team.root)
    here.run("approve", "sale", "--key", str(team.keys["ada"].path)).assert_ok()
    team.commit("ada")
    assert "1 of 1 approved" in here.run("approvals").out
    file = team.root / (path if "/" in path else f"approvals/sale@1/sandbox/{path}")
    file.write_bytes(spoil(file.read_bytes()))
    team.commit("kim")

    plan, listed = here.run("plan"), here.run("approvals").assert_ok()

    assert plan.code == 6, plan.err
    assert why in " ".join(plan.out.split())
    assert why.removeprefix("ada@acme.com ") in " ".join(listed.out.split())
    assert "counts once it is committed" not in listed.out
    assert "0 of 1 approved" in listed.out
    assert here.run("apply", "--approved").code == 6


def test_two_keys_of_one_person_are_one_person(team: Team) -> None:
    """Under two addresses, joined by a third line: two signatures that count, and one person."""
    team.write("campaigns/sale.yaml", CAMPAIGN.replace("{tags: {any: [vip]}}", "{everyone: true}"))
    ada, lin = team.keys["ada"].public, team.keys["lin"].public
    rong = team.keys["kim"].public
    lines = f"ada@acme.com {ada}\nada@home.org {lin}\nAda@Acme.com {lin}\nrong@acme.com {rong}\n"
    team.write("approvals/signers", lines).commit("kim")

    team.approve("ada").approve("lin")

    facts = json.loads(team.run("approvals", "--format", "json").stdout)["campaigns"][0]
    assert sorted(it["counts"] for it in facts["signatures"]) == [True, True]
    assert (facts["people"], facts["needed"], facts["missing"]) == (1, 2, ["rong@acme.com"])
    assert team.state() == ("blocked", "approvals (1 of 2 approved; 1 more of rong@acme.com)")
    assert team.run("apply", "--approved").returncode == 6


def test_who_signs_hears_what_becomes_of_it(team: Team) -> None:
    """It counts once it is committed, and never for its author: better heard now than at a red plan."""
    here = Project(team.root)
    signed = here.run("approve", "sale", "--key", str(team.keys["ada"].path)).assert_ok()
    waiting = here.run("approvals").assert_ok()
    own = here.run("approve", "sale", "--key", str(team.keys["kim"].path)).assert_ok()
    listed = here.run("approvals").assert_ok()

    said = r"ada@acme\.com signed sale@1 for sandbox until 2[-0-9 :]+ \S+: approvals/\S+/ada@acme\.com\.sig\n"
    assert re.search(said, signed.err), signed.err
    assert "Next: git add approvals && git commit -m Approve\n" in signed.err
    assert "does not count" not in signed.err
    assert "  > ada@acme.com  signed, and counts once it is committed\n" in waiting.out
    assert "warning: kim@acme.com is an author of the change, so this signature does not count\n" in own.err
    assert "counts once" not in own.err
    assert "Next:" not in own.err
    assert "  ! kim@acme.com  signed, and does not count: an author of the change\n" in listed.out


def test_who_signs_again_after_the_end_hears_that_it_waits_for_a_commit(team: Team) -> None:
    """The committed one has expired; the new one looks just like it until it is committed."""
    team.approve("ada", "--expires", "1s")
    time.sleep(1.5)
    here = Project(team.root)
    expired = here.run("approvals").assert_ok().out
    here.run("approve", "sale", "--key", str(team.keys["ada"].path)).assert_ok()
    again = here.run("approvals").assert_ok().out
    team.commit("ada")

    assert "does not count: it expired" in " ".join(expired.split())
    assert "  > ada@acme.com" not in expired
    assert "  > ada@acme.com  signed, and counts once it is committed\n" in again
    assert "  > ada@acme.com" not in here.run("approvals").out
    assert team.state()[0] == "send"


def test_a_repository_without_a_commit_says_so(team: Team) -> None:
    """The first thing that a new project meets."""
    team.git("update-ref", "-d", "HEAD")

    state, reason = team.state()

    assert state == "blocked"
    assert reason.startswith(
        "approvals (approvals are read from a commit: the repository has no commit yet: "
    )


LISTED = CAMPAIGN.replace("timpush/push", "timpush/batch\nfrom: news")
BY_QUERY = "{sql: \"select user_id from 'data/members.csv' where tier = 'gold'\"}"
AUDIENCE = "apiVersion: pushspec/v1\nkind: Audience\nname: gold\n"
PEOPLE_FILE = "apiVersion: pushspec/v1\nkind: People\nattribute_names: []\nfile: data/tags.csv\n"


@pytest.mark.parametrize(
    ("audience", "files", "changed"),
    [
        (BY_QUERY, {}, "data/members.csv"),
        ("{file: 'data/*.csv', column: user_id}", {}, "data/members.csv"),
        (
            "{use: gold}",
            {"audiences/gold.yaml": AUDIENCE + "file: data/members.csv\ncolumn: user_id\n"},
            "data/members.csv",
        ),
        (
            "{use: gold}",
            {"audiences/gold.yaml": AUDIENCE + BY_QUERY[1:-1].replace("{", "") + "\n"},
            "data/members.csv",
        ),
        (
            "{use: gold}",
            {"audiences/gold.yaml": AUDIENCE + "file: data/members.csv\ncolumn: user_id\n"},
            "audiences/gold.yaml",
        ),
        (
            "{file: data/members.csv, column: user_id, exclude: [{use: gold}]}",
            {"audiences/gold.yaml": AUDIENCE + "file: data/left.txt\n", "data/left.txt": "nobody\n"},
            "data/left.txt",
        ),
        ("{tags: {any: [vip]}}", {"people/crm.yaml": PEOPLE_FILE}, "data/tags.csv"),
        ("{tags: {any: [vip]}}", {"people/crm.yaml": PEOPLE_FILE}, "people/crm.yaml"),
    ],
)
def test_who_wrote_the_list_is_an_author(
    team: Team, audience: str, files: dict[str, str], changed: str
) -> None:
    """Who gets it is half of a push: Ada touched the file that says so, so Ada's yes is one of her own."""
    rules = "rules: [{people: 1}]"
    head, _, _ = PROJECT.partition("  rules:")
    team.write("pushspec.yaml", f"{head}  {rules}\n")
    text = CAMPAIGN if "tags" in audience else LISTED
    team.write("campaigns/sale.yaml", text.replace("{tags: {any: [vip]}}", audience))
    data = {"data/members.csv": "user_id,tier\nbonnie,gold\nrong,gold\n", "data/tags.csv": "user_id,tags\n"}
    for path, content in {**data, **files}.items():
        team.write(path, content)
    here = Project(team.root)
    if "audiences/gold.yaml" in files:
        here.run("audience", "pull").assert_ok()
    team.commit("kim")
    team.write(changed, (team.root / changed).read_text() + "\n").commit("ada", "Touch it")
    here.run("approve", "sale", "--key", str(team.keys["ada"].path)).assert_ok()
    team.commit("ada", "Approve")

    (found,) = json.loads(here.run("approvals", "--format", "json").assert_ok().out)["campaigns"]

    assert [signature["why"] for signature in found["signatures"]] == [
        "an author of the change cannot approve it"
    ]


TEXTS = """\
vars: {brand: Acme}
environments:
  sandbox: {sandbox: true, vars: {hour: noon}}
  other: {sandbox: true, lock: other.lock, vars: {hour: noon}}
"""


@pytest.mark.parametrize(
    ("path", "old", "new", "is_author"),
    [
        ("pushspec.yaml", "{brand: Acme}", "{brand: ACME}", True),
        ("pushspec.yaml", "{sandbox: true, vars: {hour: noon}}", "{sandbox: true, vars: {hour: ten}}", True),
        ("pushspec.yaml", "other.lock, vars: {hour: noon}", "other.lock, vars: {hour: ten}", False),
        ("pushspec.yaml", "name: acme-push\n", "name: acme-push\ntimezone: Asia/Shanghai\n", False),
        ("templates/words.txt", "Spring", "Summer", True),
        ("templates/de/words.txt", "Spring", "Summer", True),
        ("README.md", "Spring", "Summer", False),
    ],
    ids=[
        "vars",
        "vars of the environment",
        "vars of another environment",
        "another key of the project",
        "a template",
        "a template in a folder",
        "a page",
    ],
)
def test_who_wrote_what_a_text_is_made_of_is_an_author(
    team: Team, path: str, old: str, new: str, is_author: bool
) -> None:
    """Ada's change reaches the words that Ada would approve, or it does not concern them."""
    team.write("pushspec.yaml", PROJECT.replace("environments:\n  sandbox: {sandbox: true}\n", TEXTS))
    for file in ("templates/words.txt", "templates/de/words.txt", "README.md"):
        team.write(file, "Spring\n")
    team.commit("kim")
    before = (team.root / path).read_text()
    assert before.count(old) == 1
    team.write(path, before.replace(old, new)).commit("ada", "Change it")
    here = Project(team.root)
    here.run("approve", "sale", "-e", "sandbox", "--key", str(team.keys["ada"].path)).assert_ok()
    team.commit("ada", "Approve")

    listed = here.run("approvals", "-e", "sandbox", "--format", "json").assert_ok()

    (signature,) = json.loads(listed.out)["campaigns"][0]["signatures"]
    assert signature["why"] == ("an author of the change cannot approve it" if is_author else "")
    assert signature["counts"] is not is_author


def test_who_wrote_what_was_sent_approves_what_somebody_else_wrote_after_it(team: Team) -> None:
    """In a small team everybody has written every campaign once; authors are those of the change."""
    here = Project(team.root)
    team.approve("ada")
    here.run("apply", "--approved").assert_ok()
    team.write("campaigns/sale.yaml", CAMPAIGN.replace("version: 1", "version: 2")).commit("lin")
    for name in ("kim", "lin"):
        here.run("approve", "sale", "--key", str(team.keys[name].path)).assert_ok()
    team.commit("kim", "Approve")

    (found,) = json.loads(here.run("approvals", "--format", "json").assert_ok().out)["campaigns"]

    assert {it["principal"]: it["counts"] for it in found["signatures"]} == {
        "kim@acme.com": True,
        "lin@acme.com": False,
    }


def test_who_changed_a_campaign_without_a_commit_is_unknown(team: Team) -> None:
    """Ada edits, signs, and commits the signature alone: nobody else has seen the words that would leave."""
    team.write("campaigns/sale.yaml", CAMPAIGN.replace("noon", "two"))
    here = Project(team.root)
    here.run("approve", "sale", "--key", str(team.keys["ada"].path)).assert_ok()
    team.git("add", "approvals")
    team.git("commit", "-q", "-m", "Approve", by="ada")

    plan, sent = here.run("plan"), here.run("apply", "--approved")

    why = "campaigns/sale.yaml changed without a commit, so the author is unknown: commit it"
    assert (plan.code, why in " ".join(plan.out.split())) == (6, True), plan.out
    assert sent.code == 6
    team.commit("kim")
    assert team.state()[0] == "send"
    team.write("pushspec.yaml", PROJECT.replace("approvals:\n", "approvals:\n  not_author: false\n"))
    team.commit("kim").write("campaigns/sale.yaml", f"# A word.\n{CAMPAIGN.replace('noon', 'two')}")
    assert team.state()[0] == "send", "nobody asks who wrote it"


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 1\n"
ENCRYPTED = "\0GITCRYPT\0 and what nobody can read"


@pytest.mark.parametrize(
    ("committed", "path", "now", "is_known"),
    [
        ({}, "pushspec.yaml", PROJECT + "vars: {brand: ACME}\n", False),
        ({}, "pushspec.yaml", PROJECT + "timezone: Asia/Shanghai\n", True),
        ({"templates/words.txt": "Spring"}, "templates/words.txt", "Summer", False),
        ({"templates/words.txt": "Spring\n"}, "templates/words.txt", "Spring\r\n", True),
        ({".gitignore": "*"}, "templates/words.txt", "Summer", False),
        ({"people/crm.yaml": PEOPLE_FILE}, "data/tags.csv", "user_id,tags\nbonnie,vip\n", False),
        (
            {"people/crm.yaml": PEOPLE_FILE, ".gitignore": "data/"},
            "data/tags.csv",
            "user_id,tags\nbonnie,vip\n",
            True,
        ),
        (
            {"data/tags.csv": POINTER.format(sha256(b"user_id,tags\n").hexdigest())},
            "data/tags.csv",
            "user_id,tags\n",
            True,
        ),
        ({"data/tags.csv": POINTER.format("0" * 64)}, "data/tags.csv", "user_id,tags\n", False),
        ({"data/tags.csv": ENCRYPTED}, "data/tags.csv", "user_id,tags\n", True),
        ({"templates/words.txt": ENCRYPTED}, "templates/words.txt", "Summer", False),
        ({}, "campaigns/other.yaml", CAMPAIGN.replace("sale", "other"), True),
        ({}, "README.md", "A page", True),
    ],
    ids=[
        "vars",
        "another key of the project",
        "a template",
        "line ends alone",
        "a template that git ignores",
        "a list",
        "data that git ignores",
        "a large file as it was committed",
        "another large file",
        "data that git-crypt keeps",
        "a template that git-crypt keeps",
        "another campaign",
        "a page",
    ],
)
def test_what_a_campaign_uses_has_to_be_committed(
    team: Team, committed: dict[str, str], path: str, now: str, is_known: bool
) -> None:
    """Its text and its people; what filters of git keep in another form is as it was committed."""
    if path == "data/tags.csv":
        committed = {"people/crm.yaml": PEOPLE_FILE, **committed}
    for file, content in committed.items():
        team.write(file, content)
    team.git("add", "-f", ".")
    team.git("commit", "-q", "--allow-empty", "-m", "Change")
    (team.root / path).parent.mkdir(exist_ok=True)
    (team.root / path).write_bytes(now.encode())

    listed = json.loads(Project(team.root).run("approvals", "sale", "--format", "json").assert_ok().out)

    assert ("author is unknown" not in listed["campaigns"][0]["why"]) is is_known, listed


EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"  # git's own name of a folder without files


@pytest.mark.parametrize("branch", ["HEAD", "main", "master"])
def test_a_key_that_the_newest_default_branch_took_out_approves_nothing(team: Team, branch: str) -> None:
    """Whoever lost a key is taken out of main once, and not of every branch that is still open."""
    team.approve("ada")
    here = Project(team.root)
    topic = team.git("rev-parse", "HEAD")
    team.write("approvals/signers", f"lin@acme.com {team.keys['lin'].public}\n").commit("kim")
    team.git("update-ref", f"refs/remotes/origin/{branch}", "HEAD")
    team.git("reset", "-q", "--hard", topic)

    taken_out = json.loads(here.run("approvals", "--format", "json").assert_ok().out)["campaigns"][0]
    empty = team.git("commit-tree", "-m", "Empty", EMPTY_TREE)
    team.git("update-ref", f"refs/remotes/origin/{branch}", empty)
    no_file = json.loads(here.run("approvals", "--format", "json").assert_ok().out)["campaigns"][0]

    assert [it["why"] for it in taken_out["signatures"]] == ["the default branch no longer lists that key"]
    assert (taken_out["people"], taken_out["is_enough"]) == (0, False)
    assert (no_file["people"], no_file["is_enough"]) == (1, True), "it took nobody out: it lists nobody yet"


@pytest.mark.parametrize("rules", [DROPPED, PROJECT + "# A word.\n"], ids=["dropped", "kept"])
def test_a_plan_says_where_the_rules_of_the_last_send_cannot_be_read(
    team: Team, rules: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rules that nobody can tell are not taken for none: they may have asked for what nobody asks now."""
    team.approve("ada")
    assert team.run("apply", "--approved").returncode == 0
    sent = team.git("rev-parse", "HEAD")
    team.write("pushspec.yaml", rules).commit("lin")
    team.write("campaigns/sale.yaml", CAMPAIGN.replace("version: 1", "version: 2")).commit("kim")
    read = approvals._project_of
    # What an older version took and this one refuses.
    monkeypatch.setattr(
        approvals, "_project_of", lambda data: None if data == PROJECT.encode() else read(data)
    )

    plan = " ".join(Project(team.root).run("plan").out.split())

    why = f"pushspec.yaml of commit {sent[:12]} cannot be read"
    assert f"approvals of pushspec.yaml may have changed ({why}) since sale was sent last, by lin@" in plan


def test_a_plan_says_that_a_shallow_clone_lacks_the_commit_of_the_last_send(
    team: Team, tmp_path: Path
) -> None:
    """That they changed would be a guess."""
    team.write("pushspec.yaml", PROJECT.replace("  rules:", "  not_author: false\n  rules:")).commit("kim")
    team.approve("ada")
    assert team.run("apply", "--approved").returncode == 0
    team.write("campaigns/sale.yaml", CAMPAIGN.replace("version: 1", "version: 2")).commit("kim")
    shallow = ["git", "clone", "-q", "--depth", "1", f"file://{team.root}", str(tmp_path / "clone")]
    subprocess.run(shallow, check=True)
    clone = Team(tmp_path / "clone", team.keys)
    clone.write("pushspec.sandbox.lock", (team.root / "pushspec.sandbox.lock").read_text())

    plan = " ".join(clone.run("plan").stdout.split())

    assert re.search(
        r"approvals of pushspec\.yaml may have changed \(commit [0-9a-f]{12} cannot be read\)", plan
    )

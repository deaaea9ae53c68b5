"""Approvals from the key to the push, with real git, real keys and the real command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from approvals.kit import key_maker
from workbench import Project

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


def test_the_author_s_own_yes_does_not_count(team: Team) -> None:
    """Kim's key is listed, and Kim wrote the campaign; case of the address does not matter."""
    team.approve("kim")

    assert team.state()[0] == "blocked"
    assert "kim@acme.com does not count: an author of the change cannot approve it" in team.state()[1]
    found = team.run("approvals").stdout
    assert "! kim@acme.com" in found


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

    assert "the commit has no approvals/signers" in team.state()[1]


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
    """Printed, and the same as what approve would sign."""
    printed = team.run("approve", "sale", "--print").stdout

    assert json.loads(printed)["kind"] == "pushspec/approval"
    assert not (team.root / "approvals/sale@1").exists()


def test_who_approves_later_signs_the_statement_that_is_there(team: Team) -> None:
    """Otherwise the second person would make the first one's signature worthless."""
    team.approve("ada")
    before = (team.root / "approvals/sale@1/sandbox/statement.json").read_bytes()

    team.approve("lin")

    assert (team.root / "approvals/sale@1/sandbox/statement.json").read_bytes() == before
    facts = json.loads(team.run("approvals", "--format", "json").stdout)
    assert [it["counts"] for it in facts["campaigns"][0]["signatures"]] == [True, True]


def test_a_plan_warns_where_the_signers_changed_since_the_last_send(team: Team) -> None:
    """Who may approve must not change unnoticed in the change that is approved."""
    team.approve("ada")
    assert team.run("apply", "--approved").returncode == 0
    eve = team.keys["lin"].public
    team.write("approvals/signers", f"ada@acme.com {team.keys['ada'].public}\neve@acme.com {eve}\n")
    team.write("campaigns/sale.yaml", CAMPAIGN.replace("version: 1", "version: 2").replace("noon", "ten"))
    team.commit("kim")

    plan = team.run("plan").stdout

    assert "approvals/signers changed since sale was sent last" in plan


def test_who_signs_hears_what_becomes_of_it(team: Team) -> None:
    """It counts once it is committed, and never for its author: better heard now than at a red plan."""
    here = Project(team.root)
    signed = here.run("approve", "sale", "--key", str(team.keys["ada"].path)).assert_ok()
    waiting = here.run("approvals").assert_ok()
    own = here.run("approve", "sale", "--key", str(team.keys["kim"].path)).assert_ok()

    assert "ada@acme.com signed sale@1 for sandbox: approvals/sale@1/sandbox/ada@acme.com.sig\n" in signed.err
    assert "Next: git add approvals && git commit -m Approve\n" in signed.err
    assert "does not count" not in signed.err
    assert "  > ada@acme.com  signed, and counts once it is committed\n" in waiting.out
    assert "warning: kim@acme.com is an author of the change, so this signature does not count\n" in own.err


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

"""What git and renames do to lockfiles: each copy that knows of a send is found, and none is sent again."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cli.kit import SECRET
from pushspec import apply_plan, build_plan, load_project
from pushspec.errors import LockError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cli.kit import PushService, ServedProject

LOCK = "pushspec.test.lock"
PLAN_AND_APPLY = (["plan"], ["status"], ["apply", "--confirm", "0" * 64])


def git(project: ServedProject, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=project.root, check=True, capture_output=True)


def commit(project: ServedProject) -> None:
    git(project, "add", "-A")
    git(project, "commit", "-q", "--allow-empty", "-m", "change")


@pytest.fixture
def sent(project: ServedProject, campaign: Callable[..., str]) -> ServedProject:
    """A project in git whose only campaign was sent."""
    project.write({"campaigns/hello.yaml": campaign(), ".gitattributes": "*.lock -text merge=binary\n"})
    git(project, "init", "-q", "-b", "main")
    commit(project)
    project.apply().assert_ok()
    commit(project)
    return project


def assert_refused(project: ServedProject, push_service: PushService, *said: str) -> None:
    """Every command that reads the lockfile ends with 8 and says why, and nothing more was sent."""
    for command in PLAN_AND_APPLY:
        done = project.run(*command)
        assert done.code == 8, (command, done.out, done.err)
        assert [text for text in said if text not in done.err] == [], done.err
        assert "hint: " in done.err
    assert len(push_service.received) == 1


def change(project: ServedProject, *pairs: str) -> None:
    """Replace texts in the project file."""
    path = project.root / "pushspec.yaml"
    text = path.read_text()
    for old, new in zip(pairs[::2], pairs[1::2], strict=True):
        text = text.replace(old, new)
    path.write_text(text)


def test_a_renamed_environment_remembers_what_it_sent(sent: ServedProject, push_service: PushService) -> None:
    """A new name would begin a new lockfile that knows of nothing."""
    change(sent, "  test:", "  production:", "default_environment: test", "default_environment: production")

    assert_refused(sent, push_service, LOCK, "no environment of the app names", "renamed")
    for command in (["log"], ["log", "hello"], ["show", "hello"], ["report"], ["lock", "check"]):
        refused = sent.run(*command)
        assert (refused.code, LOCK in refused.err) == (8, True), (command, refused.out)


@pytest.mark.parametrize(
    "other", ["{sdk_app_id: 1400000002, region: china, secret_key: {env: B}}", "{sandbox: true}"]
)
def test_an_environment_of_another_app_hides_no_lockfile(
    sent: ServedProject, push_service: PushService, other: str
) -> None:
    """The old name goes to another app or to the sandbox, and with it what was sent from here."""
    text = (sent.root / "pushspec.yaml").read_text().replace("  test:", "  live:")
    settings = other.removesuffix("}") + f", lock: {LOCK}}}"
    (sent.root / "pushspec.yaml").write_text(
        text.replace("environments:\n", f"environments:\n  test: {settings}\n").replace(
            "default_environment: test", "default_environment: live"
        )
    )

    assert_refused(sent, push_service, LOCK, "no environment of the app names")


@pytest.mark.parametrize("name", ["backup.lock", "pushspec.test.lock.bak", "notes.txt", "pushspec.old.lock"])
@pytest.mark.parametrize(
    "kind",
    ["same", "shorter", "longer", "CRLF", "conflict", "zeros", "UTF-16", "without a header", "broken header"],
)
def test_a_copy_that_nobody_names_is_found_whatever_its_name(
    sent: ServedProject, push_service: PushService, name: str, kind: str
) -> None:
    """An older one, a longer one, a damaged one: each may know of sends, and none is passed over."""
    data = (sent.root / LOCK).read_bytes()
    lines = data.splitlines(keepends=True)
    if kind == "zeros" and not name.startswith("pushspec."):
        name = f"pushspec.{name.partition('.')[0]}.lock"
    (sent.root / name).write_bytes(
        {
            "same": data,
            "shorter": b"".join(lines[:2]),
            "longer": data,
            "CRLF": data.replace(b"\n", b"\r\n"),
            "conflict": b"<<<<<<< HEAD\n" + data + b"=======\n>>>>>>> x\n",
            "zeros": b"\0" * len(data),
            "UTF-16": data.decode().replace("\n", "\r\n").encode("utf-16"),
            "without a header": b"".join(lines[1:]),
            "broken header": data.replace(b'"header"', b'"heade'),
        }[kind]
    )
    if kind == "longer":
        (sent.root / LOCK).write_bytes(b"".join(lines[:2]))

    assert_refused(sent, push_service, name)


def test_a_copy_that_comes_after_the_plan_is_found_before_anything_is_sent(
    sent: ServedProject, push_service: PushService, campaign: Callable[..., str]
) -> None:
    """A pull between plan and apply brings what somebody else sent: apply looks again, under its lock."""
    sent.write({"campaigns/second.yaml": campaign("second")})
    project = load_project(sent.root)
    digest = build_plan(project).digest
    shutil.copy(sent.root / LOCK, sent.root / "theirs.lock")

    with pytest.raises(LockError, match=r"theirs\.lock is a lockfile of app"):
        apply_plan(project, approval=digest, environ={"PUSH_SECRET": SECRET})

    assert len(push_service.received) == 1
    (sent.root / "theirs.lock").unlink()
    assert apply_plan(project, approval=digest, environ={"PUSH_SECRET": SECRET}).exit_code == 0
    assert len(push_service.received) == 2


def test_a_copy_beside_a_lockfile_in_a_folder_is_found(
    sent: ServedProject, push_service: PushService
) -> None:
    """`lock:` may name a folder of lockfiles."""
    (sent.root / "locks").mkdir()
    git(sent, "rm", "-q", "--cached", LOCK)
    shutil.move(sent.root / LOCK, sent.root / "locks" / "test.lock")
    shutil.copy(sent.root / "locks" / "test.lock", sent.root / "locks" / "older.lock")
    change(sent, "    secret_key:", "    lock: locks/test.lock\n    secret_key:")

    assert_refused(sent, push_service, "error: locks/older.lock is a lockfile of app")


def test_the_lockfile_of_another_app_is_left_alone(sent: ServedProject) -> None:
    """Two apps share nothing."""
    (sent.root / "other.lock").write_bytes(
        (sent.root / LOCK).read_bytes().replace(b"1400000001", b"1400000002")
    )

    assert sent.run("plan").code == 0


def test_a_merge_conflict_that_left_one_side_is_found(
    sent: ServedProject, push_service: PushService, campaign: Callable[..., str]
) -> None:
    """`merge=binary` leaves our side in the work tree, which looks whole and forgets theirs."""
    (sent.root / LOCK).unlink()
    git(sent, "checkout", "-q", "-b", "theirs")
    lines = subprocess.run(
        ["git", "show", f"main:{LOCK}"], cwd=sent.root, check=True, capture_output=True
    ).stdout.splitlines(keepends=True)
    (sent.root / LOCK).write_bytes(b"".join(lines[:2]))
    commit(sent)
    git(sent, "checkout", "-q", "main")
    (sent.root / LOCK).write_bytes(b"".join(lines[:3]))
    commit(sent)
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", "merge", "theirs"],
        cwd=sent.root, capture_output=True,
    )  # fmt: skip

    assert_refused(sent, push_service, LOCK, "unmerged")


@pytest.fixture
def merged(
    sent: ServedProject, push_service: PushService, campaign: Callable[..., str], tmp_path: Path
) -> ServedProject:
    """A project of which two clones each sent a campaign; the merge kept the lockfile of one."""
    sent.write({"campaigns/ours.yaml": campaign("ours"), "campaigns/theirs.yaml": campaign("theirs")})
    commit(sent)
    clone = replace(sent, root=tmp_path / "clone")
    shutil.copytree(sent.root, clone.root)
    for project, name in ((sent, "ours"), (clone, "theirs")):
        project.run("plan", name, "-o", "plan.json")
        project.run("apply", "plan.json").assert_ok()
        (project.root / "plan.json").unlink()
        commit(project)
    git(sent, "fetch", "-q", str(clone.root), "main:other")
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", "merge", "other"],
        cwd=sent.root, capture_output=True,
    )  # fmt: skip
    assert len(push_service.received) == 3
    return sent


@pytest.mark.parametrize(("side", "other"), [("ours", "theirs"), ("theirs", "ours")])
def test_after_a_merge_of_two_sides_that_sent_the_way_out_sends_nothing_twice(
    merged: ServedProject, push_service: PushService, side: str, other: str
) -> None:
    """Neither copy is whole, so neither is restored: the error names what the other side sent."""
    unmerged = merged.run("plan")
    assert (unmerged.code, f"git add {LOCK}" in unmerged.err) == (8, True), unmerged.err
    git(merged, "checkout", f"--{side}", "--", LOCK)
    commit(merged)

    refused = merged.run("plan")

    assert (refused.code, "cat-file" in refused.err) == (8, False), refused.err
    hint = " ".join(refused.err.partition("hint: ")[2].split())
    assert hint.startswith(f"restore neither over the other. First remove the files of {other}@1 for good")
    git(merged, "rm", "-q", f"campaigns/{other}.yaml")
    git(merged, "mv", LOCK, "pushspec.test-2.lock")
    merged.configure("lock: pushspec.test-2.lock")
    commit(merged)
    assert merged.states() == {"hello": "sent", side: "sent"}
    merged.apply().assert_ok()
    assert len(push_service.received) == 3


def test_a_copy_without_sends_is_not_restored_over_the_sends_of_the_lockfile(
    sent: ServedProject, push_service: PushService
) -> None:
    """One side froze the environment, the other one sent: what was sent counts for more."""
    kept = (sent.root / LOCK).read_bytes()
    (sent.root / LOCK).write_bytes(b"".join(kept.splitlines(keepends=True)[:1]))
    for _ in range(20):
        sent.run("freeze", "wrong text").assert_ok()
    commit(sent)
    (sent.root / LOCK).write_bytes(kept)

    refused = sent.run("plan")

    assert (refused.code, "cat-file" in refused.err) == (8, False), refused.err
    assert "the copy tells of no campaign that this file lacks" in " ".join(refused.err.split())
    assert len(push_service.received) == 1


@pytest.mark.parametrize(
    "how", ["older commit", "cut by hand", "deleted", "begun again", "other branch", "reset", "staged only"]
)
def test_a_lockfile_put_back_is_compared_with_what_git_knows(
    sent: ServedProject, push_service: PushService, how: str
) -> None:
    """`git checkout`, `git stash` and a branch of last week are ordinary, and forget sends."""
    lines = (sent.root / LOCK).read_bytes().splitlines(keepends=True)
    match how:
        case "older commit":
            git(sent, "checkout", "-q", "HEAD~1")
        case "cut by hand":
            (sent.root / LOCK).write_bytes(b"".join(lines[:-2]))
        case "deleted":
            (sent.root / LOCK).unlink()
        case "begun again":
            other = (sent.root / LOCK).read_bytes()[: len(lines[0])]
            (sent.root / LOCK).write_bytes(other)
        case "reset":
            git(sent, "reset", "-q", "--hard", "HEAD~1")
        case "staged only":
            git(sent, "update-ref", "HEAD", "HEAD~1")
            git(sent, "reflog", "expire", "--expire=now", "--all")
            (sent.root / LOCK).write_bytes(b"".join(lines[:1]))
        case _:
            git(sent, "checkout", "-q", "-b", "old", "HEAD~1")

    assert_refused(sent, push_service, f"git knows a copy of {LOCK}", "git log --all")


@pytest.mark.parametrize(
    "lock", ["./{name}", "locks//{name}", "locks/../{name}", "{root}/{name}", "../{folder}/{name}"]
)
def test_a_lockfile_is_known_to_git_however_its_path_is_written(
    sent: ServedProject, push_service: PushService, lock: str
) -> None:
    """git compares paths as texts, and `./x.lock` is none that it knows."""
    (sent.root / "locks").mkdir()
    place = lock.format(name="a.lock", root=sent.root, folder=sent.root.name)
    shutil.move(sent.root / LOCK, sent.root / place)
    change(sent, "    secret_key:", f"    lock: {place}\n    secret_key:")
    commit(sent)
    path = sent.root / place
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
    commit(sent)

    assert_refused(sent, push_service, "git knows a copy of")


def test_a_lockfile_in_a_repository_of_its_own_is_compared_with_that(
    sent: ServedProject, push_service: PushService
) -> None:
    """Teams keep lockfiles of several projects in one repository beside them."""
    locks = sent.root / "locks"
    locks.mkdir()
    git(sent, "rm", "-q", "--cached", LOCK)
    shutil.move(sent.root / LOCK, locks / "a.lock")
    change(sent, "    secret_key:", "    lock: locks/a.lock\n    secret_key:")
    git(sent, "init", "-q", "locks")
    git(sent, "-C", "locks", "add", "-A")
    git(sent, "-C", "locks", "commit", "-q", "-m", "sent")
    (locks / "a.lock").write_bytes(b"".join((locks / "a.lock").read_bytes().splitlines(keepends=True)[:2]))

    assert_refused(sent, push_service, "git knows a copy of")


@pytest.mark.parametrize("trouble", ["no git", "refuses"])
def test_where_git_cannot_tell_nothing_is_sent(
    sent: ServedProject, push_service: PushService, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    """In a container without git, or with files of another user, an older lockfile looks like the newest."""
    git(sent, "checkout", "-q", "HEAD~1")
    if trouble == "no git":
        monkeypatch.setenv("PATH", "/nonexistent")
    else:
        (sent.root / ".git" / "HEAD").write_text("no ref")

    assert_refused(sent, push_service, "git cannot be asked for other copies of")


def test_a_lockfile_put_back_is_not_moved(sent: ServedProject, push_service: PushService) -> None:
    """At its new place git knows no copy of it, so nothing would find out what it forgot."""
    before = subprocess.run(["git", "show", f"HEAD~1:{LOCK}"], cwd=sent.root, check=True, capture_output=True)
    (sent.root / LOCK).write_bytes(before.stdout)

    moved = sent.run("lock", "move", "new.lock")

    assert (moved.code, f"git knows a copy of {LOCK}" in moved.err) == (8, True), moved.err
    assert not (sent.root / "new.lock").exists()
    assert (sent.root / LOCK).read_bytes() == before.stdout
    assert len(push_service.received) == 1


@pytest.fixture
def gone_on(sent: ServedProject, campaign: Callable[..., str]) -> ServedProject:
    """A project whose lockfile moved, and recorded another campaign at its new place."""
    sent.run("lock", "move", "new.lock").assert_ok()
    sent.configure("lock: new.lock")
    sent.write({"campaigns/second.yaml": campaign("second")})
    sent.apply().assert_ok()
    commit(sent)
    return sent


def test_a_lockfile_from_before_its_move_is_not_used_again(
    gone_on: ServedProject, push_service: PushService
) -> None:
    """A revert of the commit that moved it brings back a file that knows nothing of the new place."""
    git(gone_on, "checkout", "-q", "HEAD~1", "--", LOCK)
    git(gone_on, "rm", "-q", "new.lock")
    change(gone_on, "    lock: new.lock\n", "")

    refused = gone_on.run("plan")

    assert (refused.code, f"git knows a copy of {LOCK}" in refused.err) == (8, True), refused.err
    (command,) = re.findall("hint: restore it: `(.*?)`", refused.err)
    subprocess.run(["/bin/sh", "-c", command], cwd=gone_on.root, check=True)
    assert "moved to new.lock" in gone_on.run("plan").err
    assert len(push_service.received) == 2


def test_a_lockfile_that_comes_back_to_its_first_place_goes_on(gone_on: ServedProject) -> None:
    """The copy that says that it moved is older than what came back."""
    (gone_on.root / LOCK).unlink()
    gone_on.run("lock", "move", LOCK).assert_ok()
    change(gone_on, "    lock: new.lock\n", "")

    assert gone_on.states() == {"hello": "sent", "second": "sent"}


def test_a_lockfile_is_not_moved_away_from_a_longer_copy(sent: ServedProject) -> None:
    """The copy may be the one that knows."""
    shutil.copy(sent.root / LOCK, sent.root / "longer.lock")

    moved = sent.run("lock", "move", "git+branch:locks")

    assert (moved.code, "longer.lock is a lockfile of app" in moved.err) == (8, True), moved.err


def test_a_move_that_broke_off_can_be_made_again(sent: ServedProject) -> None:
    """What it carried is at the new place already, and no environment names that yet."""
    lines = (sent.root / LOCK).read_bytes().splitlines(keepends=True)
    (sent.root / "new.lock").write_bytes(b"".join(lines[:3]))

    sent.run("lock", "move", "new.lock").assert_ok()

    sent.configure("lock: new.lock")
    assert sent.states() == {"hello": "sent"}


def test_no_lockfile_begins_where_git_knows_one(sent: ServedProject, push_service: PushService) -> None:
    """Whoever lost it would otherwise begin an empty one and send everything again."""
    (sent.root / LOCK).unlink()

    assert_refused(sent, push_service, f"git knows a copy of {LOCK}")
    assert sent.run("lock", "init").code == 8
    assert not (sent.root / LOCK).exists()


def test_a_lockfile_that_grew_since_its_commit_is_right(
    sent: ServedProject, campaign: Callable[..., str]
) -> None:
    """The copy in git is how it began."""
    sent.write({"campaigns/second.yaml": campaign("second")})

    sent.apply().assert_ok()
    assert sent.states() == {"hello": "sent", "second": "sent"}


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("conflict", "line 4 is a conflict marker"),
        ("CRLF", "line 1 ends in CR and LF"),
        ("zeros", "line 3 holds zeros"),
        ("zeros at the end", "holds zeros, as after a power cut"),
        ("zeros all over", "line 1 holds zeros"),
    ],
)
def test_damage_is_named_with_file_line_and_way_out(
    sent: ServedProject, push_service: PushService, kind: str, said: str
) -> None:
    """A person has to find it and to know what to do."""
    lines = (sent.root / LOCK).read_bytes().splitlines(keepends=True)
    damaged = {
        "conflict": [*lines[:3], b"<<<<<<< HEAD\n", *lines[3:], b"=======\n", *lines[3:], b">>>>>>> main\n"],
        "CRLF": [line.replace(b"\n", b"\r\n") for line in lines],
        "zeros": [*lines[:2], b"\0" * (len(lines[2]) - 1) + b"\n", *lines[3:]],
        "zeros at the end": [*lines, b"\0" * 4096],
        "zeros all over": [b"\0" * 4096],
    }[kind]
    git(sent, "rm", "-q", "--cached", LOCK)
    git(sent, "update-ref", "-d", "HEAD")
    git(sent, "reflog", "expire", "--expire=now", "--all")
    (sent.root / LOCK).write_bytes(b"".join(damaged))

    assert_refused(sent, push_service, LOCK, said)


@pytest.mark.parametrize("command", ["plan", "status", "log", "freeze", "lock check"])
def test_a_converted_lockfile_gets_a_way_out_that_keeps_every_record(
    sent: ServedProject, push_service: PushService, campaign: Callable[..., str], command: str
) -> None:
    """`git checkout` would bring back the copy of the last commit, which lacks what was sent since."""
    sent.write({"campaigns/second.yaml": campaign("second")})
    sent.apply().assert_ok()
    whole = (sent.root / LOCK).read_bytes()
    (sent.root / LOCK).write_bytes(whole.replace(b"\n", b"\r\n"))

    refused = sent.run(*command.split(), *(["wrong text"] if command == "freeze" else []))
    (mend,) = re.findall("hint: `(sed .*?)` takes", refused.err)
    subprocess.run(["/bin/sh", "-c", mend], cwd=sent.root, check=True)

    assert (refused.code, "git checkout" in refused.err) == (8, False)
    assert (sent.root / LOCK).read_bytes() == whole
    assert "is whole" in sent.run("lock", "check").assert_ok().out
    assert sent.states() == {"hello": "sent", "second": "sent"}
    assert len(push_service.received) == 2


@pytest.mark.parametrize("first", [0, 1, 4])
def test_records_without_line_feeds_between_them_are_not_forgotten(
    sent: ServedProject, push_service: PushService, campaign: Callable[..., str], first: int
) -> None:
    """What follows the last line feed looks like one record that a crash cut off, which never counted."""
    sent.write({"campaigns/second.yaml": campaign("second")})
    sent.apply().assert_ok()
    whole = (sent.root / LOCK).read_bytes()
    lines = whole.splitlines(keepends=True)
    changed = b"".join(lines[:first]) + b"".join(lines[first:]).replace(b"\n", b"\r")
    (sent.root / LOCK).write_bytes(changed)

    for command in (
        "plan",
        "status",
        "log",
        "apply",
        "lock check",
        "lock init",
        "unlock",
        "freeze",
        "lock move",
    ):
        options = {
            "apply": ["--confirm", "0" * 64],
            "unlock": ["--why", "it died"],
            "freeze": ["wrong text"],
            "lock move": ["elsewhere.lock"],
        }
        refused = sent.run(*command.split(), *options.get(command, []))
        assert refused.code == 8, (command, refused.out, refused.err)
        assert f"{LOCK}: line {first + 1} goes on behind a whole record" in refused.err
        assert (sent.root / LOCK).read_bytes() == changed

    (mend,) = re.findall("hint: `(sed .*?)` brings", sent.run("plan").err)
    subprocess.run(["/bin/sh", "-c", mend], cwd=sent.root, check=True)
    assert (sent.root / LOCK).read_bytes() == whole
    assert sent.states() == {"hello": "sent", "second": "sent"}
    assert len(push_service.received) == 2


def test_a_last_record_with_something_behind_it_is_not_forgotten(
    sent: ServedProject, push_service: PushService
) -> None:
    """An editor took the last line feed and left a blank."""
    whole = (sent.root / LOCK).read_bytes()
    (sent.root / LOCK).write_bytes(whole[:-1] + b" ")

    assert_refused(sent, push_service, LOCK, "goes on behind a whole record")


def test_an_emptied_lockfile_is_brought_back_from_git(sent: ServedProject, push_service: PushService) -> None:
    """git says where the records are; `lock init` would forget them."""
    before = (sent.root / LOCK).read_bytes()
    (sent.root / LOCK).write_bytes(b"")

    assert_refused(sent, push_service, "git knows a copy of", "restore it: `git cat-file blob")
    assert sent.run("lock", "init").code == 8
    (mend,) = re.findall("restore it: `(.*?)`", sent.run("plan").err)
    subprocess.run(["/bin/sh", "-c", mend], cwd=sent.root, check=True)
    assert (sent.root / LOCK).read_bytes() == before


SECOND = """\
  second:
    sdk_app_id: 1400000001
    base_url: URL
    secret_key: {env: PUSH_SECRET}
    limits: {push_calls_per_day: 1}
"""


def test_environments_of_one_app_share_the_day_s_quota(
    project: ServedProject, push_service: PushService, campaign: Callable[..., str]
) -> None:
    """The service counts by app, whatever we call it."""
    project.write({"campaigns/hello.yaml": campaign()})
    change(project, "  sandbox:", SECOND.replace("URL", push_service.url) + "  sandbox:")
    project.apply().assert_ok()
    project.run("lock", "init", "-e", "second").assert_ok()

    plan = project.run("plan", "-e", "second")
    apply = project.run("apply", "-e", "second", "--confirm", "0" * 64)

    assert "1 of 1 calls of the day are used" in " ".join(plan.out.split())
    assert apply.code == 6
    assert len(push_service.received) == 1


def test_pushes_that_another_environment_made_after_the_plan_are_counted(
    project: ServedProject, push_service: PushService, campaign: Callable[..., str]
) -> None:
    """Two pipelines plan in the morning, and the day has one push: apply counts again, under its lock."""
    project.write({"campaigns/hello.yaml": campaign()})
    change(project, "  sandbox:", SECOND.replace("URL", push_service.url) + "  sandbox:")
    project.run("lock", "init", "-e", "second").assert_ok()
    second = load_project(project.root, environment="second")
    digest = build_plan(second).digest
    project.apply().assert_ok()

    with pytest.raises(RefusedError):
        apply_plan(second, approval=digest, environ={"PUSH_SECRET": SECRET})

    assert len(push_service.received) == 1
    assert '"intent"' not in (project.root / "pushspec.second.lock").read_text()


@pytest.mark.parametrize("kind", ["changed", "emptied"])
def test_an_unreadable_lockfile_of_the_app_blocks_its_other_environments(
    project: ServedProject, push_service: PushService, campaign: Callable[..., str], kind: str
) -> None:
    """Nobody knows what is left of the day."""
    project.write({"campaigns/hello.yaml": campaign()})
    change(project, "  sandbox:", SECOND.replace("URL", push_service.url) + "  sandbox:")
    project.apply().assert_ok()
    lock = project.root / LOCK
    lock.write_bytes(lock.read_bytes().replace(b"hello", b"hallo") if kind == "changed" else b"")

    done = project.run("plan", "-e", "second")

    assert (done.code, LOCK in done.err) == (8, True)

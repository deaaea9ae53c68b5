"""A spec can name the project's files, and no others."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from pushspec.paths import PathRefusedError, check_relative, open_inside, read_inside


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one audience file, and a secret beside the project."""
    (tmp_path / "secret.txt").write_text("secret")
    root = tmp_path / "project"
    (root / "audiences").mkdir(parents=True)
    (root / "audiences" / "vip.csv").write_bytes(b"user_id\nbonnie\n")
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text("token")
    return root


def refusal(root: Path, relative: str) -> str:
    """Return why the path is refused."""
    with pytest.raises(PathRefusedError) as caught:
        read_inside(root, relative, max_bytes=1_000)
    return caught.value.reason


def open_descriptors() -> int:
    """Return how many files this process has open."""
    return sum(1 for _ in Path("/dev/fd").iterdir())


@pytest.mark.parametrize(
    "relative", ["audiences/vip.csv", "top.txt", "audiences/会员.csv", "a b/c-d_e.1.txt", "..a/b"]
)
def test_plain_files_are_read(project: Path, relative: str) -> None:
    """Names of any language, with spaces and dots inside, are ordinary."""
    (project / relative).parent.mkdir(exist_ok=True)
    (project / relative).write_bytes(b"x\n")

    assert read_inside(project, relative, max_bytes=2) == b"x\n"
    with open_inside(project, relative) as file:
        assert file.read() == b"x\n"


@pytest.mark.parametrize(
    ("relative", "reason"),
    [
        ("", "empty"),
        ("..", ".."),
        ("../secret.txt", ".."),
        ("audiences/../../secret.txt", ".."),
        ("./audiences/vip.csv", ". part"),
        ("/etc/passwd", "absolute"),
        ("/proc/self/environ", "absolute"),
        ("~/secret.txt", "~"),
        ("~root/secret.txt", "~"),
        ("audiences\\vip.csv", "backslash"),
        ("audiences/vip.csv\0.txt", "NUL"),
        ("audiences//vip.csv", "empty part"),
        ("audiences/vip.csv/", "empty part"),
        ("file:///etc/passwd", "URL"),
        ("https://example.com/a.csv", "URL"),
        ("%2e%2e/secret.txt", "percent-encoded"),
        ("C:secret.txt", "colon"),
        ("vip.csv:stream", "colon"),
        (".git/config", ".git"),
        (".GIT/config", ".git"),
        ("git~1/config", ".git"),
        (".git./config", "ends in a dot"),
        (".git /config", "ends in a dot or a space"),
        (".g\u200bit/config", "U+200B"),
        ("vip\n.csv", "line break"),
        ("vip\u202e.csv", "U+202E"),
        ("CON", "device"),
        ("audiences/con.csv", "device"),
        ("LPT1/x", "device"),
        ("x" * 300, "255 bytes"),
        ("会" * 86, "255 bytes"),
        ("/".join(["x" * 200] * 6), "1024"),
        ("audiences/none.csv", "no such file"),
        ("audiences/vip.csv/more", "no folder"),
        ("audiences", "folder"),
    ],
)
def test_paths_that_are_no_plain_path_below_the_project_are_refused(
    project: Path, relative: str, reason: str
) -> None:
    """A pull request of a stranger reads nothing but its own files."""
    assert reason in refusal(project, relative)


@pytest.mark.parametrize("target", ["../secret.txt", "audiences/vip.csv", "link", "/dev/zero", "gone"])
def test_a_symbolic_link_is_refused_wherever_it_leads(project: Path, target: str) -> None:
    """To a secret, to a good file, to itself, to a device, to nothing."""
    (project / "link").symlink_to(target)

    assert "symbolic link" in refusal(project, "link")


def test_a_linked_folder_is_refused(project: Path) -> None:
    """Also when it leads to the parent, or back into the project."""
    (project / "up").symlink_to("..")
    (project / "same").symlink_to("audiences")

    assert "symbolic link" in refusal(project, "up/secret.txt")
    assert "symbolic link" in refusal(project, "same/vip.csv")


def test_pipes_sockets_and_devices_are_refused_without_waiting(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening a pipe waits for a writer that never comes."""
    os.mkfifo(project / "pipe")
    monkeypatch.chdir(project)  # a socket's address ends at 108 bytes
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")

    assert "no regular file" in refusal(project, "pipe")
    assert "no regular file" in refusal(project, "socket")
    assert "no regular file" in refusal(Path("/dev"), "zero")


def test_a_huge_sparse_file_is_refused_before_it_is_read(project: Path) -> None:
    """10 GiB of nothing cost nothing to commit to disk and all the memory to read."""
    with (project / "huge.csv").open("wb") as file:
        file.truncate(10 * 1024**3)

    assert refusal(project, "huge.csv") == "it is larger than 1,000 bytes"


def test_a_file_whose_size_is_a_lie_is_cut_off() -> None:
    """Files of the kernel say 0 bytes and hold many."""
    with pytest.raises(PathRefusedError, match="larger than 10 bytes"):
        read_inside(Path("/proc/self"), "status", max_bytes=10)


def test_a_hard_link_is_an_ordinary_file(project: Path) -> None:
    """Checkouts made by linking from a cache must work; git cannot carry a hard link."""
    os.link(project / "audiences" / "vip.csv", project / "linked.csv")

    assert read_inside(project, "linked.csv", max_bytes=100) == b"user_id\nbonnie\n"


def test_the_project_folder_itself_may_be_a_link(project: Path, tmp_path: Path) -> None:
    """The user chose it; only what the spec names is not trusted."""
    (tmp_path / "shortcut").symlink_to(project)

    assert read_inside(tmp_path / "shortcut", "audiences/vip.csv", max_bytes=100)


def test_refusals_leave_no_open_descriptor(project: Path) -> None:
    """A plan over thousands of bad files must not run out of them."""
    (project / "link").symlink_to("audiences")
    before = open_descriptors()

    for relative in ["link/vip.csv", "audiences/none.csv", "audiences", "none/x"]:
        refusal(project, relative)

    assert open_descriptors() == before


def test_the_message_shows_the_path_without_obeying_it(project: Path) -> None:
    """The path comes from a stranger and goes to a terminal."""
    with pytest.raises(PathRefusedError) as caught:
        check_relative("\x1b[2J" + "x" * 5_000)

    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 250
    assert caught.value.exit_code == 1

"""Whatever is broken around it, the library raises its own errors, with words that say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from workbench import CAMPAIGN

import pushspec
from pushspec.api.lockfile import open_journal

if TYPE_CHECKING:
    from pathlib import Path

    from workbench import Project


def test_a_folder_without_a_project_is_said_to_be_one(tmp_path: Path) -> None:
    """It may be missing altogether, or be a file."""
    (tmp_path / "file").write_text("x")
    for folder in (tmp_path, tmp_path / "missing", tmp_path / "file"):
        with pytest.raises(pushspec.UsageError, match=r"no pushspec\.yaml"):
            pushspec.load_project(folder)


def test_an_unknown_environment_is_named(project: Project) -> None:
    """With the one that was meant."""
    with pytest.raises(pushspec.UsageError, match="'sandbx'") as refused:
        pushspec.load_project(project.root, environment="sandbx")
    assert refused.value.hint == "did you mean 'sandbox'?"


def test_wrong_files_carry_their_problems(project: Project) -> None:
    """A program shows them in its own way; it need not read text."""
    project.write({"campaigns/hello.yaml": CAMPAIGN.replace("timpush/push", "timpush/pus")})

    with pytest.raises(pushspec.SpecError) as refused:
        pushspec.build_plan(pushspec.load_project(project.root))

    (problem,) = refused.value.problems
    assert (problem.location.file, problem.location.line) == ("campaigns/hello.yaml", 5)
    assert str(refused.value) == f"1 error: campaigns/hello.yaml:5:11: {problem.message}"


@pytest.mark.parametrize("broken", [".pushspec", "pushspec.sandbox.lock", "campaigns/hello.yaml", "database"])
def test_what_is_no_file_or_no_folder_is_an_error_of_ours(project: Project, broken: str) -> None:
    """An ``OSError`` of somewhere below tells nobody what to do."""
    project.write({"campaigns/hello.yaml": CAMPAIGN})
    loaded = pushspec.load_project(project.root)
    digest = pushspec.build_plan(loaded).digest
    if broken == ".pushspec":
        project.write({".pushspec": "a file"})
    elif broken == "database":
        project.write({".pushspec/sandbox.db": "no database" * 1000})
    else:
        (project.root / broken).unlink(missing_ok=True)
        (project.root / broken).mkdir()

    with pytest.raises(pushspec.PushspecError) as refused:
        pushspec.apply_plan(loaded, approval=digest)

    assert type(refused.value) is not pushspec.PushspecError


def test_a_missing_lockfile_is_not_begun(project: Project) -> None:
    """It may be a lost one, and an empty one in its place would send everything again."""
    real = 'prod: {sdk_app_id: 1400000001, base_url: "http://127.0.0.1:9", secret_key: {env: PUSH_SECRET}}'
    text = (project.root / "pushspec.yaml").read_text()
    project.write({"pushspec.yaml": f"{text}  {real}\n", "campaigns/hello.yaml": CAMPAIGN})
    loaded = pushspec.load_project(project.root, environment="prod")
    digest = pushspec.build_plan(loaded).digest

    with pytest.raises(pushspec.MissingLockfileError, match="prod has no lockfile at") as missing:
        pushspec.apply_plan(loaded, approval=digest, environ={"PUSH_SECRET": "s" * 64})

    assert missing.value.hint.endswith("pushspec lock init -e prod")
    assert isinstance(missing.value, pushspec.LockError)
    assert not (project.root / "pushspec.prod.lock").exists()


def test_a_held_lock_is_told_with_its_holder(project: Project) -> None:
    """The program shows it, or tries again later; it is no fault of the files."""
    project.write({"campaigns/hello.yaml": CAMPAIGN})
    loaded = pushspec.load_project(project.root)
    open_journal(loaded).take(holder="lin@build-7")

    with pytest.raises(pushspec.LockError, match="held by lin@build-7"):
        pushspec.apply_plan(loaded, approval=pushspec.build_plan(loaded).digest)

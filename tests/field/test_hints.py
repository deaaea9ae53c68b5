"""Hints that would mislead: no hint is better than a wrong one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench import CAMPAIGN, PROJECT, Project

if TYPE_CHECKING:
    from pathlib import Path


def test_a_region_that_does_not_exist_is_not_taken_for_another_country(tmp_path: Path) -> None:
    """India is no misspelt China; the regions that exist are listed instead."""
    prod = "  prod: {sdk_app_id: 1400000001, region: india, secret_key: {env: PUSH_SECRET}}\n"
    project = Project(tmp_path).write({"pushspec.yaml": PROJECT + prod})

    said = project.run("validate").err + project.run("validate").out

    assert "did you mean" not in said
    assert "singapore" in said


def test_a_slip_of_the_keyboard_still_gets_its_hint(tmp_path: Path) -> None:
    """The hint is for those who meant a word that exists."""
    prod = "  prod: {sdk_app_id: 1400000001, region: singapor, secret_key: {env: PUSH_SECRET}}\n"
    project = Project(tmp_path).write({"pushspec.yaml": PROJECT + prod})

    assert "did you mean 'singapore'?" in project.run("validate").out + project.run("validate").err


def test_a_number_in_quotes_is_told_to_lose_them(tmp_path: Path) -> None:
    """Asking whether one meant the same word again helps nobody."""
    project = Project(tmp_path).write({"pushspec.yaml": PROJECT})
    style = CAMPAIGN.replace("desc: A word to all}", "desc: x, android: {style: '1'}}")
    project.write({"campaigns/hello.yaml": style})

    said = project.run("validate").out + project.run("validate").err

    assert "did you mean" not in said
    assert "write it without quotes" in said

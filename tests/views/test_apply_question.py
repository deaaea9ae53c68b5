"""The question before a send names who would get most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pushspec.views.apply_question import question_before

if TYPE_CHECKING:
    from workbench import Project

_LIST = {"endpoint": "timpush/batch", "from_": "admin"}


@pytest.mark.parametrize(
    ("tags", "everyone", "largest"),
    [
        (False, False, "3 accounts (long@1)."),
        (True, False, "people with the tag A, and how many that are only the service knows (tags@1)."),
        (True, True, "everyone, about 1,200,000 (all@1)."),
    ],
)
def test_the_largest_audience_is_named(folder: Project, *, tags: bool, everyone: bool, largest: str) -> None:
    """Ten campaigns to colleagues hide the eleventh to all."""
    folder.add("short", title="1", audience="{accounts: [rong]}", **_LIST)
    folder.add("long", title="2", audience="{accounts: [rong, ada, lin]}", **_LIST)
    if tags:
        folder.add("tags", title="3")
    if everyone:
        folder.add("all", title="4", audience="{everyone: true}")

    question = question_before(folder.plan())

    assert f"Largest audience: {largest}" in question.text
    assert "y" in question.yes  # the sandbox reaches nobody

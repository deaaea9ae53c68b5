"""A character that nobody sees is one problem, whatever else seems wrong with the text that holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from workbench import CAMPAIGN

if TYPE_CHECKING:
    from workbench import Project

UNSEEN = {"raw": "\u200b", "escaped": "\\u200b", "raw mark": "\u202e", "two": "\u200b\u2060"}
BATCH = CAMPAIGN.replace("timpush/push", "timpush/batch") + "from: administrator\n"
TAGS = CAMPAIGN.replace("everyone: true", 'tags: {any: ["v%sip"]}')
ATTRIBUTE = CAMPAIGN.replace("everyone: true", 'attributes: {all: {"ci%sty": x}}')
ATTRIBUTE_VALUE = CAMPAIGN.replace("everyone: true", 'attributes: {all: {city: "x%sy"}}')
PLACES = {
    "tag": TAGS,
    "attribute": ATTRIBUTE,
    "value of an attribute": ATTRIBUTE_VALUE,
    "account": BATCH.replace("everyone: true", 'accounts: ["bon%snie"]'),
    "file": BATCH.replace("everyone: true", 'file: "ids%s.txt"'),
    "name": CAMPAIGN.replace("name: hello", 'name: "hel%slo"'),
    "endpoint": CAMPAIGN.replace("timpush/push", '"timpush%s/push"'),
    "time": CAMPAIGN + 'schedule: {not_before: "2026-01-01T00:00:00%sZ"}\n',
    "key": CAMPAIGN.replace("desc:", '"de%ssc":'),
    "template": CAMPAIGN.replace("Hello", '"{{ he%sllo }}"'),
}


@pytest.mark.parametrize("unseen", UNSEEN.values(), ids=UNSEEN)
@pytest.mark.parametrize("text", PLACES.values(), ids=PLACES)
def test_a_character_that_nobody_sees_is_told_once(project: Project, text: str, unseen: str) -> None:
    """A second problem would name U+FFFD, which stands in no file."""
    project.write({"campaigns/hello.yaml": text % unseen, "ids.txt": "bonnie\n"})

    said = project.run("validate").out

    assert said.count("error[") == 1
    assert "error[yaml-invisible-character]: U+2" in said
    assert "FFFD" not in said
    assert said.endswith("1 error\n")


def test_what_else_is_wrong_in_the_file_is_still_told(project: Project) -> None:
    """Only what follows from the character is left out."""
    project.write({"campaigns/hello.yaml": TAGS % "\u200b" + "ownr: me\n"})

    said = project.run("validate").out

    assert "error[unknown-key]: the file has no key 'ownr'" in said
    assert said.endswith("2 errors\n")

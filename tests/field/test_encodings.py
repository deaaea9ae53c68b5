"""Files of accounts that a spreadsheet or an editor saved in another encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from workbench import Project

HEAD = "apiVersion: pushspec/v1\nkind: Campaign\nname: c\nversion: 1\nendpoint: timpush/batch\n"
FILES = {
    "csv": "user_id,name\r\nrong,{}\r\n",
    "txt": "rong\n{}\n",
    "jsonl": '{{"user_id": "rong", "name": "{}"}}\n',
}
ENCODINGS = {
    "utf-16": ("Émilie", "UTF-16"),
    "utf-16-le": ("Émilie", "UTF-16"),
    "utf-16-be": ("Émilie", "UTF-16"),
    "gb18030": ("小明", "GBK"),
    "latin-1": ("Émilie", "Latin-1"),
    "cp1252": ("“Émilie”", "Latin-1"),
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("place", ["file", "exclude"])
def test_the_error_names_the_encoding_and_how_to_save_it_from_excel(
    project: Project, kind: str, encoding: str, place: str
) -> None:
    """ "'utf-8' codec can't decode byte 0xff" helps nobody who has a spreadsheet open."""
    name, found = ENCODINGS[encoding]
    project.write(
        {f"people.{kind}": FILES[kind].format(name).encode(encoding), "all.csv": "user_id\nrong\nada\n"}
    )
    source = f"file: people.{kind}" if place == "file" else f"file: all.csv, exclude: [people.{kind}]"
    column = "" if (place, kind) == ("file", "txt") else ", column: user_id"
    audience = f"from: admin\naudience: {{{source}{column}}}\nnotification: {{title: Hi}}\n"
    project.write({"campaigns/c.yaml": HEAD + audience})

    outcome = project.run("validate")

    assert outcome.code == 1
    assert f"people.{kind}" in outcome.out.split(" error")[0]
    assert f"it looks like {found}" in outcome.out
    assert "CSV UTF-8" in outcome.out
    assert "codec" not in outcome.out + outcome.err

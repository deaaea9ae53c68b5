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
    "gb18030": ("小明", "GBK (GB18030),"),
    "big5": ("林志玲", "Big5,"),
    "cp932": ("ユーザー 鈴木", "Shift-JIS,"),
    "euc_kr": ("안녕하세요, 주문이 발송되었습니다", "GBK (GB18030) or EUC-KR,"),
    "latin-1": ("Émilie", "Latin-1"),
    "cp1252": ("“Émilie”", "Latin-1"),
}
UNKNOWN: dict[str, str | bytes] = {
    "cp1251": "Иван Петров",
    "iso8859-7": "Μαρία",
    "tis-620": "สมชาย",
    "half-width": "ﾃｽﾄ".encode("cp932"),
    "rare alone": "鑫".encode("gb18030"),
    "cut short": "王小明".encode()[:-1],
    "mixed": "小明 é".encode("gbk", "ignore") + "José".encode("latin-1"),
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


@pytest.mark.parametrize("encoding", UNKNOWN)
def test_an_encoding_that_the_bytes_do_not_tell_is_not_named(project: Project, encoding: str) -> None:
    """Whoever opens the file as what a guess said, and saves it, has other names in it."""
    name = UNKNOWN[encoding]
    data = name if isinstance(name, bytes) else name.encode(encoding)
    project.write({"people.csv": b"user_id,name\r\nrong," + data + b"\r\n"})
    audience = "from: admin\naudience: {file: people.csv, column: user_id}\nnotification: {title: Hi}\n"
    project.write({"campaigns/c.yaml": HEAD + audience})

    outcome = project.run("validate")

    assert outcome.code == 1
    assert "people.csv:2: error" in outcome.out
    assert "the file is not UTF-8, and which encoding it has cannot be told" in outcome.out
    assert "CSV UTF-8" in outcome.out


@pytest.mark.parametrize("text", ["Ángel", "Åsa", "Ada’s", "François, Søren", "GARÇON ÉTÉ"])
def test_letters_with_accents_beside_others_are_western(project: Project, text: str) -> None:
    """Two bytes of them are everyday characters in Big5 or Shift-JIS."""
    project.write({"people.csv": f"user_id\n{text}\n".encode("cp1252")})
    audience = "from: admin\naudience: {file: people.csv}\nnotification: {title: Hi}\n"
    project.write({"campaigns/c.yaml": HEAD + audience})

    assert "it looks like Latin-1 (Windows-1252), which" in project.run("validate").out


@pytest.mark.parametrize(
    ("encoding", "text", "says"),
    [
        ("big5", "標題", "Big5"),
        ("cp932", "ユーザー", "Shift-JIS"),
        ("euc_kr", "안녕하세요", "GBK (GB18030) or EUC-KR"),
    ],
)
def test_a_campaign_file_is_told_its_encoding_in_the_same_way(
    project: Project, encoding: str, text: str, says: str
) -> None:
    """Notepad and spreadsheets write the same bytes."""
    project.write({"campaigns/c.yaml": f"{HEAD}from: {text}\n".encode(encoding)})

    assert f"is not UTF-8; the file looks like {says}\n" in project.run("validate").out

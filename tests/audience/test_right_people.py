"""Exactly those people: every source is checked alike, and what excludes nobody is never silent.

Each file below is a kind of list that people really keep: exported from a spreadsheet, cut out of a console,
saved on a Chinese Windows. The wrong ones must stop the plan, in the audience and in ``exclude`` alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from workbench import Project

HEAD = (
    "apiVersion: pushspec/v1\nkind: Campaign\nname: sale\nversion: 1\nendpoint: timpush/batch\nfrom: admin\n"
)
NOTE = "notification: {title: Hi, desc: There}\n"

WRONG: list[tuple[str, str | bytes, str, str]] = [
    # white space and what nobody sees
    ("l.txt", "bob \n", "account-form", "U+0020 SPACE"),
    ("l.txt", " bob\n", "account-form", "U+0020 SPACE"),
    ("l.txt", "bob\t\n", "account-form", "U+0009 TAB"),
    ("l.txt", "bob\u00a0\n", "account-form", "U+00A0 NO-BREAK SPACE"),
    ("l.txt", "bob\u3000\n", "account-form", "U+3000 IDEOGRAPHIC SPACE"),
    ("l.txt", "bo\u200bb\n", "account-form", "U+200B ZERO WIDTH SPACE"),
    ("l.txt", "bob\u200d\n", "account-form", "U+200D ZERO WIDTH JOINER"),
    ("l.txt", "bob\u200c\n", "account-form", "U+200C ZERO WIDTH NON-JOINER"),
    ("l.txt", "bob\ufe0f\n", "account-form", "U+FE0F VARIATION SELECTOR-16"),
    ("l.txt", "bob\u00ad\n", "account-form", "U+00AD SOFT HYPHEN"),
    ("l.txt", "bob\u0000\n", "account-form", "U+0000"),
    ("l.csv", 'user_id\n"bob\n"\n', "account-form", "U+000A LINE FEED"),
    ("l.csv", 'user_id\n"bob\nalice"\ncarl\n', "account-form", "U+000A LINE FEED"),  # two in one cell
    ("l.jsonl", '{"user_id": "bob\\nalice"}\n', "account-form", "U+000A LINE FEED"),
    ("l.txt", "x\n\ufeffbob\n", "audience-format", "byte order mark is inside the file"),
    ("l.txt", "\ufeff\ufeffbob\n", "audience-format", "byte order mark is inside the file"),
    ("l.csv", "user_id,name\nbob,\ufeffB\n", "audience-format", "byte order mark is inside the file"),
    # what a spreadsheet makes of accounts
    ("l.csv", "user_id\n1.38E+10\n", "account-form", "a number that a spreadsheet has changed"),
    ("l.csv", "user_id\n9.91214e+15\n", "account-form", "a number that a spreadsheet has changed"),
    ("l.csv", 'user_id\n"1,38E+10"\n', "account-form", "a number that a spreadsheet has changed"),
    ("l.csv", "user_id\n1E+16\n", "account-form", "a number that a spreadsheet has changed"),
    ("l.csv", "user_id\n12345.0\n", "account-form", "a number that a spreadsheet has changed"),
    ("l.csv", "user_id\n12345.\n", "account-form", "a number that a spreadsheet has changed"),
    ("l.csv", "user_id\n138E+08\n", "account-form", "a number that a spreadsheet has changed"),
    ("l.csv", "user_id\n1.E10\n", "account-form", "a number that a spreadsheet has changed"),
    ("l.csv", "user_id\n'0012\n", "account-form", "a sign by which a spreadsheet marks text"),
    ("l.csv", 'user_id\n"=""0012"""\n', "account-form", "a sign by which a spreadsheet marks text"),
    ("l.csv", "user_id\n#N/A\n", "account-form", "a spreadsheet's error value"),
    ("l.csv", "user_id\n#REF!\n", "account-form", "a spreadsheet's error value"),
    ("l.csv", "user_id\n########\n", "account-form", "a spreadsheet's error value"),
    ("l.csv", "user_id\n#ERROR!\n", "account-form", "a spreadsheet's error value"),
    ("l.csv", "user_id\n#NV\n", "account-form", "a spreadsheet's error value"),
    ("l.csv", "user_id\n#Brak\n", "account-form", "a spreadsheet's error value"),
    ("l.csv", "user_id\n#null!\n", "account-form", "a spreadsheet's error value"),
    ("l.csv", "user_id\nErr:502\n", "account-form", "a spreadsheet's error value"),
    ("l.csv", "user_id\nLoading...\n", "account-form", "a spreadsheet's error value"),
    # words for nothing
    ("l.csv", 'user_id\n""\n', "account-form", "the account is empty"),
    ("l.csv", "user_id,name\n,B\n", "account-form", "the account is empty"),
    ("l.txt", "bob\nNULL\n", "account-form", "the account is NULL"),
    ("l.txt", "bob\nNone\n", "account-form", "the account is None"),
    ("l.txt", "bob\nnan\n", "account-form", "the account is nan"),
    ("l.csv", "user_id\nNAN\n", "account-form", "the account is NAN"),
    ("l.csv", "user_id\nNIL\n", "account-form", "the account is NIL"),
    ("l.csv", "user_id\nNaT\n", "account-form", "the account is NaT"),
    ("l.txt", "bob\n<NA>\n", "account-form", "the account is <NA>"),
    ("l.txt", "bob\n[null]\n", "account-form", "the account is [null]"),
    ("l.jsonl", '{"user_id": null}\n', "account-form", "the account is empty"),
    # several columns in one
    ("l.txt", "bob,2024-01-01\n", "account-form", "holds a comma, a semicolon or a quote"),
    ("l.txt", '"bob"\n', "account-form", "holds a comma, a semicolon or a quote"),
    ("l.txt", "bob;carl\n", "account-form", "holds a comma, a semicolon or a quote"),
    ("l.csv", "uid;nick\r\nbob;Z\r\n", "audience-column", "which column names the account?"),
    ("l.csv", "uid\tnick\nbob\tZ\n", "audience-column", "which column names the account?"),
    ("l.csv", "uid|nick\nbob|Z\n", "audience-column", "which column names the account?"),
    ("l.csv", "sep=;\r\nuid;nick\r\nbob;Z\r\n", "audience-column", "which column names the account?"),
    ("l.csv", "user_id\nbob;left\n", "account-form", "holds a comma, a semicolon or a quote"),
    # headers
    ("l.csv", "bob\n", "audience-header", "is this the header, or an account and the header is missing?"),
    ("l.csv", "bob\ncarl\n", "audience-header", "the header is missing?"),
    ("l.txt", "user_id\nbob\n", "audience-header", "a txt file has none"),
    ("l.txt", "用户ID\nbob\n", "audience-header", "a txt file has none"),
    # encodings and line ends
    ("l.txt", "bob\n".encode("utf-16"), "audience-file", "UTF-16, which Excel calls"),
    ("l.txt", "bob\ncarl\n".encode("utf-16-le"), "audience-file", "UTF-16, which Excel calls"),
    ("l.txt", "bob\n".encode("utf-32"), "audience-file", "it looks like UTF-32"),
    ("l.txt", "bob\ncarl\n".encode("utf-32-be"), "audience-file", "it looks like UTF-32"),
    ("l.csv", "user_id,名字\nbob,小明\n".encode("utf-32"), "audience-file", "it looks like UTF-32"),
    ("l.csv", "user_id,名字\nbob,小明\n".encode("gb18030"), "audience-file", "GBK (GB18030)"),
    ("l.csv", "user_id,name\nbob,José\n".encode("latin-1"), "audience-file", "Latin-1 (Windows-1252)"),
    ("l.csv", "user_id,name\nbob,Zoë Müller\n".encode("latin-1"), "audience-file", "Latin-1"),
    ("l.csv", "user_id\rbob\r", "audience-format", "a carriage return alone"),
    ("l.txt", "bob\rcarl\n", "audience-format", "a carriage return alone"),
    ("l.txt", "a" * 65_537, "audience-format", "longer than 65,536 characters"),
    ("l.txt", "bob\n" + "a" * 3_000_000, "audience-format", "longer than 65,536 characters"),
    ("l.csv", 'user_id\n"bob\n' + "carl\n" * 50_000, "audience-format", "close every quote"),
]


def _write(project: Project, audience: str, note: str = NOTE) -> Project:
    return project.write({"campaigns/sale.yaml": f"{HEAD}audience: {audience}\n{note}"})


def _named(project: Project) -> list[str]:
    campaign: dict[str, Any] = project.plan_json()["campaigns"][0]
    return [account for call in campaign["calls"] for account in call["body"].get("To_Account", [])]


@pytest.mark.parametrize("role", ["audience", "exclude"])
@pytest.mark.parametrize(("file", "content", "rule", "words"), WRONG)
def test_a_damaged_list_stops_the_plan_in_either_role(
    project: Project, file: str, content: str | bytes, rule: str, words: str, role: str
) -> None:
    """A row that excludes nobody sends to somebody who has left."""
    project.write({file: content, "all.txt": "bob\nalice\ncarl\n"})
    options = ", column: user_id" if file.endswith("jsonl") or b"," in _bytes(content).split(b"\n")[0] else ""
    options = "" if file.endswith("txt") else options
    if role == "audience":
        _write(project, f"{{file: {file}{options}}}")
    else:
        source = "{file: all.csv, column: user_id" if options else "{file: all.txt"
        project.write({"all.csv": "user_id\nbob\nalice\n"})
        _write(project, f"{source}, exclude: [{file}]}}")

    outcome = project.run("plan")

    assert outcome.code == 1, outcome.out
    assert f"error[{rule}]" in outcome.err
    assert words in outcome.err
    assert outcome.err.startswith(f"{file}:")
    assert "hint: " in outcome.err


@pytest.mark.parametrize("accounts", ['["bob\\n", ada]', '["bob\\nalice"]'])
def test_a_line_feed_in_an_account_of_the_campaign_is_an_error_at_its_place(
    project: Project, accounts: str
) -> None:
    """No list can hold one, and a run that meets it must not end as a bug."""
    outcome = _write(project, f"{{accounts: {accounts}}}").run("plan")

    assert outcome.code == 1, outcome.err
    assert "error[account-form]" in outcome.err
    assert "U+000A LINE FEED" in outcome.err


def _bytes(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode()


@pytest.mark.parametrize(
    ("file", "content", "column"),
    [
        ("l.csv", "uid;nick\r\nrong;Z\r\nbonnie;B\r\n", "uid"),
        ("l.csv", "nick\tuid\nZ\trong\nB\tbonnie\n", "uid"),
        ("l.csv", "uid|nick\nrong|Z\nbonnie|B\n", "uid"),
        ("l.csv", "sep=;\r\nuid;nick\r\nrong;Z\r\nbonnie;B\r\n", "uid"),
        ("l.csv", '\ufeffsep=\t\nuid\tnick\nrong\tZ\nbonnie\t"B, b"\n', "uid"),
        ("l.csv", 'uid;"last, first"\nrong;"a, b"\nbonnie;x\n', "uid"),
        ("l.csv", '"first\nline",uid\n"a\nb",rong\n\n"c",bonnie\n', "uid"),
        ("l.csv", "\ufeffuid\r\nrong\r\nbonnie\r\n", ""),
        ("l.csv", "用户编号\nrong\nbonnie\n", ""),
        ("l.csv", "who\nrong\nbonnie\n", "who"),
        ("l.jsonl", '{"uid": "rong", "nick": null}\n{"uid": "bonnie"}\n', "uid"),
    ],
)
def test_separators_and_headers_are_found_out(project: Project, file: str, content: str, column: str) -> None:
    """Which separator a spreadsheet writes depends on the country that its machine is set to."""
    project.write({file: content})
    _write(project, f"{{file: {file}{f', column: {column}' if column else ''}}}")

    assert _named(project) == ["rong", "bonnie"]


@pytest.mark.parametrize(
    ("content", "column", "line", "rule", "words"),
    [
        ("rong\nbonnie\n", "uid", 1, "audience-header", "the header is missing"),
        ("13800000001,en\n13800000002,zh\n", "uid", 1, "audience-header", "the header is missing"),
        ("rong,en\nbonnie,en\n", "uid", 1, "audience-header", "the header is missing"),
        ("user_id,lang\nrong,en\n", "userid", 1, "audience-column", "did you mean 'user_id'?"),
        ("uid,UID\nrong,ada\n", "uid", 1, "audience-column", "differ by capitals"),
        ('uid,n\nrong,"a\nb"\nbob\n', "uid", 4, "audience-format", "the fields of the row are 1"),
        ('uid,n\nrong,"a\nb"\nbob,"x\nada,y\nlin,z\n', "uid", 4, "audience-format", "close every quote"),
        ('uid,n\nrong,a\nbob,"x\nada,"y"\nlin,z\n', "uid", 3, "audience-format", "close every quote"),
    ],
)
def test_a_wrong_header_is_told_from_a_missing_one(
    project: Project, content: str, column: str, line: int, rule: str, words: str
) -> None:
    """The first person of a list without a header would be dropped, or the wrong column be sent to."""
    project.write({"l.csv": content})
    _write(project, f"{{file: l.csv, column: {column}}}")

    outcome = project.run("plan")

    assert outcome.code == 1
    assert outcome.err.startswith(f"l.csv:{line}: error[{rule}]")
    assert words in outcome.err


def test_rows_with_one_fault_come_as_one_problem_with_lines_and_count(project: Project) -> None:
    """The first row shows the fault, the count shows whether it is the export or a slip."""
    rows = ["rong", "1.38E+10", "ada", "9.9E+15", "#N/A"]
    project.write({"u.csv": "uid,name\n" + "".join(f"{row},A\n" for row in rows)})
    _write(project, "{file: u.csv, column: uid}")

    err = project.run("plan").err

    assert "u.csv:3: error[account-form]" in err
    assert "2 rows are like this: lines 3, 5" in err
    assert "u.csv:6: error[account-form]" in err
    assert err.count("[account-form]") == 2


@pytest.mark.parametrize("content", ["", "\n\n", "user_id\n", "\ufeff"])
def test_an_exclude_list_that_names_nobody_is_an_error(project: Project, content: str) -> None:
    """An export that failed leaves an empty file, and everybody who unsubscribed would get the push."""
    name = "out.csv" if "user_id" in content else "out.txt"
    project.write({name: content})
    _write(project, f"{{accounts: [rong], exclude: [{name}]}}")

    outcome = project.run("plan")

    assert outcome.code == 1
    assert "campaigns/sale.yaml:7:40: error[exclude-empty]" in outcome.err


@pytest.mark.parametrize(
    ("entry", "account"),
    [("12345", "0012345"), ("Bob", "bob"), ("0012345", "12345"), ("bo\uff42", "bob")],
)
def test_an_exclude_that_misses_its_people_blocks_and_counts_them(
    project: Project, entry: str, account: str
) -> None:
    """Zeros and capitals get lost on the way through a spreadsheet, and then nobody is left out."""
    project.write({"all.csv": f"uid\n{account}\nrong\n", "out.csv": f"uid\n{entry}\n"})
    _write(project, "{file: all.csv, exclude: [out.csv]}")

    words = " ".join(project.run("plan").out.split())

    assert "blocked: exclude-without-effect" in words
    assert "0 people left out; 1 more differs by zeros, case or width alone" in words


def test_a_few_hits_do_not_hide_that_most_entries_miss(project: Project) -> None:
    """A list of which hardly anybody matches was damaged as much as one that matches nobody."""
    project.write(
        {"all.txt": "ada\n0011\n0012\n0013\n", "out.txt": "ada\n11\n12\nlin\n", "fine.txt": "ada\n0011\n12\n"}
    )

    _write(project, "{file: all.txt, exclude: [out.txt]}")
    assert "exclude-without-effect" in project.run("plan").out
    _write(project, "{file: all.txt, exclude: [fine.txt]}")
    assert "exclude-without-effect" not in project.run("plan").assert_ok().out


def test_the_plan_counts_what_each_exclude_does(project: Project) -> None:
    """A reviewer sees at once that a list of forty thousand left out two."""
    project.write({"a.txt": "rong\nnobody\nrong\n", "b.txt": "ada\nrong\n"})
    _write(project, "{accounts: [rong, ada, lin], exclude: [a.txt, b.txt]}")

    out = project.run("plan").assert_ok().out
    campaign = project.plan_json()["campaigns"][0]

    assert "exclude: 1 of 2 entries of a.txt is in the audience, 1 person left out" in out
    assert "exclude: 2 of 2 entries of b.txt are in the audience, 2 people left out" in out
    assert campaign["excluded"] == 2
    assert campaign["exclusions"] == [
        {"path": "a.txt", "entries": 2, "found": 1, "near": 0},
        {"path": "b.txt", "entries": 2, "found": 2, "near": 0},
    ]


def test_the_campaigns_exclude_holds_for_a_variant_with_an_audience_of_its_own(project: Project) -> None:
    """Who unsubscribed has unsubscribed from both texts."""
    project.write({"all.txt": "bob\nada\n", "out.csv": "why,uid\nleft,bob\n", "own.txt": "lin\n"})
    variants = (
        "variants:\n- {name: a, audience: {file: all.txt}}\n"
        "- {name: b, audience: {accounts: [rong, bob, lin], exclude: [own.txt]}}\n"
    )
    audience = "{file: all.csv, column: uid, exclude: [out.csv]}"
    project.write({"all.csv": "uid\nbob\n"})
    _write(project, audience, NOTE + variants)

    assert _named(project) == ["ada", "rong"]
    exclusions = project.plan_json()["campaigns"][0]["exclusions"]
    assert [(it["path"], it["found"]) for it in exclusions] == [("out.csv", 2), ("own.txt", 1)]


@pytest.mark.parametrize("role", ["audience", "exclude"])
def test_a_path_that_exists_is_that_file_and_no_pattern(project: Project, role: str) -> None:
    """Browsers save a second download as `vip[1].csv`, and `vip1.csv` holds other people."""
    project.write({"lists/vip1.csv": "uid\nbonnie\n", "lists/vip[1].csv": "uid\nrong\n"})
    if role == "audience":
        _write(project, "{file: 'lists/vip[1].csv'}")
    else:
        _write(project, "{accounts: [rong, bonnie], exclude: ['lists/vip[1].csv']}")

    assert _named(project) == (["rong"] if role == "audience" else ["bonnie"])


GREETING = "notification: {title: 'Hi {{ user.name }}', desc: '%s'}\n"


NOTHING = [
    *(
        "",
        "  ",
        "NULL",
        "#N/A",
        "nan",
        "None",
        "NULL ",
        "NONE",
        "nAN",
        "NIL",
        "N/a",
        "UNDEFINED",
        "<NA>",
        "NaT",
    ),
    *("(NULL)", "[null]", "#ERROR!", "#¡VALOR!", "#N/D", "Err:502", "Loading...", " #REF!"),
]


@pytest.mark.parametrize("empty", NOTHING)
def test_an_empty_personal_value_is_an_error_with_row_and_count(project: Project, empty: str) -> None:
    """A greeting with a hole in it was sent to everybody whose name the export did not know."""
    project.write({"u.csv": f"uid,name\nrong,R\nbonnie,{empty}\nada,{empty}\n"})
    _write(project, "{file: u.csv, column: uid, personalize: [name]}", GREETING % "x")

    outcome = project.run("plan")

    assert outcome.code == 1
    assert outcome.err.startswith("u.csv:3: error[personal-empty]: name is empty for 2 accounts")
    assert "default('...', true)" in outcome.err


@pytest.mark.parametrize(
    "name", ["NA", "Nat", "Nan", "Nil", "Nathan", "Nilüfer", "Ann None", "#summer", "#1", "1/2", "-"]
)
def test_a_value_that_only_resembles_nothing_is_said(project: Project, name: str) -> None:
    """NA is Namibia, and a name."""
    project.write({"u.csv": f"uid,name\nrong,{name}\n"})
    _write(project, "{file: u.csv, column: uid, personalize: [name]}", GREETING % "x")

    assert project.plan_json()["campaigns"][0]["calls"][0]["body"]["OfflinePushInfo"]["Title"] == f"Hi {name}"


@pytest.mark.parametrize("rows", [1, 21_000])
@pytest.mark.parametrize(
    "audience", ["{file: u.csv, column: uid", "{sql: \"select uid, name from 'u.csv'\", column: uid"]
)
def test_nothing_is_nothing_in_a_short_list_a_long_one_and_a_query(
    project: Project, audience: str, rows: int
) -> None:
    """A list is read row by row or by columns, and both know the same words."""
    people = "".join(f"u{number},R\n" for number in range(rows))
    project.write(
        {"u.csv": f"uid,name\n{people}" + "".join(f'n{i},"{it}"\n' for i, it in enumerate(NOTHING))}
    )
    _write(project, f"{audience}, personalize: [name]}}", GREETING % "x")

    assert f"error[personal-empty]: name is empty for {len(NOTHING)} accounts" in project.run("plan").err

    project.write({"u.csv": f"uid,name\n{people}NONE,R\n"})

    assert "error[account-form]" in project.run("plan").err


def test_a_default_fills_what_is_empty_and_an_unused_column_may_be_empty(project: Project) -> None:
    """The author has said what stands there instead."""
    project.write({"u.csv": "uid,name,city\nrong,R,NULL\nbonnie,NULL,\nada,,x\n"})
    _write(
        project,
        "{file: u.csv, column: uid, personalize: [name, city]}",
        "notification: {title: \"Hi {{ user.name | default('friend', true) }}\", desc: x}\n",
    )

    calls = project.plan_json()["campaigns"][0]["calls"]

    said = {
        name: call["body"]["OfflinePushInfo"]["Title"]
        for call in calls
        for name in call["body"]["To_Account"]
    }
    assert said == {"rong": "Hi R", "bonnie": "Hi friend", "ada": "Hi friend"}


def test_a_person_who_is_left_out_may_lack_a_value(project: Project) -> None:
    """Nothing is said to them."""
    project.write({"u.csv": "uid,name\nrong,R\nbonnie,\n", "out.txt": "bonnie\n"})
    _write(project, "{file: u.csv, column: uid, personalize: [name], exclude: [out.txt]}", GREETING % "x")

    assert _named(project) == ["rong"]


def test_two_values_of_one_person_are_an_error(project: Project) -> None:
    """Which row wins would depend on the order of an export."""
    project.write({"u.csv": "uid,name\nrong,R\nada,A\nrong,Rong\nrong,R\nada,A\n"})
    _write(project, "{file: u.csv, column: uid, personalize: [name]}", GREETING % "x")

    outcome = project.run("plan")

    assert outcome.code == 1
    assert outcome.err.startswith(
        "u.csv:4: error[personal-conflict]: an account has two rows with different name"
    )


@pytest.mark.parametrize(
    ("audience", "place", "rule"),
    [
        ('{tags: {any: [A], not: ["beta\u200d"]}}', "6:35", "error[condition-invisible]"),
        ('{tags: {any: ["beta\u200c"]}}', "6:25", "error[condition-invisible]"),
        ('{tags: {any: ["beta\ufe0f"]}}', "6:25", "error[condition-invisible]"),
        ('{tags: {any: ["vip "]}}', "6:25", "error[condition-invisible]"),
        ('{tags: {any: ["\u3000vip"]}}', "6:25", "error[condition-invisible]"),
        ('{attributes: {all: {"city ": x}}}', "6:31", "error[condition-invisible]"),
        ('{attributes: {all: {city: "x\u200d"}}}', "6:37", "error[condition-invisible]"),
        ('{attributes: {all: {city: "x "}}}', "6:37", "error[condition-invisible]"),
        ('{tags: {any: ["a\uff0cb"]}}', "6:25", "warning[condition-form]"),
        ('{tags: {any: ["a,b"]}}', "6:25", "warning[condition-form]"),
        ('{tags: {any: ["vip;beta"]}}', "6:25", "warning[condition-form]"),
        ('{tags: {any: ["v\u00a0ip"]}}', "6:25", "warning[condition-form]"),
        ('{tags: {any: ["v\u2009ip"]}}', "6:25", "warning[condition-form]"),
        ('{attributes: {all: {"ci\u00a0ty": x}}}', "6:31", "warning[condition-form]"),
        ('{attributes: {all: {city: "x\u202fy"}}}', "6:37", "warning[condition-form]"),
        ('{tags: {any: ["e\u0301te"]}}', "6:25", "warning[condition-form]"),
        ('{tags: {any: ["\uff36IP"]}}', "6:25", "warning[condition-form]"),
    ],
)
def test_a_condition_that_would_match_nobody_is_noticed(
    project: Project, audience: str, place: str, rule: str
) -> None:
    """The service compares bytes; what looks alike is another tag, and as `not` it excludes nobody."""
    head = HEAD.replace("timpush/batch", "timpush/push").replace("from: admin\n", "")
    project.write({"campaigns/sale.yaml": f"{head}audience: {audience}\n{NOTE}"})

    outcome = project.run("validate")

    assert f"campaigns/sale.yaml:{place}: {rule}" in outcome.out + outcome.err
    assert outcome.code == (1 if rule.startswith("error") else 0)


def test_ordinary_chinese_tags_pass_without_a_word(project: Project) -> None:
    """A warning that cries wolf is switched off."""
    head = HEAD.replace("timpush/batch", "timpush/push").replace("from: admin\n", "")
    tags = "{tags: {any: [新客（北京）, 股票A, new users]}}"
    project.write({"campaigns/sale.yaml": f"{head}audience: {tags}\n{NOTE}"})

    outcome = project.run("validate")

    assert "condition-" not in outcome.out + outcome.err


@pytest.mark.parametrize(
    "account", ["007", "auth0|5f7c8ec7", "a@b.example", "中文", "1_000", "12.7", "true", "NA", "nat"]
)
def test_accounts_that_only_look_odd_are_sent_as_they_are(project: Project, account: str) -> None:
    """No account is ever cast, trimmed or guessed at, wherever in a long list it stands."""
    rows = [f"u{number}" for number in range(21_000)]
    project.write({"u.csv": "user_id,n\n" + "".join(f"{row},1\n" for row in [*rows, account])})
    _write(project, "{file: u.csv, column: user_id}")

    campaign = project.plan_json()["campaigns"][0]

    assert campaign["accounts"] == 21_001
    assert campaign["calls"][-1]["body"]["To_Account"][-1] == account


_ACCOUNTS = st.lists(st.text("ab01", min_size=1, max_size=3), min_size=1, max_size=30)


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(audience=_ACCOUNTS, first=_ACCOUNTS, second=_ACCOUNTS)
def test_exactly_those_who_are_listed_and_not_excluded_are_named(
    project: Project, audience: list[str], first: list[str], second: list[str]
) -> None:
    """Rows read are people, duplicates and excluded, and nobody else."""
    project.write(
        {
            "all.csv": "id,n\n" + "".join(f"{account},1\n" for account in audience),
            "one.txt": "\n".join(first),
            "two.csv": "id\r\n" + "\r\n".join(second),
        }
    )
    wanted = [it for it in dict.fromkeys(audience) if it not in {*first, *second}]
    exceptions = "exceptions: [{policy: exclude-without-effect, reason: a test}]\n"
    _write(project, "{file: all.csv, column: id, exclude: [one.txt, two.csv]}", NOTE + exceptions)
    if not wanted:
        assert "[audience-empty]" in project.run("plan").err
        return

    campaign = project.plan_json()["campaigns"][0]

    assert [name for call in campaign["calls"] for name in call["body"]["To_Account"]] == wanted
    assert len(audience) == len(wanted) + campaign["duplicates"] + campaign["excluded"]


def test_what_is_unusual_about_an_account_is_said_in_chinese(project: Project) -> None:
    """Nothing of the sentence stays English."""
    project.write({"u.txt": "rong\nkim\uff11\n"})
    _write(project, "{file: u.txt}")

    told = project.run("--lang", "zh", "validate").out

    assert "u.txt:2：警告[account-characters]：某个账号：含有全角字符 \uff11\n" in told

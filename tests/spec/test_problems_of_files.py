"""What one run says of all files of a project: every problem, each in the file where it is mended."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from workbench import CAMPAIGN

if TYPE_CHECKING:
    from workbench import Project

HEAD = "apiVersion: pushspec/v1\nkind: Campaign\nname: sale\nversion: 1\n"
PUSH = HEAD + "endpoint: timpush/push\n"
PUSH_ALL = PUSH + "audience: {everyone: true}\n"
BATCH = HEAD + "endpoint: timpush/batch\nfrom: admin\n"
NOTE = "notification: {title: Hi, desc: There}\n"
ENVIRONMENT = (
    "apiVersion: pushspec/v1\nkind: Project\nname: acme\nenvironments:\n  prod:\n    sdk_app_id: 1\n"
)

# What stands beside file: in the audience, the file, its content, where the problem is, and what it says.
ACCOUNT_FILES: list[tuple[str, str, str | bytes, str, str]] = [
    ("", "a.csv", "id\nrong\nb onnie\n", "a.csv:3: error[account-form]", "white space"),
    ("", "a.csv", "id\nrong,1\n", "a.csv:2: error[audience-format]", "a comma in quotes"),
    ("", "a.csv", 'id\n"rong\n', "a.csv:2: error[audience-format]", "close every quote"),
    ("", "a.csv", "", "a.csv: error[audience-format]", "its first line names the columns"),
    ("", "a.csv", b"id\n\xff\n", "a.csv:2: error[audience-file]", "save it as UTF-8"),
    ("", "a.csv", "id,lang\nx,en\n", "a.csv:1: error[audience-column]", "which column names the account?"),
    (", column: user", "a.csv", "id,lang\nx,y\n", "a.csv:1: error[audience-column]", "no column user"),
    (", column: id", "a.csv", "id,id\nx,y\n", "a.csv:1: error[audience-column]", "two columns have one name"),
    (", personalize: [lang]", "a.csv", "id\nx\n", "a.csv:1: error[audience-column]", "no column lang"),
    ("", "a.txt", "rong\n\nb\tc\n", "a.txt:3: error[account-form]", "white space"),
    ("", "a.txt", "rong\n" + "x" * 129, "a.txt:2: error[account-form]", "129 bytes"),
    (", personalize: [lang]", "a.txt", "rong\n", "a.txt: error[audience-column]", "use csv"),
    ("", "a.jsonl", '{"id": "x"}\n', "a.jsonl: error[audience-column]", "add column:"),
    (", column: id", "a.jsonl", '{"id": "x"}\nno\n', "a.jsonl:2: error[audience-format]", "looks like"),
    (
        ", column: id",
        "a.jsonl",
        '{"id": 5.0}\n',
        "a.jsonl:1: error[audience-column]",
        "id is no text or whole",
    ),
    (
        ", column: id",
        "a.jsonl",
        '{"id": 1e5}\n',
        "a.jsonl:1: error[audience-column]",
        "id is no text or whole",
    ),
    (
        ", column: id",
        "a.jsonl",
        '{"id": true}\n',
        "a.jsonl:1: error[audience-column]",
        "id is no text or whole",
    ),
    (", column: id", "a.jsonl", '{"user": "x"}\n', "a.jsonl:1: error[audience-column]", "lacks id"),
    ("", "a.json", "[]", "a.json: error[audience-format]", "csv has a header"),
    ("", "a.txt", "\n\n", "campaigns/sale.yaml:7:12: error[audience-empty]", "nobody is left"),
    (", exclude: [a.txt]", "a.txt", "rong\n", "campaigns/sale.yaml:7:12: error[audience-empty]", "nobody"),
]


def _blocks(report: str) -> list[str]:
    """Return the problems of a report, each with the lines that belong to it."""
    return re.split(r"\n(?! )", report)


@pytest.mark.parametrize(("options", "file", "content", "place", "words"), ACCOUNT_FILES)
def test_a_fault_in_an_account_file_is_shown_in_that_file(
    project: Project, options: str, file: str, content: str | bytes, place: str, words: str
) -> None:
    """A list of a million accounts cannot be searched by hand."""
    text = f"{BATCH}audience: {{file: {file}{options}}}\n{NOTE}"
    project.write({file: content, "campaigns/sale.yaml": text})

    outcome = project.run("plan")

    assert (outcome.code, outcome.out) == (1, "")
    (block,) = [block for block in _blocks(outcome.err) if block.startswith(place)]
    assert words in block


def test_rows_with_the_same_fault_are_one_problem_with_their_count(project: Project) -> None:
    """A million wrong rows are one mistake."""
    rows = "".join(f"user {number}\n" for number in range(100))
    project.write({"a.txt": rows, "campaigns/sale.yaml": f"{BATCH}audience: {{file: a.txt}}\n{NOTE}"})

    (block,) = [block for block in _blocks(project.run("plan").err) if "[account-form]" in block]
    assert block.startswith("a.txt:1: error")
    assert "100 rows are like this: lines 1, 2, 3, 4, 5, ..." in block


def test_all_problems_of_all_files_come_in_one_run(project: Project) -> None:
    """Mending one fault at a time is what makes people switch checks off."""
    project.write(
        {
            "campaigns/a.yaml": PUSH + "audience: {tags: {any: [a, a]}}\nnotification: {titel: x, desc: 5}\n",
            "campaigns/sub/b.yml": BATCH.replace("sale", "other")
            + "audience: {file: a.txt}\n"
            + NOTE.replace("Hi", "'{{ x }}'"),
            "campaigns/c.yaml": "name: a: b\n",
            "a.txt": "b c\n",
        }
    )

    outcome = project.run("plan")

    assert outcome.code == 1
    assert re.findall(r"^(\S+): error\[(\S+)\]", outcome.err, re.MULTILINE) == [
        ("a.txt:1", "account-form"),
        ("campaigns/a.yaml:6:28", "tag-duplicate"),
        ("campaigns/a.yaml:7:16", "unknown-key"),
        ("campaigns/a.yaml:7:32", "wrong-type"),
        ("campaigns/c.yaml:1:8", "yaml-syntax"),
        ("campaigns/sub/b.yml:8:23", "template-undefined"),
    ]
    assert outcome.err.endswith("6 errors\n")


# What stands in the audience, and the rules that it breaks, each at its column.
TWO_SOURCES: dict[str, list[tuple[int, str]]] = {
    "{tags: {any: [a, a]}, attributes: {all: {'': x}}}": [
        (11, "audience-choice"),
        (28, "tag-duplicate"),
        (52, "attribute-name-empty"),
    ],
    "{tags: {any: [a, a], amy: [b]}, attributes: {any: {}}}": [
        (11, "audience-choice"),
        (28, "tag-duplicate"),
        (32, "unknown-key"),
        (61, "out-of-range"),
    ],
    "{everyone: yes, tags: {any: ['']}, attributes: {any: {a: b}}}": [
        (11, "audience-choice"),
        (22, "not-a-choice"),
        (40, "tag-empty"),
    ],
    "{tags: {any: ['']}, file: none.txt, column: id}": [
        (11, "audience-choice"),
        (25, "tag-empty"),
        (31, "audience-file"),
        (31, "audience-kind"),
    ],
}


@pytest.mark.parametrize("audience", list(TWO_SOURCES))
def test_an_audience_of_two_sources_hides_no_fault_in_either(project: Project, audience: str) -> None:
    """Whoever takes one source out must not learn only then what is wrong in the other."""
    project.write({"campaigns/sale.yaml": f"{PUSH}audience: {audience}\n{NOTE}"})

    outcome = project.run("plan")

    assert outcome.code == 1
    found = re.findall(r"^campaigns/sale.yaml:6:(\d+): error\[(\S+)\]", outcome.err, re.MULTILINE)
    assert [(int(column), rule) for column, rule in found] == TWO_SOURCES[audience]


def test_two_campaigns_of_one_name_are_an_error_wherever_they_lie(project: Project) -> None:
    """The name is the identity: two of them would share calls, and one would never be sent."""
    project.write({"campaigns/a.yaml": PUSH_ALL + NOTE, "campaigns/deep/down/b.yml": PUSH_ALL + NOTE})

    outcome = project.run("plan")

    assert outcome.code == 1
    place = "campaigns/deep/down/b.yml:3:7: error[name-not-unique]"
    assert f"{place}: the name sale is taken by campaigns/a.yaml" in outcome.err


def test_a_link_among_the_campaigns_is_not_followed(project: Project) -> None:
    """It could lead out of the repository that was reviewed."""
    project.write({"elsewhere.yaml": PUSH_ALL + NOTE, "campaigns/a.yaml": PUSH_ALL + NOTE})
    (project.root / "campaigns/link.yaml").symlink_to(project.root / "elsewhere.yaml")

    outcome = project.run("plan")

    assert outcome.code == 1
    assert "campaigns/link.yaml: error[unreadable-file]" in outcome.err


@pytest.mark.parametrize("word", ["no", "on", "yes", "off", "y", "22:30", "1_000", "2026-12-01", "0x"])
def test_words_that_old_yaml_took_for_something_else_are_texts(project: Project, word: str) -> None:
    """A title of ``no`` must not arrive as ``false``, nor ``22:30`` as 1350."""
    body = project.body(f"{PUSH_ALL}notification: {{title: {word}, desc: x}}\n")

    assert body["OfflinePushInfo"]["Title"] == word


@pytest.mark.parametrize(
    "written",
    ["secret_key: c2VjcmV0", "secretkey: c2VjcmV0", "usersig: [c2VjcmV0", 'secret_key: "c2VjcmV0'],
)
@pytest.mark.parametrize("command", ["plan", "validate"])
def test_a_literal_secret_is_never_printed(project: Project, command: str, written: str) -> None:
    """The report of a wrong project file ends in the log of a public CI run."""
    project.write({"pushspec.yaml": f"{ENVIRONMENT}    region: nowhere\n    {written}\n"})

    outcome = project.run(command)

    assert outcome.code == 1
    assert "c2VjcmV0" not in outcome.out + outcome.err


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_wrong_project_has_no_plan_at_all(project: Project, form: str) -> None:
    """A script that reads the plan must not take half of one for a plan."""
    project.write({"campaigns/sale.yaml": PUSH + NOTE, "campaigns/hello.yaml": CAMPAIGN})

    outcome = project.run("plan", "--format", form)

    assert (outcome.code, outcome.out) == (1, "")

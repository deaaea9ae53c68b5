"""No failure names anybody of a list, and nothing names one of a pinned list but the three that may."""

from __future__ import annotations

import gzip
import io
import json
import re
from typing import TYPE_CHECKING

import click
import pyarrow as pa
import pytest
from backports import zstd
from pyarrow import parquet

from audience.test_sources import sheet
from pushspec.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from workbench import Outcome, Project

GOLD = "apiVersion: pushspec/v1\nkind: Audience\nname: gold\nfile: people.csv\ncolumn: id\nkeep: [lang]\n"
CAMPAIGN = """\
apiVersion: pushspec/v1
kind: Campaign
name: sale
version: 1
endpoint: timpush/batch
from: admin
notification: {title: 'Hi {{ user.lang }}', desc: There}
audience: {use: gold, personalize: [lang], exclude: [more.txt, {use: out}]}
"""
CANARIES = [f"canary-{number}" for number in range(1, 13)]
"""People whom the sandbox does not know, so that it refuses them."""
KNOWN = [f"guest{number:03d}" for number in range(1, 11)]
PROJECT = """\
apiVersion: pushspec/v1
kind: Project
name: acme-push
default_environment: sandbox
environments:
  sandbox: {sandbox: true, testers: {accounts: [admin]}}
policy: {max_refused: 100%}
holdout: {share: 1%, salt: "1"}
"""
OUT = ["canary-1", "guest001"]
THEIR_OWN = {"people.csv", "people.jsonl", "gone.txt", "more.txt", "sandbox.db"}


@pytest.fixture
def pinned(project: Project) -> Project:
    """A project with two pulled lists, of which one excludes people of the other."""
    rows = "".join(f"{one},{'en' if one[-1] in '13579' else 'zh'}\n" for one in (*KNOWN, *CANARIES))
    project.write(
        {
            "pushspec.yaml": project.text.replace(
                "sandbox: true", "sandbox: true, testers: {accounts: [admin]}"
            )
            + "policy: {max_refused: 100%}\nholdout: {share: 1%, salt: '1'}\n",
            "audiences/gold.yaml": GOLD,
            "audiences/out.yaml": "apiVersion: pushspec/v1\nkind: Audience\nname: out\nfile: gone.txt\n",
            "people.csv": f"id,lang\n{rows}",
            "gone.txt": "".join(f"{one}\n" for one in OUT),
            "more.txt": "canary-2\n",
            "campaigns/sale.yaml": CAMPAIGN,
        }
    )
    project.run("audience", "pull").assert_ok()
    return project


def sightings(project: Project, outcomes: Iterable[Outcome]) -> set[str]:
    """Return who is named in what was printed, and in any file but sources, lists, and the service's own."""
    kept = [path for path in project.root.rglob("*") if path.is_file() and path.name not in THEIR_OWN]
    read = [_bytes(path) for path in kept if ".pushspec/audiences" not in path.as_posix()]
    shown = b"\n".join([*read, *((it.out + it.err).encode() for it in outcomes)])
    return {name for name in (*CANARIES, *KNOWN) if name.encode() in shown}


def _bytes(path: Path) -> bytes:
    return path.name.encode() + b"\n" + path.read_bytes()


LOOKING = (
    "validate", "plan", "plan sale", "plan --bodies", "plan --all", "plan --format json",
    "plan --format markdown", "plan --format html", "plan --format github", "plan --format sarif",
    "plan --online", "diff --base HEAD", "preview", "calendar", "calendar --format ics", "status",
    "status --format json", "show sale", "show sale --format json", "log", "log sale", "log --format json",
    "report sale", "report sale --format json", "audience show", "audience show --format json",
    "audience pull", "audience prune --dry-run", "people check sale", "fmt --check", "doctor",
    "recall sale", "try sale", "approvals", "plan --report plan.md --report plan.html --report saved.json",
    "plan -o plan.json", "report sale --report report.md --report report.html --report report.json",
)  # fmt: skip


DECIDING = (
    "stop sale --why slow", "continue sale --why slow", "freeze incident", "status", "freeze --off over",
    "resolve sale@1#1 --as sent --why seen", "unlock", "lock check", "lock init", "lock move moved.lock",
    "approve sale --print", "trust", "trust --list", "notify --test", "callbacks status", "people plan",
    "people apply", "audience prune", "new next", "import people.csv", "init .",
    "explain 70107", "schema pin", "completion bash", "help plan", "version", "sandbox seed", "sandbox reset",
)  # fmt: skip
THEIR_PURPOSE = {
    "callbacks serve": "keeps what the service posts about people, and prints none of it: tests/web",
    "callbacks export": "writes accounts into a file that it is given",
    "sandbox serve": "is the service",
    "sandbox inbox": "shows what the service delivered to the account that it is given",
}
"""Commands that are not run here, and why."""


def commands(group: click.Group, path: str = "") -> Iterator[str]:
    """Yield every command, with the groups that it is in."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if isinstance(found, click.Group):
            yield from commands(found, f"{path}{name} ")
        elif found is not None:
            yield f"{path}{name}"


def test_every_command_is_looked_at() -> None:
    """A new one shows nobody either, or says here why it does."""
    run = {*LOOKING, *DECIDING, "apply sale"}
    unseen = {one for one in commands(main.root) if not any(f"{it} ".startswith(f"{one} ") for it in run)}

    assert unseen == set(THEIR_PURPOSE)


def test_no_command_that_decides_names_anybody(pinned: Project) -> None:
    """What it records stands in the lockfile for ever."""
    sent = pinned.run("apply", "--confirm", pinned.plan_json()["digest"])
    outcomes = [sent, *(pinned.run(*command.split()) for command in DECIDING)]

    assert [it.err for it in outcomes if "a bug in pushspec" in it.err] == []
    assert sightings(pinned, outcomes) == set()


def test_no_command_or_view_names_anybody(pinned: Project) -> None:
    """Whoever reads the repository, a pull request or a log of CI sees counts."""
    before = [pinned.run(*command.split()) for command in ("plan --bodies", "plan --format json", "try sale")]
    sent = pinned.run("apply", "--confirm", pinned.plan_json()["digest"], "-v")
    after = [pinned.run(*command.split()) for command in LOOKING]

    assert "people refused (the account does not exist, 70107)" in sent.out
    assert [it.err for it in (*before, sent, *after) if "a bug in pushspec" in it.err] == []
    assert sightings(pinned, [*before, sent, *after]) == set()


FAILURES: dict[str, dict[str, str]] = {
    "a text that does not render": {"campaigns/sale.yaml": CAMPAIGN.replace("user.lang", "user.tier")},
    "a text that is too long": {"campaigns/sale.yaml": CAMPAIGN.replace("There", "x" * 9_000)},
    "a definition that changed": {"audiences/gold.yaml": GOLD.replace("[lang]", "[]")},
    "an exclusion that changed": {"more.txt": "CANARY-3\nguest01\n"},
    "an endpoint for others": {"campaigns/sale.yaml": CAMPAIGN.replace("timpush/batch", "timpush/push")},
    "an account twice": {"people.csv": "id,lang\ncanary-1,en\nguest001,zh\nguest001,en\n"},
    "a row of a file of its own": {"more.txt": "ada\ncanary-2 \n"},
    "nobody left": {"people.csv": "id,lang\ncanary-1,en\n", "gone.txt": "canary-1\n"},
}


@pytest.mark.parametrize("files", list(FAILURES.values()), ids=list(FAILURES))
def test_no_failure_names_anybody_of_the_list(pinned: Project, files: dict[str, str]) -> None:
    """Errors are pasted into tickets."""
    digest = pinned.plan_json()["digest"]
    pinned.write(files)

    outcomes = [
        pinned.run(*command.split())
        for command in ("plan", "validate", "plan --format json", "preview", f"apply --confirm {digest}")
    ]

    assert [it.err for it in outcomes if "a bug in pushspec" in it.err] == []
    assert sightings(pinned, outcomes) == set()


ONE_COLUMN = "user_id\n" + "".join(f"{name}\n" for name in CANARIES)
KEPT_ACCOUNTS: dict[str, tuple[str, str, dict[str, str], str]] = {
    "by its name": ("file: people.csv\ncolumn: id\nkeep: [lang, id]\n", "id", {}, "6:14"),
    "in other letters": (
        "file: people.jsonl\ncolumn: id\nkeep: [ID]\n",
        "ID",
        {"people.jsonl": "".join(json.dumps({"id": name, "ID": name}) + "\n" for name in CANARIES)},
        "6:8",
    ),
    "as the only column": (
        "file: people.csv\nkeep: [user_id]\n",
        "user_id",
        {"people.csv": ONE_COLUMN},
        "5:8",
    ),
    "by another name": (
        "sql: select id, lang, id as code from 'people.csv'\ncolumn: id\nkeep: [lang, code]\n",
        "code",
        {},
        "6:14",
    ),
}
"""Ways to keep an account as a value: the keys of the audience, the column, its files, the place to mend."""


@pytest.mark.parametrize(
    ("keys", "column", "files", "place"), list(KEPT_ACCOUNTS.values()), ids=list(KEPT_ACCOUNTS)
)
def test_an_account_is_no_value_to_personalize_by(
    pinned: Project, keys: str, column: str, files: dict[str, str], place: str
) -> None:
    """A text with it would stand in plans, and in the lockfile for ever."""
    header = "apiVersion: pushspec/v1\nkind: Audience\nname: gold\n"
    campaign = CAMPAIGN.replace("user.lang", f"user.{column}").replace("[lang]", f"[{column}]")
    pinned.write({"audiences/gold.yaml": header + keys, "campaigns/sale.yaml": campaign, **files})
    formats = [f"plan sale --format {form}" for form in ("text", "json", "html", "markdown")]

    pull = pinned.run("audience", "pull", "gold")
    plans = [pinned.run(*command.split()) for command in formats]
    digest = re.search(r'"digest": "(\w+)"', plans[1].out)
    sent = pinned.run("apply", "--confirm", digest[1] if digest else "0" * 12)

    assert sightings(pinned, [pull, *plans, sent]) == set()
    assert pull.code == 1
    assert f"audiences/gold.yaml:{place}: error[account-kept]: " in pull.err


@pytest.mark.parametrize(("keep", "place"), [("[lang, id]", "6:14"), ("[ID]", "6:8")])
def test_a_kept_account_is_refused_before_anybody_is_read(pinned: Project, keep: str, place: str) -> None:
    """A pull request tells its author, though only a person with the secrets of the source can pull."""
    pinned.write({"audiences/gold.yaml": GOLD.replace("[lang]", keep)})

    checked = pinned.run("validate")

    assert checked.code == 1
    assert f"audiences/gold.yaml:{place}: error[account-kept]: item" in checked.out
    assert "is the column of accounts\n" in checked.out
    assert "hint: leave it out: values of a kept column stand in plans and in the lockfile" in checked.out


def test_a_campaign_is_not_told_to_keep_the_account(pinned: Project) -> None:
    """Whoever follows a hint is not led to the next refusal."""
    pinned.write({"campaigns/sale.yaml": CAMPAIGN.replace("[lang]", "[lang, id]")})

    plan = pinned.run("plan")

    assert "campaigns/sale.yaml:8:43: error[account-kept]: id is the column of accounts of gold" in plan.err
    assert "add it to keep" not in plan.err


def test_a_list_of_the_repository_may_show_its_accounts(pinned: Project) -> None:
    """Whoever reads the text reads the list beside it."""
    audience = "audience: {file: people.csv, column: id, personalize: [id]}\n"
    head = CAMPAIGN.partition("audience:")[0].replace("user.lang", "user.id")
    pinned.write({"campaigns/sale.yaml": head + audience})

    assert '"Title": "Hi canary-10"' in pinned.run("plan", "sale").assert_ok().out


def test_a_value_may_be_the_account_of_some(pinned: Project) -> None:
    """Somebody may be called vip: only a column that names everybody is the accounts by another name."""
    pinned.write({"people.csv": "id,lang\n" + "".join(f"{one},guest001\n" for one in KNOWN)})

    pinned.run("audience", "pull", "gold").assert_ok()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data[:20] + b"\x00" + data[21:],
        lambda _: b"canary-1\n",
        lambda _: b"",
    ],
    ids=["cut", "damaged", "no gzip", "empty"],
)
def test_a_list_that_was_spoilt_names_nobody(pinned: Project, spoil: object) -> None:
    """Neither the plan nor the run that refuses it."""
    assert callable(spoil)
    digest = pinned.plan_json()["digest"]
    for stored in pinned.root.glob(".pushspec/audiences/*.gz"):
        stored.write_bytes(spoil(stored.read_bytes()))

    outcomes = [pinned.run("plan"), pinned.run("apply", "--confirm", digest), pinned.run("audience", "show")]

    assert [it.code for it in outcomes] == [6, 6, 0]
    assert "is not the one of the pin" in outcomes[1].err
    assert sightings(pinned, outcomes) == set()


MAIL = "canary.1@example.com"
PULLS: dict[str, tuple[str, dict[str, str | bytes], str]] = {
    "a blank behind the account": (
        "file: p.csv\ncolumn: id\nkeep: [lang]", {"p.csv": "id,lang\nada,en\ncanary-1 ,zh\n"}, "p.csv:3",
    ),
    "other characters and a blank": (
        "file: p.csv\ncolumn: id", {"p.csv": f"id,lang\n{MAIL},en\ncanary-2 ,zh\n"}, "p.csv:2",
    ),
    "a txt": ("file: p.txt", {"p.txt": f"ada\n{MAIL}\ncanary-2 \n"}, "p.txt:2"),
    "three fields": (
        "file: p.csv\ncolumn: id", {"p.csv": "id,lang\nada,en\ncanary-1,en,zh\n"}, "p.csv:3",
    ),
    "a quoted comma": (
        "file: p.csv\ncolumn: id", {"p.csv": 'id,lang\nada,en\n"canary-1,canary-2",zh\n'}, "p.csv:3",
    ),
    "no header, one column": ("file: p.csv", {"p.csv": "canary-1\ncanary-2\n"}, "p.csv:1"),
    "no header, two columns": (
        "file: p.csv\ncolumn: id", {"p.csv": "canary-1,en\ncanary-2,zh\n"}, "p.csv:1",
    ),
    "no header, nearly the column": (
        "file: p.csv\ncolumn: canary-11", {"p.csv": "canary-1,user_id\ncanary-2,zh\n"}, "p.csv:1",
    ),
    "no header, no column named": ("file: p.csv", {"p.csv": "canary-1,en\ncanary-2,zh\n"}, "p.csv:1"),
    "no header, the same twice": (
        "file: p.csv\ncolumn: Canary-1", {"p.csv": "canary-1,canary-1\ncanary-2,zh\n"}, "p.csv:1",
    ),
    "a mark inside": (
        "file: p.csv\ncolumn: id", {"p.csv": "id,lang\nada,en\n\ufeffcanary-1,en\n"}, "p.csv:3",
    ),
    "jsonl": ("file: p.jsonl\ncolumn: id", {"p.jsonl": '{"id": "ada"}\n{"ID": "canary-1"}\n'}, "p.jsonl:2"),
    "jsonl without an object": ("file: p.jsonl\ncolumn: id", {"p.jsonl": '"canary-1"\n'}, "p.jsonl:1"),
    "xlsx": (
        "file: p.xlsx\ncolumn: id",
        {"p.xlsx": sheet([["id", "lang"], [MAIL, "en"], ["canary-2 ", "zh"]])}, "p.xlsx:2",
    ),
    "xlsx with a fraction": (
        "file: p.xlsx\ncolumn: id", {"p.xlsx": sheet([["id"], ["ada"], [1380000.25]])}, "p.xlsx:3",
    ),
    "xlsx without a header": (
        "file: p.xlsx\ncolumn: id", {"p.xlsx": sheet([["canary-1", "en"], ["canary-2", "zh"]])}, "p.xlsx:1",
    ),
    "a query": (
        "sql: select id from 'p.csv'\ncolumn: id",
        {"p.csv": f"id,lang\n{MAIL},en\ncanary-2 ,zh\n"}, "audiences/gold.yaml:",
    ),
    "a query over three fields": (
        "sql: select id from 'p.csv'\ncolumn: id", {"p.csv": "id,lang\ncanary-1,en,zh\n"}, "p.csv:2",
    ),
    "a query without a header": (
        "sql: select * from 'p.csv'\ncolumn: id",
        {"p.csv": "canary-1,en\ncanary-2,zh\n"}, "audiences/gold.yaml:",
    ),
    "a query over the same twice": (
        "sql: select * from 'p.csv'\ncolumn: id", {"p.csv": "canary-1,canary-1\nada,zh\n"}, "p.csv:1",
    ),
    "a query over other columns": (
        "sql: select id from 'p*.csv'\ncolumn: id",
        {"p1.csv": "id,lang\nada,en\n", "p2.csv": "canary-1,en\ncanary-2,zh\n"}, "p2.csv",
    ),
    "a query over fewer columns": (
        "sql: select id from 'p*.csv'\ncolumn: id",
        {"p1.csv": "id,lang\nada,en\n", "p2.csv": "lang\ncanary-2\n"}, "p2.csv",
    ),
    "a query over one person for a column": (
        "sql: select id from 'p*.csv'\ncolumn: id",
        {"p1.csv": "id,canary-1\nada,en\n", "p2.csv": "canary-1\ncanary-2\n"}, "p2.csv",
    ),
    "a query that converts": (
        "sql: select cast(cast(id as integer) as varchar) as id from 'p.csv'\ncolumn: id",
        {"p.csv": "id,lang\ncanary-1,en\n"}, "audiences/gold.yaml:",
    ),
    "an exclusion": (
        "file: p.csv\ncolumn: id\nexclude: [out.csv]",
        {"p.csv": "id,lang\nada,en\n", "out.csv": f"id,lang\n{MAIL},en\ncanary-2 ,en\n"}, "out.csv:2",
    ),
    "an exclusion without a header": (
        "file: p.csv\ncolumn: id\nexclude: [out.csv]",
        {"p.csv": "id,lang\nada,en\n", "out.csv": "canary-2,en\nada,zh\n"}, "out.csv:1",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("keys", "files", "place"), list(PULLS.values()), ids=list(PULLS))
def test_a_pull_tells_the_place_and_names_nobody(
    project: Project, keys: str, files: dict[str, str | bytes], place: str
) -> None:
    """Its log is read by more people than the list; whoever has the file looks at the line."""
    head = "apiVersion: pushspec/v1\nkind: Audience\nname: gold\n"
    project.write({"audiences/gold.yaml": f"{head}{keys}\n", **files})

    pulled = project.run("audience", "pull", "gold")

    shown = (pulled.out + pulled.err).replace("column canary-11", "")  # what the audience file itself says
    assert pulled.code != 0
    assert place in shown
    assert [word for word in ("canary", "ada", "1380000") if word in shown.lower()] == []


def _table(**columns: object) -> bytes:
    file = io.BytesIO()
    parquet.write_table(pa.table(columns), file)
    return file.getvalue()


TXT: dict[str, tuple[str | bytes, int]] = {
    "a blank behind": ("ada\ncanary-1 \n", 2),
    "nothing visible": ("ada\ncan\u200bary-1\n", 2),
    "a control character": ("ada\n\ncanary-1\x07\n", 3),
    "other characters": (f"ada\n{MAIL}\ncanary-2 \n", 2),
    "full width": ("ada\ncanary-\uff11\ncanary-2 \n", 2),
    "decomposed": ("ada\ncanary-e\u0301\ncanary-2 \n", 2),
    "too long": (f"ada\ncanary-{'1' * 130}\n", 2),
    "a template": ("ada\n{{ canary-1 }}\n", 2),
    "a separator": ("ada\ncanary-1,canary-2\n", 2),
    "a quote": ('ada\n"canary-1"\n', 2),
    "a sign of a spreadsheet": ("ada\n'canary-1\n", 2),
    "an error of a spreadsheet": ("ada\n#canary-1!\n", 2),
    "a number of a spreadsheet": ("ada\n1.23E+17\n", 2),
    "a word for nothing": ("ada\ncanary-1\nNULL\n", 3),
    "another encoding": ("ada\ncanary-王小明\n".encode("gb18030"), 2),
    "wide characters": ("ada\ncanary-1\n".encode("utf-16"), 0),
    "a carriage return": ("ada\ncanary-1\rcanary-2\n", 2),
    "a mark inside": ("ada\n\ufeffcanary-1\n", 2),
    "a line without end": ("ada\n" + "canary" * 20_000, 2),
    "a header": ("user_id\ncanary-1\n", 1),
}
CSV: dict[str, tuple[str, int]] = {
    "a blank behind": ("lang,id\nen,ada\nzh,canary-1 \n", 3),
    "no account": ("lang,id\nen,ada\ncanary-1,\n", 3),
    "a number of a spreadsheet": ("lang,id\nen,ada\ncanary-1,1.23E+17\n", 3),
    "three fields": ("lang,id\nen,ada\nzh,canary-1,canary-2\n", 3),
    "one field": ("lang,id\nen,ada\ncanary-1\n", 3),
    "a quote that stays open": ('lang,id\nen,ada\n"zh,canary-1\nen,canary-2\nen,canary-3\n', 3),
    "a quote that ends too early": ('lang,id\n"e\nn",ada\nzh,"canary-1"canary-2\nen,lin\n', 4),
    "a quote that takes in a row": ('lang,id\nen,ada\nen,"canary-1\nzh,"canary-2"\nen,lin\n', 3),
    "no header": ("en,canary-1\nzh,canary-2\n", 1),
    "a header of other columns": ("user_id,canary-1\nen,ada\n", 1),
    "a header with one name twice": ("id,ID,canary-1\nada,lin,en\n", 1),
}
JSONL: dict[str, tuple[str, int]] = {
    "no object": ('{"id": "ada"}\n"canary-1"\n', 2),
    "not closed": ('{"id": "ada"}\n{"id": "canary-1"\n', 2),
    "another key": ('{"id": "ada"}\n{"user": "canary-1"}\n', 2),
    "a key twice": ('{"id": "ada"}\n{"id": "canary-1", "id": "canary-2"}\n', 2),
    "a fraction": ('{"id": "ada"}\n{"id": 1380000.0, "lang": "canary-1"}\n', 2),
    "a blank behind": ('{"id": "ada"}\n{"id": "canary-1 "}\n', 2),
}
OTHERS: dict[str, tuple[str, bytes, int]] = {
    "xlsx, a blank behind": ("l.xlsx", sheet([["n", "id"], ["x", "ada"], ["canary-2", "canary-1 "]]), 3),
    "xlsx, a fraction": ("l.xlsx", sheet([["id"], ["ada"], [1380000.25]]), 3),
    "xlsx, a long number": ("l.xlsx", sheet([["id"], ["ada"], [1380000138000013800]]), 3),
    "xlsx, no header": ("l.xlsx", sheet([["canary-1", "en"], ["canary-2", "zh"]]), 1),
    "parquet, a blank behind": ("l.parquet", _table(id=["ada", "canary-1 "], n=["x", "canary-2"]), 2),
    "parquet, no account": ("l.parquet", _table(id=["ada", None], n=["x", "canary-2"]), 2),
    "parquet, another type": ("l.parquet", _table(id=[b"canary-1"]), 0),
    "parquet, a person for a name": ("l.parquet", _table(**{"canary-1": ["canary-2"]}), 0),
    "gz, cut": ("l.txt.gz", gzip.compress(b"ada\ncanary-1\n", mtime=0)[:-4], 0),
    "zst, cut": ("l.txt.zst", zstd.compress(b"ada\ncanary-1\n")[:-4], 0),
}


def _wrong_lists() -> Iterator[tuple[str, str, bytes, int]]:
    """Yield what is wrong, the file, what it holds, and the line that a message has to name; 0 for none."""
    for ending, cases in ((".txt", TXT), (".csv", CSV), (".jsonl", JSONL)):
        for what, (content, line) in cases.items():
            data = content if isinstance(content, bytes) else content.encode()
            yield f"{ending}, {what}", f"l{ending}", data, line
    for what in ("a blank behind", "another encoding"):
        content, line = TXT[what]
        data = content if isinstance(content, bytes) else content.encode()
        yield f".txt.gz, {what}", "l.txt.gz", gzip.compress(data, mtime=0), line
        yield f".txt.zst, {what}", "l.txt.zst", zstd.compress(data), line
    for what, (file, data, line) in OTHERS.items():
        yield what, file, data, line


WRONG_LISTS = {what: (file, data, line) for what, file, data, line in _wrong_lists()}
"""Lists of a campaign itself, by what is wrong with them."""
OF_ITS_OWN = CAMPAIGN.partition("audience:")[0].replace("{{ user.lang }}", "all")
NAMING = {
    "file": OF_ITS_OWN + "audience: {file: FILE, column: id}\n",
    "exclude": OF_ITS_OWN + "audience: {file: all.csv, column: id, exclude: [FILE]}\n",
}
"""Campaigns that name a list, by the key that does."""
PERSONAL = OF_ITS_OWN.replace("Hi all", "Hi {{ user.lang }}")
DECLARING = "apiVersion: pushspec/v1\nkind: People\nattribute_names: [lang]\n"
MORE_WRONG = {
    "campaigns/empty.yaml": PERSONAL.replace("sale", "empty")
    + "audience: {file: empty.csv, column: id, personalize: [lang]}\n",
    "empty.csv": "id,lang\nada,en\ncanary-1,\n",
    "campaigns/twice.yaml": PERSONAL.replace("sale", "twice")
    + "audience: {file: twice.csv, column: id, personalize: [lang]}\n",
    "twice.csv": "id,lang\nada,en\ncanary-1,en\ncanary-1,zh\n",
    "campaigns/zones.yaml": OF_ITS_OWN.replace("sale", "zones")
    + "audience: {file: zones.csv, column: id}\nschedule: {local: '2026-12-01T10:00', timezone_column: tz}\n",
    "zones.csv": "id,tz\nada,UTC\nlin,canary-1\ncanary-2,\n",
    "campaigns/query.yaml": OF_ITS_OWN.replace("sale", "query")
    + "audience: {sql: \"select id from 'query.csv'\", column: id}\n",
    "query.csv": "id\nada\ncanary-1 \n",
    "campaigns/in-file.yaml": OF_ITS_OWN.replace("sale", "in-file")
    + "audience: {sql: \"select id from 'in-file.csv'\", column: id}\n",
    "in-file.csv": "id,lang\nada,en\ncanary-1,en,zh\n",
    "campaigns/cast.yaml": OF_ITS_OWN.replace("sale", "cast")
    + "audience: {sql: \"select cast(cast(id as integer) as varchar) as id from 'cast.csv'\", column: id}\n",
    "cast.csv": "id\ncanary-1\n",
    "campaigns/pinned.yaml": CAMPAIGN.replace("sale", "pinned"),
    "more.txt": "ada\ncanary-2 \n",
    "people/crm.yaml": f"{DECLARING}file: people/crm.csv\n",
    "people/crm.csv": f"user_id,tags,lang\nada,a,en\nada,b,en\ncanary-1 ,a,en\nlin,canary{'1' * 60},en\n",
    "people/more.yaml": f"{DECLARING}file: people/more.csv\n",
    "people/more.csv": "user_id,lang\nlin,en\ncanary-1,en,zh\n",
}
"""Values, queries and files of other kinds."""
PLACES = (
    "empty.csv:3: error[personal-empty]", "twice.csv:4: error[personal-conflict]",
    "zones.csv:3: error[zone-unknown]", "zones.csv:4: error[zone-missing]",
    "campaigns/query.yaml:8: error[account-form]", "in row 2 of the result\n",
    "in-file.csv:3: error[audience-format]", "campaigns/cast.yaml:8:12: error[audience-sql]",
    "more.txt:2: error[account-form]", "people/crm.csv:3: error[people-twice]",
    "people/crm.csv:4: error[people-account]", "people/crm.csv:5: error[people-limit]",
    "people/more.csv:3: error[audience-format]", "testers.txt:2: error[account-form]",
)  # fmt: skip
AT_FAULTS = (
    "validate --all", "validate", "validate --format json", "validate --format github",
    "validate --format sarif", "plan", "plan --bodies", "plan --format json", "plan --format markdown",
    "plan --format html", "plan --format github", "plan --format sarif",
    "plan --report plan.md --report plan.html", "diff --base HEAD", "preview", "calendar", "status",
    "show sale-0", "log", "apply", "apply sale-0", "try sale-0 --confirm 0", "people plan", "people apply",
    "people check sale-0", "doctor", "recall sale-0", "audience pull", "audience show",
)  # fmt: skip
PEOPLE = re.compile(r"canary|1380000|1\.23e|\b(?:ada|lin)\b", re.IGNORECASE)


def _named(outcomes: Iterable[Outcome]) -> set[str]:
    return set(PEOPLE.findall("".join(it.out + it.err for it in outcomes)))


@pytest.mark.parametrize(("file", "data", "line"), list(WRONG_LISTS.values()), ids=list(WRONG_LISTS))
@pytest.mark.parametrize("key", list(NAMING))
def test_a_wrong_row_of_a_list_is_told_by_its_place(
    project: Project, key: str, file: str, data: bytes, line: int
) -> None:
    """Whoever has the file looks at the line; whoever reads the log learns about nobody."""
    project.write({file: data, "all.csv": "id\nada\nlin\n"})
    project.write({"campaigns/sale.yaml": NAMING[key].replace("FILE", file)})

    outcomes = [project.run("plan"), project.run("validate", "--format", "sarif"), project.run("apply")]

    assert [it.code for it in outcomes] == [1, 1, 1], outcomes[0].err
    assert outcomes[0].err.startswith(f"{file}:{line}: " if line else f"{file}: ")
    assert _named(outcomes) == set()


def test_no_command_names_anybody_of_a_list_that_is_wrong(pinned: Project) -> None:
    """Not in any form, and not where other people's rows are wrong, too."""
    for number, (file, data, _) in enumerate(WRONG_LISTS.values()):
        campaign, path = list(NAMING.values())[number % len(NAMING)], f"lists/{number}-{file}"
        text = campaign.replace("FILE", path).replace("sale", f"sale-{number}")
        pinned.write({path: data, f"campaigns/sale-{number}.yaml": text})
    pinned.write({"all.csv": "id\nada\nlin\n", "testers.txt": "ada\ncanary-1 \n"} | MORE_WRONG)
    project_file = (pinned.root / "pushspec.yaml").read_text()
    pinned.write({"pushspec.yaml": project_file.replace("{accounts: [admin]}", "{file: testers.txt}")})

    outcomes = [pinned.run(*command.split()) for command in AT_FAULTS]

    assert [it.err for it in outcomes if "a bug in pushspec" in it.err] == []
    assert [place for place in PLACES if place not in outcomes[0].out] == []
    assert _named(outcomes) == set()


def test_a_pull_that_passes_warns_of_nobody_by_name(project: Project) -> None:
    """The account is unusual and goes into the list."""
    project.write(
        {"audiences/gold.yaml": GOLD.replace("keep: [lang]\n", ""), "people.csv": f"id,lang\n{MAIL},en\n"}
    )

    pulled = project.run("audience", "pull", "gold").assert_ok()

    assert "people.csv:2" in pulled.out + pulled.err
    assert "canary" not in pulled.out + pulled.err


def test_the_three_commands_that_may_name_people(pinned: Project) -> None:
    """Somebody has to find out who did not get it."""
    pinned.run("apply", "--confirm", pinned.plan_json()["digest"])

    samples = pinned.run("audience", "show", "gold", "--samples", "3").assert_ok()
    refused = pinned.run("show", "sale", "--accounts").assert_ok()
    person = pinned.run("report", "--user", "canary-5", "sale")

    assert "canary-1" in samples.out
    assert all(f"    {one}  " in refused.out for one in CANARIES[2:])
    assert "canary-5" in person.out + person.err
    assert "refused" in person.out


def test_without_the_list_refused_people_stay_hashes(pinned: Project) -> None:
    """Whoever has the repository alone learns nothing from its lockfile."""
    pinned.run("apply", "--confirm", pinned.plan_json()["digest"])
    for stored in pinned.root.glob(".pushspec/audiences/*.gz"):
        stored.unlink()

    shown = pinned.run("show", "sale", "--accounts").assert_ok()

    assert "hmac-sha256:" in shown.out
    assert sightings(pinned, [shown]) == set()
    assert json.loads(pinned.run("show", "sale", "--format", "json").out)

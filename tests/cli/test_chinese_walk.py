"""A walk through pushspec with ``--lang zh``: no screen of it has an English word that is not named here.

A sentence that is forgotten shows in English, and no test of one text looks for it.
"""

from __future__ import annotations

import getpass
import re
from html import unescape
from typing import TYPE_CHECKING, get_args

import pytest
from workbench import PROJECT, Project

from pushspec.cli.main import COMMANDS
from pushspec.lockfile.records import AnyRecord
from pushspec.spec.schema import audience_schema, campaign_schema, people_schema, project_schema
from pushspec.spec.template_filters import FILTERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

VENDOR = """
    APNs Condition DataId Desc ErrorCode Ext FCM From Google HarmonyOS Honor HTTP Huawei ID IM JSON Meizu OPPO
    POST Push SDK TaskId Title UserID UTC Xiaomi app iPhone token vivo
"""
"""What the service and the makers of phones call their things."""
PRODUCT = """
    ASCII CSV DuckDB EUC-KR GBK GB Git Jinja Markdown NULL PostgreSQL SELECT SQL TLS UTF- Unicode URL YAML cd
    emoji git glob id include import intent null pip pin pushspec random root schema sandbox serve
    true templates audiences zh-Hans
"""
"""What is called so by Chinese engineers, too, and words of YAML, SQL, templates and the shell."""
WALK = """
    ACME Find acme-push again asia beta demo late lists over people pinned rong sale shares spring- twice
    usr vips
"""
"""What the files of the walk hold."""

OTHERS = (
    "Expected an expression, got",
    "logged out, or not seen for too long",
    "device token never uploaded",
    "unregistered device",
)
"""What Jinja and the service themselves say in the walk; pushspec hands it on."""

CODE = re.compile(
    r"`[^`]*`|'[^']*'|\"[^\"]*\"|“[^”]*”|\{\{.*?\}\}|\{%.*?%\}|<[^>]*>"  # what is quoted, or markup
    r"|https?://\S+|--[a-z][a-z-]*|[\w@#%+=-]*[/.@_=#:][\w./@#%+=:{}*-]+|\b[A-Za-z]*\d[\w-]*|\[[a-z-]+\]"
    r"|U\+[0-9A-F]{4}[A-Z -]*"
)
"""Code, addresses, files, options, keys of calls, names of rules, numbers with units, names of characters."""
EXCERPT = re.compile(r"^\s*(\d+ )?\| .*$", re.MULTILINE)
WORD = re.compile(r"[A-Za-z][A-Za-z'-]+")


def names_of(schema: object) -> Iterator[str]:
    """Yield the keys and choices of a JSON Schema: what people write into files is the same everywhere."""
    if isinstance(schema, dict):
        yield from schema.get("properties", ())
        yield from (it for it in schema.get("enum", ()) if isinstance(it, str))
        yield from (it for it in [schema.get("const")] if isinstance(it, str))
        for value in schema.values():
            yield from names_of(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from names_of(value)


def allowed_words() -> frozenset[str]:
    """Return the words that may stand in a Chinese screen."""
    schemas = (campaign_schema(), audience_schema(), project_schema(), people_schema())
    names = {part for schema in schemas for name in names_of(schema) for part in WORD.findall(name)}
    ours = {word for text in (VENDOR, PRODUCT, WALK) for word in text.split()}
    theirs = {
        *COMMANDS,
        *FILTERS,
        *(kind.__name__ for kind in get_args(get_args(AnyRecord)[0])),
        getpass.getuser(),
    }
    return frozenset(word.lower() for word in names | ours | theirs)


def english_left(screen: str) -> list[str]:
    """Return the words of a screen that are neither Chinese nor allowed, each with its line."""
    allowed = allowed_words()
    for words in OTHERS:
        screen = screen.replace(words, "")
    kept = EXCERPT.sub("", unescape(re.sub(r"(?s)<style>.*?</style>|<pre>.*?</pre>|```.*?```", "", screen)))
    return [
        f"{', '.join(found)}: {line.strip()}"
        for line in kept.splitlines()
        if (found := [it for it in WORD.findall(CODE.sub(" ", line)) if it.lower() not in allowed])
    ]


WRONG: Mapping[str, str | bytes] = {
    "sources": """\
name: sources
version: 1
endpoint: timpush/push
audience: {everyone: true, tags: {any: [vips]}}
notification: {title: "{{ usr.x }}", desc: "{{ 1 ** 2 }}"}
schedule: {not_before: 2026-01-01, at: 2026-12-01T10:00:00Z}
""",
    "lists": """\
name: lists
version: 1
endpoint: timpush/batch
audience: {accounts: [rong, "NULL", "1.2E+10", "a,b", "", "{{ x }}"]}
notification: {title: "{% if %}", desc: "{{ demo | twice }}", android: {again: 5}}
delivery: {lifetime: again}
""",
    "keys": """\
name: keys
name: again
version: "1"
endpoint: timpush/bach
audience: {}
notification: {titel: demo}
rollout: [{stage: a, share: 5}, {stage: b, share: "200%"}]
""",
    "yaml": "a: *x\nb: !tag 1\n<<: 3\n? [a]\n: 1\n",
    "flow": "schedule: {local: 2026-12-01T10:00+08:00, timezone_column: asia}\n",
    "empty": "",
    "gbk": 'a: "你好"\n'.encode("gb18030"),
    "shares": """\
name: shares
version: 1
endpoint: timpush/push
audience: {tags: {any: ["a,b", "vips ", "vips ", ""]}}
notification: {title: "{% include 'twice.txt' %}", desc: demo, badge: {add: 1, set: 2}}
variants: [{name: a, share: 50%}, {name: b, share: "200%"}]
delivery: {data_id: [1], mode: demo}
""",
    "hours": """\
name: hours
version: 1
endpoint: timpush/batch
audience: {file: audiences/none.csv, column: id}
notification: {title: demo # again, desc: 5}
schedule: {local: 2026-12-01T10:00:00, not_before: 2026-12-01T10:00:00Z}
""",
    "query": """\
name: query
version: 1
endpoint: timpush/batch
audience: {sql: "select random() from 'x.csv'"}
notification: {title: demo, desc: "{{ range(100000) }}"}
exceptions: [{policy: approvals, reason: demo}, {policy: rollout, reason: ""}]
""",
    "order": """\
name: order
version: 1
endpoint: timpush/batch
audience: {use: again}
notification: {title: demo, desc: "{{ user.twice }}"}
schedule: {not_before: 2026-12-02T10:00:00Z, not_after: 2026-12-01T10:00:00Z}
recall: {}
""",
}
"""Campaign files, each with faults of its own."""
HEAD = "apiVersion: pushspec/v1\nkind: Campaign\n"
WRONG_AUDIENCE = """\
apiVersion: pushspec/v1
kind: Audience
name: twice
sql: delete
file: x
keep: [a, a]
"""
WRONG_PROJECT = """\
apiVersion: pushspec/v1
kind: Project
name: acme-push
timezone: Mars
environments:
  sandbox: {sandbox: true, limits: {demo: 1}, quota_day_starts: 8h}
  prod: {sdk_app_id: 1400000001, region: singapore, secret_key: abc, lock: .git/x}
policy: {quiet_hours: {from: "25:00", to: 8}}
holdout: {share: 0%, salt: "a:b"}
"""


def wrong_files(root: Path) -> Iterator[tuple[str, str]]:
    """Yield what ``validate`` says of wrong files."""
    project = Project(root).write({"pushspec.yaml": PROJECT})
    for name, text in WRONG.items():
        is_campaign = isinstance(text, str) and "name:" in text
        project.write({f"campaigns/{name}.yaml": HEAD + str(text) if is_campaign else text})
    project.write({"audiences/twice.yaml": WRONG_AUDIENCE})
    yield "validate", text_of(project, "validate", "--all", code=1)
    yield "wrong project", text_of(project.write({"pushspec.yaml": WRONG_PROJECT}), "validate", code=1)


def text_of(project: Project, *arguments: str, code: int = 0) -> str:
    """Return all that a command prints in Chinese."""
    outcome = project.run("--lang", "zh", *arguments)
    assert outcome.code == code, outcome.out + outcome.err
    return outcome.out + outcome.err


PEOPLE = """\
apiVersion: pushspec/v1
kind: People
people: {rong: {tags: [vips]}}
"""
VIPS = """\
apiVersion: pushspec/v1
kind: Audience
name: vips
file: audiences/people.csv
column: id
"""
PINNED = f"""\
{HEAD}name: pinned
version: 1
endpoint: timpush/batch
from: rong
audience: {{use: vips}}
notification: {{title: 你好, desc: 欢迎}}
"""
STORY: tuple[tuple[str, int], ...] = (
    ("validate", 1),
    ("audience pull", 0),
    ("validate", 0),
    ("audience show", 0),
    ("plan", 0),
    ("plan --all --bodies", 0),
    ("plan --format markdown", 0),
    ("plan --format html", 0),
    ("calendar", 0),
    ("calendar --format markdown", 0),
    ("calendar --format html", 0),
    ("preview", 0),
    ("doctor", 0),
    ("try sale --no-trace", 2),
    ("try sale --no-trace --confirm TRY", 0),
    ("people plan", 0),
    ("apply", 2),
    ("apply --confirm PLAN", 0),
    ("apply", 0),
    ("status", 0),
    ("log", 0),
    ("log sale", 0),
    ("show sale", 0),
    ("plan", 0),
    ("plan --format markdown", 0),
    ("plan --format html", 0),
    ("report --since 30d", 0),
    ("report --since 30d --format markdown", 0),
    ("report --since 30d --format html", 0),
    ("recall sale", 2),
    ("recall sale --confirm RECALL", 0),
    ("status", 0),
    ("sandbox inbox rong", 0),
    ("freeze 演练", 0),
    ("plan", 0),
    ("freeze 结束 --off", 0),
    ("lock check", 0),
    ("fmt", 0),
    ("paln", 2),
)
"""Commands from the first check to the recall, each with its exit code; a digest in capitals is filled in."""


def whole_story(root: Path) -> Iterator[tuple[str, str]]:
    """Yield every screen from ``init`` to the report of what was sent."""
    yield "init", text_of(Project(root), "init", "demo")
    project = Project(root / "demo")
    project.write(
        {"pushspec.yaml": PROJECT.replace("true}", "true, testers: {accounts: [rong]}, vars: {brand: ACME}}")}
    )
    project.write(
        {
            "audiences/people.csv": "id\nrong\nbonnie\n",
            "audiences/vips.yaml": VIPS,
            "people/vips.yaml": PEOPLE,
        }
    )
    for name in ("vip-news", "welcome"):  # their texts are examples for everybody, in English
        (project.root / f"campaigns/{name}.yaml").unlink()
    project.write({"campaigns/pinned.yaml": PINNED})
    project.add("sale", title="开盘提醒", desc="十点开始", audience="{everyone: true}")
    project.add("late", title="晚上好", desc="晚间消息", schedule="{not_before: 2099-12-01T10:00:00Z}")
    project.add("over", title="早上好", desc="早间消息", schedule="{not_after: 2026-01-01T10:00:00Z}")
    confirm = ""
    for words, code in STORY:
        arguments = [confirm if it in {"PLAN", "TRY", "RECALL"} else it for it in words.split()]
        text = text_of(project, *arguments, code=code)
        confirm = text.rpartition("--confirm ")[2].split()[0] if "--confirm " in text else confirm
        yield words, text


@pytest.mark.parametrize(
    ("screen", "found"),
    [
        ("计划：2 waiting，sale@1", "waiting: 计划：2 waiting，sale@1"),
        ("<p>还有 2 个</p><b>Cost：1</b>", "Cost: <p>还有 2 个</p><b>Cost：1</b>"),
        ("下一步：pushspec plan -e sandbox", ""),
        ("  6 | title: written by somebody", ""),
    ],
)
def test_a_word_that_is_left_is_found(screen: str, found: str) -> None:
    """A walk that overlooks words finds nothing."""
    assert "".join(english_left(screen)) == found


def test_no_english_is_left_on_any_screen(tmp_path: Path) -> None:
    """One sentence in English among Chinese ones reads as a mistake of the whole tool."""
    (tmp_path / "wrong").mkdir()
    screens = [*wrong_files(tmp_path / "wrong"), *whole_story(tmp_path)]
    left = [f"{name}: {line}" for name, screen in screens for line in english_left(screen)]

    assert "\n".join(left) == ""

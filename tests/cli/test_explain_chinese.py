"""`explain` in Chinese: the pages have every entry of the English ones, and nothing is left in English."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len

from pushspec.api.rules import Rule, explain_rule, known_rules
from pushspec.language import Language, said, speaking

if TYPE_CHECKING:
    from workbench import Project

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
SCRIPT: dict[str, Any] = runpy.run_path(str(ROOT / "scripts" / "catalogue"), run_name="catalogue")
PAGES = ("rules", "policies")
LEVELS = {"Error": "错误", "Warning": "警告"}
A_WARNING, CHINESE_WARNING = "A warning. ", "警告。"
NAMES = {"pushspec", "apply", "pin", "pull", "request", "git", "GitHub", "CI", "PostgreSQL", "Jinja"}
NAMES |= {"SARIF", "Markdown", "HTML", "JSON", "YAML", "csv", "txt", "Parquet", "UTF", "Unicode", "LF"}
NAMES |= {"SELECT", "ORDER", "BY", "LIMIT", "JOIN", "URL", "http", "https", "UTC", "IANA", "ID", "UserID"}
NAMES |= {"GB", "KB", "Android", "iPhone", "TIMRelayElem", "RegistrationID", "SDK"}
"""Words of Latin letters that a Chinese sentence may have outside of code."""
QUOTED = "2 of 40 entries of audiences/out.csv are in the audience, 2 people left out"
SAID_IN_CHINESE = {QUOTED: "audiences/out.csv 的 40 项中有 2 项在受众中，2 人不发送"}
"""What pushspec shows in the language in force, where a page quotes it."""
WIDE_STOP = tuple("，。、；：？！）”")
NARROW = 80


def page(name: str, suffix: str = "") -> str:
    """Return the text of a page."""
    return (DOCS / f"{name}{suffix}.md").read_text(encoding="utf-8")


def entries(text: str) -> dict[str, str]:
    """Return what stands below each heading of a page, by its number and, if it is a name, by that."""
    _, *parts = re.split(r"^(#+ .+)\n", text, flags=re.MULTILINE)
    titles = [title if re.fullmatch(r"#+ [a-z][a-z-]*", title) else title.split()[0] for title in parts[::2]]
    return {
        f"{number} {title}": body
        for number, (title, body) in enumerate(zip(titles, parts[1::2], strict=True))
    }


def blocks(body: str) -> list[str]:
    """Return the code blocks of an entry."""
    return re.findall(r"^```.*?^```$", body, flags=re.DOTALL | re.MULTILINE)


def prose(body: str) -> str:
    """Return an entry without its code blocks."""
    return re.sub(r"^```.*?^```\n", "", body, flags=re.DOTALL | re.MULTILINE)


def codes(body: str) -> set[str]:
    """Return what stands between backticks in sentences, on one line each."""
    found = (re.sub(r"\s+", " ", code) for code in re.findall(r"`([^`]+)`", prose(body)))
    return {SAID_IN_CHINESE.get(code, code) for code in found}


def links(body: str) -> list[str]:
    """Return where links lead, whichever the language of their page."""
    found = re.findall(r"\]\(([^)\s]+)\)|<(https?://[^>]+)>", prose(body))
    return sorted(f"{page}{address}".replace(".zh-CN", "") for page, address in found)


def words(body: str) -> str:
    """Return the sentences of an entry, with ``0`` for each code, address, page and character's number."""
    text = re.sub(r"`[^`]+`|<https?://[^>]+>|U\+[0-9A-F]{4}", "0", prose(body))
    text = re.sub(r"\[(English|[\w.-]+\.md)\]\([^)\s]+\)", "0", text)
    return re.sub(r"\[([^]]+)\]\([^)\s]+\)", r"\1", text)


@pytest.mark.parametrize("name", PAGES)
def test_every_entry_has_its_chinese_with_the_same_code_and_links(name: str) -> None:
    """A page that is translated once and never again misleads half of its readers."""
    english, chinese = entries(page(name)), entries(page(name, ".zh-CN"))

    assert list(chinese) == list(english)
    for title, body in english.items():
        assert blocks(chinese[title]) == blocks(body), title
        assert codes(body) - codes(chinese[title]) == set(), title
        assert links(chinese[title]) == links(body), title


@pytest.mark.parametrize("name", PAGES)
def test_every_entry_has_the_same_parts(name: str) -> None:
    """Paragraphs, what to do, a source, and the level word come in the order of the English page."""
    english, chinese = entries(page(name)), entries(page(name, ".zh-CN"))

    for title, body in english.items():
        translated = chinese[title]
        assert len(translated.split("\n\n")) == len(body.split("\n\n")), title
        for mark, theirs in (("*Fix:* ", "*怎么办：* "), ("*Source:* ", "*来源：* ")):
            assert translated.count(theirs) == body.count(mark), title
            assert mark not in translated, title
        assert translated.startswith(f"\n{CHINESE_WARNING}") == body.startswith(f"\n{A_WARNING}"), title
        first = re.match(r"\n(Error|Warning)\b", body)
        if name == "policies" and "*Fix:*" in body:
            assert first is not None, title
            assert re.match(rf"\n{LEVELS[first[1]]}[，。]", translated), title


@pytest.mark.parametrize("name", PAGES)
def test_no_sentence_is_left_in_english(name: str) -> None:
    """Latin letters stand in code and names only; blanks and punctuation are as docs/language.md asks."""
    for title, body in entries(page(name, ".zh-CN")).items():
        text = words(body)
        assert set(re.findall(r"[A-Za-z]+", text)) - NAMES == set(), title
        assert SCRIPT["GLUED"].search(text) is None, title
        assert SCRIPT["HALF_WIDTH"].search(text) is None, title
        assert text.count("（") == text.count("）"), title


@pytest.mark.parametrize("name", PAGES)
def test_a_line_ends_where_no_blank_is_missed(name: str) -> None:
    """A line that broke between two characters would come back with a blank between them."""
    lines = [
        (line, after)
        for body in entries(page(name, ".zh-CN")).values()
        for paragraph in prose(body).split("\n\n")
        for line, after in zip(paragraph.split("\n"), paragraph.split("\n")[1:], strict=False)
    ]

    assert [line for line, after in lines if line and after and not line.endswith(WIDE_STOP)] == []


def test_explain_prints_the_chinese_entry(project: Project) -> None:
    """Who reads Chinese reads what the policy means, not only the labels around it."""
    shown = project.run("explain", "quiet-hours", "--lang", "zh").assert_ok().out

    assert shown.startswith("quiet-hours  (策略)\n  错误。活动会在这些时段发出")
    assert '\n  policy:\n    quiet_hours: {from: "22:00", to: "08:00", timezone: Asia/Shanghai}\n' in shown
    assert "\n  怎么办：选一个白天的 `not_before`" in shown
    assert shown.endswith("\n  页面：docs/policies.zh-CN.md#quiet-hours\n")


@pytest.mark.parametrize("name", known_rules())
def test_every_entry_is_said_in_chinese(name: str) -> None:
    """None falls back to English, keeps marks of Markdown, or has a blank where a line ended."""
    rule = explain_rule(name)
    with speaking(Language.CHINESE):
        texts = (said(rule.text), said(rule.fix))

    for text, english in zip(texts, (rule.text, rule.fix), strict=True):
        assert text != english
        assert re.search(r"[\u4e00-\u9fff]", text)
        assert "怎么办" not in text
        assert "](" not in text
        assert re.search("[，。、；：？！）”] ", text) is None


def test_entries_fit_a_narrow_terminal(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Chinese character takes two columns, and a sentence has no blanks to break at."""
    monkeypatch.setenv("COLUMNS", str(NARROW))
    wide = [
        line
        for name in known_rules()
        for line in project.run("explain", name, "--lang", "zh").assert_ok().out.splitlines()
        if cell_len(line) > NARROW and "://" not in line
    ]

    assert wide == []


def test_an_entry_without_its_chinese_is_shown_in_english(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new rule is explained before somebody has translated it."""
    english = {"date": Rule("date", False, "It does not exist.", "Correct it.", "docs/rules.md#date")}
    monkeypatch.setattr("pushspec.api.rules._entries", lambda language=None: {} if language else english)
    shown = project.run("explain", "date", "--lang", "zh").assert_ok().out

    assert shown == (
        "date  (规则)\n  It does not exist.\n\n  怎么办：Correct it.\n  页面：docs/rules.md#date\n"
    )


@pytest.mark.parametrize("name", ["quiet-hours", "date"])
def test_json_is_the_same_in_both_languages(project: Project, name: str) -> None:
    """Programs read it, whoever runs them."""
    english = project.run("explain", name, "--format", "json").assert_ok().out
    chinese = project.run("explain", name, "--format", "json", "--lang", "zh").assert_ok().out

    assert chinese == english
    assert json.loads(english)["rules"][0]["page"].endswith(f".md#{name}")

"""The Chinese catalogue has every text of the source, and says the same in each."""

from __future__ import annotations

import ast
import pickle
import re
import runpy
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from babel.messages.pofile import read_po

from pushspec.catalogue import catalogue
from pushspec.errors import message_of
from pushspec.git import GitError
from pushspec.language import Language, joined, phrase, plural, said, say, speaking
from pushspec.text import counted, few_text, listed
from pushspec.views.wrapping import wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parent.parent
PO = ROOT / "pushspec" / "locale" / "zh" / "LC_MESSAGES" / "pushspec.po"
SPOKEN_IN = {"cli", "views", "notify"}
SCRIPT: dict[str, Any] = runpy.run_path(str(ROOT / "scripts" / "catalogue"), run_name="catalogue")


def test_every_text_of_the_source_has_its_chinese() -> None:
    """A text without one is a screen in two languages; `make catalogue` writes the missing entries."""
    texts, faults = SCRIPT["all_texts"]()
    with PO.open("rb") as file:
        faults += SCRIPT["checked"](PO.read_text(encoding="utf-8"), read_po(file, locale="zh"), texts)

    assert faults == [], "docs/language.md says how to add one"


def test_the_catalogue_is_read_as_gettext_reads_it() -> None:
    """People edit it with the editors and services of gettext, so ours may not read it otherwise."""
    with PO.open("rb") as file:
        messages = [it for it in read_po(file, locale="zh") if it.id]
    known = {_first(it.id): _first(it.string) for it in messages}

    assert dict(catalogue("zh")) == known


def _first(text: str | Sequence[str] | None) -> str:
    """Return a text, or the first of those with a plural."""
    return text if isinstance(text, str) else (text or [""])[0]


WORDS = (
    *("account", "approval", "attribute", "audience", "callback", "campaign", "digest", "endpoint", "gate"),
    *("in doubt", "lockfile", "quiet hours", "quota", "sandbox", "stage", "tag", "tester"),
)
"""Words that name one thing of the product wherever they stand."""


@pytest.mark.parametrize("word", WORDS)
def test_a_word_of_the_product_has_one_chinese_word(word: str) -> None:
    """Tags that a screen calls attributes are other people. A key of a file keeps its name."""
    cells = re.findall(r"[^|\n]+", (ROOT / "docs" / "language.md").read_text(encoding="utf-8"))
    chinese = cells[cells.index(f" {word} ") + 1].strip()
    code = re.compile(r"`[^`]*`|\{[^}]*\}|\S*[/.:\[]\S+")
    with PO.open("rb") as file:
        texts = [(_first(it.id), _first(it.string)) for it in read_po(file, locale="zh") if it.id]
    named = [
        (english, told)
        for english, told in texts
        if re.search(rf"(?<![\w-]){word}s?\b", code.sub("", english)) and word not in told
    ]

    assert len(named) > 2
    assert [it for it in named if chinese not in it[1]] == [], f"docs/language.md says {chinese}"


def test_only_views_and_commands_choose_a_language() -> None:
    """Below them a text may end up in a lockfile or in JSON, which are English."""
    speakers = {"say", "said", "speaking", "speak", "translated"}
    found = [
        f"{path.relative_to(ROOT)}: {', '.join(sorted(names))}"
        for path in sorted((ROOT / "pushspec").rglob("*.py"))
        if path.relative_to(ROOT).parts[1] not in SPOKEN_IN and path.name != "language.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "pushspec.language"
        if (names := speakers & {alias.name for alias in node.names})
    ]

    assert found == []


def test_what_the_system_refused_is_said_in_chinese_whole() -> None:
    """A word that is put into a sentence is no text of the catalogue by itself: "{what} cannot be {done}"."""
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sorted((ROOT / "pushspec").rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
        if call.func.id in {"FileAccessError", "failure"}
        if any(isinstance(it, ast.Constant | ast.JoinedStr) for it in call.args)
    ]

    assert found == []


@pytest.mark.parametrize(
    ("english", "chinese", "fault"),
    [
        ("{count} calls", "", "has no Chinese"),
        ("in doubt", "in doubt", "is not translated"),
        ("{count} calls", "{number} 次调用", "other names"),
        ("{count} calls", "次调用", "other names"),
        ("see it", "见它,谢谢", "half-width"),
        ("the plan", "计划plan", "lacks a blank"),
    ],
)
def test_the_check_finds_what_a_translator_forgets(english: str, chinese: str, fault: str) -> None:
    """A check that misses one kind lets it in everywhere."""
    assert [fault in found for found in SCRIPT["faults_of"](english, chinese)] == [True]


@pytest.mark.parametrize("source", ['say(f"{name} is sent")', "phrase(text)", 'say("a" + name)'])
def test_a_text_that_the_catalogue_cannot_have_is_refused(source: str) -> None:
    """A template that is put together at run time is never found in a catalogue."""
    with pytest.raises(SCRIPT["Fault"]):
        list(SCRIPT["texts_of"](ast.parse(source), is_command=False))


def test_a_phrase_is_its_english_everywhere_else() -> None:
    """JSON, lockfiles, hashes and comparisons see an ordinary text."""
    made = phrase("{key}  {how}{code}: {text}", key="a@1", how=counted(2, "call"), code="", text="x")

    assert made == "a@1  2 calls: x"
    assert hash(made) == hash("a@1  2 calls: x")
    for copied in (deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert copied == made
        assert copied.template == made.template


def test_parts_of_a_phrase_are_said_too() -> None:
    """A sentence in Chinese with an English part reads as a mistake."""
    parts = [counted(1, "call"), counted(1_200, "account")]
    few = few_text(["a", "b", "c"], 150)

    with speaking(Language.CHINESE):
        assert said(joined(", ", parts)) == "1 次调用，1,200 个账号"
        assert say("{state}: {reason}", state=phrase("blocked"), reason=few) == "已阻止：a、b、c，另有 147 个"
        assert said(plural("{number:,} person", "{number:,} people", 1)) == "1 人"
        assert said(listed(["a", "b"])) == "a、b"
    assert few == "a, b, c and 147 more"


def test_an_error_that_quotes_another_is_said_as_a_whole() -> None:
    """``str(error)`` is English, and would leave half of the message in it."""
    error = GitError(phrase("it is not installed"))

    with speaking(Language.CHINESE):
        assert say("{where}: {error}", where="a.lock", error=message_of(error)) == "a.lock：git：未安装"
    assert message_of(error) == "git: it is not installed"
    assert message_of(ValueError("in doubt")) == "in doubt"


def test_a_text_that_is_not_in_the_catalogue_stays_english() -> None:
    """A helper of another language is no reason to show nothing."""
    with speaking(Language.CHINESE):
        assert said(phrase("nobody says {this}", this=counted(1, "call"))) == "nobody says 1 call"
        assert said("in doubt") == "in doubt"


@pytest.mark.parametrize("room", [2, 3, 10, 11, 40])
def test_chinese_breaks_anywhere_but_before_closing_punctuation(room: int) -> None:
    """A comma at the start of a line is the first thing that a Chinese reader sees."""
    text = "先发 2 %（见 docs/rollout.md），看过“数据”再继续。pushspec 不会重复发送，绝不会！"

    with speaking(Language.CHINESE):
        lines = list(wrapped(text, room))
    english = list(wrapped(text, room))

    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert [line for line in lines if line[0] in "，。）”！"] == []
    assert [line for line in lines if line[-1] in "（“"] == []
    assert max(map(len, lines)) <= max(map(len, english))


def test_what_stands_behind_a_command_is_a_comment() -> None:
    """Somebody pastes the line: a shell stops at a bracket, and a Chinese one becomes an argument."""
    behind = re.findall(r"\{command\} {2,}(.)", PO.read_text(encoding="utf-8"))

    assert set(behind) == {"#"}

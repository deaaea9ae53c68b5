"""Files that attack the reader: each is an error with a place, in little time and memory."""

from __future__ import annotations

import sys
import tracemalloc
from itertools import count

import pytest

from pushspec.spec.document import read_document
from pushspec.spec.source import MAX_BYTES, MAX_PROBLEMS
from pushspec.spec.yaml_events import MAX_SCALAR_CHARACTERS

_MOST_STEPS = 2_000_000
"""Calls and returns of functions, well below a second of them; a clock would measure the machine."""

LAUGHS = "a0: &a0 [lol, lol]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)
DOUBLING = "a0: &a0 [lol, lol]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 30))
MERGE_BOMB = "a0: &a0 {x: 1}\n" + "".join(
    f"a{n}: &a{n}\n  <<: [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 30)
)
TALL = "a0: &a0 [[[[[[[[[[x]]]]]]]]]]\na1: &a1 [[[[[[[[[[*a0]]]]]]]]]]\na2: [[[[[[[[[[*a1]]]]]]]]]]\n"

HOSTILE = {
    "billion laughs": (LAUGHS, "yaml-alias"),
    "doubling": (DOUBLING, "yaml-alias"),
    "merge bomb": (MERGE_BOMB, "yaml-merge-key"),
    "merge key": ("a: &a {x: 1}\nb: {<<: *a}\n", "yaml-merge-key"),
    "aliases of a long text": (f"a: &a {'x' * 60_000}\nb: [*a, *a, *a]\n", "yaml-alias"),
    "aliases nested too deep": (TALL, "yaml-alias"),
    "self alias": ("a: &a [*a]\n", "yaml-anchor-cycle"),
    "self alias in a mapping": ("a: &a\n  b: *a\n", "yaml-anchor-cycle"),
    "unknown alias": ("a: *b\n", "yaml-alias"),
    "alias as key": ("a: &a x\n*a : 1\n", "yaml-key"),
    "anchor twice": ("a: &a 1\nb: &a 2\n", "yaml-alias"),
    "5 000 brackets": ("[" * 5_000, "yaml-too-deep"),
    "100 000 brackets": ("[" * 100_000, "yaml-too-deep"),
    "closed brackets": ("[" * 5_000 + "]" * 5_000, "yaml-too-deep"),
    "braces": ("{" * 100_000, "yaml-too-deep"),
    "nested flow maps": ("{a: " * 50_000, "yaml-too-deep"),
    "nested maps": ("".join(" " * n + "a:\n" for n in range(700)), "yaml-too-deep"),
    "nested lists": ("- " * 100_000, "yaml-too-deep"),
    "nested complex keys": ("? " * 100_000, "yaml-too-deep"),
    "python tag": ("a: !!python/object/apply:os.system [ls]\n", "yaml-tag"),
    "custom tag": ("a: !mine x\n", "yaml-tag"),
    "bare tag": ("a: ! x\n", "yaml-tag"),
    "binary": ("a: !!binary aGk=\n", "yaml-tag"),
    "set": ("a: !!set {x, y}\n", "yaml-tag"),
    "undefined tag handle": ("a: !x!y z\n", "yaml-tag"),
    "duplicate key": ("a: 1\na: 2\n", "yaml-duplicate-key"),
    "nested duplicate key": ("a:\n  - {b: 1, b: 2}\n", "yaml-duplicate-key"),
    "duplicate key, escaped": ('audience: 1\n"audi\\x65nce": 2\n', "yaml-duplicate-key"),
    "huge exponent": ("a: 1e999999\n", "yaml-number"),
    "infinity": ("a: -.inf\n", "yaml-number"),
    "nan": ("a: .nan\n", "yaml-number"),
    "infinity as key": (".inf: 1\n", "yaml-key"),
    "nan as key": (".nan: 1\n", "yaml-key"),
    "100 000 digits": (f"a: {'9' * 60_000}\n", "yaml-number"),
    "number key": ("1: x\n", "yaml-key"),
    "true as key": ("true: x\n", "yaml-key"),
    "null as key": ("~: x\n", "yaml-key"),
    "no key": (": x\n", "yaml-syntax"),
    "empty key": ("? \n: x\n", "yaml-key"),
    "list as key": ("? [a, b]\n: x\n", "yaml-key"),
    "mapping as key": ("{a: 1}: x\n", "yaml-key"),
    "several documents": ("a: 1\n---\na: 2\n", "yaml-several-documents"),
    "version directive": ("%YAML 1.1\n---\na: 1\n", "yaml-directive"),
    "tag directive": ("%TAG ! tag:x,2000:\n---\na: 1\n", "yaml-directive"),
    "later version": ("%YAML 9.9\n---\na: 1\n", "yaml-syntax"),
    "tab": ("a:\n\tb: 1\n", "yaml-syntax"),
    "NUL": ("name: sale\nb: x\0y\n", "yaml-control-character"),
    "escape character": ("a: \x1b[2J\n", "yaml-control-character"),
    "C1 control": ("a: \x9b2J\n", "yaml-control-character"),
    "escaped escape character": ('a: "\\x1b[2J"\n', "yaml-control-character"),
    "escaped NUL": ('a: "\\0"\n', "yaml-control-character"),
    "escaped NEL": ('a: "\\N"\n', "yaml-line-break"),
    "escaped line separator": ('a: "\\L"\n', "yaml-line-break"),
    "escaped CR": ('a: "safe\\rrm"\n', "yaml-line-break"),
    "escape in a key": ('"a\\x1b": 1\n', "yaml-control-character"),
    "escaped bidi": ('a: "\\u202e"\n', "yaml-invisible-character"),
    "escaped surrogate": ('a: "\\ud800"\n', "yaml-syntax"),
    "BOM inside": ("a: x\ufeffy\n", "yaml-invisible-character"),
    "NEL": ("a: 1 #\x85b: 2\n", "yaml-line-break"),
    "line separator": ("a: 1 #\u2028b: 2\n", "yaml-line-break"),
    "paragraph separator": ("a: 1 #\u2029b: 2\n", "yaml-line-break"),
    "lone CR": ("a: 1 #\rb: 2\n", "yaml-line-break"),
    "bidi override": ("a: \u202eevil\n", "yaml-invisible-character"),
    "bidi isolate in a comment": ("a: 1 # \u2066x\n", "yaml-invisible-character"),
    "zero width space": ("au\u200bdience: 1\n", "yaml-invisible-character"),
    "tag characters": ("a: x\U000e0041\n", "yaml-invisible-character"),
    "variation selector": ("a: x\U000e0100\n", "yaml-invisible-character"),
    "joiner in a key": ("a\u200db: 1\n", "yaml-invisible-character"),
    "noncharacter": ("a: \uffff\n", "yaml-control-character"),
    "long text": (f"a: '{'x' * (MAX_SCALAR_CHARACTERS + 1)}'\n", "yaml-too-large"),
    "200 000-character key": (f"{'a' * 200_000}: 1\n", "yaml-syntax"),
    "200 000-character complex key": (f"? {'a' * 200_000}\n: 1\n", "yaml-too-large"),
    "10 MB comment": ("#" * 10_000_000, "yaml-too-large"),
    "one byte too many": ("#" * (MAX_BYTES + 1), "yaml-too-large"),
    "many values": ("[" + "a," * 100_000 + "]", "yaml-too-large"),
    "many empty items": ("-\n" * 100_000, "yaml-too-large"),
    "many empty keys": ("?\n" * 100_000, "yaml-too-many-problems"),
    "50 000 anchors": ("[" + "&a x," * 50_000 + "]", "yaml-too-many-problems"),
    "many anchors": ("\n".join(f"- &a{n} x" for n in range(21_000)), "yaml-too-large"),
    "many aliases": ("a: &a 1\nb: [" + "*a, " * 21 + "]\n", "yaml-alias"),
    "many duplicates": ("a: 1\n" * 9_000, "yaml-too-many-problems"),
    "many controls": ("\x01 " * 100_000, "yaml-control-character"),
    "colons": (":" * 200_000, "yaml-too-large"),
    "spaced colons": (": " * 100_000, "yaml-syntax"),
    "question marks": ("?" * 200_000, "yaml-too-large"),
    "dashes": ("a: " + "-" * 200_000, "yaml-too-large"),
    "bangs": ("!" * 200_000, "yaml-tag"),
    "ampersands": ("&" * 200_000, "yaml-syntax"),
    "quotes": ('"' * 200_000, "yaml-syntax"),
    "percents": ("%" * 200_000, "yaml-directive"),
    "empty": ("", "yaml-empty"),
    "only comments": ("# nothing\n", "yaml-empty"),
    "line feeds": ("\n" * 250_000, "yaml-empty"),
}

BYTES = {
    "UTF-16": "a: 1\n".encode("utf-16"),
    "UTF-16 without a mark": "a: 1\n".encode("utf-16-le"),
    "UTF-32": "a: 1\n".encode("utf-32"),
    "UTF-32 big-endian": "a: 1\n".encode("utf-32-be"),
    "Latin-1": "name: café\n".encode("latin-1"),
    "GBK": "name: 深圳\n".encode("gbk"),
    "lone surrogate": b"a: \xed\xa0\x80\n",
    "overlong": b"a: \xc0\xaf\n",
    "cut short": "a: 深".encode()[:-1],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_an_error_with_a_place(name: str) -> None:
    """A plan of a stranger's pull request ends in bounded time and memory."""
    text, rule = HOSTILE[name]
    data = text.encode()
    steps = count()
    tracemalloc.start()
    sys.setprofile(lambda *_: next(steps) and None)

    _, problems = read_document(data, "campaigns/x.yaml")

    sys.setprofile(None)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rule in [problem.rule for problem in problems]
    assert all(problem.is_error and problem.message for problem in problems)
    assert all(problem.location.line or len(data) > MAX_BYTES for problem in problems)
    assert len(problems) <= MAX_PROBLEMS + 1
    assert next(steps) < _MOST_STEPS
    assert peak_bytes < 50_000_000


@pytest.mark.parametrize("name", BYTES)
def test_other_encodings_are_refused(name: str) -> None:
    """Guessing an encoding would send other characters than the author saw."""
    document, problems = read_document(BYTES[name], "campaigns/x.yaml")

    assert document is None
    assert [(problem.rule, problem.location.line) for problem in problems] == [("yaml-encoding", 1)]


def test_the_place_of_an_unseen_character_is_exact() -> None:
    """Whoever cannot see a character must be told where it stands and what it is."""
    _, problems = read_document("name: sale\nb: 深\u202ex\n".encode(), "f")

    (problem,) = problems
    assert (problem.location.line, problem.location.column) == (2, 5)
    assert "U+202E RIGHT-TO-LEFT OVERRIDE" in problem.message
    assert "\u202e" not in problem.location.text


def test_a_hidden_line_break_hides_no_key() -> None:
    """PyYAML takes U+0085 for a new line: the audience sent to would not be the one reviewed."""
    document, problems = read_document("a: 1 # note\x85audience: {everyone: true}\n".encode(), "f")

    assert [problem.rule for problem in problems] == ["yaml-line-break"]
    assert document is not None
    assert document.value == {"a": 1}


@pytest.mark.parametrize("text", ["👩‍🚀", "❤️", "می‌خواهم", "tab\tinside", "深圳 “quoted” – ok"])
def test_what_scripts_and_emoji_need_is_allowed_in_values(text: str) -> None:
    """ZWJ, ZWNJ and VS16 make families, hearts and Persian words."""
    document, problems = read_document(f"a: '{text}'\n".encode(), "f")

    assert problems == []
    assert document is not None
    assert document.value == {"a": text}


def test_line_feeds_and_tabs_may_be_written_as_escapes() -> None:
    """A message may have several lines."""
    document, problems = read_document(b'a: "x\\n\\ty"\n', "f")

    assert problems == []
    assert document is not None
    assert document.value == {"a": "x\n\ty"}

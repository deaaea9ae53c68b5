"""Reading YAML: plain values by YAML 1.2, and the place of each of them."""

from __future__ import annotations

import io
import math
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from pushspec.disclosure import shown_line
from pushspec.problems import Level
from pushspec.spec import yaml_events as reader
from pushspec.spec.document import Document, read_document
from pushspec.spec.source import find_unseen

CAMPAIGN = """\
# reviewed
name: spring-sale
audience:
  tags: {any: [股票A, 股票B]}
notification:
  title: "👩‍🚀 {{ brand }}"
  ext: {page: /sale}
"""


def read(text: str) -> Document:
    document, problems = read_document(text.encode(), "campaigns/sale.yaml")
    assert problems == []
    assert document is not None
    return document


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("y", "y"),
        ("NO", "NO"),
        ("22:30", "22:30"),
        ("12:30:45", "12:30:45"),
        ("2026-12-01", "2026-12-01"),
        ("2026-99-99", "2026-99-99"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("1.2.3", "1.2.3"),
        ("-", None),
        ("~", None),
        ("null", None),
        ("", None),
        ("true", True),
        ("FALSE", False),
        ("tRue", "tRue"),
        ("010", 10),
        ("+7", 7),
        ("-12", -12),
        ("0o14", 12),
        ("0x1F", 31),
        ("0xZZ", "0xZZ"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ('"10"', "10"),
        ("'true'", "true"),
        ("٣", "٣"),
    ],
)
def test_plain_scalars_follow_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    """A country code `no` or a time `22:30` must reach phones as it was written."""
    expected = [None] if text == "-" else value

    got = read(f"key: {text}" if text != "-" else "key:\n  -").value["key"]

    assert got == expected
    assert type(got) is type(expected)


def test_every_value_and_key_has_a_place() -> None:
    """A problem names line and column, in characters, and shows the line."""
    document = read(CAMPAIGN)

    value = document.locate(("notification", "ext", "page"))
    key = document.locate(("notification", "ext", "page"), key=True)
    item = document.locate(("audience", "tags", "any", 1))

    assert (value.file, value.line, value.column) == ("campaigns/sale.yaml", 7, 15)
    assert (key.line, key.column) == (7, 9)
    assert (item.line, item.column, item.text) == (4, 21, "  tags: {any: [股票A, 股票B]}")
    assert document.locate(()).line == 2


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        (("notification", "desc"), 5, 1),
        (("notification", "ext", "page", "deeper"), 7, 9),
        (("nothing", 0, "here"), 2, 1),
        (("audience", "tags", "any", 7), 4, 10),
        (("audience", "tags", "any", 1, "x"), 4, 21),
    ],
)
def test_a_missing_path_is_placed_at_the_key_of_its_nearest_parent(
    path: tuple[str | int, ...], line: int, column: int
) -> None:
    """A key that is missing has no place of its own, but its problem has."""
    place = read(CAMPAIGN).locate(path)

    assert (place.line, place.column) == (line, column)


def test_problem_carries_place_rule_hint_and_level() -> None:
    """Rules of the schema report with one call."""
    problem = read(CAMPAIGN).problem(
        ("name",), "name-taken", "taken", hint="rename", level=Level.WARNING, key=True
    )

    assert (problem.location.line, problem.location.column) == (2, 1)
    assert (problem.rule, problem.message, problem.hint) == ("name-taken", "taken", "rename")
    assert not problem.is_error


def test_windows_files_and_a_leading_byte_order_mark_are_fine() -> None:
    """Editors on Windows write both; neither moves a column or enters a value."""
    document, problems = read_document(b"\xef\xbb\xbfa: |\r\n  x\r\n  y\r\nb: 1\r\n", "f")

    assert problems == []
    assert document is not None
    assert document.value == {"a": "x\ny\n", "b": 1}
    assert document.locate(("b",)).text == "b: 1"


def test_an_alias_is_its_anchors_value_at_its_own_place() -> None:
    """A problem with a shared value points to where it is used, below it to where it is written."""
    document = read("a: &t {x: 1}\nb: *t\n")

    assert document.value == {"a": {"x": 1}, "b": {"x": 1}}
    assert document.locate(("b",)).line == 2
    assert document.locate(("b", "x")).line == 1


def test_all_problems_of_a_file_come_in_one_run() -> None:
    """Nobody wants to meet five mistakes in five runs."""
    text = "a: 1\na: 2\nb: !x 3\n4: five\nc: .inf\n<<: {d: 1}\ne: *nowhere\n"

    document, problems = read_document(text.encode(), "f")

    assert [(problem.rule, problem.location.line) for problem in problems] == [
        ("yaml-duplicate-key", 2),
        ("yaml-tag", 3),
        ("yaml-key", 4),
        ("yaml-number", 5),
        ("yaml-merge-key", 6),
        ("yaml-alias", 7),
    ]
    assert all(problem.hint for problem in problems)
    assert document is not None
    assert document.value == {"a": 1, "b": "3", "4": "five", "c": ".inf", "e": None}


@pytest.mark.parametrize(
    ("text", "rule", "hint"),
    [
        ("title: {{ brand }}\n", "yaml-key", 'in quotes: "{{'),
        ("title: {{ brand }} sale\n", "yaml-key", 'in quotes: "{{'),
        ("title: now: 20% off\n", "yaml-syntax", "colon in quotes"),
        ("a:\n\tb: 1\n", "yaml-syntax", "spaces, not with tabs"),
        ("1: x\n", "yaml-key", '"1"'),
        ("a: @x\n", "yaml-syntax", "begins with this character"),
        ("a: *\n", "yaml-syntax", "begins with *"),
        ("a: 'x\n", "yaml-syntax", "quotes"),
        ("a: [1, 2\nb: 1\n", "yaml-syntax", "bracket"),
        ('a: {title: Win #1, desc: "b"}\n', "yaml-syntax", "` #` begins a comment"),
        ("a: {title: Win, desc: b: c}\n", "yaml-syntax", "holds a colon in quotes"),
    ],
)
def test_the_hint_says_what_to_do(text: str, rule: str, hint: str) -> None:
    """The usual slips get the usual remedy."""
    _, problems = read_document(text.encode(), "f")

    assert [(problem.rule, hint in problem.hint) for problem in problems][:1] == [(rule, True)]


@pytest.mark.parametrize("text", ["a: 1\nb: [1\n", "a: 1\nb: 'x\nc: 2\n", "a: 1\nb\n"])
def test_what_is_never_closed_is_placed_where_it_begins(text: str) -> None:
    """The end of the file is where the parser notices, not where the mistake is."""
    _, problems = read_document(text.encode(), "f")

    assert [problem.location.line for problem in problems] == [2]


@pytest.mark.parametrize("loader", [yaml.BaseLoader, reader._EventReader])
def test_both_parsers_of_pyyaml_give_the_same(loader: type, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyYAML was built without libyaml, a plan must not differ."""
    monkeypatch.setattr(reader, "_EventReader", loader)

    document = read(CAMPAIGN)
    _, problems = read_document(b"a: 1\nb: [x\n", "f")

    assert document.value["audience"] == {"tags": {"any": ["股票A", "股票B"]}}
    assert document.locate(("audience", "tags", "any", 1)).column == 21
    assert {problem.rule for problem in problems} == {"yaml-syntax"}


class Quoting(yaml.SafeDumper):
    """Quotes every text: PyYAML leaves some bare that YAML 1.2 takes for numbers."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


Quoting.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)

texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf"]), max_size=30).filter(
    lambda text: not find_unseen(text, joiners=False)
)
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=15,
)


def paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [path, *(deep for step, child in children for deep in paths(child, (*path, step)))]


@given(value=values, flow=st.booleans(), indent=st.integers(2, 6), readable=st.booleans())
def test_what_is_dumped_is_read_back_and_every_place_is_in_the_file(
    value: Any, flow: bool, indent: int, readable: bool
) -> None:
    """No layout of the same value may change it, or lose the place of a part."""
    # A narrow width would test PyYAML's dumper, which then adds backslashes of its own to some texts.
    out = io.StringIO()
    yaml.dump(
        value,
        out,
        Quoting,
        default_flow_style=flow,
        indent=indent,
        width=10_000,
        allow_unicode=readable,
        sort_keys=False,
    )

    document = read(out.getvalue())

    assert document.value == value
    lines = out.getvalue().split("\n")
    for path in paths(value):
        for place in (document.locate(path), document.locate(path, key=True)):
            # A value that may be a secret is blotted, as long as it was.
            assert place.text in {lines[place.line - 1], shown_line(lines, place.line - 1, place.file)}
            assert len(place.text) == len(lines[place.line - 1])
            assert 1 <= place.column <= len(place.text) + 1


@example("{0#")
@given(st.text() | st.text("ab01.:-?{}[],&*!|>'\"%@`#~<= \n\t\\", max_size=60))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    """A stranger's file is an error with a place, never a crash."""
    document, problems = read_document(text.encode("utf-8", "surrogatepass"), "f")

    assert document is not None or problems
    assert all(problem.location.file == "f" and problem.message for problem in problems)


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_raise(data: bytes) -> None:
    """Files that are no text at all are refused in plain words."""
    document, problems = read_document(data, "f")

    assert document is not None or problems


@given(st.integers() | st.floats())
def test_numbers_are_finite_or_refused(number: float) -> None:
    """JSON has no infinity; a number that cannot be sent is refused where it is written."""
    document, problems = read_document(f"- {number}".encode(), "f")

    assert document is not None
    assert problems or not isinstance(document.value[0], float) or math.isfinite(document.value[0])

"""A text filled in without Jinja is the text that Jinja would have made."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushspec.spec.plain_templates import fill_names
from pushspec.spec.template_language import TemplateLanguage

VARIABLES = {
    "brand": "ACME",
    "discount": 20,
    "price": 1e22,
    "vip": True,
    "gift": None,
    "cities": ["深圳"],
    "user": {"lang": "zh", "not": "a key", "address": {"city": "深圳"}},
    "none": "hidden by the keyword",
    "range": "hides the function",
    "brackets": "{{ brand }}",
}
PIECES = st.sampled_from(
    (
        *("{{ brand }}", "{{price}}", "{{ user.lang }}", "{{ user.not }}", "{{ user.address.city }}"),
        *("{{ none }}", "{{ range }}", "{{ vip }}", "{{ gift }}", "{{ brackets }}", "{{ self }}"),
        *("{{ user.no }}", "{{- brand }}", "{", "}", "{{", "}}", "{%", "{#", "#}", "%", "\n", "\r", " "),
        *("深圳", "brand", '{"a": ', "\\"),
    )
)


@pytest.fixture(scope="module")
def language(tmp_path_factory: pytest.TempPathFactory) -> TemplateLanguage:
    """What the worker renders with."""
    return TemplateLanguage(tmp_path_factory.mktemp("project"))


@given(st.lists(PIECES, max_size=8).map("".join))
def test_what_is_filled_in_is_what_jinja_renders(language: TemplateLanguage, text: str) -> None:
    """A reviewer must not have to know which of the two made a text."""
    filled = fill_names(text, VARIABLES, max_bytes=10_000)

    assert filled is None or filled == language.from_string(text).render(VARIABLES)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{{ brand }}: {{ discount }}% off", "ACME: 20% off"),
        ("{{ user.address.city }}{{vip}}", "深圳true"),
        ('{"page": "{{ brand }}"}', '{"page": "ACME"}'),
        ("{{ brackets }}", "{{ brand }}"),
    ],
)
def test_the_usual_texts_do_without_jinja(text: str, filled: str) -> None:
    """They are what makes a plan of a thousand campaigns quick."""
    assert fill_names(text, VARIABLES, max_bytes=10_000) == filled


@pytest.mark.parametrize(
    "text", ["{{ brnad }}", "{{ gift }}", "{{ cities }}", "{{ brand | upper }}", "{{{ brand }}}"]
)
def test_the_rest_is_left_to_jinja(text: str) -> None:
    """Only one place says what is wrong with a template."""
    assert fill_names(text, VARIABLES, max_bytes=10_000) is None


def test_a_text_that_grows_long_is_left_to_the_limits_of_the_worker() -> None:
    """A long value times many names would fill the memory of the plan itself."""
    assert fill_names("{{ long }}" * 100, {"long": "x" * 1_000}, max_bytes=65_536) is None

"""The plan as Markdown: a comment that is never too long, never lies by omission, and never acts."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from workbench import FRIDAY

from pushspec.plan.diff import diff_all
from pushspec.plan.snapshots import snapshot_of
from pushspec.views.diff_markdown import diff_markdown
from pushspec.views.markdown import bounded, code, cut, size
from pushspec.views.plan_markdown import plan_markdown

if TYPE_CHECKING:
    from workbench import Project

LIMIT = 65_536
HOSTILE = (
    "```x `y` ~~~ <img src=x onerror=alert(1)> <!-- <details> </details> @everyone #1 "
    "https://evil.example [a](https://evil.example) | b | ::error::x ##[group]x &lt;b&gt; \\| **bold**"
)


def _html(markdown: str) -> str:
    """Render as GitHub does, with tables and inline HTML; code is taken out, for nothing in it acts."""
    rendered: str = MarkdownIt("commonmark").enable("table").render(markdown)
    return re.sub(r"<code.*?</code>", "", rendered, flags=re.DOTALL)


def test_a_reviewer_sees_in_ten_seconds_what_matters(folder: Project) -> None:
    """Who, how many, when, what it costs and what it says stand before anything else."""
    folder.add(
        audience="{tags: {any: [A, B], not: [beta]}}",
        schedule='{not_before: "2026-12-01T10:00:00+08:00", not_after: "2026-12-01T12:00:00+08:00"}',
    )
    folder.add("all", title="To all", audience="{everyone: true}")

    text = plan_markdown(folder.plan(), limit=LIMIT)
    head = text[: text.index("### Look twice")]

    assert head.startswith("## Push plan: 1 to send, 1 waiting\n")
    assert "Takes 1 of the day's 100 pushes (0 used, 99 left), no extra cost." in head
    assert "`people with at least one of the tags A, B, but without beta`" in head
    assert "Tue 2026-12-01 02:00 to 04:00, in 10 d 22 h" in head
    assert "Times are in UTC." in head
    assert "The next apply sends 1 campaign in 1 call." in head
    assert "`all, about 1,200,000`" in head
    assert "`To all`" in head


def test_what_needs_a_person_comes_first_and_what_is_over_last(folder: Project) -> None:
    """Nobody scrolls past forty campaigns that are done to find the one that goes out today."""
    state = folder.add("a-sent").sent(at=FRIDAY - timedelta(days=2))
    folder.add("b-over", title="B", schedule='{not_after: "2026-11-01T10:00:00Z"}')
    folder.add("c-blocked", title="Hello {name}")
    folder.add("d-waiting", title="D", schedule='{not_before: "2026-12-01T10:00:00Z"}')
    folder.add("e-due", title="E")

    text = plan_markdown(folder.plan(state=state), limit=LIMIT)

    table = [line.split("**")[1] for line in text.splitlines() if line.startswith("| `")]
    parts = re.findall(r"<summary><b>([^<]+)</b>", text)
    assert table == ["c-blocked@1", "e-due@1", "d-waiting@1", "b-over@1"]
    assert parts == table
    assert text.index("<b>b-over@1</b>") < text.index("1 campaign sent") < text.index("- a-sent@1")


def test_each_phone_and_language_is_shown_as_it_cuts(folder: Project) -> None:
    """What the author wrote is not what people read."""
    folder.add(notification=f"{{title: {'x' * 45}, languages: {{zh-hant: {{title: 春季}}}}}}")

    text = plan_markdown(folder.plan(), limit=LIMIT)

    whole, *cut = re.findall(r"^\| (.*?) \| any \| `(x+(?:\.\.\.)?)` \|", text, re.MULTILINE)
    assert whole == ("iPhone, Huawei, Honor, Xiaomi, OPPO, Google, HarmonyOS", "x" * 45)
    assert cut == [("vivo ✂", f"{'x' * 37}..."), ("Meizu ✂", f"{'x' * 29}...")]
    assert (
        "| iPhone, Huawei, Honor, Xiaomi, OPPO, vivo, Meizu, Google, HarmonyOS | zh-hant | `春季` |" in text
    )


def test_what_is_unusual_comes_with_its_reason(folder: Project) -> None:
    """An exception that nobody sees is a hole."""
    folder.policy("{require: [owner]}")
    folder.add("lifted", exceptions="[{policy: require, reason: the owner is on leave}]")
    folder.add("blocked", title="Other")

    text = plan_markdown(folder.plan(), limit=LIMIT)

    assert "🔓 **lifted@1**: `require is lifted (owner is missing)`, because: `the owner is on leave`" in text
    assert "🛑 **blocked@1**: `is blocked: require (owner is missing)`" in text
    assert text.index("🛑") < text.index("🔓") < text.index("⚠️")


def test_the_change_since_the_last_version_is_shown(folder: Project) -> None:
    """A new version is read against what people got."""
    state = folder.add(title="Monday").sent(at=FRIDAY)
    folder.add(title="Tuesday", version="2")

    text = plan_markdown(folder.plan(state=state), limit=LIMIT)

    assert "Since **sale@1** was sent:\n\n- `OfflinePushInfo.Title`: `Monday` → `Tuesday`" in text


@pytest.mark.parametrize("limit", [8_000, 20_000, LIMIT])
def test_the_largest_plan_fits_and_says_what_is_left_out(limit: int, folder: Project) -> None:
    """GitHub refuses a longer comment whole; then nobody would see anything."""
    for number in range(150):
        folder.add(f"news-{number:03}", title="中文🚀" * 40 + str(number), audience="{everyone: true}")

    text = plan_markdown(folder.plan(), limit=limit)

    assert size(text) <= limit
    assert text.startswith("## Push plan: 100 to send, 50 blocked\n")
    assert "130 more campaigns, see below" in text
    assert re.search(r"\*[\d,]+ more parts are not shown here: the text ends at [\d,]+ characters\.", text)
    assert text.count("```") % 2 == 0
    assert text.count("<details>") == text.count("</details>")


def test_hostile_texts_cannot_act(folder: Project) -> None:
    """A stranger's pull request must not mention teams, load pictures or close the page's own tags."""
    folder.add(
        title=HOSTILE,
        description=json.dumps(HOSTILE),
        owner=json.dumps(HOSTILE),
        audience=f"{{tags: {{any: [{json.dumps('<img src=x>@all')}]}}}}",
        exceptions=f"[{{policy: test-text, reason: {json.dumps(HOSTILE)}}}]",
    )

    plan = folder.plan()
    rendered = _html(plan_markdown(plan, limit=LIMIT))

    assert not re.search(
        r"<(?!/?(h\d|p|em|strong|table|thead|tbody|tr|th|td|ul|li|details|summary|b|pre)\b)", rendered
    )
    assert "@" not in rendered.replace("sale@1", "")
    assert "evil.example" not in rendered


def test_hostile_texts_cannot_act_in_a_comparison(folder: Project) -> None:
    """The comparison shows the same texts, twice."""
    old = snapshot_of(folder.add(title="x").campaign().sending)
    new = snapshot_of(folder.add(title=HOSTILE).campaign().sending)

    rendered = _html(diff_markdown(diff_all([old], [new]), title=HOSTILE, limit=LIMIT))

    assert not re.search(r"<(?!/?(h\d|p|em|strong|ul|li)\b)", rendered)
    assert "evil.example" not in rendered


@given(text=st.text(max_size=200))
def test_inline_code_holds_any_text_in_one_cell(text: str) -> None:
    """A text that ends its cell would put its rest under another heading."""
    rows = MarkdownIt("commonmark").enable("table").parse(f"| a | b |\n| - | - |\n| {code(text)} | end |")

    cells = [token.children for token in rows if token.type == "inline"]
    assert len(cells) == 4
    assert all(child.type in {"code_inline", "text"} for child in cells[2] or ())


@given(text=st.text(max_size=300), limit=st.integers(1, 300))
def test_a_cut_text_says_so_and_splits_no_character(text: str, limit: int) -> None:
    """Half an emoji is another emoji."""
    shown = cut(text, limit)

    assert shown == text or shown.endswith("more characters)")
    assert not shown.startswith("\u200d") or text.startswith("\u200d")


def test_a_family_is_not_torn_apart() -> None:
    """Four people joined into one character are cut before or after, never between."""
    family = "👩‍👩‍👧‍👦"

    assert cut(f"ab{family}c", 5).startswith("ab\n…")


@given(parts=st.lists(st.text(max_size=300), max_size=30), limit=st.integers(400, 3_000))
def test_no_text_is_longer_than_its_limit(parts: list[str], limit: int) -> None:
    """Also where a part is nearly as long as the whole."""
    text = bounded("# head", parts, limit=limit, command="plan", noun="more parts")

    assert text.startswith("# head")
    assert size(text) <= limit


def test_the_same_plan_gives_the_same_text(folder: Project) -> None:
    """A comment that changes without a reason is not read again."""
    folder.add("b").add("a", title="Other")

    one, other = (plan_markdown(folder.plan(), limit=LIMIT) for _ in range(2))

    assert one == other

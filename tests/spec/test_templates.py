"""Templates give the text that their author meant, or say what is wrong with them."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushspec.errors import PushspecError
from pushspec.exit_codes import ExitCode
from pushspec.spec.templates import Renderer, RenderJob, RenderLimits, TemplateFault, is_template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VARIABLES = {
    "brand": "ACME",
    "discount": 20,
    "price": 19.9,
    "cities": ["Shenzhen", "深圳"],
    "user": {"lang": "zh", "tier": "gold"},
    "campaign": {"name": "spring-sale", "version": 2},
    "vip": True,
    "gift": None,
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with shared templates; its path holds letters of several languages."""
    templates = tmp_path_factory.mktemp("项目 é") / "templates"
    (templates / "more").mkdir(parents=True)
    (templates / "footer.txt").write_text("From {{ brand }}.\n", encoding="utf-8")
    (templates / "more" / "macros.txt").write_text(
        "{% macro cut(percent) %}-{{ percent }} %{% endmacro %}", encoding="utf-8"
    )
    (templates / "broken.txt").write_text("one\n{{ brnad }}", encoding="utf-8")
    (templates / "unclosed.txt").write_text("one\n\n{% if %}", encoding="utf-8")
    return templates.parent


@pytest.fixture(scope="module")
def renderer(project: Path) -> Iterator[Renderer]:
    """One process for the whole module, as in a plan."""
    with Renderer(project) as renderer:
        yield renderer


def render(renderer: Renderer, text: str, variables: Mapping[str, object] = VARIABLES) -> str | TemplateFault:
    """Return the result for one text."""
    [(result,)] = renderer.render_all([RenderJob("sale", (text,), variables)])
    return result


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ brand }}: {{ discount }}% off", "ACME: 20% off"),
        ("{{ brand }}\n", "ACME\n"),
        ("<b>{{ '<&>' }}</b>", "<b><&></b>"),
        ("{{ cities | join('、') }}", "Shenzhen、深圳"),
        ("{{ cities[1] }}{{ brand[:2] }}", "深圳AC"),
        ("{{ user.lang }}-{{ user['tier'] }}", "zh-gold"),
        ("{{ campaign.name }}@{{ campaign.version }}", "spring-sale@2"),
        ("{% if user.lang == 'zh' %}你好{% else %}Hi{% endif %}", "你好"),
        (
            "{% for city in cities %}{{ loop.index }}. {{ city }}{{ ', ' if not loop.last }}{% endfor %}",
            "1. Shenzhen, 2. 深圳",
        ),
        ("{% for i in range(3) %}{{ loop.cycle('a', 'b') }}{% endfor %}", "aba"),
        ("{% for k, v in user | items %}{{ k }}={{ v }};{% endfor %}", "lang=zh;tier=gold;"),
        ("{% include 'footer.txt' %}", "From ACME.\n"),
        ("{% import 'more/macros.txt' as m %}{{ m.cut(discount) }}", "-20 %"),
        ("{% from 'more/macros.txt' import cut %}{{ cut(5) }}", "-5 %"),
        ("{% macro b(x) %}[{{ x }}{{ caller() }}]{% endmacro %}{% call b(1) %}!{% endcall %}", "[1!]"),
        ("{{ vip }} {{ not vip }}", "true false"),
        ("{{ gift | default('a gift') }}", None),
        ("{{ gift | default('a gift', true) }}", "a gift"),
        ("{{ nothing | default('-') }}{{ nothing is defined }}", "-false"),
        ("{{ price | decimals(2) }} {{ price | round }} {{ discount * 2 + 1 }}", "19.90 20 41"),
        ("{{ user | tojson }}", '{"lang":"zh","tier":"gold"}'),
        ("{{ brand | lower | capitalize ~ '!' }}", "Acme!"),
        ("{{ 'a long story' | truncate(6) }}", "a lon…"),
        ("{{ [3, 1, 3] | unique | sort | join(' ') }}{{ cities | length }}", "1 32"),
        ("{% raw %}{{ brand }}{% endraw %}{# note #}", "{{ brand }}"),
        ("{% set x %}{{ brand }}{% endset %}{% with y = x %}{{ y }}{% endwith %}", "ACME"),
    ],
)
def test_templates_render(renderer: Renderer, template: str, text: str | None) -> None:
    """What people use in campaigns works, and booleans read like those of YAML and JSON."""
    result = render(renderer, template)

    if text is None:
        assert isinstance(result, TemplateFault)
    else:
        assert result == text


@pytest.mark.parametrize(
    ("template", "rule", "line", "message", "hint"),
    [
        ("{{ discuont }}", "template-undefined", 1, "`discuont` is not defined", "did you mean `discount`?"),
        (
            "a\n\n{{ user.lnag }}",
            "template-undefined",
            3,
            "`user.lnag` is not defined",
            "did you mean `lang`?",
        ),
        (
            "{{ zzz }}",
            "template-undefined",
            1,
            "`zzz` is not defined",
            "defined names: brand, campaign, cities",
        ),
        ("a\n{% if %}", "template-syntax", 2, "Expected an expression", ""),
        ("a\n{{ brand | uper }}", "template-forbidden", 2, "no filter `uper`", "did you mean `upper`?"),
        (
            "a\n{{ brand.upper() }}",
            "template-forbidden",
            2,
            "`.upper` is not available",
            "use the filter: | upper",
        ),
        ("{{ gift }}", "template-value", 1, "a value is null", "default"),
        ("{{ cities }}", "template-value", 1, "a list is not a text", "join"),
        (
            "a\n{% include 'broken.txt' %}",
            "template-undefined",
            2,
            "templates/broken.txt line 2: `brnad`",
            "`brand`",
        ),
        ("a\n{% include 'unclosed.txt' %}", "template-syntax", 2, "templates/unclosed.txt line 3:", ""),
        ("{% include 'none.txt' %}", "template-include", 1, "no such file", "below templates/"),
        ("{% include 'brokn.txt' %}", "template-include", 1, "no such file", "did you mean `broken.txt`?"),
        ("{{ user.city }}", "template-undefined", 1, "`user.city`", "add city to it"),
        (
            "{% from 'more/macros.txt' import cat %}{{ cat() }}",
            "template-undefined",
            1,
            "`cat` is not defined",
            "",
        ),
        (
            "{% import 'footer.txt' as f %}",
            "template-undefined",
            1,
            "`brand` is not defined here",
            "with context",
        ),
        ("{{ 1" + "~1" * 11_000 + " }}", "template-limit", 1, "more than 10,000 parts", "shorten it"),
    ],
)
def test_a_fault_names_the_line_the_word_and_the_way_out(
    renderer: Renderer, template: str, rule: str, line: int, message: str, hint: str
) -> None:
    """The author repairs a typing mistake without opening a manual."""
    fault = render(renderer, template)

    assert isinstance(fault, TemplateFault)
    assert (fault.campaign, fault.rule, fault.line) == ("sale", rule, line)
    assert message in fault.message
    assert hint in fault.hint


def test_plain_texts_need_no_process(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan without templates pays nothing for them."""
    monkeypatch.setattr(sys, "executable", "/does/not/exist")
    texts = ("100% {off}", "}} %}", "春节", "")

    with Renderer(project) as renderer:
        assert renderer.render_all([RenderJob("a", texts, {})] * 300) == [texts] * 300
        with pytest.raises(PushspecError, match="cannot be started") as caught:
            render(renderer, "{{ 1 }}")
        assert caught.value.exit_code == ExitCode.USAGE, "what the system refuses is no bug in pushspec"


def test_a_worker_that_cannot_start_is_no_campaigns_fault(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken installation must not look like a broken template."""
    monkeypatch.setattr(sys, "executable", "/bin/false")

    with Renderer(project) as renderer, pytest.raises(PushspecError, match="did not start"):
        render(renderer, "{{ 1 }}")


@pytest.mark.parametrize(
    ("text", "yes"), [("{{ a }}", True), ("{% if %}", True), ("{# #}", True), ("{a} }}", False)]
)
def test_only_jinjas_own_marks_make_a_template(text: str, *, yes: bool) -> None:
    """Braces of JSON are ordinary text."""
    assert is_template(text) is yes


def test_results_keep_the_order_and_shape_of_the_jobs(renderer: Renderer) -> None:
    """Over several batches, with plain texts, faults and lone surrogates among the templates."""
    jobs = [
        RenderJob(f"c{i}", ("plain", "{{ i }}", "{{ j }}", "\ud800{{ i }}"), {"i": i}) for i in range(600)
    ]

    results = renderer.render_all(jobs)

    assert [(a, b, d) for a, b, _, d in results] == [("plain", str(i), f"\ud800{i}") for i in range(600)]
    assert [fault.campaign for _, _, fault, _ in results if isinstance(fault, TemplateFault)] == [
        job.campaign for job in jobs
    ]


def test_large_texts_in_both_directions_do_not_block(renderer: Renderer) -> None:
    """Both pipes fill up at once: who writes without reading waits for ever."""
    text = "{{ '' }}" + "会" * 20_000

    results = renderer.render_all([RenderJob("big", (text,) * 4, {})] * 20)

    assert results == [("会" * 20_000,) * 4] * 20


def test_the_worker_sees_no_environment_and_starts_isolated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stranger's jinja2.py in the project must not be the one that is imported."""
    (tmp_path / "jinja2.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    with Renderer(tmp_path) as renderer:
        assert render(renderer, "{{ 1 + 1 }}") == "2"


def test_the_worker_has_nothing_to_steal_and_little_to_break(renderer: Renderer) -> None:
    """Should a template ever break out of Jinja, the system still holds it."""
    assert render(renderer, "{{ 1 }}") == "1"
    process = Path("/proc") / str(worker_of(renderer))
    limits = {
        line[:25].strip(): line[25:].split()[:2] for line in (process / "limits").read_text().splitlines()
    }

    assert (process / "environ").read_bytes() in {b"", b"LC_CTYPE=C.UTF-8\0"}
    assert limits["Max file size"] == limits["Max core file size"] == limits["Max processes"] == ["0", "0"]
    assert int(limits["Max open files"][1]) <= 32
    assert int(limits["Max address space"][1]) < 512 * 1024**2


@given(
    st.lists(
        st.sampled_from([*"{}%#|~()[].,'-+*ab1 \n", "{{", "}}", "{%", "%}", " if ", " for ", " in ", "loop"])
    )
)
def test_no_text_at_all_disturbs_the_plan(renderer: Renderer, pieces: list[str]) -> None:
    """Whatever stands in a text comes back as a text or as a fault with a rule."""
    result = render(renderer, "{{ a }}" + "".join(pieces))

    assert isinstance(result, TemplateFault)
    assert result.rule in {"template-syntax", "template-undefined", "template-forbidden", "template-value"}


def test_a_worker_that_stops_answering_is_replaced(project: Path) -> None:
    """Whatever holds it, the plan goes on."""
    with Renderer(project, RenderLimits(wall_s=0.2)) as renderer:
        assert render(renderer, "{{ 1 }}") == "1"
        os.kill(worker_of(renderer), signal.SIGSTOP)

        fault = render(renderer, "{{ 2 }}")

        assert isinstance(fault, TemplateFault)
        assert fault.message == "no answer for 0.2 s"
        assert render(renderer, "{{ 3 }}") == "3"


def test_a_worker_that_is_killed_is_replaced(project: Path) -> None:
    """The system may take it for its memory; the campaign is named, and the others render."""
    with Renderer(project) as renderer:
        assert render(renderer, "{{ 1 }}") == "1"
        os.kill(worker_of(renderer), signal.SIGKILL)

        (fault,), (text,) = renderer.render_all([RenderJob(name, ("{{ 2 }}",), {}) for name in "ab"])

        assert isinstance(fault, TemplateFault)
        assert fault.campaign == "a"
        assert text == "2"


def test_nothing_of_the_worker_is_left_after_the_block(project: Path) -> None:
    """No zombie, no open pipe, also when the block ends by Ctrl-C before the worker was ready."""
    renderer = Renderer(project)
    with contextlib.suppress(KeyboardInterrupt), renderer:
        renderer.start()
        pid = worker_of(renderer)
        raise KeyboardInterrupt

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_worker_ends_with_its_parent(project: Path) -> None:
    """A CI runner kills without asking; what it leaves behind would run for ever."""
    script = (
        "import sys, time; from pathlib import Path; from pushspec.spec.templates import *\n"
        "renderer = Renderer(Path(sys.argv[1])); renderer.render_all([RenderJob('a', ('{{ 1 }}',), {})])\n"
        "print(renderer._process.pid, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(project)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        watch = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()

    ended, _, _ = select.select([watch], [], [], 10)
    os.close(watch)

    assert ended == [watch]


def worker_of(renderer: Renderer) -> int:
    """Return the process id of the running worker."""
    assert renderer._process is not None
    return renderer._process.pid

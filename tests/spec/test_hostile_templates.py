"""The worst template is a fault that names its campaign, and the next template renders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pushspec.spec.templates import Renderer, RenderJob, RenderLimits, TemplateFault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BAIT = "what nobody may read"

ATTACKS = {
    # repetition and width
    "huge range": "{% for i in range(10**9) %}{{ i }}{% endfor %}",
    "huge range, no power": "{% for i in range(1000000000) %}{{ i }}{% endfor %}",
    "range past its cap": "{% for i in range(1001) %}{{ i }}{% endfor %}",
    "range past the machine's integers": "{{ range(99999999999999999999) }}",
    "nested ranges": "{% for a in range(999) %}" * 4 + "{% endfor %}" * 4,
    "power": "{{ 2**(2**30) }}",
    "growing number": "{{ " + "*".join(["9999999999"] * 40) + " }}",
    "repeated text": "{{ 'a' * 10**9 }}",
    "repeated text, no power": "{{ 'a' * 1000000000 }}",
    "repeated list": "{{ ([1] * 1000000000) | length }}",
    "center method": "{{ 'a'.center(1000000000) }}",
    "center filter": "{{ 'a' | center(1000000000) }}",
    "ljust": "{{ 'a'.ljust(1000000000) }}",
    "zfill": "{{ 'a'.zfill(1000000000) }}",
    "expandtabs": "{{ 'a\\t'.expandtabs(1000000000) }}",
    "indent": "{{ 'a' | indent(1000000000, true) }}",
    "batch": "{{ [1] | batch(1000000000, 0) | list }}",
    "slice": "{{ [1] | slice(1000000000) | list }}",
    "percent format": "{{ '%1000000000d' % 1 }}",
    "format filter": "{{ '%1000000000d' | format(1) }}",
    "format method": "{{ '{:>1000000000}'.format(1) }}",
    "format_map": "{{ '{a:>1000000000}'.format_map({'a': 1}) }}",
    "round to a huge power": "{{ 1.5 | round(-1000000000, 'ceil') }}",
    "decimals": "{{ 1 | decimals(1000000000) }}",
    "lipsum": "{{ lipsum(n=10000000) }}",
    "wordwrap": "{{ 'a b' | wordwrap(1) }}",
    # growth
    "doubling": "{% set a = 'x' * 1 %}{% set a = a ~ a %}{{ a }}",
    "doubling in the open": "{% set a0 = 'xxxxxxxx' %}"
    + "".join(f"{{% set a{i + 1} = a{i} ~ a{i} %}}" for i in range(40))
    + "{{ a40 }}",
    "doubling with +": "{% set a0 = 'xxxxxxxx' %}"
    + "".join(f"{{% set a{i + 1} = a{i} + a{i} %}}" for i in range(40))
    + "{{ a40 }}",
    "doubling a list": "{% set a0 = [1] %}"
    + "".join(f"{{% set a{i + 1} = a{i} + a{i} %}}" for i in range(40))
    + "{{ a40 | length }}",
    "chain of replace": "{{ 'aaaaaaaaaa'" + "| replace('a', 'aaaaaaaaaa')" * 12 + " }}",
    "replace of nothing": "{{ 'aaaaaaaaaa'" + "| replace('', 'aaaaaaaaaa')" * 12 + " }}",
    "chain of join": "{{ 'aaaaaaaaaa'" + "| join('aaaaaaaaaa')" * 12 + " }}",
    "translate": "{{ 'a'.translate({97: 'aaaaaaaaaa'}) }}",
    "50 MB of output": "{% for a in range(1000) %}{% for b in range(1000) %}"
    + "x" * 50
    + "{% endfor %}{% endfor %}",
    "output just past the limit": "{{ '' }}" + "x" * 65_537,
    # nesting
    "3,000 parentheses": "{{ " + "(" * 3_000 + "1" + ")" * 3_000 + " }}",
    "3,000 brackets": "{{ " + "[" * 3_000 + "]" * 3_000 + " }}",
    "20,000 minus": "{{ " + "-" * 20_000 + "1 }}",
    "20,000 subtractions": "{{ 1" + "-1" * 20_000 + " }}",
    "20,000 tildes": "{{ 1" + "~1" * 20_000 + " }}",
    "20,000 not": "{{ " + "not " * 20_000 + "1 }}",
    "20,000 filters": "{{ 'a'" + "|lower" * 20_000 + " }}",
    "20,000 attributes": "{{ vars" + ".a" * 20_000 + " }}",
    "2,000 nested ifs": "{% if 1 %}" * 2_000 + "{% endif %}" * 2_000,
    "30 nested loops": "{% for a in [1] %}" * 30 + "{% endfor %}" * 30,
    "2,000 elifs": "{% if 0 %}" + "{% elif 0 %}" * 12_000 + "{% endif %}",
    "self-include": "{% include 'self.txt' %}",
    "recursive macro": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "macro that doubles": "{% macro m(n) %}{{ m(n+1) }}{{ m(n+1) }}{% endmacro %}{{ m(0) }}",
    "recursive loop": "{% for a in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}",
    # ways out
    "class": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "class by item": "{{ ''['__class__'] }}",
    "class of a mapping": "{{ vars.__class__ }}",
    "attr": "{{ '' | attr('__class__') }}",
    "map by attribute": "{{ [''] | map(attribute='__class__') | list }}",
    "selectattr": "{{ [''] | selectattr('__class__') | list }}",
    "groupby": "{{ [''] | groupby('__class__') }}",
    "sort by attribute": "{{ [''] | sort(attribute='__class__') }}",
    "format that reads": "{{ '{0.__class__}'.format(1) }}",
    "cycler": "{{ cycler.__init__.__globals__.os.environ }}",
    "lipsum globals": "{{ lipsum.__globals__['os'].environ }}",
    "namespace": "{% set ns = namespace(a=1) %}{{ ns.a }}",
    "joiner": "{{ joiner() }}",
    "self": "{{ self.__init__.__globals__ }}",
    "self by name": "{{ self }}",
    "macro's globals": "{% macro m() %}{% endmacro %}{{ m.__init__ }}",
    "macro's environment": "{% macro m() %}{% endmacro %}{{ m._environment }}",
    "loop's insides": "{% for a in [1] %}{{ loop._iterator }}{% endfor %}",
    "range's class": "{{ range.__call__.__globals__ }}",
    "calling a text": "{{ 'a'() }}",
    "environment": "{{ environ['PATH'] }}",
    "config": "{{ config }}",
    "import of a path": "{% import '/etc/passwd' as p %}{{ p }}",
    "include of a path": "{% include '/etc/passwd' %}",
    "include of a parent": "{% include '../secret.txt' %}",
    "include of an encoded parent": "{% include '%2e%2e/secret.txt' %}",
    "include of the environment": "{% include '/proc/self/environ' %}",
    "include through a link": "{% include 'link.txt' %}",
    "include through a linked folder": "{% include 'up/secret.txt' %}",
    "include of nothing": "{% include 'none.txt' ignore missing %}",
    "include of a number": "{% include 5 %}",
    "extends": "{% extends 'good.txt' %}",
    "block": "{% block a %}{% endblock %}",
    "debug": "{% debug %}",
    "do": "{% do [].append(1) %}",
    "list that is changed": "{{ [].append(1) }}",
    "autoescape": "{% autoescape true %}{% endautoescape %}",
    # what would differ between machines, or speak Python
    "address of a generator": "{{ [1] | map('upper') }}",
    "address of a function": "{{ range }}",
    "address through ~": "{{ '' ~ range }}",
    "address through a filter": "{{ range | upper }}",
    "random": "{{ [1, 2] | random }}",
    "clock": "{{ now() }}",
    "null": "{{ none }}",
    "null through ~": "{{ 'Dear ' ~ none }}",
    "a mapping": "{{ vars }}",
    "a macro without its call": "{% macro m() %}{% endmacro %}{{ m }}",
    "undefined": "{{ undefined_name }}",
    "undefined in a condition": "{% if undefined_name %}{% endif %}",
    "undefined in a filter": "{{ undefined_name | upper }}",
    "undefined called": "{{ undefined_name() }}",
    "undefined and its key": "{{ undefined_name.a.b }}",
    "undefined in a sum": "{{ undefined_name * 2 }}",
    "division by zero": "{{ 1 / 0 }}",
    "unequal kinds": "{{ 1 < 'a' }}",
    "5,000 digits": "{{ " + "9" * 5_000 + " }}",
    "open tag": "{{ ",
    "open block": "{% if 1 %}",
    "unknown tag": "{% sudo %}",
    "bad bytes in an include": "{% include 'latin.txt' %}",
    "large include": "{% include 'large.txt' %}",
}


@pytest.fixture(scope="module")
def renderer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Renderer]:
    """A renderer with small limits, over a project with bait beside its templates."""
    project: Path = tmp_path_factory.mktemp("project")
    (project / "secret.txt").write_text(BAIT)
    templates = project / "templates"
    templates.mkdir()
    (templates / "good.txt").write_text("good")
    (templates / "self.txt").write_text("{% include 'self.txt' %}")
    (templates / "latin.txt").write_bytes(b"\xe9")
    (templates / "large.txt").write_text("x" * 70_000)
    (templates / "link.txt").symlink_to("../secret.txt")
    (templates / "up").symlink_to("..")
    limits = RenderLimits(cpu_s=0.25, memory_bytes=64 * 1024**2, restarts=2 * len(ATTACKS))
    with Renderer(project, limits) as renderer:
        yield renderer


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_an_attack_is_a_fault_that_names_its_campaign(renderer: Renderer, attack: str) -> None:
    """Plan runs on pull requests of strangers: it must neither hang, nor die, nor tell a secret."""
    good = RenderJob("good", ("{{ a }}",), {"a": "fine"})
    bad = RenderJob("bad", ("{{ vars.a }}", attack, "{{ vars.a }}!"), {"vars": {"a": "b"}})

    before, (first, fault, last), after = renderer.render_all([good, bad, good])

    assert isinstance(fault, TemplateFault), fault
    assert fault.campaign == "bad"
    assert fault.rule.startswith("template-")
    assert 0 < len(fault.message) <= 300
    for leak in (BAIT, "Traceback", " at 0x", "<lambda>", "_Undefined"):
        assert leak not in fault.message
    assert (before, first, last, after) == (("fine",), "b", "b!", ("fine",))


@pytest.mark.parametrize(
    ("attack", "message"),
    [
        ("nested ranges", "more than 0.25 s of processor time"),
        ("doubling in the open", "more than 64 MiB of memory"),
        ("50 MB of output", "longer than 65,536 bytes"),
        ("3,000 parentheses", "nests too deeply"),
        ("class", "`.__class__` is not available"),
        ("include through a link", "symbolic link"),
        ("debug", "unknown tag 'debug'"),
    ],
)
def test_the_fault_says_which_limit_or_rule_it_was(renderer: Renderer, attack: str, message: str) -> None:
    """An honest author who runs into a limit has to learn which."""
    [(fault,)] = renderer.render_all([RenderJob("bad", (ATTACKS[attack],), {})])

    assert isinstance(fault, TemplateFault)
    assert message in fault.message


def test_many_deadly_templates_end_in_bounded_time(tmp_path: Path) -> None:
    """Each may burn its limit, but a thousand of them may not burn a thousand times as much."""
    jobs = [RenderJob(f"bad-{i}", (ATTACKS["nested ranges"],), {}) for i in range(1_000)]

    with Renderer(tmp_path, RenderLimits(cpu_s=0.01, restarts=2)) as renderer:
        faults = [fault for (fault,) in renderer.render_all(jobs)]

    assert all(isinstance(fault, TemplateFault) and fault.rule == "template-limit" for fault in faults)
    assert [fault.campaign for fault in faults if isinstance(fault, TemplateFault)] == [
        job.campaign for job in jobs
    ]

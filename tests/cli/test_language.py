"""The language of the command line: who chooses it, what it changes, and what it never changes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from workbench import PROJECT, Project, campaign_text

from pushspec.language import Language, phrase, said, speaking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench import Outcome

GOLDEN = Path(__file__).parent.parent / "golden" / "zh"
CHINESE, ENGLISH = "计划：", "Plan: "
DIGEST = re.compile("[0-9a-f]{64}")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project on the sandbox with one campaign, on a machine whose locale says nothing."""
    for variable in ("COLUMNS", "PUSHSPEC_ENV", "PUSHSPEC_PROJECT", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    return Project(tmp_path).write({"pushspec.yaml": PROJECT, "campaigns/sale.yaml": campaign_text()})


def run(
    project: Project, monkeypatch: pytest.MonkeyPatch, *arguments: str, variables: Mapping[str, str]
) -> Outcome:
    """Run a command with variables of the environment."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return project.run(*arguments)


@pytest.mark.parametrize(
    ("arguments", "variables", "words"),
    [
        (["plan"], {}, ENGLISH),
        (["--lang", "zh", "plan"], {}, CHINESE),
        (["--lang=zh", "plan"], {}, CHINESE),
        (["plan", "--lang", "zh"], {}, CHINESE),
        (["plan", "--lang=zh", "sale"], {}, CHINESE),
        (["plan"], {"PUSHSPEC_LANG": "zh"}, CHINESE),
        (["plan"], {"LANG": "zh_CN.UTF-8"}, CHINESE),
        (["plan"], {"LC_MESSAGES": "zh_CN.UTF-8", "LANG": "de_DE.UTF-8"}, CHINESE),
        (["plan"], {"LC_ALL": "C.UTF-8", "LANG": "zh_CN.UTF-8"}, ENGLISH),
        (["plan"], {"LC_ALL": "", "LANG": "zh_CN.UTF-8"}, CHINESE),
        (["plan"], {"LANG": "de_DE.UTF-8"}, ENGLISH),
        (["plan"], {"PUSHSPEC_LANG": "en", "LANG": "zh_CN.UTF-8"}, ENGLISH),
        (["--lang", "en", "plan"], {"PUSHSPEC_LANG": "zh", "LANG": "zh_CN.UTF-8"}, ENGLISH),
        (["--lang", "en", "plan", "--lang", "zh"], {}, CHINESE),
    ],
)
def test_the_option_is_asked_before_the_variable_and_the_locale(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    variables: dict[str, str],
    words: str,
) -> None:
    """A pipeline says what it wants whatever machine it runs on, and a person in Shenzhen says nothing."""
    outcome = run(project, monkeypatch, *arguments, variables=variables).assert_ok()

    assert words in outcome.out


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [(["--lang", "xx", "plan"], {}), (["plan", "--lang=xx"], {}), (["plan"], {"PUSHSPEC_LANG": "xx"})],
)
def test_a_language_that_is_not_there_is_refused(
    project: Project, monkeypatch: pytest.MonkeyPatch, arguments: list[str], variables: dict[str, str]
) -> None:
    """Nobody should wonder why a slip of the keyboard changes nothing."""
    outcome = run(project, monkeypatch, *arguments, variables=variables)

    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == (
        "error: invalid value for '--lang': 'xx' is not one of 'zh', 'en'\nhint: see `pushspec --help`\n"
    )


def test_errors_of_the_command_line_are_in_the_language(project: Project) -> None:
    """Whoever mistypes a command needs the sentence most."""
    unknown = project.run("--lang", "zh", "paln")
    option = project.run("plan", "--lang", "zh", "--form", "json")
    choice = project.run("plan", "--format", "xml", "--lang", "zh")
    missing = project.run("--lang", "zh", "show")
    unchosen = project.run("--lang", "zh", "resolve", "sale@1#1", "--why", "seen")

    assert unknown.err == "错误：没有 'paln' 这个命令\n提示：是否想输入 'plan'？\n"
    assert option.err == "错误：没有 '--form' 这个选项\n提示：是否想输入 '--format'？\n"
    assert choice.err.startswith("错误：'--format' 的值无效：'xml' 不在可选值之内：'text', ")
    assert missing.err == "错误：缺少参数 'NAME'\n提示：见 `pushspec show --help`\n"
    assert unchosen.err.startswith("错误：缺少选项 '--as'；可选：sent, not-sent, ")
    assert {unknown.code, option.code, choice.code, missing.code, unchosen.code} == {2}


def test_a_day_that_is_none_is_refused_by_an_example(project: Project) -> None:
    """The codes of a format are of use to programmers only."""
    words = project.run("calendar", "--from", "yesterday").err.splitlines()[0]
    chinese = project.run("--lang", "zh", "calendar", "--from", "昨天").err.splitlines()[0]

    assert words == "error: invalid value for '--from': 'yesterday' is not a day such as 2026-12-01"
    assert chinese == "错误：'--from' 的值无效：'昨天' 不是 2026-12-01 这样的日期"


def test_a_file_of_people_that_is_missing_is_told_in_the_language(project: Project) -> None:
    """Whoever exports the lists is seldom the one who writes the campaign."""
    project.add("sale", audience="{file: missing.csv}", endpoint="timpush/batch", from_="admin")

    assert (
        "错误[audience-file]：无法读取“missing.csv”：没有这个文件\n"
        in project.run("--lang", "zh", "validate").out
    )


@pytest.mark.parametrize(
    "words",
    ["", "plan", "apply", "recall", "lock", "lock init", "sandbox serve", "people apply", "completion"],
)
def test_help_is_in_the_language_and_fits_a_narrow_terminal(
    project: Project, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    """A help of two languages reads as unfinished; a Chinese character takes two columns."""
    monkeypatch.setenv("COLUMNS", "80")
    english = project.run(*words.split(), "--help").assert_ok().out
    chinese = project.run("--lang", "zh", *words.split(), "--help").assert_ok().out

    sentences = re.findall(
        r"(?:[A-Za-z]{2,}[ ,]+){4,}[a-z]{2,}", re.sub(r"\[[^\]]*\]|`[^`]*`|\$\(.*\)", "", chinese)
    )
    assert [line for line in chinese.splitlines() if cell_len(line) > 80] == []
    assert sentences == []
    assert set(re.findall("--[a-z][a-z-]+", chinese)) == set(re.findall("--[a-z][a-z-]+", english))


@pytest.mark.parametrize(
    "arguments",
    [("plan",), ("status",), ("log",), ("show", "sale"), ("validate",), ("doctor",), ("calendar",)],
)
def test_json_is_the_same_in_both_languages(project: Project, arguments: tuple[str, ...]) -> None:
    """Programs read it, whatever the locale of the machine they run on."""
    digest = DIGEST.findall(project.run("plan", "--format", "json").out)[0]
    project.run("apply", "--confirm", digest).assert_ok()

    english = project.run(*arguments, "--format", "json")
    chinese = project.run("--lang", "zh", *arguments, "--format", "json")

    assert (chinese.out, chinese.code) == (english.out, english.code)


@pytest.mark.parametrize("form", ["github", "sarif"])
def test_a_form_that_programs_show_is_english(project: Project, form: str) -> None:
    """Annotations and SARIF stand in screens of other programs, beside their English."""
    english = project.run("plan", "--format", form)
    chinese = project.run("--lang", "zh", "plan", "--format", form)

    assert re.sub("[0-9:]{5,}", "", chinese.out) == re.sub("[0-9:]{5,}", "", english.out)


def test_the_lockfile_and_the_digest_are_the_same_in_both_languages(tmp_path: Path) -> None:
    """Two people of one team may read different languages; their records are one file."""
    records = []
    for language in ("en", "zh"):
        folder = tmp_path / language
        folder.mkdir()
        project = Project(folder).write({"pushspec.yaml": PROJECT, "campaigns/sale.yaml": campaign_text()})
        digest = project.plan_json("--lang", language)["digest"]
        project.run("apply", "--confirm", digest, "--lang", language).assert_ok()
        text = (folder / "pushspec.sandbox.lock").read_text(encoding="utf-8")
        records.append(
            (digest, [re.sub(r"[0-9TZ:.\-]{8,}|[0-9a-f]{8,}", "…", line) for line in text.splitlines()])
        )
        assert text.isascii()

    assert records[0][0] == records[1][0]
    assert len(records[0][1]) == len(records[1][1])


@pytest.mark.parametrize("title", ["2 to send", "to send", "Stopped.", "everyone", "Next: apply", "1 call"])
def test_what_people_wrote_is_never_translated(project: Project, title: str) -> None:
    """The plan is what somebody approves: it shows the bytes that phones get."""
    project.write({"campaigns/sale.yaml": campaign_text(title=title)})

    shown = project.run("--lang", "zh", "plan", "sale").assert_ok().out

    assert f'"Title": "{title}"' in shown


def test_a_reason_that_somebody_typed_is_shown_as_typed(project: Project) -> None:
    """A freeze with the reason "in doubt" is no call in doubt."""
    project.run("freeze", "in doubt").assert_ok()

    shown = project.run("--lang", "zh", "status").out

    assert "已冻结：in doubt" in shown


def test_an_apply_and_what_follows_are_in_the_language(project: Project) -> None:
    """The whole way from a plan to its records, and a second apply that sends nothing."""
    digest = project.plan_json()["digest"]

    applied = project.run("--lang", "zh", "apply", "--confirm", digest).assert_ok()
    again = project.run("--lang", "zh", "apply").assert_ok()
    status = project.run("--lang", "zh", "status").assert_ok()
    told = project.run("--lang", "zh", "log", "sale").assert_ok()

    assert "  + sale@1  已发送\n" in applied.out
    assert "已执行：1 次调用已发送。记录在 pushspec.sandbox.lock" in applied.out
    assert "查看手机画面：pushspec sandbox serve" in applied.out
    assert again.out.endswith("没有要发送的内容。\n")
    assert "1 个活动，0 次调用存疑" in status.out
    assert "sale@1  结束：1 已发送，0 被拒绝" in told.out


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("screen", ["plan", "status", "help"])
def test_a_chinese_screen_looks_as_it_was_reviewed(
    project: Project,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    screen: str,
    columns: int,
) -> None:
    """Widths, breaks and punctuation are judged by the eye; `make golden` rewrites the files."""
    monkeypatch.setenv("COLUMNS", str(columns))
    long = "pushspec 会把这条很长的开盘提醒发给所有关注了这些股票的人，每人一条。"
    project.write(
        {
            "campaigns/open.yaml": campaign_text(
                "market-open", title="开盘提醒", desc=long, recall="{text: 已撤回}"
            ),
            "campaigns/over.yaml": campaign_text("over", schedule="{not_after: 2026-01-01T10:00:00Z}"),
        }
    )
    arguments = {"plan": ("plan", "--bodies"), "status": ("status",), "help": ("plan", "--help")}[screen]

    shown = project.run("--lang", "zh", *arguments).out

    file = GOLDEN / f"{screen}.{columns}.txt"
    if request.config.getoption("--golden"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(shown, encoding="utf-8")
    assert shown == file.read_text(encoding="utf-8"), "`make golden` rewrites it; review the diff"
    if screen != "plan":  # a body keeps its lines
        assert [line for line in shown.splitlines() if cell_len(line) > columns] == []


def test_the_library_is_english_whatever_the_locale(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that imports pushspec reads texts that do not depend on the machine."""
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.setenv("PUSHSPEC_LANG", "zh")
    project.run("plan")

    assert said(phrase("in doubt")) == "in doubt"
    with speaking(Language.CHINESE):
        assert said(phrase("in doubt")) == "存疑"
    assert said(phrase("in doubt")) == "in doubt"

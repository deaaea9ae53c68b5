"""What a lockfile recorded stays English in it, and is said in the language of whoever looks."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pushspec
from pushspec.api.recorded_damage import damage_phrase
from pushspec.language import Language, Phrase, phrase, speaking
from pushspec.lockfile.records import Conflict, Gate
from pushspec.operate.evidence import BY, Sighting
from pushspec.plan.diff import diff
from pushspec.plan.snapshots import snapshot_of
from pushspec.suggest import did_you_mean
from pushspec.tencent.codes import meaning_of
from pushspec.views.diff_markdown import change_bullets
from pushspec.views.diff_text import change_lines
from pushspec.views.recorded import (
    audience_said,
    end_said,
    gate_said,
    outcome_said,
    purpose_said,
    resolved_said,
    said_anew,
)

if TYPE_CHECKING:
    from workbench import Project

LOCKFILE = Path(pushspec.__file__).parent / "lockfile"


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("everyone", "全员"),
        ("1 account", "1 个账号"),
        ("12,000 accounts of vips", "12,000 个账号，属于 vips"),
        ("en: 1 account from a.csv; zh: 2 accounts", "en：1 个账号，来自 a.csv；zh：2 个账号"),
        ("about 2 accounts of vips (50%)", "约 2 个账号，属于 vips（50%）"),
        ("tags any [news from a]", "标签任一 [news from a]"),
        ("tags any [A, 股票B] not [C]", "标签任一 [A、股票B] 不含 [C]"),
        ("attributes all [城市=深圳], tags any [vip]", "属性全部 [城市=深圳]，标签任一 [vip]"),
        ("zh: tags all [A]; en: everyone else", "zh：标签全部 [A]；en：everyone else"),
        ("tags any [odd [name]]", "tags any [odd [name]]"),
    ],
)
def test_an_audience_is_said_as_in_a_plan(english: str, chinese: str) -> None:
    """A sent campaign stands beside one that is to be sent."""
    with speaking(Language.CHINESE):
        assert audience_said(english) == chinese
    assert audience_said(english) == english


def test_a_changed_audience_is_said_as_the_new_one(folder: Project) -> None:
    """What was sent is read from the lockfile, which is English; half a line of it reads as a mistake."""
    campaign = folder.add(audience="{accounts: [bonnie]}", endpoint="timpush/batch", **{"from": "admin"})
    snapshot = snapshot_of(campaign.plan().campaigns[0].sending)
    found = diff(replace(snapshot, audience="4 accounts", accounts=4, accounts_sha256="0" * 64), snapshot)

    with speaking(Language.CHINESE):
        (line,) = change_lines(found)
        (bullet,) = change_bullets(found)

    assert line.startswith("  audience  4 个账号 → 1 个账号：")
    assert "`4 个账号` → `1 个账号`" in bullet


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("no complete answer within 90 s", "90 秒内没有得到完整应答"),
        ("the connection broke (ReadError)", "连接中断（ReadError）"),
        ("the answer is JSON, but not an object", "应答是 JSON，但不是对象"),
        ("every account was refused (70107, 90048)", "所有账号都被拒绝（70107, 90048）"),
        ("a@1 is in doubt: the connection broke (ReadError)", "a@1 存疑：连接中断（ReadError）"),
        ("ada: seen in the console", "ada: seen in the console"),
    ],
)
def test_an_outcome_is_said_as_when_it_happened(english: str, chinese: str) -> None:
    """``status`` tells the next morning what ``apply`` told at night; what people wrote stays theirs."""
    with speaking(Language.CHINESE):
        assert outcome_said(english) == chinese
    assert outcome_said(english) == english


def test_a_code_is_said_in_the_words_of_its_page() -> None:
    """The table of codes has both languages."""
    row = meaning_of(90024, "timpush/push")
    assert row is not None

    with speaking(Language.CHINESE):
        assert outcome_said(str(row.meaning), 90024) == row.zh
        assert end_said("quota used up") == "配额用完"
        assert end_said("somebody's own word") == "somebody's own word"


def test_words_without_a_code_are_known_by_themselves() -> None:
    """A recall records what the service said, and no number beside it."""
    row = meaning_of(90052, "timpush/revoke")
    assert row is not None

    with speaking(Language.CHINESE):
        assert outcome_said(str(row.meaning)) == row.zh


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("refused 30 of 1,200 (must be < 5%)", "被拒绝：1,200 中的 30（要求 < 5%）"),
        (
            "refused 3 of 9 (must be < 5%); lost 4 of 9 (must be < 3%)",
            "被拒绝：9 中的 3（要求 < 5%）；未达：9 中的 4（要求 < 3%）",
        ),
        ("holds for 30 min after canary", "canary 之后保持 30 分钟"),
        ("nothing of canary was sent", "canary 没有发出任何内容"),
        ("canary was sent", "canary 已发送"),
        ("lost not known; unknown is not continue", "未达：不明；不明不等于可以继续"),
        (
            "refused 1 of 9 (20 must be known), lost not known, even 6 h 0 min after the hold",
            "被拒绝：9 中的 1（至少要知道 20 人的结果），未达：不明，保持期过后又过了 6 小时 0 分钟仍是如此",
        ),
        (
            "the next apply may open it: refused 0 of 30",
            "下次 apply 可以打开它：被拒绝：30 中的 0",
        ),
    ],
)
def test_a_gate_is_said_as_when_it_was_judged(english: str, chinese: str) -> None:
    """Why a stage waits is what people ask most, on the day after."""
    gate = Gate(campaign="a@1", stage="canary", opens="rest", verdict="held", why=english)
    with speaking(Language.CHINESE):
        assert gate_said(gate) == chinese
        assert gate_said(gate.model_copy(update={"by": "ada"})) == english
    assert gate_said(gate) == english


def test_evidence_is_said_and_a_persons_reason_is_shown_as_typed() -> None:
    """Only what pushspec itself settled is in its words."""
    words = Sighting("a@1", "t", "ada", None, True, True, True, True, 1).why
    conflict = Conflict(key="a@1", by=BY, why=words, task_id="t")

    with speaking(Language.CHINESE):
        assert "DataId" in resolved_said(conflict)
        assert resolved_said(conflict) != words
        assert resolved_said(conflict.model_copy(update={"by": "ada"})) == words
        assert outcome_said(f"{BY}: {words}").startswith("pushspec：")


def test_what_a_run_took_the_lock_for_is_said() -> None:
    """A command's name is a command's name; the rest is words."""
    with speaking(Language.CHINESE):
        assert purpose_said("judge gates") == "判断关卡"
        assert purpose_said("unlock: runner died") == "解锁：runner died"
        assert purpose_said("apply") == "apply"


def test_recorded_values_of_a_phrase_are_said_at_any_depth() -> None:
    """Frozen layers hand recorded English on within phrases of their own."""
    stopped = phrase("stopped after stage {stage}: {why}", stage="canary", why="lost 4 of 9 (must be < 3%)")
    blocked = phrase(
        "{text}; pushspec continue {name} -e {environment} --why REASON lets it go on",
        text=stopped,
        name="a",
        environment="prod",
    )
    by_hand = phrase("stopped by {by}: {why}", by="ada", why="lost 4 of 9 (must be < 3%)")

    with speaking(Language.CHINESE):
        assert "未达：9 中的 4" in said_anew(blocked)
        assert "lost 4 of 9" in said_anew(by_hand)
    assert said_anew(blocked) == str(blocked)


def _contradictions() -> list[str]:
    """Return an example of each reason that the fold gives for a record that cannot be true."""
    calls = [
        node
        for path in sorted(LOCKFILE.glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "contradiction"
    ]
    return [
        "".join(str(part.value) if isinstance(part, ast.Constant) else "sent" for part in why.values)
        if isinstance(why := call.args[1], ast.JoinedStr)
        else str(ast.literal_eval(why))
        for call in calls
    ]


def test_a_hint_that_names_many_is_said_in_no_time() -> None:
    """Looking into each part twice took two to the power of the names: `validate` of a slip never ended."""
    names = [f"policy-{number}" for number in range(30)]

    assert said_anew(did_you_mean("x", names)) == f"known: {', '.join(sorted(names))}"


def test_every_way_in_which_a_lockfile_is_damaged_can_be_said() -> None:
    """The fold speaks English alone, and a damaged lockfile is no moment to look up words."""
    reasons = _contradictions()

    assert len(reasons) > 30
    assert [it for it in reasons if not isinstance(damage_phrase(it), Phrase)] == []


def test_a_damaged_lockfile_is_said_in_the_language() -> None:
    """The words within the words, too."""
    damage = phrase(
        "record {seq} of the lockfile ({record}) cannot be true: {why}",
        seq=4,
        record="intent",
        why="sale@1 is in doubt, and may not be tried again",
    )
    with speaking(Language.CHINESE):
        assert said_anew(damage) == (
            "锁文件的第 4 条记录（intent）不可能为真：sale@1 的状态是“存疑”，不能再次尝试"
        )
